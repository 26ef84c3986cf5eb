"""The sandbox's fixtures."""

import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server

from portal.sandbox.world import SandboxConfig
from portal.sandbox.wsgi import create_sandbox
from tests.sandbox.stage import Stage


@pytest.fixture
def stage() -> Stage:
    """Return a fresh sandbox with frozen time and a silent portal."""
    return Stage()


@pytest.fixture
def sandbox_url() -> Iterator[str]:
    """Give the address of a sandbox on a real socket."""
    server = make_server("127.0.0.1", 0, create_sandbox(SandboxConfig()), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
