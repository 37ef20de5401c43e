"""Charging end to end: stations from copies of two operators' feeds, joined to car parks of four others."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from gateway.sources import SourceConfig
from mocks.ocpi.locations import Locations
from mocks.server import RunningMocks
from mocks.world.charging import Site
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import NOW, Graph, StartGraph, running_graph

LONGLING = {"lat": 22.59879, "lng": 114.11969}
OPERATORS = ("charging-grid", "charging-swift")
PARKING = ("parking-city", "parking-metro", "parking-park", "parking-roadside")
DISTRICT = {"lat": 22.68, "lng": 114.2, "radius": 50_000}
NAMES = """query($near: NearInput!, $free: Boolean! = false, $connector: ChargingConnectorType,
    $power: Float, $open: Boolean, $first: Int! = 1000, $after: String) {
  chargingStations(near: $near, freeOnly: $free, connector: $connector, minPower: $power, openNow: $open,
      first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { distance node { id name source { id } freePoints } } } }"""
JOINED = """query($near: NearInput!) { chargingStations(near: $near, first: 1000) {
  edges { node { id parkingLot { name source { id } } } } } }"""


def around(radius: int) -> dict[str, Any]:
    return {**LONGLING, "radius": radius}


def station_id(id_: str) -> str:
    source = {"LGD": "charging-grid", "PCK": "charging-swift"}[id_[:3]]
    return encode_id("charging-station", Ref(source, id_.lower()))


def nodes(connection: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def shown(mocks: RunningMocks) -> Iterator[Site]:
    """The sites that a resident may see: public, with a point that was not removed."""
    charging = mocks.world.charging
    for operator in OPERATORS:
        for site in charging.sites(operator):
            statuses = {charging.status(site, point)[0] for point in site.points}
            if site.public and statuses != {"REMOVED"}:
                yield site


def asked(mocks: RunningMocks) -> Counter[str]:
    return Counter(call.simulator for call in mocks.calls(token=False))


@asynccontextmanager
async def live(
    sources: tuple[SourceConfig, ...], only: tuple[str, ...] = OPERATORS, **options: Any
) -> AsyncIterator[Graph]:
    """A gateway that fills its copies itself, of these sources, with options of the charging ones."""
    some = tuple(
        msgspec.structs.replace(source, options=options) if source.id in OPERATORS else source
        for source in sources
        if source.id in only
    )
    async with running_graph(some, warm_up_ms=20_000) as graph:
        yield graph


# What a station tells


async def test_a_station_with_all_that_it_tells(graph: Graph, mocks: RunningMocks) -> None:
    """Points with connectors, prices of the hour, hours, directions; nobody is called for it."""
    answer = await graph(
        """query($id: ID!) { node(id: $id) { __typename ... on ChargingStation {
          name address operator layout grade directions facilities photos chargingWhenClosed
          position { lat lng } community { name } source { id standard } asOf stale changedAt
          openNow open24h openingHours { opens closes } totalPoints freePoints maxPower
          energy { green } energyPriceNow { amount currency }
          tariffs { name nameEn type summary summaryEn minimum { amount } energyPriceNow { amount }
            lines { unit price { amount } } }
          points { uid code label floor status changedAt rules
            connectors { type format current power tariffs { name } } } } } }""",
        id=station_id("PCK-0063"),
    )
    assert answer.errors == []
    station = answer.data["node"]
    points = station.pop("points")
    tariffs = station.pop("tariffs")
    assert station == {
        "__typename": "ChargingStation",
        "name": "龙岭商业广场停车场充电站",
        "address": "深圳市龙岗区布吉街道龙岭路192号",
        "operator": "鹏城快充",
        "layout": "STRUCTURE",
        "grade": "UNDERGROUND",
        "directions": "进入龙岭商业广场停车场后按鹏城快充指引牌行驶。",
        "facilities": ["PARKING_LOT", "MALL", "RESTAURANT"],
        "photos": ["https://charging-swift.example/images/PCK-0063.jpg"],
        "chargingWhenClosed": True,
        "position": {"lat": 22.600373, "lng": 114.119794},
        "community": {"name": "龙岭社区"},
        "source": {"id": "charging-swift", "standard": "OCPI 2.2.1"},
        "asOf": "2026-11-24T10:00:00+08:00",
        "stale": False,
        "changedAt": "2026-11-24T09:52:00+08:00",
        "openNow": True,
        "open24h": False,
        "openingHours": [{"opens": "08:00", "closes": "23:00"}],
        "totalPoints": 10,
        "freePoints": 5,
        "maxPower": 120.0,
        "energy": None,
        "energyPriceNow": {"amount": "0.954", "currency": "CNY"},
    }
    assert tariffs[1] == {
        "name": "慢充",
        "nameEn": "Slow charging",
        "type": "AD_HOC",
        "summary": "每次0.53元；每千瓦时0.954元",
        "summaryEn": "CNY 0.53 a session; CNY 0.954 a kWh",
        "minimum": {"amount": "1.06"},
        "energyPriceNow": {"amount": "0.954"},
        "lines": [
            {"unit": "SESSION", "price": {"amount": "0.53"}},
            {"unit": "KWH", "price": {"amount": "0.954"}},
        ],
    }
    assert points[0] == {
        "uid": "PCK-0063-01",
        "code": "CN*PCK*E0063*1",
        "label": "A01",
        "floor": "B1",
        "status": "CHARGING",
        "changedAt": "2026-11-24T08:01:14+08:00",
        "rules": ["EV_ONLY"],
        "connectors": [
            {
                "type": "GB_DC",
                "format": "CABLE",
                "current": "DC",
                "power": 120.0,
                "tariffs": [{"name": "快充"}],
            }
        ],
    }
    assert mocks.calls() == []
    assert answer.source("charging-swift")["outcome"] == "CACHED"


async def test_every_station_with_every_point(graph: Graph, mocks: RunningMocks) -> None:
    """What the world knows, but for stations private or given up, and for points removed."""
    answer = await graph(
        """query($near: NearInput!) { chargingStations(near: $near, first: 1000) { totalCount
          edges { node { id name freePoints totalPoints points { uid status } } } } }""",
        near=DISTRICT,
    )
    charging = mocks.world.charging
    told = {"OUTOFORDER": "OUT_OF_ORDER"}
    expected = {}
    for site in shown(mocks):
        statuses = {point.uid: charging.status(site, point)[0] for point in site.points}
        there = {uid: told.get(status, status) for uid, status in statuses.items() if status != "REMOVED"}
        unknown = set(there.values()) <= {"UNKNOWN", "PLANNED"}
        free = None if unknown else list(there.values()).count("AVAILABLE")
        total = sum(status != "PLANNED" for status in there.values())
        expected[station_id(site.id)] = (free, total, there)
    found = {
        node["id"]: (
            node["freePoints"],
            node["totalPoints"],
            {point["uid"]: point["status"] for point in node["points"]},
        )
        for node in nodes(answer.data["chargingStations"])
    }
    assert found == expected
    assert answer.data["chargingStations"]["totalCount"] == len(expected) == 136
    assert mocks.calls() == []


async def test_prices_follow_the_hour(graph: Graph) -> None:
    """At ten in the morning the grid's operator is at its peak; what has ended is no tariff any more."""
    answer = await graph(
        """query($id: ID!, $ended: ID!) { node(id: $id) { ... on ChargingStation {
          energyPriceNow { amount } tariffs { summary energyPriceNow { amount } } } }
          ended: node(id: $ended) { ... on ChargingTariff {
            name validUntil energyPriceNow { amount } } } }""",
        id=station_id("LGD-0901"),
        ended=encode_id("charging-tariff", Ref("charging-grid", "lgd-old")),
    )
    assert answer.errors == []
    assert answer.data["node"] == {
        "energyPriceNow": {"amount": "1.68"},
        "tariffs": [
            {
                "summary": "00:00–08:00每千瓦时0.78元；10:00–12:00、14:00–19:00每千瓦时1.68元；"
                "其余时间每千瓦时1.25元；占位每小时18元",
                "energyPriceNow": {"amount": "1.68"},
            },
            {
                "summary": "00:00–08:00每千瓦时0.98元；10:00–12:00、14:00–19:00每千瓦时1.88元；"
                "其余时间每千瓦时1.45元；占位每小时18元",
                "energyPriceNow": {"amount": "1.88"},
            },
        ],
    }
    assert answer.data["ended"] == {
        "name": "2025年电价",
        "validUntil": "2026-07-01T00:00:00+08:00",
        "energyPriceNow": None,
    }


