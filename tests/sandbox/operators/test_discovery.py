"""A new operator is one new file: discovery finds it, and its settings and views come with it."""

from pathlib import Path

from portal.sandbox import operators
from portal.sandbox.operators import discover
from tests.sandbox.stage import Stage

FILES = {path.stem for folder in operators.__path__ for path in Path(folder).glob("[!_]*.py")}


def test_every_public_module_is_a_twin() -> None:
    found = list(discover())
    assert len(found) == len(FILES) >= 1
    assert all(callable(twin.blueprint) for twin in found)


def test_every_twin_has_views_under_its_name_and_settings(stage: Stage) -> None:
    names = {name.replace("_", "-") for name in FILES}
    prefixes = {rule.rule.split("/")[1] for rule in stage.app.url_map.iter_rules()}
    shown = stage.browser.get("/settings").json
    assert shown is not None
    assert names <= prefixes
    assert names <= set(shown)
