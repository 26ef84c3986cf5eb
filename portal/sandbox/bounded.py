"""A map that forgets its oldest entries, for what a twin remembers in memory."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")
Result = TypeVar("Result")


class Bounded(Generic[Value]):
    """At most `limit` values by key; safe to use from several threads."""

    def __init__(self, limit: int) -> None:
        """Start empty."""
        self._limit = limit
        self._lock = Lock()
        self._values: OrderedDict[str, Value] = OrderedDict()

    def put(self, key: str, value: Value) -> None:
        """Store a value, forgetting the oldest one when there is no room."""
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._limit:
                self._values.popitem(last=False)

    def get(self, key: str) -> Value | None:
        """Return the value, or None when there is none."""
        with self._lock:
            return self._values.get(key)

    def change(self, key: str, step: Callable[[Value], tuple[Value, Result]]) -> Result | None:
        """Replace a value by what the pure `step` makes of it, alone; None when there is none."""
        with self._lock:
            value = self._values.get(key)
            if value is None:
                return None
            self._values[key], result = step(value)
            return result
