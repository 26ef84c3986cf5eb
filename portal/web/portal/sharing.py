"""The room of what a merchant takes away to share a payment link: its QR code and what to put into a page."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import segno
from flask_babel import gettext as _
from markupsafe import Markup

from portal.web.money import shown

QR_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
QR_BORDER = 4
"""Modules of white that a reader needs around the code."""

LINK = Markup('<a href="{address}">{text}</a>')
FORM = Markup('<form action="{address}" method="get">\n{fields}  <button>{text}</button>\n</form>')
FIELD = Markup('  <label>{label} <input name="{name}"{more}></label>\n')
NUMERIC = Markup(' inputmode="numeric"')
SCRIPT = Markup('<script src="{script}" defer></script>\n<a href="{address}" data-cross>{text}</a>')


@dataclass(frozen=True)
class Snippets:
    """HTML for a page of the shop, every value escaped: a link, a form's button, a button with the script."""

    link: str
    form: str
    script: str


def qr_code(address: str, kind: str) -> bytes:
    """Return the address as a QR code in a picture of that kind (see QR_TYPES)."""
    drawn = io.BytesIO()
    code = segno.make(address, error="m")
    options = {"xmldecl": False} if kind == "svg" else {}
    code.save(drawn, kind=kind, border=QR_BORDER, scale=8, light="#fff", **options)
    return drawn.getvalue()


def snippets(link: Mapping[Any, Any], address: str, script: str) -> Snippets:
    """Return what the shop puts into its page; `script` is the address of the button's script."""
    text = _("Payer")
    if link["amount"] is not None:
        text = _("Payer %(price)s", price=shown(link["amount"], link["currency"]))
    said = {"address": address, "text": text}
    # As text: what the page shows to be copied is escaped there once more.
    return Snippets(
        link=str(LINK.format(**said)),
        form=str(FORM.format(fields=_fields(link), **said)),
        script=str(SCRIPT.format(script=script, **said)),
    )


def _fields(link: Mapping[Any, Any]) -> Markup:
    """Return the inputs of what the address may say."""
    fields = Markup()
    if link["prefill"] and link["amount"] is None:
        fields += FIELD.format(label=_("Montant en F CFA"), name="amount", more=NUMERIC)
    if link["prefill"]:
        fields += FIELD.format(label=_("Référence"), name="reference", more="")
    return fields
