"""The room of what is wrong with a page that anyone could see: broken policy, errors, unfit for some, cut off."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Error, Page

LOOKS = 4
"""How often a page is looked at that leads on by itself meanwhile."""
GONE = "context was destroyed"
TOLD = "crossViolation"
LISTEN = f"""
addEventListener("securitypolicyviolation",
  event => window.{TOLD}(`${{event.violatedDirective}} ${{event.blockedURI}} on ${{location.href}}`));
"""
CAPABILITY = re.compile(r"[0-9A-Za-z_-]{20,}")

STRUCTURE = """() => {
  const root = document.documentElement, wrong = [];
  const many = selector => document.querySelectorAll(selector).length;
  if (!document.title.trim()) wrong.push("no title");
  if (many("h1") !== 1) wrong.push(`${many("h1")} headings of the first level`);
  if (many("main") !== 1) wrong.push(`${many("main")} main parts`);
  if (root.scrollWidth > root.clientWidth) wrong.push(`${root.scrollWidth} px wide in ${root.clientWidth}`);
  for (const input of document.querySelectorAll("input:not([type=hidden]),select,textarea"))
    if (!input.labels.length) wrong.push(`no label: ${input.name}`);
  for (const target of document.querySelectorAll("button,.button,summary"))
    if (target.checkVisibility() && target.getBoundingClientRect().height < 24)
      wrong.push(`too small to be touched: ${target.textContent.trim()}`);
  return wrong;
}"""


@dataclass
class Watch:
    """Looks over a shopper's shoulder. `found` is everything that was wrong; `met` are the pages judged by axe."""

    found: list[str] = field(default_factory=list)
    met: set[tuple[str, ...]] = field(default_factory=set)
    answers: set[int] = field(default_factory=set)
    """Statuses above 399 that are no surprise here: Chromium writes them on its console as errors."""

    def over(self, page: Page) -> None:
        """Hear of every violation of the content policy and every error on the page from now on."""
        page.expose_binding(TOLD, lambda _source, violation: self.found.append(f"policy: {violation}"))
        page.add_init_script(LISTEN)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.found.append(f"script: {error}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.found.append(f"console: {message.text}")

    def look(self, page: Page, language: str, *, scripts: bool) -> None:
        """Judge the page as it is now; with scripts axe judges it too, once per language and colours."""
        for looks_left in reversed(range(LOOKS)):
            try:
                self._judge(page, language, scripts=scripts)
            except Error as error:
                if GONE not in str(error) or not looks_left:
                    raise
            else:
                return

    def _judge(self, page: Page, language: str, *, scripts: bool) -> None:
        page.wait_for_load_state()
        wrong = list(page.evaluate(STRUCTURE))
        spoken = page.evaluate("document.documentElement.lang")
        if spoken != language:
            wrong.append(f"speaks {spoken}, not {language}")
        if scripts:
            wrong += self._axe(page, language)
        self.found += [f"{page.url}: {one}" for one in wrong]

    def _axe(self, page: Page, language: str) -> list[str]:
        """Let axe judge; it needs the page's own scripts, so it cannot where these are off."""
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        heading = page.evaluate("document.querySelector('h1').textContent")
        wrong = page.evaluate("document.querySelectorAll('[aria-invalid]').length")
        key = (CAPABILITY.sub("…", page.url), heading, str(wrong), language, str(dark))
        if key in self.met:
            return []
        violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
        self.met.add(key)
        return [
            f"axe {one['id']}: {one['help']} {[node['target'] for node in one['nodes']]}"
            for one in violations
        ]

    def require_nothing(self) -> None:
        """Fail with everything that was found; forget it."""
        # Judged only now: the console is quicker than whoever says which answer is no surprise.
        found = [
            one for one in self.found if not any(f"status of {status} " in one for status in self.answers)
        ]
        self.found.clear()
        assert not found, "\n".join(found)
