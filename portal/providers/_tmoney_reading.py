"""The room of what TMoney's replies, answers and callbacks say of one request of ours; all pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from portal.domain.events import RefundEvent, Unheard
from portal.domain.provider import (
    Answered,
    AwaitApproval,
    Hearsay,
    NothingKnown,
    Notice,
    NoWord,
    RefundAnswered,
    RefundNotice,
    RefundWord,
    Said,
    Unanswered,
    Word,
)
from portal.providers._http import Answer
from portal.providers._json import Unreadable, object_of, objects, short, whole
from portal.providers._tmoney_words import (
    CALLBACK,
    CHECK,
    CREDIT_REPLY,
    DEBIT_REPLY,
    State,
    attempt_event,
    folded,
    kind,
    pair,
    refund_event,
    word,
)

T = TypeVar("T")

OK = 200
NOT_FOUND = 404
NOTHING = frozenset({"", "200", "404"})  # codes beside an empty list; any other is about the question itself


# ---- replies to a debit and a credit


def debit_outcome(answer: Answer, reference: str) -> AwaitApproval | Unanswered:
    """Return what the reply to a debit means: accepted, or that we must ask.

    No code of it is a final refusal: the PIN is typed later, and a 500 does not say what became of the request.
    """
    try:
        said = pair(_reply(answer, reference, "DEBIT"))
    except Unreadable as error:
        return Unanswered(str(error))
    return AwaitApproval() if said in DEBIT_REPLY else Unanswered(_code(said[1]))


def credit_event(answer: Answer, reference: str) -> tuple[RefundEvent, str]:
    """Return what the reply to a credit means, and why where that is not known."""
    try:
        fields = _reply(answer, reference, "CREDIT")
        said = pair(fields)
        state = CREDIT_REPLY.get(said)
        if state is None:
            return Unheard(), _code(said[1])
        if state is not State.PENDING and word(fields, "idrequete") != reference:
            return Unheard(), "the reply names no idRequete"
        return refund_event(state, fields), ""
    except Unreadable as error:
        return Unheard(), str(error)


def _reply(answer: Answer, reference: str, wanted: str) -> Mapping[str, Any]:
    """Return the reply's fields; raise Unreadable where it is about another request (one may name none)."""
    if answer.status != OK:  # a business error comes with HTTP 200 too
        raise Unreadable(f"HTTP {answer.status}")
    fields = folded(object_of(answer.text))
    if word(fields, "idrequete") not in {"", reference}:
        raise Unreadable("the reply is about another idRequete")
    if kind(fields) not in {"", wanted}:
        raise Unreadable("the reply is about another typeRequete")
    return fields


def _code(code: str) -> str:
    return f"code {code}" if re.fullmatch(r"[0-9]{3,4}", code) else "code missing or unknown"


# ---- answers to check-transaction


def debit_word(answer: Answer, reference: str) -> Word:
    """Return what became of a debit of that reference."""
    try:
        found = [attempt_event(state, entry) for state, entry in _entries(answer, reference, "DEBIT")]
        return Answered(_alike(found)) if found else NothingKnown("no such transaction")
    except Unreadable as error:
        return NoWord(str(error))


def credit_word(answer: Answer, reference: str) -> RefundWord:
    """Return what became of a credit of that reference."""
    try:
        found = [refund_event(state, entry) for state, entry in _entries(answer, reference, "CREDIT")]
        return RefundAnswered(_alike(found)) if found else NothingKnown("no such transaction")
    except Unreadable as error:
        return NoWord(str(error))


def _entries(answer: Answer, reference: str, wanted: str) -> Sequence[tuple[State, Mapping[str, Any]]]:
    """Return the state and the fields of every entry that is our request; raise Unreadable."""
    if answer.status not in {OK, NOT_FOUND}:
        raise Unreadable(f"HTTP {answer.status}")
    fields = folded(object_of(answer.text))
    data = fields.get("data")
    entries = [] if data is None else [folded(one) for one in objects(data, "data")]
    if not entries:
        _require_nothing(answer, fields)
        return []
    if fields.get("total") is not None and whole(fields["total"], "total") == 0:
        raise Unreadable("total is 0 beside entries")
    ours = [entry for entry in entries if str(entry.get("idrequete")) == reference]
    if not ours:
        raise Unreadable("data tells of other requests only")
    return [(_state(entry, wanted), entry) for entry in ours]


def _require_nothing(answer: Answer, fields: Mapping[str, Any]) -> None:
    """Raise Unreadable unless an answer without entries says that there are none."""
    code, total = word(fields, "code"), fields.get("total")
    says_none = "data" in fields or total is not None or answer.status == NOT_FOUND or code == str(NOT_FOUND)
    if not says_none or code not in NOTHING or "fault" in fields:
        raise Unreadable("no entries, and no word that there are none")
    if total is not None and whole(total, "total") != 0:
        raise Unreadable("total is not 0, but there are no entries")


def _state(entry: Mapping[str, Any], wanted: str) -> State:
    if kind(entry) != wanted:
        raise Unreadable("an entry is of another typeRequete")
    state = CHECK.get(pair(entry))
    if state is None:
        raise Unreadable("status and code of an entry are missing or contradict each other")
    return state


def _alike(found: Sequence[T]) -> T:
    if any(one != found[0] for one in found):
        raise Unreadable("entries of one request contradict each other")
    return found[0]


# ---- the callback


def callback_said(fields: Mapping[str, Any], *, may_settle: bool) -> Said:
    """Return what a callback says; raise Unreadable where it names no request of ours."""
    reference = short(fields.get("idrequete"), "idRequete", 100)
    if not may_settle:
        return Hearsay(reference)
    try:
        state = CALLBACK.get(pair(fields))
        match kind(fields):
            case "DEBIT" if state is not None:
                return Notice(reference, attempt_event(state, fields))
            case "CREDIT" if state is not None:
                return RefundNotice(reference, refund_event(state, fields))
    except Unreadable:
        pass  # it names our request all the same
    return Hearsay(reference)
