"""Any operation at all: compiled and on graphql-core's executor it gives the same.

Some hundred operations a run, each over several worlds; `make fuzz` looks at many more.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
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

IDS = [f'"{encode_id(kind, Ref(source, "3"))}"' for kind in NODES for source in ("alpha", "beta", "gone")] + [
    '"nonsense"'
]
FUZZ = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"


def cases(operations: int) -> settings:
    """So many operations a run, and many more to look for what these do not show."""
    return settings(
        max_examples=operations * (100 if FUZZ else 1),
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


@pytest.fixture(autouse=True)
def no_litter() -> Iterator[None]:
    """Let what graphql-core left behind go before the next test could be blamed for it."""
    yield
    gc.collect()


SEEDS = 5
"""Worlds that each operation is asked of: making an operation takes longer than executing it."""


# graphql-core leaves coroutines behind where a null takes what holds them.
@pytest.mark.filterwarnings(
    "ignore:coroutine .* was never awaited", "ignore::pytest.PytestUnraisableExceptionWarning"
)
@cases(500)
@given(operation=operations(ZOO.schema._schema), seed=st.integers(0, 2**20))
async def test_the_zoo(operation: tuple[str, dict[str, Any]], seed: int) -> None:
    """Over a schema of every feature and values of every kind."""
    document, variables = operation
    for world in range(seed, seed + SEEDS):
        await ZOO.check(document, partial(ZooContext, world), variables)


# graphql-core leaves coroutines behind where a null takes what holds them.
@pytest.mark.filterwarnings(
    "ignore:coroutine .* was never awaited", "ignore::pytest.PytestUnraisableExceptionWarning"
)
@cases(120)
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
