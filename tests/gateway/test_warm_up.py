"""The warm-up: small lists that are read when the gateway starts, so that no resident waits for them."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from gateway.sources import SourceConfig
from mocks.server import RunningMocks
from tests.conftest import StartGraph

HOSPITALS = ("central", "people", "second", "third", "maternity")
LIBRARIES = ("district", "buji", "bantian")
OPERATORS = ("city", "roadside", "metro", "park")
AT_START = {
    **{f"hospital-{name}/fhir/{kind}": 1 for name in HOSPITALS for kind in ("Organization", "Location")},
    **{f"library-{name}/api/v1/libraries": 1 for name in LIBRARIES},
    **{f"parking-{name}/rights/specs": 1 for name in OPERATORS},
    "events/services.json": 1,
}
"""What a start asks, by source and path: hospitals with their campuses, branches, rights, matters."""
LISTS = """{ libraries(first: 100) { totalCount } hospitals { totalCount }
  serviceTypes(first: 100) { totalCount } }"""
COUNTS = {
    "libraries": {"totalCount": 12},
    "hospitals": {"totalCount": 5},
    "serviceTypes": {"totalCount": 14},
}


def calls(mocks: RunningMocks) -> Counter[str]:
    """Calls at the wire by source and path."""
    return Counter(f"{call.simulator}{call.path}" for call in mocks.calls(token=False))


async def test_small_lists_are_read_at_start(mocks: RunningMocks, start_graph: StartGraph) -> None:
    """Each of every source that serves it, once, before the first request; then they cost no call."""
    async with start_graph(warm_up_ms=10_000) as graph:
        assert (await graph.http.get("/readyz")).status_code == 200
        assert calls(mocks) == AT_START
        mocks.clear_calls()
        answer = await graph(LISTS)
        assert (answer.errors, answer.data) == ([], COUNTS)
        assert {source["outcome"] for source in answer.extensions["sources"]} == {"CACHED"}
        assert calls(mocks) == {}


@pytest.mark.parametrize("settings", [{"warm_up_ms": 0}, {"warm_up_ms": 10_000, "cached_answers": 0}])
async def test_nobody_is_asked_in_vain(
    mocks: RunningMocks, start_graph: StartGraph, settings: dict[str, Any]
) -> None:
    """Neither where there is to be no warm-up, nor where nothing could be kept of it."""
    async with start_graph(**settings):
        assert mocks.calls() == []


@pytest.mark.parametrize("source", ["library-buji", "library-district"])
async def test_a_source_that_hangs_does_not_keep_us(
    mocks: RunningMocks, start_graph: StartGraph, source: str
) -> None:
    """The start waits to the limit and no longer, for a token either; what the others gave is kept."""
    async with start_graph() as graph:
        # Simulators build their worlds when first asked, which is no part of what is measured here.
        await graph(LISTS)
    mocks.fault(source, hang=True, tokens=True)
    started = time.monotonic()
    async with start_graph(warm_up_ms=1_000) as graph:
        assert 0.9 < time.monotonic() - started < 2.5
        assert (await graph.http.get("/readyz")).status_code == 200
        mocks.clear_faults()
        mocks.clear_calls()
        answer = await graph(LISTS)
        assert (answer.errors, answer.data) == ([], COUNTS)
        assert calls(mocks) == {f"{source}/api/v1/libraries": 1}


@pytest.mark.parametrize("fault", [{"error_rate": 1}, {"malformed": True}])
async def test_a_source_that_fails_does_not_stop_the_start(
    mocks: RunningMocks,
    sources: tuple[SourceConfig, ...],
    start_graph: StartGraph,
    fault: dict[str, Any],
) -> None:
    """All of them down, the gateway is up; once they are back, they are asked for what is wanted."""
    mocks.fault("*", **fault)
    only = tuple(source for source in sources if source.connector == "koha")
    async with start_graph(only, warm_up_ms=5_000) as graph:
        assert (await graph.http.get("/readyz")).status_code == 200
        mocks.clear_faults()
        mocks.clear_calls()
        answer = await graph("{ libraries(first: 100) { totalCount } }")
        assert (answer.errors, answer.data["libraries"]) == ([], COUNTS["libraries"])
        assert calls(mocks) == {f"library-{name}/api/v1/libraries": 1 for name in LIBRARIES}
