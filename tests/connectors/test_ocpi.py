"""OCPI 2.2.1 at the wire: pages, changes and redirects of the feed, and what locations and tariffs become."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest
import respx
from structlog.testing import capture_logs

from connectors.kit import Code, Feed, FeedPage, Item, Kept, Removal, Selection, SourceError, Upstream
from connectors.ocpi import CONNECTOR
from schema.core.geo import Near
from schema.core.hours import WEEK, Weekday, hours_on
from schema.core.record import Position, Ref
from schema.core.slot import Price
from schema.parking.charging.lookups import AllSites
from schema.parking.charging.records import (
    IN_NO_LOT,
    ChargingPriceLine,
    ChargingStationRecord,
    ChargingTariffRecord,
)
from schema.parking.charging.words import (
    ChargingBayRule,
    ChargingConnectorFormat,
    ChargingConnectorType,
    ChargingCurrent,
    ChargingEnergySource,
    ChargingFacility,
    ChargingPriceUnit,
    ChargingStatus,
    ChargingTariffType,
)
from schema.parking.records import ParkingGrade, ParkingLayout
from tests.conftest import NOW
from tests.connectors.conftest import BASE, Connect

CHANGED = "2026-11-24T01:30:00Z"


class Copy:
    """A replica in memory, as far as the connector reads one."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}

    def keep(self, page: FeedPage) -> None:
        for change in page.changes:
            if isinstance(change, Item):
                self.items[change.table, change.id] = change
            else:
                self.items.pop((change.table, change.id), None)

    def as_of(self, _table: str) -> datetime:
        return NOW

    def stale(self, _table: str) -> bool:
        return False

    async def get(self, table: str, ids: Collection[str]) -> Mapping[str, bytes]:
        return {id_: self.items[table, id_].data for id_ in ids if (table, id_) in self.items}

    async def select(self, selection: Selection) -> Sequence[Kept]:
        return [
            Kept(item.id, item.data)
            for item in self.items.values()
            if item.table == selection.table
            and all(_lies(item.keys.get(key), *bounds) for key, bounds in selection.between.items())
        ]

    async def count(self, selection: Selection) -> int:
        return len(await self.select(selection))


def _lies(value: Any, low: float | None, high: float | None) -> bool:
    return value is not None and (low is None or value >= low) and (high is None or value < high)


class Ocpi(CONNECTOR):
    """The connector with a copy of its own."""

    def __init__(self, upstream: Upstream, options: Any) -> None:
        super().__init__(upstream, options, Copy())
        self.read_feeds: dict[str, Feed] = {feed.name: feed for feed in self.feeds()}

    async def read(self, cursor: str | None = None, feed: str = "locations") -> tuple[list[Any], str]:
        """Read to the end; what changed, and where to go on."""
        assert isinstance(self.replica, Copy)
        changes: list[Any] = []
        for _ in range(20):
            page = await self.read_feeds[feed].read(cursor)
            self.replica.keep(page)
            changes += page.changes
            cursor = page.cursor
            if not page.more:
                return changes, cursor
        raise AssertionError("the feed has no end")

    async def one(self, id_: str = "a") -> ChargingStationRecord:
        """Read the station of that id."""
        ref = Ref(self.upstream.source, id_)
        return (await self.stations([ref]))[ref]


@pytest.fixture
async def ocpi(connect: Connect) -> Ocpi:
    """A connector without options."""
    connector: Ocpi = await connect(Ocpi, {"page_size": 2}, id="cpo")
    return connector


def plug(**fields: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "standard": "GBT_DC",
        "format": "CABLE",
        "power_type": "DC",
        "max_voltage": 750,
        "max_amperage": 160,
        "last_updated": "2025-01-01T00:00:00Z",
        **fields,
    }


def evse(uid: str = "1", **fields: Any) -> dict[str, Any]:
    return {"uid": uid, "status": "AVAILABLE", "connectors": [plug()], "last_updated": CHANGED, **fields}


def location(id_: Any = "a", **fields: Any) -> dict[str, Any]:
    return {
        "country_code": "CN",
        "party_id": "LGD",
        "id": id_,
        "publish": True,
        "name": f"龙岭充电站{id_}",
        "address": "龙岭路1号",
        "city": "深圳市",
        "country": "CHN",
        "coordinates": {"latitude": "22.598000", "longitude": "114.120000"},
        "evses": [evse()],
        "time_zone": "Asia/Shanghai",
        "last_updated": CHANGED,
        **fields,
    }


