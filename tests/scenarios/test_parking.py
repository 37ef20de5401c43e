"""停车 end to end: HTTP in, four operators' wire out."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import httpx
import msgspec
import pytest

from gateway.app import create_app
from gateway.composition import bind, compose
from gateway.loading.cache import Cache
from gateway.settings import Settings
from gateway.sources import Limits, SourceConfig
from gateway.upstream.transport import HttpxTransport, MakeTransport, pooled_transport
from mocks.environment import environment
from mocks.server import RunningMocks
from schema.core.geo import Near, to_gcj02
from schema.core.ids import decode_id, encode_id
from schema.core.record import Position, Ref
from schema.parking.lookups import LOT_BY_REF, LOTS_NEAR
from tests.conftest import NOW, Graph, StartGraph

OPERATORS = ("parking-city", "parking-roadside", "parking-metro", "parking-park")
LONGLING = {"lat": 22.59879, "lng": 114.11969}
NEXT_CELL = {"lat": LONGLING["lat"] + 0.004, "lng": LONGLING["lng"]}
"""Near enough for the same car parks, and yet another question to the sources."""
PLAZA = Ref("parking-city", "440307014003-03")
UNPLACED = Ref("parking-roadside", "440307003002-02")
"""A car park of which the operator does not know where it lies."""
UNCOUNTED = Ref("parking-park", "440307012020-03")
"""A car park that reports no occupancy."""

FIFTY = """query ($near: NearInput!) { parkingLots(near: $near, first: 50) { totalCount edges { node {
  id name source { id } occupancy { free at } openNow evBays tariffs { name freeMinutes dailyCap } } } } }"""
BRIEF = """query ($near: NearInput!, $openNow: Boolean, $minFree: Int, $first: Int! = 1000, $after: String) {
  parkingLots(near: $near, openNow: $openNow, minFree: $minFree, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { distance cursor node { id name source { id } occupancy { free } openNow } } } }"""
BY_ID = "query ($id: ID!) { node(id: $id) { id ... on ParkingLot { name asOf stale occupancy { free } } } }"


def lot_id(ref: Ref) -> str:
    return encode_id("parking-lot", ref)


def around(radius: int, **point: Any) -> dict[str, Any]:
    return {**(point or LONGLING), "radius": radius}


def nodes(connection: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def calls(mocks: RunningMocks) -> Counter[str]:
    """Calls at the wire by operator and what was asked for."""
    return Counter(
        f"{call.simulator}{call.path}" for name in OPERATORS for call in mocks.calls(name, token=False)
    )


# One car park


async def test_a_car_park_shows_all_that_its_operator_tells(graph: Graph, mocks: RunningMocks) -> None:
    """A call each for the place with occupancy and hours, its two parts, the operator's rights, its rates."""
    answer = await graph(
        """query ($id: ID!) { node(id: $id) { __typename ... on ParkingLot {
          name nameEn address layout grade capacity evBays accessibleBays open24h openNow asOf stale
          source { id name standard } community { code name } position { lat lng }
          occupancy { free occupied capacity percent at } openingHours { days opens closes }
          tariffs { name nameEn basis freeMinutes dailyCap monthly summary summaryEn applicableHours { opens }
            lines { fromMinutes toMinutes amount perMinutes perMonths } } } } }""",
        id=lot_id(PLAZA),
    )
    assert answer.errors == []
    assert answer.data["node"] == {
        "__typename": "ParkingLot",
        "name": "龙岭商业广场停车场",
        "nameEn": "Longling Plaza Car Park",
        "address": "深圳市龙岗区布吉街道龙岭路192号",
        "layout": "STRUCTURE",
        "grade": "UNDERGROUND",
        "capacity": 869,
        "evBays": 66,
        "accessibleBays": 17,
        "open24h": False,
        "openNow": True,
        "asOf": "2026-11-24T10:00:00+08:00",
        "stale": False,
        "source": {"id": "parking-city", "name": "龙岗城投停车", "standard": "APDS v4"},
        "community": {"code": "440307014003", "name": "龙岭社区"},
        "position": {"lat": 22.600154, "lng": 114.119867},
        "occupancy": {
            "free": 477,
            "occupied": 392,
            "capacity": 869,
            "percent": 45.1,
            "at": "2026-11-24T10:00:00+08:00",
        },
        "openingHours": [
            {
                "days": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"],
                "opens": "08:00",
                "closes": "23:00",
            }
        ],
        "tariffs": [
            {
                "name": "商业停车收费",
                "nameEn": "Shopping parking",
                "basis": "HOURLY",
                "freeMinutes": 30,
                "dailyCap": "50.00",
                "monthly": None,
                "summary": "30分钟内免费；30分钟至1小时10元；1小时后每30分钟2.5元；每日封顶50元",
                "summaryEn": "free for 30 min; CNY 10 from 30 min to 1 h; after 1 h CNY 2.5 every 30 min;"
                " at most CNY 50 a day",
                "applicableHours": [],
                "lines": [
                    step(0, 30, "0.00"),
                    step(30, 60, "10.00"),
                    step(60, 1440, "2.50", perMinutes=30),
                ],
            }
        ],
    }
    place = f"parking-city/places/{PLAZA.id}"
    assert calls(mocks) == {
        place: 1,
        f"{place}-ev": 1,
        f"{place}-accessible": 1,
        "parking-city/rights/specs": 1,
        "parking-city/rates": 1,
    }


