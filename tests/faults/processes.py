"""The processes of a run: the simulators in one, gateways in others that are killed and started again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from mocks.environment import environment as credentials
from tests.conftest import ROOT

_READY_WITHIN_S = 60


class Simulators:
    """`python -m mocks serve` on a free port, and its control API. Runs while it is entered."""

    def __init__(self, log: Path, *, seed: int = 7) -> None:
        self._log = log
        self._command = [sys.executable, "-m", "mocks", "serve", "--port", "0", "--seed", str(seed)]
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        line = await asyncio.to_thread(self._start)
        listening = re.search(r"http://\S+", line)
        if listening is None:
            raise RuntimeError(f"the simulators did not start: {self._log.read_text()[-2_000:]}")
        self.url = listening[0]
        self._http = httpx.AsyncClient(base_url=f"{self.url}/_control", timeout=60)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()
        await asyncio.to_thread(_end, self._process)

    def _start(self) -> str:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own module
                self._command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    async def fault(self, simulator: str, **switches: Any) -> None:
        """Make one ail, or all (`*`); see mocks.faults."""
        (await self._http.put(f"/faults/{simulator}", json=switches)).raise_for_status()

    async def mend(self, simulator: str = "*") -> None:
        """Let one be well again, or all."""
        (await self._http.delete(f"/faults/{simulator}")).raise_for_status()

    async def ledger(self, simulator: str = "*") -> list[dict[str, Any]]:
        """What was committed."""
        found: list[dict[str, Any]] = await self._get(f"/ledger/{simulator}")
        return found

    async def calls(self, simulator: str = "*") -> list[dict[str, Any]]:
        """The last requests, tokens left out."""
        return [call for call in await self._get(f"/calls?simulator={simulator}") if not call["token"]]

    async def clear_calls(self) -> None:
        """Forget the requests so far and their counts."""
        (await self._http.delete("/calls")).raise_for_status()

    async def counts(self) -> dict[str, dict[str, int]]:
        """How many requests each had, by the fault that they met."""
        found: dict[str, dict[str, int]] = await self._get("/counts")
        return found

    async def _get(self, path: str) -> Any:
        return (await self._http.get(path)).raise_for_status().json()


class Gateway:
    """One gateway on a port of its own, which it keeps when it is started again."""

    def __init__(
        self, name: str, log: Path, environment: Mapping[str, str], *, command: Sequence[str] = ()
    ) -> None:
        self.name = name
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._command = list(command) or [sys.executable, "-m", "gateway", "serve"]
        self._environment = {**os.environ, **credentials(), **environment, "PORT": str(self._port)}
        # A process that is killed again and again compiles nothing twice.
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self._environment["PYTHONPYCACHEPREFIX"] = str(log.parent / "pycache")
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself, which no gateway here should."""
        return self._process is not None and self._process.poll() is not None

    @property
    def last_words(self) -> str:
        """Its exit code, where it has ended, and the end of its log."""
        code = None if self._process is None else self._process.poll()
        return f"exit code {code}; {self._log.read_text()[-3_000:]}"

    def start(self) -> None:
        """Start, and do not wait."""
        assert self._process is None
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own module
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """SIGKILL: nothing is finished, written or told any more."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        """Ask it to stop, as whoever deploys does; by SIGKILL where it does not."""
        process, self._process = self._process, None
        _end(process)

    def pause(self) -> subprocess.Popen[bytes]:
        """SIGSTOP: it stands still with all that it holds, as a machine that swaps. Gives the process."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        return self._process

    def resume(self, still: subprocess.Popen[bytes]) -> None:
        """Let it go on, unless it has been killed meanwhile."""
        if self._process is still:
            still.send_signal(signal.SIGCONT)

    def cpu_s(self) -> float:
        """Processor time of the present process, user and system."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def ready(self) -> None:
        """Wait until `/readyz` says yes; RuntimeError with the log's end where it does not."""
        give_up = time.monotonic() + _READY_WITHIN_S
        async with httpx.AsyncClient(base_url=self.url, timeout=5) as http:
            while time.monotonic() < give_up and not self.ended:
                try:
                    if (await http.get("/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        raise RuntimeError(f"{self.name} did not get ready: {self.last_words}")


def write_sources(path: Path, url: str, *, timeout_ms: int, only: Collection[str] = ()) -> Path:
    """Write the committed sources, pointed at running simulators, each call with so much time."""
    text = (ROOT / "sources.toml").read_text(encoding="utf-8").replace("http://127.0.0.1:8100", url)
    assert "limits" not in text
    _, *entries = text.split("[[source]]\n")
    named = {tomllib.loads(entry)["id"]: entry for entry in entries}
    chosen = [named[source] for source in only or named]
    limits = f"[[source]]\nlimits = {{ timeout_ms = {timeout_ms} }}\n"
    path.write_text("".join(limits + entry for entry in chosen), encoding="utf-8")
    return path


def _end(process: subprocess.Popen[Any] | None) -> None:
    if process is None:
        return
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
