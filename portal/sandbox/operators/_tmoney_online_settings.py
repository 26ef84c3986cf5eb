"""What may be changed about the TMoney Online twin: everything that no page of the operator settles."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.sandbox import checks
from portal.sandbox.settings import setting


@dataclass(frozen=True)
class TmoneyOnlineSettings:
    """Times are seconds. `retry_after` is the wait before each try of a notification, the first included."""

    callers: tuple[checks.Network, ...] = setting(checks.many(checks.network), checks.LOOPBACK)
    unknown_merchants: tuple[str, ...] = setting(checks.many(checks.text), ())
    merchant_name: str = setting(checks.text, "Marchand de démonstration")

    session_seconds: float = setting(checks.seconds, 180.0)
    session_single_use: bool = setting(checks.flag, default=True)
    session_delay: float = setting(checks.seconds, 0.0)
    session_reply: str = setting(checks.text, "")
    session_status: int = setting(checks.http_status, 200)
    lose_next_session_replies: int = setting(checks.count, 0)

    accept_url: str = setting(checks.url, "")
    decline_url: str = setting(checks.url, "")
    cancel_url: str = setting(checks.url, "")
    lapse_seconds: float = setting(checks.seconds, 180.0)

    notify_urls: Mapping[str, str] = setting(checks.named(checks.url), {})
    notify_delay_seconds: float = setting(checks.seconds, 0.0)
    notify_timeout_seconds: float = setting(checks.wait, 10.0)
    retry_after: tuple[float, ...] = setting(checks.many(checks.seconds, least=1), (0.0, 5.0, 30.0, 300.0))
    slow_seconds: float = setting(checks.seconds, 20.0)
    stale_after_seconds: float = setting(checks.seconds, 1.0)
    foreign_address: str = setting(checks.address, "127.0.0.66")
