"""Payment links: an address that people can read, and the reasons for which it takes no payment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from portal import db
from portal.clock import Clock
from portal.domain.events import Paid
from portal.domain.money import Money
from portal.payments import links
from portal.payments.links import PAGE, NewLink
from portal.web.services import services
from tests.counting import counting
from tests.factories import AMerchant, a_merchant, an_account, an_attempt, an_order

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CLOCK = Clock(NOW)


@pytest.fixture
def merchant(app: Flask) -> Iterator[AMerchant]:
    with app.app_context():
        yield a_merchant()


def create(merchant: AMerchant, **changes: Any) -> dict[str, Any]:
    wanted = {"mode": "test", "title": "Panier de légumes", "amount": 500, **changes}
    with db.writing() as tx:
        return links.create(tx, CLOCK, services().vault, NewLink(merchant_id=merchant.id, **wanted))


def by_slug(slug: str, clock: Clock = CLOCK) -> dict[str, Any]:
    with db.reading() as connection:
        found = links.by_slug(connection, clock, slug)
    assert found is not None
    return found


def test_a_link_is_found_by_its_address_with_its_store(merchant: AMerchant) -> None:
    made = create(merchant, description="Tomates", max_uses=3, prefill=True)
    found = by_slug(made["slug"])
    assert {name: found[name] for name in made} == made
    assert (found["merchant_name"], found["merchant_contact_email"]) == (
        merchant.name,
        "akofa@boutique.example",
    )
    assert (found["merchant_contact_phone"], found["merchant_live"]) == ("+22890112233", False)
    assert found["now"] == NOW
    assert (found["created_at"], found["uses"], found["enabled"]) == (NOW, 0, True)


def test_an_address_that_nobody_made_is_none(merchant: AMerchant) -> None:
    create(merchant)
    with db.reading() as connection:
        assert links.by_slug(connection, CLOCK, "panier-de-legumes") is None


def test_looking_at_a_link_is_one_statement(merchant: AMerchant) -> None:
    slug = create(merchant)["slug"]
    with counting(db.db.engine) as seen:
        by_slug(slug)
    assert seen.statements == 1


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Pagne « Dahomé » 6 m", "pagne-dahome-6-m"),
        ("  Café   de Kpalimé!! ", "cafe-de-kpalime"),
        ("../../etc/passwd?x=1", "etc-passwd-x-1"),
        ("日本語", "paiement"),
        ("***", "paiement"),
        ("é" * 100, "e" * 40),
        ("a" * 39 + " bc", "a" * 39),
    ],
)
def test_the_address_can_be_read_aloud(title: str, name: str) -> None:
    assert links.name_of(title) == name


def test_two_links_of_one_title_have_two_addresses(merchant: AMerchant) -> None:
    made = {create(merchant, title="é" * 100)["slug"] for _ in range(20)}
    assert len(made) == 20
    assert max(map(len, made)) <= 60


def test_the_secret_of_a_link_is_sealed_and_its_own(merchant: AMerchant) -> None:
    sealed = [create(merchant)["sealed_secret"] for _ in range(2)]
    opened = [services().vault.open(text)["secret"] for text in sealed]
    assert opened[0] != opened[1]
    assert len(opened[0]) >= 26
    assert opened[0] not in sealed[0]


def test_a_new_link_can_be_paid_and_an_unlimited_one_for_ever(merchant: AMerchant) -> None:
    slug = create(merchant)["slug"]
    assert links.why_not_payable(by_slug(slug, Clock(NOW + timedelta(days=5000)))) is None


def test_a_link_ends_at_its_moment(merchant: AMerchant) -> None:
    end = NOW + timedelta(days=1)
    slug = create(merchant, expires_at=end)["slug"]
    assert links.why_not_payable(by_slug(slug, Clock(end - timedelta(seconds=1)))) is None
    assert links.why_not_payable(by_slug(slug, Clock(end))) == "expired"


def test_a_link_is_used_up_by_paid_orders_alone(merchant: AMerchant) -> None:
    link = create(merchant, max_uses=1)
    account = an_account(merchant)
    an_order(merchant, link_id=link["id"])
    assert links.why_not_payable(by_slug(link["slug"])) is None
    an_attempt(an_order(merchant, link_id=link["id"]), account, then=[Paid(Money(500), "P-1")])
    assert by_slug(link["slug"])["uses"] == 1
    assert links.why_not_payable(by_slug(link["slug"])) == "used_up"


def test_a_link_is_switched_by_its_own_store(merchant: AMerchant) -> None:
    link = create(merchant)
    other = a_merchant(name="Ailleurs")
    with db.writing() as tx:
        assert not links.switch(tx, merchant_id=other.id, public_id=link["public_id"], enabled=False)
    assert links.why_not_payable(by_slug(link["slug"])) is None
    for enabled, reason in ((False, "off"), (True, None)):
        with db.writing() as tx:
            assert links.switch(tx, merchant_id=merchant.id, public_id=link["public_id"], enabled=enabled)
        assert links.why_not_payable(by_slug(link["slug"])) == reason


def test_a_store_reads_its_own_links_of_one_mode_page_by_page(merchant: AMerchant) -> None:
    other = a_merchant(name="Ailleurs")
    create(other, title="Ailleurs")
    create(merchant, title="Vrai", mode="live")
    for number in range(PAGE + 1):
        create(merchant, title=f"Lien {number}")
    with db.reading() as connection:
        first = links.listed(connection, CLOCK, merchant_id=merchant.id, mode="test")
        rest = links.listed(connection, CLOCK, merchant_id=merchant.id, mode="test", after=first.following)
        lost = links.listed(connection, CLOCK, merchant_id=other.id, mode="test", after=first.following)
    assert [row["title"] for row in first.rows] == [f"Lien {number}" for number in range(PAGE, 0, -1)]
    assert ([row["title"] for row in rest.rows], rest.following) == (["Lien 0"], None)
    assert lost.rows == []


def test_the_link_of_another_store_is_none(merchant: AMerchant) -> None:
    link = create(merchant)
    other = a_merchant(name="Ailleurs")
    with db.reading() as connection:
        assert links.one(connection, CLOCK, merchant_id=other.id, public_id=link["public_id"]) is None
        assert links.one(connection, CLOCK, merchant_id=merchant.id, public_id=link["public_id"]) is not None
