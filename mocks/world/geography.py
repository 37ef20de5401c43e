"""Where the 111 communities of Longgang lie, and positions and distances in and between them (WGS-84)."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from random import Random

_EARTH_RADIUS_M = 6_371_008.8
_METRES_PER_DEGREE = _EARTH_RADIUS_M * math.pi / 180
_REACH_M = 179.0  # centres are at least 450 m apart: nearest-centre gives the community back


@dataclass(frozen=True, slots=True)
class Community:
    """One community (社区), known by its division code: 凤凰社区 exists twice."""

    code: str
    name: str
    subdistrict_code: str
    subdistrict: str
    lat: float
    lng: float


def _load() -> tuple[Community, ...]:
    rows = json.loads(Path(__file__).with_name("communities.json").read_text(encoding="utf-8"))
    return tuple(
        Community(r["code"], r["name"], r["subdistrictCode"], r["subdistrict"], r["lat"], r["lng"])
        for r in rows
    )


COMMUNITIES: tuple[Community, ...] = _load()


def distance_m(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """The great-circle distance in metres."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = (
        math.sin((phi2 - phi1) / 2) ** 2
        + math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lng2 - lng1) / 2) ** 2
    )
    return 2 * _EARTH_RADIUS_M * math.asin(math.sqrt(half))


def position_in(community: Community, rng: Random) -> tuple[float, float]:
    """A position spread evenly over the disc of 180 m around the community's centre."""
    reach = _REACH_M * math.sqrt(rng.random())
    bearing = rng.random() * 2 * math.pi
    lat = community.lat + reach * math.cos(bearing) / _METRES_PER_DEGREE
    lng = community.lng + reach * math.sin(bearing) / (
        _METRES_PER_DEGREE * math.cos(math.radians(community.lat))
    )
    return round(lat, 6), round(lng, 6)
