"""The hosted page of TMoney Online as a pure state machine; the desk runs each turn under its lock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from portal.sandbox.operators._tmoney_online_form import Order, read_phone
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
    SUCCESS = "success"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    LAPSED = "lapsed"


class Outcome(Enum):
    """What the operator tells the merchant; the value is the notification's `error`."""

    PAID = ""
    CANCEL = "CANCEL"
    AUTHENTICATION = "AUTHENTICATION"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    EXPIRED_SESSION = "EXPIRED_SESSION"


class Problem(Enum):
    """Why a form is shown again; the value names the field."""

    PHONE = "phone"
    PIN = "pin"
    CODE = "code"


@dataclass(frozen=True)
class Page:
    """One payment's page. `phone` is `228XXXXXXXX` or empty, `address` the shopper's, `tries` wrong PINs."""

    order: Order
    account: str
    address: str
    phone: str = ""
    stage: Stage = Stage.IDENTIFY
    tries: int = 0

    @property
    def ending(self) -> Ending:
        """Return the scenario, as far as the phone is known."""
        return ending_of(self.phone)

    @property
    def begun(self) -> bool:
        """Tell whether the shopper has identified, rightly or wrongly: from then on the merchant is told."""
        return self.stage is not Stage.IDENTIFY or self.tries > 0


@dataclass(frozen=True)
class Turn:
    """What one act of the shopper made of the page."""

    page: Page
    outcome: Outcome | None = None
    problem: Problem | None = None


Act = Callable[[Page], Turn]

_AFTER_CODE: Mapping[Ending, tuple[Stage, Outcome]] = {
    Ending.CUSTOMER_CANCELS: (Stage.CANCELLED, Outcome.CANCEL),
    Ending.REFUSED: (Stage.DECLINED, Outcome.PAYMENT_FAILED),
}


def opened(order: Order, account: str, address: str) -> Page:
    """Return the page of a new order."""
    return Page(order, account, address, phone=order.phone)


def identify(typed_phone: str, pin: str) -> Act:
    """Return the act of typing phone and PIN; a phone set by the merchant stays."""

    def act(page: Page) -> Turn:
        if page.stage is not Stage.IDENTIFY:
            return Turn(page)
        phone = page.order.phone or read_phone(typed_phone)
        if phone is None:
            return Turn(page, problem=Problem.PHONE)
        if pin not in (RIGHT_PIN, WRONG_PIN):
            return Turn(page, problem=Problem.PIN)
        return _identified(replace(page, phone=phone), pin)

    return act


def enter_code(code: str) -> Act:
    """Return the act of typing the one-time code; a wrong one comes back as cancelled."""

    def act(page: Page) -> Turn:
        if page.stage is not Stage.CODE:
            return Turn(page)
        if not code.strip():
            return Turn(page, problem=Problem.CODE)
        if code.strip() != RIGHT_CODE:
            return _ended(page, Stage.CANCELLED, Outcome.CANCEL)
        return _ended(page, *_AFTER_CODE.get(page.ending, (Stage.SUCCESS, Outcome.PAID)))

    return act


def cancel(page: Page) -> Turn:
    """Press "Annuler"."""
    if page.stage in (Stage.IDENTIFY, Stage.CODE):
        return _ended(page, Stage.CANCELLED, Outcome.CANCEL)
    return Turn(page)


def lapse(page: Page) -> Turn:
    """Let the time run out for a shopper who has begun and not ended."""
    if page.begun and page.stage in (Stage.IDENTIFY, Stage.CODE, Stage.AWAY):
        return _ended(page, Stage.LAPSED, Outcome.EXPIRED_SESSION)
    return Turn(page)


def _identified(page: Page, pin: str) -> Turn:
    if pin == WRONG_PIN or page.ending is Ending.WRONG_PIN:
        return _mistyped(replace(page, tries=page.tries + 1))
    if page.ending is Ending.NOBODY_ACTS:
        return Turn(replace(page, stage=Stage.AWAY))
    return Turn(replace(page, stage=Stage.CODE))


def _mistyped(page: Page) -> Turn:
    if page.tries == TRIES:
        return _ended(page, Stage.DECLINED, Outcome.AUTHENTICATION)
    return Turn(page)


def _ended(page: Page, stage: Stage, outcome: Outcome) -> Turn:
    return Turn(replace(page, stage=stage), outcome)
