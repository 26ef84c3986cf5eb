"""The pictures in the documents show what the code does."""

from config import ROOT
from portal.domain import drawing


def test_the_graph_in_the_readme_is_the_tables_graph() -> None:
    drawn = (ROOT / "docs" / "pictures" / "states.dot").read_text(encoding="utf-8")
    assert drawn.strip() == drawing.graphs().strip(), (
        "flask states --dot > docs/pictures/states.dot; dot -Tsvg"
    )


def test_the_picture_is_of_that_graph() -> None:
    """Every label of the graph stands in the picture."""
    picture = (ROOT / "docs" / "pictures" / "states.svg").read_text(encoding="utf-8")
    assert all(
        f">{label}<" in picture for label in ("right payment", "Paid (late)", "RefundFailed", "by_hand")
    )
