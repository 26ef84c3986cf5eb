"""What the MoneyFusion twin remembers of payments, and what each turn of a page sets going."""

import secrets
import string
from collections.abc import Sequence

from portal.sandbox.bounded import Bounded
from portal.sandbox.ledger import Movement
from portal.sandbox.operators import _moneyfusion_flow as flow
from portal.sandbox.operators._moneyfusion_notices import forged, steps, unsendable
from portal.sandbox.operators._moneyfusion_requests import Payin
from portal.sandbox.operators._moneyfusion_settings import MoneyfusionSettings
from portal.sandbox.operators._moneyfusion_words import NAME, sums
from portal.sandbox.outgoing import Step
from portal.sandbox.scenarios import Ending, ending_of
from portal.sandbox.settings import Section
from portal.sandbox.world import World

PAGES_KEPT = 5_000
TOKEN_CHARACTERS = 20
_LETTERS = string.ascii_letters + string.digits


class Desk:
    """The twin's memory of payments and its hands."""

    def __init__(self, world: World, settings: Section[MoneyfusionSettings]) -> None:
        """Start with an empty memory."""
        self._world = world
        self._settings = settings
        self._pages: Bounded[flow.Page] = Bounded(PAGES_KEPT)
        self._lost: Bounded[bool] = Bounded(PAGES_KEPT)

    def accept(self, payin: Payin) -> flow.Page:
        """Open a payment, and tell the merchant at once where that is the setting."""
        page = flow.Page(payin, new_token(), secrets.token_hex(12), self._world.clock())
        self._pages.put(page.token, page)
        self._world.later(
            self._settings.now.session_seconds, lambda: self._act(page.token, flow.lapse_unbegun)
        )
        if self._settings.now.early_webhook:
            self._send(page, steps(page, flow.Event.PENDING, self._settings.now), at_once=True)
        return page

    def loses_reply_to(self, payin: Payin) -> bool:
        """Tell whether the reply to this payment is lost: of a number that ends in 10 it is every other one."""
        if self._settings.take("lose_next_replies"):
            return True
        if ending_of(payin.phone) is not Ending.REPLY_LOST:
            return False
        key = f"{payin.merchant} {payin.phone}"
        if self._lost.get(key) is None:
            self._lost.put(key, value=False)
        return bool(self._lost.change(key, lambda lost: (not lost, not lost)))

    def page(self, token: str) -> flow.Page | None:
        """Return a payment's page as it stands."""
        return self._pages.get(token)

    def turn(self, token: str, act: flow.Act) -> flow.Turn | None:
        """Let an act change the page, and tell the merchant what came of it; None without such a page."""

        def step(page: flow.Page) -> tuple[flow.Page, tuple[flow.Page, flow.Turn]]:
            turn = act(page)
            return turn.page, (page, turn)

        changed = self._pages.change(token, step)
        if changed is None:
            return None
        before, turn = changed
        self._set_clocks(before, turn.page)
        if turn.event is flow.Event.COMPLETED:
            self._world.ledger.record(_movement(turn.page, self._settings.now))
        self._send(turn.page, self._news(before, turn), at_once=turn.page.ending is Ending.EARLY)
        return turn

    def _act(self, token: str, act: flow.Act) -> None:
        self.turn(token, act)

    def _set_clocks(self, before: flow.Page, page: flow.Page) -> None:
        settings, token = self._settings.now, page.token
        if page.begun and not before.begun:
            self._world.later(settings.lapse_seconds, lambda: self._act(token, flow.grow_overdue))
        if page.overdue and not before.overdue:
            self._world.later(settings.no_paid_seconds, lambda: self._act(token, flow.lapse))
        if page.stage is flow.Stage.PROCESSING and before.stage is not page.stage:
            self._world.later(settings.slow_seconds, lambda: self._act(token, flow.settle))

    def _news(self, before: flow.Page, turn: flow.Turn) -> list[Step]:
        settings, page = self._settings.now, turn.page
        begins = page.begun and not before.begun
        lies = [forged(page, settings)] if begins and page.ending is Ending.FORGED_FIRST else []
        if turn.event is not None:
            return [*lies, *steps(page, turn.event, settings)]
        opens = page.seen and not before.seen
        if (begins and settings.pending_when_begun) or (opens and settings.pending_when_opened):
            return [*lies, *steps(page, flow.Event.PENDING, settings)]
        return lies

    def _send(self, page: flow.Page, sending: Sequence[Step], *, at_once: bool) -> None:
        if not sending:
            return
        if unsent := unsendable(page.payin.webhook_url, page.reference):
            self._world.journal.record(unsent)
        elif at_once:
            self._world.outgoing.send_at_once(sending)
        else:
            self._world.outgoing.send(sending)


def new_token() -> str:
    """Return an unguessable token."""
    return "".join(secrets.choice(_LETTERS) for _ in range(TOKEN_CHARACTERS))


def _movement(page: flow.Page, settings: MoneyfusionSettings) -> Movement:
    return Movement(
        operator=NAME,
        account=page.payin.merchant,
        reference=page.reference,
        kind="payment",
        amount=page.amount,
        fee=sums(page.amount, settings).frais,
        payer=page.phone,
        payment_reference=page.token,
    )
