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
