"""The withdrawal: who may ask for it, what a refusal looks like, and the one webhook about it."""

import pytest

from portal.sandbox.outgoing import Answer
from portal.sandbox.recording import NoSocketToCut
from tests.sandbox.operators.moneyfusion_shop import HOOK, WITHDRAW, Shop
from tests.sandbox.stage import Stage


@pytest.fixture
def shop(stage: Stage) -> Shop:
    return Shop(stage)


def token_of(shop: Shop, url: str = WITHDRAW, /, **changes: object) -> str:
    reply = shop.withdraws(url, **changes).json
    assert reply is not None
    assert reply["statut"] is True
    return str(reply["tokenPay"])


@pytest.mark.parametrize("url", [WITHDRAW, "/moneyfusion/acc_demo/api/v1/withdraw"])
def test_a_withdrawal_is_accepted(shop: Shop, url: str) -> None:
    reply = shop.withdraws(url).json
    assert reply is not None
    assert 12 <= len(reply.pop("tokenPay")) <= 24
    assert reply == {"statut": True, "message": "Retrait soumis avec succès"}


def test_it_is_told_to_its_own_url_unchanged_with_the_fee_added(shop: Shop) -> None:
    token = token_of(shop)
    shop.stage.time.passes(0.5)
    assert shop.stage.portal.calls == []
    shop.stage.time.passes(10_000)

    (call,) = shop.stage.portal.calls
    assert (call.method, call.url) == ("POST", f"{HOOK}&refund=s3cret")
    assert shop.heard == [
        {
            "event": "payout.session.completed",
            "tokenPay": token,
            "montant": 1505,
            "numeroRetrait": "90000000",
            "moyen": "t-money-togo",
            "webhook_url": f"{HOOK}&refund=s3cret",
            "createdAt": "2016-07-20T14:22:35.000Z",
        }
    ]


def test_the_ledger_knows_what_the_customer_received_and_what_it_cost(shop: Shop) -> None:
    shop.set(withdraw_fee=30)
    token = token_of(shop, "/moneyfusion/acc_demo/api/v1/withdraw")
    shop.stage.time.passes(1)
    (moved,) = shop.stage.ledger(operator="moneyfusion")
    assert (moved["kind"], moved["amount"], moved["fee"]) == ("payout", 1500, 30)
    assert (moved["account"], moved["payment_reference"]) == ("acc_demo", token)
    assert shop.heard[0]["montant"] == 1530


@pytest.mark.parametrize(
    ("setting", "headers", "accepted"),
    [
        ("moneyfusion-private-key", {"moneyfusion-private-key": "k"}, True),
        ("moneyfusion-private-key", {"Authorization": "Bearer k"}, False),
        ("moneyfusion-private-key", {"moneyfusion-private-key": " "}, False),
        ("authorization", {"Authorization": "Bearer k"}, True),
        ("authorization", {"Authorization": "Basic k"}, False),
        ("authorization", {"moneyfusion-private-key": "k"}, False),
        ("either", {"Authorization": "bearer k"}, True),
        ("either", {"moneyfusion-private-key": "k"}, True),
        ("either", {}, False),
    ],
)
def test_the_key_is_in_the_header_of_the_setting(
    shop: Shop,
    setting: str,
    headers: dict[str, str],
    accepted: bool,  # noqa: FBT001 - a case of the table
) -> None:
    shop.set(withdraw_header=setting)
    reply = shop.withdraws(WITHDRAW, headers).json
    assert reply is not None
    assert (reply["statut"], "tokenPay" in reply) == (accepted, accepted)


