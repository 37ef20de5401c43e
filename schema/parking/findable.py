"""What of this scenario `search` finds."""

from __future__ import annotations

from collections.abc import Iterator

from schema.community.gazetteer import DISTRICT
from schema.core.docs import wording
from schema.core.findable import Findable
from schema.core.scenario import Scenario
from schema.parking.find import open_at
from schema.parking.lookups import LOTS_NEAR
from schema.parking.records import ParkingLotRecord


def _words(lot: ParkingLotRecord) -> Iterator[str | None]:
    yield lot.address
    yield from (wording(value) for value in (lot.layout, lot.grade) if value is not None)


PARKING_FINDABLE: tuple[Findable, ...] = (
    Findable(
        record=ParkingLotRecord,
        scenario=Scenario.PARKING,
        called=("停车场", "车位", "car park", "parking lot"),
        search=LOTS_NEAR,
        key=lambda _: DISTRICT,
        words=_words,
        open_at=open_at,
    ),
)
