"""What a setting may be."""

from collections.abc import Callable
from ipaddress import ip_network

import pytest

from portal.sandbox import checks

GOOD: list[tuple[Callable[[object], object], object, object]] = [
    (checks.flag, False, False),
    (checks.seconds, 0, 0.0),
    (checks.seconds, 86_400, 86_400.0),
    (checks.seconds, 0.5, 0.5),
    (checks.wait, 0.5, 0.5),
    (checks.http_status, 599, 599),
    (checks.count, 1_000, 1_000),
    (checks.text, "", ""),
    (checks.url, "", ""),
    (checks.url, "https://x.example:8443/a?b=c", "https://x.example:8443/a?b=c"),
    (checks.address, "", ""),
    (checks.address, "::1", "::1"),
    (checks.network, "192.0.2.7", ip_network("192.0.2.7/32")),
    (checks.many(checks.seconds), [], ()),
    (checks.many(checks.seconds), [0, 5], (0.0, 5.0)),
    (checks.named(checks.url), {"1": "https://x.example"}, {"1": "https://x.example"}),
]
BAD: list[tuple[Callable[[object], object], object]] = [
    (checks.flag, 1),
    (checks.flag, "true"),
    (checks.seconds, True),
    (checks.seconds, "5"),
    (checks.seconds, -1),
    (checks.seconds, 86_401),
    (checks.seconds, float("nan")),
    (checks.seconds, float("inf")),
    (checks.seconds, None),
    (checks.wait, 0),
    (checks.http_status, 199),
    (checks.http_status, 600),
    (checks.http_status, True),
    (checks.count, 1.0),
    (checks.count, True),
    (checks.count, -1),
    (checks.count, 1_001),
    (checks.text, 5),
    (checks.text, "a" * 10_001),
    (checks.url, None),
    (checks.url, "ftp://x.example"),
    (checks.url, "https://"),
    (checks.url, "https://x.example:99999"),
    (checks.url, "https://[::1"),
    (checks.url, "https://x.example/\n"),
    (checks.url, "https:\\\\x.example"),
    (checks.url, "https://x.example/" + "a" * 2_000),
    (checks.address, "127.0.0.256"),
    (checks.address, 2_130_706_433),
    (checks.network, "127.0.0.1/8"),
    (checks.network, 5),
    (checks.many(checks.seconds), "05"),
    (checks.many(checks.seconds), [0, -1]),
    (checks.many(checks.seconds, least=1), []),
    (checks.many(checks.seconds), [0] * 101),
    (checks.named(checks.url), [["1", "https://x.example"]]),
    (checks.named(checks.url), {"1": "x"}),
]


@pytest.mark.parametrize(("check", "value", "read"), GOOD)
def test_a_right_value_is_read(check: Callable[[object], object], value: object, read: object) -> None:
    assert check(value) == read


@pytest.mark.parametrize(("check", "value"), BAD)
def test_a_wrong_one_is_refused_with_a_reason(check: Callable[[object], object], value: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        check(value)
