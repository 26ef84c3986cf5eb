"""The room of client addresses: who is really calling, and whether a list of networks knows them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def read(text: str) -> Address | None:
    """Return the address, an IPv4 one inside IPv6 unwrapped; None where the text is no address."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def read_network(text: str) -> Network | None:
    """Return the address or network; None where the text is neither."""
    try:
        return ipaddress.ip_network(text.strip())
    except ValueError:
        return None


def listed(address: str, networks: Iterable[Network]) -> bool:
    """Say whether the address lies in one of the networks; text that is no address never does."""
    parsed = read(address)
    return parsed is not None and any(parsed in network for network in networks)


def client(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the client's address.

    It is the TCP peer, or, when the peer is a trusted proxy, the right-most untrusted address of
    `X-Forwarded-For` (`forwarded`: the values of that header, in order). A header from anyone else is ignored.
    An entry that is no address ends the search: what stands left of it was written by nobody we trust.
    """
    if not trusted or not listed(peer, trusted):
        return peer
    nearest = peer
    hops = [hop for value in forwarded for hop in value.split(",")]
    for hop in reversed(hops):
        address = read(hop)
        if address is None:
            return nearest
        nearest = str(address)
        if not listed(nearest, trusted):
            return nearest
    return nearest
