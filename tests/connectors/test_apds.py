"""APDS v4 at the wire: pages, counts and percentages, hours, and which tariff is whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from connectors.apds import CONNECTOR
from connectors.apds.connector import Apds
from connectors.kit import Code, SourceError
from schema.core.geo import Near, to_gcj02
from schema.core.hours import WEEK, Weekday, hours_on
from schema.core.record import Position, Ref
from schema.parking.lookups import AllRights, TariffsKey
from schema.parking.records import (
    BayAreaRecord,
    BayPurpose,
    ParkingGrade,
    ParkingLayout,
    ParkingLotRecord,
    ParkingOccupancy,
    TariffBasis,
    TariffLine,
    TariffRecord,
)
from schema.parking.wording import summary_en, summary_zh
from tests.connectors.conftest import Connect

INSTANT = 1_795_485_540
"""Meta's referenceInstant in these tests: a minute before NOW."""
AS_OF = datetime.fromisoformat("2026-11-24T09:59:00+08:00")
CIRCLE = Near(22.6, 114.12, 800)
WORKDAYS = WEEK[:5]


@pytest.fixture
async def city(connect: Connect) -> Apds:
    """A connector for an operator called `city`."""
    connector: Apds = await connect(CONNECTOR, id="city")
    return connector


def text(zh: str, en: str = "") -> list[dict[str, str]]:
    return [{"language": "zh", "string": zh}, *([{"language": "en", "string": en}] if en else [])]


def place(id_: str = "a", **fields: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "version": 1,
        "type": "place",
        "name": text(f"{id_}停车场"),
        "layer": 0,
        "hierarchyElementRecord": {"creationTime": "2026-01-01T00:00:00Z"},
        "timeZone": "Asia/Shanghai",
        **fields,
    }


def demand(at: str = "2026-11-24T01:58:00Z", **fields: Any) -> dict[str, Any]:
    return {"recordDateTime": at, "occupancyCalculation": "counted", **fields}


def reference(supply: Sequence[Mapping[str, Any]] = (), *demands: Mapping[str, Any]) -> dict[str, Any]:
    """A hierarchyElementReference with these supplies, and with a demand table of these demands."""
    tables = [{"timestamp": "2026-11-24T01:58:00Z", "demandType": list(demands)}] if demands else []
    return {"elementId": {"id": "a", "version": 1}, "supply": list(supply), "demandTable": tables}


def bays(quantity: int, view: str = "spaceView", **validity: str) -> dict[str, Any]:
    return {"supplyViewType": view, "supplyQuantity": quantity, **validity}


def listing(*items: Any, total: int | None = None, size: int = 200, offset: int = 0) -> dict[str, Any]:
    return {
        "meta": {
            "referenceInstant": INSTANT,
            "pageSize": size,
            "offset": offset,
            "total": len(items) if total is None else total,
        },
        "data": list(items),
    }


async def near(connector: Apds, wire: respx.Router, *items: Any) -> list[ParkingLotRecord]:
    """What becomes of these items of /places."""
    wire.get("/places").respond(json=listing(*items))
    return list((await connector.lots_near([CIRCLE]))[CIRCLE])


async def one(connector: Apds, wire: respx.Router, **fields: Any) -> ParkingLotRecord:
    """What becomes of a place with these fields."""
    found = await near(connector, wire, place(**fields))
    return found[0]


def asked(wire: respx.Router) -> list[str]:
    """Paths and queries of every call, as a reader would write them."""
    urls = [call.request.url for call in wire.calls]
    return [
        url.path.removeprefix("/api/")
        + "".join(f" {name}={value}" for name, value in url.params.items() if name not in ("expand", "type"))
        for url in urls
    ]


# Places


async def test_a_search_asks_for_all_that_a_car_park_shows(city: Apds, wire: respx.Router) -> None:
    """One call by area, of places only, with every attribute that a record is made of."""
    assert await near(city, wire) == []
    assert dict(wire.calls.last.request.url.params) == {
        "latitude": "22.6",
        "longitude": "114.12",
        "radius": "800",
        "type": "place",
        "expand": "rightSpecifications,occupancy,pointLocation,streetAddress,openingTimes,characteristics",
    }


async def test_a_place_becomes_a_car_park(city: Apds, wire: respx.Router) -> None:
    """Every field that the standard has a place for."""
    lot = await one(
        city,
        wire,
        name=[{"language": "en", "string": "Deck"}, {"language": "zh", "string": "立体停车库"}],
        indicativePlacePointLocation=[{"type": "Point", "coordinates": [114.121, 22.601]}],
        placeStreetAddress={
            "city": text("深圳市", "Shenzhen"),
            "addressLines": [
                {"order": 1, "type": "street", "text": text("龙岭路1号")},
                {"order": 0, "type": "districtTerritory", "text": text("龙岗区")},
            ],
        },
        characteristics={
            "structureType": "offStreetStructure",
            "structureGrade": "aboveGround",
            "spacesTotal": 101,
            "evChargingPoints": 8,
            "disabledAccess": True,
        },
        hierarchyElementReference=reference([bays(100)], demand(count=64)),
        times={
            "available24hours": True,
            "openAllYear": True,
            "openingTimesNotSpecified": False,
            "openingTimesUnknown": False,
        },
        childIds=[
            {"id": "a-ev", "version": 1, "className": "IdentifiedArea"},
            {"id": "a-1", "version": 1, "className": "Space"},
        ],
        rightSpecifications=[{"id": "visit", "version": 2}, {"id": "pass", "version": 1}],
    )
    at = datetime.fromisoformat("2026-11-24T09:58:00+08:00")
    assert lot == ParkingLotRecord(
        ref=Ref("city", "a"),
        as_of=at,
        name="立体停车库",
        name_en="Deck",
        position=Position(lat=22.601, lng=114.121),
        address="深圳市龙岗区龙岭路1号",
        layout=ParkingLayout.STRUCTURE,
        grade=ParkingGrade.ABOVE_GROUND,
        capacity=100,
        occupancy=ParkingOccupancy(free=36, occupied=64, capacity=100, percent=64.0, at=at),
        open_24h=True,
        ev_points=8,
        accessible=True,
        areas=(Ref("city", "a-ev"),),
        rights=("pass@1", "visit@2"),
    )


