"""Charging without any source: which car park a station stands in, what it costs now, what its points are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from schema.core.geo import distance_m
from schema.core.hours import WEEK, hours_on
from schema.core.record import Position, Ref
from schema.core.slot import Price
from schema.parking.charging.find import Wanted, free_points, max_power, total_points
from schema.parking.charging.joining import ChargingSites, best_lot, match
from schema.parking.charging.prices import cheapest, energy_price, summary_en, summary_zh
from schema.parking.charging.records import (
    IN_NO_LOT,
    ChargingConnector,
    ChargingPoint,
    ChargingPriceLine,
    ChargingSite,
    ChargingStationRecord,
    ChargingTariffRecord,
)
from schema.parking.charging.words import (
    ChargingConnectorFormat,
    ChargingConnectorType,
    ChargingCurrent,
    ChargingPriceUnit,
    ChargingStatus,
)
from schema.parking.records import ParkingGrade, ParkingLayout, ParkingLotRecord
from tests.conftest import NOW

LAT, LNG = 22.598, 114.12
_DEGREE_M = distance_m(LAT, LNG, LAT + 1, LNG)


def north(metres: float) -> Position:
    return Position(lat=LAT + metres / _DEGREE_M, lng=LNG)


def lot(
    name: str = "龙岭社区公共停车场", metres: float = 0, id_: str = "1", **fields: Any
) -> ParkingLotRecord:
    return ParkingLotRecord(ref=Ref("p", id_), as_of=NOW, name=name, position=north(metres), **fields)


def site(name: str, **fields: Any) -> ChargingSite:
    return ChargingSite(**{"ref": Ref("c", "1"), "name": name, "position": north(0), **fields})


# Which car park a station stands in


@pytest.mark.parametrize(
    ("name", "lot_name", "metres", "expected"),
    [
        ("龙岭社区公共停车场充电站", "龙岭社区公共停车场", 200, (2, 200)),
        ("龙岭社区公共停车场充电站", "龙岭社区公共停车场", 202, None),
        ("龙电充电（龙岭 社区公共停车场）", "龙岭社区公共停车场", 150, (2, 150)),
        ("布吉地铁站Ｐ＋Ｒ停车场快充站", "布吉地铁站p+r停车场", 90, (2, 90)),
        ("龙岭商业广场超充站", "龙岭商业广场停车场", 90, (2, 90)),
        ("龙岭商业广场液冷超充", "龙岭商业广场停车场", 90, (2, 90)),
        ("龙岭充电站", "龙岭商业广场停车场", 90, None),
        ("龙岭充电站", "龙岭商业广场停车场", 30, (3, 30)),
        ("龙岭充电站", "龙岭商业广场停车场", 32, None),
        ("龙岭商业广场停车场充电站", "龙岭社区公共停车场", 5, None),
        ("万达车库充电桩", "龙岭社区公共停车场", 5, None),
        ("充电站", "停车场", 20, (3, 20)),
        ("停车场充电站", "停车场", 20, None),
    ],
)
def test_names_then_places(name: str, lot_name: str, metres: int, expected: tuple[int, int] | None) -> None:
    """Names within 200 m; without them 30 m, unless the station's name names another car park."""
    assert match(site(name), lot(lot_name, metres)) == expected


def test_what_configuration_says_is_so() -> None:
    """However far and whatever the names; and then it stands in no other."""
    said = site("龙岭社区公共停车场充电站", lot=Ref("p", "2"))
    assert match(said, lot("别处", 9_000, "2")) == (1, 0)
    assert match(said, lot(id_="1")) is None
    assert match(site("龙岭社区公共停车场充电站", lot=IN_NO_LOT), lot()) is None


@pytest.mark.parametrize(
    ("layout", "grade", "fits"),
    [
        (None, None, True),
        (ParkingLayout.STRUCTURE, None, True),
        (ParkingLayout.STRUCTURE, ParkingGrade.UNDERGROUND, True),
        (ParkingLayout.SURFACE, None, False),
        (ParkingLayout.STRUCTURE, ParkingGrade.ABOVE_GROUND, False),
    ],
)
def test_buildings_that_differ_are_two(
    layout: ParkingLayout | None, grade: ParkingGrade | None, fits: bool
) -> None:
    """Of two car parks at one spot, a station that only lies there is in the one that is built as it says."""
    below = lot("负一层", layout=ParkingLayout.STRUCTURE, grade=ParkingGrade.UNDERGROUND)
    assert (match(site("龙岭充电站", layout=layout, grade=grade), below) is not None) is fits
    named = site("负一层停车库充电站", layout=layout, grade=grade)
    assert match(named, lot("负一层停车库", grade=ParkingGrade.UNDERGROUND)) == (2, 0)


