"""The door of events for programs: everything that the shop was ever told, to catch up on what it missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort
from marshmallow import fields, validate

from portal.domain.provider import Mode
from portal.merchants.keys import Scope
from portal.payments.snapshot import timestamp
from portal.web.api import ids, lists
from portal.web.api.access import Caller, reads
from portal.web.api.describing import ApiBlueprint
from portal.web.api.fields import QueryWhole
from portal.web.api.lists import list_of
from portal.web.api.problems import problem
from portal.web.api.schemas import MOST_LISTED, USUALLY_LISTED, Answered, Taken, moment, one_of, said
from portal.web.services import services
from portal.webhooks import catching_up
from portal.webhooks.catching_up import UnknownEvent
from portal.webhooks.kinds import EventType

events = ApiBlueprint("events", __name__, description="What the shop was told.")


class EventFilterSchema(Taken):
    """Which events are wanted, oldest first."""

    after = ids.in_query("evt", **said("The id of the event seen last: only what came after it."))
    cursor = ids.in_query("evt", **said("Another name of `after`, as other lists have it; it goes first."))
    type = fields.String(
        validate=validate.OneOf(list(EventType), error="There is no such type."), **said("Of that type only.")
    )
    limit = QueryWhole(1, MOST_LISTED, load_default=USUALLY_LISTED, **said("How many at most."))


class EventSchema(Answered):
    """Something that happened, as webhooks tell it. More fields may come."""

    id = fields.String(required=True, **said("`evt_…`, the `webhook-id` under which it is delivered."))
    object = one_of(["event"])
    mode = one_of(Mode)
    type = one_of(EventType, **said("What happened. New ones may come."))
    timestamp = moment("When it happened.")
    data = fields.Dict(
        required=True, **said("The order or the refund as it then stood; of a `ping` whatever is told.")
    )


@events.route("/events")
@events.doc(operationId="listEvents")
@events.problems(401, 403, 404, 422, 429)
@reads(Scope.READ)
@events.arguments(EventFilterSchema, location="query")
@events.response(200, list_of(EventSchema))
def index(caller: Caller, asked: Mapping[str, Any]) -> Response:
    """List events, oldest first.

    Needs the scope `read`. To catch up, keep `next_cursor` and send it as `after` the next time: nothing is ever
    inserted before it. Take it from this list alone, for a webhook may overtake another. 404: there is no such event.
    """
    after = asked.get("cursor", asked.get("after"))
    key = caller.key
    try:
        found = catching_up.events(
            caller.connection,
            merchant_id=key.merchant_id,
            mode=key.mode,
            after=after,
            kind=asked.get("type"),
            most=asked["limit"] + 1,
        )
    except UnknownEvent:
        abort(problem(404))
    page = found[: asked["limit"]]
    last = page[-1]["public_id"] if page else after
    return lists.envelope(map(_object, page), has_more=len(found) > len(page), next_cursor=last)


def _object(event: Mapping[Any, Any]) -> dict[str, Any]:
    data = dict(event["payload"])
    if "checkout_url" in data:
        data["checkout_url"] = f"{services().settings.public_url}{data['checkout_url']}"
    return {
        "id": event["public_id"],
        "object": "event",
        "mode": event["mode"],
        "type": event["type"],
        "timestamp": timestamp(event["created_at"]),
        "data": data,
    }
