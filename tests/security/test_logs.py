import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from portal.security import logs, tokens


def redacted(**event: Any) -> dict[str, Any]:
    return dict(logs.redact(None, "info", event))


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "Authorization",
        "set-cookie",
        "api_key",
        "APIKEY",
        "webhook_secret",
        "csrf_token",
        "PIN",
        "otp",
        "sessionid",
        "signature",
        "credentials",
    ],
)
def test_what_is_called_a_secret_is_never_written(name: str) -> None:
    assert redacted(**{name: "hunter2"}) == {name: "…"}


@pytest.mark.parametrize(
    "secret", ["sk_test_23456789abcdefgh", "sk_live_23456789abcdefgh", "whsec_C2FVsBQIhrscChlQIM+b=="]
)
def test_a_key_inside_a_text_is_cut_short(secret: str) -> None:
    shown = logs.redact_text(f"refused {secret}, try again")
    assert secret not in shown
    assert shown.startswith(f"refused {secret[:3]}")
    assert shown.endswith("…, try again")


@pytest.mark.parametrize("door", ["pay", "return", "l", "r"])
def test_a_capability_inside_an_address_is_cut_short(door: str) -> None:
    token = tokens.capability()
    assert logs.redact_text(f"GET https://cross.example/{door}/{token}/accept") == (
        f"GET https://cross.example/{door}/…/accept"
    )


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("90112233", "90••••33"),
        ("+22890112233", "+22890••••33"),
        ("22870112233", "22870••••33"),
        ("+228 90112233", "+228 90••••33"),
        ("0022890112233", "0022890••••33"),
        ("+22507010203", "+22507••••03"),
        ("+2250701020304", "+22507••••04"),
        ("+33612345678", "+33612••••78"),
    ],
)
def test_a_phone_number_is_written_masked(phone: str, shown: str) -> None:
    assert logs.redact_text(f"{phone} said no") == f"{shown} said no"


@given(st.from_regex(r"[79][0-9]{7}", fullmatch=True))
def test_no_phone_number_is_ever_written_in_full(phone: str) -> None:
    for text in (phone, f"to {phone}.", f"msisdn={phone}&x", f"+228{phone}", f"'{phone}'"):
        assert phone not in logs.redact_text(text)


@pytest.mark.parametrize(
    "text", ["ord_gbnfhdy94j45wu46q49a is paid", "500 XOF", "2026-11-21T01:40:46Z", "HTTP 503", "at +00:00"]
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert logs.redact_text(text) == text
    assert redacted(status=200, ok=True) == {"status": 200, "ok": True}


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Send the logs to memory, and back to where they went."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    root.handlers, root.level = handlers, level


def test_a_log_line_is_one_json_object_without_secrets(written: io.StringIO) -> None:
    structlog.get_logger("test").info("started", password="hunter2", url="/pay/abcdefghij")
    line = json.loads(written.getvalue())
    assert (line["event"], line["password"], line["url"], line["level"]) == ("started", "…", "/pay/…", "info")


def test_libraries_log_alike(written: io.StringIO) -> None:
    logging.getLogger("urllib3").warning("retrying %s", "/pay/abcdefghij")
    line = json.loads(written.getvalue())
    assert (line["event"], line["level"]) == ("retrying /pay/…", "warning")


def refuse() -> None:
    raise RuntimeError("refused sk_live_23456789abcdefgh for 90112233")


def test_a_crash_is_written_without_the_secrets_in_its_words(written: io.StringIO) -> None:
    try:
        refuse()
    except RuntimeError:
        structlog.get_logger("test").exception("crash")
    line = json.loads(written.getvalue())
    assert "RuntimeError" in line["exception"]
    assert "23456789abcdefgh" not in written.getvalue()
    assert "90112233" not in written.getvalue()
