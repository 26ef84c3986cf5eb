"""The pay-in: who is heard, how liberally the request is read, and what the reply can be made to be."""

from typing import Any

import pytest

from portal.sandbox.recording import NoSocketToCut
from tests.sandbox.operators.moneyfusion_shop import PAY, Shop
from tests.sandbox.stage import Stage

WEBHOOKS_BEGIN = "payin.session.pending"


@pytest.fixture
def shop(stage: Stage) -> Shop:
    return Shop(stage)


def test_a_payment_is_opened(shop: Shop) -> None:
    answer = shop.asks()

    reply = answer.json
    assert reply is not None
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert set(reply) == {"statut", "token", "message", "url"}
    assert (reply["statut"], reply["message"]) == (True, "paiement en cours")
    assert 12 <= len(reply["token"]) <= 24
    assert reply["url"] == f"http://localhost/moneyfusion/page/{reply['token']}?nom=Ama KOFFI"


def test_every_payment_has_a_token_of_its_own(shop: Shop) -> None:
    assert shop.opens().token != shop.opens().token


@pytest.mark.parametrize("url", [PAY, PAY.rstrip("/"), "/moneyfusion/a/1/pay", "/moneyfusion/A_b-9/x/pay/"])
def test_any_app_and_id_is_a_merchant_with_and_without_the_slash(shop: Shop, url: str) -> None:
    assert shop.asks(url).json["statut"] is True  # type: ignore[index]


@pytest.mark.parametrize("url", ["/moneyfusion/a.b/x/pay/", f"/moneyfusion/a/{'x' * 65}/pay/"])
def test_a_url_of_another_shape_is_not_found(shop: Shop, url: str) -> None:
    assert shop.asks(url).status_code == 404


def test_the_url_of_the_page_without_its_raw_space(shop: Shop) -> None:
    shop.set(url_with_spaces=False, public_url="https://pay.example/")
    reply = shop.asks().json
    assert reply is not None
    assert reply["url"] == f"https://pay.example/moneyfusion/page/{reply['token']}"


def test_a_name_cannot_end_the_query_of_the_url(shop: Shop) -> None:
    reply = shop.asks(nomclient="Ama & Co#1 <é>").json
    assert reply is not None
    assert reply["url"].endswith("?nom=Ama  Co1 é")


@pytest.mark.parametrize("total", [2000, "2000", " 2000 ", 2000.0, "2000.00"])
def test_the_total_may_be_a_number_or_a_text(shop: Shop, total: object) -> None:
    assert shop.status(shop.opens(totalPrice=total).token)["Montant"] == 1940


@pytest.mark.parametrize("total", [True, "", "deux mille", 2000.5, "-5", [2000], {}, "9" * 11])
def test_a_total_that_is_none_is_refused(shop: Shop, total: object) -> None:
    reply = shop.asks(totalPrice=total).json
    assert reply is not None
    assert reply["statut"] is False
    assert "token" not in reply


@pytest.mark.parametrize(
    "article",
    [
        [{"sac": 100, "chaussure": 100}],
        [{"sac": 100}, {"chaussure": 100}],
        [{"name": "sac", "price": "200", "quantity": 1}],
        {"sac": 200},
        ["sac", "chaussure"],
        '[{"sac": 200}]',
        [],
    ],
)
def test_articles_may_have_any_of_their_shapes(shop: Shop, article: object) -> None:
    assert shop.asks(article=article).json["statut"] is True  # type: ignore[index]


@pytest.mark.parametrize("name", ["personal_Info", "return_url", "webhook_url"])
def test_what_is_optional_may_be_missing(shop: Shop, name: str) -> None:
    payer = shop.opens(**{name: None})
    payer.pays()
    assert payer.word == "paid"


@pytest.mark.parametrize("name", ["totalPrice", "article", "numeroSend", "nomclient"])
def test_what_is_required_may_not(shop: Shop, name: str) -> None:
    reply = shop.asks(**{name: None}).json
    assert reply is not None
    assert reply["statut"] is False
    assert name in reply["message"]


@pytest.mark.parametrize(("total", "accepted"), [(199, False), (200, True)])
def test_the_minimum(shop: Shop, total: int, accepted: bool) -> None:  # noqa: FBT001 - a case of the table
    reply = shop.asks(totalPrice=total).json
    assert reply is not None
    assert reply["statut"] is accepted
    assert accepted or "200" in reply["message"]


def test_the_minimum_and_the_status_of_a_refusal_are_settings(shop: Shop) -> None:
    shop.set(minimum=500, refusal_status=400)
    answer = shop.asks(totalPrice=499)
    assert (answer.status_code, answer.json["statut"]) == (400, False)  # type: ignore[index]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'"x"', b"[" * 100_000, b'{"totalPrice": ' + b"9" * 9_000]
)
def test_what_is_no_json_object_is_refused(shop: Shop, body: bytes) -> None:
    answer = shop.stage.browser.post(PAY, data=body, content_type="application/json")
    assert answer.status_code == 200
    assert answer.json["statut"] is False  # type: ignore[index]


