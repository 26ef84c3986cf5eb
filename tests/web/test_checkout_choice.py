"""Choosing how to pay: one number for all who want one, one button for each, and how each does at present."""

from __future__ import annotations

import pytest

from portal import db
from portal.domain.events import Accepted, Cancelled, Failed, FailureCode, Lapsed
from tests.counting import counting
from tests.machines.operator import says, silence
from tests.machines.stage import Stage
from tests.web.shop import HOSTED, PUSHES, TAKEN, Shop, read, wallets, words

NUMBER = "+22890112233"


@pytest.fixture
def shop(stage: Stage) -> Shop:
    return Shop(stage).opens()


def field(page: str) -> str:
    """Return the input of the number as it stands in the page."""
    found: str = page.partition('<input id="phone"')[2].partition(">")[0]
    assert found
    return found


# ---- one page


def test_every_operator_has_one_button_with_both_its_names_and_where_it_leads(shop: Shop) -> None:
    page = shop.sees(shop.order())
    assert set(wallets(page)) == {"tmoney-online", *PUSHES, HOSTED}
    for operator in shop.services.providers.values():
        [button] = [b for form in page.forms for b in form.buttons if b.action.endswith(f"/{operator.slug}")]
        asks = "Vous confirmez sur votre téléphone" if operator.prompt else "Vous continuez sur sa page"
        assert button.words == f"{operator.name}{operator.also_known_as}{asks}"  # a line each


def test_one_field_asks_for_the_number_of_all_who_want_one_and_says_who_does_not(shop: Shop) -> None:
    page = shop.stage.looks(shop.order()).text
    assert page.count('name="phone"') == 1
    for attribute in ('type="tel"', 'inputmode="tel"', 'autocomplete="tel"', 'aria-describedby="phone-hint"'):
        assert attribute in field(page)
    assert "Inutile pour Mixx by Yas." in page


def test_a_store_whose_operators_want_no_number_asks_for_none(stage: Stage) -> None:
    page = stage.looks(stage.order()).text
    assert 'name="phone"' not in page
    assert "disabled" not in page


def test_who_wants_no_number_is_chosen_without_one(shop: Shop) -> None:
    order = shop.order()
    page = shop.stage.looks(order).text
    button = page.partition(f'formaction="/pay/{order.token}/tmoney-online"')[2].partition(">")[0]
    assert "formnovalidate" in button
    assert page.count("formnovalidate") == 1
    assert shop.presses(order, "tmoney-online").location == f"/pay/{order.token}/go"


def test_the_first_button_of_several_does_nothing_so_that_enter_chooses_nobody(shop: Shop) -> None:
    """Whoever types a number and presses Enter has not said by which wallet."""
    form = shop.stage.looks(shop.order()).text.partition("<form")[2]
    assert form.partition("<button")[2].startswith(" disabled hidden>")


def test_nobody_is_asked_for_a_pin_and_the_page_says_where_it_belongs(shop: Shop) -> None:
    page = shop.sees(shop.order())
    assert "jamais ici" in words(page)
    assert "Nous ne vous demandons jamais votre code PIN" in words(page)
    assert all(name == "phone" for form in page.forms for name in form.fields)


def test_english_says_it_all(shop: Shop) -> None:
    page = words(shop.sees(shop.order(), language="en"))
    for said in (
        "Phone number",
        "You confirm on your phone",
        "You continue on its page",
        "all wallets and cards",
    ):
        assert said in page


# ---- the number


@pytest.mark.parametrize(
    ("given", "shown"),
    [("+22890112233", "+228 90 11 22 33"), ("+2250708091011", "+225 07 08 09 1011"), (None, "")],
)
def test_the_number_that_the_shop_gave_stands_in_the_field(shop: Shop, given: str | None, shown: str) -> None:
    order = shop.order(customer={"phone": given, "name": "Ama"} if given else None)
    assert f'value="{shown}"' in field(shop.stage.looks(order).text)


