"""What is asked of whom: the public workload and our own graph's, each with its rivals."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench import lots
from bench.posts import queries, tailcall
from bench.process import ROOT


@dataclass(frozen=True)
class Rival:
    """One server: `command` is told a port. Ours come first in every workload; the others are compared."""

    name: str
    command: Callable[[int], Sequence[str]]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Workload:
    """One operation, and how many connections put it to which servers.

    `same`: whether all must give the same `data` in the same order; live data change from second to second.
    """

    title: str
    document: str
    connections: int
    rivals: tuple[str, ...]
    same: bool = True


def _ours(server: str) -> Callable[[int], Sequence[str]]:
    return lambda port: [sys.executable, "-m", "bench.servers", server, str(port)]


PUBLIC_CONNECTIONS = 100
"""As the public benchmark has it."""
GATEWAY = "gateway"
SHARING = "gateway, sharing"
STRAWBERRY = "Strawberry"
JOINED = "Starlette, joined by hand"
BARE = "uvicorn alone, a constant"
SHARED = "Tailcall, sharing"
UNSHARED = "Tailcall, not sharing"


def public_rivals(upstream: str, directory: Path) -> list[Rival]:
    """Give the servers of the public workload over a REST server."""
    environment = {"BENCH_UPSTREAM": upstream}
    rivals = [
        Rival(GATEWAY, _ours("posts-gateway"), environment),
        Rival(SHARING, _ours("posts-gateway-sharing"), environment),
        Rival(STRAWBERRY, _ours("posts-strawberry"), environment),
        Rival(JOINED, _ours("posts-joined"), environment),
        Rival("Starlette, a constant", _ours("posts-constant")),
        Rival(BARE, _ours("posts-bare")),
    ]
    if tailcall.supported():
        for name, configuration in ((SHARED, "shared"), (UNSHARED, "batched")):
            command = partial(tailcall.command, configuration, upstream, directory)
            rivals.append(Rival(name, command, tailcall.ENVIRONMENT))
    return rivals


def public_workloads(rivals: Sequence[Rival]) -> list[Workload]:
    """Give the three queries, put to every one of them."""
    names = tuple(rival.name for rival in rivals)
    return [
        Workload(document, document, PUBLIC_CONNECTIONS, names)
        for document in (queries.POSTS_WITH_USERS, queries.POSTS, queries.GREET)
    ]


FRONT_DOOR = (ROOT / "gateway" / "examples" / "1-front-door.graphql").read_text(encoding="utf-8")
_CACHED = (GATEWAY, SHARING, STRAWBERRY)
_UNCACHED = tuple(f"{name}, asking each time" for name in _CACHED)
_HELD = ("gateway, lots held", "Strawberry, lots held")

GRAPH_WORKLOADS = (
    Workload("front door over every scenario, answers cached", FRONT_DOOR, 16, _CACHED, same=False),
    Workload("front door, every source asked each time", FRONT_DOOR, 16, _UNCACHED, same=False),
    Workload("a list of 1,000 car parks", lots.LIST, 2, _HELD),
    Workload("10,000 objects in one answer", lots.TEN_THOUSAND, 2, _HELD),
)


def graph_rivals(environment: Mapping[str, str]) -> list[Rival]:
    """Give the servers of our graph over the sources that the environment names."""
    alone = {"GATEWAY_SHARE_MS": "0"}
    uncached = {**environment, "GATEWAY_CACHED_ANSWERS": "0"}
    return [
        Rival(_CACHED[0], _ours("graph-gateway"), {**environment, **alone}),
        Rival(_CACHED[1], _ours("graph-gateway"), environment),
        Rival(_CACHED[2], _ours("graph-strawberry"), environment),
        Rival(_UNCACHED[0], _ours("graph-gateway"), {**uncached, **alone}),
        Rival(_UNCACHED[1], _ours("graph-gateway"), uncached),
        Rival(_UNCACHED[2], _ours("graph-strawberry"), uncached),
        Rival(_HELD[0], _ours("lots-gateway")),
        Rival(_HELD[1], _ours("lots-strawberry")),
    ]
