"""The room of the page of one order: everything known of it, and a form for everything that a person may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from portal import db
from portal.domain.money import Money
from portal.domain.phone import masked, spoken
from portal.domain.states import REFUND_BY_PEOPLE, OrderStatus, RefundStatus, ReviewReason
from portal.payments import queries
from portal.payments.lifecycle_refund_writes import RETURNED
from portal.payments.lifecycle_reviews import Answer, answers_to
from portal.payments.queries import Detail
from portal.payments.refundable import FREE
from portal.payments.snapshot import money_moved
from portal.security import tokens
from portal.web.money import shown
from portal.web.portal import asked, decided, frame, returned, timeline, words
from portal.web.portal.answering import FormOnAPage, RefundDecisionForm, RefundForm, ReviewAnswerForm
from portal.web.portal.decided import Choice
from portal.web.portal.raw import without_phone
from portal.web.services import services

F = TypeVar("F", bound=FormOnAPage)


@dataclass(frozen=True)
class Offer:
    """Something that a person may do: what it is called and does, and its form."""

    value: str
    choice: Choice
    form: Any


@dataclass(frozen=True)
class Item:
    """An open review item: what may be answered, the refund that it offers, and the one already under way."""

    row: RowMapping
    offers: Sequence[Offer]
    refund: RefundForm | None
    under_way: RowMapping | None


@dataclass(frozen=True)
class Returned:
    """A refund as the page shows it."""

    row: RowMapping
    paid: RowMapping
    word: words.Word
    meaning: str
    asking: asked.Asking
    offers: Sequence[Offer]
    steps: Sequence[str]
    story: Sequence[timeline.Moment]


class OrderPage:
    """Builds the page; `failed` is the form that was sent and must be corrected."""

    def __init__(self, detail: Detail, failed: FormOnAPage | None = None) -> None:
        """Take what is known of the order."""
        self.detail, self.failed = detail, failed

    def render(self) -> str:
        """Return the page."""
        detail = self.detail
        frame.look_at(detail.order["mode"])
        site = services().settings.public_url
        addresses = {
            "checkout": f"{site}{url_for('checkout.show', token=detail.order['token'])}",
            "receipt": f"{site}/r/{detail.order['receipt_code']}" if detail.order["amount_paid"] else None,
        }
        return render_template(
            "portal/order.html",
            detail=detail,
            order=detail.order,
            failed=self.failed,
            items=[self.item(row) for row in detail.reviews if row["decision"] is None],
            refunds=[self.returned(row) for row in reversed(detail.refunds)],
            refund_form=self.refund_form("refund") if detail.left else None,
            left=self.left,
            moved=words.money_moved(money_moved(detail.attempts)),
            story=timeline.told(detail, name_of),
            addresses=addresses,
            words=words,
            decided=decided,
            asking=self.asking,
            name_of=name_of,
            masked=masked,
            spoken=spoken,
            without_phone=without_phone,
        )

    @property
    def left(self) -> str:
        """Return what may still be sent back, in words."""
        sums: dict[str, int] = {}
        for money in self.detail.left.values():
            sums[money.currency] = sums.get(money.currency, 0) + money.amount
        return " + ".join(shown(amount, currency) for currency, amount in sums.items())

    def asking(self, attempt: RowMapping) -> asked.Asking:
        """Return what asking brought about the attempt."""
        operator = attempt["operator"]
        return asked.about_attempt(attempt, services().providers.get(operator), name_of(operator))

    def item(self, row: RowMapping) -> Item:
        """Return the review item with its forms."""
        status, reason = OrderStatus(self.detail.order["status"]), ReviewReason(row["reason"])
        before = self.detail.order["before_review"]
        offers = [
            Offer(
                said,
                decided.answer(said, status, OrderStatus(before) if before else None),
                self._form(
                    ReviewAnswerForm,
                    f"{row['public_id']}-{said}",
                    answer=str(said),
                    amount=row["facts"].get("amount"),
                ),
            )
            for said in Answer
            if said in answers_to(reason, status)
        ]
        under_way = next(
            (
                one
                for one in self.detail.refunds
                if one["review_id"] == row["id"] and RefundStatus(one["status"]) not in FREE
            ),
            None,
        )
        about_money = reason in RETURNED and row["attempt_id"] in self.detail.left
        refund = self.refund_form(f"refund-{row['public_id']}", row) if about_money else None
        return Item(row, offers, refund, under_way)

    def refund_form(self, about: str, item: RowMapping | None = None) -> RefundForm:
        """Return the form to send money back: of the item's payment, or of any that has some left."""
        left = self.detail.left
        if item is not None:
            left = {item["attempt_id"]: left[item["attempt_id"]]}
        form = self._form(
            RefundForm,
            about,
            amount=_proposed(left, item),
            once=tokens.capability(),
            review=item["public_id"] if item is not None else "",
        )
        form.payment.choices = [
            (attempt["public_id"], self._payment(attempt, left[attempt["id"]]))
            for attempt in self.detail.attempts
            if attempt["id"] in left
        ]
        if len(form.payment.choices) > 1:
            form.payment.choices = [("", _("Choisissez")), *form.payment.choices]
        return form

    @staticmethod
    def _payment(attempt: RowMapping, left: Money) -> str:
        return _(
            "%(operator)s %(reference)s : il reste %(left)s",
            operator=name_of(attempt["operator"]),
            reference=attempt["operator_reference"] or attempt["reference"],
            left=shown(left.amount, left.currency),
        )

    def returned(self, row: RowMapping) -> Returned:
        """Return the refund with its story and its forms."""
        status, name = RefundStatus(row["status"]), name_of(row["operator"])
        provider = services().providers.get(row["operator"])
        return Returned(
            row,
            next(one for one in self.detail.attempts if one["id"] == row["attempt_id"]),
            returned.status(status),
            returned.meaning(status, name),
            asked.about_refund(row, provider, name),
            [
                Offer(
                    said,
                    returned.choice(status, said, name),
                    self._form(RefundDecisionForm, f"{row['public_id']}-{said}", status=str(said)),
                )
                for said in REFUND_BY_PEOPLE.get(status, ())
            ],
            [_(step) for step in provider.by_hand] if provider and status is RefundStatus.BY_HAND else [],
            timeline.of_refund(self.detail, row["id"], name_of),
        )

    def _form(self, kind: type[F], about: str, **given: Any) -> F:
        """Return that form, as it was sent if it is the one to correct."""
        if isinstance(self.failed, kind) and self.failed.about == about:
            return self.failed
        return kind(about, **given)


