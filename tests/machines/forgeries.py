"""The room of lies: calls at the operator's door that must move nothing, and how each is answered."""

from __future__ import annotations

from urllib.parse import urlencode

from werkzeug.test import TestResponse

from tests.machines.stage import FOREIGN, OPERATOR, Stage, notification

FORGERIES = {
    "foreign": 403,
    "other account": 404,
    "unknown": 404,
    "twice": 400,
    "garbage": 400,
    "posted": 405,
}


def forge(stage: Stage, forgery: str, reference: str, other_account: str) -> TestResponse:
    """Bring a forged notification about the attempt."""
    match forgery:
        case "foreign":
            return stage.notifies(reference, address=FOREIGN)
        case "other account":
            return stage.notifies(reference, account=other_account)
        case "unknown":
            return stage.notifies("NOBODYS")
        case "posted":
            return stage.notifies(reference, method="POST")
        case "garbage":
            return stage.notifies(reference, amount="5e2")
        case _:
            twice = urlencode(notification(reference)) + "&amount=500"
            return stage.client.get(f"/notify/{OPERATOR}/{stage.account.public_id}?{twice}")
