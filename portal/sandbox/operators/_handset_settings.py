"""What may be changed about every twin that asks the customer on the handset: times, faults, callbacks."""

from dataclasses import dataclass
from typing import TypeVar

from portal.sandbox import checks
from portal.sandbox.settings import setting

francs = checks.whole(1_000_000_000_000)
"""Read a whole number of francs."""


@dataclass(frozen=True)
class HandsetSettings:
    """Times are seconds, money whole francs.

    `prompt_seconds` pass before the customer acts, `slow_seconds` for ending 05, `lapse_seconds` for 04.
    `fault_on` names the operations that the four faults below it befall. `next_reply_body` and
    `next_reply_status` replace one reply; whether the request was executed all the same is
    `next_reply_accepts`. `retry_after` is the wait before each try of a callback, the first included;
    `notify_url` is where the bare path, which has no account, sends its callbacks.
    """

    prompt_seconds: float = setting(checks.seconds, 3.0)
    slow_seconds: float = setting(checks.seconds, 20.0)
    lapse_seconds: float = setting(checks.seconds, 120.0)
    fee: int = setting(checks.count, 0)

    fault_on: tuple[str, ...] = setting(checks.many(checks.text), ("debit", "credit"))
    reply_delay: float = setting(checks.seconds, 0.0)
    lose_next_replies: int = setting(checks.count, 0)
    next_reply_body: str = setting(checks.text, "")
    next_reply_status: int = setting(checks.http_status, 200)
    next_reply_accepts: bool = setting(checks.flag, default=True)

    notify_url: str = setting(checks.url, "")
    notify_delay_seconds: float = setting(checks.seconds, 0.0)
    notify_timeout_seconds: float = setting(checks.wait, 10.0)
    retry_after: tuple[float, ...] = setting(checks.many(checks.seconds, least=1), (0.0, 5.0, 30.0, 300.0))
    stale_after_seconds: float = setting(checks.seconds, 1.0)
    foreign_address: str = setting(checks.address, "127.0.0.66")


AnyHandset = TypeVar("AnyHandset", bound=HandsetSettings)
