"""The room of where a shop's customers are sent back to: only to hosts that the store named."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from portal.domain.provider import Mode

# Browsers read `\` as `/` and drop tabs and line ends, so neither may stand in an address.
VISIBLE = re.compile(r"[!-\[\]-~]+")


def objection(url: str, mode: Mode, hosts: Collection[str]) -> str | None:
    """Return why no customer may be sent to that address in that mode; None where one may.

    `hosts`: those that the store named. In test mode this machine's own are allowed as well, and plain http.
    """
    if not VISIBLE.fullmatch(url):
        return "Write it in ASCII without spaces: other characters percent-encoded, the host in punycode."
    parts = _split(url)
    if parts is None or not parts.hostname:
        return "This is no complete web address."
    if parts.scheme != "https" and (mode is Mode.LIVE or parts.scheme != "http"):
        return "It must begin with https:// (in test mode http:// is allowed as well)."
    if "@" in parts.netloc:
        return "It must not hold a user name or a password."
    if parts.hostname in {host.lower() for host in hosts} or (mode is Mode.TEST and _is_here(parts.hostname)):
        return None
    return f"{parts.hostname} is not among this store's return hosts: add it in the settings."


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no port
    except ValueError:
        return None
    return parts


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
