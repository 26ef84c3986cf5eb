"""The door to a store's payment links: made, shown with all it takes to share them, switched off and on."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, ValidationError

from portal import db
from portal.domain.money import LARGEST, XOF
from portal.merchants import accounts, stores
from portal.payments import links
from portal.payments.links import NewLink
from portal.web.forms import (
    ChoiceField,
    PortalForm,
    ReadField,
    TextField,
    amount,
    count,
    day,
    ends,
    needed,
    readable,
    today,
)
from portal.web.forms import lazy_gettext as _l
from portal.web.money import shown
from portal.web.portal import frame, sharing, words
from portal.web.services import services

blueprint = frame.door("links", __name__)

MOST_USES = 1_000_000
PICTURE_KEPT = 3600
"""Seconds."""
LONGEST_LIFE = timedelta(days=10 * 365)


class LinkForm(PortalForm):
    """What is sold by link."""

    title = TextField(_l("Titre"), [needed(_l("Écrivez ce que le client paie.")), readable(100)])
    description = TextField(_l("Description"), [readable(255, lines=True)])
    kind = ChoiceField(
        _l("Montant"),
        choices=[("fixed", _l("Montant fixe")), ("free", _l("Le client choisit le montant"))],
        default="fixed",
    )
    amount = ReadField(_l("Montant fixe en F CFA"), read=amount)
    expires_on = ReadField(_l("Dernier jour pour payer"), read=day)
    max_uses = ReadField(_l("Nombre de paiements"), read=count)
    prefill = BooleanField(_l("L'adresse peut contenir le montant et votre référence"))

    def validate_kind(self, field: ChoiceField) -> None:
        """Want one of the two."""
        if field.data not in {"fixed", "free"}:
            raise ValidationError(_("Choisissez l'un des deux."))

    def validate_amount(self, field: ReadField) -> None:
        """Want an amount that an operator of the store takes, for a fixed one alone."""
        if field.process_errors:
            return
        if self.kind.data == "free":
            if field.data is not None:
                raise ValidationError(_("Effacez ce montant, ou choisissez « Montant fixe »."))
            return
        least, most = _limits()
        if field.data is None or not least <= field.data <= most:
            raise ValidationError(
                _(
                    "Écrivez un montant de %(least)s à %(most)s.",
                    least=shown(least, XOF),
                    most=shown(most, XOF),
                )
            )

    def validate_expires_on(self, field: ReadField) -> None:
        """Want a day that is not over, within ten years."""
        last: date | None = field.data
        if last is not None and last < today():
            raise ValidationError(_("Choisissez aujourd'hui ou un jour à venir."))
        if last is not None and last > today() + LONGEST_LIFE:
            raise ValidationError(_("Choisissez un jour dans les dix ans à venir."))

    def validate_max_uses(self, field: ReadField) -> None:
        """Want at least one payment, and a number that fits."""
        if field.data is not None and not 1 <= field.data <= MOST_USES:
            raise ValidationError(
                _("Écrivez un nombre de 1 à 1\u00a0000\u00a0000, ou laissez vide pour ne pas limiter.")
            )

    def new_link(self) -> NewLink:
        """Return what the form asks for."""
        return NewLink(
            merchant_id=frame.store().id,
            mode=frame.mode(),
            title=self.title.data,
            description=self.description.data,
            amount=self.amount.data if self.kind.data == "fixed" else None,
            expires_at=ends(self.expires_on.data) if self.expires_on.data else None,
            max_uses=self.max_uses.data,
            prefill=bool(self.prefill.data),
        )


def _limits() -> tuple[int, int]:
    """Return the least and the greatest amount that an operator of the store takes."""
    inside = services()
    with db.reading() as connection:
        connected = accounts.enabled(connection, inside.directory, frame.store().id, frame.mode())
    known = [inside.providers[one.operator].limits for one in connected if one.operator in inside.providers]
    return min((one.least for one in known), default=1), max((one.most for one in known), default=LARGEST)


@blueprint.get("/links")
def index() -> str:
    """List the store's links, newest first."""
    after = request.args.get("after")
    with db.reading() as connection:
        page = links.listed(
            connection,
            services().clock,
            merchant_id=frame.store().id,
            mode=frame.mode(),
            after=after if after and after.isprintable() else None,
        )
    return render_template("portal/links.html", page=page, state=state)