def page(*objects: Any, **headers: str) -> httpx.Response:
    body = {"data": list(objects), "status_code": 1000, "timestamp": "2026-11-24T02:00:00Z"}
    return httpx.Response(200, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def asked(wire: respx.Router) -> list[str]:
    return [call.request.url.raw_path.decode().removeprefix("/api") for call in wire.calls]


def ids(changes: Sequence[Item | Removal]) -> list[str]:
    return [change.id for change in changes if change.table in ("station", "tariff")]


# Pages


async def test_the_servers_link_leads_to_the_next_page(ocpi: Ocpi, wire: respx.Router) -> None:
    """As it is, whatever is in it; a page without a link and a total that is reached is the last."""
    wire.get("/locations").mock(
        side_effect=[
            page(location("a"), location("b"), link=f'<{BASE}/locations?cursor=x%3D1>; rel="next"'),
            page(location("c"), x_total_count="3"),
        ]
    )
    changes, _ = await ocpi.read()
    assert ids(changes) == ["a", "b", "c"]
    assert asked(wire) == ["/locations?offset=0&limit=2", "/locations?cursor=x%3D1"]


@pytest.mark.parametrize(
    "link",
    [
        "https://www.example.com/ocpi/cpo/VersionNumber.v_2_2_1/ModuleID.locations/?offset=2",
        "http://system.test/other?offset=2",
        "http://[::1",
    ],
)
async def test_a_link_out_of_the_source_is_not_followed(ocpi: Ocpi, wire: respx.Router, link: str) -> None:
    """Offsets are counted instead, from then on, and nobody else is called."""
    wire.get("/locations").mock(
        side_effect=[
            page(location("a"), location("b"), link=f'<{link}>; rel="next"', x_total_count="5"),
            page(location("c"), location("d"), link=f'<{link}>; rel="next"', x_total_count="5"),
            page(location("e"), link="", x_total_count="5"),
        ]
    )
    with capture_logs() as logs:
        changes, _ = await ocpi.read()
    assert ids(changes) == ["a", "b", "c", "d", "e"]
    assert asked(wire) == [f"/locations?offset={offset}&limit=2" for offset in (0, 2, 4)]
    assert logs == [
        {
            "event": "links lead nowhere, counting offsets",
            "log_level": "info",
            "source": "cpo",
            "path": "locations",
        }
    ]


async def test_a_link_that_is_not_found_is_tried_once(ocpi: Ocpi, wire: respx.Router) -> None:
    """A 404 within the source shows that links lead nowhere: offsets are counted."""
    broken = wire.get("/ModuleID.locations").respond(404, json={"detail": "Not Found"})
    link = f'<{BASE}/ModuleID.locations?offset=2>; rel="next"'
    wire.get("/locations").mock(
        side_effect=[
            page(location("a"), location("b"), link=link, x_total_count="5"),
            page(location("c"), location("d"), link=link, x_total_count="5"),
            page(location("e"), x_total_count="5"),
        ]
    )
    assert ids((await ocpi.read())[0]) == ["a", "b", "c", "d", "e"]
    assert broken.call_count == 1


async def test_a_link_that_fails_for_now_is_kept(ocpi: Ocpi, wire: respx.Router) -> None:
    """503 says nothing of the link: the page fails, and is asked for again by the link."""
    link = f"{BASE}/locations?cursor=x"
    wire.get("/locations", params={"cursor": "x"}).mock(
        side_effect=[httpx.Response(503)] * 3 + [page(location("c"), x_total_count="3")]
    )
    wire.get("/locations", params={"offset": 0}).mock(
        return_value=page(location("a"), location("b"), link=f'<{link}>; rel="next"')
    )
    (feed, _) = ocpi.feeds()
    first = await feed.read(None)
    with pytest.raises(SourceError) as caught:
        await feed.read(first.cursor)
    assert caught.value.code is Code.SOURCE_UNAVAILABLE
    assert ids((await feed.read(first.cursor)).changes) == ["c"]


@pytest.mark.parametrize(
    ("headers", "limits"),
    [
        ({"x_total_count": "3"}, [0, 2]),
        ({}, [0, 2]),
        ({"x_limit": "2"}, [0, 2]),
        ({"x_total_count": "many", "x_limit": "-1"}, [0, 2]),
        ({"x_total_count": "9"}, [0, 2, 3]),
        ({"x_total_count": "2"}, [0]),
    ],
)
async def test_without_a_link_offsets_are_counted(
    ocpi: Ocpi, wire: respx.Router, headers: dict[str, str], limits: list[int]
) -> None:
    """To the total; without one while pages are full; a total that is never reached ends at an empty page."""
    pages = {"0": [location("a"), location("b")], "2": [location("c")]}
    wire.get("/locations").mock(
        side_effect=lambda request: page(*pages.get(request.url.params["offset"], ()), **headers)
    )
    await ocpi.read()
    assert asked(wire) == [f"/locations?offset={offset}&limit=2" for offset in limits]


async def test_a_server_may_give_fewer_than_asked_for(connect: Connect, wire: respx.Router) -> None:
    """`X-Limit` tells a full page from the last one where there is no total."""
    ocpi: Ocpi = await connect(Ocpi, {"page_size": 100})
    wire.get("/locations").mock(
        side_effect=[page(location("a"), location("b"), x_limit="2"), page(location("c"), x_limit="2")]
    )
    assert ids((await ocpi.read())[0]) == ["a", "b", "c"]


async def test_a_server_that_knows_no_offset_is_not_asked_for_ever(ocpi: Ocpi, wire: respx.Router) -> None:
    """The same page again ends the reading."""
    wire.get("/locations").mock(side_effect=lambda _: page(location("a"), location("b"), x_total_count="50"))
    await ocpi.read()
    assert wire.calls.call_count == 2


# Changes


async def test_the_next_reading_begins_before_the_newest_change(ocpi: Ocpi, wire: respx.Router) -> None:
    """Two minutes before it; a reading that brings nothing stays where it was."""
    newer = location("b", evses=[evse(last_updated="2026-11-24T01:50:00.500Z")])
    wire.get("/locations").mock(
        side_effect=[page(location("a"), newer, x_total_count="2"), page(newer, x_total_count="1"), page()]
    )
    _, cursor = await ocpi.read()
    changes, cursor = await ocpi.read(cursor)
    assert ids(changes) == ["b"]
    assert await ocpi.read(cursor) == ([], cursor)
    changed = "/locations?offset=0&limit=2&date_from=2026-11-24T01%3A48%3A00.500Z"
    assert asked(wire) == ["/locations?offset=0&limit=2", changed, changed]


async def test_a_clock_that_is_ahead_does_not_carry_the_reading_on(ocpi: Ocpi, wire: respx.Router) -> None:
    """Where the newest change lies after the reading's beginning, the next one goes on from there."""
    wire.get("/locations").mock(
        side_effect=[page(location("a", last_updated="2026-11-24T09:00:00Z")), page()]
    )
    _, cursor = await ocpi.read()
    await ocpi.read(cursor)
    assert asked(wire)[1] == "/locations?offset=0&limit=2&date_from=2026-11-24T01%3A58%3A00.000Z"


async def test_versions_are_the_newest_change_of_anything(ocpi: Ocpi, wire: respx.Router) -> None:
    """Some servers move the location's `last_updated` only when the location itself changes."""
    points = [evse("1", last_updated="2026-11-24T01:40:00"), evse("2", connectors=[plug()])]
    wire.get("/locations").respond(
        json={"data": [location(last_updated="2026-01-01T00:00:00Z", evses=points)], "status_code": 1000}
    )
    changes, _ = await ocpi.read()
    newest = datetime.fromisoformat("2026-11-24T01:40:00+00:00")
    assert {change.version for change in changes} == {round(newest.timestamp() * 1000)}


async def test_what_was_removed_vanishes(ocpi: Ocpi, wire: respx.Router) -> None:
    """An EVSE that is REMOVED; a location without any other, or that is not to be published."""
    gone = evse("2", status="REMOVED", last_updated="2026-11-24T01:45:00Z")
    wire.get("/locations").mock(
        side_effect=[
            page(location("a", evses=[evse("1"), gone]), location("b", evses=[gone])),
            page(location("c", publish=False), location("d", evses=[])),
            page(),
        ]
    )
    changes, _ = await ocpi.read()
    assert [(type(change).__name__, change.table, change.id) for change in changes] == [
        ("Item", "station", "a"),
        ("Item", "site", "a"),
        *(("Removal", table, id_) for id_ in "bcd" for table in ("station", "site")),
    ]
    assert [point.uid for point in (await ocpi.one()).points] == ["1"]


# Redirects and errors


async def test_a_slash_that_the_server_wants_is_given(ocpi: Ocpi, wire: respx.Router) -> None:
    """The path is asked for with it, not the address that the redirect names, and so from then on."""
    behind = "http://inner.test:8080/ocpi/cpo/2.2.1/locations/?offset=0&limit=2"
    wire.get("/locations").respond(307, headers={"location": behind})
    wire.get("/locations/").mock(side_effect=[page(location("a"), x_total_count="1"), page()])
    _, cursor = await ocpi.read()
    await ocpi.read(cursor)
    assert [path.partition("?")[0] for path in asked(wire)] == ["/locations", "/locations/", "/locations/"]


@pytest.mark.parametrize("location_", ["http://system.test/login", "https://elsewhere.test/", ""])
async def test_another_redirect_is_a_refusal(ocpi: Ocpi, wire: respx.Router, location_: str) -> None:
    """It is not followed."""
    wire.get("/locations").respond(302, headers={"location": location_})
    with pytest.raises(SourceError) as caught:
        await ocpi.read()
    assert caught.value.code is Code.SOURCE_REJECTED
    assert wire.calls.call_count == 1


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, {"status_code": 2001, "status_message": "limit"}, Code.SOURCE_REJECTED),
        (200, {"status_code": 3000}, Code.SOURCE_UNAVAILABLE),
        (200, {"status_code": 3002, "data": []}, Code.SOURCE_UNAVAILABLE),
        (200, {"status_code": 1000}, Code.SOURCE_MALFORMED),
        (200, {"detail": "Internal error"}, Code.SOURCE_MALFORMED),
        (200, [], Code.SOURCE_MALFORMED),
        (401, {"error": "Unauthorized"}, Code.SOURCE_REJECTED),
        (422, {"detail": [{"loc": ["query", "limit"]}]}, Code.SOURCE_REJECTED),
        (500, {"detail": "Internal Server Error"}, Code.SOURCE_UNAVAILABLE),
    ],
)
async def test_errors_in_the_envelope_and_outside(
    ocpi: Ocpi, wire: respx.Router, status: int, body: Any, code: Code
) -> None:
    """Both have their code, and neither's words go on."""
    wire.get("/locations").respond(status, json=body)
    with pytest.raises(SourceError) as caught:
        await ocpi.read()
    assert caught.value.code is code
    assert "detail" not in caught.value.detail


