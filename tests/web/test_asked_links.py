"""What a payment link's address may ask for: proposals where nobody signed, what the shop signed and no more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from portal import db
from portal.payments.models import PaymentLink
from portal.security import signed_links
from portal.web.services import services
from tests.machines.stage import Stage
from tests.web.test_links import a_link, orders

SOON = 600
"""Seconds from the stage's noon."""


def free(stage: Stage, **given: Any) -> SimpleNamespace:
    """Make a link whose amount the shopper types, and whose address may ask."""
    return a_link(stage, **{"amount": None, "prefill": True} | given)


def signature(stage: Stage, link: SimpleNamespace, **asked: Any) -> str:
    with stage.app.app_context():
        secret = services().vault.open(link.sealed_secret)["secret"]
    return signed_links.sign(secret, signed_links.Asked(**{"slug": link.slug} | asked))


def signed(stage: Stage, link: SimpleNamespace, **asked: Any) -> str:
    """Return the address as the shop's server signed it."""
    return address(link, **asked, sig=signature(stage, link, **asked))


def address(link: SimpleNamespace, *said: tuple[str, Any], **asked: Any) -> str:
    return f"/l/{link.slug}?{urlencode([*asked.items(), *said])}"


def soon(stage: Stage) -> int:
    return int(stage.clock.now().timestamp()) + SOON


def pays(stage: Stage, path: str, **typed: str) -> Any:
    return stage.client.post(path, data={"form": "page-1"} | typed)


def refused(stage: Stage, link: SimpleNamespace, path: str, status: int, words: str = "") -> None:
    """Require that neither looking nor paying leads anywhere, and that the page says what to do."""
    for answer in (stage.client.get(path), pays(stage, path, amount="500", reference="F-7")):
        assert answer.status_code == status, answer.text
        assert "Aucun montant n'a été débité" in answer.text.replace("&#39;", "'")
        assert words in answer.text.replace("&#39;", "'")
        assert "akofa@boutique.example" in answer.text
    assert orders(stage, link) == []


# ---- unsigned: proposals


def test_what_nobody_signed_is_the_shoppers_to_change_and_is_not_verified(stage: Stage) -> None:
    link = free(stage)
    path = address(link, amount=750, reference="F-7")
    page = stage.client.get(path).text
    assert 'name="amount"' in page
    assert 'value="750"' in page
    assert 'name="reference"' in page
    assert 'value="F-7"' in page
    assert pays(stage, path, amount="900", reference="F-8").status_code == 303
    [order] = orders(stage, link)
    assert (order["amount"], order["reference"], order["reference_verified"]) == (900, "F-8", False)


@pytest.mark.parametrize("amount", ["abc", "99", "-500", "5.5", "0", "9" * 30, "٧٥٠", "7\x0050"])
def test_a_proposed_amount_that_cannot_be_paid_is_asked_for_again(stage: Stage, amount: str) -> None:
    link = free(stage)
    answer = stage.client.get(address(link, amount=amount))
    assert answer.status_code == 422
    assert "Tapez un montant en chiffres, de 100" in answer.text
    assert pays(stage, address(link, amount=amount), amount=amount).status_code == 422
    assert orders(stage, link) == []


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("x" * 101, "La référence est trop longue"),
        ("a\x00b", "Retirez les caractères invisibles"),
        ("a\u202eb", "Retirez les caractères invisibles"),
        ("a\nb", "Retirez les caractères invisibles"),
    ],
)
def test_a_proposed_reference_that_cannot_be_kept_is_asked_for_again(
    stage: Stage, reference: str, words: str
) -> None:
    link = free(stage)
    answer = stage.client.get(address(link, reference=reference))
    assert answer.status_code == 422
    assert words in answer.text
    assert "Tapez un montant" not in answer.text  # nothing is wrong with what was not said yet


def test_of_what_is_much_too_long_only_the_beginning_is_shown_again(stage: Stage) -> None:
    page = stage.client.get(address(free(stage), reference="x" * 5_000)).text
    assert f'value="{"x" * 200}"' in page


def test_a_link_that_may_not_be_asked_hears_nothing(stage: Stage) -> None:
    link = free(stage, prefill=False)
    path = address(link, amount=750, reference="F-7", expires=1)
    page = stage.client.get(path)
    assert page.status_code == 200
    assert 'value="750"' not in page.text
    assert 'name="reference"' not in page.text
    assert pays(stage, path, amount="500", reference="F-7").status_code == 303
    [order] = orders(stage, link)
    assert (order["amount"], order["reference"], order["reference_verified"]) == (500, link.slug, True)


def test_a_link_that_may_not_be_asked_takes_no_signature(stage: Stage) -> None:
    """It would not hold what the shop signed."""
    link = free(stage, prefill=False)
    refused(stage, link, signed(stage, link, amount=750), 403)


# ---- signed: it holds


def test_what_the_shop_signed_is_what_is_paid_whatever_the_form_says(stage: Stage) -> None:
    link = free(stage)
    path = signed(stage, link, amount=750, reference="F-7", expires=soon(stage))
    page = stage.client.get(path)
    assert page.status_code == 200
    assert "750\u00a0F\u00a0CFA" in page.text
    assert "F-7" in page.text
    assert 'name="amount"' not in page.text
    assert 'name="reference"' not in page.text
    assert pays(stage, path, amount="100", reference="F-8").status_code == 303
    [order] = orders(stage, link)
    assert (order["amount"], order["reference"], order["reference_verified"]) == (750, "F-7", True)


