"""The door for merchants: sign up, log in, log out; nobody learns here who has an account.

Signing up with a known address ends exactly as with a new one, signed in by neither. What a new password then
opens at `/login` would still tell, at the price of a store made for the purpose and a few tries an hour; only
a mail to the address could close that.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import PasswordField, ValidationError

from portal import db
from portal.merchants import onboarding, people
from portal.merchants.people import LONGEST_PASSWORD, SHORTEST_PASSWORD
from portal.security import tokens
from portal.web import login as sessions
from portal.web.forms import (
    EmailField,
    PortalForm,
    ReadField,
    TextField,
    email,
    needed,
    phone_number,
    readable,
)
from portal.web.forms import lazy_gettext as _l
from portal.web.languages import language
from portal.web.services import services
from portal.web.visitors import limit_address

blueprint = Blueprint("auth", __name__)

TYPED = "typed_email"
"""Where the session keeps the address from one form to the next."""


class SignUp(PortalForm):
    """What a store begins with."""

    store = TextField(
        _l("Nom de votre boutique"), [needed(_l("Écrivez le nom de votre boutique.")), readable(100)]
    )
    email = EmailField(_l("Adresse e-mail"), [needed(_l("Écrivez votre adresse e-mail.")), email])
    phone = ReadField(
        _l("Téléphone de contact"), [needed(_l("Écrivez un numéro de téléphone."))], read=phone_number
    )
    password = PasswordField(_l("Mot de passe"), [needed(_l("Choisissez un mot de passe."))])

    def validate_password(self, field: PasswordField) -> None:
        """Want a password that is not guessed at once; raise ValidationError with what to do."""
        text = field.data or ""
        if len(text) < SHORTEST_PASSWORD:
            raise ValidationError(
                _("Choisissez un mot de passe d'au moins %(least)s caractères.", least=SHORTEST_PASSWORD)
            )
        if len(text) > LONGEST_PASSWORD:
            raise ValidationError(
                _("Choisissez un mot de passe d'au plus %(most)s caractères.", most=LONGEST_PASSWORD)
            )
        if people.is_weak(text, self.email.data):
            raise ValidationError(
                _("Ce mot de passe se devine trop vite : choisissez-en un autre, par exemple trois mots.")
            )


class LogIn(PortalForm):
    """Who is at the door."""

    email = EmailField(_l("Adresse e-mail"), [needed(_l("Écrivez votre adresse e-mail."))])
    password = PasswordField(_l("Mot de passe"), [needed(_l("Écrivez votre mot de passe."))])


@blueprint.get("/")
def front() -> Response:
    """Lead a merchant in."""
    return redirect(url_for("portal_orders.index" if sessions.person() else "auth.login"), code=303)


@blueprint.route("/signup", methods=["GET", "POST"])
def signup() -> Response | str | tuple[str, int]:
    """Make a store, or seem to."""
    if sessions.person():
        return redirect(url_for("portal_orders.index"), code=303)
    form = SignUp()
    if request.method == "GET":
        return render_template("onboarding/signup.html", form=form)
    limit_address("signup", "20 per hour")
    if not form.validate():
        return render_template("onboarding/signup.html", form=form), 422
    services().allow(f"signup:{tokens.digest(form.email.data)}", "5 per hour")
    _sign_up(form)
    session[TYPED] = form.email.data
    flash(
        _(
            "C'est noté. Si cette adresse n'avait pas encore de compte, votre boutique est prête : connectez-vous avec "
            "le mot de passe que vous venez de choisir. Si elle en avait un, rien n'y a changé."
        )
    )
    return redirect(url_for("auth.login"), code=303)


def _sign_up(form: SignUp) -> None:
    inside = services()
    # Hashed whether or not the address is known: it is what takes time.
    password_hash = people.hash_password(inside.settings, form.password.data or "")

    def step() -> None:
        with db.writing() as tx:
            onboarding.sign_up(
                tx,
                inside.clock,
                inside.directory,
                store=form.store.data,
                email=form.email.data,
                password_hash=password_hash,
                phone=form.phone.data,
                language=language(),
            )

    try:
        db.repeated_once(step)
    except onboarding.KnownEmail:
        return


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> Response | str | tuple[str, int]:
    """Open the portal to whoever knows the password."""
    onward = sessions.safe_next(request.args.get("next")) or url_for("portal_orders.index")
    if sessions.person():
        return redirect(onward, code=303)
    form = LogIn()
    if request.method == "GET":
        form.email.data = session.pop(TYPED, "")
        return render_template("onboarding/login.html", form=form)
    limit_address("login", "20 per minute")
    if form.validate():
        services().allow(f"login:{tokens.digest(form.email.data)}", "10 per 10 minutes")
        if _open(form.email.data, form.password.data or ""):
            return redirect(onward, code=303)
        form.blame(
            form.password,
            _("L'adresse ou le mot de passe n'est pas le bon. Vérifiez les deux, puis réessayez."),
        )
    return render_template("onboarding/login.html", form=form), 422


def _open(address: str, password: str) -> bool:
    if len(password) > LONGEST_PASSWORD:
        return False
    with db.reading() as connection:
        claim = people.claim(connection, address)
    if (
        not people.verify(services().settings, claim.password_hash if claim else None, password)
        or claim is None
    ):
        return False
    sessions.sign_in(claim.user_id, claim.session_version)
    return True


@blueprint.post("/logout")
def logout() -> Response:
    """Close the portal in this browser."""
    sessions.sign_out()
    flash(_("Vous êtes déconnecté."))
    return redirect(url_for("auth.login"), code=303)
