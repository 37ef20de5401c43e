"""Rounds: every server under every load in turn, several times over, so that noise falls on all alike."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import orjson

from bench.load import Load, data_of, put_load
from bench.process import Process
from bench.workloads import Rival, Workload

ANSWERS = 20
"""How often each connection must be answered: what is under way at the end counts for nothing, and that
must weigh little for slow servers too."""
LONGER = 8
"""For so many times its length a load may go on until then."""


@dataclass(frozen=True)
class Result:
    """One server under one load: medians over the rounds."""

    workload: Workload
    rival: str
    rate: float
    """Requests a second."""
    spread: float
    """How far the rounds lie apart: highest less lowest rate, by the median."""
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """Time of the core that a request takes."""
    busy: float
    """How much of the core the server took. Much below 1, the load generator or an upstream was the limit."""
    peak_mb: float


@dataclass(frozen=True)
class _Round:
    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    busy: float
    peak_mb: float


def run(
    rivals: Sequence[Rival], workloads: Sequence[Workload], *, core: int, seconds: float, rounds: int
) -> list[Result]:
    """Start the servers beside each other on one core and load them one at a time.

    Before, each shows that it answers the same; an idle server takes next to nothing from the others.
    """
    with ExitStack() as stack:
        servers = {
            rival.name: stack.enter_context(Process(rival.command, core, rival.environment))
            for rival in rivals
        }
        for workload in workloads:
            _check(workload, servers)
        taken: dict[tuple[Workload, str], list[_Round]] = {}
        for number in range(rounds):
            for workload in workloads:
                for name in workload.rivals:
                    one = _load(servers[name], workload, seconds)
                    taken.setdefault((workload, name), []).append(one)
                    print(
                        f"{number + 1}/{rounds}  {workload.title:.60}  {name}  {one.rate:,.0f}/s", flush=True
                    )
    return [_result(workload, name, found) for (workload, name), found in taken.items()]


def _check(workload: Workload, servers: dict[str, Process]) -> None:
    answers = {name: data_of(f"{servers[name].url}/graphql", workload.document) for name in workload.rivals}
    # Strawberry escapes what is not ASCII: the same text in other bytes.
    if workload.same and len({orjson.dumps(orjson.loads(answer)) for answer in answers.values()}) != 1:
        shown = {name: answer[:200] for name, answer in answers.items()}
        raise SystemExit(f"bench: not the same answer to {workload.title}: {shown}")


def _load(server: Process, workload: Workload, seconds: float) -> _Round:
    load, cpu = _put(server, workload, seconds)
    wanted = ANSWERS * workload.connections
    if load.requests < wanted:
        needed = 1.1 * wanted / max(1, load.requests) * load.microseconds / 1_000_000
        load, cpu = _put(server, workload, min(needed, LONGER * seconds))
    if not load.requests:
        raise SystemExit(f"bench: {server.url} answers nothing in time; take longer BENCH_SECONDS")
    return _Round(
        rate=load.requests / load.microseconds * 1_000_000,
        p50_ms=load.p50 / 1000,
        p99_ms=load.p99 / 1000,
        cpu_us=cpu / load.requests * 1_000_000,
        busy=cpu / load.microseconds * 1_000_000,
        peak_mb=server.peak_bytes() / 1_000_000,
    )


def _put(server: Process, workload: Workload, seconds: float) -> tuple[Load, float]:
    """Load a server that rests, and give its seconds of the core too."""
    server.settle()
    server.reset_peak()
    before = server.cpu_seconds()
    load = put_load(f"{server.url}/graphql", workload.document, seconds, workload.connections)
    return load, server.cpu_seconds() - before


def _result(workload: Workload, name: str, rounds: Sequence[_Round]) -> Result:
    rate = statistics.median(one.rate for one in rounds)
    return Result(
        workload=workload,
        rival=name,
        rate=rate,
        spread=(max(one.rate for one in rounds) - min(one.rate for one in rounds)) / rate,
        p50_ms=statistics.median(one.p50_ms for one in rounds),
        p99_ms=statistics.median(one.p99_ms for one in rounds),
        cpu_us=statistics.median(one.cpu_us for one in rounds),
        busy=min(1.0, statistics.median(one.busy for one in rounds)),
        peak_mb=max(one.peak_mb for one in rounds),
    )
