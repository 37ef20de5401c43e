"""Car parks around a point, and what is asked of them before they are shown."""

from __future__ import annotations

from datetime import datetime

from schema.core.connection import Page
from schema.core.context import Info
from schema.core.errors import InvalidInput
from schema.core.geo import Near
from schema.core.hours import within
from schema.core.listed import listed
from schema.parking.lookups import LOTS_NEAR
from schema.parking.records import ParkingLotRecord


def open_at(lot: ParkingLotRecord, now: datetime) -> bool | None:
    """Say whether a car park is open at an instant, None where nobody knows its hours."""
    if lot.closed:
        return False
    if lot.open_24h:
        return True
    return within(lot.opening_hours, now) if lot.opening_hours else None


async def find_lots(
    info: Info,
    circle: Near,
    first: int,
    after: str | None,
    is_open: bool | None = None,
    min_free: int | None = None,
) -> Page[ParkingLotRecord]:
    """Give a page of the car parks in a circle, the nearest first.

    A filter keeps only what is known to fit: a car park of unknown hours or occupancy fits none.
    """
    if min_free is not None and min_free < 0:
        raise InvalidInput("`minFree` is at least 0.")

    def keep(lot: ParkingLotRecord) -> bool:
        return (is_open is None or open_at(lot, info.context.now) is is_open) and (
            min_free is None or _has_free(lot, min_free)
        )

    return await listed(
        info, LOTS_NEAR, circle.covering(), circle=circle, first=first, after=after, keep=keep
    )


def _has_free(lot: ParkingLotRecord, at_least: int) -> bool:
    return lot.occupancy is not None and lot.occupancy.free is not None and lot.occupancy.free >= at_least
