"""Hierarchy elements (the standard's package `place`) as car parks and as the parts of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connectors.apds.hours import opening
from connectors.apds.texts import address, names
from connectors.apds.wire import Demand, DemandTable, HierarchyElement, Point, Supply
from schema.core.geo import Crs, from_gcj02
from schema.core.record import Position, Ref
from schema.core.scalars import in_china
from schema.parking.records import (
    BayAreaRecord,
    BayPurpose,
    ParkingGrade,
    ParkingLayout,
    ParkingLotRecord,
    ParkingOccupancy,
)

_LAYOUTS = {
    "onStreet": ParkingLayout.ON_STREET,
    "offStreetSurface": ParkingLayout.SURFACE,
    "offStreetStructure": ParkingLayout.STRUCTURE,
}
_GRADES = {
    "groundLevel": ParkingGrade.GROUND_LEVEL,
    "aboveGround": ParkingGrade.ABOVE_GROUND,
    "underground": ParkingGrade.UNDERGROUND,
}
_PURPOSES = {
    "electricVehicleOnly": BayPurpose.EV,
    "disabledPersonPermitOnly": BayPurpose.ACCESSIBLE,
}
_TRUST = {"verified": 3, "counted": 2, None: 1, "derived": 0}
"""Which of several counts of one instant to believe; `expected` is a forecast and never believed."""


def lot(element: HierarchyElement, source: str, now: datetime, as_of: datetime, crs: Crs) -> ParkingLotRecord:
    """Make a car park of a place. `as_of`: when the answer was true where the place counts nothing."""
    name, english = names(element.name)
    told = element.characteristics
    supply = _supply(element.hierarchy_element_reference.supply, now)
    capacity = supply if supply is not None else told.spaces_total
    occupancy = _occupancy(element.hierarchy_element_reference.demand_table, capacity)
    hours = opening(element.times, now)
    return ParkingLotRecord(
        ref=Ref(source, element.id),
        as_of=occupancy.at if occupancy else as_of,
        name=name,
        name_en=english,
        position=_position(element.indicative_place_point_location, crs),
        address=address(element.place_street_address),
        layout=_LAYOUTS.get(told.structure_type or ""),
        grade=_GRADES.get(told.structure_grade or ""),
        capacity=capacity,
        occupancy=occupancy,
        opening_hours=hours.hours,
        open_24h=hours.open_24h,
        closed=hours.closed,
        ev_points=told.ev_charging_points,
        accessible=told.disabled_access,
        areas=tuple(
            Ref(source, child.id) for child in element.child_ids if child.class_name == "IdentifiedArea"
        ),
        rights=tuple(sorted(right_of(right.id, right.version) for right in element.right_specifications)),
    )


def right_of(id_: str, version: int) -> str:
    """Name a right as records do: a new version may have other rate tables."""
    return f"{id_}@{version}"


def area(element: HierarchyElement, now: datetime) -> BayAreaRecord:
    """Make a part of a car park of an identified area; without a restriction it has no purpose of its own."""
    purposes = (_PURPOSES.get(rule.operating_restriction) for rule in element.operating_restrictions)
    return BayAreaRecord(
        purpose=next((purpose for purpose in purposes if purpose), None),
        bays=_supply(element.hierarchy_element_reference.supply, now),
    )


def _supply(supplies: Sequence[Supply], now: datetime) -> int | None:
    """Give the bays of the supply that is valid now: a marked one before estimates, the latest first."""
    valid = [
        supply
        for supply in supplies
        if (supply.supply_validity_start is None or in_china(supply.supply_validity_start) <= now)
        and (supply.supply_validity_end is None or now < in_china(supply.supply_validity_end))
    ]
    best = max(
        valid,
        key=lambda supply: (
            supply.supply_view_type == "spaceView",
            supply.supply_validity_start is not None and in_china(supply.supply_validity_start).timestamp(),
        ),
        default=None,
    )
    return best.supply_quantity if best else None


def _occupancy(tables: Sequence[DemandTable], capacity: int | None) -> ParkingOccupancy | None:
    demands = [
        demand
        for table in tables
        for demand in table.demand_type
        if demand.occupancy_calculation != "expected"
        and (demand.count is not None or demand.percentage is not None)
    ]
    if not demands:
        return None
    demand = max(
        demands, key=lambda d: (in_china(d.record_date_time), _TRUST.get(d.occupancy_calculation, 0))
    )
    occupied, percent = _taken(demand, capacity)
    return ParkingOccupancy(
        free=None if occupied is None or capacity is None else max(0, capacity - occupied),
        occupied=occupied,
        capacity=capacity,
        percent=percent,
        at=in_china(demand.record_date_time),
    )


def _taken(demand: Demand, capacity: int | None) -> tuple[int | None, float | None]:
    """Give bays taken and their share, each from the other where the operator tells only one."""
    occupied, percent = demand.count, demand.percentage
    if occupied is None and percent is not None and capacity is not None:
        occupied = round(capacity * percent / 100)
    if percent is None and occupied is not None and capacity:
        percent = min(100.0, round(occupied / capacity * 100, 1))
    return occupied, percent


def _position(points: Sequence[Point], crs: Crs) -> Position | None:
    if not points:
        return None
    try:
        lng, lat = points[0].coordinates[:2]
    except ValueError:
        return None
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        # Latitude first, against GeoJSON: better a car park without a position than one in the sea.
        return None
    return from_gcj02(lat, lng) if crs is Crs.GCJ02 else Position(lat=lat, lng=lng)