async def test_a_bare_place_is_a_car_park_of_which_little_is_known(city: Apds, wire: respx.Router) -> None:
    """What the operator omits is null; the data are as of the list's referenceInstant."""
    assert await one(city, wire) == ParkingLotRecord(ref=Ref("city", "a"), as_of=AS_OF, name="a停车场")


async def test_elements_of_other_types_are_no_car_parks(city: Apds, wire: respx.Router) -> None:
    """A system that passes over `type` costs nothing but bytes."""
    found = await near(
        city, wire, place("a", type="campus"), place("b"), place("b-ev", type="identifiedArea")
    )
    assert [lot.ref.id for lot in found] == ["b"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ([{"language": "zh-CN", "string": "甲"}, {"language": "EN", "string": "A"}], ("甲", "A")),
        ([{"language": "en", "string": "A"}], ("A", "A")),
        ([{"language": "de", "string": "A"}], ("A", None)),
        ([{"language": "zh", "string": " "}, {"language": "en", "string": "A"}], ("A", "A")),
    ],
)
async def test_names_are_taken_in_the_languages_there_are(
    city: Apds, wire: respx.Router, name: Any, expected: tuple[str, str | None]
) -> None:
    """Chinese first, then English, then whatever there is; locale-like language codes are understood."""
    lot = await one(city, wire, name=name)
    assert (lot.name, lot.name_en) == expected


async def test_an_address_in_another_language_has_commas(city: Apds, wire: respx.Router) -> None:
    """Chinese addresses run on, others do not."""
    english = [{"language": "en", "string": "1 Longling Road"}]
    lines = [{"order": 1, "type": "street", "text": english}]
    address = {"city": [{"language": "en", "string": "Shenzhen"}], "addressLines": lines}
    assert (await one(city, wire, placeStreetAddress=address)).address == "Shenzhen, 1 Longling Road"


async def test_values_unknown_to_us_cost_only_themselves(city: Apds, wire: respx.Router) -> None:
    """A structure that the standard may add later, and a field of the vendor's own."""
    told = {"structureType": "floating", "structureGrade": "orbital", "spacesTotal": "60"}
    lot = await one(city, wire, characteristics=told, vendorRating=5)
    assert (lot.layout, lot.grade, lot.capacity) == (None, None, 60)


@pytest.mark.parametrize("coordinates", [[], [114.12], [22.6, 114.12]])
async def test_a_point_that_cannot_be_one_is_no_position(
    city: Apds, wire: respx.Router, coordinates: list[float]
) -> None:
    """Latitude first, against GeoJSON, would put the car park into the sea."""
    points = [{"type": "Point", "coordinates": coordinates}]
    assert (await one(city, wire, indicativePlacePointLocation=points)).position is None


async def test_an_operator_may_hold_gcj02(connect: Connect, wire: respx.Router) -> None:
    """With `crs`, the question is put in GCJ-02 and positions come back in WGS-84."""
    connector: Apds = await connect(CONNECTOR, {"crs": "GCJ02"}, id="city")
    held = to_gcj02(Position(lat=22.601, lng=114.121))
    points = [{"type": "Point", "coordinates": [held.lng, held.lat]}]
    lot = await one(connector, wire, indicativePlacePointLocation=points)
    assert lot.position is not None
    assert (lot.position.lat, lot.position.lng) == pytest.approx((22.601, 114.121), abs=1e-6)
    centre = to_gcj02(Position(lat=CIRCLE.lat, lng=CIRCLE.lng))
    params = wire.calls.last.request.url.params
    assert (float(params["latitude"]), float(params["longitude"])) == (centre.lat, centre.lng)


async def test_one_bad_item_does_not_lose_the_others(city: Apds, wire: respx.Router) -> None:
    """It is passed over and logged, without what it holds."""
    with capture_logs() as logs:
        found = await near(city, wire, place("a"), place("b", name=[]), {"id": "c"}, place("d"))
    assert [lot.ref.id for lot in found] == ["a", "d"]
    expected = {"source": "city", "what": "places", "count": 2, "event": "items passed over"}
    assert logs == [{**expected, "log_level": "warning"}]


@pytest.mark.parametrize(
    "body",
    [
        {"data": []},
        {"meta": {"pageSize": 200, "offset": 0, "total": 0}, "data": []},
        listing({"id": "a"}),
        listing(place(), total=1_000, size=1),
        [],
    ],
)
async def test_what_breaks_the_standard_is_malformed(city: Apds, wire: respx.Router, body: Any) -> None:
    """No envelope, no meta, no good item, or a list that would never end."""
    wire.get("/places").respond(json=body)
    with pytest.raises(SourceError) as caught:
        await city.lots_near([CIRCLE])
    assert caught.value.code is Code.SOURCE_MALFORMED


# Pages