def test_who_has_no_position_is_joined_by_configuration_only() -> None:
    """Neither a station nor a car park that nobody knows where it is."""
    nowhere = ParkingLotRecord(ref=Ref("p", "1"), as_of=NOW, name="龙岭社区公共停车场")
    assert match(site("龙岭社区公共停车场充电站"), nowhere) is None
    assert match(site("龙岭社区公共停车场充电站", position=None), lot()) is None
    assert match(site("x", position=None, lot=Ref("p", "1")), nowhere) == (1, 0)


def test_the_best_of_several_car_parks() -> None:
    """By the earlier rule, then the nearest, then by id; none of none."""
    lots = [
        lot("龙岭路路侧泊位", 5, "a"),
        lot("龙岭社区公共停车场", 80, "c"),
        lot("龙岭社区公共停车场", 80, "b"),
        lot("龙岭社区公共停车场", 90, "d"),
    ]
    best = best_lot(site("龙岭社区公共停车场充电站"), lots)
    assert best is not None
    assert best.ref.id == "b"
    near = best_lot(site("龙岭充电站"), lots)
    assert near is not None
    assert near.ref.id == "a"
    assert best_lot(site("龙岭充电站"), lots[1:]) is None
    assert best_lot(site("龙岭充电站"), []) is None


def test_a_car_parks_stations_are_found_without_looking_at_all() -> None:
    """The same ones that the rule finds among all, over a grid of points, whatever cell they lie in."""
    sites = [
        ChargingSite(
            ref=Ref("c", f"{row}-{column}"),
            name="龙岭社区公共停车场充电站" if (row + column) % 3 else "龙岭充电站",
            position=Position(lat=LAT + row * 0.0007, lng=LNG + column * 0.0007),
            lot=Ref("p", "1") if (row, column) == (9, 9) else None,
        )
        for row in range(-10, 10)
        for column in range(-10, 10)
    ]
    sorted_ = ChargingSites.of(sites)
    for metres in (0, 130, 260, 390):
        one = lot(metres=metres)
        expected = sorted((fit, each.ref) for each in sites if (fit := match(each, one)) is not None)
        assert sorted(sorted_.at(one)) == expected
        assert (0 < len(expected) < 60, expected[0]) == (True, ((1, 0), Ref("c", "9-9")))
    assert ChargingSites.of([]).at(lot()) == []


# What its points are


def plug(power: float, type_: ChargingConnectorType = ChargingConnectorType.GB_DC) -> ChargingConnector:
    cable = ChargingConnectorFormat.CABLE
    return ChargingConnector(type=type_, format=cable, current=ChargingCurrent.DC, power=power)


def station(*points: tuple[str, Sequence[ChargingConnector]]) -> ChargingStationRecord:
    return ChargingStationRecord(
        ref=Ref("c", "1"),
        as_of=NOW,
        name="龙岭充电站",
        changed_at=NOW,
        points=tuple(
            ChargingPoint(
                uid=str(number), status=ChargingStatus(status), changed_at=NOW, connectors=tuple(plugs)
            )
            for number, (status, plugs) in enumerate(points)
        ),
    )


def test_points_are_counted() -> None:
    """Those only planned are none yet; where no status is known, nobody knows how many are free."""
    some = station(
        ("AVAILABLE", [plug(60)]), ("CHARGING", [plug(120), plug(7)]), ("PLANNED", []), ("UNKNOWN", [])
    )
    assert (total_points(some), free_points(some), max_power(some)) == (3, 1, 120)
    offline = station(("UNKNOWN", []), ("PLANNED", []))
    assert (total_points(offline), free_points(offline), max_power(offline)) == (1, None, None)
    planned = station(("PLANNED", [plug(60)]))
    assert (total_points(planned), free_points(planned)) == (0, 0)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), True),
        (Wanted(free=True), True),
        (Wanted(connector=ChargingConnectorType.GB_AC), True),
        (Wanted(connector=ChargingConnectorType.CCS_2), False),
        (Wanted(min_power=120), True),
        (Wanted(min_power=120.1), False),
        (Wanted(free=True, min_power=120), False),
        (Wanted(free=True, min_power=7), True),
        (Wanted(connector=ChargingConnectorType.GB_AC, min_power=60), False),
        (Wanted(free=True, connector=ChargingConnectorType.GB_AC, min_power=7), True),
        (Wanted(free=True, connector=ChargingConnectorType.GB_DC), False),
    ],
)
def test_one_point_has_to_be_all_that_is_wanted(wanted: Wanted, expected: bool) -> None:
    """A free slow point and a fast one in use are no free fast point."""
    some = station(("AVAILABLE", [plug(7, ChargingConnectorType.GB_AC)]), ("CHARGING", [plug(120)]))
    assert wanted.found_at(some) is expected


