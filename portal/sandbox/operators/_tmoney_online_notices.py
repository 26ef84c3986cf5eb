"""What TMoney Online tells the merchant's server, and which scenario bends that how."""

import secrets
from dataclasses import dataclass, replace
from typing import assert_never
from urllib.parse import urlencode

from portal.sandbox.operators._tmoney_online_flow import Outcome, Page
from portal.sandbox.operators._tmoney_online_settings import TmoneyOnlineSettings
from portal.sandbox.outgoing import Call, Step
from portal.sandbox.scenarios import Ending

NAME = "tmoney-online"
CUSTOMER = "Akossiwa Dédé LAWSON"


@dataclass(frozen=True)
class Notice:
    """One notification's content; `time` in Unix seconds."""

    page: Page
    outcome: Outcome
    time: int
    payment: str
    transaction: str

    @property
    def amount(self) -> int:
        """Return what the shopper really paid, or was to pay."""
        asked = self.page.order.amount
        if self.outcome is Outcome.PAID and self.page.ending is Ending.SMALLER:
            return max(1, asked // 2)
        return asked

    def query(self) -> str:
        """Return the query string, in the order in which the operator's page lists the parameters."""
        phone = self.page.phone
        return urlencode(
            {
                "purchaseref": self.page.order.reference,
                "amount": self.amount,
                "currency": "952",
                "status": "OK" if self.outcome is Outcome.PAID else "NOK",
                "clientid": f"TM{phone}" if phone else "",
                "cname": CUSTOMER if phone else "",
                "mobile": phone,
                "paymentref": self.payment,
                "payid": self.transaction,
                "timestamp": self.time,
                "error": self.outcome.value,
                "ipaddr": self.page.address,
            }
        )


def fresh_notice(page: Page, outcome: Outcome, now: float) -> Notice:
    """Return a notification with a payment reference and a transaction id that no other has."""
    return Notice(page, outcome, int(now), payment=_digits(12), transaction=_digits(16))


def steps(notice: Notice, url: str, settings: TmoneyOnlineSettings) -> list[Step]:
    """Return what is sent to the merchant's notification URL, in order, by the page's scenario."""
    ending = notice.page.ending
    first, *again = settings.retry_after
    true = _step(notice, url, settings, (settings.notify_delay_seconds + first, *again))
    match ending:
        case Ending.SILENT:
            return []
        case Ending.SLOW:
            return [replace(true, waits=(true.waits[0] + settings.slow_seconds, *again))]
        case Ending.TRIPLED:
            repeat = replace(true, waits=(0.0, *again))
            return [true, repeat, repeat]
        case Ending.STALE_AFTER if notice.outcome is Outcome.PAID:
            return [true, _stale(notice, url, settings)]
        case Ending.FORGED_FIRST:
            return [_forged(notice, url, settings), true]
        case (
            Ending.APPROVED
            | Ending.CUSTOMER_CANCELS
            | Ending.REFUSED
            | Ending.WRONG_PIN
            | Ending.NOBODY_ACTS
            | Ending.STALE_AFTER
            | Ending.SMALLER
            | Ending.REPLY_LOST
            | Ending.EARLY
        ):
            return [true]
        case _:
            assert_never(ending)


def _step(notice: Notice, url: str, settings: TmoneyOnlineSettings, waits: tuple[float, ...]) -> Step:
    joint = "&" if "?" in url else "?"
    call = Call(
        operator=NAME,
        method="GET",
        url=f"{url}{joint}{notice.query()}",
        reference=notice.page.order.reference,
        timeout=settings.notify_timeout_seconds,
    )
    return Step(call, waits)


def _stale(notice: Notice, url: str, settings: TmoneyOnlineSettings) -> Step:
    older = replace(notice, outcome=Outcome.PAYMENT_FAILED, time=notice.time - 1)
    return _step(older, url, settings, (settings.stale_after_seconds, *settings.retry_after[1:]))


def _forged(notice: Notice, url: str, settings: TmoneyOnlineSettings) -> Step:
    # A forger is not heard and does not come back: one try only.
    lie = fresh_notice(notice.page, Outcome.PAID, notice.time)
    step = _step(lie, url, settings, (settings.notify_delay_seconds,))
    return replace(step, call=replace(step.call, source=settings.foreign_address))


def _digits(length: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(length))