async def test_every_page_is_read(city: Apds, wire: respx.Router) -> None:
    """The first without a number, the others side by side; an item that moved between pages counts once."""
    pages = [
        listing(place("a"), place("b"), total=5, size=2),
        listing(place("b"), place("c"), total=5, size=2),
    ]
    pages.append(listing(place("d"), total=5, size=2))
    wire.get("/places", params={"page": "2"}).respond(json=pages[1])
    wire.get("/places", params={"page": "3"}).respond(json=pages[2])
    wire.get("/places").respond(json=pages[0])
    found = (await city.lots_near([CIRCLE]))[CIRCLE]
    assert [lot.ref.id for lot in found] == ["a", "b", "c", "d"]
    area = " latitude=22.6 longitude=114.12 radius=800"
    assert asked(wire) == [f"places{area}", f"places{area} page=2", f"places{area} page=3"]


async def test_a_page_may_hold_less_than_it_says(city: Apds, wire: respx.Router) -> None:
    """What the first page gives counts the pages, not its pageSize."""
    wire.get("/places", params={"page": "2"}).respond(json=listing(place("c"), total=3))
    wire.get("/places").respond(json=listing(place("a"), place("b"), total=3))
    assert len((await city.lots_near([CIRCLE]))[CIRCLE]) == 3


# Occupancy


@pytest.mark.parametrize(
    ("supply", "demands", "expected"),
    [
        ([bays(80)], [demand(count=20)], (60, 20, 80, 25.0)),
        ([bays(80)], [demand(percentage=25.2)], (60, 20, 80, 25.2)),
        ([bays(80)], [demand(count=20, percentage=26.0)], (60, 20, 80, 26.0)),
        ([bays(80)], [demand(count=83)], (0, 83, 80, 100.0)),
        ([bays(0)], [demand(count=0)], (0, 0, 0, None)),
        ([], [demand(count=20)], (None, 20, None, None)),
        ([], [demand(percentage=25.0)], (None, None, None, 25.0)),
        ([bays(80)], [demand(count="20")], (60, 20, 80, 25.0)),
    ],
)
async def test_occupancy_is_a_count_or_a_percentage(
    city: Apds, wire: respx.Router, supply: Any, demands: Any, expected: Any
) -> None:
    """Each is made from the other where there is a supply; more cars than bays leave none free."""
    lot = await one(city, wire, hierarchyElementReference=reference(supply, *demands))
    assert lot.occupancy is not None
    assert (
        lot.occupancy.free,
        lot.occupancy.occupied,
        lot.occupancy.capacity,
        lot.occupancy.percent,
    ) == expected


@pytest.mark.parametrize(
    "demands",
    [[], [demand()], [demand(count=20, occupancyCalculation="expected")]],
    ids=["none", "bare", "forecast"],
)
async def test_no_count_is_no_occupancy(city: Apds, wire: respx.Router, demands: Any) -> None:
    """A forecast is none either."""
    lot = await one(city, wire, hierarchyElementReference=reference([bays(80)], *demands))
    assert (lot.occupancy, lot.capacity, lot.as_of) == (None, 80, AS_OF)


async def test_the_latest_and_best_count_is_taken(city: Apds, wire: respx.Router) -> None:
    """The newest of all tables; of two of one instant, the counted one before the derived."""
    old, new = "2026-11-24T01:55:00Z", "2026-11-24T01:58:00Z"
    element = reference(
        [bays(80)],
        demand(old, count=1),
        demand(new, count=2, occupancyCalculation="derived"),
        demand(new, count=3),
        demand("2026-11-24T05:00:00Z", count=4, occupancyCalculation="expected"),
    )
    element["demandTable"].append({"demandType": [demand(old, count=5)]})
    lot = await one(city, wire, hierarchyElementReference=element)
    assert lot.occupancy is not None
    assert lot.occupancy.occupied == 3


@pytest.mark.parametrize(
    ("supply", "capacity"),
    [
        ([bays(60, "vehicleView"), bays(50)], 50),
        ([bays(60, "vehicleView")], 60),
        ([bays(50, supplyValidityEnd="2026-01-01T00:00:00Z"), bays(40)], 40),
        ([bays(50, supplyValidityStart="2027-01-01T00:00:00Z"), bays(40)], 40),
        (
            [
                bays(50, supplyValidityStart="2026-01-01T00:00:00Z"),
                bays(40, supplyValidityStart="2025-01-01T00:00:00Z"),
            ],
            50,
        ),
        ([], 70),
    ],
)
async def test_the_supply_that_is_valid_now_is_the_capacity(
    city: Apds, wire: respx.Router, supply: Any, capacity: int
) -> None:
    """Marked bays before estimates, the latest before earlier ones, and spacesTotal where there is none."""
    lot = await one(
        city, wire, hierarchyElementReference=reference(supply), characteristics={"spacesTotal": 70}
    )
    assert lot.capacity == capacity


# Hours


def times(**fields: Any) -> dict[str, Any]:
    return {
        "available24hours": False,
        "openAllYear": True,
        "openingTimesNotSpecified": False,
        "openingTimesUnknown": False,
        **fields,
    }


def period(start: str = "", end: str = "", **fields: Any) -> dict[str, Any]:
    of_day = [{"startTimeOfPeriod": start, "endTimeOfPeriod": end}] if start else []
    return {"recurringTimePeriodOfDay": of_day, **fields}


def days(*names: str, **fields: Any) -> dict[str, Any]:
    return {"recurringDayWeekMonthPeriod": [{"applicableDay": list(names), **fields}]}


