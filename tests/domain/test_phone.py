import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.domain.phone import PhoneError, masked, parse

LOCAL = st.sampled_from(["90", "91", "92", "93", "70", "71", "96", "97", "98", "99", "79"])


@pytest.mark.parametrize(
    "written",
    ["90112233", "90 11 22 33", "90-11-22-33", "+22890112233", "00228 90 11 22 33", "(+228) 90.11.22.33"],
)
def test_a_number_is_read_however_it_is_written(written: str) -> None:
    assert parse(written) == "+22890112233"


@pytest.mark.parametrize(
    "written", ["", "1", "9011223", "901122334", "+33612345678", "+229 97 00 00 00", "abc"]
)
def test_what_is_no_number_of_togo_is_refused(written: str) -> None:
    with pytest.raises(PhoneError):
        parse(written)


@given(st.text())
@example("\ud800")
@example("+" * 300)
@example("9" * 5000)
@example("tel:+228;ext=" + "1" * 50)
def test_no_text_raises_anything_else(written: str) -> None:
    try:
        read = parse(written)
    except PhoneError:
        return
    assert read.startswith("+228")
    assert len(read) == 12
    assert parse(read) == read


@given(LOCAL, st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_a_prefix_never_refuses_a_wallet(prefix: str, rest: str) -> None:
    assert parse(prefix + rest) == f"+228{prefix}{rest}"


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+22890112233", "+228 90••••33"),
        ("22890112233", "+228 90••••33"),
        ("90112233", "+228 90••••33"),
        ("123", "••••"),
        ("", None),
        (None, None),
    ],
)
def test_a_number_is_shown_with_its_middle_hidden(phone: str | None, shown: str | None) -> None:
    assert masked(phone) == shown


@given(st.from_regex(r"\+228[79][0-9]{7}", fullmatch=True))
def test_the_four_digits_in_the_middle_are_never_shown(phone: str) -> None:
    assert (masked(phone) or "").removeprefix("+228 ")[2:-2] == "••••"
