"""The room of what a field may hold, said once for checking and for the document that describes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from marshmallow import ValidationError, fields, validate

from portal.domain import phone

MOST_METADATA, LONGEST_NAME = 50, 40
MISSING = "This field must be sent."
NO_MOMENT = "Send a moment as RFC 3339 writes it, such as 2026-01-31T12:00:00Z."
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
PARTS = ("year", "month", "day", "hour", "minute", "second")
RFC_3339 = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[Tt ]"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<off_hour>[0-9]{2}):(?P<off_minute>[0-9]{2}))"
)


def whole(least: int, most: int, **options: Any) -> fields.Integer:
    """Return a field for a whole number within both, inclusive: no decimals, no quotes, no true."""
    said = f"Send a whole number from {least} to {most}: no decimals, no quotes."
    return fields.Integer(
        strict=True,
        validate=validate.Range(least, most, error=said),
        error_messages={"invalid": said, "required": MISSING},
        **options,
    )


class QueryWhole(fields.Integer):
    """A whole number within both, inclusive, as an address holds it: digits alone."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        """Take the limits and marshmallow's options."""
        said = f"Send a whole number from {least} to {most}."
        super().__init__(
            validate=validate.Range(least, most, error=said), error_messages={"invalid": said}, **options
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if not re.fullmatch("[0-9]{1,18}", value):
            raise self.make_error("invalid")
        whole: int = super()._deserialize(value, attr, data, **kwargs)
        return whole


class YesNo(fields.Boolean):
    """True or false, and nothing that looks like it."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Send true or false, without quotes.")
        return bool(super()._deserialize(value, attr, data, **kwargs))


class Instant(fields.String):
    """A moment as RFC 3339 writes it, read as UTC; what lies outside our calendar counts as its end."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        found = RFC_3339.fullmatch(super()._deserialize(value, attr, data, **kwargs))
        if found is None:
            raise ValidationError(NO_MOMENT)
        try:
            return _moment(found)
        except ValueError as error:
            raise ValidationError(NO_MOMENT) from error


def _moment(found: re.Match[str]) -> datetime:
    """Return the moment in UTC; raise ValueError where there is no such day or hour."""
    year, month, day, hour, minute, second = (int(found[name]) for name in PARTS)
    zone = timezone(timedelta(0))
    if found["sign"]:
        away = timedelta(hours=int(found["off_hour"]), minutes=int(found["off_minute"]))
        zone = timezone(-away if found["sign"] == "-" else away)
    leap = second == 60  # noqa: PLR2004 - as clocks read when a second is put in
    micro = 999_999 if leap else int((found["fraction"] or "")[:6].ljust(6, "0"))
    # The year 0 has the days of the year 4.
    moment = datetime(year or 4, month, day, hour, minute, 59 if leap else second, micro, zone)
    if year == 0:
        return FIRST
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return FIRST if year == 1 else LAST


def text(most: int, least: int = 0, **options: Any) -> fields.String:
    """Return a field for that many characters."""
    said = f"Send {least} to {most} characters." if least else f"Send at most {most} characters."
    return fields.String(
        validate=validate.Length(least, most, error=said),
        error_messages={"invalid": "Send text, in quotes.", "required": MISSING},
        **options,
    )


class Phone(fields.String):
    """A phone number of Togo, however it is written; loaded as E.164."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        try:
            return phone.parse(super()._deserialize(value, attr, data, **kwargs)[:40])
        except phone.PhoneError as error:
            raise ValidationError("Send a phone number of Togo, such as +228 90 11 22 33.") from error


class Metadata(fields.Dict):
    """The shop's own notes: names and texts."""

    def __init__(self, **options: Any) -> None:
        """Take marshmallow's options."""
        super().__init__(
            keys=text(LONGEST_NAME, 1),
            values=text(500),
            validate=_few,
            error_messages={"invalid": "Send an object of texts."},
            **options,
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[Any, Any]:
        try:
            read: dict[Any, Any] = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            by_name = {
                name: [said for texts in parts.values() for said in texts]
                for name, parts in error.messages.items()
            }
            raise ValidationError(by_name) from error
        return read


def _few(metadata: Mapping[str, str]) -> None:
    if len(metadata) > MOST_METADATA:
        raise ValidationError(f"Send at most {MOST_METADATA} names.")
