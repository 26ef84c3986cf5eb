"""The room of what a shopper may see, each page in each state: the checkout, links, receipts, errors, the operator."""

from __future__ import annotations

from tests.browser.stand import Picture, Stand, opened

OPERATOR = "tmoney-online"
RETURN = "http://127.0.0.1/merci"
FOREIGN_FORM = '<form method="post" action="{url}"><button>go</button></form>'


def paid(stand: Stand) -> None:
    stand.pay("00")


def paid_with_a_shop(stand: Stand) -> None:
    """The page leads on after 8 s: the picture is taken long before."""
    stand.pay("00", return_url=RETURN)


def push(stand: Stand, digits: str, operator: str = "tmoney") -> str:
    """Ask on the handset; a number that ends in 10 loses the reply, so that nothing is known for a while."""
    checkout = stand.order()
    stand.page.fill("[name=phone]", f"90 00 00 {digits}")
    stand.page.click(f".wallet[formaction$='/{operator}']")
    return checkout


def asked(stand: Stand) -> None:
    push(stand, "04")
    stand.page.click("form[action$='/ask'] button")


def wrong_number(stand: Stand) -> None:
    push(stand, "0")


def elsewhere(stand: Stand) -> None:
    """Go to MoneyFusion's page, and open the checkout again."""
    checkout = push(stand, "00", "moneyfusion")
    stand.page.wait_for_selector("[name=pin]")
    stand.open(checkout)


def starting(stand: Stand) -> None:
    with stand.set({"session_delay": 8}, {"session_delay": 0}):
        checkout = stand.order()
        stand.click_elsewhere(checkout, OPERATOR)
        stand.page.wait_for_timeout(500)
        stand.open(checkout)
        stand.page.wait_for_selector(".wait")


def operator_down(stand: Stand) -> None:
    with stand.set(
        {"session_reply": "<h1>502</h1>", "session_status": 502}, {"session_reply": "", "session_status": 200}
    ):
        stand.choose()


def waiting(stand: Stand) -> None:
    stand.open(stand.arrive())


def another_way(stand: Stand) -> None:
    waiting(stand)
    stand.page.click("summary")


def left(stand: Stand) -> None:
    another_way(stand)
    stand.page.click("details button")


def cancel_refused(stand: Stand) -> None:
    """Cancel on a page that was opened before the payment was started in another window."""
    checkout = stand.order()
    window = stand.page.context.new_page()
    window.goto(checkout)
    window.click(".wallet[formaction$='/tmoney-online']")
    window.close()
    stand.page.click("main .quiet")


def cancelled(stand: Stand) -> None:
    stand.order(cancel_url=f"{RETURN}?non=1")
    stand.page.click("main .quiet")


def expired(stand: Stand, which: str) -> None:
    stand.open(stand.early[which])
    stand.await_end()


def amount_wrong(stand: Stand) -> None:
    stand.open(stand.early["free"])
    stand.page.fill("[name=amount]", "cinq")
    stand.page.click("main form button")


def receipt(stand: Stand) -> None:
    stand.pay("00")
    stand.page.click("main a[href^='/r/']")


def mismatch_receipt(stand: Stand) -> None:
    """A receipt of money that does not fit its order."""
    stand.open(stand.early["review receipt"])


def foreign_form(stand: Stand) -> None:
    stand.order()
    url = f"{stand.page.url}/{OPERATOR}"
    stand.page.goto("about:blank")
    stand.page.set_content(FOREIGN_FORM.format(url=url))
    stand.page.click("button")


