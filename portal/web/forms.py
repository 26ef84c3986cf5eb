"""The room of what people type: fields that read it kindly and say in plain words what to change."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

import flask_babel
from flask_babel import get_timezone, to_utc
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, Form, StringField
from wtforms.validators import StopValidation

from portal.domain import phone
from portal.merchants import people, stores
from portal.web.money import read_amount
from portal.web.services import services

LONGEST_EMAIL = 254
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
YEARS = range(2000, 2200)

Validator = Callable[[Form, Field], None]
Choices = Sequence[tuple[str, str]]


def lazy_gettext(text: str) -> str:
    """Return a text that becomes the reader's language when it is shown: a label is written before anyone reads."""
    return cast("str", flask_babel.lazy_gettext(text))


class PortalForm(FlaskForm):
    """A form of the portal: `problems` lists what to change, field by field, for the summary at its head."""

    def problems(self) -> list[tuple[Field, str]]:
        """Return each field that is wrong, and what to do about it, in the order of the page."""
        return [(field, str(text)) for field in self for text in field.errors[:1]]

    def blame(self, field: Field, text: str) -> None:
        """Add what only the page could find out about the field."""
        field.errors = [*field.errors, text]


class TextField(StringField):
    """Text without space around it; what was typed comes back as it was."""

    data: str

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Take the text."""
        self.data = str(valuelist[0]).replace("\r\n", "\n").strip() if valuelist else ""


class EmailField(TextField):
    """An e-mail address, as it is kept and compared."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the address."""
        self.data = people.address(str(valuelist[0])) if valuelist else ""


class ChoiceField(TextField):
    """One of several values; `choices` are pairs of value and text. What else may be sent is for the form to judge."""

    def __init__(
        self, label: str, validators: Sequence[Validator] = (), *, choices: Choices = (), **others: Any
    ) -> None:
        """Take what may be chosen; a page may say so later."""
        super().__init__(label, list(validators), **others)
        self.choices = choices


class ChoicesField(Field):
    """Any of several values."""

    data: Sequence[str]

    def __init__(self, label: str, *, choices: Choices, **others: Any) -> None:
        """Take what may be chosen."""
        super().__init__(label, **others)
        self.choices = choices

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Take what was chosen."""
        self.data = [str(value) for value in valuelist]


class ReadField(StringField):
    """Text that is read into something else; what was typed comes back as it was."""

    data: Any

    def __init__(
        self,
        label: Any = None,
        validators: Sequence[Validator] = (),
        *,
        read: Callable[[str], Any],
        spell: Callable[[Any], str] = str,
        **others: Any,
    ) -> None:
        """Take what reads the text (ValueError: what to do instead) and what spells a value that is known."""
        super().__init__(label, list(validators), **others)
        self.read, self.spell = read, spell

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the text; an empty one says nothing."""
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        self.data = self.read(text) if text else None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.spell(self.data)


def amount(text: str) -> int:
    """Read whole francs, however their digits are grouped."""
    found = read_amount(text)
    if found is None:
        raise ValueError(_("Écrivez le montant en chiffres, sans centimes, par exemple 10 000."))
    return found


def count(text: str) -> int:
    """Read how many times."""
    digits = "".join(text.split())
    if not digits.isascii() or not digits.isdigit():
        raise ValueError(_("Écrivez un nombre entier en chiffres, par exemple 50."))
    return int(digits[:12])


def day(text: str) -> date:
    """Read a day, as the browser's calendar sends it or as people write it."""
    for spelling in DAYS:
        try:
            found = datetime.strptime(text, spelling).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
        if found.year in YEARS:
            return found
    raise ValueError(_("Écrivez la date ainsi : jour/mois/année, par exemple 31/12/2027."))


def phone_number(text: str) -> str:
    """Read a phone number of Togo; return it as E.164."""
    try:
        return phone.parse(text)
    except phone.PhoneError as error:
        raise ValueError(_("Écrivez un numéro du Togo à 8 chiffres, par exemple 90 11 22 33.")) from error


def hosts(text: str) -> list[str]:
    """Read host names, one per line; return each once."""
    found: dict[str, None] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            found[stores.host(line)] = None
        except stores.HostError as error:
            raise ValueError(
                _("« %(line)s » n'est pas un nom de domaine. Exemple : boutique.example", line=line[:60])
            ) from error
    if len(found) > stores.MOST_HOSTS:
        raise ValueError(_("Gardez au plus %(most)s domaines.", most=stores.MOST_HOSTS))
    return list(found)


def sites(text: str) -> list[str]:
    """Read the origins of sites, one per line; return each once."""
    found: dict[str, None] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            found[stores.site(line)] = None
        except stores.SiteError as error:
            raise ValueError(
                _(
                    "« %(line)s » n'est pas l'adresse d'un site. Exemple : https://boutique.example "
                    "(http:// seulement pour localhost, en test).",
                    line=line[:60],
                )
            ) from error
    if len(found) > stores.MOST_SITES:
        raise ValueError(_("Gardez au plus %(most)s sites.", most=stores.MOST_SITES))
    return list(found)


def needed(text: str) -> Validator:
    """Want something to be typed; `text` says what to do."""

    def check(_form: Form, field: Field) -> None:
        if not field.raw_data or not str(field.raw_data[0]).strip():
            field.errors = []
            raise StopValidation(text)

    return check


def readable(longest: int, *, lines: bool = False) -> Validator:
    """Want at most so many characters, all of which can be seen; `lines` allows line breaks."""

    def check(_form: Form, field: Field) -> None:
        text = str(field.data or "")
        if len(text) > longest:
            raise StopValidation(
                _(
                    "Raccourcissez ce texte : %(longest)s caractères au plus, il en a %(now)s.",
                    longest=longest,
                    now=len(text),
                )
            )
        if not (text.replace("\n", "").replace("\t", "") if lines else text).isprintable():
            raise StopValidation(_("Retirez les caractères invisibles de ce texte."))

    return check


def email(_form: Form, field: Field) -> None:
    """Want something that can be an e-mail address."""
    text = str(field.data or "")
    if text and (len(text) > LONGEST_EMAIL or not text.isprintable() or not EMAIL.fullmatch(text)):
        raise StopValidation(_("Écrivez une adresse e-mail complète, par exemple nom@exemple.tg."))


def today() -> date:
    """Return the day on which the merchant reads this."""
    return services().clock.now().astimezone(get_timezone()).date()


def begins(day: date) -> datetime:
    """Return the first moment of the merchant's day, in UTC."""
    moment: datetime = to_utc(datetime.combine(day, time.min))
    return moment.replace(tzinfo=UTC)


def ends(day: date) -> datetime:
    """Return the first moment after the merchant's day, in UTC."""
    return begins(day + timedelta(days=1))
