"""The room of what JSON Schema cannot say, for Schemathesis: texts that are right where the document names a format.

Loaded into its process. Addresses are of this machine, so that nobody is called.
"""

from __future__ import annotations

import json
import os
from typing import Any

import schemathesis
from hypothesis import strategies as st

PATHS = st.text("abcdefghijklmnopqrstuvwxyz0123456789/-._~?=&", max_size=40)
CURSOR = "a-cursor-of-that-list"
CURSORS: dict[str, str] = json.loads(os.environ["CURSORS"])

schemathesis.openapi.format(
    "http-url", st.builds("{}://127.0.0.1:9/{}".format, st.sampled_from(["http", "https"]), PATHS)
)
schemathesis.openapi.format(
    "phone", st.builds("{}{:06d}".format, st.sampled_from(["+228 90", "90", "+22893"]), st.integers(0, 999_999))
)
schemathesis.openapi.format("cursor", st.just(CURSOR))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 - the library's signature
    """Put a cursor of the list that is asked for where one is to stand: they are sealed, and each list has its own."""
    if (case.query or {}).get("cursor") == CURSOR:
        case.query["cursor"] = CURSORS[case.operation.path]
