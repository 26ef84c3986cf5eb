"""Counters that keep people from hammering must never keep them from paying."""

from pathlib import Path

from portal.web.services import services
from tests.conftest import running, settings_for


def test_an_unreachable_counter_stops_nobody(tmp_path: Path) -> None:
    settings = settings_for(
        f"sqlite:///{tmp_path / 'x.db'}", tmp_path, REDIS_URL="redis://127.0.0.1:1/0", RATE_LIMITS="1"
    )
    with running(settings) as app, app.app_context():
        assert all(services().take("somebody", "1 per hour") for _ in range(3))


def test_a_counter_counts(tmp_path: Path) -> None:
    settings = settings_for(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, RATE_LIMITS="1")
    with running(settings) as app, app.app_context():
        assert [services().take("somebody", "2 per hour") for _ in range(3)] == [True, True, False]


def test_two_processes_share_their_counter_through_redis(tmp_path: Path, redis_url: str) -> None:
    settings = settings_for(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, REDIS_URL=redis_url, RATE_LIMITS="1")
    with running(settings) as one, running(settings) as other:
        with one.app_context():
            assert services().take("somebody", "1 per hour")
        with other.app_context():
            assert not services().take("somebody", "1 per hour")