def step(start: int | None, end: int | None, amount: str, **per: int) -> dict[str, Any]:
    shown = {"fromMinutes": start, "toMinutes": end, "amount": amount, "perMinutes": None, "perMonths": None}
    return {**shown, **per}


TARIFFS = """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ParkingLot { tariffs {
  id name basis freeMinutes dailyCap monthly summary applicableHours { opens closes }
  lines { fromMinutes toMinutes amount perMinutes perMonths } } } } }"""


async def test_a_residents_pass_stands_beside_the_visit(graph: Graph) -> None:
    """By the month, after what a visit costs; on the street it is told when parking is charged at all."""
    ids = [lot_id(Ref("parking-city", "440307014003-01")), lot_id(Ref("parking-roadside", "440307014003-02"))]
    home, street = (await graph(TARIFFS, ids=ids)).data["nodes"]
    visit, monthly = home["tariffs"]
    assert (visit["name"], visit["monthly"], visit["freeMinutes"]) == ("社区停车收费", None, 15)
    assert monthly == {
        "id": encode_id("tariff", Ref("parking-city", "rate-city-home-monthly")),
        "name": "社区停车收费（月卡）",
        "basis": "CONTRACT",
        "freeMinutes": None,
        "dailyCap": None,
        "monthly": "300.00",
        "summary": "月卡300元",
        "applicableHours": [],
        "lines": [step(None, None, "300.00", perMonths=1)],
    }
    (zone,) = street["tariffs"]
    assert zone["applicableHours"] == [{"opens": "07:30", "closes": "21:00"}]
    assert zone["summary"] == (
        "15分钟内免费；15分钟至1小时6元；1小时后每30分钟3元；每日封顶60元；适用时段07:30–21:00"
    )


async def test_a_tariff_can_be_read_again(graph: Graph, mocks: RunningMocks) -> None:
    """By its own id, from /rates/{id}; one that is gone is null."""
    known, gone = (encode_id("tariff", Ref("parking-metro", id_)) for id_ in ("rate-metro", "rate-none"))
    answer = await graph(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Tariff { name asOf source { id } } } }",
        ids=[known, gone],
    )
    shown = {"id": known, "name": "P+R换乘收费", "asOf": "2026-11-24T10:00:00+08:00"}
    assert answer.data["nodes"] == [{**shown, "source": {"id": "parking-metro"}}, None]
    assert calls(mocks) == {"parking-metro/rates/rate-metro": 1, "parking-metro/rates/rate-none": 1}


