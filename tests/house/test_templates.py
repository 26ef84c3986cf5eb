"""Pages work under a strict content policy, escape what they show, and their forms cannot be forged."""

import re
from pathlib import Path

import pytest

from tests.house.tree import TEMPLATES, name, pages

# A page may switch escaping off only where it is named here, with what it shows then.
UNESCAPED: dict[str, str] = {}

# `<script>` with something other than data in it; JSON is data.
INLINE_SCRIPT = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=.application/(?:ld\+)?json)[^>]*>", re.IGNORECASE
)
STYLE = re.compile(r"<style\b|<[^>]*\sstyle\s*=", re.IGNORECASE)
HANDLER = re.compile(r"<[a-z][^>]*\son[a-z]+\s*=|href=.javascript:", re.IGNORECASE)
SAFE = re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\(", re.IGNORECASE)
COMMENT = re.compile(r"{#.*?#}", re.DOTALL)
POST_FORM = re.compile(r"<form\b[^>]*\bmethod=[\"']?post\b.*?</form>", re.IGNORECASE | re.DOTALL)

each_page = pytest.mark.parametrize("page", pages(), ids=name)


def source(page: Path) -> str:
    return COMMENT.sub("", page.read_text(encoding="utf-8"))


@each_page
@pytest.mark.parametrize("forbidden", [INLINE_SCRIPT, STYLE, HANDLER], ids=["script", "style", "handler"])
def test_a_page_holds_no_script_style_or_handler(page: Path, forbidden: re.Pattern[str]) -> None:
    assert forbidden.findall(source(page)) == []


@each_page
def test_a_page_escapes_what_it_shows(page: Path) -> None:
    assert name(page) in UNESCAPED or SAFE.findall(source(page)) == []


def test_the_forms_of_the_portal_carry_their_token() -> None:
    forms = [
        (name(page), form)
        for folder in ("portal", "onboarding")
        for page in sorted((TEMPLATES / folder).rglob("*.html"))
        for form in POST_FORM.findall(source(page))
    ]
    assert forms, "the portal has forms"
    assert [page for page, form in forms if "csrf_token" not in form and "hidden_tag" not in form] == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (INLINE_SCRIPT, "<script>alert(1)</script>"),
        (STYLE, '<p class="a" style="color: red">'),
        (HANDLER, '<button onclick="pay()">'),
        (SAFE, "{{ name | safe }}"),
    ],
)
def test_what_is_forbidden_would_be_found(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize(
    "text", ['<script src="/x.js" defer></script>', '<p data-once="1">', "<p>style = plain</p>"]
)
def test_what_is_allowed_is_left_alone(text: str) -> None:
    assert not any(pattern.search(text) for pattern in (INLINE_SCRIPT, STYLE, HANDLER, SAFE))
