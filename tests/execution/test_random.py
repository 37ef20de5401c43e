"""Any operation at all: compiled and on graphql-core's executor it gives the same."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.core.entity import NODES
from schema.core.ids import encode_id
from schema.core.record import Ref
from schema.root import build_schema
from tests.execution.comparison import Both
from tests.execution.generated import operations
from tests.execution.sources import MadeContext
from tests.execution.zoo import ZooContext, build_zoo

IDS = [
    f'"{encode_id(kind, Ref(source, "3"))}"' for kind in NODES for source in ("alpha", "beta", "gone")
] + ['"nonsense"']
CASES = settings(
    max_examples=20_000 if os.environ.get("HYPOTHESIS_PROFILE") == "fuzz" else int(os.environ.get('N','250')),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

GRAPH = Both(build_schema())
KNOWN = {
    "near": ["{lat: 22.6, lng: 114.12, radius: 5000}", "{lat: 22.6, lng: 114.12, radius: 5000, crs: GCJ02}"],
    "lat": ["22.6"],
    "lng": ["114.12"],
    "radius": ["3000", "0"],
    "first": ["1", "2", "5"],
    "after": ["null"],
    "code": ['"440307014003"'],
    "id": IDS,
    "ids": [f"[{one}, {other}]" for one in IDS for other in IDS[:2]],
}
ZOO = Both(build_zoo())


SEEDS = 5
"""Worlds that each operation is asked of: making an operation takes longer than executing it."""


@settings(CASES)
@given(operation=operations(ZOO.schema._schema), seed=st.integers(0, 2**20))
async def test_the_zoo(operation: tuple[str, dict[str, Any]], seed: int) -> None:
    """Over a schema of every feature and values of every kind."""
    document, variables = operation
    for world in range(seed, seed + SEEDS):
        await ZOO.check(document, partial(ZooContext, world), variables)


@settings(CASES)
@given(operation=operations(GRAPH.schema._schema, KNOWN), seed=st.integers(0, 2**20))
async def test_our_own_schema(operation: tuple[str, dict[str, Any]], seed: int) -> None:
    """Over the graph's own schema and sources in memory, some of which fail."""
    document, variables = operation
    for world in range(seed, seed + SEEDS):
        contexts: list[MadeContext] = []

        def open_context(world: int = world, contexts: list[MadeContext] = contexts) -> MadeContext:
            contexts.append(MadeContext(world))
            return contexts[-1]

        await GRAPH.check(document, open_context, variables)
        original, own = contexts
        assert len(own.made.fetched) <= len(original.made.fetched)