async def test_what_an_operator_does_not_know_is_null(graph: Graph) -> None:
    """A car park that nobody located, and one that counts no cars."""
    answer = await graph(
        """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ParkingLot {
          name position { lat } community { code } occupancy { free } capacity asOf } } }""",
        ids=[lot_id(UNPLACED), lot_id(UNCOUNTED)],
    )
    assert answer.errors == []
    unplaced, uncounted = answer.data["nodes"]
    assert (unplaced["name"], unplaced["position"], unplaced["community"]) == (
        "良安田南路路侧泊位",
        None,
        None,
    )
    assert (uncounted["name"], uncounted["occupancy"]) == ("南新文体中心停车场", None)
    assert uncounted["capacity"] > 0
    assert uncounted["asOf"] == "2026-11-24T10:00:00+08:00"


@pytest.mark.parametrize("id_", ["none-such", f"{PLAZA.id}-ev", "../rates"])
async def test_what_is_no_car_park_is_null(graph: Graph, id_: str) -> None:
    """An unknown id, a part of a car park, and an id that would lead elsewhere."""
    answer = await graph(BY_ID, id=lot_id(Ref("parking-city", id_)))
    assert (answer.data, answer.errors) == ({"node": None}, [])


# An operator that tells little


def sparse(request: httpx.Request) -> httpx.Response:
    """An APDS system with two car parks, of which it omits most; one is closed until further notice."""
    base = {
        "version": 1,
        "layer": 0,
        "hierarchyElementRecord": {"creationTime": "2026-01-01T00:00:00Z"},
        "timeZone": "Asia/Shanghai",
        "indicativePlacePointLocation": [{"type": "Point", "coordinates": [114.12, 22.6]}],
    }
    name = [{"language": "en", "string": "Lot"}]
    suspended = {"validityStatus": "suspended", "validityTimeSpecification": {}}
    places = [
        {**base, "id": "a", "type": "place", "name": name, "childIds": [_child("a-1"), _child("a-2")]},
        {
            **base,
            "id": "b",
            "type": "place",
            "name": name,
            "times": {"available24hours": True, "operatingTime": {"type": "validity", "validity": suspended}},
        },
    ]
    part = {
        **base,
        "type": "identifiedArea",
        "name": name,
        "operatingRestrictions": [{"operatingRestriction": "electricVehicleOnly"}],
        "hierarchyElementReference": {"supply": [{"supplyViewType": "spaceView", "supplyQuantity": 3}]},
    }
    path = request.url.path
    if path.startswith("/places/"):
        return httpx.Response(200, json={**part, "id": path.removeprefix("/places/")})
    data = places if path == "/places" else []
    meta = {"referenceInstant": 1_795_485_540, "pageSize": 200, "offset": 0, "total": len(data)}
    return httpx.Response(200, json={"meta": meta, "data": data})


def _child(id_: str) -> dict[str, Any]:
    return {"id": id_, "version": 1, "className": "IdentifiedArea"}


async def test_an_operator_may_tell_little() -> None:
    """What it omits is null, made of its parts where they tell, and never guessed."""
    source = SourceConfig(id="village", name="村", connector="apds", url="http://village.test")
    document = """{ parkingLots(near: {lat: 22.6, lng: 114.12}) { edges { node { name nameEn address openNow
      open24h capacity evBays accessibleBays occupancy { free } asOf tariffs { name } } } }
      open: parkingLots(near: {lat: 22.6, lng: 114.12}, openNow: true) { totalCount }
      closed: parkingLots(near: {lat: 22.6, lng: 114.12}, openNow: false) { totalCount } }"""
    async with at(NOW, (source,), lambda: HttpxTransport(httpx.MockTransport(sparse))) as graph:
        answer = await graph(document)
    assert answer.errors == []
    unknown = dict.fromkeys(
        ("address", "openNow", "open24h", "capacity", "evBays", "accessibleBays", "occupancy")
    )
    told = {"name": "Lot", "nameEn": "Lot", "asOf": "2026-11-24T09:59:00+08:00", "tariffs": []}
    assert nodes(answer.data["parkingLots"]) == [
        {**unknown, **told, "evBays": 6},
        {**unknown, **told, "open24h": True, "openNow": False},
    ]
    assert (answer.data["open"], answer.data["closed"]) == ({"totalCount": 0}, {"totalCount": 1})


# Many car parks


