"""The room of receipts on paper: one A6 page with what was paid, to whom, and where anyone can check it.

The fonts that every reader of PDF has know the letters of Western Europe: others are written by their nearest ones.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import segno
from fpdf import FPDF

MARGIN = 8.0
WIDTH = 105.0
QR_SIDE = 32.0
NEAREST = str.maketrans(
    {"œ": "oe", "Œ": "OE", "€": "EUR"}
    | dict(zip("ɖƉɛƐƒƑɣƔɩƖŋŊɔƆʋƲ’–\u202f", "dDeEfFgGiInNoOvV'- ", strict=True))
)
"""Letters of Ewe, Kabiyè and French that Latin-1 lacks, and the signs of our own texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What stands on the page, in the reader's words: `rows` are pairs of name and value; `address` is in the code."""

    title: str
    shop: str
    amount: str
    rows: Sequence[tuple[str, str]]
    address: str
    foot: str
    language: str
    made_at: datetime


def drawn(paper: Paper) -> bytes:
    """Return the page as PDF: the same bytes for the same paper."""
    pdf = FPDF(format=(WIDTH, 148.0))
    pdf.set_creation_date(paper.made_at)
    pdf.set_title(latin(f"{paper.title} - {paper.shop}"))
    pdf.set_lang(paper.language)
    pdf.set_margins(MARGIN, MARGIN)
    pdf.set_auto_page_break(auto=False)
    pdf.add_page()
    _text(pdf, paper.shop, 11, "B")
    _text(pdf, paper.title, 9)
    pdf.ln(2)
    _text(pdf, paper.amount, 20, "B")
    pdf.ln(2)
    for name, value in paper.rows:
        _text(pdf, name, 7)
        _text(pdf, value, 10)
        pdf.ln(0.8)
    _code(pdf, paper.address, pdf.get_y() + 2)
    pdf.set_y(pdf.get_y() + QR_SIDE + 3)
    _text(pdf, paper.address, 7)
    _text(pdf, paper.foot, 7)
    return bytes(pdf.output())


def latin(text: str) -> str:
    """Return the text in letters that the fonts have."""
    near = unicodedata.normalize("NFC", text.translate(NEAREST))
    return "".join(one if _is_known(one) else _without_marks(one) for one in near)


def _is_known(letter: str) -> bool:
    return letter.isprintable() and ord(letter) < 256  # noqa: PLR2004 - Latin-1


def _without_marks(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter)[:1]
    return plain if plain and _is_known(plain) else "?"


def _text(pdf: FPDF, text: str, size: float, style: str = "") -> None:
    pdf.set_font("helvetica", style, size)
    pdf.multi_cell(WIDTH - 2 * MARGIN, size * 0.48, latin(text), new_x="LMARGIN", new_y="NEXT")


def _code(pdf: FPDF, address: str, top: float) -> None:
    """Draw the address as a QR code of squares."""
    matrix = list(segno.make(address, error="m").matrix_iter(border=0))
    side = QR_SIDE / len(matrix)
    pdf.set_fill_color(0)
    for line, row in enumerate(matrix):
        for place, dark in enumerate(row):
            if dark:
                # A hair wider than its place, so that no light shows between two.
                pdf.rect(MARGIN + place * side, top + line * side, side * 1.02, side * 1.02, style="F")
    pdf.set_y(top)
