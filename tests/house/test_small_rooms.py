"""A room is small enough to be read in one go."""

from statistics import median

from tests.house.tree import lines, modules, name

MOST = 300
USUAL = 120


def test_no_room_is_longer_than_three_hundred_lines() -> None:
    assert {name(path): lines(path) for path in modules() if lines(path) > MOST} == {}


def test_the_usual_room_has_about_a_hundred_lines() -> None:
    assert median(lines(path) for path in modules() if lines(path)) <= USUAL