SATURDAY = days("saturday")


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ([period("8:00", "22:30")], [hours_on(WEEK, time(8), time(22, 30))]),
        ([period("22:00", "06:00")], [hours_on(WEEK, time(22), time(6))]),
        ([period("06:00", "24:00")], [hours_on(WEEK, time(6), time(0))]),
        ([period(**SATURDAY)], [hours_on([Weekday.SATURDAY], time(0), time(0))]),
        (
            [period("08:00", "20:00", **days("monday", "tuesday")), period("10:00", "18:00", **SATURDAY)],
            [
                hours_on([Weekday.MONDAY, Weekday.TUESDAY], time(8), time(20)),
                hours_on([Weekday.SATURDAY], time(10), time(18)),
            ],
        ),
        (
            [period("08:00", "20:00", **days(applicableMonth=["november"]))],
            [hours_on(WEEK, time(8), time(20))],
        ),
        ([period("08:00", "20:00", **days(applicableMonth=["july"]))], []),
        ([period("08:00", "20:00", **days("monday", applicableWeek=["firstWeekOfMonth"]))], []),
        ([period("08:00", "20:00", endOfPeriod="2026-01-01T00:00:00Z")], []),
        ([period("08:00", "20:00", recurringSpecialDay=[{"specialDayType": "publicHoliday"}])], []),
        ([period("eight", "20:00")], []),
    ],
)
async def test_periods_become_opening_hours(
    city: Apds, wire: respx.Router, periods: Any, expected: Any
) -> None:
    """In season, by day of the week; what hangs on holidays or on the week of the month is passed over."""
    lot = await one(city, wire, times=times(operatingTime={"type": "periods", "periods": periods}))
    assert (lot.open_24h, list(lot.opening_hours)) == (False, expected)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (times(available24hours=True), True),
        (times(available24hours=True, openAllYear=False), False),
        (times(openingTimesUnknown=True), None),
        (times(openingTimesNotSpecified=True), None),
        ({"available24hours": True}, True),
        (None, None),
    ],
)
async def test_never_closing_is_told_or_unknown(
    city: Apds, wire: respx.Router, told: Any, expected: bool | None
) -> None:
    """Unknown hours are unknown, and not closed."""
    lot = await one(city, wire, **({"times": told} if told else {}))
    assert (lot.open_24h, lot.opening_hours, lot.closed) == (expected, (), False)


EXCEPTION = {"exceptionPeriods": [period("09:00", "11:00", **days("tuesday"))]}


@pytest.mark.parametrize(
    ("validity", "closed"),
    [
        ({"validityStatus": "suspended", "validityTimeSpecification": {}}, True),
        ({"validityStatus": "planned", "validityTimeSpecification": {}}, True),
        ({"validityStatus": "active", "validityTimeSpecification": EXCEPTION}, False),
        ({"validityTimeSpecification": EXCEPTION}, True),
        ({"validityTimeSpecification": {"exceptionPeriods": [period("11:00", "12:00")]}}, False),
        ({"validityTimeSpecification": {"overallEndTime": "2026-11-01T00:00:00Z"}}, True),
        ({"validityTimeSpecification": {"overallStartTime": "2026-11-01T00:00:00Z"}}, False),
    ],
)
async def test_a_validity_can_close_a_car_park(
    city: Apds, wire: respx.Router, validity: dict[str, Any], closed: bool
) -> None:
    """Suspended, not begun, ended, or within an exception; its periods are the hours all the same."""
    specification = validity["validityTimeSpecification"] | {"validPeriods": [period("08:00", "20:00")]}
    whole = {"type": "validity", "validity": {**validity, "validityTimeSpecification": specification}}
    lot = await one(city, wire, times=times(operatingTime=whole))
    assert (lot.closed, lot.opening_hours) == (closed, (hours_on(WEEK, time(8), time(20)),))


# Single elements and many


def refs(*ids: str) -> list[Ref]:
    return [Ref("city", id_) for id_ in ids]


async def test_few_are_read_by_id(city: Apds, wire: respx.Router) -> None:
    """One call each, as of now where nothing is counted; one that is not there is absent."""
    wire.get("/places/a").respond(json=place("a"))
    wire.get("/places/b").respond(404, json={"status": "error", "code": 404})
    wire.get("/places/c").respond(410)
    found = await city.lots(refs("a", "b", "c"))
    assert {ref.id: lot.as_of.isoformat() for ref, lot in found.items()} == {"a": "2026-11-24T10:00:00+08:00"}
    assert asked(wire) == ["places/a", "places/b", "places/c"]


async def test_ids_cannot_leave_their_place_in_the_url(city: Apds, wire: respx.Router) -> None:
    """They are the client's: quoted, and never a step up."""
    wire.get(url__regex=r".*").respond(404)
    assert await city.lots(refs("../rates", "..", "a/../b")) == {}
    assert await city.lots(refs("a/b?c")) == {}
    paths = [call.request.url.raw_path.decode().partition("?expand")[0] for call in wire.calls]
    assert paths == ["/api/places/a%2Fb%3Fc"]


async def test_an_element_of_another_type_is_not_found(city: Apds, wire: respx.Router) -> None:
    """An area's id in a car park's place."""
    wire.get("/places/a-ev").respond(json=place("a-ev", type="identifiedArea"))
    assert await city.lots(refs("a-ev")) == {}


async def test_many_are_read_as_a_list(city: Apds, wire: respx.Router) -> None:
    """More than three: one page instead; what is not in the list is not there."""
    wire.get("/places").respond(json=listing(*(place(id_) for id_ in "abcde")))
    found = await city.lots(refs("a", "c", "x", "e"))
    assert [ref.id for ref in found] == ["a", "c", "e"]
    assert asked(wire) == ["places"]


