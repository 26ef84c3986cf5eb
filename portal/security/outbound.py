"""The room of addresses that others chose and we call: resolved once, checked, and connected to as resolved.

A shop's URL may name our own network, now or after its DNS changed its mind. So the name is looked up once, every
address it has must be a public one, and the connection goes to that very address (SSRF, DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from portal.security.addresses import Address, read

Resolver = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host; raises OSError where it has none."""

LONGEST = 2000
VISIBLE = re.compile(r"[!-\[\]-~]+")
"""What an address is written in: readers disagree about `\\`, white space and whatever is not ASCII."""
AUTHORITY = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(?::[0-9]{1,5})?")
"""A name or an address, and a port; so `[::1].example`, a scope (`%eth0`) and `a;b` are none."""

CLOSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # of protocols; one cloud keeps its metadata at 192.0.0.192
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16/32",  # Azure's own server, though its number is a public one
        "2001::/32",  # Teredo, and below it 6to4: they lead to an IPv4 address that they carry
        "2002::/16",
        "3fff::/20",  # documentation
        "fec0::/10",  # site-local
    )
)
"""Not of the public internet, whatever this Python's `is_global` says: its lists grew from release to release."""
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""How a host without IPv4 reaches the IPv4 address in the last 32 bits."""


class Refused(Exception):
    """We do not call that address; `code` is stable: `malformed`, `not_https`, `user_info`, `unresolved`, `private`."""

    def __init__(self, code: str) -> None:
        """Take the stable code."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect (`address`, `port`), and what to say there (`host`, for TLS too; `authority`; `path`)."""

    scheme: str
    host: str
    address: str
    port: int
    authority: str
    path: str


def system_resolver(host: str, port: int) -> list[str]:
    """Ask the system; it reads `0x7f.1` and `2130706433` as the addresses that they are."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def target(url: str, *, plain: bool, allow_private: bool, resolver: Resolver = system_resolver) -> Target:
    """Return where a call to the URL goes; raise Refused.

    `plain`: http is allowed beside https. `allow_private`: so are addresses that are not public (development alone).
    """
    parts = split(url, plain=plain)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = resolver(host, port)
    except (OSError, UnicodeError) as error:
        raise Refused("unresolved") from error
    if not found:
        raise Refused("unresolved")
    # One private address among public ones is enough: which of them is called must not be the shop's choice.
    if not allow_private and not all(is_public(address) for address in found):
        raise Refused("private")
    path = parts.path or "/"
    return Target(
        scheme=parts.scheme,
        host=host.removesuffix("."),
        address=found[0],
        port=port,
        authority=parts.netloc,
        path=f"{path}?{parts.query}" if parts.query else path,
    )


def split(url: str, *, plain: bool) -> SplitResult:
    """Return the URL's parts, without asking DNS; raise Refused."""
    if len(url) > LONGEST or not VISIBLE.fullmatch(url):
        raise Refused("malformed")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no port
    except ValueError as error:
        raise Refused("malformed") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise Refused("malformed")
    if parts.scheme == "http" and not plain:
        raise Refused("not_https")
    if "@" in parts.netloc:
        raise Refused("user_info")
    if not AUTHORITY.fullmatch(parts.netloc):
        raise Refused("malformed")
    return parts


def is_public(text: str) -> bool:
    """Say whether the address is one of the public internet: nothing of ours, of this machine or of its cloud."""
    if "%" in text:
        return False  # a scope: an address of this machine's own links
    address = read(text)
    if isinstance(address, ipaddress.IPv6Address) and address in NAT64:
        address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address is not None and _is_open(address)


def _is_open(address: Address) -> bool:
    kept_back = address.is_multicast or address.is_reserved or any(address in network for network in CLOSED)
    return address.is_global and not kept_back
