"""The room of the demo: one merchant in test mode, made once, with secrets that only its own database makes true."""

from __future__ import annotations

import base64
import hashlib
import hmac

from sqlalchemy import select

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

EMAIL = "demo@cross.example"
STORE = "Boutique Démo"
AMOUNT = 500


def prepare(settings: Settings, clock: Clock, directory: Directory) -> dict[str, str]:
    """Make the demo merchant unless it is there; return what a person and a program need to try it.

    Its secrets are derived from SECRET_KEY, so that nothing but hashes is stored and a second call says the same.
    """
    secret = {name: _derived(settings, name) for name in ("password", "api key", "webhook secret")}
    api_key = f"sk_test_{secret['api key'].hex()}"
    password = secret["password"].hex()[:12]
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
        "webhook_secret": "whsec_" + base64.b64encode(secret["webhook secret"]).decode(),
        "payment_link": f"{settings.public_url}/l/{slug}",
    }


def _derived(settings: Settings, name: str) -> bytes:
    return hmac.digest(settings.secret_key.encode(), f"demo {name}".encode(), hashlib.sha256)
