"""What a twin does, chosen by the last two digits of the shopper's phone: the same for every operator."""

from enum import Enum
from typing import NamedTuple


class Ending(Enum):
    """The closed set of scenarios; the value is the phone's ending."""

    APPROVED = "00"
    CUSTOMER_CANCELS = "01"
    REFUSED = "02"
    WRONG_PIN = "03"
    NOBODY_ACTS = "04"
    SLOW = "05"
    TRIPLED = "06"
    STALE_AFTER = "07"
    SMALLER = "08"
    SILENT = "09"
    REPLY_LOST = "10"
    EARLY = "11"
    FORGED_FIRST = "12"


class Meaning(NamedTuple):
    """One line of the table that every page of the sandbox shows."""

    fr: str
    en: str


MEANINGS: dict[Ending, Meaning] = {
    Ending.APPROVED: Meaning("paiement accepté", "payment approved"),
    Ending.CUSTOMER_CANCELS: Meaning("le client annule", "the customer cancels"),
    Ending.REFUSED: Meaning(
        "refusé par l'opérateur (solde insuffisant)", "refused by the operator (insufficient funds)"
    ),
    Ending.WRONG_PIN: Meaning(
        "tout code PIN est faux : bloqué au troisième essai", "every PIN is wrong: blocked at the third try"
    ),
    Ending.NOBODY_ACTS: Meaning("personne n'agit ; la demande expire", "nobody acts; the request lapses"),
    Ending.SLOW: Meaning("accepté, la notification arrive après 20 s", "approved, notified after 20 s"),
    Ending.TRIPLED: Meaning(
        "accepté, chaque notification part trois fois", "approved, every notification is sent three times"
    ),
    Ending.STALE_AFTER: Meaning(
        "accepté, puis une vieille notification contraire", "approved, then a stale contrary notification"
    ),
    Ending.SMALLER: Meaning("accepté pour un montant plus petit", "approved for a smaller amount"),
    Ending.SILENT: Meaning("accepté, sans aucune notification", "approved, never notified"),
    Ending.REPLY_LOST: Meaning(
        "accepté, mais la réponse de l'opérateur se perd "
        "(sur une page hébergée le numéro est connu trop tard : "
        "comme 00, et c'est le réglage lose_next_session_replies qui perd les réponses)",
        "accepted, but the operator's reply is lost (on a hosted page the phone is known too late: "
        "as 00, and the setting lose_next_session_replies loses replies instead)",
    ),
    Ending.EARLY: Meaning(
        "accepté, la notification arrive avant la réponse",
        "approved, the notification arrives before the reply",
    ),
    Ending.FORGED_FIRST: Meaning(
        "une fausse notification d'une adresse étrangère, puis la vraie",
        "a forged notification from a foreign address, then the true one",
    ),
}


def ending_of(phone: str) -> Ending:
    """Return the scenario of a phone number in any notation; what the table does not name approves."""
    try:
        return Ending(phone[-2:])
    except ValueError:
        return Ending.APPROVED
