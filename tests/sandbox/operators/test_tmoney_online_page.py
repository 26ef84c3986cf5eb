"""The hosted page: what the shopper meets, step by step."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.stage import ACCOUNT, Stage

CANCEL = 'content="0;url=https://shop.example/cancel"'
DECLINE = 'content="0;url=https://shop.example/decline"'


def test_the_form_leads_to_a_page_of_the_same_origin(stage: Stage) -> None:
    answer = stage.order()
    assert answer.status_code == 303
    assert answer.location.startswith(f"{ACCOUNT}/page/")


def test_the_page_shows_what_is_paid_to_whom(stage: Stage) -> None:
    seen = stage.open(text="Merci & à bientôt", description="Trois pagnes", amount="12500").sees()
    for words in ("12\u202f500", "Boutique", "Merci &amp; à bientôt", "Trois pagnes"):
        assert words in seen


def test_an_empty_brand_shows_the_merchant_s_system_name(stage: Stage) -> None:
    stage.set(merchant_name="Chez Ama")
    assert "Chez Ama" in stage.open(brand="").sees()


def test_the_page_says_loudly_that_it_is_a_test(stage: Stage) -> None:
    shopper = stage.open()
    for _ in range(2):
        seen = shopper.sees()
        assert "Ceci est un test." in seen
        assert "Ne tapez jamais votre vrai code PIN." in seen
        assert "<details" in seen
        shopper.identifies()


def test_phone_pin_and_code_lead_to_confirmer(stage: Stage) -> None:
    shopper = stage.open()

    assert "Votre numéro de téléphone" in shopper.sees()
    assert shopper.identifies().status_code == 303
    assert "Code à usage unique" in shopper.sees()
    assert shopper.types_code().status_code == 303

    seen = shopper.sees()
    assert 'href="https://shop.example/accept">Confirmer' in seen
    assert "refresh" not in seen


def test_the_page_speaks_english_where_the_order_asks_for_it(stage: Stage) -> None:
    shopper = stage.open(language="en")
    assert '<html lang="en">' in shopper.sees()
    shopper.pays()
    assert ">Confirm<" in shopper.sees()


def test_the_payment_is_executed_before_confirmer_is_pressed(stage: Stage) -> None:
    stage.open().pays()
    stage.time.passes()
    assert stage.portal.words == ["OK"]


@pytest.mark.parametrize("phone", ["", "9000", "+33 6 12 34 56 78"])
def test_a_bad_phone_brings_the_form_back_with_what_was_typed(stage: Stage, phone: str) -> None:
    shopper = stage.open()

    answer = shopper.identifies(phone=phone)

    assert answer.status_code == 422
    assert 'id="phone-error"' in answer.text
    assert f'value="{phone}"' in answer.text
    assert "Essais restants" not in shopper.sees()


def test_a_phone_set_by_the_merchant_cannot_be_changed(stage: Stage) -> None:
    shopper = stage.open(phonenumber="+22890000000")
    seen = shopper.sees()
    assert 'name="phone"' not in seen
    assert "+228 90 00 00 00" in seen

    shopper.pays(phone="90 00 00 02")
    stage.time.passes()

    assert stage.portal.notices[0]["mobile"] == "22890000000"
    assert stage.portal.words == ["OK"]


def test_a_wrong_pin_counts_and_keeps_the_phone(stage: Stage) -> None:
    shopper = stage.open()
    shopper.identifies(pin="0000")
    seen = shopper.sees()
    assert "Essais restants\u202f: 2" in seen
    assert 'value="+228 90 00 00 00"' in seen


def test_the_right_pin_still_serves_after_two_wrong_ones(stage: Stage) -> None:
    shopper = stage.open()
    shopper.identifies(pin="0000")
    shopper.identifies(pin="0000")
    shopper.pays()
    stage.time.passes()
    assert stage.portal.words == ["OK"]


def test_the_third_wrong_pin_blocks(stage: Stage) -> None:
    shopper = stage.open()
    for _ in range(3):
        shopper.identifies(pin="0000")
    stage.time.passes()

    assert stage.portal.words == ["NOK AUTHENTICATION"]
    seen = shopper.sees()
    assert DECLINE in seen
    assert "bloqué" in seen


@pytest.mark.parametrize("pin", ["", "4711", "12345", "1234 "])
def test_any_other_pin_is_refused_uncounted_and_never_kept(stage: Stage, pin: str) -> None:
    shopper = stage.open()

    for _ in range(4):
        answer = shopper.identifies(pin=pin)

    assert answer.status_code == 422
    assert "Seuls les codes de démonstration 1234 et 0000" in answer.text
    assert 'name="pin" type="password" value=""' in answer.text
    assert "Essais restants" not in shopper.sees()
    assert "4711" not in str(stage.journal())


def test_a_wrong_code_comes_back_as_cancelled(stage: Stage) -> None:
    shopper = stage.open()
    shopper.identifies()
    shopper.types_code("654321")
    stage.time.passes()
    assert stage.portal.words == ["NOK CANCEL"]
    assert CANCEL in shopper.sees()


def test_no_code_at_all_is_asked_for_again(stage: Stage) -> None:
    shopper = stage.open()
    shopper.identifies()
    answer = shopper.types_code(" ")
    assert answer.status_code == 422
    assert 'id="otp-error"' in answer.text
    shopper.types_code(" 123456 ")
    stage.time.passes()
    assert stage.portal.words == ["OK"]


def test_annuler_on_the_first_page(stage: Stage) -> None:
    shopper = stage.open()
    shopper.cancels()
    stage.time.passes()
    assert stage.portal.words == ["NOK CANCEL"]
    assert stage.portal.notices[0]["mobile"] == ""
    assert CANCEL in shopper.sees()


def test_annuler_at_the_code(stage: Stage) -> None:
    shopper = stage.open()
    shopper.identifies()
    shopper.cancels()
    stage.time.passes()
    assert stage.portal.words == ["NOK CANCEL"]
    assert stage.portal.notices[0]["mobile"] == "22890000000"
    assert CANCEL in shopper.sees()


def test_annuler_comes_too_late_after_the_payment(stage: Stage) -> None:
    shopper = stage.open()
    shopper.pays()
    shopper.cancels()
    stage.time.passes()
    assert stage.portal.words == ["OK"]


def test_a_double_click_pays_once(stage: Stage) -> None:
    shopper = stage.open()
    shopper.identifies()
    with ThreadPoolExecutor(4) as clicks:
        answers = list(
            clicks.map(
                lambda _: stage.app.test_client().post(shopper.url, data={"act": "code", "otp": "123456"}),
                range(8),
            )
        )
    stage.time.passes()
    assert {answer.status_code for answer in answers} == {303}
    assert stage.portal.words == ["OK"]


def test_closing_the_browser_before_anything_was_typed_tells_nobody(stage: Stage) -> None:
    stage.open().sees()
    stage.time.passes(10_000)
    assert stage.portal.calls == []


@pytest.mark.parametrize("pin", ["1234", "0000"])
def test_closing_it_afterwards_lapses(stage: Stage, pin: str) -> None:
    shopper = stage.open()
    shopper.identifies(pin=pin)

    stage.time.passes(179)
    assert stage.portal.calls == []
    stage.time.passes(1)

    assert stage.portal.words == ["NOK EXPIRED_SESSION"]
    assert DECLINE in shopper.sees()


def test_a_payment_in_time_does_not_lapse(stage: Stage) -> None:
    stage.open().pays()
    stage.time.passes(1_000)
    assert stage.portal.words == ["OK"]


def test_without_return_urls_the_configured_ones_serve(stage: Stage) -> None:
    stage.set(accept_url="https://configured.example/yes")
    shopper = stage.open(accepturl=None)
    shopper.pays()
    assert 'href="https://configured.example/yes"' in shopper.sees()


@pytest.mark.parametrize("ends", ["cancels", "pays"])
def test_without_any_return_url_the_page_says_that_it_may_be_closed(stage: Stage, ends: str) -> None:
    shopper = stage.open(accepturl=None, cancelurl="")
    getattr(shopper, ends)()
    seen = shopper.sees()
    assert "Vous pouvez fermer cette page." in seen
    assert "refresh" not in seen


def test_an_unknown_page_is_not_found(stage: Stage) -> None:
    for answer in (stage.browser.get(f"{ACCOUNT}/page/x"), stage.browser.post(f"{ACCOUNT}/page/x")):
        assert answer.status_code == 404
        assert "Ceci est un test." in answer.text


def test_a_page_is_not_found_under_another_account(stage: Stage) -> None:
    shopper = stage.open()
    shopper.url = shopper.url.replace("acc_demo", "acc_other")
    assert shopper.identifies().status_code == 404


def test_what_the_merchant_sends_is_shown_as_text(stage: Stage) -> None:
    assert "<script>" not in stage.open(brand="<script>alert(1)</script>").sees()
