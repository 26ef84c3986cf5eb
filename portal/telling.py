"""The room where a deliverer is put together: whose shop it tells, and who is written to where a shop stays silent."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask
from sqlalchemy import Connection, RowMapping

from portal.merchants import partners
from portal.notices import mail
from portal.security.outbound import Resolver, system_resolver
from portal.web.services import EXTENSION, Services
from portal.webhooks.delivering import Deliverer
from portal.webhooks.formats import Partner
from portal.webhooks.posting import Poster

SUBJECT = {
    "fr": "Votre site ne reçoit plus nos notifications",
    "en": "Your site no longer receives our notifications",
}
BODY = {
    "fr": """Bonjour,

Depuis trois jours, l'adresse de notification suivante ne répond plus comme attendu :

  {url}

Nous avons suspendu les envois. Rien n'est perdu : nous essayons encore une fois par heure, et dès que l'adresse répond
à nouveau, tout ce qui a été manqué est renvoyé. Vos paiements ne sont pas touchés.

Que faire : vérifiez que le serveur de votre site fonctionne et répond 200 à cette adresse.
""",
    "en": """Hello,

For three days the following notification address has not answered as expected:

  {url}

We have paused deliveries to it. Nothing is lost: we try again once an hour, and as soon as the address answers again,
all that was missed is sent. Your payments are not affected.

What to do: check that your site's server is running and answers 200 at this address.
""",
}


def deliverer(app: Flask, resolver: Resolver = system_resolver) -> Deliverer:
    """Return what tells the shops of this application; tests hand in their resolver."""
    services: Services = app.extensions[EXTENSION]
    settings = services.settings

    @lru_cache(maxsize=1000)
    def partner(merchant_id: int) -> Partner:
        found = partners.known(merchant_id)
        return Partner(found.public_id, found.name)

    def on_paused(tx: Connection, endpoint: RowMapping) -> None:
        store = partners.known(endpoint["merchant_id"])
        language = store.language if store.language in SUBJECT else "fr"
        mail.post(
            tx,
            services.clock,
            recipient=store.email,
            subject=SUBJECT[language],
            body=BODY[language].format(url=endpoint["url"]),
            merchant_id=endpoint["merchant_id"],
        )

    return Deliverer(
        clock=services.clock,
        vault=services.vault,
        poster=Poster(allow_private=settings.webhooks_allow_private, resolver=resolver),
        site=settings.public_url,
        partner=partner,
        on_paused=on_paused,
        around=app.app_context,
    )