@pytest.mark.parametrize("typed", ["", "   ", "12", "+229 97 00 00 00", "nobody", "9" * 500, "\x00"])
def test_a_number_that_is_not_of_togo_is_asked_for_again_and_nothing_begins(shop: Shop, typed: str) -> None:
    order = shop.order()
    answer = shop.presses(order, "flooz", typed)
    assert answer.status_code == 422
    assert 'aria-describedby="phone-hint phone-problem" aria-invalid="true" autofocus' in field(answer.text)
    kept = typed.strip().replace("\x00", "")[:40]
    assert f'value="{kept}"' in field(answer.text)
    empty, wrong = (
        "Tapez le numéro de téléphone qui paie avec Moov Money.",
        "Tapez un numéro du Togo à 8 chiffres",
    )
    assert (wrong if kept else empty) in words(read(answer))
    assert shop.stage.attempts(order) == []


def test_the_page_that_answers_a_form_in_place_can_be_read_in_the_other_language(shop: Shop) -> None:
    order = shop.order()
    page = read(shop.presses(order, "flooz", "12"))
    answer = shop.stage.client.get(page.links["English"].removeprefix("http://localhost"))
    assert "Choose how to pay" in words(read(answer))


def test_what_was_typed_is_never_read_as_html(shop: Shop) -> None:
    answer = shop.presses(shop.order(), "flooz", '"><script>')
    assert 'value="&#34;&gt;&lt;script&gt;"' in answer.text


@pytest.mark.parametrize("typed", ["90112233", "90 11 22 33", "+228 90.11.22.33", "00228 90 11 22 33"])
def test_a_number_of_togo_is_read_however_it_is_written(shop: Shop, typed: str) -> None:
    order = shop.order()
    shop.stage.operator.once.append(says(TAKEN))
    answer = shop.presses(order, "flooz", typed)
    assert (answer.status_code, answer.location) == (303, f"/pay/{order.token}")
    [attempt] = shop.stage.attempts(order)
    assert (attempt["phone"], attempt["status"]) == (NUMBER, "waiting")


@pytest.mark.parametrize(
    ("typed", "kept"), [("+229 01 97 00 00 00", "+2290197000000"), ("90 11 22 33", NUMBER)]
)
def test_who_takes_any_number_takes_a_foreign_one(shop: Shop, typed: str, kept: str) -> None:
    order = shop.order()
    shop.presses(order, HOSTED, typed)
    assert [attempt["phone"] for attempt in shop.stage.attempts(order)] == [kept]


def test_who_takes_any_number_says_what_is_missing_in_its_own_words(shop: Shop) -> None:
    answer = shop.presses(shop.order(), HOSTED, "0708091011")
    assert answer.status_code == 422
    assert "l'indicatif du pays" in words(read(answer))


def test_a_number_typed_for_who_wants_none_is_not_kept(shop: Shop) -> None:
    order = shop.order()
    shop.presses(order, "tmoney-online", "90112233")
    assert [attempt["phone"] for attempt in shop.stage.attempts(order)] == [None]


def test_a_wrong_number_beside_a_payment_under_way_shows_that_payment(shop: Shop) -> None:
    order = shop.order()
    shop.tried(order, "tmoney", Accepted(), phone=NUMBER)
    assert shop.presses(order, "flooz", "12").location == f"/pay/{order.token}"


def test_a_wrong_number_for_who_is_not_offered_finds_nothing(stage: Stage) -> None:
    assert Shop(stage).presses(stage.order(), "flooz", "12").status_code == 404


# ---- after a try

ENDS = [
    (Failed(FailureCode.INSUFFICIENT_FUNDS), "Le solde de votre compte Moov Money ne suffit pas", True),
    (Failed(FailureCode.AUTHENTICATION), "n'a pas reconnu le code PIN tapé sur votre téléphone", True),
    (
        Failed(FailureCode.REFUSED),
        "refusé par l'opérateur (solde insuffisant, par exemple) ou non confirmé",
        True,
    ),
    (Cancelled(FailureCode.CUSTOMER), "Vous avez annulé le paiement", True),
    (Lapsed(FailureCode.SESSION_EXPIRED), "Le temps pour payer est écoulé", True),
    (Lapsed(FailureCode.NO_ANSWER), "ne payez pas une seconde fois", False),
    (Failed(FailureCode.WRITTEN_OFF), "n'a pas trouvé ce paiement chez Moov Money", False),
    (Failed(FailureCode.REVERSED), "dit que ce paiement vous a été rendu", False),
]