async def test_a_bad_object_is_left_out(ocpi: Ocpi, wire: respx.Router) -> None:
    """A location, an EVSE, a connector; the log has their number and none of their words."""
    bad = location("b")
    del bad["coordinates"]
    good = location(
        "a",
        evses=[evse("1", connectors=[plug(format="WIRELESS"), plug(max_voltage="x"), plug()]), {"uid": "2"}],
    )
    wire.get("/locations").respond(json={"data": [good, bad], "status_code": 1000})
    ocpi.options = msgspec.structs.replace(ocpi.options, page_size=100)
    with capture_logs() as logs:
        page_ = await ocpi.feeds()[0].read(None)
    assert ids(page_.changes) == ["a"]
    assert logs == [
        {
            "event": "objects left out",
            "log_level": "warning",
            "reason": "they break the standard",
            "source": "cpo",
            "connector": 2,
            "EVSE": 1,
            "location": 1,
        }
    ]


@pytest.mark.parametrize("objects", [[{"id": "a"}], [location(evses=[{}])]])
async def test_a_page_without_any_good_object_is_malformed(
    ocpi: Ocpi, wire: respx.Router, objects: list[Any]
) -> None:
    """It says that the standard is broken, not that there are no stations."""
    wire.get("/locations").respond(json={"data": objects, "status_code": 1000})
    with pytest.raises(SourceError) as caught:
        await ocpi.read()
    assert caught.value.code is Code.SOURCE_MALFORMED


