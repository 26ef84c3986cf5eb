"""A store's own words: hosts are read kindly, and only real names of hosts are taken."""

from __future__ import annotations

import pytest

from portal.merchants import stores


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("boutique.example", "boutique.example"),
        (" Boutique.Example. ", "boutique.example"),
        ("https://boutique.example/retour?x=1#y", "boutique.example"),
        ("boutique.example:8443/retour", "boutique.example"),
        ("http://user:secret@boutique.example", "boutique.example"),
        ("marché.example", "xn--march-fsa.example"),
        ("localhost", "localhost"),
        ("127.0.0.1:5000", "127.0.0.1"),
        ("http://[::1]:5000", "::1"),
    ],
)
def test_a_host_is_found_in_what_people_paste(typed: str, host: str) -> None:
    assert stores.host(typed) == host


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "boutique",
        "-x.example",
        "a b.example",
        "boutique..example",
        "*.example",
        "300.1.1.1",
        "exa_mple.com",
        f"{'a' * 64}.example",
        ".".join(["a" * 60] * 5),
        "https://",
        "http://[::1",
        "boutique.example\x00",
        "javascript:alert(1)",
    ],
)
def test_what_names_no_host_is_refused(typed: str) -> None:
    with pytest.raises(stores.HostError):
        stores.host(typed)


@pytest.mark.parametrize(
    ("typed", "site"),
    [
        ("https://boutique.example", "https://boutique.example"),
        (" HTTPS://Boutique.Example./panier?x=1#y ", "https://boutique.example"),
        ("https://boutique.example:443", "https://boutique.example"),
        ("https://boutique.example:8443/", "https://boutique.example:8443"),
        ("https://marché.example", "https://xn--march-fsa.example"),
        ("http://localhost:5000", "http://localhost:5000"),
        ("http://localhost:80/", "http://localhost"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_a_site_is_its_origin_as_browsers_spell_it(typed: str, site: str) -> None:
    assert stores.site(typed) == site
    assert stores.site(site) == site


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "*",
        "null",
        "boutique.example",
        "//boutique.example",
        "http://boutique.example",
        "http://192.168.1.7:5000",
        "https://",
        "https://boutique",
        "https://*.example",
        "https://a@boutique.example",
        "https://boutique.example:99999",
        "https://boutique.example:x",
        "https://boutique.example\x00",
        "ftp://boutique.example",
        "javascript:alert(1)",
        f"https://{'.'.join(['a' * 60] * 4)}.example",
    ],
)
def test_what_names_no_site_is_refused(typed: str) -> None:
    with pytest.raises(stores.SiteError):
        stores.site(typed)


@pytest.mark.parametrize(
    ("site", "mode", "may"),
    [
        ("https://boutique.example", "test", True),
        ("https://boutique.example", "live", True),
        ("http://localhost:5000", "test", True),
        ("http://localhost:5000", "live", False),
        ("https://evil.example", "test", False),
        ("https://evil.example", "live", False),
        ("", "test", False),
    ],
)
def test_a_site_of_the_store_opens_a_checkout_and_in_live_by_https_alone(
    site: str, mode: str, *, may: bool
) -> None:
    sites = ["https://boutique.example", "http://localhost:5000"]
    assert stores.may_open(site, sites, mode) is may
