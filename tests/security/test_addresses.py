import ipaddress
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.security.addresses import Network, client, listed, read, read_network

PROXY, SECOND_PROXY, CLIENT, SPOOFED = "10.0.0.1", "10.0.0.2", "196.171.5.9", "41.207.188.66"
TRUSTED: Sequence[Network] = (ipaddress.ip_network("10.0.0.0/24"), ipaddress.ip_network("fd00::/8"))

ADDRESSES = st.ip_addresses().map(str)


@given(ADDRESSES, st.lists(st.text()))
def test_without_trusted_proxies_the_peer_is_the_client_whatever_it_says(
    peer: str, forwarded: list[str]
) -> None:
    assert client(peer, forwarded, ()) == peer


@given(st.lists(ADDRESSES | st.text()))
def test_a_header_from_anyone_but_a_trusted_proxy_is_ignored(forwarded: list[str]) -> None:
    assert client(CLIENT, [", ".join(forwarded)], TRUSTED) == CLIENT


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        ([CLIENT], CLIENT),
        ([f"{SPOOFED}, {CLIENT}"], CLIENT),  # the proxy adds on the right; the client wrote the left
        ([SPOOFED, CLIENT], CLIENT),  # the same, as two headers
        ([f"{SPOOFED}, {CLIENT}, {SECOND_PROXY}"], CLIENT),
        ([f"{PROXY}, {CLIENT}"], CLIENT),  # a client that says it is a proxy
        ([f"{SPOOFED},{CLIENT} ,  {SECOND_PROXY}"], CLIENT),
        ([f"::ffff:{CLIENT}"], CLIENT),  # IPv4 inside IPv6
        (["2c0f:f0f8::9"], "2c0f:f0f8::9"),
        ([], PROXY),
        ([""], PROXY),
        ([f"{SPOOFED}, garbage"], PROXY),  # left of what is no address stands nobody's word
        ([f"{SPOOFED}, garbage, {SECOND_PROXY}"], SECOND_PROXY),
        ([f"{SPOOFED}, {CLIENT}:8080"], PROXY),
        ([f"{SPOOFED}, unknown"], PROXY),
        ([f"{SPOOFED}, 010.0.0.9"], PROXY),
        ([f"{PROXY}, {SECOND_PROXY}"], PROXY),  # nothing but proxies: the furthest of them called
    ],
)
def test_behind_trusted_proxies_the_right_most_untrusted_address_is_the_client(
    forwarded: list[str], found: str
) -> None:
    assert client(PROXY, forwarded, TRUSTED) == found


@given(st.lists(ADDRESSES | st.text(), max_size=5))
def test_nothing_that_the_client_writes_changes_who_it_is(spoofed: list[str]) -> None:
    assert client(PROXY, [*spoofed, CLIENT], TRUSTED) == CLIENT
    assert client(PROXY, [", ".join([*spoofed, CLIENT])], TRUSTED) == CLIENT


@given(st.lists(ADDRESSES | st.text(), max_size=5))
def test_the_client_is_always_an_address(forwarded: list[str]) -> None:
    assert read(client(PROXY, forwarded, TRUSTED)) is not None


@pytest.mark.parametrize("peer", ["10.0.0.7", "::ffff:10.0.0.7", "fd00::1"])
def test_a_trusted_proxy_is_known_by_its_network(peer: str) -> None:
    assert client(peer, [CLIENT], TRUSTED) == CLIENT


@pytest.mark.parametrize(
    "text", ["", "localhost", "10.0.0", "10.0.0.256", "10.0.0.1/24", "10.0.0.1:80", "\ud800"]
)
def test_what_is_no_address_is_on_no_list(text: str) -> None:
    assert read(text) is None
    assert not listed(text, [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")])


@given(ADDRESSES)
def test_no_address_is_on_an_empty_list(address: str) -> None:
    assert not listed(address, ())


@given(st.ip_addresses())
def test_an_address_is_on_the_list_that_names_it(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    named = read(str(address))
    assert named is not None
    assert listed(str(address), [ipaddress.ip_network(named)])


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("196.171.5.0/24", "196.171.5.0/24"),
        (" 196.171.5.9 ", "196.171.5.9/32"),
        ("2c0f:f0f8::/48", "2c0f:f0f8::/48"),
        ("196.171.5.9/24", None),
        ("example.com", None),
        ("", None),
    ],
)
def test_a_network_is_read_or_refused(text: str, network: str | None) -> None:
    found = read_network(text)
    assert (str(found) if found else None) == network