def each(*paths: str) -> dict[str, int]:
    """One call of each path at each operator."""
    return {f"{operator}{path}": 1 for operator in OPERATORS for path in paths}


WHOLE_DISTRICT = FIFTY.replace("first: 50", "first: 1000")
MANY = pytest.mark.parametrize(
    ("document", "radius", "shown"), [(FIFTY, 2_500, 50), (WHOLE_DISTRICT, 50_000, 321)]
)
"""Fifty car parks, and all of the district."""


@MANY
async def test_many_car_parks_take_two_calls_an_operator(
    mocks: RunningMocks, start_graph: StartGraph, document: str, radius: int, shown: int
) -> None:
    """With occupancy, hours and tariffs, from a gateway that has just started: eight calls.

    One an operator for the car parks, one for the rates of all of them: which rates are whose, the
    rights say, which were read at the start. Within the hour in which tariffs are held, the car
    parks alone are asked for.
    """
    async with start_graph(warm_up_ms=10_000) as graph:
        mocks.clear_calls()
        answer = await graph(document, near=around(radius))
        assert calls(mocks) == each("/places", "/rates")
        mocks.clear_calls()
        again = await graph(document, near=around(radius, **NEXT_CELL))
        assert calls(mocks) == each("/places")
    assert answer.errors == again.errors == []
    lots = nodes(answer.data["parkingLots"])
    assert len(lots) == len(nodes(again.data["parkingLots"])) == shown
    assert {lot["source"]["id"] for lot in lots} == set(OPERATORS)
    assert all(lot["tariffs"] for lot in lots)


@MANY
async def test_without_a_warm_up_the_rights_are_read_first(
    graph: Graph, mocks: RunningMocks, document: str, radius: int, shown: int
) -> None:
    """Twelve calls, once an hour.

    A rate table says neither whose it is nor under which right, so that one answer for several car
    parks means nothing without the operator's rights: four calls before the four for the rates.
    """
    answer = await graph(document, near=around(radius))
    assert answer.errors == []
    assert len(nodes(answer.data["parkingLots"])) == shown
    assert calls(mocks) == each("/places", "/rights/specs", "/rates")
    mocks.clear_calls()
    await graph(document, near=around(radius, **NEXT_CELL))
    assert calls(mocks) == each("/places")


async def test_neighbours_share_an_answer_and_no_source_learns_where_they_are(
    graph: Graph, mocks: RunningMocks
) -> None:
    """Asked for are a point of the grid and a wider circle; distances and the rim are each resident's own."""
    here, there = around(700, lat=22.59879, lng=114.11969), around(800, lat=22.60123, lng=114.12111)
    first = nodes((await graph(BRIEF, near=here)).data["parkingLots"])
    assert calls(mocks) == each("/places")
    assert {
        tuple(parse_qs(call.query)[name][0] for name in ("latitude", "longitude", "radius"))
        for call in mocks.calls(token=False)
    } == {("22.6", "114.12", "1500")}
    mocks.clear_calls()
    found = (await graph(BRIEF, near=there)).data["parkingLots"]
    assert calls(mocks) == {}
    assert (len(first), found["totalCount"]) == (3, 8)
    assert [edge["distance"] for edge in found["edges"]] == [175, 203, 287, 429, 611, 622, 723, 792]


async def test_every_car_park_of_the_district_can_be_had(graph: Graph) -> None:
    """All that the four operators have, but for those that nobody located."""
    lots = nodes((await graph(BRIEF, near=around(50_000))).data["parkingLots"])
    assert Counter(lot["source"]["id"] for lot in lots) == {
        "parking-city": 134,
        "parking-roadside": 110,
        "parking-metro": 27,
        "parking-park": 50,
    }


