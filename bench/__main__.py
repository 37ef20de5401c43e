"""`python -m bench`: run every workload against every server and write docs/performance.md.

The server under load has a core to itself; simulators and load generator share the other.
"""

from __future__ import annotations

import contextlib
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.load import Measurement
from mocks.environment import environment
from mocks.server import RunningMocks

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "performance.md"
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
CLIENTS = 16


@dataclass(frozen=True)
class Workload:
    """One operation and the servers that it is put to."""

    title: str
    document: str
    servers: Sequence[str]
    settings: Mapping[str, str]


LOTS = """{ parkingLots(near: {lat: 22.6, lng: 114.12, radius: 6000}, first: 50) {
  edges { distance node { id name capacity position { lat lng } occupancy { free percent }
    tariffs { name } source { id } asOf } } } }"""
FRONT_DOOR = (ROOT / "gateway" / "examples" / "1-front-door.graphql").read_text(encoding="utf-8")

WORKLOADS = (
    Workload("11 sub-districts, no source asked", "{ subdistricts { code name } }",
             ("gateway", "strawberry", "starlette"), {}),
    Workload("50 car parks with occupancy and tariffs, answers cached", LOTS, ("gateway", "strawberry"), {}),
    Workload("front door over four kinds of system, answers cached", FRONT_DOOR,
             ("gateway", "strawberry"), {}),
    Workload("front door over four kinds of system, every source asked each time", FRONT_DOOR,
             ("gateway", "strawberry"), {"GATEWAY_CACHED_ANSWERS": "0"}),
)  # fmt: skip


def main() -> None:
    """Run everything and write the page."""
    cores = sorted(os.sched_getaffinity(0))
    rows: list[str] = []
    os.sched_setaffinity(0, {cores[-1]})
    with RunningMocks() as mocks, sources_file(mocks.url) as sources:
        for workload in WORKLOADS:
            measured = {server: _measure(server, workload, sources, cores[0]) for server in workload.servers}
            own = measured["gateway"]
            for server, result in measured.items():
                ratio = "" if server == "gateway" else f"{own.rate / result.rate:.2f}×"
                rows.append(
                    f"| {workload.title} | {server} | {result.rate:,.0f} | {result.p50:.1f} |"
                    f" {result.p99:.1f} | {ratio} |"
                )
                print(rows[-1], flush=True)
    PAGE.write_text(_page(rows), encoding="utf-8")


@contextlib.contextmanager
def sources_file(url: str) -> Iterator[Path]:
    """The committed sources, pointed at running simulators."""
    path = ROOT / "var" / "bench-sources.toml"
    path.parent.mkdir(exist_ok=True)
    text = (ROOT / "sources.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("http://127.0.0.1:8100", url), encoding="utf-8")
    yield path
    path.unlink()


def _measure(server: str, workload: Workload, sources: Path, core: int) -> Measurement:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    variables = {**os.environ, **environment(), "SOURCES": str(sources), **workload.settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.servers", server, str(port)],
        env=variables,
        cwd=ROOT,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509  # single-threaded at this point
    )
    try:
        _wait(port, process)
        url = f"http://127.0.0.1:{port}/graphql"
        done = subprocess.run(
            [sys.executable, "-m", "bench.load", url, workload.document, str(SECONDS), str(CLIENTS)],
            stdout=subprocess.PIPE,
            check=True,
            cwd=ROOT,
        )
        return msgspec.json.decode(done.stdout, type=Measurement)
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
            return
        if process.poll() is not None:
            raise SystemExit("bench: a server did not start")
        time.sleep(0.05)
    raise SystemExit("bench: a server did not listen within ten seconds")


def _page(rows: Sequence[str]) -> str:
    return "\n".join([
        "# Performance",
        "",
        "Written by `make bench`; ratios hold within one run, absolute figures only on its machine",
        f"({platform.machine()}, Python {platform.python_version()}, one core for the server, the other for",
        f"simulators and {CLIENTS} clients, {SECONDS:g} s a line).",
        "",
        "- **gateway**: this gateway, all its layers on.",
        "- **strawberry**: the same schema, connectors and cache behind Strawberry's own ASGI endpoint.",
        "- **starlette**: Starlette alone, answering a constant.",
        "",
        "| workload | server | requests/s | p50 ms | p99 ms | gateway is |",
        "|---|---|---:|---:|---:|---:|",
        *rows,
        "",
    ])  # fmt: skip


if __name__ == "__main__":
    main()
