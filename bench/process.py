"""A server under load: a process on a core of its own, its time and memory as the kernel counts them."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parent.parent
LOG = ROOT / "var" / "bench.log"
"""What the servers say on standard error."""
_TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """Runs while it is entered; `command` is told the port to listen on."""

    def __init__(
        self, command: Callable[[int], Sequence[str]], core: int, environment: Mapping[str, str] | None = None
    ) -> None:
        self._command = command
        self._core = core
        self._environment = environment or {}
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        LOG.parent.mkdir(exist_ok=True)
        self._log = LOG.open("ab")
        self._process = subprocess.Popen(
            list(self._command(self._port)),
            env={**os.environ, **self._environment},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            preexec_fn=lambda: os.sched_setaffinity(0, {self._core}),  # noqa: PLW1509  # only sets the core
        )
        try:
            self._wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def cpu_seconds(self) -> float:
        """The time of all of its threads so far, user and system."""
        fields = self._proc("stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def reset_peak(self) -> None:
        """Begin anew to note the most memory that it has held."""
        self._proc("clear_refs").write_text("5")

    def peak_bytes(self) -> int:
        """The most resident memory that it has held since."""
        found = re.search(r"^VmHWM:\s+(\d+) kB", self._proc("status").read_text(), re.MULTILINE)
        assert found is not None
        return int(found[1]) * 1024

    def settle(self) -> None:
        """Wait until it rests: not every server stops to work for clients that have left."""
        before = self.cpu_seconds()
        for _ in range(100):
            time.sleep(0.1)
            now = self.cpu_seconds()
            if now - before <= 1 / _TICKS:
                return
            before = now
        raise SystemExit(f"bench: a server does not come to rest: {self._process.args!r}")

    def _proc(self, name: str) -> Path:
        return Path(f"/proc/{self._process.pid}/{name}")

    def _wait(self) -> None:
        for _ in range(400):
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self._port), 0.1),
            ):
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit(f"bench: a server did not listen, see {LOG}: {self._process.args!r}")

    def _stop(self) -> None:
        self._log.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