async def test_the_rest_of_a_list_is_read_where_much_is_missing(city: Apds, wire: respx.Router) -> None:
    """After the first page, two pages are left and three are missing."""
    pages = [listing(*(place(id_) for id_ in ids), total=6, size=2) for ids in ("ab", "cd", "ef")]
    for number in (2, 3):
        wire.get("/places", params={"page": str(number)}).respond(json=pages[number - 1])
    wire.get("/places").respond(json=pages[0])
    assert len(await city.lots(refs("a", "d", "e", "f"))) == 4
    assert asked(wire) == ["places", "places page=2", "places page=3"]


async def test_single_ones_are_read_where_little_is_missing(city: Apds, wire: respx.Router) -> None:
    """After the first page, two pages are left and one is missing; the list's length is remembered."""
    wire.get("/places").respond(json=listing(*(place(id_) for id_ in "abc"), total=13))
    wire.get(url__regex=r".*/places/.").respond(json=place("z"))
    assert len(await city.lots(refs("a", "b", "c", "z"))) == 4
    assert asked(wire) == ["places", "places/z"]
    await city.lots(refs("w", "x", "y", "z"))
    assert asked(wire)[2:] == ["places/w", "places/x", "places/y", "places/z"]


async def test_parts_tell_what_their_bays_are_for(city: Apds, wire: respx.Router) -> None:
    """The restriction says for whom, the supply how many."""
    supply = reference([bays(4)])
    kinds = {"ev": "electricVehicleOnly", "accessible": "disabledPersonPermitOnly", "van": "loadingOnly"}
    for id_, kind in kinds.items():
        element = place(
            id_,
            type="identifiedArea",
            operatingRestrictions=[{"operatingRestriction": kind}],
            hierarchyElementReference=supply,
        )
        wire.get(f"/places/{id_}").respond(json=element)
    found = await city.areas(refs(*kinds))
    assert {ref.id: area for ref, area in found.items()} == {
        "ev": BayAreaRecord(purpose=BayPurpose.EV, bays=4),
        "accessible": BayAreaRecord(purpose=BayPurpose.ACCESSIBLE, bays=4),
        "van": BayAreaRecord(purpose=None, bays=4),
    }


async def test_a_failing_read_is_the_sources_failure(city: Apds, wire: respx.Router) -> None:
    """Anything but "not found" is an error, not an absence."""
    wire.get("/places/a").respond(403)
    with pytest.raises(SourceError) as caught:
        await city.lots(refs("a"))
    assert caught.value.code is Code.SOURCE_REJECTED


# Tariffs


def line(sequence: int, value: float | str, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"line-{sequence}",
        "version": 1,
        "sequence": sequence,
        "rateLineType": "flatRateTier",
        "value": value,
        **fields,
    }


def collection(*lines: Any, sequence: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"collection-{sequence}",
        "version": 1,
        "collectionSequence": sequence,
        "applicableCurrency": "CNY",
        "resetTime": "00:00",
        "validStart": "2026-01-01T00:00:00Z",
        "relativeTimes": False,
        "taxIncluded": True,
        "rateLines": list(lines),
        **fields,
    }


def rate(id_: str = "r", *collections: Any, **fields: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "version": 1,
        "rateTableName": text(f"{id_}收费", id_),
        "availability": "public",
        "rateLineCollections": list(collections),
        **fields,
    }


async def tariff_of(connector: Apds, wire: respx.Router, table: dict[str, Any]) -> TariffRecord | None:
    """What becomes of a rate table."""
    wire.get("/rates/r").respond(json=table)
    return (await connector.tariffs(refs("r"))).get(Ref("city", "r"))


VISIT = rate(
    "r",
    collection(
        line(3, 2.5, rateLineType="incrementingRate", durationStart="01:00", incrementPeriod="PT30M"),
        line(1, 0, durationStart="00:00", durationEnd="00:30"),
        line(2, 10, durationStart="00:30", durationEnd="01:00"),
        maxValueCollection={"currencyType": "CNY", "currencyValue": 50},
    ),
    rateType="hourly",
    validity={"validityTimeSpecification": {"validPeriods": [period("07:30", "21:00")]}},
)


async def test_a_rate_table_becomes_a_tariff(city: Apds, wire: respx.Router) -> None:
    """Its steps by sequence, amounts to the cent, the free minutes, the cap and when it is charged."""
    tariff = await tariff_of(city, wire, VISIT)
    assert tariff == TariffRecord(
        ref=Ref("city", "r"),
        as_of=datetime.fromisoformat("2026-11-24T10:00:00+08:00"),
        name="r收费",
        name_en="r",
        basis=TariffBasis.HOURLY,
        free_minutes=30,
        lines=(
            TariffLine(from_minutes=0, to_minutes=30, amount=Decimal("0.00")),
            TariffLine(from_minutes=30, to_minutes=60, amount=Decimal("10.00")),
            TariffLine(from_minutes=60, to_minutes=None, amount=Decimal("2.50"), per_minutes=30),
        ),
        daily_cap=Decimal("50.00"),
        applicable_hours=(hours_on(WEEK, time(7, 30), time(21)),),
    )
    assert summary_zh(tariff) == (
        "30分钟内免费；30分钟至1小时10元；1小时后每30分钟2.5元；每日封顶50元；适用时段07:30–21:00"
    )
    assert summary_en(tariff) == (
        "free for 30 min; CNY 10 from 30 min to 1 h; after 1 h CNY 2.5 every 30 min;"
        " at most CNY 50 a day; applies 07:30–21:00"
    )