# Locations


async def read_one(ocpi: Ocpi, wire: respx.Router, told: dict[str, Any]) -> ChargingStationRecord:
    wire.get("/locations").mock(side_effect=[page(told, x_total_count="1")])
    await ocpi.read()
    return await ocpi.one()


async def test_all_that_a_location_tells(ocpi: Ocpi, wire: respx.Router) -> None:
    """Every field that the graph has, of one location."""
    told = location(
        "A",
        name=" 龙岭社区公共停车场充电站 ",
        parking_type="UNDERGROUND_GARAGE",
        operator={"name": "龙电充电"},
        facilities=["MALL", "SPACEPORT", "WIFI"],
        directions=[{"language": "en", "text": "Level B1"}, {"language": "zh-CN", "text": "负一层"}],
        opening_times={"twentyfourseven": True},
        charging_when_closed=True,
        images=[
            {"url": "https://x.test/1.jpg", "category": "ENTRANCE", "type": "jpeg"},
            {"url": "https://x.test/logo.jpg", "category": "OPERATOR", "type": "jpeg"},
        ],
        energy_mix={
            "is_green_energy": True,
            "energy_sources": [
                {"source": "SOLAR", "percentage": 70},
                {"source": "GENERAL_GREEN", "percentage": 20.5},
                {"source": "FUSION", "percentage": 9.5},
            ],
            "supplier_name": "绿电",
            "energy_product_name": "光储充",
        },
        evses=[
            evse(
                "E1",
                evse_id="CN*LGD*E1",
                status="CHARGING",
                floor_level="B1",
                physical_reference="A01",
                parking_restrictions=["EV_ONLY", "DISABLED", "TALL"],
                connectors=[plug(max_electric_power=90_000, tariff_ids=["DC-1"])],
            )
        ],
    )
    station = await read_one(ocpi, wire, told)
    (point,) = station.points
    assert station == ChargingStationRecord(
        ref=Ref("cpo", "a"),
        as_of=NOW,
        name="龙岭社区公共停车场充电站",
        position=Position(lat=22.598, lng=114.12),
        address="深圳市龙岭路1号",
        operator="龙电充电",
        layout=ParkingLayout.STRUCTURE,
        grade=ParkingGrade.UNDERGROUND,
        directions="负一层",
        facilities=(ChargingFacility.MALL, ChargingFacility.WIFI),
        photos=("https://x.test/1.jpg",),
        energy=station.energy,
        open_24h=True,
        charging_when_closed=True,
        changed_at=datetime.fromisoformat("2026-11-24T09:30:00+08:00"),
        points=(point,),
    )
    assert station.energy is not None
    assert [(share.source, share.percent) for share in station.energy.shares] == [
        (ChargingEnergySource.SOLAR, 70),
        (ChargingEnergySource.RENEWABLE, 20.5),
    ]
    assert (station.energy.green, station.energy.supplier, station.energy.product) == (True, "绿电", "光储充")
    assert (point.uid, point.code, point.label, point.floor) == ("E1", "CN*LGD*E1", "A01", "B1")
    assert point.status is ChargingStatus.CHARGING
    assert point.changed_at.isoformat() == "2026-11-24T09:30:00+08:00"
    assert point.rules == (ChargingBayRule.EV_ONLY, ChargingBayRule.DISABLED)
    (connector,) = point.connectors
    assert (connector.type, connector.format, connector.current, connector.power, connector.tariffs) == (
        ChargingConnectorType.GB_DC,
        ChargingConnectorFormat.CABLE,
        ChargingCurrent.DC,
        90.0,
        (Ref("cpo", "dc-1"),),
    )


