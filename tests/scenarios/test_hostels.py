"""青年驿站 end to end: HTTP in, the local copy of its directory, nobody called."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from gateway.sources import SourceConfig
from mocks.server import RunningMocks
from tests.conftest import Graph, StartGraph

NEAR = {"lat": 22.598, "lng": 114.12, "radius": 5000}
NIGHTS = """query($arrival: Date, $nights: Int! = 1, $near: NearInput, $in: Int, $whole: Boolean! = false,
    $first: Int! = 100, $after: String) {
  hostelNights(arrival: $arrival, nights: $nights, near: $near, graduatedIn: $in, wholeStay: $whole,
      first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    edges { distance node { id title unit scenario start end placesLeft placesTotal bookable
      price { amount note } eligibility { minimumAge maximumAge graduatedSince residence }
      hostel { name beds freeNights } } } } }"""


async def test_seventeen_hostels_with_584_beds(graph: Graph, mocks: RunningMocks) -> None:
    """Their beds, up to fifteen nights free of charge, for graduates of the last years."""
    answer = await graph(
        """{ youthHostels(first: 50) { totalCount edges { node { name beds freeNights openNow
          eligibility { graduatedSince } capacities { unit maximum }
          nights(nights: 3) { start placesLeft } } } } }"""
    )
    assert answer.errors == []
    nodes = [edge["node"] for edge in answer.data["youthHostels"]["edges"]]
    assert answer.data["youthHostels"]["totalCount"] == len(nodes) == 17
    assert sum(node["beds"] for node in nodes) == 584
    assert {node["freeNights"] for node in nodes} == {15}
    assert {node["openNow"] for node in nodes} == {True}
    assert {node["eligibility"]["graduatedSince"] for node in nodes} == {2023}
    assert {night["start"] for night in nodes[0]["nights"]} == {
        f"2026-11-{day}T14:00:00+08:00" for day in (24, 25, 26)
    }
    assert mocks.calls(token=False) == []


async def test_nights_are_slots(graph: Graph, mocks: RunningMocks) -> None:
    """By evening, then the nearest first: a bed for a night, free of charge, with who may have it."""
    answer = await graph(NIGHTS, arrival="2026-11-25", nights=2, near=NEAR)
    assert answer.errors == []
    edges = answer.data["hostelNights"]["edges"]
    assert answer.data["hostelNights"]["totalCount"] == len(edges)
    order = [(edge["node"]["start"], edge["distance"]) for edge in edges]
    assert order == sorted(order)
    assert len({start for start, _ in order}) == 2
    node = edges[0]["node"]
    assert edges[0]["distance"] == 59
    assert {**node, "id": ""} == {
        "id": "",
        "title": "龙岭青年驿站 · 当晚床位",
        "unit": "NIGHT",
        "scenario": "HOSTELS",
        "start": "2026-11-25T14:00:00+08:00",
        "end": "2026-11-26T12:00:00+08:00",
        "placesLeft": 10,
        "placesTotal": 60,
        "bookable": True,
        "price": {"amount": "0", "note": "求职毕业生：每晚，最多15天"},
        "eligibility": {
            "minimumAge": 18.0,
            "maximumAge": 35.0,
            "graduatedSince": 2023,
            "residence": "在深圳无自有住房",
        },
        "hostel": {"name": "龙岭青年驿站", "beds": 60, "freeNights": 15},
    }
    assert mocks.calls(token=False) == []


async def test_pages_of_nights_follow_one_another(graph: Graph) -> None:
    """Each night once, whatever the page's size."""
    seen: list[str] = []
    after = None
    while True:
        page = (await graph(NIGHTS, nights=3, first=20, after=after)).data["hostelNights"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(set(seen)) == len(seen) == 51


async def test_a_whole_stay_needs_a_bed_in_each_night(graph: Graph) -> None:
    """Hostels that are full in one of the nights are left out with all of their nights."""
    every = (await graph(NIGHTS, nights=15, first=1000)).data["hostelNights"]["edges"]
    whole = (await graph(NIGHTS, nights=15, whole=True, first=1000)).data["hostelNights"]["edges"]
    full = {e["node"]["hostel"]["name"] for e in every if e["node"]["placesLeft"] == 0}
    kept = {e["node"]["hostel"]["name"] for e in whole}
    assert len(full) > 0
    assert full | kept == {e["node"]["hostel"]["name"] for e in every}
    assert full & kept == set()


async def test_graduates_of_earlier_years_find_none(graph: Graph) -> None:
    """Who graduated in 2022 may not; who did in 2023 may."""
    counts = {
        year: (await graph(NIGHTS, **{"in": year})).data["hostelNights"]["totalCount"]
        for year in (2022, 2023)
    }
    assert counts == {2022: 0, 2023: 17}


@pytest.mark.parametrize("variables", [{"nights": 0}, {"nights": 32}, {"arrival": "2026-11-23"}])
async def test_a_stay_that_cannot_be(graph: Graph, mocks: RunningMocks, variables: dict[str, Any]) -> None:
    """In the past, of no night, or too long: refused, and nobody is called."""
    answer = await graph(NIGHTS, **variables)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data == {"hostelNights": None}
    assert mocks.calls(token=False) == []


async def test_a_bed_that_is_taken_is_seen(
    mocks: RunningMocks, start_graph: StartGraph, sources: tuple[SourceConfig, ...]
) -> None:
    """The feed brings the change: a night has one bed fewer, at one call for what has changed."""
    (hostels,) = (source for source in sources if source.id == "hostels-longgang")
    quick = msgspec.structs.replace(hostels, options={**hostels.options, "pause_s": 0.2})
    query = """{ youthHostels(filter: {text: "坂田"}) {
      edges { node { nights(nights: 1) { id placesLeft } } } } }"""

    async def left(graph: Graph) -> tuple[str, int]:
        (edge,) = (await graph(query)).data["youthHostels"]["edges"]
        (night,) = edge["node"]["nights"]
        return night["id"], night["placesLeft"]

    async with start_graph((quick,), feeds=True) as graph, httpx.AsyncClient() as http:
        _, before = await left(graph)
        token = await http.post(
            f"{hostels.url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=("hostels-longgang", "secret-of-hostels-longgang"),
        )
        how = {"authorization": f"Bearer {token.json()['access_token']}"}
        params = {"search": "坂田", "full": "true"}
        told = (await http.get(f"{hostels.url}/services", params=params, headers=how)).json()["contents"][0]
        wish = {"reference": "seen", "service_id": told["id"], "capacity_id": told["capacities"][1]["id"]}
        assert (await http.post(f"{hostels.url}/referrals", json=wish, headers=how)).status_code == 201
        for _ in range(100):
            if (await left(graph))[1] == before - 1:
                break
            await asyncio.sleep(0.1)
        assert (await left(graph))[1] == before - 1
        assert (await http.delete(f"{hostels.url}/referrals/seen", headers=how)).status_code == 200
