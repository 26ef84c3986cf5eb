"""The room of the measured servers: gunicorn as deployed, on free ports, with the processor time it used."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

WORKERS, THREADS = 2, 8
STARTS_WITHIN = 30.0


@dataclass(frozen=True)
class Served:
    """Ports of the portal with its anchor and of Flask alone; `portal`: its master process."""

    app: int
    hello: int
    portal: int

    def cpu_seconds(self) -> float:
        """Return the processor time of the portal's workers so far."""
        children = Path(f"/proc/{self.portal}/task/{self.portal}/children").read_text().split()
        return sum(cpu_seconds(int(child)) for child in children)


def cpu_seconds(process: int) -> float:
    """Return the processor time of one process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serve(database_url: str, folder: Path, operator: int, threads: int = THREADS) -> Iterator[Served]:
    """Run both servers during the body; the operators of test mode answer at that port."""
    environ = os.environ | {
        "PORTAL_ENV": "development",
        "DATABASE_URL": database_url,
        "INSTANCE_PATH": str(folder),
        "SANDBOX_URL": f"http://127.0.0.1:{operator}",
        "RATE_LIMITS": "0",
    }
    with ExitStack() as stack:
        app, portal = stack.enter_context(
            _gunicorn("tests.bench.serving:create_bench_app()", "/healthz", environ, folder, threads)
        )
        hello, _ = stack.enter_context(
            _gunicorn("tests.bench.serving:hello", "/hello", environ, folder, threads)
        )
        yield Served(app, hello, portal)


@contextmanager
def _gunicorn(
    target: str, ready: str, environ: dict[str, str], folder: Path, threads: int
) -> Iterator[tuple[int, int]]:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", str(WORKERS),
        "--threads", str(threads), "--no-control-socket", "--log-level", "warning", "--keep-alive", "30",
        "--bind", f"127.0.0.1:{port}", target,
    ]  # fmt: skip
    said = folder / f"{port}.log"
    with said.open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        try:
            if not _answers(port, ready, process):
                raise TimeoutError(f"{target} does not answer: {said.read_text()[-2000:]}")
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(timeout=STARTS_WITHIN)


def _answers(port: int, path: str, process: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
                wire.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
                if b" 200 " in wire.recv(64):
                    return True
        except OSError:
            pass
        time.sleep(0.1)
    return False