# What is asked of stations


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["LGD-0901", "PCK-0063"]),
        ({"free": True}, ["LGD-0901", "PCK-0063"]),
        ({"connector": "GB_AC"}, ["PCK-0063"]),
        ({"connector": "CCS_2"}, []),
        ({"power": 480}, ["LGD-0901"]),
        ({"power": 480, "free": True, "connector": "GB_DC"}, ["LGD-0901"]),
        ({"open": True}, ["LGD-0901", "PCK-0063"]),
        ({"open": False}, []),
    ],
)
async def test_stations_can_be_narrowed(
    graph: Graph, mocks: RunningMocks, arguments: dict[str, Any], expected: list[str]
) -> None:
    """The nearest first; one point has to be all that is wanted; nobody is called."""
    answer = await graph(NAMES, near=around(400), **arguments)
    assert answer.errors == []
    found = answer.data["chargingStations"]
    assert [node["id"] for node in nodes(found)] == [station_id(id_) for id_ in expected]
    assert found["totalCount"] == len(expected)
    assert mocks.calls() == []


async def test_pages_hold(graph: Graph) -> None:
    """Seven at a time, each station once, by distance; a list's end has no further page."""
    whole = (await graph(NAMES, near=around(5_000))).data["chargingStations"]
    found, after = [], None
    while True:
        page = (await graph(NAMES, near=around(5_000), first=7, after=after)).data["chargingStations"]
        found += page["edges"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == whole["edges"]
    assert [edge["distance"] for edge in found] == sorted(edge["distance"] for edge in found)
    assert (len(found), whole["totalCount"]) == (31, 31)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"power": -1}, "`minPower` is at least 0."),
        ({"first": 0}, "`first` is between 1 and 1000."),
        ({"after": "x"}, "The cursor is not one of this list's."),
        ({"near": {**LONGLING, "radius": 0}}, "A radius is between 1 and 50000 metres."),
    ],
)
async def test_what_cannot_be_asked(
    graph: Graph, mocks: RunningMocks, arguments: dict[str, Any], sentence: str
) -> None:
    """One sentence, and nobody is called."""
    answer = await graph(NAMES, **{"near": around(1_000), **arguments})
    assert [(error["message"], error["extensions"]["code"]) for error in answer.errors] == [
        (sentence, "BAD_USER_INPUT")
    ]
    assert mocks.calls() == []


