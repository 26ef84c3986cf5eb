"""The status: every field, the fee in its two styles, foreign payers, and what really moved."""

import pytest

from tests.sandbox.operators.moneyfusion_shop import Shop
from tests.sandbox.stage import Stage


@pytest.fixture
def shop(stage: Stage) -> Shop:
    return Shop(stage)


def test_a_new_payment_is_pending_and_names_no_payer(shop: Shop) -> None:
    data = shop.status(shop.opens().token)
    assert (data["statut"], data["numeroTransaction"], data["moyen"]) == ("pending", "", "")


def test_a_paid_one_says_everything(shop: Shop) -> None:
    payer = shop.paid("00")
    answer = shop.stage.browser.get(f"/moneyfusion/paiementNotif/{payer.token}").json
    assert answer is not None
    row = answer["data"].pop("_id")
    assert len(row) == 24
    assert answer == {
        "statut": True,
        "data": {
            "tokenPay": payer.token,
            "numeroSend": "90000000",
            "nomclient": "Ama KOFFI",
            "personal_Info": [{"reference": "att_1"}],
            "numeroTransaction": "90000000",
            "Montant": 1940,
            "frais": 60,
            "statut": "paid",
            "moyen": "t-money-togo",
            "return_url": "https://shop.example/back?a=1",
            "createdAt": "2016-07-20T14:22:34.000Z",
        },
        "message": "details paiement",
    }


def test_the_status_is_the_same_under_an_account(shop: Shop) -> None:
    token = shop.paid("00").token
    bare, under = (
        shop.stage.browser.get(f"/moneyfusion/{base}paiementNotif/{token}").json for base in ("", "acc_demo/")
    )
    assert bare == under


@pytest.mark.parametrize("account", ["a.b", "a%20b", "a" * 101])
def test_an_account_that_is_no_public_id_is_not_found(shop: Shop, account: str) -> None:
    token = shop.opens().token
    assert shop.stage.browser.get(f"/moneyfusion/{account}/paiementNotif/{token}").status_code == 404


@pytest.mark.parametrize("status", [200, 404])
def test_an_unknown_token_is_refused_in_words(shop: Shop, status: int) -> None:
    shop.set(refusal_status=status)
    answer = shop.stage.browser.get("/moneyfusion/paiementNotif/0d1d8bc9b6d2819c")
    assert answer.status_code == status
    assert answer.json == {"statut": False, "message": "Aucun paiement trouvé pour ce token."}


def test_the_status_may_be_asked_for_from_anywhere(shop: Shop) -> None:
    token = shop.opens().token
    answer = shop.stage.browser.get(
        f"/moneyfusion/paiementNotif/{token}", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}
    )
    assert answer.json["statut"] is True  # type: ignore[index]


@pytest.mark.parametrize(
    ("style", "percent", "asked", "sums"),
    [
        ("inside", 3, 200, (194, 6)),
        ("inside", 0, 200, (200, 0)),
        ("inside", 2.5, 10_001, (9_751, 250)),
        ("outside", 2.5, 200, (200, 5)),
        ("outside", 0, 200, (200, 0)),
    ],
)
def test_the_fee_is_inside_the_order_or_outside(
    shop: Shop, style: str, percent: float, asked: int, sums: tuple[int, int]
) -> None:
    shop.set(fee_style=style, fee_percent=percent)
    payer = shop.paid("00", totalPrice=asked)
    shop.stage.time.passes()
    for said in (shop.status(payer.token), shop.heard[-1]):
        assert (said["Montant"], said["frais"]) == sums
    (moved,) = shop.stage.ledger()
    assert (moved["amount"], moved["fee"]) == (asked, sums[1])


@pytest.mark.parametrize(
    "wrong", [{"fee_percent": 100}, {"fee_percent": True}, {"fee_style": "beside"}, {"minimum": -1}]
)
def test_a_setting_that_makes_no_sense_is_refused(shop: Shop, wrong: dict[str, object]) -> None:
    assert shop.stage.browser.post("/settings", json={"moneyfusion": wrong}).status_code == 422


@pytest.mark.parametrize(
    ("typed", "moyen", "payer"),
    [
        ("+228 90 00 00 00", "t-money-togo", "90000000"),
        ("0022891000000", "t-money-togo", "91000000"),
        ("07 08 88 92 00", "orange-money-ci", "0708889200"),
        ("+225 07 08 88 92 00", "wave-ci", "+2250708889200"),
        ("90000000", "card", ""),
    ],
)
def test_the_payer_is_the_number_typed_and_may_be_foreign(
    shop: Shop, typed: str, moyen: str, payer: str
) -> None:
    page = shop.opens()
    page.pays(typed, moyen=moyen)
    data = shop.status(page.token)
    assert (data["statut"], data["numeroTransaction"], data["moyen"]) == ("paid", payer, moyen)


def test_the_ledger_knows_the_one_payment(shop: Shop) -> None:
    payer = shop.paid("06")
    shop.stage.time.passes()
    (moved,) = shop.stage.ledger(operator="moneyfusion", reference="att_1")
    assert moved["kind"] == "payment"
    assert (moved["account"], moved["payment_reference"]) == ("demo-shop", payer.token)
    assert str(moved["payer"]).endswith("06")


@pytest.mark.parametrize("ending", ["01", "02", "04"])
def test_nothing_moves_where_nothing_is_paid(shop: Shop, ending: str) -> None:
    shop.paid(ending)
    shop.stage.time.passes(1_000)
    assert shop.stage.ledger() == []


def test_the_next_status_can_be_slow_or_nonsense(shop: Shop) -> None:
    shop.set(status_delay=7, replace_next_statuses=1, replacement_body='{"statut": true, "data": {')
    token = shop.opens().token
    first, second = (shop.stage.browser.get(f"/moneyfusion/paiementNotif/{token}") for _ in range(2))
    assert (first.status_code, first.text) == (502, '{"statut": true, "data": {')
    assert second.json["data"]["statut"] == "pending"  # type: ignore[index]
    assert shop.stage.time.slept == 14
