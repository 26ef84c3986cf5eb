"""The door of the readable page about buttons, windows and signed addresses, with the very examples that are tested."""

from __future__ import annotations

from flask import Blueprint, render_template

from config import ROOT
from portal.web.services import services

blueprint = Blueprint("embedding_docs", __name__)

EXAMPLES = ROOT / "docs" / "examples" / "signing"
FILES = {
    "Python": "sign.py",
    "PHP": "sign.php",
    "JavaScript (Node.js)": "sign.mjs",
    "curl and OpenSSL": "sign.sh",
}


@blueprint.get("/api/docs/embedding")
def read() -> str:
    """Show it; in English alone, as the API's own page."""
    return render_template(
        "api/embedding.html",
        base=services().settings.public_url,
        examples={language: (EXAMPLES / name).read_text("utf-8") for language, name in FILES.items()},
    )