async def test_the_rights_tell_whose_tariff_it_is(graph: Graph) -> None:
    """Joined over /rights/specs, a car park's tariffs are those that it has when asked for alone."""
    listed = await graph(FIFTY.replace("first: 50", "first: 1000"), near=around(50_000))
    names: dict[str, list[str]] = {
        lot["id"]: [tariff["name"] for tariff in lot["tariffs"]] for lot in nodes(listed.data["parkingLots"])
    }
    assert names[lot_id(PLAZA)] == ["商业停车收费"]
    assert names[lot_id(Ref("parking-city", "440307014003-01"))] == ["社区停车收费", "社区停车收费（月卡）"]
    counted = Counter(
        " + ".join(own) for id_, own in names.items() if decode_id(id_)[1].source == "parking-city"
    )
    assert counted == {
        "社区停车收费 + 社区停车收费（月卡）": 125,
        "商业停车收费": 5,
        "园区停车收费 + 园区停车收费（无障碍车位月卡） + 园区停车收费（月卡）": 4,
    }


async def test_accessible_bays_of_many_are_read_once_an_hour(graph: Graph, mocks: RunningMocks) -> None:
    """As the parts of car parks, in as few pages as an operator has; afterwards they are known."""
    document = FIFTY.replace("evBays", "accessibleBays").replace("tariffs { name freeMinutes dailyCap }", "")
    answer = await graph(document, near=around(2_500))
    assert answer.errors == []
    told = [lot["accessibleBays"] for lot in nodes(answer.data["parkingLots"])]
    assert (len(told), sum(told)) == (50, 152)
    assert calls(mocks) == {
        "parking-city/places": 3,
        "parking-roadside/places": 2,
        "parking-metro/places": 2,
        "parking-park/places": 2,
    }
    mocks.clear_calls()
    assert (await graph(document, near=around(2_500))).data == answer.data
    assert calls(mocks) == {}


async def test_many_by_id_take_a_page_an_operator(graph: Graph, mocks: RunningMocks) -> None:
    """/places has no filter by id: beyond three, the list is less."""
    listed = await graph(BRIEF, near=around(2_500), first=50)
    ids = [lot["id"] for lot in nodes(listed.data["parkingLots"])]
    mocks.clear_calls()
    answer = await graph("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert [node["id"] for node in answer.data["nodes"]] == ids
    assert calls(mocks) == {f"{operator}/places": 1 for operator in OPERATORS}


async def test_the_same_car_park_twice_is_read_once(graph: Graph, mocks: RunningMocks) -> None:
    """By aliases and in a list; so is the same search."""
    answer = await graph(
        "query ($id: ID!) { a: node(id: $id) { id } b: node(id: $id) { id } nodes(ids: [$id, $id]) { id } }",
        id=lot_id(PLAZA),
    )
    assert answer.data["nodes"] == [answer.data["a"], answer.data["b"]]
    assert calls(mocks) == {f"parking-city/places/{PLAZA.id}": 1}
    mocks.clear_calls()
    twice = "{ parkingLots(near: {lat: 22.6, lng: 114.12}) { totalCount }"
    twice += " nearby(lat: 22.6, lng: 114.12, kinds: [PARKING_LOT]) { totalCount } }"
    answer = await graph(twice)
    assert answer.data["parkingLots"] == answer.data["nearby"]
    assert calls(mocks) == {f"{operator}/places": 1 for operator in OPERATORS}


async def test_a_search_answers_the_keyed_read(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...]
) -> None:
    """What a search of the request has brought is not read again by its id."""
    async with (
        compose(
            bind(sources, environment()),
            transport=pooled_transport,
            now=lambda: NOW,
            timeout_s=10,
            cached_answers=1_000,
        ) as composition,
        composition.open_context() as context,
    ):
        found = await context.search(LOTS_NEAR, Near(LONGLING["lat"], LONGLING["lng"], 500))
        lot = await context.load(LOT_BY_REF, PLAZA)
    assert lot is not None
    assert lot in found.items
    assert calls(mocks) == {f"{operator}/places": 1 for operator in OPERATORS}


# Lists


async def test_the_nearest_come_first(graph: Graph) -> None:
    """By distance, which the edge tells; the radius is kept."""
    answer = await graph(BRIEF, near=around(800))
    found = answer.data["parkingLots"]
    assert [
        (edge["distance"], edge["node"]["name"], edge["node"]["occupancy"]["free"]) for edge in found["edges"]
    ] == [
        (145, "龙岭北路路侧泊位", 11),
        (153, "龙岭商业广场停车场", 477),
        (157, "龙岭社区公共停车场", 42),
        (718, "布吉圩社区公共停车场", 65),
    ]
    assert (found["totalCount"], found["pageInfo"]["hasNextPage"]) == (4, False)


