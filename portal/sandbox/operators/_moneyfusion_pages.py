"""What the shopper sees at MoneyFusion: one template per stage of the page."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Response, request

from portal.sandbox.checks import is_web_address
from portal.sandbox.operators import _moneyfusion_flow as flow
from portal.sandbox.operators._moneyfusion_texts import TEXTS
from portal.sandbox.operators._moneyfusion_wallets import DEFAULT_WALLET, WALLETS
from portal.sandbox.pages import page as render
from portal.sandbox.texts import Language, amount_text, language_of, typeset

_TEMPLATES: Mapping[flow.Stage, str] = {
    flow.Stage.IDENTIFY: "moneyfusion/identify.html",
    flow.Stage.CODE: "moneyfusion/code.html",
    flow.Stage.AWAY: "moneyfusion/waiting.html",
    flow.Stage.PROCESSING: "moneyfusion/waiting.html",
    flow.Stage.SUCCESS: "moneyfusion/success.html",
    flow.Stage.CANCELLED: "moneyfusion/leaving.html",
    flow.Stage.DECLINED: "moneyfusion/leaving.html",
    flow.Stage.LAPSED: "moneyfusion/leaving.html",
}


def language() -> Language:
    """Return the language of the present request: `?lang=`, else the browser's, else French."""
    return language_of(request.args.get("lang") or request.accept_languages.best_match(["fr", "en"]))


def stage(page: flow.Page, problem: flow.Problem | None = None) -> Response:
    """Render a page as it stands; a problem is said at its field, and what was typed is kept."""
    spoken = language()
    return render(
        _TEMPLATES[page.stage],
        spoken,
        TEXTS,
        status=200 if problem is None else 422,
        amount=amount_text(page.payin.amount, spoken),
        name=page.payin.name,
        token=page.token,
        stage=page.stage.value,
        wallets=[(value, typeset(name, spoken)) for value, name in WALLETS.items()],
        chosen=request.form.get("moyen") or page.wallet or DEFAULT_WALLET,
        typed_phone=request.form.get("phone", page.phone or page.payin.phone),
        tries=page.tries,
        tries_left=flow.TRIES - page.tries,
        problem=problem.value if problem else "",
        leave_to=return_url(page),
    )


def return_url(page: flow.Page) -> str:
    """Return the merchant's return URL with `token` added to its query; empty where there is none."""
    url = page.payin.return_url
    if not is_web_address(url):
        return ""
    parts = urlsplit(url)
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), ("token", page.token)]
    return urlunsplit(parts._replace(query=urlencode(pairs)))