# What it costs


def line(amount: str, unit: str = "KWH", **fields: Any) -> ChargingPriceLine:
    return ChargingPriceLine(unit=ChargingPriceUnit(unit), price=Price(amount=Decimal(amount)), **fields)


def tariff(*lines: ChargingPriceLine, **fields: Any) -> ChargingTariffRecord:
    return ChargingTariffRecord(ref=Ref("c", "t"), as_of=NOW, lines=lines, **fields)


PEAK = (hours_on(WEEK, time(10), time(12)),)
LATER = (hours_on(WEEK, time(14), time(19)),)
DAILY = tariff(
    line("1.68", hours=PEAK),
    line("1.68", hours=LATER),
    line("1.25"),
    line("18.00", "HOUR_PARKED"),
    line("5", "SESSION", reservation=True),
)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("1.68", hours=PEAK), line("1.25")], "1.68"),
        ([line("1.68", hours=LATER), line("1.25")], "1.25"),
        ([line("1.68", hours=LATER)], None),
        ([line("9", "HOUR_CHARGING"), line("1.25")], "1.25"),
        ([line("9", reservation=True), line("1.25")], "1.25"),
        ([line("9", from_kwh=Decimal(10)), line("1.25")], "1.25"),
        ([line("0.9", from_kwh=Decimal(0), to_kwh=Decimal(10)), line("1.25")], "0.9"),
        ([line("9", from_minutes=30), line("1.25", to_minutes=30)], "1.25"),
        ([line("9", from_kw=Decimal(50)), line("9", to_kw=Decimal(50)), line("1.25")], "1.25"),
        ([line("9", otherwise_limited=True), line("1.25")], "1.25"),
        ([line("9", from_date=date(2026, 11, 25)), line("1.25", from_date=date(2026, 11, 24))], "1.25"),
        ([line("9", until_date=date(2026, 11, 24)), line("1.25", until_date=date(2026, 11, 25))], "1.25"),
        ([], None),
    ],
)
def test_the_first_kilowatt_hour(lines: list[ChargingPriceLine], expected: str | None) -> None:
    """Of the first price by energy whose conditions hold when one begins at ten in the morning."""
    found = energy_price(tariff(*lines), NOW)
    assert (found and str(found.amount)) == expected


@pytest.mark.parametrize(
    ("begins", "ends", "holds"),
    [
        ("2026-11-24T10:00:00+08:00", None, True),
        ("2026-11-24T10:00:01+08:00", None, False),
        (None, "2026-11-24T10:00:01+08:00", True),
        (None, "2026-11-24T10:00:00+08:00", False),
    ],
)
def test_a_tariff_not_in_force_has_no_price(begins: str | None, ends: str | None, holds: bool) -> None:
    """From its beginning, and not at its end."""
    at = [None if text is None else datetime.fromisoformat(text) for text in (begins, ends)]
    found = energy_price(tariff(line("1"), valid_from=at[0], valid_until=at[1]), NOW)
    assert (found is not None) is holds


def test_the_cheapest_of_one_currency() -> None:
    """Prices in two currencies cannot be compared."""
    cheap, dear = Price(amount=Decimal(1)), Price(amount=Decimal(2))
    assert cheapest([dear, None, cheap]) is cheap
    assert cheapest([None]) is None
    assert cheapest([cheap, Price(amount=Decimal(1), currency="HKD")]) is None


def test_a_tariff_in_one_sentence() -> None:
    """Equal prices together, what is left of the day after them; reservations are another matter."""
    assert summary_zh(DAILY) == (
        "10:00–12:00、14:00–19:00每千瓦时1.68元；其余时间每千瓦时1.25元；占位每小时18元"
    )
    assert summary_en(DAILY) == (
        "CNY 1.68 a kWh 10:00–12:00 and 14:00–19:00; CNY 1.25 a kWh at other times;"
        " CNY 18 an hour parked without charging"
    )
    other = tariff(
        line("0.5", "SESSION"), line("2.00", "HOUR_CHARGING", from_minutes=60), line("2.00", hours=PEAK)
    )
    assert summary_zh(other) == "每次0.5元；充电每小时2元（有附加条件）；10:00–12:00每千瓦时2元"
    assert summary_en(other) == (
        "CNY 0.5 a session; CNY 2 an hour of charging under conditions; CNY 2 a kWh 10:00–12:00"
    )
    assert (summary_zh(tariff()), summary_en(tariff())) == ("", "")