async def test_pages_follow_each_other(graph: Graph, mocks: RunningMocks) -> None:
    """Every car park once, in one order; within half a minute without a further call."""
    whole = nodes((await graph(BRIEF, near=around(2_500))).data["parkingLots"])
    mocks.clear_calls()
    seen: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await graph(BRIEF, near=around(2_500), first=25, after=after)).data["parkingLots"]
        seen += nodes(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole
    assert len(whole) == 53
    assert calls(mocks) == {}


@pytest.mark.parametrize(("min_free", "count"), [(None, 321), (0, 312), (50, 138), (400, 2), (5_000, 0)])
async def test_enough_free_bays_can_be_asked_for(graph: Graph, min_free: int | None, count: int) -> None:
    """Those that report no occupancy are left out as soon as it matters."""
    answer = await graph(BRIEF, near=around(50_000), minFree=min_free)
    found = answer.data["parkingLots"]
    assert (found["totalCount"], len(found["edges"])) == (count, count)
    assert all(lot["occupancy"]["free"] >= (min_free or 0) for lot in nodes(found) if min_free is not None)


async def test_open_ones_can_be_asked_for(sources: tuple[SourceConfig, ...], mocks: RunningMocks) -> None:
    """At a quarter past eleven at night, the plaza and the sports park have closed, the metro has not."""
    operators = tuple(source for source in sources if source.connector == "apds")
    async with at(datetime.fromisoformat("2026-11-24T23:15:00+08:00"), operators) as graph:
        whole, opened, closed = [
            (await graph(BRIEF, near=around(1_100), openNow=wanted)).data["parkingLots"]
            for wanted in (None, True, False)
        ]
    assert [lot["name"] for lot in nodes(closed)] == ["龙岭商业广场停车场", "布吉圩体育公园停车场"]
    assert {lot["openNow"] for lot in nodes(opened)} == {True}
    assert "布吉地铁站P+R停车场" in [lot["name"] for lot in nodes(opened)]
    assert [found["totalCount"] for found in (whole, opened, closed)] == [15, 13, 2]


@asynccontextmanager
async def at(
    now: datetime, sources: tuple[SourceConfig, ...], transport: MakeTransport = pooled_transport
) -> AsyncIterator[Graph]:
    """A gateway at another instant than the simulators, or over another wire."""
    app = create_app(
        Settings(warm_up_ms=0, search_refresh_s=0),
        sources,
        environment=environment(),
        now=lambda: now,
        transport=transport,
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as http,
    ):
        yield Graph(http)


async def test_a_point_may_be_in_gcj02(graph: Graph) -> None:
    """The same circle in either system has the same car parks, give or take what rounding moves."""
    shifted = to_gcj02(Position(**LONGLING))
    mine = await graph(BRIEF, near=around(800, lat=shifted.lat, lng=shifted.lng, crs="GCJ02"))
    assert [lot["name"] for lot in nodes(mine.data["parkingLots"])] == [
        lot["name"] for lot in nodes((await graph(BRIEF, near=around(800))).data["parkingLots"])
    ]


async def test_a_community_has_car_parks_around_it(graph: Graph, mocks: RunningMocks) -> None:
    """Around its centre, by the same search as anyone's; in `nearby` as PARKING_LOT."""
    answer = await graph(
        """{ community(code: "440307014003") { parkingLots(radius: 800, first: 2) { totalCount
               edges { distance node { name } } } }
             nearby(lat: 22.59879, lng: 114.11969, radius: 800, kinds: [PARKING_LOT]) { totalCount
               edges { distance node { __typename name } } } }"""
    )
    assert answer.errors == []
    assert answer.data["community"]["parkingLots"] == {
        "totalCount": 4,
        "edges": [
            {"distance": 145, "node": {"name": "龙岭北路路侧泊位"}},
            {"distance": 153, "node": {"name": "龙岭商业广场停车场"}},
        ],
    }
    assert answer.data["nearby"]["totalCount"] == 4
    assert {node["__typename"] for node in nodes(answer.data["nearby"])} == {"ParkingLot"}
    assert calls(mocks) == {f"{operator}/places": 1 for operator in OPERATORS}


@pytest.mark.parametrize(
    "arguments",
    [
        "near: {lat: 91, lng: 114}",
        "near: {lat: 22.6, lng: 114.1, radius: 0}",
        "near: {lat: 22.6, lng: 114.1, radius: 50001}",
        "near: {lat: 22.6, lng: 114.1}, first: 0",
        "near: {lat: 22.6, lng: 114.1}, first: 1001",
        "near: {lat: 22.6, lng: 114.1}, minFree: -1",
        'near: {lat: 22.6, lng: 114.1}, after: "elsewhere"',
    ],
)
async def test_what_cannot_be_asked_is_not_asked(graph: Graph, mocks: RunningMocks, arguments: str) -> None:
    """A clear error and no call."""
    answer = await graph(f"{{ parkingLots({arguments}) {{ totalCount }} }}")
    assert (answer.data, answer.codes) == ({"parkingLots": None}, ["BAD_USER_INPUT"])
    assert calls(mocks) == {}


# Failing operators


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"error_rate": 1}, "SOURCE_UNAVAILABLE"),
        ({"hang": True}, "SOURCE_TIMEOUT"),
        ({"malformed": True}, "SOURCE_MALFORMED"),
    ],
)
async def test_a_failing_operator_leaves_the_others_whole(
    mocks: RunningMocks,
    sources: tuple[SourceConfig, ...],
    start_graph: StartGraph,
    fault: dict[str, Any],
    code: str,
) -> None:
    """Its car parks are missing, and the error says whose."""
    mocks.fault("parking-city", **fault)
    quick = tuple(msgspec.structs.replace(source, limits=Limits(timeout_ms=1_000)) for source in sources)
    async with start_graph(quick) as graph:
        answer = await graph(FIFTY, near=around(800))
    assert [lot["name"] for lot in nodes(answer.data["parkingLots"])] == ["龙岭北路路侧泊位"]
    assert nodes(answer.data["parkingLots"])[0]["tariffs"][0]["name"] == "路侧一类区域收费"
    (error,) = answer.errors
    assert (error["path"], error["extensions"]) == (["parkingLots"], {"code": code, "source": "parking-city"})
    assert answer.source("parking-city")["outcome"] == "FAILED"


