"""The room of a plain browser without script, cookies or pictures: it reads a page and does what stands there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

from tests.wire import Wire

REFRESH = re.compile(r"\s*(\d+)\s*;\s*url=(.*)", re.IGNORECASE)
UNSEEN = frozenset({"title", "script", "style"})


@dataclass
class Form:
    """One form: where it leads, how, what it carries, and the words on its button."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    button: str = ""


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
    _href: str = ""

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
        match tag:
            case "html":
                self.language = given.get("lang", "")
            case "form":
                action = urljoin(self.url, given.get("action") or self.url)
                self.forms.append(Form(action, given.get("method", "get").upper()))
            case "input" if self.forms:
                self.forms[-1].fields[given["name"]] = given.get("value", "")
            case "a":
                self._href = urljoin(self.url, given.get("href", ""))
            case "meta" if given.get("http-equiv") == "refresh":
                found = REFRESH.match(given["content"])
                assert found, given
                self.refresh = int(found[1]), urljoin(self.url, found[2])
        if tag not in {"meta", "link", "input", "br", "img"}:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        where = self._inside[-1] if self._inside else ""
        self._said.append((where, data))
        if "button" in self._inside and self.forms:
            self.forms[-1].button = " ".join((self.forms[-1].button + data).split())
        if "a" in self._inside and data.strip():
            self.links[" ".join(data.split())] = self._href


class Walker:
    """One shopper: `page` is what lies before them."""

    page: Page

    def __init__(self, wire: Wire, url: str) -> None:
        """Open the address."""
        self.wire = wire
        self.open(url)

    def open(self, url: str, method: str = "GET", fields: dict[str, str] | None = None) -> None:
        """Go there, along every redirect."""
        answer = self.wire.fetch(method, url, fields)
        while answer.status_code == 303:
            url = urljoin(url, answer.location)
            answer = self.wire.fetch("GET", url)
        self.page = Page(url, answer.text, answer.status_code)

    def press(self, words: str = "", **typed: str) -> None:
        """Send the first form whose button says these words, with what was typed."""
        form = next(one for one in self.page.forms if words in one.button)
        unknown = typed.keys() - form.fields.keys()
        assert not unknown, f"the form has no field {unknown}"
        self.open(form.action, form.method, form.fields | typed)

    def follow(self, words: str) -> None:
        """Follow the link that says these words."""
        self.open(self.page.links[words])

    def wait(self) -> None:
        """Let the page go where it goes by itself."""
        assert self.page.refresh, f"{self.page.url} goes nowhere by itself"
        self.open(self.page.refresh[1])
