"""The room of what JSON Schema cannot say: texts that the API takes where a format is named, for Schemathesis.

Loaded by `fuzzing.toml`, in the process of Schemathesis. Addresses are of this machine, so that nobody is called.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import schemathesis
from hypothesis import strategies as st

PATHS = st.text("abcdefghijklmnopqrstuvwxyz0123456789/-._~%20?=&", max_size=40)
ADDRESSES = st.builds("{}://{}/{}".format, st.sampled_from(["http", "https"]), st.just("127.0.0.1:9"), PATHS)
PHONES = st.builds(
    "{}{:06d}".format,
    st.sampled_from(["+228 90", "90", "+22891", "00228 99", "97", "70 "]),
    st.integers(0, 999_999),
)
register: Callable[[str, st.SearchStrategy[str]], None] = schemathesis.openapi.format

register("http-url", ADDRESSES)
register("phone", PHONES)
for name in ("order", "link", "endpoint", "delivery"):
    register(f"{name}-cursor", st.sampled_from(os.environ[f"{name.upper()}_CURSORS"].split()))
