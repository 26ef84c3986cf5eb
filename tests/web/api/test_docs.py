import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from portal.web.api.problems import KINDS
from tests.web.api.conftest import Post, before_the_database

pytestmark = before_the_database


class Outline(HTMLParser):
    """Collects a page's ids, links and elements."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name in {"href", "src"} and value]


@pytest.fixture
def page(client: FlaskClient) -> str:
    answer = client.get("/api/docs")
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    return answer.text


@pytest.fixture
def outline(page: str) -> Outline:
    found = Outline()
    found.feed(page)
    return found


@pytest.mark.parametrize("code", KINDS)
def test_every_problem_code_has_its_place(outline: Outline, code: str) -> None:
    assert outline.ids.count(code) == 1


def test_a_problems_type_leads_to_its_place(client: FlaskClient, post: Post) -> None:
    page, _, place = post(amount=0).get_json()["type"].partition("#")
    assert f'id="{place}"' in client.get(page).text


def test_every_link_on_the_page_leads_somewhere(client: FlaskClient, outline: Outline) -> None:
    for link in set(outline.links) - {"data:,"}:
        if link.startswith("#"):
            assert link[1:] in outline.ids
        else:
            with client.get(link) as answer:
                assert answer.status_code == 200


def test_an_id_occurs_once(outline: Outline) -> None:
    assert len(set(outline.ids)) == len(outline.ids)


def test_every_call_and_every_field_is_on_the_page(client: FlaskClient, page: str) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            assert f"{method.upper()} {path}" in page
    for shape in document["components"]["schemas"].values():
        assert all(f"<code>{name}</code>" in page for name in shape["properties"])


def test_the_page_needs_no_script_and_no_style_of_its_own(outline: Outline) -> None:
    assert not outline.elements & {"script", "style"}
    assert not {name for name in outline.attributes if name == "style" or name.startswith("on")}


def test_the_page_is_english_and_says_so(page: str) -> None:
    assert '<html lang="en">' in page
    told = re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)  # programs have braces of their own
    assert not re.search(r"[{}%]{2}", told), "no template is left unfilled"
