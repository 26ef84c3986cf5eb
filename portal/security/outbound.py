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

# They carry an IPv4 address within; `is_global` looks at the outside alone.
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")


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
        host=host,
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
    return parts


def is_public(text: str) -> bool:
    """Say whether the address is one of the public internet: nothing of ours, of this machine or of its cloud."""
    address = read(text.partition("%")[0])
    return address is not None and all(_is_open(one) for one in (address, *_within(address)))


def _is_open(address: Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _within(address: Address) -> list[Address]:
    """Return the IPv4 addresses that an IPv6 one leads to: 6to4, Teredo, NAT64, IPv4-compatible."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[Address] = []
    if address.sixtofour is not None:
        found.append(address.sixtofour)
    if address.teredo is not None:
        found.extend(address.teredo)
    if address in NAT64 or address in IPV4_COMPATIBLE:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found