async def test_as_little_as_the_standard_requires(ocpi: Ocpi, wire: respx.Router) -> None:
    """Without a name the address is one; nulls are as good as nothing; what is not told stays unknown."""
    absent = dict.fromkeys(
        (
            "name",
            "parking_type",
            "operator",
            "facilities",
            "directions",
            "opening_times",
            "charging_when_closed",
            "images",
            "energy_mix",
            "related_locations",
        )
    )
    station = await read_one(ocpi, wire, location(**absent))
    assert (station.name, station.operator, station.layout, station.grade) == ("龙岭路1号", None, None, None)
    assert (station.facilities, station.photos, station.directions, station.energy) == ((), (), None, None)
    assert (station.open_24h, station.opening_hours, station.charging_when_closed) == (None, (), None)


@pytest.mark.parametrize(
    ("coordinates", "expected"),
    [
        ({"latitude": "22.598", "longitude": "114.12"}, (22.598, 114.12)),
        ({"latitude": 22.598, "longitude": 114.12}, (22.598, 114.12)),
        ({"latitude": "0.000000", "longitude": "0.000000"}, None),
        ({"latitude": "114.12", "longitude": "22.598"}, None),
        ({"latitude": "", "longitude": "114.12"}, None),
        ({"latitude": "NaN", "longitude": "114.12"}, None),
    ],
)
async def test_coordinates_are_texts(
    ocpi: Ocpi, wire: respx.Router, coordinates: dict[str, Any], expected: tuple[float, float] | None
) -> None:
    """Numbers will do; what is nowhere on the earth, or at 0,0, is no position."""
    position = (await read_one(ocpi, wire, location(coordinates=coordinates))).position
    assert (position and (position.lat, position.lng)) == expected


async def test_positions_of_chinese_maps(connect: Connect, wire: respx.Router) -> None:
    """With `crs` they come to WGS-84, where they are looked for, too."""
    ocpi: Ocpi = await connect(Ocpi, {"crs": "GCJ02"}, id="cpo")
    coordinates = {"latitude": "22.5973148", "longitude": "114.125101"}
    station = await read_one(ocpi, wire, location(coordinates=coordinates))
    assert station.position == Position(lat=22.6, lng=114.12)
    circle = Near(22.6, 114.12, 50)
    assert (await ocpi.stations_near([circle]))[circle] == [station]


