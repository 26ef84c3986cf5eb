"""The room of Toy Money's first day: a store signs up, and a shopper pays with it; prints what came of it as JSON.

Run in a copy of the tree that has the operator: `python -m tests.providers.toy.shopper <folder for its files>`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal import db
from portal.merchants.models import Merchant, OperatorAccount
from portal.payments.models import Attempt, Order
from tests import factories
from tests.conftest import migrate, settings_for
from tests.factories import AMerchant
from tests.journeys.walker import Walker
from tests.web.browsing import Browser
from tests.wire import Wire, joined

SLUG = "toy"


def first_day(folder: Path) -> dict[str, Any]:
    """Return who is connected, who is offered, where the shopper was led, and where the order stands."""
    url = f"sqlite:///{folder / 'toy.db'}"
    migrate(url, folder)
    with joined(settings_for(url, folder)) as wire:
        signed_up = Browser(wire.app).sign_up("ama@boutique.example")
        with wire.app.app_context():
            return {"signed up": signed_up.status, **_pays(wire)}


def _pays(wire: Wire) -> dict[str, Any]:
    with db.reading() as connection:
        row = connection.execute(select(Merchant.id, Merchant.public_id, Merchant.name)).one()
        connected = list(connection.scalars(select(OperatorAccount.operator)))
    order = factories.an_order(AMerchant(row.id, row.public_id, row.name, live=False, return_hosts=()))
    shopper = Walker(wire.fetch, f"http://localhost/pay/{order.token}")
    choices = [button.action.rpartition("/")[2] for form in shopper.page.forms for button in form.buttons]
    shopper.press("Toy Money")
    shopper.wait()
    led_to = shopper.page.url
    shopper.press("Payer")
    wire.passes(seconds=0)
    shopper.open(f"http://localhost/pay/{order.token}")
    with db.reading() as connection:
        now = connection.execute(select(Order.status, Order.amount_paid).where(Order.id == order.id)).one()
        operators = list(connection.scalars(select(Attempt.operator)))
    return {
        "connected": sorted(connected),
        "offered": [choice for choice in choices if choice in connected],
        "led to": led_to,
        "order": now.status,
        "amount paid": now.amount_paid,
        "attempts with": operators,
        "answers": [entry["status"] for entry in wire.journal("out")],
        "reads": shopper.page.text,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(first_day(Path(sys.argv[1]))))
