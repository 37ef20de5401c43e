"""What can be obtained at a car park beforehand, end to end: HTTP in, four operators' wire out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from mocks.server import RunningMocks
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import Graph, StartGraph

OPERATORS = ("parking-city", "parking-roadside", "parking-metro", "parking-park")
HOME = Ref("parking-city", "440307014003-01")
OFFICE = Ref("parking-city", "440307012003-04")
RIDE = Ref("parking-metro", "440307014018-03")
VENUE = Ref("parking-park", "440307014004-03")
STREET = Ref("parking-roadside", "440307014003-02")

RIGHT = """id __typename title scenario unit type start end placesLeft placesTotal bookable bookUntil
  asOf stale price { amount currency note } eligibility { minimumAge note } source { id } lot { name }
  tariffs { name }"""
OF_LOTS = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ParkingLot { slots { " + RIGHT + " } } } }"
BY_ID = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ParkingRight { " + RIGHT + " } } }"


def lots(*refs: Ref) -> list[str]:
    return [encode_id("parking-lot", ref) for ref in refs]


def right_id(lot: Ref, *parts: str) -> str:
    return encode_id("parking-right", Ref(lot.source, "/".join((lot.id, *parts))))


def calls(mocks: RunningMocks) -> Counter[str]:
    return Counter(
        f"{call.simulator}{call.path}" for name in OPERATORS for call in mocks.calls(name, token=False)
    )


async def slots(graph: Graph, *refs: Ref) -> list[list[dict[str, Any]]]:
    answer = await graph(OF_LOTS, ids=lots(*refs))
    assert answer.errors == []
    return [lot["slots"] for lot in answer.data["nodes"]]


async def test_a_pass_is_a_place_in_a_pool(graph: Graph, mocks: RunningMocks) -> None:
    """By the month, for residents, as long as there are any; a call each for place, rights twice, rates."""
    (passes,) = await slots(graph, HOME)
    assert passes == [
        {
            "id": right_id(HOME, "spec-city-home-monthly"),
            "__typename": "ParkingRight",
            "title": "龙岭社区公共停车场 · 社区停车收费（月卡）",
            "scenario": "PARKING",
            "unit": "PLACE",
            "type": "PERMIT",
            "start": None,
            "end": None,
            "placesLeft": 1989,
            "placesTotal": 2000,
            "bookable": True,
            "bookUntil": None,
            "asOf": "2026-11-24T10:00:00+08:00",
            "stale": False,
            "price": {"amount": "300.00", "currency": "CNY", "note": "每月"},
            "eligibility": {"minimumAge": None, "note": "居民月卡"},
            "source": {"id": "parking-city"},
            "lot": {"name": "龙岭社区公共停车场"},
            "tariffs": [{"name": "社区停车收费（月卡）"}],
        }
    ]
    # The rights once for what they cost, which holds for an hour, and once for what is left of them.
    assert calls(mocks) == {
        f"parking-city/places/{HOME.id}": 1,
        "parking-city/rights/specs": 2,
        "parking-city/rates": 1,
    }


async def test_a_bay_is_reserved_for_a_day_or_an_event(graph: Graph) -> None:
    """Each day has its pool at its car park; an event's right is valid for the event."""
    ride, venue = await slots(graph, RIDE, VENUE)
    assert [(slot["type"], slot["start"], slot["placesLeft"], slot["bookable"]) for slot in ride] == [
        ("PERMIT", None, 776, True),
        ("RESERVATION", "2026-11-24T06:00:00+08:00", 2, True),
        ("RESERVATION", "2026-11-25T06:00:00+08:00", 13, True),
        ("RESERVATION", "2026-11-26T06:00:00+08:00", 2, True),
        ("RESERVATION", "2026-11-27T06:00:00+08:00", 3, True),
        ("RESERVATION", "2026-11-28T06:00:00+08:00", 13, True),
        ("RESERVATION", "2026-11-29T06:00:00+08:00", 6, True),
        ("RESERVATION", "2026-11-30T06:00:00+08:00", 0, False),
    ]
    assert {**ride[1], "id": "", "lot": {}} == {
        "id": "",
        "__typename": "ParkingRight",
        "title": "布吉地铁站P+R停车场 · P+R换乘收费（全天预约）",
        "scenario": "PARKING",
        "unit": "PLACE",
        "type": "RESERVATION",
        "start": "2026-11-24T06:00:00+08:00",
        "end": "2026-11-24T23:30:00+08:00",
        "placesLeft": 2,
        "placesTotal": 20,
        "bookable": True,
        "bookUntil": "2026-11-24T23:30:00+08:00",
        "asOf": "2026-11-24T10:00:00+08:00",
        "stale": False,
        "price": {"amount": "12.00", "currency": "CNY", "note": "每天"},
        "eligibility": None,
        "source": {"id": "parking-metro"},
        "lot": {},
        "tariffs": [{"name": "P+R换乘收费（全天预约）"}],
    }
    (event,) = venue
    assert (event["start"], event["end"]) == ("2026-11-28T17:00:00+08:00", "2026-11-28T23:00:00+08:00")
    assert (event["placesLeft"], event["placesTotal"], event["eligibility"]) == (15, 60, None)
    assert event["price"] == {"amount": "30.00", "currency": "CNY", "note": "每场活动"}


