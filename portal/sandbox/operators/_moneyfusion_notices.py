"""Which webhooks MoneyFusion sends about a payment, and which scenario bends them how."""

from dataclasses import replace
from typing import assert_never

from portal.sandbox.checks import is_web_address
from portal.sandbox.journal import Entry, showable_url
from portal.sandbox.operators._moneyfusion_flow import Event, Page
from portal.sandbox.operators._moneyfusion_settings import MoneyfusionSettings
from portal.sandbox.operators._moneyfusion_words import NAME, as_json, webhook
from portal.sandbox.outgoing import Call, Step
from portal.sandbox.scenarios import Ending

JSON = "application/json"


def steps(page: Page, event: Event, settings: MoneyfusionSettings) -> list[Step]:
    """Return what is sent to the merchant about an event, in order, by the page's scenario."""
    ending = page.ending
    first, *again = settings.retry_after
    true = _step(page, webhook(page, event, settings), settings, settings.notify_delay_seconds + first)
    match ending:
        case Ending.SILENT:
            return []
        case Ending.TRIPLED:
            repeat = replace(true, waits=(0.0, *again))
            return [true, repeat, repeat]
        case Ending.STALE_AFTER if event is Event.COMPLETED:
            return [true, *_stale(page, settings)]
        case (
            Ending.APPROVED
            | Ending.CUSTOMER_CANCELS
            | Ending.REFUSED
            | Ending.WRONG_PIN
            | Ending.NOBODY_ACTS
            | Ending.SLOW
            | Ending.STALE_AFTER
            | Ending.SMALLER
            | Ending.REPLY_LOST
            | Ending.EARLY
            | Ending.FORGED_FIRST
        ):
            return [true]
        case _:
            assert_never(ending)


def forged(page: Page, settings: MoneyfusionSettings) -> Step:
    """Return a stranger's lie: paid, and twice the amount, while nothing is paid yet."""
    lie = webhook(page, Event.COMPLETED, settings)
    lie |= {"Montant": 2 * page.payin.amount, "frais": 0, "numeroTransaction": "99999999"}
    # A forger is not heard and does not come back: one try only.
    call = post(page.payin.webhook_url, lie, page.reference, settings)
    return Step(replace(call, source=settings.foreign_address))


def post(url: str, body: dict[str, object], reference: str, settings: MoneyfusionSettings) -> Call:
    """Return a webhook's call."""
    return Call(
        operator=NAME,
        method="POST",
        url=url,
        reference=reference,
        body=as_json(body),
        content_type=JSON,
        timeout=settings.notify_timeout_seconds,
    )


def unsendable(url: str, reference: str) -> Entry | None:
    """Return the journal's line about a webhook that has nowhere to go; None where it can be sent."""
    if is_web_address(url):
        return None
    note = "not sent: the webhook_url is no web address" if url else "not sent: no webhook_url was given"
    return Entry(NAME, "out", "POST", showable_url(url), "", None, reference=reference, note=note)


def _step(page: Page, body: dict[str, object], settings: MoneyfusionSettings, wait: float) -> Step:
    call = post(page.payin.webhook_url, body, page.reference, settings)
    return Step(call, (wait, *settings.retry_after[1:]))


def _stale(page: Page, settings: MoneyfusionSettings) -> list[Step]:
    return [
        _step(page, webhook(page, Event(word), settings), settings, settings.stale_after_seconds)
        for word in settings.stale_events
    ]
