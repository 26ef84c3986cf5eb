"""The room of lists: how a page is asked for, how it is answered, and the cursor that leads on to the next one.

A list is newest first, and read on from the row seen last. A call that lists says three things:

    @door.arguments(PageSchema, location="query")     # or a schema of its own that extends it by filters
    @door.response(200, list_of(EndpointSchema))
    def index(caller: Caller, asked: Mapping[str, Any]) -> Response:
        page = lists.wanted(caller, "webhook-endpoints", asked)
        rows = endpoints.listed(caller.connection, …, before=page.before, most=page.most)
        return page.answer(rows, endpoint_object)

The room below reads `… WHERE id < :before ORDER BY id DESC LIMIT :most` (`before` None: from the newest); `most` is one
row more than is shown, which tells whether there is a next page. Every row has its `id`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

from flask import Response, abort
from marshmallow import Schema, fields

from portal.security.vault import VaultError
from portal.web.api.access import Caller
from portal.web.api.problems import problem
from portal.web.api.schemas import Answered, said
from portal.web.services import services

Row = TypeVar("Row")


@lru_cache
def list_of(shape: type[Schema]) -> type[Schema]:
    """Return the shape of a page of those objects: `OrderSchema` → `OrderListSchema`."""
    parts = {
        "__doc__": "One page of a list.",
        "data": fields.List(fields.Nested(shape), required=True),
        "has_more": fields.Boolean(required=True, **said("Whether there is a next page.")),
        "next_cursor": fields.String(
            required=True, allow_none=True, **said("Send it as `cursor` for the next page; null on the last.")
        ),
    }
    return type(f"{shape.__name__.removesuffix('Schema')}ListSchema", (Answered,), parts)


@dataclass(frozen=True)
class Wanted:
    """The page that is wanted of the list `name`: at most `most` rows (one more than shown), older than `before`."""

    name: str
    most: int
    before: int | None

    def answer(
        self,
        rows: Sequence[Row],
        shown: Callable[[Row], Mapping[str, Any]],
        id_of: Callable[[Any], int] = itemgetter("id"),
    ) -> Response:
        """Return the page as programs see it, each row as `shown` makes it; `id_of` gives what it is read on by."""
        page = rows[: self.most - 1]
        more = len(rows) == self.most
        cursor = _cursor(self.name, id_of(page[-1])) if more else None
        return envelope(map(shown, page), has_more=more, next_cursor=cursor)


def wanted(caller: Caller, name: str, asked: Mapping[str, Any]) -> Wanted:
    """Return which page of the caller's list `name` the query asks for; 422 for a cursor that is not of it."""
    name = f"{name} {caller.key.merchant_id} {caller.key.mode}"
    before = _opened(name, asked["cursor"]) if "cursor" in asked else None
    return Wanted(name, asked["limit"] + 1, before)


def envelope(data: Iterable[Mapping[str, Any]], *, has_more: bool, next_cursor: str | None) -> Response:
    """Return the one form in which every list is answered."""
    page = {"data": list(data), "has_more": has_more, "next_cursor": next_cursor}
    return Response(json.dumps(page, ensure_ascii=False), content_type="application/json")


# Sealed, so that nobody reads from it how many rows there are, or thinks of one by hand.
def _cursor(name: str, row_id: int) -> str:
    return services().vault.seal({"list": name, "before": str(row_id)})


def _opened(name: str, cursor: str) -> int:
    try:
        opened = services().vault.open(cursor)
    except VaultError:
        opened = {}
    if opened.get("list") != name:
        abort(problem(422, errors={"cursor": ["This is no cursor of this list."]}))
    return int(opened["before"])