async def test_what_is_for_some_says_for_whom_and_a_visit_is_no_slot(graph: Graph) -> None:
    """A pass for disabled drivers is free; where one only pays on leaving there is nothing to obtain."""
    office, street = await slots(graph, OFFICE, STREET)
    assert [(slot["title"], slot["price"]["amount"], slot["eligibility"]["note"]) for slot in office] == [
        ("上李朗创新产业园停车场 · 园区停车收费（无障碍车位月卡）", "0", "持残疾人证的驾驶人"),
        ("上李朗创新产业园停车场 · 园区停车收费（月卡）", "480.00", "居民月卡"),
    ]
    assert street == []


async def test_many_car_parks_take_one_call_more_an_operator(
    mocks: RunningMocks, start_graph: StartGraph
) -> None:
    """Fifty car parks with tariffs and slots, from a gateway that has just started: twelve calls."""
    document = """{ parkingLots(near: {lat: 22.59879, lng: 114.11969, radius: 2500}, first: 50) {
      edges { node { source { id } tariffs { id } slots { id type } } } } }"""
    async with start_graph(warm_up_ms=10_000) as graph:
        mocks.clear_calls()
        answer = await graph(document)
    assert answer.errors == []
    found = [edge["node"] for edge in answer.data["parkingLots"]["edges"]]
    assert len(found) == 50
    assert Counter(slot["type"] for lot in found for slot in lot["slots"]) == {
        "PERMIT": 26,
        "RESERVATION": 29,
    }
    assert calls(mocks) == {
        f"{operator}{path}": 1 for operator in OPERATORS for path in ("/places", "/rights/specs", "/rates")
    }


async def test_a_slot_is_found_by_its_id(graph: Graph, mocks: RunningMocks) -> None:
    """As it was listed; what the car park does not grant, what is over and what is no slot are null."""
    (listed,) = await slots(graph, RIDE)
    wanted = [listed[0], listed[2]]
    mocks.clear_calls()
    spec = f"spec-metro-day-{RIDE.id}"
    others = [
        right_id(RIDE, spec, f"{spec}-20261123"),
        right_id(RIDE, "spec-metro-visit"),
        right_id(RIDE, "spec-metro-day-440307014026-03"),
        right_id(RIDE, "none"),
        right_id(RIDE),
        right_id(RIDE, "..", "x"),
    ]
    answer = await graph(BY_ID, ids=[slot["id"] for slot in wanted] + others)
    assert answer.errors == []
    assert answer.data["nodes"] == [*wanted, *[None] * 6]
    assert calls(mocks) == {
        f"parking-metro/places/{RIDE.id}": 1,
        "parking-metro/rights/specs/spec-metro-monthly": 1,
        f"parking-metro/rights/specs/{spec}": 1,
        "parking-metro/rights/specs/spec-metro-day-440307014026-03": 1,
        "parking-metro/rights/specs/spec-metro-visit": 1,
        "parking-metro/rights/specs/none": 1,
        "parking-metro/rates/rate-metro-day": 1,
        "parking-metro/rates/rate-metro-monthly": 1,
    }


@pytest.mark.parametrize("path", ["/rights", "/rates"])
async def test_failing_rights_leave_the_car_parks_whole(graph: Graph, mocks: RunningMocks, path: str) -> None:
    """Null with an error beside it; the car park itself and other operators' are there."""
    mocks.fault("parking-city", path=path, error_rate=1, error_status=500)
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ParkingLot { name slots { type } } } }"
    answer = await graph(document, ids=lots(HOME, VENUE))
    assert answer.data["nodes"] == [
        {"name": "龙岭社区公共停车场", "slots": None},
        {"name": "德兴文体中心停车场", "slots": [{"type": "RESERVATION"}]},
    ]
    assert [(error["path"], error["extensions"]) for error in answer.errors] == [
        (["nodes", 0, "slots"], {"code": "SOURCE_UNAVAILABLE", "source": "parking-city"})
    ]


async def test_an_operator_without_a_list_of_rights_grants_nothing(graph: Graph, mocks: RunningMocks) -> None:
    """That is no failure."""
    mocks.fault("parking-city", path="/rights", error_rate=1, error_status=404)
    assert await slots(graph, HOME) == [[]]
