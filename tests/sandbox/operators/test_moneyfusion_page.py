"""The hosted page: what the shopper meets, step by step, and how they come back."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.operators.moneyfusion_shop import Shop
from tests.sandbox.stage import Stage


@pytest.fixture
def shop(stage: Stage) -> Shop:
    return Shop(stage)


def test_the_url_of_the_reply_leads_to_the_page_with_its_quoted_space(shop: Shop) -> None:
    payer = shop.opens()
    answer = shop.stage.browser.get(f"{payer.url}?nom=Ama%20KOFFI")
    assert answer.status_code == 200
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_page_shows_what_is_paid_and_by_whom(shop: Shop) -> None:
    seen = shop.opens(totalPrice=12_500, nomclient="Ama <b> KOFFI").sees()
    for words in ("12\u202f500", "Ama &lt;b&gt; KOFFI", 'value="90000000"', "T-Money", "Wave", "Visa"):
        assert words in seen


def test_the_page_says_loudly_that_it_is_a_test(shop: Shop) -> None:
    payer = shop.opens()
    for _ in range(2):
        seen = payer.sees()
        assert "Ceci est un test." in seen
        assert "Ne tapez jamais votre vrai code PIN." in seen
        assert "<details" in seen
        payer.identifies()


def test_phone_pin_and_code_lead_back_to_the_merchant(shop: Shop) -> None:
    payer = shop.opens()
    assert "Votre numéro de téléphone" in payer.sees()
    assert payer.identifies().status_code == 303
    assert ">Confirmer<" in payer.sees()
    assert payer.types_code().status_code == 303

    seen = payer.sees()
    assert f'href="https://shop.example/back?a=1&amp;token={payer.token}"' in seen
    assert "Revenir chez le marchand" in seen
    assert "refresh" not in seen


@pytest.mark.parametrize("return_url", [None, "back", "javascript:alert(1)"])
def test_without_a_way_back_the_page_says_that_it_may_be_closed(shop: Shop, return_url: str | None) -> None:
    payer = shop.opens(return_url=return_url)
    payer.pays()
    assert "Vous pouvez fermer cette page." in payer.sees()
    assert "javascript" not in payer.sees()


@pytest.mark.parametrize(
    ("return_url", "back"),
    [
        ("https://shop.example/back", "https://shop.example/back?token="),
        (" https://shop.example/back ", "https://shop.example/back?token="),
        ("https://shop.example/?p=a%20b&token=x", "https://shop.example/?p=a+b&amp;token=x&amp;token="),
    ],
)
def test_the_token_is_added_to_the_query_that_is_there(shop: Shop, return_url: str, back: str) -> None:
    payer = shop.opens(return_url=return_url)
    payer.pays()
    assert f'href="{back}{payer.token}"' in payer.sees()


@pytest.mark.parametrize("ending", ["01", "02"])
def test_what_failed_leads_back_by_itself(shop: Shop, ending: str) -> None:
    payer = shop.paid(ending)
    assert f'content="0;url=https://shop.example/back?a=1&amp;token={payer.token}"' in payer.sees()


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "", "fr"),
        ("", "en-GB,en;q=0.9", "en"),
        ("?lang=fr", "en", "fr"),
        ("?lang=en", "fr", "en"),
        ("", "de", "fr"),
    ],
)
def test_the_page_speaks_the_language_asked_for(shop: Shop, query: str, header: str, language: str) -> None:
    payer = shop.opens()
    payer.url += query
    headers = {"Accept-Language": header}
    assert f'<html lang="{language}">' in payer.sees(headers=headers)


def test_the_language_chosen_stays_after_a_form(shop: Shop) -> None:
    payer = shop.opens()
    payer.url += "?lang=en"
    assert payer.identifies().location.endswith("?lang=en")
    assert ">Confirm<" in payer.sees()


@pytest.mark.parametrize("phone", ["", "9000", "+33 6 12 34 56 78 90 12 34", "abc"])
def test_a_bad_phone_brings_the_form_back_with_what_was_typed(shop: Shop, phone: str) -> None:
    payer = shop.opens()
    answer = payer.identifies(phone=phone, moyen="wave-ci")
    assert answer.status_code == 422
    assert 'id="phone-error"' in answer.text
    assert f'value="{phone}"' in answer.text
    assert '<option value="wave-ci" selected>' in answer.text
    assert "Essais restants" not in payer.sees()


def test_a_wallet_that_is_not_on_the_list_is_asked_for_again(shop: Shop) -> None:
    answer = shop.opens().identifies(moyen="bitcoin")
    assert answer.status_code == 422
    assert 'id="moyen-error"' in answer.text


def test_a_wrong_pin_counts_and_the_third_blocks(shop: Shop) -> None:
    payer = shop.opens()
    payer.identifies(pin="0000")
    assert "Essais restants\u202f: 2" in payer.sees()
    assert 'value="90000000"' in payer.sees()
    payer.identifies(pin="0000")
    assert payer.word == "pending"
    payer.identifies(pin="0000")
    assert payer.word == "failure"
    assert "bloqué" in payer.sees()


@pytest.mark.parametrize("pin", ["", "4711", "12345", "1234 "])
def test_any_other_pin_is_refused_uncounted_and_never_kept(shop: Shop, pin: str) -> None:
    payer = shop.opens()
    for _ in range(4):
        answer = payer.identifies(pin=pin)
    assert answer.status_code == 422
    assert "Seuls les codes de démonstration 1234 et 0000" in answer.text
    assert 'name="pin" type="password" value=""' in answer.text
    assert "Essais restants" not in payer.sees()
    assert "4711" not in str(shop.stage.journal())


def test_pin_and_code_stay_out_of_the_journal(shop: Shop) -> None:
    shop.paid("00")
    shown = [entry["body"] for entry in shop.stage.journal() if entry["method"] == "POST"]
    assert "pin=[redacted]" in str(shown)
    assert "otp=[redacted]" in str(shown)
    assert "123456" not in str(shown)


def test_a_wrong_code_cancels_and_none_is_asked_for_again(shop: Shop) -> None:
    payer = shop.opens()
    payer.identifies()
    answer = payer.types_code(" ")
    assert (answer.status_code, 'id="otp-error"' in answer.text) == (422, True)
    payer.types_code("654321")
    assert payer.word == "failure"
    assert "Paiement annulé" in payer.sees()


def test_annuler_on_the_first_page_and_at_the_code(shop: Shop) -> None:
    for begin in (False, True):
        payer = shop.opens()
        if begin:
            payer.identifies()
        payer.cancels()
        assert payer.word == "failure"
    shop.stage.time.passes()
    assert shop.events == ["cancelled", "pending", "cancelled"]


def test_annuler_comes_too_late_after_the_payment(shop: Shop) -> None:
    payer = shop.paid("00")
    payer.cancels()
    payer.identifies("90 00 00 02")
    assert payer.word == "paid"


def test_a_double_click_pays_once(shop: Shop) -> None:
    payer = shop.opens()
    payer.identifies()
    with ThreadPoolExecutor(4) as clicks:
        answers = list(
            clicks.map(
                lambda _: shop.stage.app.test_client().post(payer.url, data={"act": "code", "otp": "123456"}),
                range(8),
            )
        )
    shop.stage.time.passes()
    assert {answer.status_code for answer in answers} == {303}
    assert shop.events == ["pending", "completed"]
    assert len(shop.stage.ledger()) == 1


def test_a_late_shopper_still_pays_what_was_not_paid(shop: Shop) -> None:
    payer = shop.opens()
    payer.identifies()
    shop.stage.time.passes(200)
    assert payer.word == "no paid"
    payer.types_code()
    assert payer.word == "paid"
    shop.stage.time.passes(1_000)
    assert payer.word == "paid"


def test_a_page_that_nobody_begins_fails_after_twenty_minutes(shop: Shop) -> None:
    payer = shop.opens()
    payer.sees()
    shop.stage.time.passes(1_199)
    assert payer.word == "pending"
    shop.stage.time.passes(1)
    assert payer.word == "failure"
    assert shop.events == ["cancelled"]
    assert "Paiement expiré" in payer.sees()


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_page_is_not_found(shop: Shop, method: str) -> None:
    answer = getattr(shop.stage.browser, method)("/moneyfusion/page/x")
    assert answer.status_code == 404
    assert "Ceci est un test." in answer.text
