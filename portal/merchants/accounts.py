"""The room of operator accounts: who is connected to which operator, with sealed credentials and known addresses."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy import Connection, insert, select, update

from config import Settings
from portal import db
from portal.clock import Clock
from portal.domain.provider import Endpoint, Mode, NotConfigured, Provider
from portal.merchants.models import OperatorAccount
from portal.security import tokens
from portal.security.addresses import Network
from portal.security.vault import Vault

_COLUMNS = dict(OperatorAccount.__table__.columns.items())
BESIDE = [column.label(f"account_{name}") for name, column in _COLUMNS.items()]
"""An account's columns for a statement that has other tables' too; its id comes as `account_id`."""

SAFE_IN_URL = ":/?#[]@!$&'()*+,;=%~-._"
"""What an address may hold as it is (RFC 3986); all else, raw spaces too, is quoted."""


@dataclass(frozen=True)
class Connected:
    """An operator account, opened as far as it is looked at (`domain.provider.Account`)."""

    id: int
    public_id: str
    merchant_id: int
    operator: str
    mode: Mode
    sealed_credentials: str = field(repr=False)
    networks: Sequence[str]
    directory: Directory = field(repr=False)

    @cached_property
    def credentials(self) -> Mapping[str, str]:
        """Open the seal; raise VaultError where no key of ours does."""
        return self.directory.vault.open(self.sealed_credentials)

    def url(self, setting: str) -> str:
        """Return the operator's address for the named setting; raise NotConfigured (see Directory.url)."""
        return self.directory.url(self, setting)

    def trusted(self, url: str, hosts: str) -> str:
        """Return the address, quoted, if it leads where `hosts` allows; raise NotConfigured (see Directory.trusted)."""
        return self.directory.trusted(self.mode, self.operator, url, hosts)

    @property
    def notify_url(self) -> str:
        """Return where the operator's word about this account is awaited."""
        return f"{self.directory.settings.public_url}/notify/{self.operator}/{self.public_id}"

    def next_index(self) -> int:
        """Return the next number of the account's counter, committed before it is told."""
        grown = (
            update(OperatorAccount)
            .where(OperatorAccount.id == self.id)
            .values(counter=OperatorAccount.counter + 1)
            .returning(OperatorAccount.counter)
        )
        with db.writing() as tx:
            index: int = tx.execute(grown).scalar_one()
        return index

    def notify_from(self) -> tuple[Network, ...]:
        """Return the networks from which this account's notifications may come; empty: none is listed."""
        return self.directory.notify_from(self)