@pytest.mark.parametrize("odd", [b"NaN", b'"\\ud800"', b"[" * 5_000 + b"]" * 5_000])
def test_what_could_not_be_said_again_is_refused(shop: Shop, odd: bytes) -> None:
    body = (
        b'{"totalPrice": 200, "article": [], "numeroSend": "1", "nomclient": "A", "personal_Info": %s}' % odd
    )
    answer = shop.stage.browser.post(PAY, data=body)
    assert answer.json["statut"] is False  # type: ignore[index]


def test_the_content_type_is_not_looked_at(shop: Shop) -> None:
    body = b'{"totalPrice": 200, "article": [], "numeroSend": 90000000, "nomclient": "A"}'
    answer = shop.stage.browser.post(PAY, data=body, content_type="text/plain")
    assert answer.get_json()["statut"] is True


@pytest.mark.parametrize(("address", "shown"), [("192.0.2.7", "192.0.2.7"), ("", "")])
def test_a_stranger_is_refused_by_address(shop: Shop, address: str, shown: str) -> None:
    answer = shop.stage.browser.post(PAY, json={}, environ_overrides={"REMOTE_ADDR": address})
    assert answer.json == {
        "statut": False,
        "message": f"IP non autorisée ou application non approuvée ({shown})",
    }


def test_the_callers_are_a_setting(shop: Shop) -> None:
    shop.set(callers=["192.0.2.0/24"])
    assert shop.asks().json["statut"] is False  # type: ignore[index]


def test_the_reply_can_be_slow(shop: Shop) -> None:
    shop.set(reply_delay=12.5)
    shop.opens()
    assert shop.stage.time.slept == 12.5


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html>Bad gateway</html>", "text/html"),
        ('{"statut": tr', "application/json"),
        ("", "application/json"),
    ],
)
def test_the_next_reply_can_be_replaced_though_the_payment_is_open(shop: Shop, body: str, kind: str) -> None:
    shop.set(replace_next_replies=1, replacement_body=body, replacement_status=503)
    answer = shop.asks()
    assert (answer.status_code, answer.text, answer.mimetype) == (503, body, kind)
    assert shop.asks().status_code == 200


def test_a_counted_number_of_replies_is_lost_after_acceptance(shop: Shop) -> None:
    shop.set(lose_next_replies=1, early_webhook=True)
    with pytest.raises(NoSocketToCut):
        shop.asks()
    assert shop.opens().word == "pending"

    lost, answered = [entry for entry in shop.stage.journal() if "/pay/" in entry["url"]]
    assert (lost["status"], lost["note"]) == (None, "reply lost on purpose")
    assert answered["status"] == 200
    assert shop.status(shop.heard[0]["tokenPay"])["statut"] == "pending"


def test_10_the_first_reply_to_a_number_is_lost_and_the_next_goes_through(shop: Shop) -> None:
    with pytest.raises(NoSocketToCut):
        shop.asks(numeroSend="90 00 00 10")
    payer = shop.opens(numeroSend="90 00 00 10")
    payer.pays("90 00 00 10")
    assert payer.word == "paid"
    with pytest.raises(NoSocketToCut):
        shop.asks(numeroSend="91 00 00 10")


def test_a_webhook_may_arrive_before_the_reply(shop: Shop) -> None:
    shop.set(early_webhook=True)
    shop.asks()
    (early,) = shop.heard
    assert (early["event"], early["statut"], early["moyen"]) == (WEBHOOKS_BEGIN, "pending", "")


def test_the_journal_keeps_the_key_of_the_url_to_itself(shop: Shop) -> None:
    shop.opens()
    shown = str(shop.stage.journal(operator="moneyfusion"))
    assert "/moneyfusion/demo-shop/[redacted]/pay/" in shown
    assert "k3y-0f-the-shop" not in shown


@pytest.mark.parametrize(
    ("personal", "reference"),
    [
        ([{"userId": 1, "orderId": 123}], "123"),
        ([{"reference": "att_9"}, {"reference": "other"}], "att_9"),
        ([{"shop": "first"}], "first"),
        ({"order_id": "o-1"}, "o-1"),
    ],
)
def test_the_merchant_s_reference_is_found_in_personal_info(
    shop: Shop, personal: Any, reference: str
) -> None:
    payer = shop.opens(personal_Info=personal)
    assert shop.status(payer.token)["personal_Info"] == personal
    assert len(shop.stage.journal(reference=reference)) == 2
