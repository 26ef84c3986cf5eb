"""The room of unguessable names: public ids, capabilities, keys, and the hashes kept of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets

# Neither 0 and O nor 1, l and I: people read some of these aloud.
ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"
BITS = 5

CAPABILITY_LENGTH = 26  # 130 bits
ID_LENGTH = 20  # 100 bits
RECEIPT_LENGTH = 14  # 70 bits: at least 60 are promised


def text(length: int) -> str:
    """Return `length` random characters of five bits each."""
    number = secrets.randbits(length * BITS)
    return "".join(ALPHABET[(number >> (BITS * place)) & 31] for place in range(length))


def public_id(prefix: str) -> str:
    """Return a new id such as `ord_…`, unguessable and safe in a URL."""
    return f"{prefix}_{text(ID_LENGTH)}"


def capability() -> str:
    """Return a token that is itself the right to act: whoever holds it may pay or come back."""
    return text(CAPABILITY_LENGTH)


def receipt_code() -> str:
    """Return a code for a receipt, readable aloud."""
    return text(RECEIPT_LENGTH)


def digest(token: str) -> str:
    """Return the hash under which a random secret is stored.

    SHA-256 alone is right here: the secrets have over 100 bits of their own, so there is nothing to guess.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