async def test_around_a_community_and_nearby(graph: Graph, mocks: RunningMocks) -> None:
    """The same stations by the community's field and among what is near; nobody is called."""
    answer = await graph(
        """query($lat: Float!, $lng: Float!) { community(code: "440307014003") {
            all: chargingStations(radius: 400) { edges { distance node { id } } }
            fast: chargingStations(radius: 400, freeOnly: true, minPower: 480) { edges { node { id } } } }
          nearby(lat: $lat, lng: $lng, radius: 400, kinds: [CHARGING_STATION]) {
            edges { distance node { __typename id community { name } } } } }""",
        **LONGLING,
    )
    assert answer.errors == []
    expected = [(102, station_id("LGD-0901")), (176, station_id("PCK-0063"))]
    community = answer.data["community"]
    assert [(edge["distance"], edge["node"]["id"]) for edge in community["all"]["edges"]] == expected
    assert [node["id"] for node in nodes(community["fast"])] == [expected[0][1]]
    near = answer.data["nearby"]["edges"]
    assert [(edge["distance"], edge["node"]["id"]) for edge in near] == expected
    assert {edge["node"]["__typename"] for edge in near} == {"ChargingStation"}
    assert mocks.calls() == []


async def test_ids_of_what_is_not_there(graph: Graph) -> None:
    """A station that is private or given up, and any that never was, is null without an error."""
    ids = [station_id(id_) for id_ in ("LGD-0058", "LGD-0111", "LGD-9999")]
    answer = await graph("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert (answer.data, answer.errors) == ({"nodes": [None, None, None]}, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("龙岭超充站", ["LGD-0901"]),
        ("longling chaochong", ["LGD-0901"]),
        ("鹏城快充 龙岭", ["PCK-0063"]),
    ],
)
async def test_stations_are_found_by_search(
    mocks: RunningMocks,
    start_graph: StartGraph,
    sources: tuple[SourceConfig, ...],
    text: str,
    expected: list[str],
) -> None:
    """By name, pinyin and operator; nobody is called."""
    operators = tuple(source for source in sources if source.id in OPERATORS)
    async with start_graph(operators) as graph:
        answer = await graph(
            """query($text: String!) { search(text: $text, scenarios: [PARKING]) {
              edges { openNow node { __typename id } } } }""",
            text=text,
        )
    assert answer.errors == []
    assert answer.data["search"]["edges"] == [
        {"openNow": True, "node": {"__typename": "ChargingStation", "id": station_id(id_)}}
        for id_ in expected
    ]
    assert mocks.calls() == []


