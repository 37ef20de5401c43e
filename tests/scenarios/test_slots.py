"""Whatever can be booked, through one fragment: ten scenarios, one query, each source's wire counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from mocks.server import RunningMocks
from schema.core.entity import NODES
from schema.core.scenario import Scenario
from schema.core.slot import Slot
from tests.conftest import ROOT, Graph, StartGraph

PAGE = (ROOT / "docs" / "slots.md").read_text(encoding="utf-8")
(QUERY,) = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
ROWS = dict(re.findall(r"^\| `(\w+)` \| `([A-Z]+)` \|", PAGE, re.MULTILINE))
FIELDS = QUERY[QUERY.index("fragment") :]
WITHOUT = {"CIVIC", "SCHOOLS", "ENTERPRISE"}
"""Scenarios in which nothing is booked."""
LIBRARIES = ("district", "buji", "bantian")
LISTS = ("biblios", "items", "bookings")
HOSPITALS = ("central", "people", "second", "third", "maternity")


def found(value: Any) -> Iterator[dict[str, Any]]:
    """Every slot in an answer, in its order."""
    if isinstance(value, dict):
        if "bookable" in value:
            yield value
        else:
            for part in value.values():
                yield from found(part)
    elif isinstance(value, list):
        for part in value:
            yield from found(part)


def brief(slot: dict[str, Any]) -> tuple[Any, ...]:
    price = slot["price"] and (slot["price"]["amount"], slot["price"]["note"])
    places = (slot["placesLeft"], slot["placesTotal"])
    return (slot["__typename"], slot["unit"], slot["title"], slot["start"], places, price, slot["bookable"])


def wire(mocks: RunningMocks) -> Counter[tuple[str, str]]:
    return Counter((call.simulator, call.path) for call in mocks.calls(token=False))


@pytest.fixture
async def read(start_graph: StartGraph) -> AsyncIterator[Graph]:
    """A gateway that has read its feeds and its small lists."""
    async with start_graph(warm_up_ms=60_000) as graph:
        yield graph


async def test_one_fragment_lists_slots_of_ten_scenarios(read: Graph, mocks: RunningMocks) -> None:
    """The query of docs/slots.md: the same fields of all, in few calls; feeds and small lists need none."""
    mocks.clear_calls()
    answer = await read(QUERY)
    assert answer.errors == []
    slots = list(found(answer.data))
    assert [brief(slot) for slot in slots] == [
        (
            "ParkingRight",
            "PLACE",
            "龙岭社区公共停车场 · 社区停车收费（月卡）",
            None,
            (1989, 2000),
            ("300.00", "每月"),
            True,
        ),
        (
            "CourtSlot",
            "TIME",
            "布吉圩体育馆羽毛球场",
            "2026-11-25T07:00:00+08:00",
            (7, 8),
            ("40.00", "标准价"),
            True,
        ),
        (
            "SportsSession",
            "PLACE",
            "乒乓球提高班",
            "2026-11-25T09:30:00+08:00",
            (11, 16),
            ("30.00", "标准价"),
            True,
        ),
        ("BiblioHold", "COPY", "水浒传", None, (2, 2), None, True),
        ("AppointmentSlot", "TIME", "普通门诊", "2026-11-25T08:00:00+08:00", (1, 1), None, True),
        (
            "ChildcareSlot",
            "PLACE",
            "龙岭第一幼儿园托班 · 全日托",
            None,
            (24, 54),
            ("2880", "全日托：每月，餐费另计"),
            True,
        ),
        (
            "HostelNight",
            "NIGHT",
            "龙岭青年驿站 · 当晚床位",
            "2026-11-25T14:00:00+08:00",
            (10, 60),
            ("0", "求职毕业生：每晚，最多15天"),
            True,
        ),
        (
            "VolunteerMission",
            "PLACE",
            "龙岭社区义诊秩序引导",
            "2026-12-15T09:00:00+08:00",
            (7, None),
            None,
            True,
        ),
        ("EldercareSlot", "PLACE", "龙岭长者食堂 · 座位", None, (29, 73), None, True),
        (
            "ParentChildClass",
            "PLACE",
            "亲子太极",
            "2026-11-28T09:30:00+08:00",
            (23, 24),
            ("0.00", None),
            True,
        ),
        (
            "ParentChildCourse",
            "PLACE",
            "亲子太极系统课",
            "2026-11-27T16:00:00+08:00",
            (5, 12),
            ("0.00", None),
            True,
        ),
        ("ThingLoan", "COPY", "100寸投影幕布", "2026-11-25T00:00:00+08:00", (1, 1), None, True),
    ]
    assert {slot["scenario"] for slot in slots} == {one.name for one in Scenario} - WITHOUT
    assert {slot["__typename"]: slot["unit"] for slot in slots} == ROWS
    assert wire(mocks) == {
        **{(f"parking-{name}", "/places"): 1 for name in ("city", "roadside", "metro", "park")},
        # Of the three car parks, two are the city's and one is the street's, which grants nothing.
        **{(f"parking-{name}", "/rights/specs"): 1 for name in ("city", "roadside")},
        ("parking-city", "/rates"): 1,
        **{(f"library-{name}", f"/api/v1/{path}"): 1 for name in LIBRARIES for path in LISTS},
        ("library-buji", "/daia"): 1,
        **{(f"hospital-{name}", "/fhir/Slot"): 1 for name in HOSPITALS},
        **{(f"volunteers-{name}", "/v0/mission"): 1 for name in ("union", "redcross")},
    }
    assert wire(mocks).total() == 24
    mocks.clear_calls()
    again = await read(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ...Bookable } } " + FIELDS,
        ids=[slot["id"] for slot in slots],
    )
    assert again.errors == []
    assert again.data["nodes"] == slots
    assert wire(mocks).total() == 9


def test_every_slot_has_its_row() -> None:
    """docs/slots.md has a row for each type, and none for what is gone."""
    assert ROWS.keys() == {node.graphql.__name__ for node in NODES.values() if issubclass(node.graphql, Slot)}
