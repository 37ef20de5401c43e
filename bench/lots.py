"""Car parks held in memory: a connector that answers parking for a thousand of them, asking nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time

from connectors.kit import Connector, answers
from schema.core.geo import Near
from schema.core.hours import WEEK, OpeningHours
from schema.core.record import Position, Ref
from schema.parking.lookups import (
    LOT_BY_REF,
    LOTS_NEAR,
    RIGHTS,
    TARIFF_BY_REF,
    TARIFFS_OF_LOTS,
    AllRights,
    TariffsKey,
)
from schema.parking.records import (
    ParkingGrade,
    ParkingLayout,
    ParkingLotRecord,
    ParkingOccupancy,
    RightRecord,
    TariffBasis,
    TariffRecord,
)

COUNT = 1_000
CENTRE = (22.72, 114.25)

_ALL = f"near: {{lat: {CENTRE[0]}, lng: {CENTRE[1]}, radius: 20000}}, first: {COUNT}"

LIST = f"""{{ parkingLots({_ALL}) {{
  edges {{ distance node {{ id name capacity position {{ lat lng }} occupancy {{ free percent }}
    tariffs {{ name }} source {{ id }} asOf }} }} }} }}"""
"""A list as a map shows it: eight relations and values of each car park."""

TEN_THOUSAND = f"""{{ parkingLots({_ALL}) {{
  edges {{ node {{ name position {{ lat lng }} occupancy {{ free at }} source {{ name }}
    openingHours {{ days opens closes }} }} }} }} }}"""
"""Ten objects a car park: edge, lot, position, occupancy, source and five spans of opening hours."""

_AS_OF = datetime.fromisoformat("2026-11-24T10:00:00+08:00")
_RIGHTS = 8
_HOURS = tuple(
    OpeningHours(days=days, opens=time(opens), closes=time(closes))
    for days, opens, closes in (
        (WEEK[:4], 7, 22), (WEEK[4:5], 7, 23), (WEEK[5:6], 8, 23), (WEEK[6:], 8, 22), (WEEK[5:], 23, 1),
    )
)  # fmt: skip


def _lot(source: str, number: int) -> ParkingLotRecord:
    free, capacity = number % 97, 100 + number % 300
    return ParkingLotRecord(
        ref=Ref(source, f"{number:05d}"),
        as_of=_AS_OF,
        name=f"停车场{number}",
        name_en=f"Car Park {number}",
        position=Position(
            lat=CENTRE[0] + (number % 40 - 20) * 0.004, lng=CENTRE[1] + (number // 40 - 12) * 0.005
        ),
        address=f"龙岗大道{number}号",
        layout=ParkingLayout.STRUCTURE,
        grade=ParkingGrade.UNDERGROUND,
        capacity=capacity,
        occupancy=ParkingOccupancy(
            free=free,
            occupied=capacity - free,
            capacity=capacity,
            percent=round(100 - 100 * free / capacity, 1),
            at=_AS_OF,
        ),
        opening_hours=_HOURS,
        open_24h=False,
        rights=(f"right-{number % _RIGHTS}",),
    )


def _tariff(source: str, id_: str) -> TariffRecord:
    return TariffRecord(ref=Ref(source, id_), as_of=_AS_OF, name=f"收费标准{id_}", basis=TariffBasis.HOURLY)


class Lots(Connector):
    """Answers what lists of car parks ask."""

    standard = "memory"

    @answers(LOTS_NEAR)
    async def near(self, keys: Sequence[Near]) -> Mapping[Near, Sequence[ParkingLotRecord]]:
        """All of them, made anew as a connector would out of its system's answer."""
        return {key: [_lot(self.upstream.source, number) for number in range(COUNT)] for key in keys}

    @answers(LOT_BY_REF)
    async def lot(self, keys: Sequence[Ref]) -> Mapping[Ref, ParkingLotRecord]:
        """One each."""
        return {key: _lot(key.source, int(key.id)) for key in keys}

    @answers(RIGHTS)
    async def rights(self, keys: Sequence[AllRights]) -> Mapping[AllRights, Sequence[RightRecord]]:
        """Two tariffs a right."""
        found = [
            RightRecord(right=f"right-{right}", tariffs=(f"{right}-a", f"{right}-b"))
            for right in range(_RIGHTS)
        ]
        return dict.fromkeys(keys, found)

    @answers(TARIFFS_OF_LOTS)
    async def tariffs(self, keys: Sequence[TariffsKey]) -> Mapping[TariffsKey, Sequence[TariffRecord]]:
        """The tariffs that the rights name."""
        return {key: [_tariff(key.source, id_) for id_ in sorted(key.tariffs or ())] for key in keys}

    @answers(TARIFF_BY_REF)
    async def tariff(self, keys: Sequence[Ref]) -> Mapping[Ref, TariffRecord]:
        """One each."""
        return {key: _tariff(key.source, key.id) for key in keys}
