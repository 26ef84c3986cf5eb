"""The thirteen endings, and the webhooks that they bend; 10 stands with the pay-in."""

import pytest

from portal.sandbox.outgoing import Answer
from tests.sandbox.operators.moneyfusion_shop import HOOK, ORDER, Shop
from tests.sandbox.stage import Stage

REFUSED = Answer(503)


@pytest.fixture
def shop(stage: Stage) -> Shop:
    return Shop(stage)


def test_a_webhook_carries_every_field(shop: Shop) -> None:
    payer = shop.paid("00")
    shop.stage.time.passes()

    call = shop.stage.portal.calls[-1]
    assert (call.method, call.url, call.content_type) == ("POST", HOOK, "application/json")
    assert call.source == ""
    assert shop.heard[-1] == {
        "event": "payin.session.completed",
        "personal_Info": [{"reference": "att_1"}],
        "tokenPay": payer.token,
        "numeroSend": "90000000",
        "nomclient": "Ama KOFFI",
        "numeroTransaction": "90000000",
        "Montant": 1940,
        "frais": 60,
        "statut": "paid",
        "moyen": "t-money-togo",
        "return_url": ORDER["return_url"],
        "webhook_url": HOOK,
        "createdAt": "2016-07-20T14:22:34.000Z",
    }


@pytest.mark.parametrize("ending", ["00", "13", "99"])
def test_what_approves(shop: Shop, ending: str) -> None:
    payer = shop.paid(ending)
    shop.stage.time.passes(10_000)
    assert shop.events == ["pending", "completed"]
    assert payer.word == "paid"


def test_the_number_typed_on_the_page_decides_and_not_the_merchant_s(shop: Shop) -> None:
    assert shop.paid("02", numeroSend="90000000").word == "failure"
    assert shop.paid("00", numeroSend="90000002").word == "paid"


def test_01_the_customer_cancels(shop: Shop) -> None:
    payer = shop.paid("01")
    shop.stage.time.passes()
    assert shop.events == ["pending", "cancelled"]
    assert (payer.word, shop.heard[-1]["statut"]) == ("failure", "failure")
    assert "Paiement annulé" in payer.sees()


def test_the_word_for_a_cancelled_payment_is_a_setting(shop: Shop) -> None:
    shop.set(cancelled_status="no paid")
    assert shop.paid("01").word == "no paid"


@pytest.mark.parametrize("word", ["failure", "failed"])
def test_02_the_operator_refuses(shop: Shop, word: str) -> None:
    shop.set(failed_status=word)
    payer = shop.paid("02")
    shop.stage.time.passes()
    assert shop.events == ["pending", "cancelled"]
    assert (payer.word, shop.heard[-1]["statut"]) == (word, word)


def test_03_every_pin_is_wrong(shop: Shop) -> None:
    payer = shop.opens()
    for _ in range(3):
        assert "Code à usage unique" not in payer.sees()
        payer.identifies("90 00 00 03")
    shop.stage.time.passes()
    assert payer.word == "failure"
    assert shop.events == ["pending", "cancelled"]


def test_04_nobody_acts(shop: Shop) -> None:
    payer = shop.opens()
    payer.identifies("90 00 00 04")
    assert "Le client s’en va" in payer.sees()
    payer.types_code()
    payer.cancels()

    shop.stage.time.passes(179)
    assert payer.word == "pending"
    shop.stage.time.passes(1)
    assert payer.word == "no paid"
    assert shop.events == ["pending"]
    shop.stage.time.passes(180)
    assert payer.word == "failure"
    assert shop.events == ["pending", "cancelled"]


def test_05_the_payment_is_approved_after_20_seconds(shop: Shop) -> None:
    payer = shop.paid("05")
    assert "Paiement en cours" in payer.sees()
    assert "Revenir chez le marchand" in payer.sees()
    shop.stage.time.passes(19.5)
    assert (payer.word, shop.events) == ("pending", ["pending"])
    shop.stage.time.passes(0.5)
    assert (payer.word, shop.events) == ("paid", ["pending", "completed"])
    assert "Paiement effectué" in payer.sees()


def test_05_does_not_lapse_while_it_is_slow(shop: Shop) -> None:
    shop.set(slow_seconds=1_000)
    payer = shop.paid("05")
    shop.stage.time.passes(999)
    assert payer.word == "pending"
    shop.stage.time.passes(1)
    assert payer.word == "paid"


def test_06_every_webhook_comes_three_times(shop: Shop) -> None:
    shop.paid("06")
    shop.stage.time.passes()
    assert sorted(shop.events) == ["completed"] * 3 + ["pending"] * 3
    assert len({call.body for call in shop.stage.portal.calls}) == 2


def test_07_stale_words_follow_the_success(shop: Shop) -> None:
    payer = shop.paid("07")
    shop.stage.time.passes(100)
    assert shop.events == ["pending", "completed", "pending", "cancelled"]
    assert [body["statut"] for body in shop.heard[2:]] == ["pending", "failure"]
    assert payer.word == "paid"


