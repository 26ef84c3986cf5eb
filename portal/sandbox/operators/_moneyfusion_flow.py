"""The hosted page of MoneyFusion as a pure state machine; the desk runs each turn under its lock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from portal.sandbox.operators._moneyfusion_requests import Payin, read_phone
from portal.sandbox.operators._moneyfusion_wallets import WALLETS
from portal.sandbox.scenarios import Ending, ending_of

RIGHT_PIN = "1234"
WRONG_PIN = "0000"
RIGHT_CODE = "123456"
TRIES = 3


class Stage(Enum):
    """What the shopper has before them."""

    IDENTIFY = "identify"
    CODE = "code"
    AWAY = "away"
    PROCESSING = "processing"
    SUCCESS = "success"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    LAPSED = "lapsed"


class Event(Enum):
    """What the merchant is told; the value is the webhook's `event`."""

    PENDING = "payin.session.pending"
    COMPLETED = "payin.session.completed"
    CANCELLED = "payin.session.cancelled"


class Problem(Enum):
    """Why a form is shown again; the value names the field."""

    WALLET = "moyen"
    PHONE = "phone"
    PIN = "pin"
    CODE = "code"


OPEN = frozenset({Stage.IDENTIFY, Stage.CODE, Stage.AWAY})


@dataclass(frozen=True)
class Page:
    """One payment's page. `created_at` in Unix seconds; `phone` and `wallet` are empty until they are typed."""

    payin: Payin
    token: str
    row: str
    created_at: float
    phone: str = ""
    wallet: str = ""
    stage: Stage = Stage.IDENTIFY
    tries: int = 0
    seen: bool = False
    overdue: bool = False

    @property
    def ending(self) -> Ending:
        """Return the scenario: of the phone typed here, or of the merchant's as long as none is."""
        return ending_of(self.phone or self.payin.phone)

    @property
    def reference(self) -> str:
        """Return the merchant's reference, or where none was given the token."""
        return self.payin.reference or self.token

    @property
    def begun(self) -> bool:
        """Tell whether the shopper has done anything here but look."""
        return self.stage is not Stage.IDENTIFY or self.tries > 0

    @property
    def amount(self) -> int:
        """Return what the shopper really pays, in whole francs."""
        asked = self.payin.amount
        return max(1, asked // 2) if self.ending is Ending.SMALLER and self.phone else asked


@dataclass(frozen=True)
class Turn:
    """What one act made of the page; `event` is None where nothing ended."""

    page: Page
    event: Event | None = None
    problem: Problem | None = None


Act = Callable[[Page], Turn]

_AFTER_CODE: Mapping[Ending, tuple[Stage, Event | None]] = {
    Ending.CUSTOMER_CANCELS: (Stage.CANCELLED, Event.CANCELLED),
    Ending.REFUSED: (Stage.DECLINED, Event.CANCELLED),
    Ending.SLOW: (Stage.PROCESSING, None),
}


def look(page: Page) -> Turn:
    """Open the page."""
    return Turn(replace(page, seen=True))


def identify(wallet: str, typed_phone: str, pin: str) -> Act:
    """Return the act of choosing a wallet and typing phone and PIN."""

    def act(page: Page) -> Turn:
        if page.stage is not Stage.IDENTIFY:
            return Turn(page)
        if wallet not in WALLETS:
            return Turn(page, problem=Problem.WALLET)
        phone = read_phone(typed_phone)
        if phone is None:
            return Turn(page, problem=Problem.PHONE)
        if pin not in (RIGHT_PIN, WRONG_PIN):
            return Turn(page, problem=Problem.PIN)
        return _identified(replace(page, phone=phone, wallet=wallet), pin)

    return act


def enter_code(code: str) -> Act:
    """Return the act of typing the one-time code; a wrong one cancels."""

    def act(page: Page) -> Turn:
        if page.stage is not Stage.CODE:
            return Turn(page)
        if not code.strip():
            return Turn(page, problem=Problem.CODE)
        if code.strip() != RIGHT_CODE:
            return _at(page, Stage.CANCELLED, Event.CANCELLED)
        return _at(page, *_AFTER_CODE.get(page.ending, (Stage.SUCCESS, Event.COMPLETED)))

    return act


def cancel(page: Page) -> Turn:
    """Press "Annuler"."""
    if page.stage in (Stage.IDENTIFY, Stage.CODE):
        return _at(page, Stage.CANCELLED, Event.CANCELLED)
    return Turn(page)


def settle(page: Page) -> Turn:
    """Finish what was being processed."""
    return _at(page, Stage.SUCCESS, Event.COMPLETED) if page.stage is Stage.PROCESSING else Turn(page)


def grow_overdue(page: Page) -> Turn:
    """Let the first time run out: not paid yet, though it still can be."""
    return Turn(replace(page, overdue=page.overdue or page.stage in OPEN))


def lapse(page: Page) -> Turn:
    """Let the last time run out."""
    return _at(page, Stage.LAPSED, Event.CANCELLED) if page.stage in OPEN else Turn(page)


def lapse_unbegun(page: Page) -> Turn:
    """Let the time of a page run out on which nobody has done anything."""
    return Turn(page) if page.begun else lapse(page)


def _identified(page: Page, pin: str) -> Turn:
    if pin == WRONG_PIN or page.ending is Ending.WRONG_PIN:
        return _mistyped(replace(page, tries=page.tries + 1))
    if page.ending is Ending.NOBODY_ACTS:
        return _at(page, Stage.AWAY)
    return _at(page, Stage.CODE)


def _mistyped(page: Page) -> Turn:
    if page.tries == TRIES:
        return _at(page, Stage.DECLINED, Event.CANCELLED)
    return Turn(page)


def _at(page: Page, stage: Stage, event: Event | None = None) -> Turn:
    return Turn(replace(page, stage=stage), event)
