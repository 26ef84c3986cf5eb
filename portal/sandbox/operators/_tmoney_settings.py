"""What may be changed about the TMoney MBANKING twin: everything that no page of the operator settles."""

from dataclasses import dataclass

from portal.sandbox import checks
from portal.sandbox.operators._handset_settings import HandsetSettings, francs
from portal.sandbox.settings import setting


@dataclass(frozen=True)
class TmoneySettings(HandsetSettings):
    """The operations are `login`, `debit`, `credit` and `check`.

    `gateway_fault`, when not empty, is the message with which the gateway turns away the operations of
    `gateway_fault_on`. Opaque tokens do not say when they end. `other_spelling` writes `idrequete`,
    `dateheureRequete` and a numeric `refTmoney`; `full_debit_reply` answers a debit with all of a callback's
    fields; `credit_at_once` decides a credit before answering. `balance` is what the partner has for credits.
    """

    refused_users: tuple[str, ...] = setting(checks.many(checks.text), ())
    opaque_tokens: bool = setting(checks.flag, default=False)
    token_seconds: float = setting(checks.wait, 3600.0)
    token_begins_with_bearer: bool = setting(checks.flag, default=False)
    unauthorized_status: int = setting(checks.http_status, 200)
    gateway_fault: str = setting(checks.text, "")
    gateway_fault_on: tuple[str, ...] = setting(checks.many(checks.text), ("login",))
    gateway_fault_status: int = setting(checks.http_status, 500)

    success_word: str = setting(checks.one_of("SUCCES", "SUCCESS"), "SUCCES")
    codes_as_numbers: bool = setting(checks.flag, default=False)
    other_spelling: bool = setting(checks.flag, default=False)
    full_debit_reply: bool = setting(checks.flag, default=False)

    credit_at_once: bool = setting(checks.flag, default=False)
    refuse_next_credits: int = setting(checks.count, 0)
    balance: int = setting(francs, 10_000_000)
    partner_id: str = setting(checks.text, "PARTENAIRE-DEMO")
    partner_name: str = setting(checks.text, "Marchand de démonstration")
