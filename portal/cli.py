"""The room of the `flask` commands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import Select, select, update

from portal import db, demonstration, resealing, telling, worker
from portal.backup import restoring, taking
from portal.domain import drawing
from portal.domain.provider import Mode, NotConfigured
from portal.merchants import accounts
from portal.merchants.models import Membership, Merchant, User
from portal.security.addresses import read_network
from portal.security.outbound import system_resolver
from portal.security.vault import VaultError
from portal.watch import alarms, queues
from portal.web.services import Services, services
from portal.webhooks import endpoints


def init_app(app: Flask) -> None:
    """Bind the commands to the application."""
    for command in (work, states, demo, connect_account, go_live, backup, restore, rotate_credentials, watch):
        app.cli.add_command(command)


@click.command("worker")
@click.pass_context
def work(context: click.Context) -> None:
    """Do what must happen later, until SIGTERM or Ctrl-C."""
    inside = services()
    told = telling.deliverer(context.ensure_object(ScriptInfo).load_app())
    worker.run(
        worker.Worker(inside.clock, inside.directory, inside.calls, told, alarm_to=inside.settings.alarm_to)
    )


@click.command("states")
@click.option("--dot", is_flag=True, help="Print the graphs for Graphviz instead of the tables.")
def states(*, dot: bool) -> None:
    """Print the tables by which orders, attempts and refunds move."""
    click.echo(drawing.graphs() if dot else drawing.tables())


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
@click.option(
    "--webhook",
    envvar="DEMO_WEBHOOK_URL",
    help="Where the demo's shop wants to be told, signed by webhook_secret.",
)
def demo(*, as_json: bool, webhook: str | None) -> None:
    """Print the demo merchant's link and keys, and create it once (development and test only)."""
    inside = services()
    if inside.settings.production:
        raise click.ClickException("the demo is for development and test; production has real merchants only")
    private = inside.settings.webhooks_allow_private
    if webhook and endpoints.objection(webhook, Mode.TEST, allow_private=private, resolver=system_resolver):
        raise click.BadParameter(f"nothing may be sent to {webhook}", param_hint="--webhook")
    found = demonstration.prepare(inside.settings, inside.clock, inside.directory, webhook or None)
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"Payment link   {found['payment_link']}")
    click.echo(f"Merchant       {found['portal_url']}/login")
    click.echo(f"  e-mail       {found['email']}")
    click.echo(f"  password     {found['password']}")
    click.echo(f"API key        {found['api_key']}")
    if webhook:
        click.echo(f"Webhooks       {webhook}")
        click.echo(f"  secret       {found['webhook_secret']}")
    click.echo(f"Sandbox        {found['sandbox_url']}")


@click.command("connect-account")
@click.argument("email")
@click.argument("operator")
@click.option("--mode", type=click.Choice([str(mode) for mode in Mode]), default="live", show_default=True)
@click.option(
    "--network", "networks", multiple=True, help="A network its notifications may come from; repeatable."
)
def connect_account(email: str, operator: str, mode: str, networks: tuple[str, ...]) -> None:
    """Connect the store of EMAIL to OPERATOR; asks for its credentials, so that no shell history keeps them."""
    inside = services()
    provider = inside.providers.get(operator)
    if provider is None:
        raise click.ClickException(f"unknown operator; there are: {', '.join(inside.providers)}")
    for network in networks:
        if read_network(network) is None:
            raise click.BadParameter(f"{network} is no address and no network", param_hint="--network")
    credentials = {}
    for field in provider.credentials:
        value = click.prompt(f"{field.name} ({field.label})", hide_input=field.secret)
        if not re.fullmatch(field.pattern, value):
            raise click.ClickException(f"{field.name} does not fit {field.pattern}")
        if field.hosts:
            try:
                inside.directory.trusted(Mode(mode), operator, value, field.hosts)
            except NotConfigured as refusal:
                raise click.ClickException(f"{field.name}: {refusal}") from refusal
        credentials[field.name] = value
    with db.writing() as tx:
        public_id = accounts.connect(
            tx,
            inside.clock,
            inside.vault,
            merchant_id=tx.scalar(_store_of(email)) or _unknown(email),
            operator=operator,
            mode=Mode(mode),
            credentials=credentials,
            networks=networks,
        )
    click.echo(f"Notification address to give to the operator: {_notify_url(inside, operator, public_id)}")


@click.command("go-live")
@click.argument("email")
def go_live(email: str) -> None:
    """Let the store of EMAIL take real money."""
    with db.writing() as tx:
        merchant_id = tx.scalar(_store_of(email)) or _unknown(email)
        tx.execute(update(Merchant).where(Merchant.id == merchant_id).values(live=True))
    click.echo("This store may now take real money.")


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write a copy of everything to FILE, while the portal works."""
    try:
        rows = taking.take(file)
    except OSError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{sum(rows.values())} rows of {len(rows)} tables are in {file}.")
    click.echo(
        "It does not hold CREDENTIAL_KEYS and SECRET_KEY: keep those elsewhere; without them it opens nothing."
    )


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put the copy in FILE into this empty database, wholly or not at all."""
    try:
        rows = restoring.restore(file)
    except restoring.NotRestorable as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{sum(rows.values())} rows of {len(rows)} tables are back.")
    click.echo("Before you start web and worker: docs/restoring.md says what to ask the operators.")


@click.command("rotate-credentials")
def rotate_credentials() -> None:
    """Seal everything again by the first of CREDENTIAL_KEYS; afterwards the others may go."""
    try:
        done = resealing.reseal(services().vault)
    except VaultError as error:
        raise click.ClickException(f"{error}: name the missing key in CREDENTIAL_KEYS as well") from error
    click.echo(f"{done.renewed} of {done.seen} seals are new; all are by the newest key now.")


@click.command("watch")
def watch() -> None:
    """Say what waits longer than it may; ends with 1 if anything does, and does not need a worker to be alive."""
    with db.reading() as connection:
        troubles = [one for one in queues.measured(connection, services().clock) if one.troubling]
    for one in troubles:
        click.echo(alarms.said(one))
    if troubles:
        raise click.exceptions.Exit(1)
    click.echo("Nothing waits longer than it may.")


def _store_of(email: str) -> Select[int]:
    query = select(Membership.merchant_id).join(User, User.id == Membership.user_id)
    return query.where(User.email == email.strip().lower(), Membership.role == "owner")


def _unknown(email: str) -> int:
    raise click.ClickException(f"nobody signs in as {email}")


def _notify_url(inside: Services, operator: str, public_id: str) -> str:
    return f"{inside.settings.public_url}/notify/{operator}/{public_id}"
