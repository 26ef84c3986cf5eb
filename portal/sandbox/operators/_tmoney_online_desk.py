"""What the TMoney Online twin remembers: sessions and pages, and what each turn of a page sets going."""

import secrets
from dataclasses import dataclass, replace
from enum import Enum

from portal.sandbox.bounded import Bounded
from portal.sandbox.journal import Entry
from portal.sandbox.ledger import Movement
from portal.sandbox.operators import _tmoney_online_flow as flow
from portal.sandbox.operators._tmoney_online_form import Order
from portal.sandbox.operators._tmoney_online_notices import NAME, Notice, fresh_notice, steps
from portal.sandbox.operators._tmoney_online_settings import TmoneyOnlineSettings
from portal.sandbox.scenarios import Ending
from portal.sandbox.settings import Section
from portal.sandbox.world import World

SESSIONS_KEPT = 5_000
PAGES_KEPT = 5_000


class SessionCheck(Enum):
    """Whether an order may be placed with a session; the value names the text for the shopper."""

    GOOD = "session_good"
    UNKNOWN = "session_unknown"
    EXPIRED = "session_expired"
    USED = "session_used"
    OTHER_MERCHANT = "session_other_merchant"


@dataclass(frozen=True)
class Session:
    """What a merchant's server was given; `opened_at` in Unix seconds."""

    merchant: str
    account: str
    opened_at: float
    used: bool = False


class Desk:
    """The twin's memory and its hands."""

    def __init__(self, world: World, settings: Section[TmoneyOnlineSettings]) -> None:
        """Start with an empty memory."""
        self._world = world
        self._settings = settings
        self._sessions: Bounded[Session] = Bounded(SESSIONS_KEPT)
        self._pages: Bounded[flow.Page] = Bounded(PAGES_KEPT)

    def open_session(self, account: str, merchant: str) -> str:
        """Return a new session id of 32 digits."""
        session = "".join(secrets.choice("0123456789") for _ in range(32))
        self._sessions.put(session, Session(merchant, account, self._world.clock()))
        return session

    def use_session(self, account: str, order: Order) -> SessionCheck:
        """Check an order's session and, if it is good, use it up: of two orders at once one is good."""
        settings, now = self._settings.now, self._world.clock()

        def use(session: Session) -> tuple[Session, SessionCheck]:
            check = _check(session, account, order, now, settings)
            return replace(session, used=session.used or check is SessionCheck.GOOD), check

        return self._sessions.change(order.session, use) or SessionCheck.UNKNOWN

    def open_page(self, account: str, order: Order, address: str) -> str:
        """Return the unguessable id of a new page."""
        page_id = secrets.token_urlsafe(16)
        self._pages.put(page_id, flow.opened(order, account, address))
        return page_id

    def page(self, page_id: str, account: str) -> flow.Page | None:
        """Return an account's page as it stands."""
        page = self._pages.get(page_id)
        return page if page and page.account == account else None

    def turn(self, page_id: str, act: flow.Act) -> flow.Turn | None:
        """Let an act change the page, and tell the merchant what came of it; None without such a page."""

        def step(page: flow.Page) -> tuple[flow.Page, tuple[flow.Page, flow.Turn]]:
            turn = act(page)
            return turn.page, (page, turn)

        changed = self._pages.change(page_id, step)
        if changed is None:
            return None
        before, turn = changed
        if turn.page.begun and not before.begun:
            self._world.later(self._settings.now.lapse_seconds, lambda: self._lapse(page_id))
        if turn.outcome is not None:
            self._conclude(fresh_notice(turn.page, turn.outcome, self._world.clock()))
        return turn

    def _lapse(self, page_id: str) -> None:
        self.turn(page_id, flow.lapse)

    def _conclude(self, notice: Notice) -> None:
        if notice.outcome is flow.Outcome.PAID:
            self._world.ledger.record(_movement(notice))
        self._notify(notice)

    def _notify(self, notice: Notice) -> None:
        page = notice.page
        url = self._notify_url(page)
        if not url:
            self._world.journal.record(_unsent(page))
            return
        sending = steps(notice, url, self._settings.now)
        if page.ending is Ending.EARLY:
            self._world.outgoing.send_at_once(sending)
        else:
            self._world.outgoing.send(sending)

    def _notify_url(self, page: flow.Page) -> str:
        if page.account:
            return f"{self._world.config.portal_url}/notify/{NAME}/{page.account}"
        return self._settings.now.notify_urls.get(page.order.merchant, "")


def _check(
    session: Session, account: str, order: Order, now: float, settings: TmoneyOnlineSettings
) -> SessionCheck:
    if session.account != account:
        return SessionCheck.UNKNOWN
    if session.merchant != order.merchant:
        return SessionCheck.OTHER_MERCHANT
    if now - session.opened_at > settings.session_seconds:
        return SessionCheck.EXPIRED
    if session.used and settings.session_single_use:
        return SessionCheck.USED
    return SessionCheck.GOOD


def _movement(notice: Notice) -> Movement:
    page = notice.page
    return Movement(
        operator=NAME,
        account=page.account,
        reference=page.order.reference,
        kind="payment",
        amount=notice.amount,
        fee=0,
        payer=page.phone,
        payment_reference=notice.payment,
    )


def _unsent(page: flow.Page) -> Entry:
    return Entry(
        operator=NAME,
        direction="out",
        method="GET",
        url="",
        address="",
        status=None,
        reference=page.order.reference,
        note="not sent: no notification URL is known for this merchant",
    )