@pytest.mark.parametrize(("end", "said", "certain"), ENDS, ids=lambda one: getattr(one, "code", None))
def test_the_end_of_a_try_is_said_plainly_and_its_number_stands_in_the_field(
    shop: Shop, end: Failed | Cancelled | Lapsed, said: str, *, certain: bool
) -> None:
    order = shop.order(customer={"phone": "+22899887766"})
    shop.tried(order, "flooz", Accepted(), end, phone=NUMBER, source="answer")
    page = shop.stage.looks(order).text
    text = words(read(shop.stage.looks(order)))
    assert said in text
    assert ("Aucun montant n'a été débité" in text) is certain
    assert 'value="+228 90 11 22 33"' in field(page)


def test_a_wrong_pin_on_the_operators_page_is_not_said_to_be_typed_on_the_handset(shop: Shop) -> None:
    order = shop.order()
    shop.tried(order, "tmoney-online", Accepted(), Failed(FailureCode.AUTHENTICATION))
    assert "code PIN ou code SMS" in words(shop.sees(order))


def test_the_certain_end_of_one_try_does_not_hide_the_doubt_about_another(shop: Shop) -> None:
    order = shop.order()
    shop.tried(order, HOSTED, Accepted(), Cancelled(FailureCode.LEFT), source="shopper")
    shop.tried(order, "flooz", Accepted(), Failed(FailureCode.INSUFFICIENT_FUNDS), phone=NUMBER)
    assert "Si vous aviez déjà confirmé le paiement précédent, ne payez pas une seconde fois" in words(
        shop.sees(order)
    )


def test_an_operator_that_never_answered_is_still_offered(shop: Shop) -> None:
    order = shop.order()
    shop.stage.operator.once.append(silence)
    shop.presses(order, HOSTED, "90112233")
    page = shop.sees(order)
    assert "L'opérateur n'a pas répondu. Aucun montant n'a été débité." in words(page)
    assert HOSTED in wallets(page)


# ---- the weather


def test_who_does_well_stands_first_then_the_slow_then_who_fails_each_in_words(shop: Shop) -> None:
    order = shop.order()
    merchants = list(wallets(shop.sees(order)))
    failing, slow, *well = merchants
    shop.did(failing, paid=4)
    shop.did(slow, median=91)
    shop.did(well[0])
    page = shop.sees(order)
    assert list(wallets(page)) == [*well, slow, failing]
    buttons = {b.action.rpartition("/")[2]: b.words for form in page.forms for b in form.buttons}
    assert "Lent en ce moment" in buttons[slow]
    assert "Échoue souvent en ce moment" in buttons[failing]
    assert all("en ce moment" not in buttons[operator] for operator in well)
    for operator in merchants:
        shop.did(operator)
    assert list(wallets(shop.sees(order))) == merchants


def test_a_count_that_is_old_or_of_the_other_mode_says_nothing(shop: Shop) -> None:
    order = shop.order()
    shop.did("flooz", paid=0)
    assert "Échoue souvent" in words(shop.sees(order))
    shop.stage.passes(minutes=5)
    assert "Échoue souvent" not in words(shop.sees(order))


def test_with_four_operators_and_their_weather_the_page_costs_what_it_cost_with_one(shop: Shop) -> None:
    order = shop.order()
    for operator in shop.accounts:
        shop.did(operator)
    for statements in (1, 2):
        with shop.stage.app.app_context(), counting(db.db.engine) as seen:
            assert shop.stage.looks(order).status_code == 200
        assert (seen.statements, seen.writes) == (statements, [])
        shop.tried(order, "flooz", Accepted(), phone=NUMBER)
