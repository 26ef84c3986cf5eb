"""Metrics: every queue's measure for listed addresses, and no page for anyone else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.machines.stage import Stage


@pytest.mark.parametrize("listed", ["", "10.0.0.0/8"])
def test_to_others_there_is_no_such_page(stage_with: Callable[..., Stage], listed: str) -> None:
    assert stage_with(METRICS_FROM=listed).client.get("/metrics").status_code == 404


def test_a_listed_address_reads_what_waits(stage_with: Callable[..., Stage]) -> None:
    stage = stage_with(METRICS_FROM="127.0.0.1")
    answer = stage.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    lines = answer.text.splitlines()
    assert any(line.startswith('cross_due{queue="deferred_notifications"} ') for line in lines)
    assert any(line.startswith('cross_late_seconds{queue="silent_worker"} ') for line in lines)
    assert any(line.startswith('cross_trouble{queue="unsent_mails"} ') for line in lines)


def test_a_header_from_anyone_else_lists_nobody(stage_with: Callable[..., Stage]) -> None:
    stage = stage_with(METRICS_FROM="10.0.0.1")
    assert stage.client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 404