@pytest.mark.parametrize("name", ["countryCode", "phone", "amount", "withdraw_mode"])
def test_a_missing_field_is_refused(shop: Shop, name: str) -> None:
    assert shop.withdraws(**{name: None}).json == {
        "statut": False,
        "message": "Tous les champs (countryCode, phone, amount, withdraw_mode) sont requis.",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"withdraw_mode": "t-money"},
        {"countryCode": "ci"},
        {"phone": "12"},
        {"amount": 199},
        {"amount": 300.5},
        {"countryCode": ["tg"]},
    ],
)
def test_what_cannot_be_paid_out_is_refused(shop: Shop, changes: dict[str, object]) -> None:
    reply = shop.withdraws(**changes).json
    assert reply is not None
    assert reply["statut"] is False
    shop.stage.time.passes(10_000)
    assert (shop.stage.ledger(), shop.heard) == ([], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 200},
        {"amount": "1500"},
        {"countryCode": "TG", "withdraw_mode": "moov-togo", "phone": "+22896000000"},
        {"countryCode": "ci", "withdraw_mode": "orange-money-ci", "phone": "0708889205"},
    ],
)
def test_what_can_be_is_accepted(shop: Shop, changes: dict[str, object]) -> None:
    assert token_of(shop, **changes)


def test_a_stranger_is_refused(shop: Shop) -> None:
    shop.set(callers=["192.0.2.0/24"], refusal_status=403)
    answer = shop.withdraws()
    assert answer.status_code == 403
    assert answer.json["message"] == "IP non autorisée ou application non approuvée (127.0.0.1)"  # type: ignore[index]


def test_a_refusal_can_look_like_success_but_for_the_token(shop: Shop) -> None:
    shop.set(refuse_next_withdrawals=1)
    assert shop.withdraws().json == {"statut": True, "message": "Solde insuffisant"}
    shop.stage.time.passes(10_000)
    assert (shop.stage.ledger(), shop.heard) == ([], [])
    assert token_of(shop)


def test_an_accepted_withdrawal_can_still_be_cancelled(shop: Shop) -> None:
    shop.set(cancel_next_withdrawals=1)
    cancelled, completed = token_of(shop), token_of(shop)
    shop.stage.time.passes(10_000)
    assert [(body["event"], body["tokenPay"]) for body in shop.heard] == [
        ("payout.session.cancelled", cancelled),
        ("payout.session.completed", completed),
    ]
    assert [moved["payment_reference"] for moved in shop.stage.ledger()] == [completed]


def test_the_reply_can_be_lost_after_acceptance(shop: Shop) -> None:
    shop.set(lose_next_withdraw_replies=1)
    with pytest.raises(NoSocketToCut):
        shop.withdraws()
    shop.stage.time.passes(1)
    (moved,) = shop.stage.ledger()
    assert [body["tokenPay"] for body in shop.heard] == [moved["payment_reference"]]


def test_the_reply_can_be_slow_or_nonsense_though_the_money_moves(shop: Shop) -> None:
    shop.set(withdraw_delay=40, replace_next_withdraw_replies=1)
    answer = shop.withdraws()
    assert (answer.status_code, answer.mimetype) == (502, "text/html")
    assert shop.stage.time.slept == 40
    shop.stage.time.passes(1)
    assert len(shop.stage.ledger()) == 1


def test_the_webhook_can_come_before_the_reply(shop: Shop) -> None:
    shop.set(withdraw_webhook_before_reply=True)
    token = token_of(shop)
    assert [body["tokenPay"] for body in shop.heard] == [token]


def test_the_webhook_is_repeated_until_it_is_heard(shop: Shop) -> None:
    shop.stage.portal.answers = [Answer(500), Answer(200)]
    token_of(shop)
    shop.stage.time.passes(10_000)
    assert len(shop.heard) == 2
    assert len(shop.stage.ledger()) == 1


def test_without_a_webhook_url_the_money_moves_in_silence(shop: Shop) -> None:
    token = token_of(shop, webhook_url=None)
    shop.stage.time.passes(10_000)
    assert shop.stage.portal.calls == []
    assert len(shop.stage.ledger(reference=token)) == 1


def test_the_journal_keeps_the_private_key_to_itself(shop: Shop) -> None:
    shop.withdraws(WITHDRAW, {"moneyfusion-private-key": "mf_pr1vate", "Authorization": "Bearer mf_pr1vate"})
    assert "mf_pr1vate" not in str(shop.stage.journal())
