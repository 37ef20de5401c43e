"""养老服务 end to end: HTTP in, the local copy of its directory, nobody called."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.server import RunningMocks
from tests.conftest import Graph


def names(connection: Any) -> list[str]:
    return [edge["node"]["name"] for edge in connection["edges"]]


async def test_canteens_of_a_community(graph: Graph, mocks: RunningMocks) -> None:
    """The nearest first, with the hours of a working day and of a Saturday; nobody is called."""
    answer = await graph(
        """{ community(code: "440307014003") { eldercareServices(type: CANTEEN, radius: 800) { totalCount
          edges { distance node { name openNow openingHours { days opens closes } openDays(days: 5) { date
            workingDay spans { opens } } fees { amount note }
            eligibility { minimumAge residence } } } } } }"""
    )
    assert answer.errors == []
    found = answer.data["community"]["eldercareServices"]
    assert names(found) == ["龙岭长者食堂", "凤凰长者食堂"]
    assert found["totalCount"] == 2
    node = found["edges"][0]["node"]
    assert node["openNow"] is False
    weekdays = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]
    assert node["openingHours"] == [
        {"days": weekdays, "opens": "10:30", "closes": "12:30"},
        {"days": weekdays, "opens": "16:30", "closes": "18:00"},
        {"days": ["SATURDAY", "SUNDAY"], "opens": "11:00", "closes": "12:30"},
    ]
    assert node["openDays"][0]["spans"] == [
        {"opens": "2026-11-24T10:30:00+08:00"},
        {"opens": "2026-11-24T16:30:00+08:00"},
    ]
    assert node["openDays"][4] == {
        "date": "2026-11-28",
        "workingDay": False,
        "spans": [{"opens": "2026-11-28T11:00:00+08:00"}],
    }
    assert node["fees"] == [
        {"amount": "12", "note": "60岁以上：每餐"},
        {"amount": "8", "note": "80岁以上户籍长者：每餐"},
    ]
    assert node["eligibility"] == {"minimumAge": 60.0, "residence": "布吉街道常住长者"}
    assert mocks.calls(token=False) == []


@pytest.mark.parametrize(
    ("kind", "count"), [("CANTEEN", 111), ("DAY_CARE", 41), ("RESIDENTIAL", 14), ("HOME_VISIT", 5)]
)
async def test_each_kind_of_the_district(graph: Graph, kind: str, count: int) -> None:
    """By source and id, page after page, each once."""
    query = """query($type: EldercareType, $after: String) { eldercareServices(type: $type, first: 40,
      after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { node { id type } } } }"""
    seen: list[str] = []
    after = None
    while True:
        page = (await graph(query, type=kind, after=after)).data["eldercareServices"]
        assert page["totalCount"] == count
        seen += [edge["node"]["id"] for edge in page["edges"]]
        assert {edge["node"]["type"] for edge in page["edges"]} == {kind}
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(set(seen)) == len(seen) == count


async def test_a_home_never_closes_and_offers_beds_and_visits(graph: Graph) -> None:
    """Beds without a date first, then visits from tomorrow on; a visit has no price of a month."""
    answer = await graph(
        """{ eldercareServices(type: RESIDENTIAL, first: 1) { edges { node { openNow slots { title unit
          scenario start placesLeft price { amount } } } } } }"""
    )
    assert answer.errors == []
    (edge,) = answer.data["eldercareServices"]["edges"]
    assert edge["node"]["openNow"] is True
    beds, *visits = edge["node"]["slots"]
    assert (beds["start"], beds["unit"], beds["scenario"]) == (None, "PLACE", "ELDERCARE")
    assert [visit["start"] for visit in visits] == [
        f"2026-11-{day}T14:30:00+08:00" for day in (25, 26, 27, 28, 29)
    ]
    assert [visit["price"] for visit in visits] == [None] * 5


async def test_who_may_have_it(graph: Graph) -> None:
    """At 59 nothing, at 60 all but the care at home, at 65 all of it."""
    counts = {
        age: (await graph(f"{{ eldercareServices(filter: {{age: {age}}}) {{ totalCount }} }}")).data[
            "eldercareServices"
        ]["totalCount"]
        for age in (59, 60, 65)
    }
    assert counts == {59: 0, 60: 166, 65: 171}
