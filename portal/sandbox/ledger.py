"""What truly moved at the operators, to the franc: the measure of anybody's books."""

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Literal

MOVEMENTS_KEPT = 20_000
_DIGITS_SHOWN = 2


@dataclass(frozen=True)
class Movement:
    """Money that moved once, in whole francs; `reference` is the merchant's, `payment_reference` ours.

    A "payment" goes from `payer` to the merchant, a "payout" from the merchant to `payer`. `account` is the
    public id in the twin's path, empty under its bare path.
    """

    operator: str
    account: str
    reference: str
    kind: Literal["payment", "payout"]
    amount: int
    fee: int
    payer: str
    payment_reference: str


class Ledger:
    """The newest movements, oldest first; safe to use from several threads."""

    def __init__(self, clock: Callable[[], float], kept: int = MOVEMENTS_KEPT) -> None:
        """Keep `kept` movements, each with the time of `clock` (Unix seconds) as RFC 3339 UTC."""
        self._clock = clock
        self._lock = Lock()
        self._movements: deque[dict[str, object]] = deque(maxlen=kept)

    def record(self, movement: Movement) -> None:
        """Add a movement; whoever moves the money sees to it that it is recorded once."""
        time = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        shown = asdict(movement) | {"payer": _masked(movement.payer)}
        with self._lock:
            self._movements.append({"time": time.replace("+00:00", "Z"), **shown})

    def movements(self, operator: str = "", reference: str = "") -> list[dict[str, object]]:
        """Return the movements, newest last, of one operator and about one reference where these are given.

        The payer's number is masked but for its last two digits, which name the scenario.
        """
        with self._lock:
            movements = list(self._movements)
        return [
            movement
            for movement in movements
            if operator in ("", movement["operator"]) and reference in ("", movement["reference"])
        ]


def _masked(phone: str) -> str:
    return "•" * (len(phone) - _DIGITS_SHOWN) + phone[-_DIGITS_SHOWN:]
