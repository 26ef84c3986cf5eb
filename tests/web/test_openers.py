"""Who opened a payment link's window: it is kept, and told of the end, only where it is a site of the store."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import update

from portal import db
from portal.domain.provider import Mode
from portal.merchants.models import Merchant
from tests.machines.stage import Stage
from tests.web.test_asked_links import address, free, pays
from tests.web.test_links import a_link, orders

SITE = "https://boutique.example"
HERE = "http://localhost:5000"
OPENER_POLICY = "Cross-Origin-Opener-Policy"


def lists(stage: Stage, *sites: str, live: bool = False) -> None:
    with stage.app.app_context(), db.writing() as tx:
        changed = update(Merchant).where(Merchant.id == stage.merchant.id)
        tx.execute(changed.values(sites=list(sites), live=live))


@pytest.mark.parametrize(
    ("opener", "kept"),
    [
        (SITE, SITE),
        (HERE, HERE),
        ("https://evil.example", None),
        (f"{SITE}/", None),
        (f"{SITE}.evil.example", None),
        ("http://boutique.example", None),
        ("null", None),
        ("*", None),
        ("", None),
    ],
)
def test_the_window_keeps_its_opener_only_where_that_is_a_site_of_the_store(
    stage: Stage, opener: str, kept: str | None
) -> None:
    link = a_link(stage)
    lists(stage, SITE, HERE)
    path = address(link, opener=opener)
    assert stage.client.get(path).headers[OPENER_POLICY] == ("unsafe-none" if kept else "same-origin")
    leads = pays(stage, path)
    assert OPENER_POLICY not in leads.headers  # it would cut the site's window off before the checkout
    [order] = orders(stage, link)
    assert order["site"] == kept
    checkout = stage.client.get(leads.location)
    assert checkout.headers[OPENER_POLICY] == ("unsafe-none" if kept else "same-origin")


def test_two_openers_are_none(stage: Stage) -> None:
    link = a_link(stage)
    lists(stage, SITE)
    path = address(link, ("opener", SITE), opener=SITE)
    assert stage.client.get(path).headers[OPENER_POLICY] == "same-origin"


@pytest.mark.parametrize(("opener", "kept"), [(SITE, SITE), (HERE, None)])
def test_in_live_a_site_is_reached_by_https_alone(stage: Stage, opener: str, kept: str | None) -> None:
    link = a_link(stage, mode=Mode.LIVE)
    lists(stage, SITE, HERE, live=True)
    pays(stage, address(link, opener=opener))
    assert orders(stage, link)[0]["site"] == kept


def test_a_site_that_is_no_longer_listed_is_told_nothing(stage: Stage) -> None:
    link = a_link(stage, amount=500)
    lists(stage, SITE)
    pays(stage, address(link, opener=SITE))
    [order] = (SimpleNamespace(**one) for one in orders(stage, link))
    stage.notifies(stage.starts(order)["reference"])
    assert f'data-site="{SITE}"' in stage.looks(order).text
    lists(stage)
    page = stage.looks(order)
    assert "data-site" not in page.text
    assert page.headers[OPENER_POLICY] == "same-origin"


def test_a_refusal_keeps_no_opener(stage: Stage) -> None:
    link = free(stage)
    lists(stage, SITE)
    answer = stage.client.get(address(link, amount=750, sig="A" * 43, opener=SITE))
    assert (answer.status_code, answer.headers[OPENER_POLICY]) == (403, "same-origin")


def test_a_form_to_correct_keeps_its_opener(stage: Stage) -> None:
    link = free(stage)
    lists(stage, SITE)
    answer = pays(stage, address(link, opener=SITE), amount="abc")
    assert (answer.status_code, answer.headers[OPENER_POLICY]) == (422, "unsafe-none")


def test_no_site_may_read_what_stands_there(stage: Stage) -> None:
    link = free(stage)
    lists(stage, SITE)
    path = address(link, opener=SITE)
    asked = {"Origin": SITE}
    for answer in (stage.client.get(path, headers=asked), stage.client.options(path, headers=asked)):
        assert [name for name, _value in answer.headers if name.startswith("Access-Control")] == []
