"""The room of Flooz's codes: what each one means, in a map of its own for every place where it is said.

The protocol page `Flooz` is the source. The same numbers stand in several maps because they are several vocabularies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.domain.events import Accepted, Failed, FailureCode, Paid
from portal.domain.money import XOF, Money
from portal.domain.provider import (
    Answered,
    AwaitApproval,
    Inquiry,
    NothingKnown,
    NoWord,
    Outcome,
    Refused,
    Unanswered,
    Word,
)
from portal.domain.words import N_
from portal.providers._json import Unreadable, inner, short, wallet, whole

UNAUTHORISED = 99
"""Bad authorization: our configuration, so people must be told."""
NOT_KNOWN_TO_FLOOZ = N_("Moov Money ne reconnaît pas les identifiants de ce compte.")

# Section Debit.
DEBIT: Mapping[int, Outcome] = {
    0: AwaitApproval(),
    1: Refused(FailureCode.REFUSED, "status 1: incomplete"),
    3: Refused(FailureCode.REFUSED, "status 3: invalid"),
    # Our reference is new for every attempt, so a request of ours did arrive, and nobody says what became of it.
    4: Unanswered("status 4: reference already used"),
    5: Refused(FailureCode.REFUSED, "status 5: not allowed"),
    # Something is pending on that handset, and nothing says that it is ours. Refused would let the shopper pay again
    # while they approve it; AwaitApproval would have them approve what may be another shop's. So nothing is known:
    # the order stays held, the page says "do not pay again", and Verify says which it was.
    8: Unanswered("status 8: a push is already pending"),
    9: Unanswered("status 9: a validation is already pending"),
    10: Refused(FailureCode.REFUSED, "status 10: failed"),
    UNAUTHORISED: Refused(FailureCode.REFUSED, NOT_KNOWN_TO_FLOOZ),
    100: Refused(FailureCode.REFUSED, "status 100: failed"),
}

# Section Verify, outside `details`, in every generation: the page names no codes there. These say that Verify itself
# did not work, so what it leaves out means nothing; beside any other, no details means that it found none.
VERIFY_STATUS = "status"
VERIFY_DID_NOT_WORK = frozenset({10, UNAUTHORISED, 100})

# Section Verify, `details.status`; anything else is waiting.
PAID = 0
FAILED = frozenset({1, 3, 5, 10, 100})

# Section Callback: what it says of itself. All of it only makes us ask.
REFERENCES: Sequence[str] = ("refid", "mrchrefid")

STATUS_IS_CALLED: Mapping[str, str] = {"2025": "status", "older": "code"}
REFERENCE_IS_CALLED: Mapping[str, str] = {"2025": "mrorrefid", "older": "refid"}


def status_of(said: Mapping[str, Any], name: str) -> int:
    """Return a code, given as a number or as its digits; raise Unreadable."""
    value = said.get(name)
    if isinstance(value, float):
        raise Unreadable(f"{name} is no code")
    return whole(value, name)


def debit_outcome(http_status: int, said: Mapping[str, Any], names: str) -> Outcome:
    """Return what the reply to a debit means; raise Unreadable.

    An HTTP error beside a code that is none leaves us knowing nothing.
    """
    code = status_of(said, STATUS_IS_CALLED[names])
    outcome = DEBIT.get(code, Unanswered(f"status {code}: not in Flooz's vocabulary"))
    match outcome:
        case Refused() if http_status < 500:  # noqa: PLR2004 - HTTP: the server itself failed
            return outcome
        case AwaitApproval() if http_status == 200:  # noqa: PLR2004 - HTTP
            return AwaitApproval(_optional(said.get(REFERENCE_IS_CALLED[names]), "the reference"))
        case Unanswered():
            return outcome
        case _:
            return Unanswered(f"status {code} beside HTTP {http_status}")


def verify_word(said: Mapping[str, Any], inquiry: Inquiry) -> Word:
    """Return what Verify says about the attempt; raise Unreadable."""
    code = status_of(said, VERIFY_STATUS)
    if code in VERIFY_DID_NOT_WORK:
        return NoWord(f"Verify answers status {code}")
    told = said.get("details")
    if told in (None, "", []) or (isinstance(told, dict) and not any(_is_said(one) for one in told.values())):
        return NothingKnown(f"Verify answers status {code} without details")
    return _about_ours(inner(told, "details"), inquiry)


def _about_ours(details: Mapping[str, Any], inquiry: Inquiry) -> Word:
    if details.get("mrchreference") != inquiry.reference:
        return NoWord("Verify answers about another reference")
    # Before the shopper acts there may be no status yet.
    status = status_of(details, "status") if _is_said(details.get("status")) else None
    if status == PAID:
        return Answered(_paid(details))
    return Answered(Failed(FailureCode.REFUSED) if status in FAILED else Accepted())


def _paid(details: Mapping[str, Any]) -> Paid:
    amount = whole(details.get("amount"), "amount")
    if amount == 0:
        raise Unreadable("paid, and no amount")
    return Paid(
        Money(amount, XOF),
        payment_reference=_optional(details.get("referenceid"), "referenceid"),
        payer=wallet(details.get("msisdn")),
    )


def _optional(value: object, name: str) -> str | None:
    return short(value, name, 100) if _is_said(value) else None


def _is_said(value: object) -> bool:
    return value is not None and value != ""
