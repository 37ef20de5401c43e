"""Joining: which car park a charging station stands in.

Operators of charging and of parking know nothing of each other, and no standard gives the one's id to the
other. The rule, in this order:

1. what configuration says (`places` of the charging source) is so, and ends the matter;
2. names: the car park's name is part of the station's, or the station's without its 充电站 part of the
   car park's, and they are no farther apart than `NAMED_M`;
3. place: they are no farther apart than `BESIDE_M`, the station's name names no car park of its own, and
   what both tell of how the place is built does not contradict.

Of several car parks the one found by the earlier rule, then the nearest, is the station's. A car park
shows every station that the rule lets stand there, so that no other car park need be read for that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

import msgspec

from schema.core.geo import distance_m
from schema.core.record import Position, Ref
from schema.parking.charging.records import ChargingSite
from schema.parking.records import ParkingGrade, ParkingLayout, ParkingLotRecord

NAMED_M = 200
BESIDE_M = 30
_CELL = 0.004
"""Degrees: wider than NAMED_M as far north as 60°, so that whatever may match is in the cells around."""
_REACH = 0.0036
"""NAMED_M in degrees of longitude at 60°; more than it in those of latitude."""
_FEWEST_LETTERS = 4
"""A shorter name, such as 停车场, is part of too many."""
_CHARGING = re.compile("(液冷)?(充电|快充|慢充|超充)(站|桩|点|场)?$")
_CAR_PARK = re.compile("停车|车库|泊位|停保场|p\\+r")


class Match(NamedTuple):
    """How well a station fits a car park; the less the better."""

    rule: int
    metres: int


class Placed(Protocol):
    """What the rule looks at in a station."""

    @property
    def name(self) -> str: ...
    @property
    def position(self) -> Position | None: ...
    @property
    def layout(self) -> ParkingLayout | None: ...
    @property
    def grade(self) -> ParkingGrade | None: ...
    @property
    def lot(self) -> Ref | None: ...


def match(station: Placed, lot: ParkingLotRecord) -> Match | None:
    """Say how well a station fits a car park, None where it does not stand there."""
    if station.lot is not None:
        return Match(1, 0) if station.lot == lot.ref else None
    here, there = station.position, lot.position
    if here is None or there is None:
        return None
    if abs(here.lat - there.lat) > _REACH or abs(here.lng - there.lng) > _REACH:
        return None
    metres = round(distance_m(here.lat, here.lng, there.lat, there.lng))
    if metres <= NAMED_M and _same(station.name, lot.name):
        return Match(2, metres)
    if metres <= BESIDE_M and not _CAR_PARK.search(_plain(station.name)) and _alike(station, lot):
        return Match(3, metres)
    return None


def best_lot(station: Placed, lots: Iterable[ParkingLotRecord]) -> ParkingLotRecord | None:
    """Give the car park that a station stands in, if it is one of these."""
    found = [(fit, lot.ref, lot) for lot in lots if (fit := match(station, lot)) is not None]
    return min(found, key=lambda each: each[:2])[2] if found else None


class ChargingSites(msgspec.Struct, frozen=True):
    """Every site of one source, by where it is: a car park's are found without looking at all."""

    cells: Mapping[tuple[int, int], Sequence[ChargingSite]]
    said: Mapping[Ref, Sequence[ChargingSite]]
    """By car park: those that configuration puts there."""

    @classmethod
    def of(cls, sites: Iterable[ChargingSite]) -> ChargingSites:
        """Sort them."""
        cells: dict[tuple[int, int], list[ChargingSite]] = {}
        said: dict[Ref, list[ChargingSite]] = {}
        for site in sites:
            if site.lot is not None:
                said.setdefault(site.lot, []).append(site)
            elif site.position is not None:
                cells.setdefault(_cell(site.position), []).append(site)
        return cls(cells, said)

    def at(self, lot: ParkingLotRecord) -> list[tuple[Match, Ref]]:
        """Give those that stand in a car park, and how well they fit."""
        return [(fit, site.ref) for site in self._about(lot) if (fit := match(site, lot)) is not None]

    def _about(self, lot: ParkingLotRecord) -> Iterator[ChargingSite]:
        yield from self.said.get(lot.ref, ())
        if lot.position is not None and self.cells:
            row, column = _cell(lot.position)
            for near_row in (row - 1, row, row + 1):
                for near_column in (column - 1, column, column + 1):
                    yield from self.cells.get((near_row, near_column), ())


def _cell(position: Position) -> tuple[int, int]:
    return int(position.lat // _CELL), int(position.lng // _CELL)


@lru_cache(maxsize=8_192)
def _plain(name: str) -> str:
    """Give a name without what people write differently."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in folded if char.isalnum() or char == "+")


@lru_cache(maxsize=8_192)
def _same(station: str, lot: str) -> bool:
    there, here = _plain(lot), _plain(station)
    bare = _CHARGING.sub("", here)
    return (len(there) >= _FEWEST_LETTERS and there in here) or (
        len(bare) >= _FEWEST_LETTERS and bare in there
    )


def _alike(station: Placed, lot: ParkingLotRecord) -> bool:
    """Whether nothing that both tell of the building contradicts."""
    return not (
        (station.layout is not None and lot.layout is not None and station.layout is not lot.layout)
        or (station.grade is not None and lot.grade is not None and station.grade is not lot.grade)
    )
