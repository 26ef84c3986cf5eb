"""The session id: asked for by the merchant's server alone, good for one order and for 180 s."""

import pytest

from portal.sandbox.recording import NoSocketToCut
from tests.sandbox.stage import ACCOUNT, MERCHANT, Stage

URL = f"{ACCOUNT}/online.php"


def test_a_merchant_is_given_a_session_of_32_digits(stage: Stage) -> None:
    answer = stage.browser.get(URL, query_string={"merchantid": MERCHANT})

    word, _, session = answer.text.partition(":")
    assert (answer.status_code, answer.mimetype, word) == (200, "text/plain", "OK")
    assert len(session) == 32
    assert session.isdecimal()


def test_every_session_is_another(stage: Stage) -> None:
    assert stage.session() != stage.session()


@pytest.mark.parametrize(
    "merchant", ["", "123456789012345", "12345678901234567", "123456789012345x", "١" * 16]
)
def test_a_merchant_id_that_is_not_16_digits_is_unknown(stage: Stage, merchant: str) -> None:
    answer = stage.browser.get(URL, query_string={"merchantid": merchant})
    assert answer.text == "NOK:UNKNOWN_MERCHANT"


def test_a_merchant_can_be_made_unknown(stage: Stage) -> None:
    stage.set(unknown_merchants=[MERCHANT])
    answer = stage.browser.get(URL, query_string={"merchantid": MERCHANT})
    assert answer.text == "NOK:UNKNOWN_MERCHANT"


@pytest.mark.parametrize("address", ["192.0.2.7", "", "not an address"])
def test_a_stranger_is_refused(stage: Stage, address: str) -> None:
    answer = stage.browser.get(
        URL, query_string={"merchantid": MERCHANT}, environ_overrides={"REMOTE_ADDR": address}
    )
    assert (answer.status_code, answer.text) == (403, "NOK:UNKNOWN_CALLER")


@pytest.mark.parametrize("address", ["127.0.0.66", "::1"])
def test_this_machine_may_ask(stage: Stage, address: str) -> None:
    answer = stage.browser.get(
        URL, query_string={"merchantid": MERCHANT}, environ_overrides={"REMOTE_ADDR": address}
    )
    assert answer.text.startswith("OK:")


def test_the_callers_are_a_setting(stage: Stage) -> None:
    stage.set(callers=["192.0.2.0/24"])
    stranger = {"REMOTE_ADDR": "192.0.2.7"}

    allowed = stage.browser.get(URL, query_string={"merchantid": MERCHANT}, environ_overrides=stranger)
    refused = stage.browser.get(URL, query_string={"merchantid": MERCHANT})

    assert allowed.text.startswith("OK:")
    assert refused.status_code == 403


def test_a_forwarded_address_is_not_believed(stage: Stage) -> None:
    answer = stage.browser.get(
        URL,
        query_string={"merchantid": MERCHANT},
        headers={"X-Forwarded-For": "127.0.0.1"},
        environ_overrides={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("reply", "mimetype"),
    [("NOK:MAINTENANCE", "text/plain"), ("<html>Bad gateway</html>", "text/html"), ("OK", "text/plain")],
)
def test_the_reply_can_be_replaced(stage: Stage, reply: str, mimetype: str) -> None:
    stage.set(session_reply=reply, session_status=502)
    answer = stage.browser.get(URL, query_string={"merchantid": MERCHANT})
    assert (answer.status_code, answer.text, answer.mimetype) == (502, reply, mimetype)


def test_the_reply_can_be_slow(stage: Stage) -> None:
    stage.set(session_delay=12.5)
    stage.session()
    assert stage.time.slept == 12.5


def test_a_counted_number_of_replies_is_lost_after_acceptance(stage: Stage) -> None:
    stage.set(lose_next_session_replies=1)

    with pytest.raises(NoSocketToCut):
        stage.session()

    assert len(stage.session()) == 32
    lost, answered = stage.journal()[-2:]
    assert (lost["status"], lost["note"]) == (None, "reply lost on purpose")
    assert lost["reply"] == "OK:[redacted]"
    assert answered["status"] == 200


def test_a_session_serves_for_180_seconds(stage: Stage) -> None:
    session = stage.session()
    stage.time.passes(180)
    assert stage.order(sessionid=session).status_code == 303


def test_then_it_has_expired(stage: Stage) -> None:
    session = stage.session()
    stage.time.passes(180.5)

    answer = stage.order(sessionid=session)

    assert answer.status_code == 403
    assert "Cette session a expiré" in answer.text
    assert 'href="https://shop.example/decline"' in answer.text


def test_the_lifetime_of_a_session_is_a_setting(stage: Stage) -> None:
    stage.set(session_seconds=10)
    session = stage.session()
    stage.time.passes(11)
    assert stage.order(sessionid=session).status_code == 403


def test_a_session_does_not_bound_the_time_on_the_page(stage: Stage) -> None:
    shopper = stage.open()
    stage.time.passes(3_600)
    shopper.pays()
    stage.time.passes()
    assert stage.portal.words == ["OK"]


def test_a_session_serves_one_order(stage: Stage) -> None:
    session = stage.session()
    first, second = stage.order(sessionid=session), stage.order(sessionid=session)
    assert (first.status_code, second.status_code) == (303, 403)
    assert "déjà servi" in second.text


def test_or_several_where_the_setting_says_so(stage: Stage) -> None:
    stage.set(session_single_use=False)
    session = stage.session()
    assert [stage.order(sessionid=session).status_code for _ in range(2)] == [303, 303]


def test_a_refused_form_does_not_use_the_session_up(stage: Stage) -> None:
    session = stage.session()
    assert stage.order(sessionid=session, amount="1").status_code == 400
    assert stage.order(sessionid=session).status_code == 303


def test_an_unknown_session_is_refused_in_the_order_s_language(stage: Stage) -> None:
    answer = stage.order(sessionid="0" * 32, language="en")
    assert answer.status_code == 403
    assert "This session is unknown" in answer.text


def test_a_session_is_bound_to_its_account(stage: Stage) -> None:
    session = stage.session("/tmoney-online/acc_other/online")
    assert stage.order(sessionid=session).status_code == 403


def test_a_session_is_bound_to_its_merchant(stage: Stage) -> None:
    session = stage.session(merchant="6543210987654321")

    answer = stage.order(sessionid=session)

    assert answer.status_code == 400
    assert "merchantid" in answer.text


def test_without_a_decline_url_the_configured_one_is_offered(stage: Stage) -> None:
    stage.set(decline_url="https://configured.example/no")
    answer = stage.order(sessionid="0", declineurl=None)
    assert 'href="https://configured.example/no"' in answer.text


@pytest.mark.parametrize("account", ["a.b", "a%20b", "..", "a" * 101])
def test_an_account_that_is_no_public_id_is_not_found(stage: Stage, account: str) -> None:
    answer = stage.browser.get(f"/tmoney-online/{account}/online/online.php?merchantid={MERCHANT}")
    assert answer.status_code == 404
