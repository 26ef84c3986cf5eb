"""Every fact that the journal can hold is told in plain words: no merchant reads our codes."""

from __future__ import annotations

import re

import pytest

from portal import db
from portal.domain.events import Accepted, NotSent, Refunded, RefundEvent, RefundFailed, Unheard
from portal.domain.money import Money
from portal.leases import Claim
from portal.payments import lifecycle_refunds
from portal.payments.ledger import Source
from portal.web.services import services
from tests.web.portal.selling import PUSH, Desk

STORY = re.compile(r'<ol class="story">.*?</ol>', re.DOTALL)
WHOLE = Money(200)


def sends(desk: Desk, *events: RefundEvent) -> str:
    """Send 200 of 500 francs back, let those events happen to it, and return the order's page."""
    order = desk.is_paid(500, operator=PUSH)
    desk.asks_back(order, "200")
    refund = desk.refunds(order)[0]["id"]
    with desk.app.app_context():
        with db.writing() as tx:
            lifecycle_refunds.begin_sending(tx, services().clock, Claim(refund, 0), "s3cret")
        for event in events:
            with db.writing() as tx:
                lifecycle_refunds.apply(tx, services().clock, refund, event, source=Source("reply"))
    return desk.page(order).text


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([], ["Remboursement envoyé à Mixx by Yas direct, une fois pour toutes.", "Envoi par Cross"]),
        ([Unheard()], ["Il ne sera pas envoyé une seconde fois.", "Notre demande"]),
        ([Unheard(), Accepted()], ["Mixx by Yas direct a pris le remboursement en charge."]),
        ([Refunded(payment_reference="TM-1")], ["200\u00a0F\u00a0CFA rendus au client.", "TM-1"]),
        ([Refunded(debited=Money(206))], ["Frais : 6\u00a0F\u00a0CFA."]),
        ([RefundFailed()], ["Remboursement non abouti : l'opérateur a refusé."]),
        ([NotSent()], ["Le remboursement n'est jamais parti : il est à faire à la main."]),
        ([Refunded(Money(199))], ["annonce un remboursement d'un autre montant que le vôtre."]),
        ([Refunded(WHOLE), RefundFailed()], ["au sujet du remboursement : il n'a rien changé."]),
    ],
)
def test_what_became_of_a_refund_is_told(desk: Desk, events: list[RefundEvent], told: list[str]) -> None:
    page = sends(desk, *events)
    own, whole = STORY.findall(page)
    for words in told:
        assert words in own, words
        assert words in whole, words
    assert "Autre fait" not in page
    assert "Délai écoulé" not in own


def test_a_refund_has_a_story_of_its_own(desk: Desk) -> None:
    own, whole = STORY.findall(sends(desk, Refunded(WHOLE)))
    assert "reçus." not in own
    assert "500\u00a0F\u00a0CFA reçus." in whole
