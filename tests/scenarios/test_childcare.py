"""我要托育 end to end: HTTP in, the local copy of its directory, nobody called."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.sources import SourceConfig
from mocks.server import RunningMocks
from tests.conftest import Graph, StartGraph

NEAR = {"lat": 22.598, "lng": 114.12, "radius": 1500}
LIST = """query($near: NearInput, $type: ChildcareType, $filter: ServiceFilterInput, $first: Int! = 100) {
  childcareCentres(near: $near, type: $type, filter: $filter, first: $first) { totalCount
    edges { distance node { id name type openNow eligibility { minimumAge maximumAge }
      capacities { unit available maximum } } } } }"""


def names(connection: Any) -> list[str]:
    return [edge["node"]["name"] for edge in connection["edges"]]


async def listed(graph: Graph, **variables: Any) -> Any:
    answer = await graph(LIST, **variables)
    assert answer.errors == []
    return answer.data["childcareCentres"]


async def test_the_nearest_first(graph: Graph, mocks: RunningMocks) -> None:
    """Around a point, each with its distance; the copy answers and nobody is called."""
    answer = await graph(LIST, near=NEAR)
    assert answer.errors == []
    found = answer.data["childcareCentres"]
    distances = [edge["distance"] for edge in found["edges"]]
    assert found["totalCount"] == len(distances) == 7
    assert distances == sorted(distances)
    assert distances[0] == 158
    assert found["edges"][0]["node"] | {"id": ""} == {
        "id": "",
        "name": "龙岭第一幼儿园托班",
        "type": "KINDERGARTEN",
        "openNow": True,
        "eligibility": {"minimumAge": 0.5, "maximumAge": 3.0},
        "capacities": [{"unit": "全日托", "available": 24, "maximum": 54}],
    }
    assert mocks.calls(token=False) == []
    assert answer.source("childcare-longgang")["calls"] == 0
    assert answer.source("childcare-longgang")["outcome"] == "CACHED"


async def test_all_of_the_district(graph: Graph) -> None:
    """Sixty-five, those without a position among them; by kind."""
    assert (await listed(graph))["totalCount"] == 65
    by_type = {
        t: (await listed(graph, type=t))["totalCount"] for t in ("NURSERY", "KINDERGARTEN", "COMMUNITY")
    }
    assert by_type == {"NURSERY": 29, "KINDERGARTEN": 16, "COMMUNITY": 20}


async def test_filters_keep_what_is_known_to_fit(graph: Graph) -> None:
    """By age, by words, by free places, by what is open: on the 24th some are closed for cleaning."""
    whole = (await listed(graph))["edges"]
    young = (await listed(graph, filter={"age": 0.5}))["edges"]
    assert {edge["node"]["eligibility"]["minimumAge"] for edge in young} == {0.5}
    assert 0 < len(young) < 65
    assert names(await listed(graph, filter={"text": "龙岭 托班"})) == ["龙岭第一幼儿园托班"]
    free = (await listed(graph, filter={"hasFree": True}))["totalCount"]
    full = (await listed(graph, filter={"hasFree": False}))["totalCount"]
    assert free + full == 65
    opened = (await listed(graph, filter={"openNow": True}))["totalCount"]
    closed = (await listed(graph, filter={"openNow": False}))["totalCount"]
    assert (opened, closed) == (47, 18)
    assert sum(edge["node"]["openNow"] for edge in whole) == opened


async def test_one_in_full(graph: Graph, mocks: RunningMocks) -> None:
    """Every field of a nursery by its id: hours of real days, prices, places, visits."""
    found = await listed(graph, filter={"text": "安良"})
    answer = await graph(
        """query($id: ID!) { node(id: $id) { __typename ... on ChildcareCentre { name nameEn status provider
          address phone email languages howToApply documents alert feesNote asOf stale updatedAt
          openingHours { days opens closes } openDays(days: 2) { date workingDay spans { opens closes } }
          fees { amount currency note } categories { code name } locations { name transport }
          contacts { office phone } community { name } source { id standard }
          slots { __typename title unit scenario start end placesLeft placesTotal bookable price { amount }
            eligibility { residence } updatedAt service { name } } } } }""",
        id=found["edges"][0]["node"]["id"],
    )
    assert answer.errors == []
    node = answer.data["node"]
    slots = node.pop("slots")
    assert node == {
        "__typename": "ChildcareCentre",
        "name": "安良小太阳托育园",
        "nameEn": "Anliang Nursery",
        "status": "ACTIVE",
        "provider": "深圳市龙岗区安良小太阳托育园",
        "address": "深圳市龙岗区园山街道安良东街234号",
        "phone": "0755-00001045",
        "email": None,
        "languages": ["普通话"],
        "howToApply": "电话预约参观后签订托育协议。",
        "documents": ["预防接种证", "入托体检表"],
        "alert": None,
        "feesNote": "保育费按月收取，请假满十个工作日退半费。",
        "asOf": "2026-11-24T10:00:00+08:00",
        "stale": False,
        "updatedAt": "2026-11-11T03:00:00+08:00",
        "openingHours": [
            {
                "days": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
                "opens": "07:30",
                "closes": "18:30",
            }
        ],
        "openDays": [
            {
                "date": f"2026-11-{day}",
                "workingDay": True,
                "spans": [
                    {"opens": f"2026-11-{day}T07:30:00+08:00", "closes": f"2026-11-{day}T18:30:00+08:00"}
                ],
            }
            for day in (24, 25)
        ],
        "fees": [{"amount": "3730", "currency": "CNY", "note": "全日托：每月，餐费另计"}],
        "categories": [{"code": "childcare.nursery", "name": "托育园"}],
        "locations": [{"name": "安良小太阳托育园", "transport": "公交M508路安良站"}],
        "contacts": [{"office": "园务办公室 招生老师", "phone": "0755-00001045"}],
        "community": {"name": "安良社区"},
        "source": {"id": "childcare-longgang", "standard": "Open Referral HSDS 3.1"},
    }
    full, first, _ = slots
    assert full == {
        "__typename": "ChildcareSlot",
        "title": "安良小太阳托育园 · 全日托",
        "unit": "PLACE",
        "scenario": "CHILDCARE",
        "start": None,
        "end": None,
        "placesLeft": 0,
        "placesTotal": 86,
        "bookable": False,
        "price": {"amount": "3730"},
        "eligibility": {"residence": None},
        "updatedAt": "2026-11-11T03:00:00+08:00",
        "service": {"name": "安良小太阳托育园"},
    }
    assert first == {
        **full,
        "title": "安良小太阳托育园 · 入园参观",
        "start": "2026-11-28T10:00:00+08:00",
        "end": "2026-11-28T11:30:00+08:00",
        "placesLeft": 7,
        "placesTotal": 8,
        "bookable": True,
        "price": None,
    }
    assert mocks.calls(token=False) == []


async def test_a_slot_is_read_again_by_its_id(graph: Graph) -> None:
    """The id of a place in a nursery leads back to it, and one that is gone to null."""
    query = (
        """{ childcareCentres(first: 1, filter: {text: "龙岭"}) { edges { node { slots { id title } } } } }"""
    )
    (edge,) = (await graph(query)).data["childcareCentres"]["edges"]
    (slot,) = edge["node"]["slots"]
    read = """query($id: ID!) { node(id: $id) { ... on Slot { id title placesLeft source { id } } } }"""
    answer = await graph(read, id=slot["id"])
    assert answer.errors == []
    assert answer.data["node"] == {**slot, "placesLeft": 24, "source": {"id": "childcare-longgang"}}


async def test_days_are_between_one_and_thirty_one(graph: Graph, mocks: RunningMocks) -> None:
    """An argument that cannot be served is refused at its field; nobody is called."""
    answer = await graph("{ childcareCentres(first: 1) { edges { node { openDays(days: 32) { date } } } } }")
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data["childcareCentres"]["edges"][0]["node"] == {"openDays": None}
    assert mocks.calls(token=False) == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"error_rate": 1.0}, "SOURCE_UNAVAILABLE"),
        ({"malformed": True}, "SOURCE_UNAVAILABLE"),
    ],
)
async def test_a_directory_that_was_never_read_takes_only_its_own_with_it(
    mocks: RunningMocks, start_graph: StartGraph, sources: tuple[SourceConfig, ...], fault: Any, code: str
) -> None:
    """Its list is null with the error of its source; the other directories' are whole."""
    two = tuple(source for source in sources if source.id in ("childcare-longgang", "eldercare-longgang"))
    mocks.fault("childcare-longgang", **fault)
    async with start_graph(two, feeds=True, warm_up_ms=3_000) as graph:
        answer = await graph(
            "{ childcareCentres(first: 1) { totalCount } eldercareServices(first: 1) { totalCount } }"
        )
    assert [error["extensions"] for error in answer.errors] == [
        {"code": code, "source": "childcare-longgang"}
    ]
    assert answer.data == {"childcareCentres": None, "eldercareServices": {"totalCount": 171}}
