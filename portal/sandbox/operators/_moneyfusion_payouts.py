"""What the MoneyFusion twin does with a withdrawal: pays it out or cancels it, and says so once."""

from portal.sandbox.ledger import Movement
from portal.sandbox.operators._moneyfusion_notices import post, unsendable
from portal.sandbox.operators._moneyfusion_requests import Withdrawal
from portal.sandbox.operators._moneyfusion_settings import MoneyfusionSettings
from portal.sandbox.operators._moneyfusion_words import NAME, iso
from portal.sandbox.outgoing import Step
from portal.sandbox.settings import Section
from portal.sandbox.world import World

COMPLETED = "payout.session.completed"
CANCELLED = "payout.session.cancelled"


class Payouts:
    """The twin's till. It keeps nothing: a withdrawal cannot be asked about."""

    def __init__(self, world: World, settings: Section[MoneyfusionSettings]) -> None:
        """Pay out of this world."""
        self._world = world
        self._settings = settings

    def accept(self, withdrawal: Withdrawal, token: str) -> None:
        """Take a withdrawal, to be paid or cancelled now or after `withdraw_seconds`."""
        cancels = self._settings.take("cancel_next_withdrawals")
        settings = self._settings.now
        if settings.withdraw_webhook_before_reply:
            self._finish(withdrawal, token, cancels=cancels, at_once=True)
        else:
            self._world.later(
                settings.withdraw_seconds,
                lambda: self._finish(withdrawal, token, cancels=cancels, at_once=False),
            )

    def _finish(self, withdrawal: Withdrawal, token: str, *, cancels: bool, at_once: bool) -> None:
        settings = self._settings.now
        if not cancels:
            self._world.ledger.record(_movement(withdrawal, token, settings))
        if unsent := unsendable(withdrawal.webhook_url, token):
            self._world.journal.record(unsent)
            return
        event = CANCELLED if cancels else COMPLETED
        body = _webhook(withdrawal, token, event, settings, self._world.clock())
        sending = [Step(post(withdrawal.webhook_url, body, token, settings), settings.retry_after)]
        if at_once:
            self._world.outgoing.send_at_once(sending)
        else:
            self._world.outgoing.send(sending)


def _webhook(
    withdrawal: Withdrawal, token: str, event: str, settings: MoneyfusionSettings, now: float
) -> dict[str, object]:
    return {
        "event": event,
        "tokenPay": token,
        "montant": withdrawal.amount + settings.withdraw_fee,
        "numeroRetrait": withdrawal.phone,
        "moyen": withdrawal.mode,
        "webhook_url": withdrawal.webhook_url,
        "createdAt": iso(now),
    }


def _movement(withdrawal: Withdrawal, token: str, settings: MoneyfusionSettings) -> Movement:
    return Movement(
        operator=NAME,
        account=withdrawal.account,
        reference=token,
        kind="payout",
        amount=withdrawal.amount,
        fee=settings.withdraw_fee,
        payer=withdrawal.phone,
        payment_reference=token,
    )
