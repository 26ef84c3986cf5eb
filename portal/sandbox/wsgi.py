"""The sandbox, a WSGI app of its own: it plays the operators and imports nothing else of the portal."""

import os
import time
from collections.abc import Callable

from flask import Flask
from werkzeug.exceptions import HTTPException

from portal.sandbox import control, pages
from portal.sandbox.alarm import Alarm, Later
from portal.sandbox.journal import Journal
from portal.sandbox.ledger import Ledger
from portal.sandbox.operators import discover
from portal.sandbox.outgoing import Caller, Outgoing, call_over_http
from portal.sandbox.recording import record_requests
from portal.sandbox.settings import Settings
from portal.sandbox.world import SandboxConfig, World

LARGEST_REQUEST = 256 * 1024


def create_sandbox(
    config: SandboxConfig | None = None,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    caller: Caller = call_over_http,
    later: Later | None = None,
) -> Flask:
    """Build the app, from the environment unless `config` is given; the rest replaces time and network.

    State is in memory: run it in one process, with threads.
    """
    journal = Journal(clock)
    later = later or Alarm()
    world = World(
        config=config or SandboxConfig.from_env(os.environ),
        clock=clock,
        sleep=sleep,
        later=later,
        journal=journal,
        ledger=Ledger(clock),
        settings=Settings(),
        outgoing=Outgoing(caller, later, journal),
    )
    return _assemble(world)


def _assemble(world: World) -> Flask:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.register_blueprint(pages.views)
    app.register_blueprint(control.blueprint(world))
    for twin in discover():
        views = twin.blueprint(world)
        record_requests(views, views.name, world.journal)
        app.register_blueprint(views)
    app.register_error_handler(HTTPException, pages.explain)
    app.after_request(pages.secure)
    return app


app = create_sandbox()
