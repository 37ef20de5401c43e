"""Positions on the ground: distance, the two coordinate systems, and what "near" means."""

from __future__ import annotations

import math
from enum import StrEnum

import msgspec
import prcoords
import strawberry

from schema.core.docs import enum_type, text
from schema.core.errors import InvalidInput
from schema.core.record import Position

_EARTH_RADIUS_M = 6_371_008.8
MAX_RADIUS_M = 50_000
_GRID = 0.004
"""Degrees between the points of the grid that searches are asked around: 445 m, and 410 m eastward here."""
_OFF_GRID_M = 316
"""No point is farther from the grid: half a cell's diagonal at the equator, where cells are widest."""
_RADIUS_STEP_M = 500


class Crs(StrEnum):
    """The coordinate systems that residents' maps and the systems behind us use."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"


enum_type(
    Crs,
    "坐标系",
    "Coordinate system",
    WGS84=("WGS-84（与 CGCS2000 视为相同）", "WGS-84, taken as equal to CGCS2000"),
    GCJ02=("GCJ-02，国内地图使用", "GCJ-02, as used by maps in China"),
)


class Near(msgspec.Struct, frozen=True):
    """A circle on the ground: WGS-84 degrees and metres."""

    lat: float
    lng: float
    radius: int

    def covering(self) -> Near:
        """Give the circle to ask sources for: around a point of a grid, and wide enough to hold this one.

        Neighbours then share one answer, and no source learns where exactly a resident stands. What the
        wider circle brings is cut by `holds`; it depends on the cell and the radius alone.
        """
        radius = math.ceil((self.radius + _OFF_GRID_M) / _RADIUS_STEP_M) * _RADIUS_STEP_M
        lat, lng = (round(round(degrees / _GRID) * _GRID, 3) for degrees in (self.lat, self.lng))
        return Near(lat, lng, radius)

    def distance_to(self, position: Position | None) -> int | None:
        """Metres from the centre, None where there is no position."""
        if position is None:
            return None
        return round(distance_m(self.lat, self.lng, position.lat, position.lng))

    def holds(self, position: Position | None) -> bool:
        """Whether a position lies inside."""
        distance = self.distance_to(position)
        return distance is not None and distance <= self.radius


@strawberry.input(
    name="NearInput", description=text("以某点为圆心的范围", "A circle around a point on the ground")
)
class NearInput:
    """A point and a radius as a client gives them."""

    lat: float = strawberry.field(description=text("纬度（度）", "Latitude in degrees"))
    lng: float = strawberry.field(description=text("经度（度）", "Longitude in degrees"))
    radius: int = strawberry.field(
        default=1000, description=text("半径（米），最大 50000", "Radius in metres, at most 50000")
    )
    crs: Crs = strawberry.field(
        default=Crs.WGS84, description=text("所给坐标的坐标系", "Coordinate system of the point given")
    )

    def resolve(self) -> Near:
        """Give the circle in WGS-84, or say what is wrong with it."""
        return near(self.lat, self.lng, self.radius, self.crs)


def near(lat: float, lng: float, radius: int, crs: Crs = Crs.WGS84) -> Near:
    """Check a circle and bring it to WGS-84."""
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        raise InvalidInput("A latitude is between -90 and 90 and a longitude between -180 and 180.")
    if not 0 < radius <= MAX_RADIUS_M:
        raise InvalidInput(f"A radius is between 1 and {MAX_RADIUS_M} metres.")
    if crs is Crs.GCJ02:
        point = from_gcj02(lat, lng)
        return Near(point.lat, point.lng, radius)
    return Near(lat, lng, radius)


def distance_m(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Great-circle distance in metres (haversine)."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    h = (
        math.sin((p2 - p1) / 2) ** 2
        + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lng2 - lng1) / 2) ** 2
    )
    return 2 * _EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


def to_gcj02(position: Position) -> Position:
    """WGS-84 to GCJ-02, to 7 decimals (about a centimetre); outside China the two are the same."""
    point = prcoords.Coords(position.lat, position.lng)
    if not prcoords.sanity_in_china_p(point):
        return position
    lat, lng = prcoords.wgs_gcj(point)
    return Position(lat=round(lat, 7), lng=round(lng, 7))


def from_gcj02(lat: float, lng: float) -> Position:
    """GCJ-02 to WGS-84, to 7 decimals (about a centimetre)."""
    point = prcoords.Coords(lat, lng)
    if not prcoords.sanity_in_china_p(point):
        return Position(lat=lat, lng=lng)
    wgs_lat, wgs_lng = prcoords.gcj_wgs_bored(point)
    return Position(lat=round(wgs_lat, 7), lng=round(wgs_lng, 7))
