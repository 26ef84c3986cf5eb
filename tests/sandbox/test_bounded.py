"""A memory with an end."""

from concurrent.futures import ThreadPoolExecutor

from portal.sandbox.bounded import Bounded


def test_the_oldest_entry_makes_room() -> None:
    values = Bounded[int](2)
    for key in "abc":
        values.put(key, 1)
    assert [values.get(key) for key in "abc"] == [None, 1, 1]


def test_a_change_returns_what_the_step_found() -> None:
    values = Bounded[int](2)
    values.put("a", 1)
    assert values.change("a", lambda value: (value + 1, f"was {value}")) == "was 1"
    assert values.get("a") == 2
    assert values.change("b", lambda value: (value, "never")) is None
    assert values.get("b") is None


def test_changes_of_several_threads_do_not_get_lost() -> None:
    values = Bounded[int](1)
    values.put("a", 0)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: values.change("a", lambda value: (value + 1, None)), range(1_000)))
    assert values.get("a") == 1_000
