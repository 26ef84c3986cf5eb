"""The settings: typed, all or nothing, seen at once."""

from dataclasses import dataclass

import pytest

from portal.sandbox import checks
from portal.sandbox.settings import Settings, SettingsRefused, setting


@dataclass(frozen=True)
class Some:
    delay: float = setting(checks.seconds, 1.0)
    lost: int = setting(checks.count, 0)
    callers: tuple[checks.Network, ...] = setting(checks.many(checks.network), ())


def test_a_merge_changes_what_it_names_and_nothing_else() -> None:
    settings = Settings()
    section = settings.declare("flooz", Some())
    settings.merge({"flooz": {"delay": 5, "callers": ["::1"]}})
    assert (section.now.delay, section.now.lost) == (5.0, 0)
    assert settings.shown() == {"flooz": {"delay": 5.0, "lost": 0, "callers": ["::1/128"]}}


def test_one_wrong_value_leaves_everything_as_it_was() -> None:
    settings = Settings()
    first, second = settings.declare("flooz", Some()), settings.declare("corelink", Some())

    with pytest.raises(SettingsRefused) as refused:
        settings.merge(
            {"flooz": {"delay": 5}, "corelink": {"lost": "1", "colour": "red"}, "x": {}, "tmoney": 3}
        )

    assert first.now == second.now == Some()
    assert refused.value.errors == {
        "corelink.lost": "must be a whole number from 0 to 1000",
        "corelink.colour": "unknown setting",
        "x": "unknown operator",
        "tmoney": "unknown operator",
    }


def test_a_section_is_an_object() -> None:
    settings = Settings()
    settings.declare("flooz", Some())
    with pytest.raises(SettingsRefused) as refused:
        settings.merge({"flooz": 3})
    assert refused.value.errors == {"flooz": "must be an object"}


def test_a_counter_is_taken_down_to_nought() -> None:
    settings = Settings()
    section = settings.declare("flooz", Some())
    settings.merge({"flooz": {"lost": 2}})
    assert [section.take("lost") for _ in range(4)] == [True, True, False, False]


def test_a_snapshot_does_not_change_under_its_reader() -> None:
    settings = Settings()
    section = settings.declare("flooz", Some())
    before = section.now
    settings.merge({"flooz": {"delay": 5}})
    assert before.delay == 1.0


def test_settings_are_a_dataclass() -> None:
    with pytest.raises(TypeError, match="flooz"):
        Settings().declare("flooz", {"delay": 1})
