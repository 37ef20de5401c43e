"""The example operations, as a newcomer meets them in GraphiQL and in `make run`."""

from __future__ import annotations

from collections import Counter

import pytest

from gateway.examples import read_examples
from mocks.server import RunningMocks
from tests.conftest import Graph, StartGraph

EXAMPLES = {example.title: example.query for example in read_examples()}


@pytest.mark.parametrize("title", EXAMPLES)
async def test_each_example_has_a_whole_answer(graph: Graph, title: str) -> None:
    """No example has an error or an empty list at its top."""
    answer = await graph(EXAMPLES[title])
    assert answer.errors == []
    (top,) = answer.data.values()
    assert top.get("edges", top)


TEN = (
    "parkingLots",
    "sportsVenues",
    "libraries",
    "hospitals",
    "childcareCentres",
    "youthHostels",
    "volunteerMissions",
    "eldercareServices",
    "classes",
    "things",
)
"""The fields of the resident's home, one of each of the ten scenarios."""
HOME = {
    **dict.fromkeys(("parking-city", "parking-roadside", "parking-metro", "parking-park"), 1),
    **dict.fromkeys(("library-district", "library-buji", "library-bantian"), 2),
    **dict.fromkeys(("hospital-central", "hospital-people", "hospital-second"), 2),
    **dict.fromkeys(("hospital-third", "hospital-maternity"), 2),
    **dict.fromkeys(("volunteers-union", "volunteers-redcross"), 1),
    "goods-board": 2,
    "events": 1,
}
"""How often each source is called for it. Those with a local copy are not."""


async def test_a_residents_home_is_one_query(mocks: RunningMocks, graph: Graph) -> None:
    """Ten scenarios, the board and the cases around one; no source is called more than twice."""
    answer = await graph(next(iter(EXAMPLES.values())))
    assert answer.errors == []
    community = answer.data["community"]
    assert community["name"] == "龙岭社区"
    assert [field for field in (*TEN, "boardPosts", "cases") if not community[field]["edges"]] == []
    calls = Counter(call.simulator for call in mocks.calls(token=False))
    told = {source["id"]: source["calls"] for source in answer.extensions["sources"]}
    assert {source: count for source, count in told.items() if count} == dict(calls)
    assert calls == HOME
    assert set(told) - set(calls) == {
        "childcare-longgang",
        "classes-family",
        "eldercare-longgang",
        "hostels-longgang",
        "sports-dayun",
        "sports-street",
    }


async def test_four_kinds_of_system_fail_and_the_rest_is_whole(mocks: RunningMocks, graph: Graph) -> None:
    """With one source of each kind down, every other field of the front door is there."""
    for source in ("parking-city", "library-district", "hospital-people", "events"):
        mocks.fault(source, error_rate=1.0)
    answer = await graph(next(iter(EXAMPLES.values())))
    failed = sorted(error["extensions"]["source"] for error in answer.errors)
    # The library's books are one list, what it lends besides another.
    assert failed == ["events", "hospital-people", "library-district", "library-district", "parking-city"]
    assert set(answer.codes) == {"SOURCE_UNAVAILABLE"}
    community = answer.data["community"]
    assert community["cases"] is None
    assert [field for field in (*TEN, "boardPosts") if not community[field]["edges"]] == []


async def test_every_scenario_at_a_glance(mocks: RunningMocks, start_graph: StartGraph) -> None:
    """Counts, what is open now and the nearest few of each, without a call once the lists are there."""
    async with start_graph(search_refresh_s=300) as graph:
        await graph('{ search(text: "停车") { totalCount } }')
        mocks.clear_calls()
        answer = await graph(EXAMPLES["各场景一览 · Every scenario at a glance, and nobody called for it"])
        refused = await graph('{ community(code: "440307014003") { scenarios(each: 11) { count } } }')
    assert answer.errors == []
    found = {around["scenario"]: around for around in answer.data["community"]["scenarios"]}
    assert {
        name: (around["count"], around["openNow"], around["bookable"]) for name, around in found.items()
    } == {
        "PARKING": (60, 60, 0),
        "SPORTS": (32, 16, 27),
        "READING": (3, 0, 0),
        "HEALTH": (24, 13, 12),
        "CHILDCARE": (9, 7, 9),
        "HOSTELS": (2, 2, 2),
        "VOLUNTEERING": (29, 0, 29),
        "ELDERCARE": (19, 6, 18),
        "CLASSES": (6, 1, 4),
        "GOODS": (39, 0, 27),
        "SCHOOLS": (1, 1, 0),
        "CIVIC": (10, 0, 0),
    }
    assert [(hit["name"], hit["node"]["__typename"]) for hit in found["HEALTH"]["best"]] == [
        ("龙岗区第二人民医院", "Hospital"),
        ("全科医学科门诊", "Department"),
    ]
    assert all(len(around["best"]) == min(2, around["count"]) for around in found.values())
    assert mocks.calls() == []
    assert refused.codes == ["BAD_USER_INPUT"]