@pytest.mark.parametrize(
    ("fields", "kw"),
    [
        ({"max_electric_power": 60_000}, 60.0),
        ({"max_electric_power": None}, 120.0),
        ({"max_electric_power": 0}, 120.0),
        ({"power_type": "AC_1_PHASE", "max_voltage": 220, "max_amperage": 32}, 7.0),
        ({"power_type": "AC_2_PHASE", "max_voltage": 230, "max_amperage": 16}, 7.4),
        ({"power_type": "AC_2_PHASE_SPLIT", "max_voltage": 120, "max_amperage": 30}, 7.2),
        ({"power_type": "AC_3_PHASE", "max_voltage": 230, "max_amperage": 32}, 22.1),
        ({"power_type": "AC_3_PHASE", "max_voltage": 400, "max_amperage": 32}, 22.2),
        ({"power_type": "AC_3_PHASE", "max_voltage": 220, "max_amperage": 63}, 41.6),
    ],
)
async def test_power(ocpi: Ocpi, wire: respx.Router, fields: dict[str, Any], kw: float) -> None:
    """As told, else from volts and amperes; of three phases between line and neutral, or between lines."""
    station = await read_one(ocpi, wire, location(evses=[evse(connectors=[plug(**fields)])]))
    assert [c.power for point in station.points for c in point.connectors] == [kw]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("AVAILABLE", "AVAILABLE"),
        ("BLOCKED", "BLOCKED"),
        ("CHARGING", "CHARGING"),
        ("INOPERATIVE", "INOPERATIVE"),
        ("OUTOFORDER", "OUT_OF_ORDER"),
        ("PLANNED", "PLANNED"),
        ("RESERVED", "RESERVED"),
        ("UNKNOWN", "UNKNOWN"),
        ("available", "AVAILABLE"),
        ("FAULTED", "UNKNOWN"),
    ],
)
async def test_every_status(ocpi: Ocpi, wire: respx.Router, told: str, expected: str) -> None:
    """As the standard has them; one of a later version is not known."""
    station = await read_one(ocpi, wire, location(evses=[evse(status=told)]))
    assert [point.status for point in station.points] == [expected]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("GBT_AC", "GB_AC"),
        ("GBT_DC", "GB_DC"),
        ("CHAOJI", "CHAOJI"),
        ("CHADEMO", "CHADEMO"),
        ("IEC_62196_T1", "TYPE_1"),
        ("IEC_62196_T1_COMBO", "CCS_1"),
        ("IEC_62196_T2", "TYPE_2"),
        ("IEC_62196_T2_COMBO", "CCS_2"),
        ("IEC_62196_T3A", "TYPE_3"),
        ("IEC_62196_T3C", "TYPE_3"),
        ("DOMESTIC_I", "HOUSEHOLD"),
        ("IEC_60309_2_three_32", "INDUSTRIAL"),
        ("NEMA_14_50", "NEMA"),
        ("PANTOGRAPH_TOP_DOWN", "PANTOGRAPH"),
        ("TESLA_S", "TESLA"),
        ("MCS", "OTHER"),
    ],
)
async def test_every_connector(ocpi: Ocpi, wire: respx.Router, told: str, expected: str) -> None:
    """The standard's forty in fifteen words; one of a later version is another one."""
    station = await read_one(ocpi, wire, location(evses=[evse(connectors=[plug(standard=told)])]))
    assert [c.type for point in station.points for c in point.connectors] == [expected]


async def test_opening_hours(ocpi: Ocpi, wire: respx.Router) -> None:
    """Days with one span together, past midnight too; what is no time is left out; exceptions in +08:00."""

    def regular(weekday: int, begin: str, end: str) -> dict[str, Any]:
        return {"weekday": weekday, "period_begin": begin, "period_end": end}

    times = {
        "twentyfourseven": False,
        "regular_hours": [
            *(regular(day, "08:00", "24:00") for day in (1, 2, 3)),
            regular(6, "20:00", "02:00"),
            regular(7, "later", "23:00"),
            regular(8, "08:00", "10:00"),
        ],
        "exceptional_openings": [
            {"period_begin": "2026-11-24T20:00:00Z", "period_end": "2026-11-24T22:00:00Z"}
        ],
        "exceptional_closings": [
            {"period_begin": "2026-11-25T02:00:00", "period_end": "2026-11-25T04:00:00"}
        ],
    }
    station = await read_one(ocpi, wire, location(opening_times=times))
    assert station.open_24h is False
    assert station.opening_hours == (
        hours_on(WEEK[:3], time(8), time(0)),
        hours_on([Weekday.SATURDAY], time(20), time(2)),
    )
    assert [(span.open, span.begin.isoformat()) for span in station.exceptions] == [
        (True, "2026-11-25T04:00:00+08:00"),
        (False, "2026-11-25T10:00:00+08:00"),
    ]


async def test_addresses_in_one_line(connect: Connect, wire: respx.Router) -> None:
    """With the city where it is not in it; not in Chinese, after a comma."""
    ocpi: Ocpi = await connect(Ocpi, {})
    wire.get("/locations").mock(
        side_effect=[
            page(
                location("a", address="深圳市龙岗区龙岭路1号"),
                location("b", address="1 Longling Road", city="Shenzhen"),
            )
        ]
    )
    await ocpi.read()
    assert [(await ocpi.one(id_)).address for id_ in "ab"] == [
        "深圳市龙岗区龙岭路1号",
        "1 Longling Road, Shenzhen",
    ]


