"""A throw-away PostgreSQL for tests: a cluster of its own on a free port, to be killed at any moment."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import psycopg

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "on",  # what these tests prove is worth nothing without
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "logging_collector": "off",
}
_STARTS_WITHIN_S = 30


class Postgres:
    """Runs while it is entered, in a temporary directory of its own that goes with it."""

    def __init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="postgres-")
        self._directory = Path(self._temporary.name)
        self._data = self._directory / "data"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if _USER is not None:
            shutil.chown(self._directory, _USER, _USER)
        _run([
            str(program("initdb")), "-D", str(self._data), "-U", "gateway", "-A", "trust", "-E", "UTF8",
            "--locale=C", "--no-sync",
        ])  # fmt: skip
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill("immediate")
        self._temporary.cleanup()

    def url(self, database: str = "postgres") -> str:
        """Where a database is, as GATEWAY_DATABASE_URL wants it."""
        return f"postgresql://gateway@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database; gives its URL."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"'.encode())
        return self.url(database)

    def start(self) -> None:
        """Start the server, again where it was killed, and wait until it takes connections."""
        command = [
            str(program("postgres")), "-D", str(self._data), "-p", str(self.port), "-k", str(self._directory),
            *(part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")),
        ]  # fmt: skip
        give_up = time.monotonic() + _STARTS_WITHIN_S
        while time.monotonic() < give_up:
            with (self._directory / "log").open("ab") as log:
                self._process = subprocess.Popen(command, stdout=log, stderr=log, user=_USER, group=_USER)  # noqa: S603  # our own arguments
            # One that was killed may leave memory attached for a moment: the server ends at once, then.
            while self._process.poll() is None:
                with contextlib.suppress(psycopg.OperationalError):
                    psycopg.connect(self.url(), connect_timeout=2).close()
                    return
                time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start: {(self._directory / 'log').read_text()[-2_000:]}")

    def kill(self, how: Literal["kill", "immediate"] = "kill") -> None:
        """End every process at once: by SIGKILL, or as `pg_ctl stop -m immediate` does."""
        process, self._process = self._process, None
        if process is None:
            return
        if how == "immediate":
            process.send_signal(signal.SIGQUIT)
        else:
            children = list(_children(process.pid))
            process.kill()
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
        process.wait()


def program(name: str) -> Path:
    """Find a program of PostgreSQL's, also where Debian keeps it; RuntimeError where there is none."""
    found = shutil.which(name)
    if found is not None:
        return Path(found)
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not kept:
        raise RuntimeError(f"there is no {name}: run tests/install-postgres")
    return kept[-1]


_USER = "postgres" if os.getuid() == 0 else None
"""Who runs it: PostgreSQL refuses to be root."""


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, user=_USER, group=_USER)  # noqa: S603  # our own arguments
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr or done.stdout}")


def _children(parent: int) -> Iterator[int]:
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        yield from map(int, task.read_text().split())