# Stations and car parks


async def test_car_parks_with_their_charging(graph: Graph, mocks: RunningMocks) -> None:
    """Fifty car parks with what charges in them cost the calls of the car parks alone: one an operator."""
    answer = await graph(
        """query($near: NearInput!) { parkingLots(near: $near, first: 50) { edges { node { name
          charging { name freePoints totalPoints maxPower energyPriceNow { amount } } } } } }""",
        near=around(3_000),
    )
    assert answer.errors == []
    lots = nodes(answer.data["parkingLots"])
    assert len(lots) == 50
    assert sum(bool(lot["charging"]) for lot in lots) == 17
    plaza = next(lot for lot in lots if lot["name"] == "龙岭商业广场停车场")
    assert plaza["charging"] == [
        {
            "name": "龙岭商业广场停车场充电站",
            "freePoints": 5,
            "totalPoints": 10,
            "maxPower": 120.0,
            "energyPriceNow": {"amount": "0.954"},
        }
    ]
    assert asked(mocks) == dict.fromkeys(PARKING, 1)


async def test_each_station_finds_its_car_park(graph: Graph, mocks: RunningMocks) -> None:
    """What the world built, by name or by place, but for two that by chance stand nearer to another one."""
    answer = await graph(JOINED, near=DISTRICT)
    assert answer.errors == []
    found = {
        node["id"]: node["parkingLot"] and node["parkingLot"]["name"]
        for node in nodes(answer.data["chargingStations"])
    }
    built = {station_id(site.id): site.lot.zh if site.lot else None for site in shown(mocks)}
    differ = {id_: (built[id_], name) for id_, name in found.items() if name != built[id_]}
    assert differ == {
        station_id("PCK-0904"): (None, "平南社区公共停车场"),
        station_id("PCK-0097"): ("南联南路路侧泊位", "南联地铁站P+R停车场"),
    }
    assert len(found) == 136
    assert asked(mocks) == dict.fromkeys(PARKING, 1)


async def test_both_ways_say_the_same(graph: Graph) -> None:
    """A station's car park has that station; only beside a second car park does it show in two."""
    stations = await graph(
        JOINED.replace("parkingLot { name source { id } }", "parkingLot { id }"), near=DISTRICT
    )
    lots = await graph(
        """query($near: NearInput!) { parkingLots(near: $near, first: 1000) { edges { node {
          id charging { id } } } } }""",
        near=DISTRICT,
    )
    forward = {
        (node["id"], node["parkingLot"]["id"])
        for node in nodes(stations.data["chargingStations"])
        if node["parkingLot"]
    }
    backward = {
        (station["id"], lot["id"]) for lot in nodes(lots.data["parkingLots"]) for station in lot["charging"]
    }
    assert forward <= backward
    assert (len(forward), len(backward)) == (131, 132)


async def test_configuration_joins_what_the_rule_would_not(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...]
) -> None:
    """A station in a car park far off by `places`, one in none; each way without a search for car parks."""
    lot = next(lot for lot in mocks.world.parking.permanent if lot.operator == "parking-metro")
    places = {"lgd-0901": f"parking-metro/{lot.id}", "PCK-0063": ""}
    async with live(sources, (*OPERATORS, *PARKING), places=places) as graph:
        mocks.clear_calls()
        answer = await graph(
            """query($a: ID!, $b: ID!) {
              a: node(id: $a) { ... on ChargingStation { parkingLot { name charging { id } } } }
              b: node(id: $b) { ... on ChargingStation { parkingLot { name } } } }""",
            a=station_id("LGD-0901"),
            b=station_id("PCK-0063"),
        )
    assert answer.errors == []
    charging = answer.data["a"]["parkingLot"]["charging"]
    assert answer.data["a"]["parkingLot"]["name"] == lot.zh
    assert charging[0] == {"id": station_id("LGD-0901")}
    assert answer.data["b"] == {"parkingLot": None}
    assert [
        (call.simulator, call.path) for call in mocks.calls(token=False) if "parking" in call.simulator
    ] == [("parking-metro", f"/places/{lot.id}")]


