"""The room of sealed things: operators' credentials, readable only with the platform's keys."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class VaultError(Exception):
    """No present key opens this seal."""


class Vault:
    """Seals with the newest key and opens with any of them (`CREDENTIAL_KEYS`, newest first)."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take the Fernet keys, newest first."""
        self._newest = Fernet(keys[0])
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, values: Mapping[str, str]) -> str:
        """Return the values as one sealed text."""
        return self._fernet.encrypt(json.dumps(dict(values), sort_keys=True).encode()).decode()

    def open(self, sealed: str) -> dict[str, str]:
        """Return the sealed values; raise VaultError where no key opens them."""
        try:
            opened = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken as error:
            msg = "no key in CREDENTIAL_KEYS opens these credentials"
            raise VaultError(msg) from error
        return {str(name): str(value) for name, value in opened.items()}

    def renewed(self, sealed: str) -> str:
        """Return the same values sealed by the newest key: the seal itself where it is that key's already.

        Raises VaultError where no key opens it.
        """
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return self.seal(self.open(sealed))
        return sealed
