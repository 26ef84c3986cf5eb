"""The room of what a payment link's address asks for: amount and reference, signed or not, and who opened it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flask import request

from portal.merchants import stores
from portal.security import signed_links
from portal.security.vault import Vault

LONGEST_REFERENCE = 100
LONGEST_SHOWN = 200
"""Characters of a value that is wrong: enough to see what it was."""
AMOUNT = re.compile(r"[1-9][0-9]{0,9}")
MOMENT = re.compile(r"[1-9][0-9]{0,11}")

Reason = Literal["unclear", "forged", "over"]


class Refused(Exception):
    """Nobody pays at that address: it says two things or none, its signature is not right, or its time is over."""

    def __init__(self, reason: Reason) -> None:
        """Take which of the three it is."""
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True)
class Asked:
    """What the address says, as it stands there; `verified`: the shop signed exactly this."""

    amount: str = ""
    reference: str = ""
    verified: bool = False

    @property
    def signed_amount(self) -> int | None:
        """Return the amount that the shop signed, in whole units; None where it signed none."""
        return int(self.amount) if self.verified and self.amount else None


def read(link: Mapping[Any, Any], vault: Vault) -> Asked:
    """Return what the address asks for (`link`: a mapping with the database's `now`); raise Refused.

    A link without `prefill` is told nothing by its address; a signature there promises more than it keeps.
    """
    if not link["prefill"]:
        if "sig" in request.args:
            raise Refused("forged")
        return Asked()
    amount, reference, expires = (_said(name) for name in ("amount", "reference", "expires"))
    if expires and not MOMENT.fullmatch(expires):
        raise Refused("unclear")
    if "sig" in request.args:
        _require_signature(link, vault, amount, reference, expires)
    if expires and int(expires) <= link["now"].timestamp():
        raise Refused("over")
    if "sig" in request.args:
        return Asked(amount, reference, verified=True)
    return Asked(amount[:LONGEST_SHOWN], reference[:LONGEST_SHOWN])


def opener(link: Mapping[Any, Any]) -> str | None:
    """Return the site of the store whose page opened this window, as the button's script says; None: no such one."""
    given = request.args.getlist("opener")
    if len(given) == 1 and stores.may_open(given[0], link["merchant_sites"], link["mode"]):
        return given[0]
    return None


def _require_signature(
    link: Mapping[Any, Any], vault: Vault, amount: str, reference: str, expires: str
) -> None:
    if len(reference) > LONGEST_REFERENCE or not reference.isprintable():
        raise Refused("unclear")
    if amount and not AMOUNT.fullmatch(amount):
        raise Refused("unclear")
    asked = signed_links.Asked(
        slug=link["slug"],
        amount=int(amount) if amount else None,
        reference=reference or None,
        expires=int(expires) if expires else None,
    )
    if not signed_links.is_signed(vault.open(link["sealed_secret"])["secret"], asked, _said("sig")):
        raise Refused("forged")
    if link["amount"] is not None and asked.amount not in {None, link["amount"]}:
        raise Refused("forged")


def _said(name: str) -> str:
    """Return what the address says by that name, empty where nothing; raise Refused where it says it twice."""
    said = request.args.getlist(name)
    if len(said) > 1:
        raise Refused("unclear")
    return said[0] if said else ""
