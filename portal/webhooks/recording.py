"""The room of what came of tries: many results in one commit, an outcome only by whoever still holds the claim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Connection, Integer, RowMapping, bindparam, func, select, update

from portal import db
from portal.clock import Clock
from portal.db.many import write_rows
from portal.webhooks import resuming, retries
from portal.webhooks.claiming import Parcel
from portal.webhooks.formats import is_taken
from portal.webhooks.kinds import DeliveryStatus, EndpointState
from portal.webhooks.models import Delivery, DeliveryAttempt, Endpoint
from portal.webhooks.posting import Answer
from portal.webhooks.retries import BETWEEN_PROBES, PAUSED_AFTER, Chance

GONE = 410
OnPaused = Callable[[Connection, RowMapping], None]
"""Is told, in the same step, of an endpoint (its columns) that was paused."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one try."""

    parcel: Parcel
    answer: Answer

    @property
    def taken(self) -> bool:
        """Say whether the shop has the event now."""
        status = self.answer.status
        return status is not None and is_taken(self.parcel.format, status, self.answer.body)

    @property
    def waited(self) -> timedelta:
        """Return how long the try took."""
        return timedelta(milliseconds=self.answer.milliseconds)


_TAKEN = {
    "status": DeliveryStatus.DELIVERED,
    "tries": Delivery.tries + 1,
    "due_at": None,
    "delivered_at": bindparam("now"),
    "lease_until": None,
}
_claims = (
    func.unnest(bindparam("deliveries", type_=ARRAY(BigInteger)), bindparam("fences", type_=ARRAY(Integer)))
    .table_valued("id", "fence", name="claims")
    .render_derived()
)
_TAKEN_TOGETHER = (
    update(Delivery).where(Delivery.id == _claims.c.id, Delivery.fence == _claims.c.fence).values(_TAKEN)
)
"""For PostgreSQL."""
_TAKEN_EACH = (
    update(Delivery)
    .where(Delivery.id == bindparam("delivery"), Delivery.fence == bindparam("claimed"))
    .values(_TAKEN)
)
_PUT_OFF = (
    update(Delivery)
    .where(Delivery.id == bindparam("delivery"), Delivery.fence == bindparam("claimed"))
    .values(
        status=bindparam("status"), tries=bindparam("tries"), due_at=bindparam("due_at"), lease_until=None
    )
)


def record(clock: Clock, results: Sequence[Result], chance: Chance, on_paused: OnPaused) -> None:
    """Keep every try; let each delivery and endpoint become what its tries mean.

    A try whose claim was taken over in the meantime is kept, and decides nothing.
    """
    with db.writing() as tx:
        now = db.moment(tx, clock)
        write_rows(tx, DeliveryAttempt, [_attempt(one, now) for one in results])
        _settle(tx, now, [one.parcel for one in results if one.taken])
        put_off = [_put_off(one, now, chance) for one in results if not one.taken]
        if put_off:
            tx.execute(_PUT_OFF, put_off)
        _judge_endpoints(tx, clock, now, results, on_paused)


def _settle(tx: Connection, now: datetime, taken: Sequence[Parcel]) -> None:
    """Let what shops took be delivered."""
    if not taken:
        return
    if tx.dialect.name == "postgresql":
        deliveries, fences = [one.delivery_id for one in taken], [one.fence for one in taken]
        tx.execute(_TAKEN_TOGETHER, {"deliveries": deliveries, "fences": fences, "now": now})
    else:
        claims = [{"delivery": one.delivery_id, "claimed": one.fence, "now": now} for one in taken]
        tx.execute(_TAKEN_EACH, claims)


def _attempt(result: Result, now: datetime) -> dict[str, Any]:
    answer = result.answer
    return {
        "delivery_id": result.parcel.delivery_id,
        "at": now - result.waited,
        "status": answer.status,
        "error": answer.error,
        "milliseconds": answer.milliseconds,
        "answer": answer.body,
    }


def _put_off(result: Result, now: datetime, chance: Chance) -> dict[str, Any]:
    parcel = result.parcel
    tries = parcel.tries + 1
    wait = retries.wait(tries, chance)
    return {
        "delivery": parcel.delivery_id,
        "claimed": parcel.fence,
        "tries": tries,
        "status": DeliveryStatus.FAILED if wait is None else DeliveryStatus.PENDING,
        "due_at": None if wait is None else now + wait,
    }


def _judge_endpoints(
    tx: Connection, clock: Clock, now: datetime, results: Sequence[Result], on_paused: OnPaused
) -> None:
    """Write what the tries say about their endpoints, where it is news."""
    took = {one.parcel.endpoint_id for one in results if one.taken}
    went = {one.parcel.endpoint_id for one in results if one.answer.status == GONE}
    failed = {one.parcel.endpoint_id for one in results if not one.taken} - took
    began = {
        endpoint: now - max(one.waited for one in results if one.parcel.endpoint_id == endpoint)
        for endpoint in failed
    }
    columns = (Endpoint.id, Endpoint.state, Endpoint.failing_since)
    query = select(*columns).where(Endpoint.id.in_(took | failed | went)).order_by(Endpoint.id)
    for endpoint in tx.execute(query).all():
        is_told = endpoint.state in {EndpointState.ENABLED, EndpointState.PAUSED}
        if endpoint.id in went and is_told:
            _becomes(tx, endpoint.id, EndpointState.GONE, now)
        elif endpoint.id in took:
            if endpoint.state == EndpointState.PAUSED:
                resuming.resume(tx, clock, endpoint.id)
            elif endpoint.failing_since is not None:
                tx.execute(update(Endpoint).where(Endpoint.id == endpoint.id).values(failing_since=None))
        elif endpoint.failing_since is None:
            since = {"failing_since": began[endpoint.id]}
            tx.execute(update(Endpoint).where(Endpoint.id == endpoint.id).values(since))
        elif endpoint.state == EndpointState.ENABLED and now - endpoint.failing_since >= PAUSED_AFTER:
            _pause(tx, endpoint.id, now, on_paused)


def _becomes(tx: Connection, endpoint_id: int, state: EndpointState, now: datetime) -> None:
    tx.execute(update(Endpoint).where(Endpoint.id == endpoint_id).values(state=state, state_at=now))


def _pause(tx: Connection, endpoint_id: int, now: datetime, on_paused: OnPaused) -> None:
    """Pause an endpoint that another worker has not paused a moment ago, and have its people told."""
    paused = (
        update(Endpoint)
        .where(Endpoint.id == endpoint_id, Endpoint.state == EndpointState.ENABLED)
        .values(state=EndpointState.PAUSED, state_at=now, probe_at=now + BETWEEN_PROBES)
        .returning(*Endpoint.__table__.columns)
    )
    found = tx.execute(paused).mappings().first()
    if found is not None:
        on_paused(tx, found)
