"""The room of the demo: one merchant in test mode, made once, with secrets that only its own database makes true."""

from __future__ import annotations

import base64
import hashlib
import hmac

from sqlalchemy import Connection, select

from config import Settings
from portal import db
from portal.clock import Clock
from portal.domain.provider import Mode
from portal.merchants import keys, onboarding, people
from portal.merchants.accounts import Directory
from portal.merchants.models import ApiKey, User
from portal.payments import links
from portal.payments.models import PaymentLink
from portal.security import tokens
from portal.security.vault import Vault
from portal.webhooks import endpoints
from portal.webhooks.endpoints import Changes, NewEndpoint
from portal.webhooks.models import Endpoint

EMAIL = "demo@cross.example"
STORE = "Boutique Démo"
AMOUNT = 500


def prepare(
    settings: Settings, clock: Clock, directory: Directory, webhook: str | None = None
) -> dict[str, str]:
    """Make the demo merchant unless it is there; return what a person and a program need to try it.

    Its secrets are derived from SECRET_KEY, so that nothing but hashes is stored and a second call says the same.
    `webhook`: where the demo's shop wants to be told, by an endpoint that bears the demo's webhook secret. Without it
    there is none: where nobody listens, every event would be tried for days in vain.
    """
    secret = {name: _derived(settings, name) for name in ("password", "api key", "webhook secret")}
    api_key = f"sk_test_{secret['api key'].hex()}"
    password = secret["password"].hex()[:12]
    webhook_secret = "whsec_" + base64.b64encode(secret["webhook secret"]).decode()
    with db.writing() as tx:
        if tx.scalar(select(User.id).where(User.email == EMAIL)) is None:
            hashed = people.hash_password(settings, password)
            merchant = onboarding.sign_up(
                tx, clock, directory, store=STORE, email=EMAIL, password_hash=hashed, phone="+22890000000"
            )
            keys.create(
                tx,
                clock,
                merchant_id=merchant.id,
                mode=Mode.TEST,
                name="Démo",
                scopes=[*keys.Scope],
                secret=api_key,
            )
            links.create(
                tx,
                clock,
                directory.vault,
                links.NewLink(
                    merchant_id=merchant.id, mode=Mode.TEST, title="Café de Kpalimé 250 g", amount=AMOUNT
                ),
            )
        merchant_id = tx.scalar(select(ApiKey.merchant_id).where(ApiKey.digest == tokens.digest(api_key)))
        if webhook is not None and merchant_id is not None:
            _tell(tx, clock, directory.vault, merchant_id=merchant_id, url=webhook, secret=webhook_secret)
        of_demo = (
            select(PaymentLink.slug).where(PaymentLink.merchant_id == merchant_id).order_by(PaymentLink.id)
        )
        slug = tx.scalar(of_demo.limit(1))
    return {
        "portal_url": settings.public_url,
        "sandbox_url": settings.sandbox_url or "",
        "email": EMAIL,
        "password": password,
        "api_key": api_key,
        "webhook_secret": webhook_secret,
        "payment_link": f"{settings.public_url}/l/{slug}",
    }


def _tell(tx: Connection, clock: Clock, vault: Vault, *, merchant_id: int, url: str, secret: str) -> None:
    """Let the demo's shop be told at that address; the endpoint that bears the secret is moved where there is one."""
    query = select(Endpoint.public_id, Endpoint.sealed_secret).where(
        Endpoint.merchant_id == merchant_id, Endpoint.mode == Mode.TEST, Endpoint.deleted_at.is_(None)
    )
    for row in tx.execute(query.with_for_update()):
        if vault.open(row.sealed_secret)["secret"] == secret:
            moved: Changes = {"url": url, "enabled": True}
            own = row.public_id
            endpoints.change(tx, clock, merchant_id=merchant_id, mode=Mode.TEST, public_id=own, changes=moved)
            return
    new = NewEndpoint(merchant_id=merchant_id, mode=Mode.TEST, url=url, description="Démo")
    endpoints.create(tx, clock, vault, new, secret=secret)


def _derived(settings: Settings, name: str) -> bytes:
    return hmac.digest(settings.secret_key.encode(), f"demo {name}".encode(), hashlib.sha256)