@dataclass(frozen=True)
class Directory:
    """Knows the operators' addresses in test and live, and opens accounts with the vault."""

    settings: Settings
    vault: Vault
    providers: Mapping[str, Provider]

    def account(self, row: Mapping[Any, Any]) -> Connected:
        """Return the account of a row that has its columns by name."""
        return Connected(
            id=row["id"],
            public_id=str(row["public_id"]),
            merchant_id=row["merchant_id"],
            operator=str(row["operator"]),
            mode=Mode(str(row["mode"])),
            sealed_credentials=str(row["sealed_credentials"]),
            networks=row["networks"] or (),
            directory=self,
        )

    def account_beside(self, row: Mapping[Any, Any]) -> Connected:
        """Return the account of a row that has its columns as BESIDE names them."""
        return self.account({name: row[f"account_{name}"] for name in _COLUMNS})

    def endpoint(self, operator: str, setting: str) -> Endpoint:
        """Return the endpoint that the provider declared under that setting's name."""
        return next(e for e in self.providers[operator].endpoints if e.setting == setting)

    def url(self, account: Connected, setting: str) -> str:
        """Return the address to call: the sandbox's for test, the platform's setting for live.

        Test and live refuse each other's hosts. Raises NotConfigured.
        """
        sandbox = self.settings.sandbox_url
        if account.mode is Mode.TEST:
            if sandbox is None:
                msg = "SANDBOX_URL is not set: test mode has no operator to talk to"
                raise NotConfigured(msg)
            path = self.endpoint(account.operator, setting).path
            return f"{sandbox}/{account.operator}/{account.public_id}{path}"
        url = self.settings.operators.get(setting, "")
        if not url:
            msg = f"{setting} is not set: the live operator's address is unknown"
            raise NotConfigured(msg)
        if sandbox is not None and urlsplit(url).netloc == urlsplit(sandbox).netloc:
            msg = f"{setting} names the sandbox: a live account never talks to it"
            raise NotConfigured(msg)
        if urlsplit(url).scheme != "https":
            msg = f"{setting} must begin with https://"
            raise NotConfigured(msg)
        return url

    def trusted(self, mode: Mode, operator: str, url: str, hosts: str) -> str:
        """Return the address, quoted, if it leads to the operator's twin (test) or by https to a listed host (live).

        `hosts` names the platform's setting: a host each, or `.domain` for every host under it. Raises NotConfigured.
        """
        told = quote(url.strip(), safe=SAFE_IN_URL)
        try:
            parts = urlsplit(told)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError as error:
            msg = "the address cannot be read"
            raise NotConfigured(msg) from error
        if parts.username is not None or parts.password is not None:
            msg = "an address with a name or password in it is not called"
            raise NotConfigured(msg)
        if mode is Mode.TEST:
            sandbox = urlsplit(self.settings.sandbox_url or "")
            same_site = (parts.scheme, parts.netloc) == (sandbox.scheme, sandbox.netloc)
            within = parts.path.startswith(f"{sandbox.path}/{operator}/") and "/../" not in parts.path
            if not sandbox.netloc or not same_site or not within:
                msg = "in test mode the address must lead to the operator's twin in the sandbox"
                raise NotConfigured(msg)
            return told
        listed = [
            one.strip().lower() for one in self.settings.operators.get(hosts, "").split(",") if one.strip()
        ]
        known = any(host == one or (one.startswith(".") and host.endswith(one)) for one in listed)
        if parts.scheme != "https" or port not in {None, 443} or not known:
            msg = f"the address must begin with https:// and lead to a host that {hosts} lists"
            raise NotConfigured(msg)
        return told

    def notify_from(self, account: Connected) -> tuple[Network, ...]:
        """Return the platform's list for this operator and mode, and the account's own networks."""
        own = tuple(ipaddress.ip_network(network) for network in account.networks)
        if account.mode is Mode.TEST:
            return self.settings.sandbox_notify_from + own
        return self.settings.networks(f"{prefix(account.operator)}_NOTIFY_FROM") + own


def prefix(slug: str) -> str:
    """Return how an operator's settings begin: `tmoney-online` → `TMONEY_ONLINE`."""
    return slug.upper().replace("-", "_")


def connect(
    tx: Connection,
    clock: Clock,
    vault: Vault,
    *,
    merchant_id: int,
    operator: str,
    mode: Mode,
    credentials: Mapping[str, str],
    networks: Sequence[str] = (),
) -> str:
    """Connect the store to the operator in that mode, replacing the former account; return the new public id.

    The former account is switched off, not removed: what was started with it goes on with its credentials.
    """
    tx.execute(
        update(OperatorAccount)
        .where(
            OperatorAccount.merchant_id == merchant_id,
            OperatorAccount.operator == operator,
            OperatorAccount.mode == mode,
            OperatorAccount.enabled,
        )
        .values(enabled=False)
    )
    public_id = tokens.public_id("acct")
    tx.execute(
        insert(OperatorAccount).values(
            public_id=public_id,
            merchant_id=merchant_id,
            operator=operator,
            mode=mode,
            sealed_credentials=vault.seal(credentials),
            networks=list(networks),
            enabled=True,
            created_at=db.now(clock),
        )
    )
    return public_id


def enabled(tx: Connection, directory: Directory, merchant_id: int, mode: str) -> list[Connected]:
    """Return the store's accounts that may start payments in that mode."""
    query = (
        select(*OperatorAccount.__table__.columns)
        .where(
            OperatorAccount.merchant_id == merchant_id, OperatorAccount.mode == mode, OperatorAccount.enabled
        )
        .order_by(OperatorAccount.id)
    )
    return [directory.account(row) for row in tx.execute(query).mappings()]