@pytest.mark.parametrize(
    ("fields", "expected", "zh", "en"),
    [
        ({"incrementPeriod": "P1M"}, (None, None, None, 1), "月卡300元", "CNY 300 a month"),
        ({"incrementPeriod": "P1Y"}, (None, None, None, 12), "年卡300元", "CNY 300 for 12 months"),
        ({"incrementPeriod": "P2M"}, (None, None, None, 2), "2个月300元", "CNY 300 for 2 months"),
        ({}, (None, None, None, None), "每次300元", "CNY 300 once"),
    ],
)
async def test_flat_rates_have_no_minutes(
    city: Apds, wire: respx.Router, fields: Any, expected: Any, zh: str, en: str
) -> None:
    """A pass is by the month; what is charged once is charged once."""
    table = rate("r", collection(line(1, 300, rateLineType="flatRate", **fields)), rateType="contract")
    tariff = await tariff_of(city, wire, table)
    assert tariff is not None
    (step,) = tariff.lines
    assert (step.from_minutes, step.to_minutes, step.per_minutes, step.per_months) == expected
    assert tariff.monthly == (Decimal("300.00") if expected[3] == 1 else None)
    assert (tariff.free_minutes, tariff.basis) == (None, TariffBasis.CONTRACT)
    assert (summary_zh(tariff), summary_en(tariff)) == (zh, en)


@pytest.mark.parametrize(
    ("fields", "expected", "zh", "en"),
    [
        (
            {"durationStart": "02:00:00", "durationEnd": "07:00:00", "incrementPeriod": "P1D"},
            (2880, 10080, 1440, 0),
            "2天后每24小时5元",
            "after 2 days CNY 5 every 24 h",
        ),
        ({"incrementPeriod": "PT1H30M"}, (0, None, 90, 0), "每1小时30分钟5元", "CNY 5 every 1 h 30 min"),
        ({"incrementPeriod": "P1W"}, (0, None, 10080, 0), "每7天5元", "CNY 5 every 7 days"),
        ({"incrementPeriod": "hourly"}, (0, None, None, 0), "每次5元", "CNY 5 once"),
        ({"durationStart": "1h"}, (0, None, None, 0), "每次5元", "CNY 5 once"),
        ({"durationStart": "01:00"}, (60, None, None, 0), "1小时后5元", "CNY 5 after 1 h"),
        ({"durationEnd": "00:45"}, (0, 45, None, 0), "45分钟内5元", "CNY 5 up to 45 min"),
    ],
)
async def test_durations_are_read_in_every_form(
    city: Apds, wire: respx.Router, fields: Any, expected: Any, zh: str, en: str
) -> None:
    """`hh:mm`, `dd:hh:mm` and ISO 8601; what is none of these is left out."""
    table = rate("r", collection(line(1, 5, rateLineType="incrementingRate", **fields)))
    tariff = await tariff_of(city, wire, table)
    assert tariff is not None
    (step,) = tariff.lines
    assert (step.from_minutes, step.to_minutes, step.per_minutes, tariff.free_minutes) == expected
    assert (summary_zh(tariff), summary_en(tariff)) == (zh, en)


@pytest.mark.parametrize(
    ("lines", "minutes", "zh", "en"),
    [
        ([line(1, 0)], None, "免费", "free"),
        (
            [line(1, 0, durationEnd="00:15"), line(2, 0, durationStart="00:15")],
            None,
            "15分钟内免费；15分钟后免费",
            "free for 15 min; free after 15 min",
        ),
        (
            [line(1, 5, durationEnd="01:00"), line(2, 0, durationStart="01:00", durationEnd="02:00")],
            0,
            "1小时内5元；1小时至2小时免费",
            "CNY 5 up to 1 h; free from 1 h to 2 h",
        ),
        ([line(1, 0, durationStart="01:00")], 0, "1小时后免费", "free after 1 h"),
        ([], None, "", ""),
    ],
)
async def test_free_minutes_are_those_at_the_start(
    city: Apds, wire: respx.Router, lines: Any, minutes: int | None, zh: str, en: str
) -> None:
    """As long as steps cost nothing; free without end has no such number."""
    tariff = await tariff_of(city, wire, rate("r", collection(*lines)))
    assert tariff is not None
    assert tariff.free_minutes == minutes
    assert (summary_zh(tariff), summary_en(tariff)) == (zh, en)


@pytest.mark.parametrize(
    "table",
    [
        rate(availability="private"),
        rate(validity={"validityStatus": "suspended", "validityTimeSpecification": {}}),
        rate(validity={"validityTimeSpecification": {"overallStartTime": "2027-01-01T00:00:00Z"}}),
        rate(validity={"validityTimeSpecification": {"overallEndTime": "2026-01-01T00:00:00Z"}}),
    ],
    ids=["private", "suspended", "future", "past"],
)
async def test_what_is_not_in_force_for_residents_is_no_tariff(
    city: Apds, wire: respx.Router, table: dict[str, Any]
) -> None:
    """Next year's prices and those of a closed circle would mislead."""
    assert await tariff_of(city, wire, table) is None


@pytest.mark.parametrize(
    "period",
    [
        {"recurringDayWeekMonthPeriod": [{"applicableMonth": ["july"]}]},
        {"recurringSpecialDay": [{"intersectWithApplicableDays": True}]},
        {"endOfPeriod": "2025-12-31T00:00:00Z"},
    ],
    ids=["another month", "public holidays", "last year"],
)
async def test_a_table_out_of_season_is_no_tariff(
    city: Apds, wire: respx.Router, period: dict[str, Any]
) -> None:
    """Its periods say when a table holds; one that holds at no time of these days is not shown."""
    table = rate(validity={"validityTimeSpecification": {"validPeriods": [period]}})
    assert await tariff_of(city, wire, table) is None


