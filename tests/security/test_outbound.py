import dataclasses
import ipaddress
import re
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.security import outbound
from portal.security.outbound import Refused, Resolver, Target, is_public, target
from tests.security.traps import MALFORMED, NOT_PUBLIC, PUBLIC, PUBLIC_SIX, SPELLINGS, USER_INFO


def each(table: Mapping[str, Sequence[str]]) -> pytest.MarkDecorator:
    """Run the test with each value of the table; its name says why it is there."""
    named = [pytest.param(one, id=f"{why} {one!a:.40}") for why, ones in table.items() for one in ones]
    return pytest.mark.parametrize("trap", named)


def public_dns(host: str, port: int) -> list[str]:
    return [PUBLIC, PUBLIC_SIX]


def answering(*addresses: str) -> Resolver:
    return lambda _host, _port: addresses


def refusal(url: str, resolver: Resolver = public_dns, *, plain: bool = True) -> str:
    with pytest.raises(Refused) as refused:
        target(url, plain=plain, allow_private=False, resolver=resolver)
    return refused.value.code


@each(NOT_PUBLIC)
def test_an_address_that_is_not_of_the_public_internet_is_refused(trap: str) -> None:
    assert not is_public(trap)
    assert refusal("https://shop.example/hook", answering(trap)) == "private"


@pytest.mark.parametrize(
    "address",
    [
        PUBLIC,
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "172.32.0.1",
        "169.253.0.1",
        "168.63.129.17",
        PUBLIC_SIX,
        "2606:4700::1111",
        f"::ffff:{PUBLIC}",
        f"64:ff9b::{PUBLIC}",
    ],
)
def test_an_address_of_the_public_internet_is_taken(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
@example(ipaddress.IPv4Address("127.0.0.1"))
@example(ipaddress.IPv4Address("169.254.169.254"))
@example(ipaddress.IPv4Address(PUBLIC))
def test_an_ipv4_address_within_an_ipv6_one_is_never_more_public_than_alone(
    address: ipaddress.IPv4Address,
) -> None:
    bits = int(address)
    carriers = (
        0xFFFF << 32 | bits,  # mapped
        bits,  # compatible
        0xFFFF << 48 | bits,  # translated
        0x2002 << 112 | bits << 80,  # 6to4
        0x20010000 << 96 | bits << 64,  # Teredo, its server
        0x20010000 << 96 | (bits ^ 0xFFFFFFFF),  # Teredo, its client
        0x64FF9B << 96 | bits,  # NAT64
    )
    for carrier in carriers:
        assert not is_public(str(ipaddress.IPv6Address(carrier))) or is_public(str(address))


@given(st.ip_addresses() | st.ip_addresses().map(str) | st.text())
def test_what_is_public_is_an_address_that_python_too_calls_global(trap: object) -> None:
    text = str(trap)
    if is_public(text):
        assert ipaddress.ip_address(text.strip()).is_global or text.startswith("64:ff9b::")


# ---- names


@each(SPELLINGS)
def test_another_spelling_of_a_private_address_is_refused(trap: str) -> None:
    assert refusal(f"http://{trap}/hook", outbound.system_resolver) == "private"
    assert refusal(f"https://{trap}:8443", outbound.system_resolver) == "private"


@pytest.mark.parametrize("host", ["1.2.3.4.5", "256.1.1.1", "4294967297", "127.0.0.1.", "nowhere.invalid"])
def test_what_the_system_cannot_resolve_is_refused(host: str) -> None:
    assert refusal(f"http://{host}/hook", outbound.system_resolver) == "unresolved"


@pytest.mark.parametrize("host", [".", "a..b", "a" * 64 + ".example", ".".join(["a" * 60] * 5)])
def test_a_name_that_no_name_can_be_is_refused(host: str) -> None:
    assert refusal(f"http://{host}/hook", outbound.system_resolver) == "unresolved"


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("private", ["127.0.0.1", "10.0.0.1", "::ffff:192.168.0.1", "169.254.169.254"])
def test_one_private_address_of_several_is_enough_to_refuse(private: str, place: int) -> None:
    addresses = [PUBLIC, PUBLIC_SIX]
    addresses.insert(place, private)
    assert refusal("https://shop.example/hook", answering(*addresses)) == "private"


def test_a_name_without_an_address_is_refused() -> None:
    assert refusal("https://shop.example/hook", answering()) == "unresolved"


def silent_dns(host: str, port: int) -> Sequence[str]:
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def test_a_name_that_cannot_be_looked_up_now_is_refused() -> None:
    assert refusal("https://shop.example/hook", silent_dns) == "unresolved"


def test_dns_that_changes_its_mind_is_asked_once_and_its_first_answer_kept() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    asked: list[tuple[str, int]] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return next(answers)

    found = target("https://shop.example/hook", plain=False, allow_private=False, resolver=rebinding)
    assert (found.address, found.host) == (PUBLIC, "shop.example")
    assert asked == [("shop.example", 443)]
    # The next sending looks again, and meets what the name has become.
    assert refusal("https://shop.example/hook", rebinding) == "private"


def test_where_a_call_goes_cannot_be_changed_once_it_was_checked() -> None:
    found = target("https://shop.example/hook", plain=False, allow_private=False, resolver=public_dns)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.address = "127.0.0.1"  # type: ignore[misc]


# ---- what is written


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://shop.example", Target("https", "shop.example", PUBLIC, 443, "shop.example", "/")),
        ("http://shop.example", Target("http", "shop.example", PUBLIC, 80, "shop.example", "/")),
        ("HTTPS://Shop.Example/A?b=C", Target("https", "shop.example", PUBLIC, 443, "Shop.Example", "/A?b=C")),
        ("https://shop.example?a=1", Target("https", "shop.example", PUBLIC, 443, "shop.example", "/?a=1")),
        ("https://shop.example/h#top", Target("https", "shop.example", PUBLIC, 443, "shop.example", "/h")),
        ("https://shop.example:8443/", Target("https", "shop.example", PUBLIC, 8443, "shop.example:8443", "/")),
        ("https://shop.example:22/", Target("https", "shop.example", PUBLIC, 22, "shop.example:22", "/")),
        ("https://shop.example./h", Target("https", "shop.example", PUBLIC, 443, "shop.example.", "/h")),
        ("https://my_shop.example/%0a", Target("https", "my_shop.example", PUBLIC, 443, "my_shop.example", "/%0a")),
        ("https://xn--caf.example", Target("https", "xn--caf.example", PUBLIC, 443, "xn--caf.example", "/")),
        ("https://[2c0f:f0f8::9]:81/", Target("https", "2c0f:f0f8::9", PUBLIC, 81, "[2c0f:f0f8::9]:81", "/")),
        ("https://shop.example/@u:p", Target("https", "shop.example", PUBLIC, 443, "shop.example", "/@u:p")),
    ],
)  # fmt: skip
def test_a_url_says_where_the_call_goes_and_what_is_said_there(url: str, said: Target) -> None:
    assert target(url, plain=True, allow_private=False, resolver=public_dns) == said


