"""What may be changed about the Flooz twin: everything that no page of the operator settles."""

from dataclasses import dataclass

from portal.sandbox import checks
from portal.sandbox.operators._handset_settings import HandsetSettings, francs
from portal.sandbox.settings import setting

_KEY_BYTES = 32


def _key(value: object) -> str:
    if isinstance(value, str) and len(value.encode()) == _KEY_BYTES:
        return value
    raise ValueError(f"must be a text of {_KEY_BYTES} bytes")


@dataclass(frozen=True)
class FloozSettings(HandsetSettings):
    """The operations are `debit` and `verify`; money is whole francs.

    `index_must_grow` refuses an authorization whose index is not above the account's last one.
    `verify_needs_authorization` refuses a Verify without one; one that is sent must always be right.
    `merchant_key` and `partner`, when not empty, are the only ones accepted. `names` is the generation of the
    fields' names, and `unknown_status` what Verify says about a reference that it does not know.
    """

    user: str = setting(checks.text, "demo")
    password: str = setting(checks.text, "demo-password")
    secret_key: str = setting(_key, "cross-sandbox-key-for-flooz-0001")
    index_must_grow: bool = setting(checks.flag, default=True)
    verify_needs_authorization: bool = setting(checks.flag, default=False)

    merchant_key: str = setting(checks.text, "")
    partner: str = setting(checks.text, "")
    least_amount: int = setting(francs, 100)
    most_amount: int = setting(francs, 1_000_000)

    names: str = setting(checks.one_of("2025", "older"), "2025")
    callback_as: str = setting(checks.one_of("json", "form"), "json")
    unknown_status: int = setting(checks.count, 3)
