"""Every page of the portal is photographed, or says why it is not."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from portal.app import create_app
from tests.browser.portal_gallery import NO_PICTURE
from tests.browser.screenshots import PICTURES, pages, without_picture
from tests.conftest import settings_for


def portal(tmp_path: Path) -> Flask:
    return create_app(settings_for(f"sqlite:///{tmp_path}/none.db", tmp_path))


def test_every_page_has_a_picture(tmp_path: Path) -> None:
    assert without_picture(portal(tmp_path).url_map) == set()


def test_a_new_page_without_one_is_found(tmp_path: Path) -> None:
    app = portal(tmp_path)
    app.add_url_rule("/new", "new_page", lambda: "")
    assert without_picture(app.url_map) == {"new_page"}


def test_only_what_exists_is_excused(tmp_path: Path) -> None:
    assert NO_PICTURE.keys() - pages(portal(tmp_path).url_map) == set()


def test_no_two_pictures_have_one_name() -> None:
    names = [picture.name for picture in PICTURES]
    assert len(names) == len(set(names))