async def test_stations_are_found_around_a_point(connect: Connect, wire: respx.Router) -> None:
    """In the square around the circle; those without a position are found by id only, whatever its case."""
    ocpi: Ocpi = await connect(Ocpi, {}, id="cpo")

    def at(lat: str, lng: str) -> dict[str, Any]:
        return {"coordinates": {"latitude": lat, "longitude": lng}}

    told = [
        location("IN", **at("22.6", "114.12")),
        location("OUT", **at("22.7", "114.12")),
        location("NO", **at("0", "0")),
    ]
    wire.get("/locations").mock(side_effect=[page(*told, x_total_count="3")])
    await ocpi.read()
    circle = Near(22.6, 114.12, 500)
    found = await ocpi.stations_near([circle])
    assert [station.ref.id for station in found[circle]] == ["in"]
    refs = [Ref("cpo", id_) for id_ in ("no", "none")]
    assert list(await ocpi.stations(refs)) == [refs[0]]


async def test_car_parks_may_be_named(connect: Connect, wire: respx.Router) -> None:
    """By location id in any case; none, too. What is no place stops the start."""
    ocpi: Ocpi = await connect(Ocpi, {"places": {"A": "parking-city/440307014003-01", "b": ""}}, id="cpo")
    wire.get("/locations").mock(side_effect=[page(location("a"), location("B"), location("c"))])
    await ocpi.read()
    expected = {"a": Ref("parking-city", "440307014003-01"), "b": IN_NO_LOT, "c": None}
    assert {id_: (await ocpi.one(id_)).lot for id_ in "abc"} == expected
    (sites,) = (await ocpi.sites([AllSites()]))[AllSites()]
    assert {lot: [site.ref.id for site in found] for lot, found in sites.said.items()} == {
        expected["a"]: ["a"],
        IN_NO_LOT: ["b"],
    }
    assert [[site.ref.id for site in found] for found in sites.cells.values()] == [["c"]]
    for wrong in ("parking-city", "/x", "parking-city/"):
        with pytest.raises(msgspec.ValidationError, match="neither"):
            msgspec.convert({"places": {"a": wrong}}, CONNECTOR.Options)


# Tariffs


async def read_tariff(ocpi: Ocpi, wire: respx.Router, **fields: Any) -> ChargingTariffRecord:
    told: dict[str, Any] = {
        "country_code": "CN",
        "party_id": "LGD",
        "id": "T",
        "currency": "CNY",
        "elements": [{"price_components": [{"type": "ENERGY", "price": 1.2, "step_size": 1}]}],
        "last_updated": CHANGED,
        **fields,
    }
    wire.get("/tariffs").mock(side_effect=[page(told, x_total_count="1")])
    await ocpi.read(feed="tariffs")
    ref = Ref("cpo", told["id"].lower())
    return (await ocpi.charging_tariffs([ref]))[ref]


