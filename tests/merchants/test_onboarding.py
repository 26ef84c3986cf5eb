"""A store begins whole: its owner, and an account in test mode with every operator that can have one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal import db
from portal.domain.provider import Credential, Mode
from portal.merchants import accounts, onboarding
from portal.merchants.models import Membership, Merchant, User
from portal.merchants.onboarding import NewMerchant
from portal.web.services import Services, services

EMAIL = "akofa@boutique.example"


@pytest.fixture
def inside(app: Flask) -> Iterator[Services]:
    with app.app_context():
        yield services()


def sign_up(inside: Services, **changes: Any) -> NewMerchant:
    wanted = {
        "store": "Chez Akofa",
        "email": EMAIL,
        "password_hash": "hash",
        "phone": "+22890112233",
        **changes,
    }
    with db.writing() as tx:
        return onboarding.sign_up(tx, inside.clock, inside.directory, **wanted)


def test_the_store_has_an_owner_and_takes_no_real_money(inside: Services) -> None:
    made = sign_up(inside, language="en")
    with db.reading() as connection:
        store = connection.execute(select(Merchant.__table__)).one()
        owner = connection.execute(select(User.__table__)).one()
        membership = connection.execute(select(Membership.__table__)).one()
    assert (store.id, store.public_id, store.name) == (made.id, made.public_id, "Chez Akofa")
    assert (store.contact_email, store.contact_phone) == (EMAIL, "+22890112233")
    assert (store.live, store.return_hosts) == (False, [])
    assert (owner.id, owner.email, owner.language, owner.session_version) == (made.user_id, EMAIL, "en", 1)
    assert (membership.user_id, membership.merchant_id, membership.role) == (owner.id, store.id, "owner")


def test_every_operator_that_can_have_a_test_account_has_one_that_calls_the_sandbox(inside: Services) -> None:
    made = sign_up(inside)
    with db.reading() as connection:
        test = accounts.enabled(connection, inside.directory, made.id, Mode.TEST)
        live = accounts.enabled(connection, inside.directory, made.id, Mode.LIVE)
    assert live == []
    able = {
        slug
        for slug, provider in inside.providers.items()
        if all(field.test for field in provider.credentials)
    }
    assert {account.operator for account in test} == able
    assert "tmoney-online" in able
    for account in test:
        provider = inside.providers[account.operator]
        assert set(account.credentials) == {field.name for field in provider.credentials}
        for endpoint in provider.endpoints:
            assert account.url(endpoint.setting).startswith("http://127.0.0.1:8001/")


def test_made_up_credentials_fit_the_pattern_that_their_operator_declares(inside: Services) -> None:
    fields = [field for provider in inside.providers.values() for field in provider.credentials if field.test]
    assert fields
    for field in fields:
        made = onboarding.made_up([field], "http://127.0.0.1:8001/twin")
        assert made is not None
        assert re.fullmatch(field.pattern, made[field.name]), field.name


def test_made_up_credentials_are_random() -> None:
    field = Credential("id", "Identifiant", r"M-[0-9]{8}[A-Za-z0-9]{8}", test="M-########********")
    values = {(onboarding.made_up([field]) or {})["id"] for _ in range(50)}
    assert len(values) == 50
    assert all(re.fullmatch(field.pattern, value) for value in values)


def test_an_operator_that_leaves_one_credential_to_be_given_is_not_connected() -> None:
    fields = [
        Credential("id", "Identifiant", "[0-9]", test="#"),
        Credential("certificate", "Certificat", ".+"),
    ]
    assert onboarding.made_up(fields) is None


def test_two_stores_never_share_an_account(inside: Services) -> None:
    stores = [sign_up(inside), sign_up(inside, email="kossi@ailleurs.example")]
    with db.reading() as connection:
        found = [accounts.enabled(connection, inside.directory, store.id, Mode.TEST)[0] for store in stores]
    assert found[0].public_id != found[1].public_id
    assert found[0].credentials != found[1].credentials


def test_a_known_address_makes_no_second_store(inside: Services) -> None:
    sign_up(inside)
    with pytest.raises(onboarding.KnownEmail):
        sign_up(inside, store="Autre")
    with db.reading() as connection:
        assert connection.scalars(select(Merchant.name)).all() == ["Chez Akofa"]


def test_a_store_is_made_whole_or_not_at_all(inside: Services) -> None:
    with pytest.raises(IntegrityError):
        sign_up(inside, password_hash=None)
    with db.reading() as connection:
        assert connection.scalars(select(Merchant.name)).all() == []
