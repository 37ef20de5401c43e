"""The example operations, as a newcomer meets them in GraphiQL and in `make run`."""

from __future__ import annotations

from collections import Counter

import pytest

from gateway.examples import read_examples
from mocks.server import RunningMocks
from tests.conftest import Graph

EXAMPLES = {example.title: example.query for example in read_examples()}


@pytest.mark.parametrize("title", EXAMPLES)
async def test_each_example_has_a_whole_answer(graph: Graph, title: str) -> None:
    """No example has an error or an empty list at its top."""
    answer = await graph(EXAMPLES[title])
    assert answer.errors == []
    (top,) = answer.data.values()
    assert top.get("edges", top)


async def test_the_front_door_asks_all_four_kinds_of_system(mocks: RunningMocks, graph: Graph) -> None:
    """One query, thirteen sources, each asked at most twice; parking, reading, health, civic all answer."""
    answer = await graph(next(iter(EXAMPLES.values())))
    community = answer.data["community"]
    assert community["name"] == "龙岭社区"
    for field in ("parkingLots", "libraries", "hospitals", "cases"):
        assert community[field]["edges"], field
    calls = Counter(call.simulator for call in mocks.calls(token=False))
    assert len(calls) == 13
    assert max(calls.values()) <= 2
    assert {source["id"]: source["calls"] for source in answer.extensions["sources"]} == dict(calls)


async def test_four_kinds_of_system_fail_and_the_rest_is_whole(mocks: RunningMocks, graph: Graph) -> None:
    """With one source of each kind down, every other field of the front door is there."""
    for source in ("parking-city", "library-district", "hospital-people", "events"):
        mocks.fault(source, error_rate=1.0)
    answer = await graph(next(iter(EXAMPLES.values())))
    failed = sorted(error["extensions"]["source"] for error in answer.errors)
    assert failed == ["events", "hospital-people", "library-district", "parking-city"]
    assert set(answer.codes) == {"SOURCE_UNAVAILABLE"}
    community = answer.data["community"]
    assert community["cases"] is None
    for field in ("parkingLots", "libraries", "hospitals"):
        assert community[field]["edges"], field
