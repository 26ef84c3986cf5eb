"""The thirteen endings, and the notification that they bend."""

import pytest

from portal.sandbox.outgoing import Answer
from tests.sandbox.stage import MERCHANT, PORTAL, Stage

BARE = "/tmoney-online/online"
REFUSED = Answer(503)


def paid(stage: Stage, ending: str) -> None:
    stage.open().pays(f"90 00 00 {ending}")


def test_a_notification_carries_every_parameter(stage: Stage) -> None:
    stage.open(purchaseref="att & 1").pays()
    stage.time.passes()

    call, notice = stage.portal.calls[0], stage.portal.notices[0]
    assert call.method == "GET"
    assert call.source == ""
    assert call.url.startswith(f"{PORTAL}/notify/tmoney-online/acc_demo?purchaseref=att+%26+1&amount=2500&")
    assert notice.pop("paymentref").isdecimal()
    assert notice.pop("payid").isdecimal()
    assert notice == {
        "purchaseref": "att & 1",
        "amount": "2500",
        "currency": "952",
        "status": "OK",
        "clientid": "TM22890000000",
        "cname": "Akossiwa Dédé LAWSON",
        "mobile": "22890000000",
        "timestamp": "1469024554",
        "error": "",
        "ipaddr": "127.0.0.1",
    }


def test_the_name_is_encoded_with_plus_for_spaces(stage: Stage) -> None:
    paid(stage, "00")
    stage.time.passes()
    assert "cname=Akossiwa+D%C3%A9d%C3%A9+LAWSON" in stage.portal.calls[0].url


def test_every_payment_has_references_of_its_own(stage: Stage) -> None:
    for _ in range(3):
        paid(stage, "00")
    stage.time.passes()
    for name in ("payid", "paymentref"):
        assert len({notice[name] for notice in stage.portal.notices}) == 3


@pytest.mark.parametrize("ending", ["00", "10", "13", "99"])
def test_what_approves(stage: Stage, ending: str) -> None:
    paid(stage, ending)
    stage.time.passes(100)
    assert stage.portal.words == ["OK"]


def test_01_the_customer_cancels_after_the_code(stage: Stage) -> None:
    shopper = stage.open()
    shopper.pays("90 00 00 01")
    stage.time.passes()
    assert stage.portal.words == ["NOK CANCEL"]
    assert "url=https://shop.example/cancel" in shopper.sees()


def test_02_the_operator_refuses(stage: Stage) -> None:
    shopper = stage.open()
    shopper.pays("90 00 00 02")
    stage.time.passes()
    assert stage.portal.words == ["NOK PAYMENT_FAILED"]
    assert "url=https://shop.example/decline" in shopper.sees()


def test_03_every_pin_is_wrong(stage: Stage) -> None:
    shopper = stage.open()
    for _ in range(3):
        assert "Code à usage unique" not in shopper.sees()
        shopper.identifies("90 00 00 03", pin="1234")
    stage.time.passes()
    assert stage.portal.words == ["NOK AUTHENTICATION"]
    assert "url=https://shop.example/decline" in shopper.sees()


def test_04_nobody_acts(stage: Stage) -> None:
    shopper = stage.open()
    shopper.identifies("90 00 00 04")
    assert "Le client s’en va" in shopper.sees()

    shopper.types_code()
    shopper.cancels()
    stage.time.passes(179)
    assert stage.portal.calls == []
    stage.time.passes(1)
    assert stage.portal.words == ["NOK EXPIRED_SESSION"]


def test_05_the_notification_comes_after_20_seconds(stage: Stage) -> None:
    shopper = stage.open()
    shopper.pays("90 00 00 05")
    assert "Confirmer" in shopper.sees()
    stage.time.passes(19.5)
    assert stage.portal.calls == []
    stage.time.passes(0.5)
    assert stage.portal.words == ["OK"]


def test_06_every_notification_comes_three_times(stage: Stage) -> None:
    paid(stage, "06")
    stage.time.passes()
    assert stage.portal.words == ["OK", "OK", "OK"]
    assert len({call.url for call in stage.portal.calls}) == 1


def test_06_holds_for_a_cancellation_too(stage: Stage) -> None:
    shopper = stage.open()
    shopper.identifies("90 00 00 06")
    shopper.cancels()
    stage.time.passes()
    assert stage.portal.words == ["NOK CANCEL"] * 3


