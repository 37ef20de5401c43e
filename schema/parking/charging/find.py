"""Charging stations around a point, what is asked of them, and what their points amount to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from schema.core.connection import Page
from schema.core.context import Info
from schema.core.errors import InvalidInput
from schema.core.geo import Near
from schema.core.hours import within
from schema.core.listed import listed
from schema.parking.charging.lookups import SITES, STATION_BY_REF, STATIONS_NEAR, AllSites
from schema.parking.charging.records import ChargingPoint, ChargingStationRecord
from schema.parking.charging.words import ChargingConnectorType, ChargingStatus
from schema.parking.records import ParkingLotRecord


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a station must have: a point that is all of it at once."""

    free: bool = False
    connector: ChargingConnectorType | None = None
    min_power: float | None = None

    def found_at(self, station: ChargingStationRecord) -> bool:
        """Whether a station has such a point, in operation or not."""
        if not self.free and self.connector is None and self.min_power is None:
            return True
        return any(self._is(point) for point in station.points)

    def _is(self, point: ChargingPoint) -> bool:
        if self.free and point.status is not ChargingStatus.AVAILABLE:
            return False
        if self.connector is None and self.min_power is None:
            return True
        return any(
            (self.connector is None or connector.type is self.connector)
            and (self.min_power is None or connector.power >= self.min_power)
            for connector in point.connectors
        )


def open_at(station: ChargingStationRecord, now: datetime) -> bool | None:
    """Say whether a station is open at an instant, None where nobody knows its hours."""
    for open_ in (False, True):
        # Closed goes before open: whoever drives there for nothing is worse off.
        if any(span.begin <= now < span.end for span in station.exceptions if span.open is open_):
            return open_
    if station.open_24h:
        return True
    return within(station.opening_hours, now) if station.opening_hours else None


def total_points(station: ChargingStationRecord) -> int:
    """Count the points that there are: those only planned are none yet."""
    return sum(1 for point in station.points if point.status is not ChargingStatus.PLANNED)


def free_points(station: ChargingStationRecord) -> int | None:
    """Count the points that are free, None where the status of none is known."""
    there = [point.status for point in station.points if point.status is not ChargingStatus.PLANNED]
    if there and all(status is ChargingStatus.UNKNOWN for status in there):
        return None
    return there.count(ChargingStatus.AVAILABLE)


def max_power(station: ChargingStationRecord) -> float | None:
    """Give the most kW that any of its connectors has, None where it has none."""
    return max((connector.power for point in station.points for connector in point.connectors), default=None)


async def find_stations(
    info: Info,
    circle: Near,
    first: int,
    after: str | None,
    wanted: Wanted,
    is_open: bool | None = None,
) -> Page[ChargingStationRecord]:
    """Give a page of the stations in a circle, the nearest first.

    A filter keeps only what is known to fit: a station of unknown hours is neither open nor closed.
    """
    if wanted.min_power is not None and not wanted.min_power >= 0:
        raise InvalidInput("`minPower` is at least 0.")

    def keep(station: ChargingStationRecord) -> bool:
        return wanted.found_at(station) and (is_open is None or open_at(station, info.context.now) is is_open)

    return await listed(
        info, STATIONS_NEAR, circle.covering(), circle=circle, first=first, after=after, keep=keep
    )


async def stations_at(info: Info, lot: ParkingLotRecord) -> Sequence[ChargingStationRecord]:
    """Give the stations of a car park, the best match first; no car park but this one is looked at."""
    found = await info.context.search(SITES, AllSites())
    info.context.report(info, found.failures)
    matches = sorted(match for sites in found.items for match in sites.at(lot))
    stations = await info.context.load_many(STATION_BY_REF, [ref for _, ref in matches])
    return [station for station in stations if station is not None]