def _proposed(left: Mapping[int, Money], item: RowMapping | None) -> int | None:
    """Return the amount that the form begins with: of one payment all that is left, of an item what it is about."""
    if len(left) != 1:
        return None
    [money] = left.values()
    amount = item["facts"].get("amount") if item is not None else None
    return min(money.amount, amount) if amount else money.amount


def name_of(operator: str | None) -> str:
    """Return the operator's name as people know it."""
    provider = services().providers.get(operator or "")
    return provider.name if provider else operator or ""


def known(public_id: str) -> Detail:
    """Return all that is known of the store's order; end with 404 where the store has none such."""
    with db.reading() as connection:
        detail = queries.detail(connection, merchant_id=frame.store().id, public_id=public_id)
    if detail is None:
        abort(404)
    return detail


def back(public_id: str) -> Response:
    """Lead to the order's page, in the language asked for: where a form was to be corrected, a link may ask for one."""
    asked_for: dict[str, Any] = {"lang": request.args["lang"]} if "lang" in request.args else {}
    return redirect(url_for("portal_orders.show", public_id=public_id, **asked_for), code=303)


def corrected(public_id: str, form: FormOnAPage) -> tuple[str, int]:
    """Return the order's page with that form to correct."""
    return OrderPage(known(public_id), form).render(), 422