@pytest.mark.parametrize("value", ["1e30", "NaN", -2e9])
async def test_an_amount_that_is_none_costs_only_its_table(
    city: Apds, wire: respx.Router, value: Any
) -> None:
    """Neither infinity nor a price of billions is shown as one."""
    with pytest.raises(SourceError) as caught:
        await tariff_of(city, wire, rate("r", collection(line(1, value))))
    assert caught.value.code is Code.SOURCE_MALFORMED


async def test_a_null_is_what_is_absent(city: Apds, wire: respx.Router) -> None:
    """Serialisers write null for every optional attribute without a value: no car park is lost for it."""
    nothing = dict.fromkeys(("characteristics", "childIds", "times", "placeStreetAddress", "occupancyLevel"))
    found = await near(city, wire, place("a", **nothing))
    assert [lot.ref.id for lot in found] == ["a"]


async def test_a_supply_for_ever_is_read(city: Apds, wire: respx.Router) -> None:
    """ "For ever" is written as the end of the calendar."""
    supply = {
        "supplyViewType": "spaceView",
        "supplyQuantity": 9,
        "supplyValidityEnd": "9999-12-31T23:59:59Z",
    }
    (lot,) = await near(city, wire, place("a", hierarchyElementReference={"supply": [supply]}))
    assert lot.capacity == 9


async def test_a_page_that_has_gone_is_empty(city: Apds, wire: respx.Router) -> None:
    """A list that shrank, or whose first page was short, is whole without it."""
    wire.get("/places", params={"page": "2"}).respond(404, json={"status": "error", "code": 404})
    wire.get("/places").respond(json=listing(place("a"), total=2, size=1))
    (found,) = (await city.lots_near([CIRCLE])).values()
    assert [lot.ref.id for lot in found] == ["a"]


async def test_an_instant_that_is_none_is_malformed(city: Apds, wire: respx.Router) -> None:
    """Milliseconds where the standard has seconds would be the year 58 866."""
    body = listing(place("a"))
    body["meta"]["referenceInstant"] = 1_795_485_600_000
    wire.get("/places").respond(json=body)
    with pytest.raises(SourceError) as caught:
        await city.lots_near([CIRCLE])
    assert caught.value.code is Code.SOURCE_MALFORMED


async def test_only_what_is_valid_now_and_in_yuan_is_shown(city: Apds, wire: respx.Router) -> None:
    """Of several collections, in order; a foreign amount would read as yuan."""
    hkd = {"currencyType": "HKD", "currencyValue": 90}
    table = rate(
        "r",
        collection(line(1, 3), sequence=3),
        collection(line(1, "2.005"), sequence=2, maxValueCollection=hkd),
        collection(line(1, 9), sequence=1, applicableCurrency="HKD"),
        collection(line(1, 8), sequence=4, validEnd="2026-02-01T00:00:00Z"),
        collection(line(1, 7), sequence=5, validStart="2027-01-01T00:00:00Z"),
    )
    tariff = await tariff_of(city, wire, table)
    assert tariff is not None
    assert [step.amount for step in tariff.lines] == [Decimal("2.01"), Decimal("3.00")]
    assert tariff.daily_cap is None


def group(right: str, *tariffs: str) -> TariffsKey:
    """Car parks with one right; the place to ask for is `p-` and the right's name."""
    return TariffsKey("city", (f"{right}@1",), f"p-{right}", frozenset(tariffs) if tariffs else None)


def specification(id_: str, *tables: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "version": 1,
        "transferable": False,
        "issuer": {"id": "city", "version": 1},
        "validity": {"validityTimeSpecification": {"overallStartTime": "2026-01-01T00:00:00Z"}},
        "hierarchyElements": [{"id": f"p-{id_}", "version": 1}],
        "rateEligibility": [
            {"id": f"{id_}-{table}", "version": 1, "rateTable": {"id": table, "version": 1}}
            for table in tables
        ],
        **fields,
    }


async def rights(connector: Apds) -> dict[str, tuple[str, ...]]:
    """The connector's rights with their tariffs."""
    every = AllRights()
    return {one.right: one.tariffs for one in (await connector.rights([every]))[every]}


def by_group(found: Mapping[TariffsKey, Sequence[TariffRecord]]) -> dict[str, list[str]]:
    return {key.place: [tariff.ref.id for tariff in tariffs] for key, tariffs in found.items()}


def rates_by_place(wire: respx.Router, **tables: str) -> None:
    """Let /rates answer for places as the standard has it: the tables of any of them."""

    def answer(request: httpx.Request) -> httpx.Response:
        found = {id_ for one in request.url.params["place"].split(",") for id_ in tables[one[2:]].split()}
        contracts = {"rateType": "contract"}
        return httpx.Response(
            200, json=listing(*(rate(id_, **(contracts if "pass" in id_ else {})) for id_ in sorted(found)))
        )

    wire.get("/rates").mock(side_effect=answer)