async def test_a_parking_operator_that_is_down_takes_its_car_parks_only(
    graph: Graph, mocks: RunningMocks
) -> None:
    """Stations are whole, and so are the other operators' car parks; each station tells who failed."""
    mocks.fault("parking-city", error_rate=1.0)
    answer = await graph(JOINED, near=around(1_500))
    found = nodes(answer.data["chargingStations"])
    assert len(found) == 10
    assert {node["parkingLot"]["source"]["id"] for node in found if node["parkingLot"]} == {
        "parking-metro",
        "parking-park",
        "parking-roadside",
    }
    assert [error["extensions"] for error in answer.errors] == [
        {"code": "SOURCE_UNAVAILABLE", "source": "parking-city"}
    ] * len(found)


# The feed


async def wait_for(graph: Graph, query: str, done: Any, **variables: Any) -> Any:
    for _ in range(1_000):
        answer = await graph(query, **variables)
        if done(answer.data):
            return answer.data
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come")


async def until(done: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if done():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come")


@pytest.fixture
def clock(mocks: RunningMocks) -> Iterator[Any]:
    """Moves the world's clock, and puts it back."""
    yield mocks.world.clock.move_to
    mocks.world.clock.move_to(NOW)


async def test_how_copies_are_filled_and_kept(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], clock: Any
) -> None:
    """Every page once; then changes only, from two minutes before the newest; what changed is seen."""
    query = "query($id: ID!) { node(id: $id) { ... on ChargingStation { points { uid changedAt } } } }"
    locations = "/ocpi/cpo/2.2.1/locations"
    newest = max(at for at, _ in Locations(mocks.world, "charging-grid").all())
    async with live(sources, ("charging-grid",), pause_s=0.05) as graph:
        filled = [(call.path, call.query) for call in mocks.calls() if "date_from" not in call.query]
        before = (await graph(query, id=station_id("LGD-0901"))).data
        clock(NOW + timedelta(minutes=30))
        after = await wait_for(graph, query, lambda data: data != before, id=station_id("LGD-0901"))
        mocks.clear_calls()
        await until(lambda: len(mocks.calls()) >= 4)
        again = {call.query for call in mocks.calls()}
    assert sorted(filled) == [
        (locations, "offset=0&limit=100"),
        (locations, "offset=50&limit=50"),
        ("/ocpi/cpo/2.2.1/tariffs", "offset=0&limit=100"),
    ]
    assert newest <= NOW
    # What changed later than our own clock, which stands still here, does not carry the reading on.
    assert again == {
        f"offset={page}&date_from=2026-11-24T01%3A58%3A00.000Z" for page in ("0&limit=100", "50&limit=50")
    }
    changed = [
        point["changedAt"] for point in after["node"]["points"] if point not in before["node"]["points"]
    ]
    assert changed
    assert all("2026-11-24T10:00:00" < at <= "2026-11-24T10:30:00+08:00" for at in changed)


async def test_the_first_changes_are_asked_from_before_the_newest(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...]
) -> None:
    """Two minutes before the newest change of any location, private ones included."""
    newest = max(at for at, _ in Locations(mocks.world, "charging-swift").all())
    async with live(sources, ("charging-swift",), pause_s=0.05):
        await until(lambda: any("date_from" in call.query for call in mocks.calls()))
    since = (newest - timedelta(minutes=2)).astimezone(UTC).isoformat(timespec="milliseconds")
    written = since.replace("+00:00", "Z").replace(":", "%3A")
    assert newest <= NOW
    assert {call.query for call in mocks.calls() if "date_from" in call.query} <= {
        f"offset=0&limit=100&date_from={written}"
    }


