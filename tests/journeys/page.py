"""The room of a page as a plain browser reads it: its words, forms, buttons, links, and where it goes by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

REFRESH = re.compile(r"\s*(\d+)\s*;\s*url=(.*)", re.IGNORECASE)
UNSEEN = frozenset({"title", "script", "style"})

Given = dict[str, str]
"""A tag's attributes."""


@dataclass
class Button:
    """One button of a form: its words, and where it leads."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    words: str = ""


@dataclass
class Form:
    """One form: where it leads, how, what it carries, and its buttons."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[Button] = field(default_factory=list)


@dataclass
class Page(HTMLParser):
    """A page as it was read: its words, forms, links by their words, and where it goes by itself."""

    url: str
    html: str
    status: int
    language: str = ""
    forms: list[Form] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    refresh: tuple[int, str] | None = None
    _said: list[tuple[str, str]] = field(default_factory=list)
    _inside: list[str] = field(default_factory=list)
    heading: str = ""
    note: str = ""
    """What stands in the page's h1, and in its first note."""
    _href: str = ""
    _in_note: bool = False
    _select: str = ""

    def __post_init__(self) -> None:
        """Read it."""
        super().__init__()
        self.feed(self.html)

    @property
    def text(self) -> str:
        """Return what a person reads, single-spaced."""
        return " ".join(" ".join(said for where, said in self._said if where not in UNSEEN).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        opened = {
            "html": self._html,
            "p": self._paragraph,
            "form": self._form,
            "input": self._input,
            "select": self._choice,
            "option": self._option,
            "button": self._button,
            "a": self._link,
            "meta": self._meta,
        }.get(tag)
        if opened is not None:
            opened(given)
        if tag not in {"meta", "link", "input", "br", "img"}:
            self._inside.append(tag)

    def _html(self, given: Given) -> None:
        self.language = given.get("lang", "")

    def _paragraph(self, given: Given) -> None:
        self._in_note = "note" in given.get("class", "").split() and not self.note

    def _form(self, given: Given) -> None:
        action = urljoin(self.url, given.get("action") or self.url)
        self.forms.append(Form(action, given.get("method", "get").upper()))

    def _input(self, given: Given) -> None:
        unchosen = given.get("type") in {"radio", "checkbox"} and "checked" not in given
        if self.forms and "name" in given and not unchosen:
            self.forms[-1].fields[given["name"]] = given.get("value", "")

    def _choice(self, given: Given) -> None:
        self._select = given.get("name", "")

    def _option(self, given: Given) -> None:
        if self.forms and self._select and ("selected" in given or self._select not in self.forms[-1].fields):
            self.forms[-1].fields[self._select] = given.get("value", "")

    def _button(self, given: Given) -> None:
        if self.forms:
            fields = {given["name"]: given.get("value", "")} if "name" in given else {}
            action = urljoin(self.url, given.get("formaction") or self.forms[-1].action)
            self.forms[-1].buttons.append(Button(action, fields))

    def _link(self, given: Given) -> None:
        self._href = urljoin(self.url, given.get("href", ""))

    def _meta(self, given: Given) -> None:
        if given.get("http-equiv") == "refresh":
            found = REFRESH.match(given["content"])
            assert found, given
            self.refresh = int(found[1]), urljoin(self.url, found[2])

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self._in_note = False
        if tag == "select":
            self._select = ""
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        where = self._inside[-1] if self._inside else ""
        self._said.append((where, data))
        if self._in_note:
            self.note = " ".join(f"{self.note}{data}".split())
        if "h1" in self._inside:
            self.heading = " ".join(f"{self.heading}{data}".split())
        if "button" in self._inside and self.forms:
            button = self.forms[-1].buttons[-1]
            button.words = " ".join((button.words + data).split())
        if "a" in self._inside and data.strip():
            self.links[" ".join(data.split())] = self._href