async def test_failing_tariffs_leave_the_car_parks_whole(graph: Graph, mocks: RunningMocks) -> None:
    """Null with an error beside it, at each car park of that operator and no other."""
    mocks.fault("parking-city", path="/rates", error_rate=1, error_status=500)
    answer = await graph(FIFTY, near=around(800))
    lots = nodes(answer.data["parkingLots"])
    assert [lot["tariffs"] is None for lot in lots] == [False, True, True, True]
    assert all(lot["occupancy"] for lot in lots)
    assert [error["path"] for error in answer.errors] == [
        ["parkingLots", "edges", edge, "node", "tariffs"] for edge in (1, 2, 3)
    ]
    assert set(answer.codes) == {"SOURCE_UNAVAILABLE"}


@pytest.mark.parametrize(
    ("fault", "failed", "asked_again"),
    [
        ({"error_rate": 1, "error_status": 404}, 0, 0),
        ({"error_rate": 1, "error_status": 500}, 1, 1),
        ({"malformed": True}, 1, 1),
        ({"hang": True}, 1, 1),
    ],
)
async def test_without_rights_the_tariffs_are_whole(
    mocks: RunningMocks,
    sources: tuple[SourceConfig, ...],
    start_graph: StartGraph,
    fault: dict[str, Any],
    failed: int,
    asked_again: int,
) -> None:
    """Each group of that operator's car parks is asked for by itself, and no list is worth an error.

    That there is no such list is known for an hour; a failure is not taken for that.
    """
    quick = tuple(msgspec.structs.replace(source, limits=Limits(timeout_ms=1_000)) for source in sources)
    async with start_graph(quick) as graph:
        whole = await graph(WHOLE_DISTRICT, near=around(50_000))
    mocks.fault("parking-city", path="/rights", **fault)
    mocks.clear_calls()
    async with start_graph(quick) as graph:
        answer = await graph(WHOLE_DISTRICT, near=around(50_000))
        assert answer.errors == []
        assert answer.data == whole.data
        assert calls(mocks) == {**each("/places", "/rights/specs", "/rates"), "parking-city/rates": 3}
        assert answer.source("parking-city")["failed"] == failed
        mocks.clear_calls()
        assert (await graph(WHOLE_DISTRICT, near=around(50_000))).data == whole.data
        assert calls(mocks)["parking-city/rights/specs"] == asked_again
        assert calls(mocks)["parking-city/rates"] == 0


