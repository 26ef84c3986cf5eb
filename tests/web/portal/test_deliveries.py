"""What was sent to a store's site: looked through page by page, each try with its answer, sent again."""

from __future__ import annotations

import html
import re

from flask import Flask
from sqlalchemy import insert, select, update

from portal import db
from portal.web.services import services
from portal.webhooks.models import Delivery, DeliveryAttempt
from tests.web.browsing import Browser
from tests.web.portal.selling import Desk
from tests.web.portal.test_webhooks import deliver, made
from tests.webhooks.conftest import Shop, shop

__all__ = ["shop"]

LIST = "/portal/webhooks/deliveries"


def links(text: str) -> list[str]:
    return re.findall(r"/portal/webhooks/deliveries/dlv_\w+(?=\")", text)


def ping(browser: Browser, page: str) -> str:
    return browser.post(f"{page}/ping", on=page).location


def answered(app: Flask, answer: bytes, status: int = 500) -> None:
    """Let the newest delivery have been tried, and answered so."""
    with app.app_context(), db.writing() as tx:
        newest = tx.scalar(select(Delivery.id).order_by(Delivery.id.desc()).limit(1))
        row = {"delivery_id": newest, "status": status, "milliseconds": 142, "answer": answer}
        tx.execute(insert(DeliveryAttempt).values(**row, at=db.now(services().clock)))
        tx.execute(update(Delivery).where(Delivery.id == newest).values(tries=1))


def test_each_try_is_shown_with_status_time_and_what_was_answered_as_text(
    app: Flask, browser: Browser
) -> None:
    page = ping(browser, made(browser))
    answered(app, b"<script>alert(1)</script>\x00\xff")
    raw = browser.client.get(page).get_data(as_text=True)
    assert "réponse 500" in raw
    assert "en 142 ms" in raw
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\ufffd\ufffd" in raw
    assert "Prochain essai" in raw


def test_the_body_that_is_shown_is_the_body_that_is_sent(app: Flask, desk: Desk, shop: Shop) -> None:
    made(desk.browser, url=f"{shop.url}/standard")
    made(desk.browser, url=f"{shop.url}/partner", format="partner_callback")
    desk.is_paid(500)
    deliver(app)
    shown = [desk.browser.get(link).text for link in links(desk.browser.get(LIST).text)]
    sent = [html.unescape(body.decode()) for _path, _headers, body in shop.got]
    assert {path for path, _headers, _body in shop.got} == {"/standard", "/partner"}
    assert sorted(body for body in sent for page in shown if body in page) == sorted(sent)


def test_a_list_is_narrowed_and_read_on_page_by_page(app: Flask, browser: Browser) -> None:
    page = made(browser)
    sent = [ping(browser, page) for _ in range(27)]
    first = browser.get(LIST).text
    assert links(first) == sent[:1:-1]
    following = re.search(r'href="([^"]*older=[^"]*)"', first)
    assert following
    second = browser.get(following[1]).text
    assert links(second) == sent[1::-1]
    assert "Revenir au début" in second
    with app.app_context(), db.writing() as tx:
        oldest = tx.scalar(select(Delivery.id).order_by(Delivery.id).limit(1))
        tx.execute(update(Delivery).where(Delivery.id == oldest).values(status="failed", due_at=None))
    assert links(browser.get(f"{LIST}?status=failed").text) == sent[:1]
    endpoint = page.rpartition("/")[2]
    assert len(links(browser.get(f"{LIST}?to={endpoint}").text)) == 25
    assert "Aucun envoi ne correspond." in browser.get(f"{LIST}?to=we_other").text
    assert "Aucun envoi ne correspond." in browser.get(f"{LIST}?older=dlv_other").text
    assert len(links(browser.get(f"{LIST}?status=lost").text)) == 25


def test_a_delivery_is_sent_again(app: Flask, browser: Browser) -> None:
    page = ping(browser, made(browser))
    deliver(app)
    assert browser.post(f"{page}/again", on=page).location == page
    deliver(app)
    assert browser.get(page).text.count("personne n'écoute à cette adresse") == 2


def test_a_delivery_outlives_its_endpoint_and_is_not_sent_again(app: Flask, browser: Browser) -> None:
    endpoint = made(browser)
    page = ping(browser, endpoint)
    browser.post(f"{endpoint}/delete")
    text = browser.get(page).text
    assert "(supprimée)" in text
    assert "Abandonné" in text
    assert "Renvoyer maintenant" not in text
    assert browser.post(f"{page}/again", on="/portal/settings").location == page
    assert "Rien n'est parti" in browser.get(page).text


def test_the_deliveries_of_another_store_do_not_exist(browser: Browser, stranger: Browser) -> None:
    endpoint = made(browser)
    page = ping(browser, endpoint)
    assert stranger.get(page).status == 404
    assert stranger.post(f"{page}/again", on="/portal/settings").status == 404
    assert links(stranger.get(LIST).text) == []
    assert links(stranger.get(f"{LIST}?to={endpoint.rpartition('/')[2]}").text) == []