def test_the_page_sends_its_form_to_its_own_address(stage: Stage) -> None:
    """So that what was signed comes along: the form names no other address."""
    link = free(stage)
    page = stage.client.get(signed(stage, link, amount=750)).text
    assert '<form method="post" novalidate>' in page


def test_the_shop_may_sign_the_reference_and_leave_the_amount_to_the_shopper(stage: Stage) -> None:
    link = free(stage)
    path = signed(stage, link, reference='Café "8" \\ a+b&c')
    assert 'name="amount"' in stage.client.get(path).text
    pays(stage, path, amount="1 200")
    [order] = orders(stage, link)
    assert (order["amount"], order["reference"]) == (1_200, 'Café "8" \\ a+b&c')
    assert order["reference_verified"] is True


def test_the_shop_may_sign_the_amount_of_a_link_that_has_the_same(stage: Stage) -> None:
    link = free(stage, amount=2_500)
    pays(stage, signed(stage, link, amount=2_500, reference="F-7"))
    [order] = orders(stage, link)
    assert (order["amount"], order["reference"], order["reference_verified"]) == (2_500, "F-7", True)


def test_another_amount_than_the_links_own_is_refused_although_it_was_signed(stage: Stage) -> None:
    link = free(stage, amount=2_500)
    refused(stage, link, signed(stage, link, amount=100), 403)


def test_a_signed_and_an_unsigned_form_of_one_page_are_two_orders(stage: Stage) -> None:
    link = free(stage)
    pays(stage, signed(stage, link, amount=750, reference="F-7"))
    pays(stage, address(link), amount="750", reference="F-7")
    assert [order["reference_verified"] for order in orders(stage, link)] == [True, False]


@pytest.mark.parametrize(
    "altered",
    [
        {"amount": 75},
        {"amount": ""},
        {"reference": "F-8"},
        {"reference": ""},
        {"expires": ""},
        {"sig": ""},
        {"sig": "é" * 43},
        {"sig": "A" * 43},
    ],
)
def test_an_address_that_was_altered_takes_no_payment(stage: Stage, altered: dict[str, Any]) -> None:
    link = free(stage)
    asked = {"amount": 750, "reference": "F-7", "expires": soon(stage)}
    right = asked | {"sig": signature(stage, link, **asked)}
    refused(stage, link, address(link, **right | altered), 403, "Elle a été modifiée ou coupée en chemin.")
    assert stage.client.get(address(link, **right)).status_code == 200


def test_a_longer_life_than_was_signed_is_refused(stage: Stage) -> None:
    link = free(stage)
    sig = signature(stage, link, amount=750, expires=soon(stage))
    refused(stage, link, address(link, amount=750, expires=soon(stage) + 1, sig=sig), 403)


def test_the_signature_of_another_link_is_refused(stage: Stage) -> None:
    link, other = free(stage), free(stage)
    refused(stage, link, address(link, amount=750, sig=signature(stage, other, amount=750)), 403)
    # Nor may the store's other link be named in what is signed with this one's secret.
    renamed = signature(stage, link, slug=other.slug, amount=750)
    refused(stage, other, address(other, amount=750, sig=renamed), 403)


@pytest.mark.parametrize("name", ["amount", "reference", "expires", "sig"])
def test_an_address_that_says_one_thing_twice_is_refused(stage: Stage, name: str) -> None:
    link = free(stage)
    asked = {"amount": 750, "reference": "F-7", "expires": soon(stage)}
    right = asked | {"sig": signature(stage, link, **asked)}
    refused(stage, link, address(link, (name, right[name]), **right), 400)


@pytest.mark.parametrize(
    "malformed",
    [
        *({"amount": one} for one in ("0750", "+750", "750.0", " 750", "0", "-1", "٧٥٠", "1" * 11)),
        *({"expires": one} for one in ("0", "-1", "1e9", "2027-01-01", "1" * 13, "٣")),
        *({"reference": one} for one in ("x" * 101, "a\x00b", "a\nb", "a\u202eb", "a\u2028b", "a\x7fb")),
    ],
)
def test_what_can_be_signed_in_no_way_is_refused(stage: Stage, malformed: dict[str, str]) -> None:
    link = free(stage)
    refused(stage, link, address(link, **malformed, sig="A" * 43), 400)


def test_an_address_is_over_at_its_second(stage: Stage) -> None:
    link = free(stage)
    path = signed(stage, link, amount=750, expires=soon(stage))
    stage.passes(seconds=SOON - 1)
    assert stage.client.get(path).status_code == 200
    stage.passes(seconds=1)
    refused(stage, link, path, 410, "Cette adresse de paiement a expiré")


def test_the_hour_holds_unsigned_too(stage: Stage) -> None:
    link = free(stage)
    refused(stage, link, address(link, amount=750, expires=1), 410)
    refused(stage, link, address(link, amount=750, expires="bientôt"), 400)


def test_a_forger_does_not_learn_whether_the_time_is_over(stage: Stage) -> None:
    link = free(stage)
    refused(stage, link, address(link, amount=750, expires=1, sig="A" * 43), 403)


def test_a_link_that_is_off_says_so_first(stage: Stage) -> None:
    link = free(stage)
    path = signed(stage, link, amount=750)
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(update(PaymentLink).where(PaymentLink.id == link.id).values(enabled=False))
    assert "pas actif" in stage.client.get(path).text
    assert pays(stage, path).status_code == 410