def test_car_parks_with_the_same_rights_are_one_group() -> None:
    """By rights and their versions; a car park that tells none is a group of its own."""
    lot = ParkingLotRecord(ref=Ref("city", "a"), as_of=AS_OF, name="a", rights=("visit@1",))
    other = ParkingLotRecord(ref=Ref("city", "b"), as_of=AS_OF, name="b", rights=("visit@1",))
    newer = ParkingLotRecord(ref=Ref("city", "c"), as_of=AS_OF, name="c", rights=("visit@2",))
    known = {"visit@1": ["day"]}
    assert TariffsKey.of(lot, {}) == TariffsKey.of(other, known) != TariffsKey.of(newer, known)
    bare = [ParkingLotRecord(ref=Ref("city", id_), as_of=AS_OF, name=id_) for id_ in "ab"]
    assert len({TariffsKey.of(one, known) for one in bare}) == 2


@pytest.mark.parametrize(
    ("granted", "tariffs"),
    [
        (("visit@1",), {"day", "night"}),
        (("pass@1", "visit@1"), {"day", "night", "month"}),
        (("visit@2",), None),
        (("visit@1", "visit@2"), None),
        ((), None),
    ],
)
def test_the_tariffs_of_a_group_are_known_or_not(granted: tuple[str, ...], tariffs: set[str] | None) -> None:
    """Those of all its rights; one right that is unknown, in this version, leaves all of them open."""
    known = {"visit@1": ["day", "night"], "pass@1": ["month"]}
    lot = ParkingLotRecord(ref=Ref("city", "a"), as_of=AS_OF, name="a", rights=granted)
    assert TariffsKey.of(lot, known).tariffs == tariffs


async def test_rights_tell_their_tariffs(city: Apds, wire: respx.Router) -> None:
    """By id and version, each table once, over every page; a right without tables is not among them."""
    discount = {"id": "d", "version": 1, "rateDiscount": {"id": "half", "version": 1}}
    pages = [
        listing(
            specification("home", "visit", "pass", "visit"), specification("free", rateEligibility=[discount])
        ),
        listing(specification("home", "visit", "pass"), specification("shop", "day", version=2)),
        listing({**specification("bare"), "rateEligibility": []}, {"id": "broken"}),
    ]
    for page in pages:
        page["meta"]["total"] = 6
    wire.get("/rights/specs", params={"page": "2"}).respond(json=pages[1])
    wire.get("/rights/specs", params={"page": "3"}).respond(json=pages[2])
    wire.get("/rights/specs").respond(json=pages[0])
    assert await rights(city) == {"home@1": ("visit", "pass"), "shop@2": ("day",)}
    assert asked(wire) == ["rights/specs", "rights/specs page=2", "rights/specs page=3"]
    assert {call.request.url.params["expand"] for call in wire.calls} == {"rateEligibility"}


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_an_operator_may_have_no_list_of_rights(city: Apds, wire: respx.Router, status: int) -> None:
    """No rights then, and no failure: the list is not asked for again before its time."""
    wire.get("/rights/specs").respond(status, json={"status": "error", "code": status})
    assert await rights(city) == {}
    assert len(wire.calls) == 1


@pytest.mark.parametrize(("status", "code"), [(500, Code.SOURCE_UNAVAILABLE), (403, Code.SOURCE_REJECTED)])
async def test_a_list_of_rights_that_fails_is_the_sources_failure(
    city: Apds, wire: respx.Router, status: int, code: Code
) -> None:
    """It is not taken for an empty one, which would hold for an hour."""
    wire.get("/rights/specs").respond(status)
    with pytest.raises(SourceError) as caught:
        await rights(city)
    assert caught.value.code is code


async def test_groups_with_known_tariffs_take_one_call(city: Apds, wire: respx.Router) -> None:
    """One place each; visits before passes; what the answer lacks is not shown, nor what is another's."""
    rates_by_place(wire, home="a-pass z-home", shop="shop", office="office")
    found = await city.tariffs_of_lots(
        [group("home", "z-home", "a-pass", "unlisted"), group("shop", "shop"), group("office", "gone")]
    )
    assert by_group(found) == {"p-home": ["z-home", "a-pass"], "p-shop": ["shop"], "p-office": []}
    assert asked(wire) == ["rates place=p-home,p-shop,p-office"]
    assert wire.calls.last.request.url.params["expand"] == "rateLineCollections,rateLineCollections.rateLines"


async def test_a_group_with_unknown_tariffs_is_asked_for_by_itself(city: Apds, wire: respx.Router) -> None:
    """Its own answer has its tables and no others; the known ones go together all the same."""
    rates_by_place(wire, home="home", shop="pass shop", office="office", street="")
    found = await city.tariffs_of_lots(
        [group("home", "home"), group("shop"), group("office", "office"), group("street")]
    )
    assert by_group(found) == {
        "p-home": ["home"],
        "p-shop": ["shop", "pass"],
        "p-office": ["office"],
        "p-street": [],
    }
    assert sorted(asked(wire)) == [
        "rates place=p-home,p-office",
        "rates place=p-shop",
        "rates place=p-street",
    ]


async def test_a_hundred_groups_go_into_one_url(city: Apds, wire: respx.Router) -> None:
    """And no more than that: what servers take has an end."""
    names = [f"g{number:03d}" for number in range(101)]
    rates_by_place(wire, **{name: name for name in names})
    found = await city.tariffs_of_lots([group(name, name) for name in names])
    assert by_group(found) == {f"p-{name}": [name] for name in names}
    assert [url.count(",") for url in asked(wire)] == [99, 0]


async def test_rates_that_fail_are_the_sources_failure(city: Apds, wire: respx.Router) -> None:
    """For the groups that are asked for together and for those that are not."""
    wire.get("/rates").respond(500)
    for key in (group("home", "home"), group("home")):
        with pytest.raises(SourceError) as caught:
            await city.tariffs_of_lots([key])
        assert caught.value.code is Code.SOURCE_UNAVAILABLE
