"""The door at which anyone may check a receipt: merchant, amount, date, present state, no payer."""

from __future__ import annotations

import io

import segno
from flask import Blueprint, Response, abort, make_response, render_template, url_for

from portal import db
from portal.payments import receipts
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


def _address(code: str) -> str:
    return services().settings.public_url + url_for("receipts.show", code=code)
