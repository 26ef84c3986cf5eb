"""What the shopper sees at TMoney Online: one template per stage of the page, and the refusals."""

from collections.abc import Mapping

from flask import Response

from portal.sandbox.operators import _tmoney_online_flow as flow
from portal.sandbox.operators._tmoney_online_desk import SessionCheck
from portal.sandbox.operators._tmoney_online_form import Order, Rule
from portal.sandbox.operators._tmoney_online_settings import TmoneyOnlineSettings
from portal.sandbox.operators._tmoney_online_texts import TEXTS
from portal.sandbox.pages import page as render
from portal.sandbox.texts import amount_text, language_of, typeset

_TEMPLATES: Mapping[flow.Stage, str] = {
    flow.Stage.IDENTIFY: "tmoney_online/identify.html",
    flow.Stage.CODE: "tmoney_online/code.html",
    flow.Stage.AWAY: "tmoney_online/away.html",
    flow.Stage.SUCCESS: "tmoney_online/success.html",
    flow.Stage.CANCELLED: "tmoney_online/leaving.html",
    flow.Stage.DECLINED: "tmoney_online/leaving.html",
    flow.Stage.LAPSED: "tmoney_online/leaving.html",
}


def stage(
    page: flow.Page,
    settings: TmoneyOnlineSettings,
    problem: flow.Problem | None = None,
    typed_phone: str = "",
) -> Response:
    """Render a page as it stands; a problem is said at its field, and the phone that was typed is kept."""
    return render(
        _TEMPLATES[page.stage],
        page.order.language,
        TEXTS,
        status=200 if problem is None else 422,
        order=page.order,
        brand=page.order.brand or settings.merchant_name,
        amount=amount_text(page.order.amount, page.order.language),
        stage=page.stage.value,
        fixed_phone=_spaced(page.order.phone),
        typed_phone=typed_phone or _spaced(page.phone),
        tries=page.tries,
        tries_left=flow.TRIES - page.tries,
        problem=problem.value if problem else "",
        leave_to=_return_url(page, settings),
    )


def form_refused(form: Mapping[str, str], rule: Rule) -> Response:
    """Say which field of the order form is wrong and what it must be."""
    language = language_of(form.get("language"))
    expected = typeset(rule.en if language == "en" else rule.fr, language)
    return render(
        "tmoney_online/form_refused.html", language, TEXTS, status=400, field=rule.name, expected=expected
    )


def merchant_refused(order: Order) -> Response:
    """Say that the session was given to another merchant."""
    language = order.language
    expected = TEXTS[language][SessionCheck.OTHER_MERCHANT.value]
    return render(
        "tmoney_online/form_refused.html",
        language,
        TEXTS,
        status=400,
        field="merchantid",
        expected=typeset(expected, language),
    )


def session_refused(order: Order, check: SessionCheck, settings: TmoneyOnlineSettings) -> Response:
    """Say what is wrong with the session, with the way back to the merchant."""
    return render(
        "tmoney_online/session_refused.html",
        order.language,
        TEXTS,
        status=403,
        reason=check.value,
        leave_to=order.decline_url or settings.decline_url,
    )


def _return_url(page: flow.Page, settings: TmoneyOnlineSettings) -> str:
    order = page.order
    match page.stage:
        case flow.Stage.SUCCESS:
            return order.accept_url or settings.accept_url
        case flow.Stage.CANCELLED:
            return order.cancel_url or settings.cancel_url
        case flow.Stage.DECLINED | flow.Stage.LAPSED:
            return order.decline_url or settings.decline_url
        case flow.Stage.IDENTIFY | flow.Stage.CODE | flow.Stage.AWAY:
            return ""


def _spaced(phone: str) -> str:
    if not phone:
        return ""
    local = phone[3:]
    return f"+228 {local[:2]} {local[2:4]} {local[4:6]} {local[6:]}"
