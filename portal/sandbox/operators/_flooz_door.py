"""Who may talk to Flooz: opens the encrypted Authorization header and watches that its index grows."""

import base64
import binascii
import re
from dataclasses import dataclass
from threading import Lock

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from portal.sandbox.bounded import Bounded
from portal.sandbox.operators._flooz_settings import FloozSettings
from portal.sandbox.settings import Section

ACCOUNTS_KEPT = 5_000
_BLOCK_BYTES = 16
_ZERO_IV = bytes(_BLOCK_BYTES)
_INDEX = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Pass:
    """What stands in a header."""

    index: int
    user: str
    password: str


class Door:
    """Knows the account's last index."""

    def __init__(self, settings: Section[FloozSettings]) -> None:
        """Start without any index."""
        self._settings = settings
        self._lock = Lock()
        self._last: Bounded[int] = Bounded(ACCOUNTS_KEPT)

    def opens(self, account: str, header: str) -> bool:
        """Tell whether a header is right; one that is uses its index up."""
        settings = self._settings.now
        found = read_header(header, settings.secret_key)
        if found is None or (found.user, found.password) != (settings.user, settings.password):
            return False
        with self._lock:
            last = self._last.get(account)
            if settings.index_must_grow and last is not None and found.index <= last:
                return False
            self._last.put(account, max(found.index, last or 0))
            return True


def read_header(header: str, key: str) -> Pass | None:
    """Read `base64(cipher)`, with a zero IV, or `base64(iv):base64(cipher)`; None where it does not open.

    The cipher is AES-256-CBC with PKCS#7 over `<index>:<user>:<password>`; the password may hold colons.
    """
    iv64, colon, cipher64 = header.strip().rpartition(":")
    try:
        iv = base64.b64decode(iv64, validate=True) if colon else _ZERO_IV
        index, user, password = _opened(base64.b64decode(cipher64, validate=True), iv, key).split(":", 2)
    except (binascii.Error, ValueError):
        return None
    return Pass(int(index), user, password) if _INDEX.fullmatch(index) else None


def _opened(cipher: bytes, iv: bytes, key: str) -> str:
    opener = Cipher(AES256(key.encode()), CBC(iv)).decryptor()
    padded = opener.update(cipher) + opener.finalize()
    unpadder = PKCS7(_BLOCK_BYTES * 8).unpadder()
    return (unpadder.update(padded) + unpadder.finalize()).decode()
