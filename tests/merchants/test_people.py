"""Passwords are kept as slow hashes, and a session stands for someone only as long as its version."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from flask import Flask

from config import Settings
from portal import db
from portal.merchants import onboarding, people
from portal.web.services import services
from tests.conftest import settings_for

PASSWORD = "trois mots secrets"


@pytest.fixture
def quick(tmp_path: Path) -> Settings:
    return settings_for("sqlite://", tmp_path)


def test_a_password_is_known_by_its_hash_alone(quick: Settings) -> None:
    kept = people.hash_password(quick, PASSWORD)
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    assert people.verify(quick, kept, PASSWORD)
    assert not people.verify(quick, kept, PASSWORD + "!")
    assert people.hash_password(quick, PASSWORD) != kept


def test_nobody_has_no_password(quick: Settings) -> None:
    assert not people.verify(quick, None, PASSWORD)
    assert not people.verify(quick, None, "the password of nobody")
    assert not people.verify(quick, "not a hash", PASSWORD)


def test_a_password_is_the_same_from_every_keyboard(quick: Settings) -> None:
    kept = people.hash_password(quick, unicodedata.normalize("NFC", "été à Kpalimé"))
    assert people.verify(quick, kept, unicodedata.normalize("NFD", "été à Kpalimé"))


def test_only_tests_hash_cheaply(tmp_path: Path) -> None:
    development = settings_for("sqlite://", tmp_path, PORTAL_ENV="development")
    kept = people.hash_password(development, PASSWORD)
    assert "m=65536" in kept
    assert people.verify(development, kept, PASSWORD)


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        (PASSWORD, False),
        ("akofa@boutique.example", True),
        ("AKOFA@boutique.example", True),
        ("1212121212", True),
        ("1234567890", True),
        ("Azertyuiop", True),
        ("mot-de-passe-akofa", False),
    ],
)
def test_what_is_guessed_at_once_is_weak(password: str, *, weak: bool) -> None:
    assert people.is_weak(password, "akofa@boutique.example") is weak


def test_a_session_stands_for_its_person_until_its_version_ends(app: Flask) -> None:
    with app.app_context():
        inside = services()
        with db.writing() as tx:
            made = onboarding.sign_up(
                tx,
                inside.clock,
                inside.directory,
                store="Chez Akofa",
                email="a@b.example",
                password_hash="hash",
            )
        with db.reading() as connection:
            person = people.in_session(connection, made.user_id, 1)
            assert people.in_session(connection, made.user_id, 2) is None
            assert people.in_session(connection, made.user_id + 1, 1) is None
        assert person is not None
        assert person.store is not None
        assert (person.email, person.store.id, person.store.role) == ("a@b.example", made.id, "owner")
        with db.writing() as tx:
            people.end_sessions(tx, made.user_id)
        with db.reading() as connection:
            assert people.in_session(connection, made.user_id, 1) is None
            assert people.in_session(connection, made.user_id, 2) is not None


@pytest.mark.parametrize("typed", ["a@b.example", " A@B.Example ", "ａ@b.example"])
def test_an_address_has_one_spelling(typed: str) -> None:
    assert people.address(typed) == "a@b.example"