async def test_all_that_a_tariff_tells(ocpi: Ocpi, wire: respx.Router) -> None:
    """Prices with tax, each with when it applies, in the source's order; an unknown dimension is left out."""
    elements = [
        {
            "price_components": [
                {"type": "ENERGY", "price": 1.2, "vat": 6.0, "step_size": 1},
                {"type": "HYPE", "price": 1, "step_size": 1},
            ],
            "restrictions": {
                "start_time": "22:00",
                "end_time": "06:00",
                "day_of_week": ["SATURDAY", "MONDAY"],
                "start_date": "2026-11-01",
                "end_date": "2026-12-01",
                "min_kwh": 10.0,
                "max_kwh": 50,
                "min_duration": 600,
                "max_duration": 3600,
                "min_power": 20,
                "max_power": 60.5,
            },
        },
        {
            "price_components": [{"type": "PARKING_TIME", "price": 18, "step_size": 60}],
            "restrictions": {"day_of_week": ["SUNDAY"]},
        },
        {
            "price_components": [{"type": "FLAT", "price": 0.5, "step_size": 1}],
            "restrictions": {"reservation": "RESERVATION"},
        },
        {
            "price_components": [{"type": "TIME", "price": 0.12345, "step_size": 1}],
            "restrictions": {"min_current": 16},
        },
    ]
    tariff = await read_tariff(
        ocpi,
        wire,
        type="AD_HOC_PAYMENT",
        tariff_alt_text=[{"language": "en", "text": "Fast"}, {"language": "zh", "text": "快充"}],
        min_price={"excl_vat": 1.0, "incl_vat": 1.06},
        max_price={"excl_vat": 100},
        start_date_time="2026-06-30T16:00:00Z",
        end_date_time="2026-12-31T16:00:00",
        elements=elements,
    )
    assert tariff == ChargingTariffRecord(
        ref=Ref("cpo", "t"),
        as_of=NOW,
        name="快充",
        name_en="Fast",
        type=ChargingTariffType.AD_HOC,
        minimum=Price(amount=Decimal("1.06")),
        maximum=Price(amount=Decimal("100.00")),
        valid_from=datetime.fromisoformat("2026-07-01T00:00:00+08:00"),
        valid_until=datetime.fromisoformat("2027-01-01T00:00:00+08:00"),
        lines=(
            ChargingPriceLine(
                unit=ChargingPriceUnit.KWH,
                price=Price(amount=Decimal("1.272")),
                hours=(hours_on([Weekday.MONDAY, Weekday.SATURDAY], time(22), time(6)),),
                from_date=date(2026, 11, 1),
                until_date=date(2026, 12, 1),
                from_kwh=Decimal(10),
                to_kwh=Decimal(50),
                from_minutes=10,
                to_minutes=60,
                from_kw=Decimal(20),
                to_kw=Decimal("60.5"),
            ),
            ChargingPriceLine(
                unit=ChargingPriceUnit.HOUR_PARKED,
                price=Price(amount=Decimal("18.00")),
                hours=(hours_on([Weekday.SUNDAY], time(0), time(0)),),
            ),
            ChargingPriceLine(
                unit=ChargingPriceUnit.SESSION, price=Price(amount=Decimal("0.50")), reservation=True
            ),
            ChargingPriceLine(
                unit=ChargingPriceUnit.HOUR_CHARGING,
                price=Price(amount=Decimal("0.1234")),
                otherwise_limited=True,
            ),
        ),
    )


@pytest.mark.parametrize(
    "restrictions",
    [{"start_time": "25:00"}, {"end_time": "noon"}, {"start_date": "today"}, {"day_of_week": ["FUNDAY"]}],
)
async def test_a_tariff_that_makes_no_sense_is_left_out(
    ocpi: Ocpi, wire: respx.Router, restrictions: dict[str, Any]
) -> None:
    """Better no price than a wrong one."""
    element: dict[str, Any] = {"price_components": [{"type": "ENERGY", "price": 1}]}
    good = {"id": "G", "currency": "CNY", "elements": [element], "last_updated": CHANGED}
    bad = {**good, "id": "B", "elements": [{**element, "restrictions": restrictions}]}
    wire.get("/tariffs").mock(side_effect=[page(good, bad, x_total_count="2")])
    changes, _ = await ocpi.read(feed="tariffs")
    assert ids(changes) == ["g"]


async def test_ids_are_compared_whatever_their_case(ocpi: Ocpi, wire: respx.Router) -> None:
    """Servers that write ids in lower case leave the references to them as they were."""
    points = [evse(connectors=[plug(tariff_ids=["LGD-DC"])])]
    wire.get("/locations").mock(side_effect=[page(location("lgd-0001", evses=points), x_total_count="1")])
    await ocpi.read()
    wanted = (await ocpi.one("lgd-0001")).points[0].connectors[0].tariffs
    await read_tariff(ocpi, wire, id="lgd-dc")
    assert [ref.id for ref in await ocpi.charging_tariffs(wanted)] == ["lgd-dc"]


async def test_an_operator_without_tariffs(connect: Connect, wire: respx.Router) -> None:
    """Its connectors lead to none, and nobody is asked for any."""
    ocpi: Ocpi = await connect(Ocpi, {"tariffs": False}, id="cpo")
    assert [feed.name for feed in ocpi.feeds()] == ["locations"]
    points = [evse(connectors=[plug(tariff_ids=["T"])])]
    station = await read_one(ocpi, wire, location(evses=points))
    assert station.points[0].connectors[0].tariffs == ()
    assert await ocpi.charging_tariffs([Ref("cpo", "t")]) == {}


async def test_how_often_is_asked(connect: Connect) -> None:
    """Locations every 30 s and tariffs every 10 minutes, all of both every hour, unless options say so."""
    ocpi: Ocpi = await connect(Ocpi, {})
    assert [(feed.name, feed.pause_s, feed.reread_s) for feed in ocpi.feeds()] == [
        ("locations", 30, 3600),
        ("tariffs", 600, 3600),
    ]
    ocpi = await connect(Ocpi, {"pause_s": 5, "tariffs_pause_s": 60, "reread_s": 300})
    assert [(feed.name, feed.pause_s, feed.reread_s) for feed in ocpi.feeds()] == [
        ("locations", 5, 300),
        ("tariffs", 60, 300),
    ]
