"""The room of what a field may hold, said once for checking and for the document that describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from portal.domain import phone

MOST_METADATA = 50
MISSING = "This field must be sent."


def whole(least: int, most: int, **options: Any) -> fields.Integer:
    """Return a field for a whole number within both, inclusive: no decimals, no quotes, no true."""
    said = f"Send a whole number from {least} to {most}: no decimals, no quotes."
    return fields.Integer(
        strict=True,
        validate=validate.Range(least, most, error=said),
        error_messages={"invalid": said, "required": MISSING},
        **options,
    )


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
            keys=text(40, 1),
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
