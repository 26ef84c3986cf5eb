"""The room of logs: one JSON line per happening, with a request id and without secrets or full phone numbers."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_NAMES = re.compile(
    r"pass|secret|token|authorization|cookie|credential|session|signature|api.?key|pin|otp", re.IGNORECASE
)
# Capabilities and keys that could stand inside a text, and anything that looks like a phone number.
PATTERNS = (
    (re.compile(r"\b(sk_(?:test|live)_|whsec_)[A-Za-z0-9+/=_-]+"), r"\1…"),
    (re.compile(r"(/(?:pay|return|l|r)/)[A-Za-z0-9_-]{6,}"), r"\1…"),
    (
        re.compile(r"(?<![0-9A-Za-z])((?:(?:00|\+)?228 ?)?[79]\d)\d{4}(?=\d{2}(?![0-9A-Za-z]))"),
        r"\1••••",
    ),
    (re.compile(r"(?<![0-9A-Za-z+])(\+[1-9]\d{4})\d{2,8}(\d{2})(?![0-9A-Za-z])"), r"\1••••\2"),
)


def redact_text(text: str) -> str:
    """Return the text without secrets, capabilities and full phone numbers."""
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank the values of secret names and clean every other text (a structlog processor)."""
    for name, value in event.items():
        if SECRET_NAMES.search(name):
            event[name] = "…"
        elif isinstance(value, str):
            event[name] = redact_text(value)
    return event


def configure(stream: Any = None) -> None:
    """Send structured and library logs alike to the stream (standard error) as JSON lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
