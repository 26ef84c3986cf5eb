"""The fields in which TMoney MBANKING tells of a request: in replies, in answers to questions, in callbacks."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_never

from portal.sandbox.operators._handset_push import Failure, Push, State
from portal.sandbox.operators._tmoney_settings import TmoneySettings
from portal.sandbox.outgoing import Answer, Call

NAME = "tmoney"
WAITING = "2000"
EXECUTED = "2001"
COMPLETED = "2002"
ALREADY = "4001"
NOT_SIGNED_IN = "403"
FAILED = "500"
WRONG_PIN = "501"

Fields = dict[str, object]

_OTHER_NAMES = {"idRequete": "idrequete", "dateHeureRequete": "dateheureRequete"}


def facts(push: Push, settings: TmoneySettings) -> Fields:
    """Return the eleven fields that every telling has."""
    fields: Fields = {
        "refTmoney": push.payment,
        "dateHeureTmoney": _date(push.ended_at or push.asked_at),
        "idRequete": push.reference,
        "statutRequete": _word(push, settings),
        "typeRequete": "DEBIT" if push.kind == "payment" else "CREDIT",
        "dateHeureRequete": push.given.get("dateHeureRequete") or _date(push.asked_at),
        "refCommande": push.given.get("refCommande", ""),
        "montant": push.told_amount,
        "numeroClient": push.phone,
        "idPartenaire": settings.partner_id,
        "nomPartenaire": settings.partner_name,
    }
    if not settings.other_spelling:
        return fields
    respelt = {_OTHER_NAMES.get(name, name): value for name, value in fields.items()}
    return respelt | {"refTmoney": int(push.payment)}


def told(push: Push, settings: TmoneySettings) -> Fields:
    """Return the fourteen fields of a callback."""
    verdict = said(_code(push), _message(push), settings)
    return verdict | {"description": push.given.get("description", "")} | facts(push, settings)


def said(code: str, message: str, settings: TmoneySettings) -> Fields:
    """Return a code and its message, as the settings write codes."""
    return {"code": int(code) if settings.codes_as_numbers else code, "message": message}


def callback(push: Push, url: str, settings: TmoneySettings) -> Call:
    """Return the call that tells the merchant."""
    return Call(
        operator=NAME,
        method="POST",
        url=url,
        reference=push.reference,
        body=json.dumps(told(push, settings), ensure_ascii=False),
        content_type="application/json",
        timeout=settings.notify_timeout_seconds,
    )


def executed(answer: Answer) -> bool:
    """Tell whether the merchant says that the callback was executed: HTTP 200 and `code` "2001"."""
    if answer.status != 200:  # noqa: PLR2004 - the operator's own rule
        return False
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(body, Mapping) and str(body.get("code")) == EXECUTED


def _code(push: Push) -> str:
    match push.state:
        case State.WAITING:
            return WAITING
        case State.DONE:
            return COMPLETED
        case State.FAILED:
            return WRONG_PIN if push.failure is Failure.WRONG_PIN else FAILED
        case _:
            assert_never(push.state)


def _word(push: Push, settings: TmoneySettings) -> str:
    match push.state:
        case State.WAITING:
            return "EN ATTENTE"
        case State.DONE:
            return settings.success_word
        case State.FAILED:
            return "ECHEC"
        case _:
            assert_never(push.state)


def _message(push: Push) -> str:
    match push.state:
        case State.WAITING:
            return "Requête en cours de traitement"
        case State.DONE:
            return "Transaction effectuée avec succès"
        case State.FAILED:
            return push.failure.value if push.failure else "Transaction échouée"
        case _:
            assert_never(push.state)


def _date(seconds: float) -> str:
    # Lomé keeps UTC all year.
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
