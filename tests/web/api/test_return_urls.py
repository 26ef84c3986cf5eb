import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.provider import Mode
from portal.web.api.return_urls import objection

HOSTS = ("boutique.example", "Shop.Example")


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    "url",
    [
        "https://boutique.example",
        "https://boutique.example/merci?panier=7#fin",
        "https://BOUTIQUE.example/",
        "https://shop.example/",
        "https://boutique.example:8443/",
    ],
)
def test_an_https_address_on_a_return_host_is_right(url: str, mode: Mode) -> None:
    assert objection(url, mode, HOSTS) is None


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://boutique.example.evil.example/",
        "https://evil-boutique.example/",
        "https://www.boutique.example/",
        "https://boutique.example./",
        "https://boutique.example@evil.example/",
        "https://evil.example#@boutique.example/",
        "https://evil.example?@boutique.example/",
        "https://shopper@boutique.example/",
        "https://shopper:secret@boutique.example/",
        "https://boutique.example\\@evil.example/",
        "https://evil.example\\.boutique.example/",
        "https://bouti\tque.example/",
        "https://boutique.example/\n",
        " https://boutique.example/",
        "https://boutique.example:port/",
        "https://boutique.example:99999/",
        "https://[boutique.example/",
        "https://boutiqué.example/",
        "https://boutique。example/",
        "//boutique.example/",
        "/merci",
        "https:boutique.example",
        "https:///boutique.example",
        "javascript://boutique.example/%0aalert(1)",
        "data:text/html,boutique.example",
        "ftp://boutique.example/",
        "",
    ],
)
def test_no_other_address_gets_a_customer(url: str, mode: Mode) -> None:
    assert objection(url, mode, HOSTS)


@pytest.mark.parametrize(
    "url",
    [
        "http://boutique.example/",
        "http://localhost:3000/merci",
        "https://localhost/",
        "http://127.0.0.1:8080/",
        "http://127.9.9.9/",
        "http://[::1]:8080/",
    ],
)
def test_in_test_mode_plain_http_and_this_machine_are_allowed_as_well(url: str) -> None:
    assert objection(url, Mode.TEST, HOSTS) is None
    assert objection(url, Mode.LIVE, HOSTS)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://localhost.evil.example/", "http://0.0.0.0/", "http://[::]/"]
)
def test_in_test_mode_no_other_machine_is(url: str) -> None:
    assert objection(url, Mode.TEST, HOSTS)


@given(st.text() | st.from_regex(r"https?://[^/]*", fullmatch=True), st.sampled_from(Mode))
def test_no_text_does_anything_but_fit_or_not(url: str, mode: Mode) -> None:
    said = objection(url, mode, ())
    assert said or mode is Mode.TEST
