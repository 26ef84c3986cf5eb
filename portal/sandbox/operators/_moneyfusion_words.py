"""What MoneyFusion says about a payment: the status it answers and the webhook it sends, field by field."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from portal.sandbox.operators._moneyfusion_flow import Event, Page, Stage
from portal.sandbox.operators._moneyfusion_settings import FEE_INSIDE, MoneyfusionSettings
from portal.sandbox.operators._moneyfusion_wallets import CARD

NAME = "moneyfusion"


@dataclass(frozen=True)
class Sums:
    """The operator's two figures, in whole francs."""

    montant: int
    frais: int


def sums(amount: int, settings: MoneyfusionSettings) -> Sums:
    """Split what the shopper pays: a fee inside it, or one beside it."""
    fee = round(amount * settings.fee_percent / 100)
    return Sums(amount - fee if settings.fee_style == FEE_INSIDE else amount, fee)


def status_word(page: Page, settings: MoneyfusionSettings) -> str:
    """Return `data.statut`."""
    match page.stage:
        case Stage.SUCCESS:
            return "paid"
        case Stage.CANCELLED:
            return settings.cancelled_status
        case Stage.DECLINED | Stage.LAPSED:
            return settings.failed_status
        case Stage.IDENTIFY | Stage.CODE | Stage.AWAY | Stage.PROCESSING:
            return "no paid" if page.overdue else "pending"


def status(page: Page, settings: MoneyfusionSettings) -> dict[str, object]:
    """Return `data` of a status answer."""
    return {"_id": page.row, **_facts(page, settings), "statut": status_word(page, settings)}


def webhook(page: Page, event: Event, settings: MoneyfusionSettings) -> dict[str, object]:
    """Return the body of a webhook about the page as it stands, `event` saying what it is about."""
    words = {
        Event.PENDING: "pending",
        Event.COMPLETED: "paid",
        Event.CANCELLED: status_word(page, settings) if page.stage is not Stage.SUCCESS else "failure",
    }
    return {
        "event": event.value,
        **_facts(page, settings),
        "webhook_url": page.payin.webhook_url,
        "statut": words[event],
    }


def as_json(value: dict[str, object]) -> str:
    """Return a body as the operator's JavaScript would write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def iso(seconds: float) -> str:
    """Return Unix seconds as `2024-02-28T11:17:15.285Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _facts(page: Page, settings: MoneyfusionSettings) -> dict[str, object]:
    split = sums(page.amount, settings)
    return {
        "tokenPay": page.token,
        "numeroSend": page.payin.phone,
        "nomclient": page.payin.name,
        "personal_Info": page.payin.personal,
        "numeroTransaction": "" if page.wallet == CARD else page.phone,
        "Montant": split.montant,
        "frais": split.frais,
        "moyen": page.wallet,
        "return_url": page.payin.return_url,
        "createdAt": iso(page.created_at),
    }