@blueprint.route("/links/new", methods=["GET", "POST"])
def new() -> str | tuple[str, int] | BaseResponse:
    """Make a link."""
    form = LinkForm()
    if request.method == "GET":
        return render_template("portal/link_new.html", form=form)
    if not form.validate():
        return render_template("portal/link_new.html", form=form), 422
    inside = services()
    wanted = form.new_link()
    with db.writing() as tx:
        made = links.create(tx, inside.clock, inside.vault, wanted)
    flash(_("Le lien est prêt. Copiez-le et envoyez-le à vos clients."), "good")
    return redirect(url_for("portal_links.show", public_id=made["public_id"]), code=303)


@blueprint.get("/links/<public_id>")
def show(public_id: str) -> str:
    """Show the store's link with what it needs to be shared."""
    link = _link(public_id)
    frame.look_at(link["mode"])
    return _page(link)


@blueprint.get("/links/<public_id>/qr.<any(svg, png):kind>")
def picture(public_id: str, kind: str) -> Response:
    """Draw the link's address as a QR code: it never changes, but is the store's alone to keep."""
    link = _link(public_id)
    response = Response(sharing.qr_code(_address(link), kind), content_type=sharing.QR_TYPES[kind])
    response.headers.set("Content-Disposition", "inline", filename=f"qr-{link['slug']}.{kind}")
    response.cache_control.private = True
    response.cache_control.max_age = PICTURE_KEPT
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.post("/links/<public_id>")
def rotate_secret(public_id: str) -> str:
    """Give the store's link a new secret, which this answer alone holds; the one before is worth nothing now."""
    with db.writing() as tx:
        secret = links.rotate_secret(tx, services().vault, merchant_id=frame.store().id, public_id=public_id)
    if secret is None:
        abort(404)
    link = _link(public_id)
    frame.look_at(link["mode"])
    return _page(link, secret)


@blueprint.post("/links/<public_id>/switch")
def switch(public_id: str) -> BaseResponse:
    """Switch the store's link off or on."""
    enabled = request.form.get("enabled") == "1"
    with db.writing() as tx:
        known = links.switch(tx, merchant_id=frame.store().id, public_id=public_id, enabled=enabled)
    if not known:
        abort(404)
    flash(
        _("Le lien est actif.") if enabled else _("Le lien est désactivé : il n'accepte plus de paiement."),
        "good",
    )
    return redirect(url_for("portal_links.show", public_id=public_id), code=303)


def state(link: RowMapping) -> words.Word:
    """Say whether the link can be paid."""
    match links.why_not_payable(dict(link)):
        case None:
            return words.Word(_("Actif"), "good")
        case "off":
            return words.Word(_("Désactivé"), "quiet")
        case "expired":
            return words.Word(_("Expiré"), "quiet")
        case "used_up":
            return words.Word(_("Épuisé"), "quiet")


def _page(link: RowMapping, secret: str | None = None) -> str:
    inside = services()
    with db.reading() as connection:
        sites = stores.profile(connection, link["merchant_id"]).sites
    address = _address(link)
    return render_template(
        "portal/link.html",
        link=link,
        state=state,
        address=address,
        snippets=sharing.snippets(link, address, f"{inside.settings.public_url}{url_for('button.script')}"),
        sites=[site for site in sites if stores.may_open(site, sites, link["mode"])],
        secret=secret,
    )


def _link(public_id: str) -> RowMapping:
    with db.reading() as connection:
        link = links.one(connection, services().clock, merchant_id=frame.store().id, public_id=public_id)
    if link is None:
        abort(404)
    return link


def _address(link: RowMapping) -> str:
    return services().settings.public_url + url_for("links.show", slug=link["slug"])
