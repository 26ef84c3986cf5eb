"""The door at which anyone may read who a store is, on what terms it sells and what it keeps of its shoppers."""

from __future__ import annotations

import re

from flask import Blueprint, abort, render_template

from portal import db
from portal.merchants import law
from portal.web.visitors import limit_address

blueprint = Blueprint("imprint", __name__, url_prefix="/s")

BETWEEN_PARAGRAPHS = re.compile(r"\n\s*\n")


@blueprint.get("/<public_id>")
def show(public_id: str) -> str:
    """Show the store's texts."""
    limit_address("imprint", "60 per minute")
    with db.reading() as connection:
        found = law.imprint(connection, public_id)
    if found is None:
        abort(404)
    return render_template("checkout/imprint.html", store=found, paragraphs=paragraphs)


def paragraphs(text: str) -> list[list[str]]:
    """Return the paragraphs of a plain text, each as its lines."""
    return [part.splitlines() for part in BETWEEN_PARAGRAPHS.split(text.strip()) if part.strip()]