async def test_failing_parts_leave_the_car_park_whole(graph: Graph, mocks: RunningMocks) -> None:
    """Accessible bays are null with an error; charging bays do not need the parts."""
    mocks.fault("parking-city", path=f"/places/{PLAZA.id}-", error_rate=1, error_status=500)
    answer = await graph(
        "query ($id: ID!) { node(id: $id) { ... on ParkingLot { name evBays accessibleBays } } }",
        id=lot_id(PLAZA),
    )
    assert answer.data["node"] == {"name": "龙岭商业广场停车场", "evBays": 66, "accessibleBays": None}
    assert [error["path"] for error in answer.errors] == [["node", "accessibleBays"]]


async def test_if_all_operators_fail_it_is_an_error(graph: Graph, mocks: RunningMocks) -> None:
    """There is nothing to show then."""
    for operator in OPERATORS:
        mocks.fault(operator, error_rate=1, error_status=500)
    answer = await graph(BRIEF, near=around(800))
    assert (answer.data, answer.codes) == ({"parkingLots": None}, ["SOURCE_UNAVAILABLE"])


@pytest.fixture
def tick(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Move the cache's clock on by so many seconds."""
    seconds = [0.0]
    monkeypatch.setattr("gateway.composition.Cache", partial(Cache, clock=lambda: seconds[0]))

    def move(by: float) -> None:
        seconds[0] += by

    return move


async def test_occupancy_is_held_for_half_a_minute_and_stale_for_ten(
    tick: Callable[[float], None], mocks: RunningMocks, start_graph: StartGraph
) -> None:
    """Fresh without a call, then asked for anew; where the operator fails, the earlier answer says so."""
    async with start_graph() as graph:
        first = await graph(BY_ID, id=lot_id(PLAZA))
        tick(29)
        assert (await graph(BY_ID, id=lot_id(PLAZA))).data == first.data
        assert calls(mocks).total() == 1
        tick(2)
        assert (await graph(BY_ID, id=lot_id(PLAZA))).data["node"]["stale"] is False
        assert calls(mocks).total() == 2
        mocks.fault("parking-city", error_rate=1, error_status=500)
        tick(31)
        stale = await graph(BY_ID, id=lot_id(PLAZA))
        assert stale.errors == []
        assert stale.data["node"] == {**first.data["node"], "stale": True}
        assert stale.source("parking-city")["outcome"] == "STALE"
        tick(600)
        gone = await graph(BY_ID, id=lot_id(PLAZA))
        assert (gone.data, gone.codes) == ({"node": None}, ["SOURCE_UNAVAILABLE"])


async def test_a_list_is_held_in_the_same_way(
    tick: Callable[[float], None], mocks: RunningMocks, start_graph: StartGraph
) -> None:
    """An operator that fails shows its earlier car parks, marked as stale, beside the others' fresh ones."""
    document = BRIEF.replace("id name", "id stale name")
    async with start_graph() as graph:
        await graph(document, near=around(800))
        mocks.fault("parking-city", error_rate=1, error_status=500)
        tick(31)
        answer = await graph(document, near=around(800))
    assert answer.errors == []
    assert [lot["stale"] for lot in nodes(answer.data["parkingLots"])] == [False, True, True, True]
