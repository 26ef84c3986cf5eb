"""What a look at the pictures found wanting once, held for good: what is urgent stands first, numbers can be read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect

from tests.browser import chromium
from tests.browser.shopper import Shopper
from tests.browser.stand import Stand
from tests.journeys.endings import BY_DIGITS, PAID
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-doubts")]

PHONE = "+228\u00a090\u00a000\u00a000\u00a000"


def test_what_was_refused_is_said_above_everything_else(
    shopper: Callable[..., Shopper], stack: Stack
) -> None:
    """Below the fold of a small phone nobody reads why nothing happened."""
    order = stack.open_order()
    first, second = shopper(), shopper()
    second.open(order["checkout_url"])
    first.open(order["checkout_url"])
    first.choose()
    second.press("Annuler et revenir à la boutique")
    second.watch.answers.add(409)
    assert bottom(second.page, "[role=alert]") <= box(second.page, "h1")["y"]


def test_the_merchants_number_is_written_in_pairs_and_the_order_has_a_line_of_its_own(
    shopper: Callable[..., Shopper], stack: Stack
) -> None:
    someone = shopper()
    order = stack.open_order()
    someone.open(order["checkout_url"])
    call = someone.page.locator(".help a[href^='tel:']")
    assert (call.inner_text(), call.get_attribute("href")) == (PHONE, "tel:+22890000000")
    assert someone.page.locator(".help").inner_text().splitlines()[0] == f"Commande {order['id']}."


def test_enter_in_the_number_chooses_nobody(shopper: Callable[..., Shopper], stack: Stack) -> None:
    """Four buttons, and none was pressed: the browser would press the first."""
    someone = shopper()
    someone.open(stack.open_order()["checkout_url"])
    someone.page.fill("#phone", "90 00 00 04")
    someone.page.press("#phone", "Enter")
    someone.page.wait_for_timeout(200)
    assert someone.page.url == someone.checkout
    assert someone.order["attempts"] == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_wrong_number_has_the_focus_and_stays_as_it_was_typed(
    shopper: Callable[..., Shopper], stack: Stack, language: str
) -> None:
    someone = shopper(language)
    someone.open(stack.open_order()["checkout_url"])
    someone.watch.answers.add(422)
    someone.page.fill("#phone", "12")
    someone.follow(someone.page.locator(".wallet[formaction$='/flooz']"))
    someone.reads("Tapez un numéro du Togo à 8 chiffres, par exemple 90 11 22 33.")
    expect(someone.page.locator("#phone")).to_be_focused()
    expect(someone.page.locator("#phone")).to_have_value("12")


@pytest.mark.parametrize(("language", "pair"), [("fr", "11"), ("en", "22")])
def test_a_push_names_its_telephone_in_one_piece_and_is_asked_about_on_wish(
    shopper: Callable[..., Shopper], stack: Stack, language: str, pair: str
) -> None:
    """A telephone each: Flooz asks none for two payments at once."""
    someone = shopper(language)
    someone.open(stack.open_order()["checkout_url"])
    someone.page.fill("#phone", f"90 00 {pair} 04")
    someone.follow(someone.page.locator(".wallet[formaction$='/flooz']"))
    someone.press("Vérifier maintenant")
    someone.reads(
        "Nous demandons à %(operator)s où en est votre paiement. La réponse s'affichera ici.",
        operator="Moov Money",
    )
    someone.reads("Confirmez sur votre téléphone")
    assert f"+228\u00a090\u00a000\u00a0{pair}\u00a004" in someone.page.locator("main").inner_text()


def test_the_fields_of_a_form_keep_their_distance(browser: Browser, stack: Stack) -> None:
    """A label belongs to the field below it, so it stands nearer to that than to the field above."""
    with browser.new_context(**chromium.options("fr")) as context:
        stand = Stand(context.new_page(), stack, "fr")
        stand.open("/login")
        stand.submit(email=stack.email, password=stack.password)
        stand.open(stand.new_link("Don pour l'école", prefill=True))
        above = bottom(stand.page, "#amount")
        label = box(stand.page, "label[for=reference]")
        assert (
            label["y"] - above
            >= box(stand.page, "#reference")["y"] - bottom(stand.page, "label[for=reference]") + 12
        )


def test_money_that_does_not_fit_is_named(shopper: Callable[..., Shopper]) -> None:
    """Whoever paid 250 of 500 must be able to see which payment the merchant is looking at."""
    someone = shopper("en")
    someone.open_link()
    someone.pay(BY_DIGITS["08"])
    someone.reads(BY_DIGITS["08"].reads)
    assert someone.page.locator("main dl").inner_text().split("\n") == ["Received", "250\u00a0F\u00a0CFA"]


def test_a_receipt_is_called_one_in_either_language(shopper: Callable[..., Shopper]) -> None:
    someone = shopper("en")
    someone.open_link()
    someone.pay(BY_DIGITS["00"])
    someone.reads(PAID)
    someone.press("Voir le reçu")
    someone.reads("Reçu de paiement")
    assert someone.page.title().startswith("Payment receipt")


def box(page: Page, selector: str) -> FloatRect:
    found = page.locator(selector).bounding_box()
    assert found, f"{selector} is not seen"
    return found


def bottom(page: Page, selector: str) -> float:
    return box(page, selector)["y"] + box(page, selector)["height"]
