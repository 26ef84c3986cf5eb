"""The door for monitoring: what waits, and for how long, in the words of Prometheus; to listed addresses alone."""

from __future__ import annotations

import ipaddress

from flask import Blueprint, Response, abort, request
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from portal import db
from portal.watch import queues
from portal.web.services import services

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def show() -> Response:
    """Give every queue's measure; 404 to an address that METRICS_FROM does not list."""
    _require_listed()
    registry = CollectorRegistry()
    due = Gauge("cross_due", "Rows that are due, up to 10 000.", ["queue"], registry=registry)
    late = Gauge("cross_late_seconds", "How late the oldest of them is.", ["queue"], registry=registry)
    trouble = Gauge("cross_trouble", "1 where that is later than it may be.", ["queue"], registry=registry)
    with db.reading() as connection:
        measured = queues.measured(connection, services().clock)
    for one in measured:
        due.labels(one.code).set(one.due)
        late.labels(one.code).set(one.late.total_seconds())
        trouble.labels(one.code).set(one.troubling)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _require_listed() -> None:
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 - nobody's address
    if not any(address in network for network in services().settings.metrics_from):
        abort(404)
