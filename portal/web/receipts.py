"""The door at which anyone may check a receipt: merchant, amount, date, present state, no payer."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import segno
from flask import Blueprint, Response, abort, make_response, render_template, url_for

from portal import db
from portal.notices import receipt_pdf
from portal.notices.receipt_pdf import Paper
from portal.payments import receipts
from portal.web.assets import moment
from portal.web.languages import gettext as _
from portal.web.languages import language
from portal.web.money import shown
from portal.web.sentences import receipt_state
from portal.web.services import services
from portal.web.visitors import limit_address

blueprint = Blueprint("receipts", __name__, url_prefix="/r")


@blueprint.get("/<code>")
def show(code: str) -> Response:
    """Show the receipt and whether it still holds."""
    limit_address("receipt", "60 per minute")
    with db.reading() as connection:
        receipt = receipts.by_code(connection, code)
    if receipt is None:
        abort(404)
    amounts = {
        name: shown(receipt[name], receipt["currency"])
        for name in ("amount", "amount_paid", "amount_refunded")
    }
    page = render_template(
        "checkout/receipt.html",
        receipt=receipt,
        amounts=amounts,
        address=_address(code),
        receipt_state=receipt_state,
    )
    response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/<code>/qr.svg")
def picture(code: str) -> Response:
    """Draw the receipt's own address as a QR code."""
    limit_address("receipt", "60 per minute")
    with db.reading() as connection:
        if receipts.by_code(connection, code) is None:
            abort(404)
    drawn = io.BytesIO()
    segno.make(_address(code), error="m").save(drawn, kind="svg", border=2, scale=4, xmldecl=False)
    return Response(drawn.getvalue(), content_type="image/svg+xml")


@blueprint.get("/<code>/recu.pdf")
def paper(code: str) -> Response:
    """Give the receipt as a page to print or keep; what it says is as of this moment, and it says so."""
    limit_address("receipt", "60 per minute")
    with db.reading() as connection:
        receipt = receipts.by_code(connection, code)
    if receipt is None:
        abort(404)
    response = Response(_paper(receipt), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="recu-{code}.pdf"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _paper(receipt: Mapping[Any, Any]) -> bytes:
    now = services().clock.now()
    rows = [
        (_("État le %(moment)s", moment=moment(now)), str(receipt_state(receipt))),
        (_("Référence"), receipt["reference"]),
        (_("Code de vérification"), receipt["receipt_code"]),
    ]
    if receipt["paid_at"] is not None:
        rows.insert(1, (_("Payé le"), moment(receipt["paid_at"])))
    if receipt["amount_refunded"]:
        rows.insert(1, (_("Remboursé"), shown(receipt["amount_refunded"], receipt["currency"])))
    return receipt_pdf.drawn(
        Paper(
            title=_("Reçu de paiement"),
            shop=receipt["merchant_name"],
            amount=shown(receipt["amount_paid"], receipt["currency"]),
            rows=rows,
            address=_address(receipt["receipt_code"]),
            foot=_("Scannez le code pour voir l'état présent : un reçu imprimé peut avoir vieilli."),
            language=language(),
            made_at=now,
        )
    )


def _address(code: str) -> str:
    return services().settings.public_url + url_for("receipts.show", code=code)
