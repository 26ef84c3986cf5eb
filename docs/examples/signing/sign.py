"""Sign the address of a payment link.

LINK_SECRET=… python sign.py https://pay.example/l/pagne-k7w2xq 5000 CMD-1 1798761600
prints the signed address; "" leaves a value out.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
from urllib.parse import urlencode


def signed_address(
    address: str, secret: str, amount: int | None, reference: str | None, expires: int | None
) -> str:
    """Return the address with its signature; None leaves a value out."""
    slug = address.rsplit("/", 1)[1]
    asked = {"amount": amount, "expires": expires, "reference": reference, "slug": slug}
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    mac = hmac.new(secret.encode(), canonical.encode(), hashlib.sha256).digest()
    said = {"amount": amount, "reference": reference, "expires": expires}
    said = {name: value for name, value in said.items() if value is not None}
    said["sig"] = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
    return f"{address}?{urlencode(said)}"


if __name__ == "__main__":
    address, amount, reference, expires = sys.argv[1:]
    print(
        signed_address(
            address,
            os.environ["LINK_SECRET"],
            int(amount) if amount else None,
            reference or None,
            int(expires) if expires else None,
        )
    )
