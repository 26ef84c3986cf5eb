"""What may be changed about the MoneyFusion twin: everything that no page of the operator settles."""

from dataclasses import dataclass

from portal.sandbox import checks
from portal.sandbox.settings import setting

HIGHEST_AMOUNT = 1_000_000_000
FEE_INSIDE = "inside"
PRIVATE_KEY = "moneyfusion-private-key"
BEARER = "authorization"
EITHER = "either"
PENDING = "payin.session.pending"
CANCELLED = "payin.session.cancelled"
_FRANCS = checks.whole(HIGHEST_AMOUNT)


def _percent(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 100:  # noqa: PLR2004 - all of it
        raise ValueError("must be a percentage from 0 to less than 100")
    return float(value)


@dataclass(frozen=True)
class MoneyfusionSettings:
    """Times are seconds, amounts whole francs; `take` counts the fields named `…_next_…` down to nought.

    `fee_style` "inside" takes the fee out of the order (`Montant` + `frais` is the order); "outside" leaves
    `Montant` at the order. A begun payment is `pending`, after `lapse_seconds` `no paid` (and can still be
    paid), and `no_paid_seconds` later it has failed; one that nobody has begun fails after `session_seconds`.
    A replaced reply is `replacement_body` with `replacement_status`; what was asked for is done all the same.
    `retry_after` is the wait before each try of a webhook, the first included.
    """

    callers: tuple[checks.Network, ...] = setting(checks.many(checks.network), checks.LOOPBACK)
    minimum: int = setting(_FRANCS, 200)
    refusal_status: int = setting(checks.http_status, 200)
    public_url: str = setting(checks.url, "")
    url_with_spaces: bool = setting(checks.flag, default=True)
    fee_percent: float = setting(_percent, 3.0)
    fee_style: str = setting(checks.one_of(FEE_INSIDE, "outside"), FEE_INSIDE)

    reply_delay: float = setting(checks.seconds, 0.0)
    lose_next_replies: int = setting(checks.count, 0)
    early_webhook: bool = setting(checks.flag, default=False)
    replace_next_replies: int = setting(checks.count, 0)
    status_delay: float = setting(checks.seconds, 0.0)
    replace_next_statuses: int = setting(checks.count, 0)
    replacement_body: str = setting(checks.text, "<html><title>502 Bad Gateway</title></html>")
    replacement_status: int = setting(checks.http_status, 502)

    lapse_seconds: float = setting(checks.seconds, 180.0)
    no_paid_seconds: float = setting(checks.seconds, 180.0)
    session_seconds: float = setting(checks.seconds, 1_200.0)
    cancelled_status: str = setting(checks.one_of("failure", "failed", "no paid"), "failure")
    failed_status: str = setting(checks.one_of("failure", "failed"), "failure")

    pending_when_opened: bool = setting(checks.flag, default=False)
    pending_when_begun: bool = setting(checks.flag, default=True)
    notify_delay_seconds: float = setting(checks.seconds, 0.0)
    notify_timeout_seconds: float = setting(checks.wait, 10.0)
    retry_after: tuple[float, ...] = setting(checks.many(checks.seconds, least=1), (0.0, 5.0, 30.0, 300.0))
    slow_seconds: float = setting(checks.seconds, 20.0)
    stale_after_seconds: float = setting(checks.seconds, 1.0)
    stale_events: tuple[str, ...] = setting(
        checks.many(checks.one_of(PENDING, CANCELLED)), (PENDING, CANCELLED)
    )
    foreign_address: str = setting(checks.address, "127.0.0.66")

    withdraw_header: str = setting(checks.one_of(PRIVATE_KEY, BEARER, EITHER), PRIVATE_KEY)
    withdraw_fee: int = setting(_FRANCS, 5)
    withdraw_delay: float = setting(checks.seconds, 0.0)
    withdraw_seconds: float = setting(checks.seconds, 1.0)
    withdraw_webhook_before_reply: bool = setting(checks.flag, default=False)
    refuse_next_withdrawals: int = setting(checks.count, 0)
    cancel_next_withdrawals: int = setting(checks.count, 0)
    lose_next_withdraw_replies: int = setting(checks.count, 0)
    replace_next_withdraw_replies: int = setting(checks.count, 0)
