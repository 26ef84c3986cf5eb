"""The room of the photographer: `python -m tests.browser.screenshots [FOLDER]` takes a picture of every page.

Both languages, 320 and 1280 px wide, as PNG. Ends with an error where a page of the portal has no picture.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from config import ROOT, Settings
from portal.app import create_app
from tests.browser import chromium
from tests.browser.gallery import SHOPPER
from tests.browser.portal_gallery import MERCHANT, NO_PICTURE
from tests.browser.stand import Picture, Stand, Who, slug_of
from tests.conftest import migrate
from tests.stack import Stack, running_stack

FOLDER = ROOT / "instance" / "screenshots"
PICTURES = (*SHOPPER, *MERCHANT)
LANGUAGES = ("fr", "en")
SIZES = {"320": {"width": 320, "height": 640}, "1280": {"width": 1280, "height": 800}}
PROGRAMS = "/api/v1/"


class WrongPage(Exception):
    """A picture shows another page than it says."""


def pages(url_map: Map) -> set[str]:
    """Return the portal's views that can be looked at; what the API answers is for programs."""
    return {
        rule.endpoint
        for rule in url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(PROGRAMS)
    }


def without_picture(url_map: Map) -> set[str]:
    """Return the views that have neither a picture nor a reason for having none."""
    return pages(url_map) - {picture.endpoint for picture in PICTURES} - NO_PICTURE.keys()


class Photographer:
    """One language: a browser for each kind of person, and what had to be prepared."""

    def __init__(self, browser: Browser, stack: Stack, language: str, url_map: Map, folder: Path) -> None:
        self.stack, self.language, self.folder = stack, language, folder
        self.routes = url_map.bind("portal")
        self.early: dict[str, str] = {}
        self._browser = browser
        self._contexts: dict[Who, BrowserContext] = {}

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()

    def prepare(self) -> None:
        """Open what time has to pass for, and what only a merchant can make."""
        with self._stand("stranger") as stand:
            self.early["never tried"] = stand.order(expires_in=60)
            self._unheard(stand)
            for name, digits in (("review", "08"), ("paid", "00")):
                stand.pay(digits)
                self.early[f"{name} id"] = stand.order_id
            stand.order(reference="CMD-8", amount=12_500, description="")
            self.early["open id"] = stand.order_id
            stand.open(stand.arrive(reference="CMD-9", amount=1_250_000))
            self.early["waiting id"] = stand.order_id
        with self._stand("merchant") as stand:
            self._links(stand)
            stand.open(f"/portal/orders/{self.early['review id']}")
            receipt = stand.page.locator("a[href*='/r/']").first.get_attribute("href")
            self.early["review receipt"] = receipt or ""

    def _unheard(self, stand: Stand) -> None:
        self.early["unheard"] = stand.arrive(expires_in=60)
        stand.identify("09")
        stand.enter_code()
        stand.page.click("main a.button")
        self.early["unheard id"] = stand.order_id

    def _links(self, stand: Stand) -> None:
        self.early["free"] = stand.new_link("Don pour l'école", prefill=True)
        self.early["off"] = stand.new_link("Panier de légumes", "2500")
        stand.page.locator("form[action$='/switch'] button").click()
        self.early["expired"] = stand.new_link("Concert du 1er mars", "5000")
        past = "UPDATE payment_links SET expires_at = '2026-01-01 00:00:00.000000' WHERE slug = ?"
        stand.write(past, slug_of(self.early["expired"]))

    def take(self, picture: Picture) -> None:
        """Take one picture in every size; raise WrongPage where it is not of the page it names."""
        with self._stand(picture.who) as stand:
            picture.way(stand)
            self._require(picture, stand.page.url)
            for size, viewport in SIZES.items():
                stand.page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
                path = self.folder / f"{picture.name}.{self.language}.{size}.png"
                stand.page.screenshot(path=path, full_page=True, animations="disabled")

    def _require(self, picture: Picture, url: str) -> None:
        found = "sandbox"
        if url.startswith(self.stack.portal_url):
            found = self._endpoint(url.removeprefix(self.stack.portal_url).split("?")[0])
        if found != picture.endpoint:
            msg = f"{picture.name} shows {found} at {url}, not {picture.endpoint}"
            raise WrongPage(msg)

    def _endpoint(self, path: str) -> str:
        for method in ("GET", "POST"):
            try:
                endpoint: str = self.routes.match(path, method=method)[0]
            except HTTPException:
                continue
            return endpoint
        return "unmatched"

    @contextmanager
    def _stand(self, who: Who) -> Iterator[Stand]:
        with self._context(who).new_page() as page:
            page.set_default_timeout(20_000)
            yield Stand(page, self.stack, self.language, self.early)

    def _context(self, who: Who) -> BrowserContext:
        if who not in self._contexts:
            options = chromium.options(self.language, scripts=who != "stranger")
            context = self._contexts[who] = self._browser.new_context(**options)
            with context.new_page() as page:
                # Said once in the address, the language is remembered by a cookie.
                page.goto(f"{self.stack.portal_url}/login?lang={self.language}")
                Stand(page, self.stack, self.language).sign_in(who, f"{self.language}@boutique.example")
        return self._contexts[who]


def photograph(stack: Stack, folder: Path) -> int:
    """Take every picture into the folder; return how many there are."""
    url_map = create_app(Settings.from_env(stack.environment)).url_map
    with sync_playwright() as driver, chromium.launched(driver) as browser, ExitStack() as working:
        photographers = [Photographer(browser, stack, one, url_map, folder) for one in LANGUAGES]
        for one in photographers:
            working.callback(one.close)
            one.prepare()
        for one in photographers:
            for picture in PICTURES:
                one.take(picture)
    return len(PICTURES) * len(LANGUAGES) * len(SIZES)


def main(arguments: list[str]) -> str | None:
    """Take the pictures; return what is wrong."""
    if chromium.PATH is None:
        return chromium.MISSING
    if len(arguments) > 1 or any(one.startswith("-") for one in arguments):
        return f"usage: python -m tests.browser.screenshots [FOLDER], by default {FOLDER}"
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as instance:
        url = f"sqlite:///{instance}/pictures.db"
        migrate(url, Path(instance))
        with running_stack(url, Path(instance)) as stack:
            missing = without_picture(create_app(Settings.from_env(stack.environment)).url_map)
            if missing:
                return f"no picture of {', '.join(sorted(missing))}"
            number = photograph(stack, folder)
    sys.stdout.write(f"{number} pictures in {folder}\n")
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
