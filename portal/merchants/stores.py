"""The room of what a store says of itself: its name, how to reach it, its sites, where shoppers may be sent back."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from sqlalchemy import Connection, select, update

from portal.domain.provider import Mode
from portal.merchants.models import Merchant, User

MOST_HOSTS = 20
LONGEST_HOST = 253  # RFC 1035
MOST_SITES = 20
LONGEST_SITE = 200
USUAL_PORTS = {"https": 443, "http": 80}
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class HostError(ValueError):
    """The text names no host."""


class SiteError(ValueError):
    """The text names no site that may open a checkout."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A store as its people may change it; `contact_phone` as E.164, hosts as from `host`, sites from `site`."""

    name: str
    contact_email: str
    contact_phone: str | None
    return_hosts: Sequence[str]
    sites: Sequence[str]


def host(text: str) -> str:
    """Return the host that the text names, in lower case and as DNS spells it; raise HostError.

    A whole address is taken for its host: that is what people paste.
    """
    text = text.strip()
    try:
        name = urlsplit(text if "://" in text else f"//{text}").hostname or ""
        name = name.rstrip(".").encode("idna").decode().lower()
    except ValueError as error:  # UnicodeError is one
        raise HostError(text) from error
    if _is_address(name) or name == "localhost":
        return name
    labels = name.split(".")
    well_formed = len(name) <= LONGEST_HOST and all(LABEL.fullmatch(label) for label in labels)
    if not well_formed or len(labels) == 1 or labels[-1].isdigit():
        raise HostError(text)
    return name


def site(text: str) -> str:
    """Return the site that the text names as browsers spell its origin, such as `https://boutique.example`.

    A whole address is taken for its origin. Raises SiteError; also for http, unless it is this machine (for tests).
    """
    try:
        parts = urlsplit(text.strip())
        name, port = host(parts.netloc), parts.port
    except ValueError as error:  # HostError is one
        raise SiteError(text) from error
    if "@" in parts.netloc or not (parts.scheme == "https" or (parts.scheme == "http" and _is_here(name))):
        raise SiteError(text)
    at = "" if port in {None, USUAL_PORTS[parts.scheme]} else f":{port}"
    origin = f"{parts.scheme}://{f'[{name}]' if ':' in name else name}{at}"
    if len(origin) > LONGEST_SITE:
        raise SiteError(text)
    return origin


def may_open(site: str, sites: Collection[str], mode: str) -> bool:
    """Say whether that site, one of the store's, may open a checkout of that mode: in live by https alone."""
    return site in sites and (mode == Mode.TEST or site.startswith("https://"))


def _is_here(name: str) -> bool:
    return name == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def profile(connection: Connection, merchant_id: int) -> Profile:
    """Return what the store says of itself; raise NoResultFound where there is no such store."""
    columns = [getattr(Merchant, field.name) for field in fields(Profile)]
    row = connection.execute(select(*columns).where(Merchant.id == merchant_id)).mappings().one()
    return Profile(**row)


def change(tx: Connection, merchant_id: int, new: Profile) -> None:
    """Write what the store says of itself."""
    tx.execute(
        update(Merchant)
        .where(Merchant.id == merchant_id)
        .values(
            name=new.name,
            contact_email=new.contact_email,
            contact_phone=new.contact_phone,
            return_hosts=list(new.return_hosts),
            sites=list(new.sites),
        )
    )


def change_language(tx: Connection, user_id: int, language: str) -> None:
    """Remember in which language the person reads."""
    tx.execute(update(User).where(User.id == user_id).values(language=language))
