"""What may be changed about a twin while it runs: typed, checked, all or nothing."""

from collections.abc import Callable, Mapping
from dataclasses import Field, field, fields, is_dataclass, replace
from threading import Lock
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


class SettingsRefused(Exception):
    """Nothing was changed; `errors` says why, by `operator.setting`."""

    def __init__(self, errors: dict[str, str]) -> None:
        """Keep the reasons."""
        super().__init__(errors)
        self.errors = errors


def setting(check: Callable[[object], T], default: T) -> T:
    """Declare a field of a settings dataclass; `check` turns a JSON value into it or raises ValueError."""
    return field(default_factory=lambda: default, metadata={"check": check})


class Section(Generic[T]):
    """The settings of one operator: `now` is a frozen snapshot."""

    def __init__(self, defaults: T) -> None:
        """Start from the defaults, an instance of a frozen dataclass made of `setting` fields."""
        self._lock = Lock()
        self.now = defaults

    def take(self, name: str) -> bool:
        """Count the named counter down by one; False when it is at nought."""
        with self._lock:
            left = getattr(self.now, name)
            if left == 0:
                return False
            self._put({name: left - 1})
            return True

    def checked(self, given: Mapping[str, object]) -> tuple[dict[str, object], dict[str, str]]:
        """Return the values that are right and, by name, what is wrong with the others."""
        values: dict[str, object] = {}
        errors: dict[str, str] = {}
        known = {one.name: one for one in self._fields()}
        for name, value in given.items():
            if name not in known:
                errors[name] = "unknown setting"
                continue
            try:
                values[name] = known[name].metadata["check"](value)
            except ValueError as problem:
                errors[name] = str(problem)
        return values, errors

    def put(self, values: Mapping[str, object]) -> None:
        """Take over values that `checked` returned."""
        with self._lock:
            self._put(values)

    def shown(self) -> dict[str, object]:
        """Return the settings as JSON values."""
        return {one.name: _plain(getattr(self.now, one.name)) for one in self._fields()}

    def _put(self, values: Mapping[str, object]) -> None:
        self.now = cast("T", replace(cast("Any", self.now), **values))

    def _fields(self) -> tuple[Field[Any], ...]:
        return fields(cast("Any", self.now))


class Settings:
    """Every operator's section; an operator declares its own."""

    def __init__(self) -> None:
        """Start without any section."""
        self._sections: dict[str, Section[Any]] = {}

    def declare(self, operator: str, defaults: T) -> Section[T]:
        """Add an operator's settings and return the handle on them."""
        if not is_dataclass(defaults):
            message = f"the settings of {operator} are not a dataclass"
            raise TypeError(message)
        section = Section(cast("T", defaults))
        self._sections[operator] = section
        return section

    def merge(self, given: Mapping[str, object]) -> None:
        """Change `{operator: {setting: value}}`, or raise SettingsRefused and change nothing."""
        accepted: list[tuple[Section[Any], dict[str, object]]] = []
        errors: dict[str, str] = {}
        for operator, wanted in given.items():
            section = self._sections.get(operator)
            if section is None:
                errors[operator] = "unknown operator"
            elif not isinstance(wanted, dict):
                errors[operator] = "must be an object"
            else:
                values, wrong = section.checked(wanted)
                accepted.append((section, values))
                errors |= {f"{operator}.{name}": problem for name, problem in wrong.items()}
        if errors:
            raise SettingsRefused(errors)
        for section, values in accepted:
            section.put(values)

    def shown(self) -> dict[str, dict[str, object]]:
        """Return every section as JSON values."""
        return {operator: section.shown() for operator, section in self._sections.items()}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, bool | int | float | dict) else str(value)
