"""The room of a plain browser without script, cookies or pictures: it reads a page and does what stands there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urljoin

from tests.journeys.page import Page


class Answer(Protocol):
    """What came back for one request."""

    status_code: int

    @property
    def headers(self) -> Any:
        """The answer's headers."""

    @property
    def text(self) -> str:
        """The page."""


Fetch = Callable[[str, str, Mapping[str, str] | None], Answer]
"""Makes a browser's request: method, address, fields of a form."""


class Walker:
    """One shopper: `page` is what lies before them."""

    page: Page

    def __init__(self, fetch: Fetch, url: str) -> None:
        """Open the address."""
        self.fetch = fetch
        self.open(url)

    def open(self, url: str, method: str = "GET", fields: dict[str, str] | None = None) -> None:
        """Go there, along every redirect."""
        answer = self.fetch(method, url, fields)
        while answer.status_code == 303:
            url = urljoin(url, answer.headers["Location"])
            answer = self.fetch("GET", url, None)
        self.page = Page(url, answer.text, answer.status_code)

    def press(self, words: str = "", *, to: str = "", **typed: str) -> None:
        """Press the first button that says these words and leads there, with what was typed into its form."""
        form, button = next(
            (form, button)
            for form in self.page.forms
            for button in form.buttons
            if words in button.words and button.action.endswith(to)
        )
        unknown = typed.keys() - form.fields.keys()
        assert not unknown, f"the form has no field {unknown}"
        self.open(button.action, form.method, form.fields | button.fields | typed)

    def follow(self, words: str) -> None:
        """Follow the link that says these words."""
        self.open(self.page.links[words])

    def wait(self) -> None:
        """Let the page go where it goes by itself."""
        assert self.page.refresh, f"{self.page.url} goes nowhere by itself"
        self.open(self.page.refresh[1])
