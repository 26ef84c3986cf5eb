import base64

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from portal.security.vault import Vault, VaultError

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
CREDENTIALS = {"merchantid": "1234567890123456", "password": "mot de passe"}

VALUES = st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))


@given(VALUES)
def test_what_is_sealed_can_be_opened(values: dict[str, str]) -> None:
    vault = Vault([NEW])
    assert vault.open(vault.seal(values)) == values


def test_a_seal_shows_nothing_of_what_it_holds() -> None:
    sealed = Vault([NEW]).seal(CREDENTIALS)
    inside = base64.urlsafe_b64decode(sealed)
    assert all(text.encode() not in inside for pair in CREDENTIALS.items() for text in pair)


def test_two_seals_of_the_same_differ() -> None:
    vault = Vault([NEW])
    assert vault.seal(CREDENTIALS) != vault.seal(CREDENTIALS)


def test_after_a_rotation_old_seals_open_and_new_ones_need_the_new_key() -> None:
    rotated = Vault([NEW, OLD])
    assert rotated.open(Vault([OLD]).seal(CREDENTIALS)) == CREDENTIALS
    with pytest.raises(VaultError):
        Vault([OLD]).open(rotated.seal(CREDENTIALS))


def test_without_its_key_a_seal_stays_shut() -> None:
    with pytest.raises(VaultError, match="CREDENTIAL_KEYS"):
        Vault([NEW]).open(Vault([OLD]).seal(CREDENTIALS))


@pytest.mark.parametrize("place", [10, 30, 60, -1])
def test_a_seal_that_was_tampered_with_stays_shut(place: int) -> None:
    vault = Vault([NEW])
    raw = bytearray(base64.urlsafe_b64decode(vault.seal(CREDENTIALS)))
    raw[place] ^= 1
    with pytest.raises(VaultError):
        vault.open(base64.urlsafe_b64encode(raw).decode())


@pytest.mark.parametrize("sealed", ["", "no seal", "gAAAA"])
def test_what_is_no_seal_stays_shut(sealed: str) -> None:
    with pytest.raises(VaultError):
        Vault([NEW]).open(sealed)
