"""What of charging `search` finds."""

from __future__ import annotations

from collections.abc import Iterator

from schema.community.gazetteer import DISTRICT
from schema.core.docs import wording
from schema.core.findable import Findable
from schema.core.scenario import Scenario
from schema.parking.charging.find import open_at
from schema.parking.charging.lookups import STATIONS_NEAR
from schema.parking.charging.records import ChargingStationRecord


def _words(station: ChargingStationRecord) -> Iterator[str | None]:
    yield station.address
    yield station.operator
    yield from (wording(value) for value in (station.layout, station.grade) if value is not None)
    yield from (wording(facility) for facility in station.facilities)


CHARGING_FINDABLE: tuple[Findable, ...] = (
    Findable(
        record=ChargingStationRecord,
        scenario=Scenario.PARKING,
        called=("充电站", "充电桩", "charging station", "EV charger"),
        search=STATIONS_NEAR,
        key=lambda _: DISTRICT,
        words=_words,
        open_at=open_at,
    ),
)
