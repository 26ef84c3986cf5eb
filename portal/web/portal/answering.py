"""The room of the order page's forms: to send money back, to say what became of it, to answer a review item."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from wtforms import HiddenField, ValidationError

from portal.domain.states import RefundStatus
from portal.payments.lifecycle_reviews import Answer
from portal.security import tokens
from portal.web.forms import ChoiceField, PortalForm, ReadField, TextField, amount, needed, readable
from portal.web.forms import lazy_gettext as _l

LONGEST_REASON = 255
LONGEST_REFERENCE = 100
LONGEST_EVIDENCE = 1000
TOKEN_LENGTH = tokens.CAPABILITY_LENGTH

EVIDENCE = _l("Ce que vous avez vu")
SAY = _l("Écrivez ce que vous avez vu, par exemple la ligne de votre relevé.")


class FormOnAPage(PortalForm):
    """A form beside others: `about` keeps its ids apart from theirs, while its names stay plain.

    `sent`: it is what the browser sent; else it begins anew, whatever was sent.
    """

    def __init__(self, about: str, *, sent: bool = False, **given: Any) -> None:
        """Take what it is about, and what its fields say at first."""
        super().__init__(**given) if sent else super().__init__(formdata=None, **given)
        self.about = about
        for field in self:
            field.id = f"{field.name}-{about}"
            field.label.field_id = field.id


class RefundForm(FormOnAPage):
    """What is to be sent back. `once` makes two sendings of one page one refund; `review` is the item it settles."""

    payment = ChoiceField(_l("Paiement à rembourser"))
    amount = ReadField(
        _l("Montant à rembourser (F CFA)"), [needed(_l("Écrivez le montant à rembourser."))], read=amount
    )
    reason = TextField(_l("Raison"), [readable(LONGEST_REASON)])
    once = HiddenField()
    review = HiddenField()

    def validate_once(self, field: HiddenField) -> None:
        """Want the value that our page gave."""
        if len(str(field.data or "")) != TOKEN_LENGTH:
            raise ValidationError(_("Rechargez la page, puis recommencez."))


class RefundDecisionForm(FormOnAPage):
    """What a person says became of a refund."""

    status = HiddenField()
    payment_reference = TextField(_l("Référence de l'opérateur"), [readable(LONGEST_REFERENCE)])
    evidence = TextField(EVIDENCE, [readable(LONGEST_EVIDENCE, lines=True)])

    def validate_payment_reference(self, field: TextField) -> None:
        """Want the operator's name for money that went back: by it anyone finds it in the statement."""
        if self.status.data == RefundStatus.SUCCEEDED and not field.data:
            raise ValidationError(_("Écrivez la référence que l'opérateur a donnée."))

    def validate_evidence(self, field: TextField) -> None:
        """Want what was seen, unless nothing had been sent."""
        if self.status.data != RefundStatus.CANCELLED and not field.data:
            raise ValidationError(SAY)


class ReviewAnswerForm(FormOnAPage):
    """A person's answer to a review item."""

    answer = HiddenField()
    amount = ReadField(_l("Montant reçu (F CFA)"), read=amount)
    payment_reference = TextField(_l("Référence de l'opérateur"), [readable(LONGEST_REFERENCE)])
    evidence = TextField(EVIDENCE, [needed(SAY), readable(LONGEST_EVIDENCE, lines=True)])

    def validate_amount(self, field: ReadField) -> None:
        """Want how much was received, where it was."""
        if self.answer.data == Answer.RECEIVED and not field.errors and not field.data:
            raise ValidationError(_("Écrivez le montant reçu, d'au moins 1 franc."))

    def validate_payment_reference(self, field: TextField) -> None:
        """Want the operator's name for what was received."""
        if self.answer.data == Answer.RECEIVED and not field.data:
            raise ValidationError(_("Écrivez la référence que l'opérateur donne à ce paiement."))
