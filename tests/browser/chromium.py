"""The room of Chromium: where it is, how it is started, and one that refuses every cookie."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Playwright

PATH = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MISSING = (
    "no Chromium on the PATH (chromium, chromium-browser or google-chrome): nothing was seen in a browser"
)

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
SMALL = {"width": 320, "height": 640}
COOKIES_REFUSED = {"profile": {"default_content_setting_values": {"cookies": 2}}}
ELSEWHERE = "de-DE"
"""A browser that asks for neither of our languages."""

Scheme = Literal["light", "dark"]


def launched(playwright: Playwright) -> Browser:
    """Start the system's Chromium."""
    return playwright.chromium.launch(executable_path=PATH, args=ARGUMENTS)


def options(
    language: str, *, scripts: bool = True, scheme: Scheme = "light", size: dict[str, int] | None = None
) -> dict[str, Any]:
    """Return what a browser of that language and size is; `language` is a locale."""
    return {
        "viewport": size or SMALL,
        "locale": language,
        "timezone_id": "Africa/Lome",
        "color_scheme": scheme,
        "java_script_enabled": scripts,
    }


@contextmanager
def refusing_cookies(playwright: Playwright, profile: Path, *, scripts: bool) -> Iterator[BrowserContext]:
    """Run a Chromium whose owner blocks all cookies; its profile lies in the folder `profile`."""
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps(COOKIES_REFUSED), encoding="utf-8")
    context = playwright.chromium.launch_persistent_context(
        str(profile), executable_path=PATH, args=ARGUMENTS, **options(ELSEWHERE, scripts=scripts)
    )
    yield context
    context.close()