@each(MALFORMED)
def test_what_readers_may_read_differently_is_refused(trap: str) -> None:
    assert refusal(trap) == "malformed"


@pytest.mark.parametrize("netloc", USER_INFO)
def test_user_info_is_refused(netloc: str) -> None:
    assert refusal(f"https://{netloc}/hook") == "user_info"


def test_plain_http_is_refused_where_only_https_may_be() -> None:
    assert refusal("http://shop.example/hook", plain=False) == "not_https"


def test_only_a_portal_of_a_developer_calls_its_own_network() -> None:
    found = target(
        "http://127.0.0.1:9/hook", plain=True, allow_private=True, resolver=outbound.system_resolver
    )
    assert (found.address, found.port) == ("127.0.0.1", 9)


PIECES = st.lists(
    st.sampled_from(["http", "https", ":", "/", "//", "@", "[", "]", "127.0.0.1", "::1", "%", "#", "?", "\\", "."])
    | st.sampled_from(["0x7f", "shop.example", "80", "\t", "\n", " ", "１", "。", "localhost", "-", "x", "\u2028"])
    | st.text(max_size=3),
    max_size=12,
).map("".join)  # fmt: skip


@given(
    PIECES | st.builds(str.__add__, st.sampled_from(["http://", "https://"]), PIECES),
    st.lists(st.ip_addresses().map(str) | st.sampled_from(["::1", "10.0.0.1", "fe80::1%lo", ""]), max_size=3),
)
@example("https://shop.example/hook", [PUBLIC])
def test_any_text_is_refused_by_name_or_leads_to_a_public_address_that_was_looked_up(
    url: str, addresses: list[str]
) -> None:
    with suppress(Refused):
        found = target(url, plain=False, allow_private=False, resolver=answering(*addresses))
        assert found.address in addresses
        assert all(map(is_public, addresses))
        assert (found.scheme, found.path[0]) == ("https", "/")
        assert 0 < found.port < 65536
        said = f"{found.host}{found.authority}{found.path}"
        assert re.fullmatch(r"[!-~]+", said)
        assert not set("\\@") & set(found.authority)
        assert found.authority.lower().removeprefix("[").startswith(found.host)


@pytest.mark.parametrize("network", [str(network) for network in outbound.CLOSED])
def test_a_closed_network_is_closed_from_its_first_address_to_its_last(network: str) -> None:
    closed = ipaddress.ip_network(network)
    assert not is_public(str(closed[0]))
    assert not is_public(str(closed[-1]))
