"""Writes down every request that a twin receives, and loses the reply where a scenario wants it lost."""

import socket
from collections.abc import Mapping

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from portal.sandbox.journal import (
    Entry,
    Journal,
    showable_body,
    showable_pairs,
    showable_url,
)


class NoSocketToCut(Exception):
    """The reply is to be lost, but this server does not hand out its socket."""


def about(reference: str) -> None:
    """Name the reference that the present request is about, for the journal."""
    g.sandbox_reference = reference


def lose_reply() -> None:
    """Cut the connection instead of answering the present request."""
    g.sandbox_lost = True


def record_requests(views: Blueprint, operator: str, journal: Journal) -> None:
    """Journal every request of a twin's blueprint, after its view has run."""

    def record(response: Response) -> Response:
        lost = g.get("sandbox_lost", False)
        journal.record(_entry(operator, response, lost=lost))
        if lost:
            cut(request.environ)
        return response

    views.after_request(record)


def cut(environ: Mapping[str, object]) -> None:
    """Close the client's connection without an answer, under gunicorn or werkzeug."""
    connection = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    if not isinstance(connection, socket.socket):
        raise NoSocketToCut
    connection.shutdown(socket.SHUT_RDWR)


def _entry(operator: str, response: Response, *, lost: bool) -> Entry:
    return Entry(
        operator=operator,
        direction="in",
        method=request.method,
        url=showable_url(request.url),
        address=request.remote_addr or "",
        status=None if lost else response.status_code,
        body=_received_body(),
        reply=""
        if response.direct_passthrough
        else showable_body(response.content_type, response.get_data(as_text=True)),
        reference=g.get("sandbox_reference", ""),
        note="reply lost on purpose" if lost else "",
    )


def _received_body() -> str:
    try:
        if request.form:
            return showable_pairs(list(request.form.items(multi=True)))
        return showable_body(request.content_type or "", request.get_data(as_text=True))
    except HTTPException as problem:
        return f"[not read: {problem.name}]"