async def test_a_station_that_is_given_up_vanishes(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], clock: Any
) -> None:
    """All of its points are REMOVED from the 25th on: it is gone from lists, from its id and its car park."""
    query = """query($id: ID!) { node(id: $id) { id }
      chargingStations(near: {lat: 22.68, lng: 114.2, radius: 50000}, first: 1000) { totalCount } }"""
    async with live(sources, ("charging-swift",), pause_s=0.05) as graph:
        before = (await graph(query, id=station_id("PCK-0074"))).data
        clock(datetime.fromisoformat("2026-11-25T06:00:00+08:00"))
        await wait_for(graph, query, lambda data: data["node"] is None, id=station_id("PCK-0074"))
        after = (await graph(query, id=station_id("PCK-0074"))).data
    assert before["node"] == {"id": station_id("PCK-0074")}
    assert before["chargingStations"]["totalCount"] - after["chargingStations"]["totalCount"] == 1


@pytest.mark.parametrize(
    "switches",
    [
        {"slash": True},
        {"lower_ids": True},
        {"bad_link": True},
        {"bare_errors": True},
        {"slash": True, "lower_ids": True, "bad_link": True, "bare_errors": True},
    ],
)
async def test_servers_with_habits_are_read_as_well(
    mocks: RunningMocks, graph: Graph, sources: tuple[SourceConfig, ...], switches: Mapping[str, bool]
) -> None:
    """The same stations with the same prices and ids as of a server that has none."""
    query = """query($near: NearInput!) { chargingStations(near: $near, first: 300) { totalCount
      edges { node { id name freePoints points { status } tariffs { id energyPriceNow { amount } } } } } }"""
    straight = await graph(query, near=DISTRICT)
    for operator in OPERATORS:
        mocks.fault(operator, **switches)
    async with live(sources) as other:
        answer = await other(query, near=DISTRICT)
    assert answer.errors == straight.errors == []
    assert answer.data == straight.data
    assert answer.data["chargingStations"]["totalCount"] == 136


# Operators that fail


@pytest.mark.parametrize(
    "switches",
    [
        {"error_rate": 1.0},
        {"error_rate": 1.0, "error_status": 401},
        {"hang": True},
        {"malformed": True},
        {"reset_after_commit": True},
    ],
)
async def test_an_operator_that_never_answered_takes_only_its_own_with_it(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], switches: dict[str, Any]
) -> None:
    """Its copy is not whole; the other's stations are there, and nobody knows how many there are."""
    mocks.fault("charging-grid", **switches)
    some = tuple(source for source in sources if source.id in OPERATORS)
    async with running_graph(some) as graph:
        await wait_for(graph, NAMES, lambda data: data["chargingStations"], near=around(400))
        answer = await graph(NAMES, near=around(400))
    assert [error["extensions"] for error in answer.errors] == [
        {"code": "SOURCE_UNAVAILABLE", "source": "charging-grid"}
    ]
    found = answer.data["chargingStations"]
    assert [node["id"] for node in nodes(found)] == [station_id("PCK-0063")]
    assert found["totalCount"] is None
    assert answer.source("charging-grid")["outcome"] == "FAILED"


async def test_operators_that_fail_later_are_still_told(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...]
) -> None:
    """A copy answers as before while its feed fails."""
    async with live(sources, pause_s=0.05) as graph:
        before = await graph(NAMES, near=around(400))
        for operator in OPERATORS:
            mocks.fault(operator, error_rate=1.0)
        mocks.clear_calls()
        await until(lambda: any(call.status == 503 for call in mocks.calls("charging-grid")))
        answer = await graph(NAMES, near=around(400))
    assert (answer.data, answer.errors) == (before.data, [])


async def test_without_any_operator_car_parks_have_no_charging(
    mocks: RunningMocks, start_graph: StartGraph, sources: tuple[SourceConfig, ...]
) -> None:
    """An empty list, and not a failure: nobody serves it."""
    operators = tuple(source for source in sources if source.connector == "apds")
    async with start_graph(operators) as graph:
        answer = await graph(
            """query($near: NearInput!) { parkingLots(near: $near, first: 3) {
              edges { node { charging { id } } } } }""",
            near=around(1_000),
        )
    assert answer.errors == []
    assert nodes(answer.data["parkingLots"]) == [{"charging": []}] * 3
