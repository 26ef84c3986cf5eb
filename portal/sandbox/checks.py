"""Checks of settings: each returns the value to use for a JSON value, or raises ValueError saying why."""

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
Network = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
LONGEST_SECONDS = 86_400
HIGHEST_COUNT = 1_000
LONGEST_TEXT = 10_000
LONGEST_URL = 2_000
MOST_ITEMS = 100


def flag(value: object) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError("must be true or false")


def seconds(value: object) -> float:
    """Read a number of seconds, from 0 to a day."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_SECONDS:
        raise ValueError(f"must be a number of seconds from 0 to {LONGEST_SECONDS}")
    return float(value)


def wait(value: object) -> float:
    """Read a time-out: a number of seconds above 0."""
    waited = seconds(value)
    if waited == 0:
        raise ValueError("must be more than 0 seconds")
    return waited


def http_status(value: object) -> int:
    """Read the status of a complete HTTP answer, 200 to 599."""
    if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:  # noqa: PLR2004 - HTTP's
        raise ValueError("must be an HTTP status from 200 to 599")
    return value


def whole(highest: int) -> Callable[[object], int]:
    """Make a check for a whole number from 0 to `highest`."""

    def number(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= highest:
            raise ValueError(f"must be a whole number from 0 to {highest}")
        return value

    return number


count = whole(HIGHEST_COUNT)
"""Read a whole number from 0 to 1000."""


def one_of(*words: str) -> Callable[[object], str]:
    """Make a check for one of these words."""

    def chosen(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise ValueError(f"must be one of {', '.join(words)}")

    return chosen


def text(value: object) -> str:
    """Read a text of at most 10 000 characters."""
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return value
    raise ValueError(f"must be a text of at most {LONGEST_TEXT} characters")


def url(value: object) -> str:
    """Read an http or https address; the empty text stands for none."""
    problem = ValueError("must be an http or https address, or empty")
    if not isinstance(value, str) or len(value) > LONGEST_URL:
        raise problem
    if value and not is_web_address(value):
        raise problem
    return value


def address(value: object) -> str:
    """Read an IP address; the empty text stands for none."""
    if value == "":
        return ""
    if not isinstance(value, str):
        raise ValueError("must be an IP address, or empty")  # noqa: TRY004 - as of every check
    return str(ip_address(value))


def network(value: object) -> Network:
    """Read an IP address or network in CIDR notation."""
    if not isinstance(value, str):
        raise ValueError("must be an IP address or network")  # noqa: TRY004 - as of every check
    return ip_network(value)


def many(check: Callable[[object], T], least: int = 0) -> Callable[[object], tuple[T, ...]]:
    """Make a check for a list of `least` to 100 values that `check` accepts."""

    def listed(value: object) -> tuple[T, ...]:
        if not isinstance(value, list) or not least <= len(value) <= MOST_ITEMS:
            raise ValueError(f"must be a list of {least} to {MOST_ITEMS} values")
        return tuple(check(one) for one in value)

    return listed


def named(check: Callable[[object], T]) -> Callable[[object], Mapping[str, T]]:
    """Make a check for an object whose at most 100 values `check` accepts."""

    def mapped(value: object) -> Mapping[str, T]:
        if not isinstance(value, dict) or len(value) > MOST_ITEMS:
            raise ValueError(f"must be an object of at most {MOST_ITEMS} values")
        return {str(name): check(one) for name, one in value.items()}

    return mapped


def is_among(networks: Iterable[Network], address: str) -> bool:
    """Tell whether an IP address, as a server names its caller, is in one of these networks."""
    try:
        caller = ip_address(address)
    except ValueError:
        return False
    return any(caller in network for network in networks)


def is_web_address(value: str) -> bool:
    """Tell whether someone may be sent there: http or https, a host, no space or control character."""
    if not value.isprintable() or " " in value or "\\" in value:
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
