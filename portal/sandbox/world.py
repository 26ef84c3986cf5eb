"""What every twin is handed: where the portal is, the time, the journal, the ledger, the settings and the way out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from portal.sandbox.checks import is_web_address
from portal.sandbox.journal import Journal
from portal.sandbox.ledger import Ledger
from portal.sandbox.outgoing import Outgoing
from portal.sandbox.settings import Settings


@dataclass(frozen=True)
class SandboxConfig:
    """The sandbox's environment: the portal that is notified, and distant testers' token (empty: none)."""

    portal_url: str = "http://127.0.0.1:8000"
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse what could never be called."""
        if not is_web_address(self.portal_url):
            message = "PORTAL_URL must be an http or https address"
            raise ValueError(message)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read `PORTAL_URL` and `SANDBOX_TOKEN`."""
        return cls(
            portal_url=(env.get("PORTAL_URL") or "http://127.0.0.1:8000").rstrip("/"),
            token=env.get("SANDBOX_TOKEN", ""),
        )


@dataclass(frozen=True)
class World:
    """`clock` gives Unix seconds, `sleep` waits in the present thread, `later` does not wait."""

    config: SandboxConfig
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    later: Callable[[float, Callable[[], None]], None]
    journal: Journal
    ledger: Ledger
    settings: Settings
    outgoing: Outgoing
