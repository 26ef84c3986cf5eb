"""Later: in order of time, each task in a thread that dies with the process."""

import threading
from functools import partial
from queue import SimpleQueue

from portal.sandbox.alarm import Alarm


def test_tasks_run_in_the_order_of_their_time_and_not_here() -> None:
    alarm, done = Alarm(), SimpleQueue[tuple[str, threading.Thread]]()

    def run(name: str) -> None:
        done.put((name, threading.current_thread()))

    for name, delay in (("later", 0.2), ("soon", 0.05), ("now", 0.0)):
        alarm(delay, partial(run, name))

    ran = [done.get(timeout=10) for _ in range(3)]

    assert [name for name, _ in ran] == ["now", "soon", "later"]
    threads = [thread for _, thread in ran]
    assert threading.current_thread() not in threads
    assert len(set(threads)) == 3
    assert all(thread.daemon for thread in threads)


def test_a_slow_task_does_not_hold_up_the_next() -> None:
    alarm, release, done = Alarm(), threading.Event(), SimpleQueue[str]()

    def slow() -> None:
        release.wait(10)
        done.put("slow")

    alarm(0, slow)
    alarm(0, lambda: done.put("quick"))
    assert done.get(timeout=10) == "quick"
    release.set()
    assert done.get(timeout=10) == "slow"
