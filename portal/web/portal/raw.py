"""The room of notifications as they came: shown to merchants whole, but for the wallet's number."""

from __future__ import annotations

import re

# In the addresses of notifications a wallet's number stands in full; merchants see it masked, as everywhere.
PHONE = re.compile(
    r"((?:mobile|phone\w*|msisdn)=(?:%2B|\+)?(?:228)?\d{2}|(?<!\d)228[79]\d)\d{4}(\d{2})(?!\d)", re.IGNORECASE
)


def without_phone(url: str) -> str:
    """Return the address of a notification with the wallet's number masked."""
    return PHONE.sub(r"\1••••\2", url)
