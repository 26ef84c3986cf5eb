"""What the twins received and sent, kept in memory and shown with every secret taken out."""

import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Literal, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

Direction = Literal["in", "out"]
Value = TypeVar("Value")

REDACTED = "[redacted]"
ENTRIES_KEPT = 2_000
BODY_CHARACTERS = 4_000
_SECRET_NAMES = frozenset({"authorization", "pin", "otp", "sessionid", "pwd", "motdepasse"})
_SECRET_ENDINGS = ("key", "password", "secret", "token")
_FORM = "application/x-www-form-urlencoded"
_SESSION_IN_TEXT = re.compile(r"\bOK:\S+")
_KEY_IN_PATH = re.compile(r"(/moneyfusion/[^/?#]+/)[^/?#]+(?=/pay/?(?:[?#]|$))")


@dataclass(frozen=True)
class Entry:
    """One request. `status` is None when no answer came or none was given; `note` then says why."""

    operator: str
    direction: Direction
    method: str
    url: str
    address: str
    status: int | None
    body: str = ""
    reply: str = ""
    reference: str = ""
    note: str = ""


class Journal:
    """The newest entries, oldest first; safe to use from several threads."""

    def __init__(self, clock: Callable[[], float], kept: int = ENTRIES_KEPT) -> None:
        """Keep `kept` entries, each with the time of `clock` (Unix seconds) as RFC 3339 UTC."""
        self._clock = clock
        self._lock = Lock()
        self._entries: deque[dict[str, object]] = deque(maxlen=kept)

    def record(self, entry: Entry) -> None:
        """Add an entry whose url, body and reply have been made showable."""
        time = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        with self._lock:
            self._entries.append({"time": time.replace("+00:00", "Z"), **asdict(entry)})

    def entries(self, operator: str = "", reference: str = "") -> list[dict[str, object]]:
        """Return the entries, newest last, of one operator and about one reference where these are given."""
        with self._lock:
            entries = list(self._entries)
        return [
            entry
            for entry in entries
            if operator in ("", entry["operator"]) and reference in ("", entry["reference"])
        ]


def showable_url(url: str) -> str:
    """Return the URL with the secret values of its query replaced, and MoneyFusion's key in the path."""
    url = _KEY_IN_PATH.sub(rf"\1{REDACTED}", url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return REDACTED
    if not parts.query:
        return url
    return urlunsplit(parts._replace(query=showable_pairs(parse_qsl(parts.query, keep_blank_values=True))))


def showable_pairs(pairs: list[tuple[str, str]]) -> str:
    """Return a query string or form body with the secret values replaced."""
    return urlencode([(name, _shown(name, value)) for name, value in pairs], safe="[]")[:BODY_CHARACTERS]


def showable_body(content_type: str, body: str) -> str:
    """Return a body with its secrets replaced and its end cut off; only its size where it cannot be read."""
    kind = content_type.partition(";")[0].strip().lower()
    if not body or kind == "text/html":
        return ""
    if kind == _FORM:
        return showable_pairs(parse_qsl(body, keep_blank_values=True))
    if kind == "text/plain":
        return _SESSION_IN_TEXT.sub(f"OK:{REDACTED}", body)[:BODY_CHARACTERS]
    if kind == "application/json" or kind.endswith("+json"):
        return _showable_json(body)
    return f"[{kind or 'no content type'}, {len(body)} characters]"


def _showable_json(body: str) -> str:
    try:
        return json.dumps(_without_secrets(json.loads(body)), ensure_ascii=False)[:BODY_CHARACTERS]
    except (ValueError, RecursionError):
        return f"[unreadable JSON, {len(body)} characters]"


def _without_secrets(value: object) -> object:
    if isinstance(value, dict):
        return {name: _shown(str(name), _without_secrets(inner)) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value]
    return value


def _shown(name: str, value: Value) -> Value | str:
    lowered = name.lower()
    if lowered == "webhook_url" and isinstance(value, str):
        return showable_url(value)
    secret = lowered in _SECRET_NAMES or lowered.endswith(_SECRET_ENDINGS)
    return REDACTED if secret and value else value