def test_07_the_stale_words_are_a_setting(shop: Shop) -> None:
    shop.set(stale_events=["payin.session.cancelled"], stale_after_seconds=5)
    shop.paid("07")
    shop.stage.time.passes(4)
    assert shop.events == ["pending", "completed"]
    shop.stage.time.passes(1)
    assert shop.events == ["pending", "completed", "cancelled"]


@pytest.mark.parametrize(("asked", "paid"), [(2000, 1000), (201, 100)])
def test_08_a_smaller_amount_is_paid(shop: Shop, asked: int, paid: int) -> None:
    data = shop.status(shop.paid("08", totalPrice=asked).token)
    assert data["statut"] == "paid"
    assert data["Montant"] + data["frais"] == paid
    assert shop.stage.ledger()[0]["amount"] == paid


def test_09_nothing_is_ever_sent_but_the_status_tells_the_truth(shop: Shop) -> None:
    payer = shop.paid("09")
    shop.stage.time.passes(10_000)
    assert shop.stage.portal.calls == []
    assert payer.word == "paid"


def test_09_holds_for_the_number_that_the_merchant_gave(shop: Shop) -> None:
    shop.set(early_webhook=True, pending_when_opened=True)
    payer = shop.opens(numeroSend="90000009")
    payer.sees()
    payer.cancels()
    shop.stage.time.passes(10_000)
    assert shop.stage.portal.calls == []


def test_11_the_webhook_comes_before_the_page_answers(shop: Shop) -> None:
    shop.paid("11")
    assert shop.events == ["pending", "completed"]


def test_12_a_forged_webhook_comes_before_anything_is_paid(shop: Shop) -> None:
    shop.stage.portal.answers = [Answer(403)]
    payer = shop.opens()
    payer.identifies("90 00 00 12")
    shop.stage.time.passes()
    assert payer.word == "pending"
    payer.types_code()
    shop.stage.time.passes(1_000)

    forged, pending, true = shop.stage.portal.calls
    assert (forged.source, pending.source, true.source) == ("127.0.0.66", "", "")
    assert shop.events == ["completed", "pending", "completed"]
    assert [body["Montant"] for body in shop.heard] == [4000, 1940, 1940]
    assert {body["tokenPay"] for body in shop.heard} == {payer.token}


def test_12_the_forger_says_paid_where_the_customer_cancelled(shop: Shop) -> None:
    shop.set(foreign_address="127.9.9.9", pending_when_begun=False)
    payer = shop.opens(numeroSend="90000012")
    payer.cancels()
    shop.stage.time.passes()
    assert shop.events == ["completed", "cancelled"]
    assert shop.stage.portal.calls[0].source == "127.9.9.9"
    assert payer.word == "failure"


def test_pending_is_said_when_the_page_is_opened_where_that_is_the_setting(shop: Shop) -> None:
    shop.set(pending_when_opened=True)
    payer = shop.opens()
    payer.sees()
    payer.sees()
    shop.stage.time.passes()
    assert shop.events == ["pending"]


def test_pending_need_not_be_said_at_all(shop: Shop) -> None:
    shop.set(pending_when_begun=False)
    shop.paid("00")
    shop.stage.time.passes()
    assert shop.events == ["completed"]


def test_a_webhook_is_repeated_until_it_is_heard(shop: Shop) -> None:
    shop.set(pending_when_begun=False)
    shop.stage.portal.answers = [REFUSED, Answer(None, note="no answer"), Answer(302), Answer(202)]
    start = shop.stage.time.now
    shop.paid("00")
    shop.stage.time.passes(10_000)
    assert [at - start for at in shop.stage.portal.heard_at] == [0, 5, 35, 335]
    assert len({call.body for call in shop.stage.portal.calls}) == 1


def test_a_late_webhook_and_its_patience_are_settings(shop: Shop) -> None:
    shop.set(notify_delay_seconds=3, notify_timeout_seconds=2, retry_after=[0])
    shop.stage.portal.answers = [REFUSED] * 5
    shop.paid("00")
    shop.stage.time.passes(2)
    assert shop.stage.portal.calls == []
    shop.stage.time.passes(1_000)
    assert [call.timeout for call in shop.stage.portal.calls] == [2, 2]


@pytest.mark.parametrize("url", [None, "", "not an address", "http://[", "ftp://shop.example/"])
def test_without_an_address_nothing_is_sent_and_the_journal_says_so(shop: Shop, url: str | None) -> None:
    payer = shop.opens(webhook_url=url)
    payer.pays()
    shop.stage.time.passes(10_000)
    assert shop.stage.portal.calls == []
    assert payer.word == "paid"
    unsent = [entry for entry in shop.stage.journal(reference="att_1") if entry["direction"] == "out"]
    assert unsent
    assert all(entry["note"].startswith("not sent") for entry in unsent)
