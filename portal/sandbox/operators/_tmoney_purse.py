"""The partner's money at TMoney MBANKING, out of which credits are paid: one franc out for one franc in."""

from threading import Lock

from portal.sandbox.operators._tmoney_settings import TmoneySettings
from portal.sandbox.settings import Section


class Purse:
    """The setting `balance`, changed by one credit at a time."""

    def __init__(self, settings: Section[TmoneySettings]) -> None:
        """Use the balance of these settings."""
        self._settings = settings
        self._lock = Lock()

    def pay(self, amount: int) -> bool:
        """Take francs out; False, and nothing taken, when there are not enough."""
        with self._lock:
            left = self._settings.now.balance - amount
            if left < 0:
                return False
            self._settings.put({"balance": left})
            return True

    def give_back(self, amount: int) -> None:
        """Put francs back that were not credited after all."""
        with self._lock:
            self._settings.put({"balance": self._settings.now.balance + amount})