CHECKOUT = (
    Picture("checkout-choose", "checkout.show", lambda s: s.order()),
    Picture("checkout-choose-wrong-number", "checkout.pay", wrong_number),
    Picture("checkout-choose-refused", "checkout.show", lambda s: s.pay("02")),
    Picture("checkout-choose-customer-cancelled", "checkout.show", lambda s: s.pay("01")),
    Picture("checkout-choose-operator-down", "checkout.show", operator_down),
    Picture("checkout-choose-left", "checkout.show", left),
    Picture("checkout-choose-cancel-refused", "checkout.cancel", cancel_refused),
    Picture("checkout-starting", "checkout.show", starting),
    Picture("checkout-forward", "checkout.forward", lambda s: s.choose()),
    Picture("checkout-waiting", "checkout.show", waiting),
    Picture("checkout-waiting-another-way", "checkout.show", another_way),
    Picture("checkout-waiting-accepted", "checkout.show", lambda s: s.come_back("accept")),
    Picture("checkout-waiting-declined", "checkout.show", lambda s: s.come_back("decline")),
    Picture("checkout-push", "checkout.show", lambda s: push(s, "04")),
    Picture("checkout-push-asked", "checkout.show", asked),
    Picture("checkout-push-unknown", "checkout.show", lambda s: push(s, "10")),
    Picture("checkout-waiting-moneyfusion", "checkout.show", elsewhere),
    Picture("checkout-paid", "checkout.show", paid),
    Picture("checkout-paid-with-shop", "checkout.show", paid_with_a_shop),
    Picture("checkout-review", "checkout.show", lambda s: s.pay("08")),
    Picture("checkout-cancelled", "checkout.show", cancelled),
    Picture("checkout-expired-unknown", "checkout.show", lambda s: expired(s, "unheard")),
    Picture("checkout-expired", "checkout.show", lambda s: expired(s, "never tried")),
)

LINKS = (
    Picture("link-fixed", "links.show", lambda s: s.open(s.stack.payment_link)),
    Picture("link-free", "links.show", lambda s: s.open(f"{s.early['free']}?amount=2500&reference=CMD-7")),
    Picture("link-altered", "links.show", lambda s: s.open(f"{s.early['free']}?amount=2500&sig=x")),
    Picture("link-over", "links.show", lambda s: s.open(f"{s.early['free']}?amount=2500&expires=1")),
    Picture("link-free-wrong", "links.show", amount_wrong),
    Picture("link-off", "links.show", lambda s: s.open(s.early["off"])),
    Picture("link-expired", "links.show", lambda s: s.open(s.early["expired"])),
)

REST = (
    Picture("receipt", "receipts.show", receipt),
    Picture("receipt-in-review", "receipts.show", mismatch_receipt),
    Picture("error-404", "unmatched", opened("/nulle-part")),
    Picture("error-403", "checkout.pay", foreign_form),
)


def wrong_pin(stand: Stand) -> None:
    stand.arrive()
    stand.identify("00", pin="0000")


def wrong_phone(stand: Stand) -> None:
    stand.arrive()
    stand.page.fill("[name=phone]", "12")
    stand.page.click("main form button")


def code(stand: Stand) -> None:
    stand.arrive()
    stand.identify("00")


def code_missing(stand: Stand) -> None:
    code(stand)
    stand.page.click("main form button")


def success(stand: Stand) -> None:
    code(stand)
    stand.enter_code()


def away(stand: Stand) -> None:
    stand.arrive()
    stand.identify("04")


def session_used(stand: Stand) -> None:
    """Hand the same order form in twice."""
    checkout = stand.arrive()
    stand.open(f"{checkout}/go")
    stand.page.click("form[data-auto] button")


def form_refused(stand: Stand) -> None:
    stand.arrive()
    url = stand.page.url.split("/page/")[0] + "/online.php"
    stand.page.set_content(FOREIGN_FORM.format(url=url))
    stand.page.click("button")


SANDBOX = (
    Picture("sandbox-front", "sandbox", lambda s: s.open(f"{s.stack.sandbox_url}/?lang={s.language}")),
    Picture(
        "sandbox-404", "sandbox", lambda s: s.open(f"{s.stack.sandbox_url}/nulle-part?lang={s.language}")
    ),
    Picture("sandbox-identify", "sandbox", lambda s: s.arrive()),
    Picture("sandbox-identify-wrong-phone", "sandbox", wrong_phone),
    Picture("sandbox-identify-wrong-pin", "sandbox", wrong_pin),
    Picture("sandbox-code", "sandbox", code),
    Picture("sandbox-code-missing", "sandbox", code_missing),
    Picture("sandbox-success", "sandbox", success),
    Picture("sandbox-away", "sandbox", away),
    Picture("sandbox-session-used", "sandbox", session_used),
    Picture("sandbox-form-refused", "sandbox", form_refused),
)

SHOPPER = (*CHECKOUT, *LINKS, *REST, *SANDBOX)