def test_07_a_stale_failure_follows_the_success(stage: Stage) -> None:
    paid(stage, "07")
    stage.time.passes(0.5)
    assert stage.portal.words == ["OK"]
    stage.time.passes(0.5)

    assert stage.portal.words == ["OK", "NOK PAYMENT_FAILED"]
    success, stale = stage.portal.notices
    assert stale["purchaseref"] == success["purchaseref"]
    assert int(stale["timestamp"]) < int(success["timestamp"])


def test_07_nothing_follows_a_cancellation(stage: Stage) -> None:
    shopper = stage.open()
    shopper.identifies("90 00 00 07")
    shopper.cancels()
    stage.time.passes(100)
    assert stage.portal.words == ["NOK CANCEL"]


@pytest.mark.parametrize(("asked", "paid_amount"), [("2500", "1250"), ("101", "50")])
def test_08_a_smaller_amount_is_paid(stage: Stage, asked: str, paid_amount: str) -> None:
    stage.open(amount=asked).pays("90 00 00 08")
    stage.time.passes()
    assert stage.portal.words == ["OK"]
    assert stage.portal.notices[0]["amount"] == paid_amount


def test_09_nothing_is_ever_notified(stage: Stage) -> None:
    shopper = stage.open()
    shopper.pays("90 00 00 09")
    assert "Confirmer" in shopper.sees()
    stage.time.passes(10_000)
    assert stage.portal.calls == []


def test_11_the_notification_comes_before_the_answer(stage: Stage) -> None:
    paid(stage, "11")
    assert stage.portal.words == ["OK"]


def test_12_a_forged_notification_from_a_foreign_address_comes_first(stage: Stage) -> None:
    stage.portal.answers = [Answer(403), Answer(200)]
    paid(stage, "12")
    stage.time.passes(1_000)

    forged, true = stage.portal.calls
    assert (forged.source, true.source) == ("127.0.0.66", "")
    assert stage.portal.words == ["OK", "OK"]
    assert stage.portal.notices[0]["payid"] != stage.portal.notices[1]["payid"]


def test_12_the_forger_says_ok_where_the_customer_cancelled(stage: Stage) -> None:
    stage.set(foreign_address="127.9.9.9")
    shopper = stage.open()
    shopper.identifies("90 00 00 12")
    shopper.cancels()
    stage.time.passes()
    assert stage.portal.words == ["OK", "NOK CANCEL"]
    assert stage.portal.calls[0].source == "127.9.9.9"


def test_a_notification_is_repeated_until_it_is_heard(stage: Stage) -> None:
    stage.portal.answers = [REFUSED, Answer(None, note="no answer"), Answer(302), Answer(202)]
    start = stage.time.now
    paid(stage, "00")
    stage.time.passes(10_000)
    assert [at - start for at in stage.portal.heard_at] == [0, 5, 35, 335]
    assert len({call.url for call in stage.portal.calls}) == 1


def test_and_no_longer_than_the_schedule(stage: Stage) -> None:
    stage.set(retry_after=[0, 1])
    stage.portal.answers = [REFUSED] * 5
    paid(stage, "00")
    stage.time.passes(10_000)
    assert len(stage.portal.calls) == 2


def test_a_late_notification_is_a_setting(stage: Stage) -> None:
    stage.set(notify_delay_seconds=3, notify_timeout_seconds=2)
    paid(stage, "00")
    stage.time.passes(2)
    assert stage.portal.calls == []
    stage.time.passes(1)
    assert stage.portal.calls[0].timeout == 2


def test_the_bare_path_notifies_the_url_of_the_setting(stage: Stage) -> None:
    stage.set(notify_urls={MERCHANT: "https://other.example/cb?shop=1"})
    stage.open(BARE).pays()
    stage.time.passes()
    assert stage.portal.calls[0].url.startswith("https://other.example/cb?shop=1&purchaseref=att_1&")


def test_without_a_known_url_nothing_is_sent_and_the_journal_says_so(stage: Stage) -> None:
    shopper = stage.open(BARE)
    assert shopper.url.startswith(f"{BARE}/page/")
    shopper.pays()
    stage.time.passes(10_000)

    assert stage.portal.calls == []
    (unsent,) = [entry for entry in stage.journal(reference="att_1") if entry["direction"] == "out"]
    assert unsent["note"].startswith("not sent")
