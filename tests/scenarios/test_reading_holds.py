"""What of a title can be asked for, end to end: HTTP in, the wires of three libraries out."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mocks.server import RunningMocks
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import Graph

DISTRICT, BUJI, BANTIAN = "library-district", "library-buji", "library-bantian"
BIBLIOS, DAIA = "/api/v1/biblios", "/daia"

HOLD = """id __typename title scenario unit start placesLeft placesTotal bookable asOf stale service queue
  expected limitations url price { amount } eligibility { note } source { id } biblio { id author }"""
BY_ID = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on BiblioHold { " + HOLD + " } } }"
OF_TITLES = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Biblio { slots { " + HOLD + " } } } }"


def biblio_id(source: str, number: int) -> str:
    return encode_id("biblio", Ref(source, str(number)))


def hold_id(source: str, local: str) -> str:
    return encode_id("biblio-hold", Ref(source, local))


def wire(mocks: RunningMocks) -> Counter[tuple[str, str]]:
    return Counter((call.simulator, call.path) for call in mocks.calls(token=False))


async def slots(graph: Graph, *ids: str) -> list[list[dict[str, Any]]]:
    answer = await graph(OF_TITLES, ids=ids)
    assert answer.errors == []
    return [node["slots"] for node in answer.data["nodes"]]


async def test_a_title_that_is_out_can_be_held(graph: Graph, mocks: RunningMocks) -> None:
    """None is left and two wait, and yet it can be asked for; a call each for description and copies."""
    ((hold,),) = await slots(graph, biblio_id(DISTRICT, 47))
    assert hold == {
        "id": hold_id(DISTRICT, "47/loan"),
        "__typename": "BiblioHold",
        "title": "水浒传",
        "scenario": "READING",
        "unit": "COPY",
        "start": None,
        "placesLeft": 0,
        "placesTotal": 1,
        "bookable": True,
        "asOf": "2026-11-24T10:00:00+08:00",
        "stale": False,
        "service": "LOAN",
        "queue": 2,
        "expected": "2026-12-12",
        "limitations": [],
        "url": None,
        "price": None,
        "eligibility": None,
        "source": {"id": DISTRICT},
        "biblio": {"id": biblio_id(DISTRICT, 47), "author": "施耐庵"},
    }
    assert wire(mocks) == {(DISTRICT, BIBLIOS): 1, (DISTRICT, DAIA): 1}


async def test_copies_that_are_in_are_left(graph: Graph) -> None:
    """While one is in, no other is waited for; a copy that is never lent does not count."""
    (some,), none = await slots(graph, biblio_id(BUJI, 48), biblio_id(DISTRICT, 9))
    assert (some["placesLeft"], some["placesTotal"], some["expected"]) == (4, 5, None)
    assert none == []


async def test_a_thing_that_is_booked_by_the_day_has_no_hold(graph: Graph) -> None:
    """It has loans instead: the library would refuse a hold."""
    answer = await graph(
        """{ biblios(search: "投影", first: 2) { edges { node { itemType availability { total } slots { id }
        } } } }"""
    )
    assert [edge["node"] for edge in answer.data["biblios"]["edges"]] == [
        {"itemType": "THING", "availability": {"total": 2}, "slots": []},
        {"itemType": "THING", "availability": {"total": 2}, "slots": []},
    ]


async def test_a_hundred_titles_with_their_slots_are_six_calls(graph: Graph, mocks: RunningMocks) -> None:
    """No more than with copies and availability, which are made of the same answer."""
    shares = ((DISTRICT, 40), (BUJI, 40), (BANTIAN, 20))
    answer = await graph(
        """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Biblio {
          availability { total } copies { status } slots { id unit placesLeft } } } }""",
        ids=[biblio_id(source, number) for source, share in shares for number in range(1, share + 1)],
    )
    assert answer.errors == []
    titles = answer.data["nodes"]
    assert Counter(len(title["slots"]) for title in titles) == {1: 99, 0: 1}
    expected = {(source, path): 1 for source in (DISTRICT, BUJI, BANTIAN) for path in (BIBLIOS, DAIA)}
    assert wire(mocks) == expected


async def test_holds_are_found_by_their_ids(graph: Graph, mocks: RunningMocks) -> None:
    """As they were listed, in two calls a library; what cannot be asked for is null."""
    titles = [biblio_id(DISTRICT, 47), biblio_id(DISTRICT, 11), biblio_id(BUJI, 2)]
    listed = [hold for holds in await slots(graph, *titles) for hold in holds]
    mocks.clear_calls()
    others = ["9/loan", "47/presentation", "47/remote", "47", "x/loan", "/loan"]
    ids = [hold["id"] for hold in listed] + [hold_id(DISTRICT, local) for local in others]
    answer = await graph(BY_ID, ids=ids)
    assert answer.errors == []
    assert answer.data["nodes"] == [*listed, *[None] * 6]
    assert wire(mocks) == {(source, path): 1 for source in (DISTRICT, BUJI) for path in (BIBLIOS, DAIA)}


async def test_without_availability_there_are_no_slots_and_the_title_is_whole(
    graph: Graph, mocks: RunningMocks
) -> None:
    """Null with an error beside it where DAIA fails; null without one where it does not know the title."""
    document = """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Biblio { title slots { id } } } }"""
    mocks.fault(DISTRICT, path=DAIA, error_rate=1, error_status=500)
    answer = await graph(document, ids=[biblio_id(DISTRICT, 47), biblio_id(BUJI, 2)])
    assert answer.data["nodes"] == [
        {"title": "水浒传", "slots": None},
        {"title": "红楼梦", "slots": [{"id": hold_id(BUJI, "2/loan")}]},
    ]
    assert [(error["path"], error["extensions"]) for error in answer.errors] == [
        (["nodes", 0, "slots"], {"code": "SOURCE_UNAVAILABLE", "source": DISTRICT})
    ]
