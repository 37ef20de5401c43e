"""Nights in youth hostels: which beds are free for a whole stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from schema.core.connection import Page, check_first, decode_cursor, page
from schema.core.context import Info
from schema.core.errors import InvalidInput
from schema.core.geo import Near
from schema.core.scalars import in_china
from schema.core.service import admits_graduate
from schema.hostels.lookups import HOSTELS
from schema.hostels.records import HostelNightRecord, YouthHostelRecord

MAX_NIGHTS = 31


def check_stay(info: Info, arrival: date | None, nights: int) -> date:
    """Give the evening that a stay begins on, today where none is named, or say what is wrong with it."""
    today = in_china(info.context.now).date()
    if not 1 <= nights <= MAX_NIGHTS:
        raise InvalidInput(f"`nights` is between 1 and {MAX_NIGHTS}.")
    if arrival is not None and arrival < today:
        raise InvalidInput("`arrival` is not in the past.")
    return arrival or today


def nights_free(hostel: YouthHostelRecord, arrival: date, nights: int) -> int | None:
    """Give the beds that are free in each night of a stay; None where the directory tells not all of them."""
    left = [night.places_left for night in hostel.nights(arrival, nights)]
    known = [one for one in left if one is not None]
    return min(known) if len(known) == nights else None


async def find_nights(
    info: Info,
    arrival: date,
    nights: int,
    *,
    circle: Near | None,
    graduated_in: int | None,
    whole_stay: bool,
    first: int,
    after: str | None,
) -> Page[HostelNightRecord]:
    """Give a page of nights: by evening, then the nearest first."""
    size, cursor = check_first(first), decode_cursor(after, tuple[int, int, str, str])
    found = await info.context.search(HOSTELS, None if circle is None else circle.covering())
    info.context.report(info, found.failures)
    near = [
        (hostel, hostel.distance_from(circle))
        for hostel in found.items
        if graduated_in is None or admits_graduate(hostel.eligibility, graduated_in)
    ]
    metres = {
        hostel.ref: distance
        for hostel, distance in near
        if circle is None or (distance is not None and distance <= circle.radius)
    }
    within = [hostel for hostel, _ in near if hostel.ref in metres]
    if whole_stay:
        within = [hostel for hostel in within if nights_free(hostel, arrival, nights)]
    offered = list(_nights(within, arrival, nights))
    return page(
        offered,
        key=lambda night: (
            night.start.toordinal(),
            metres[night.service] or 0,
            night.ref.source,
            night.ref.id,
        ),
        first=size,
        after=cursor,
        total=found.count(offered),
        distance=lambda night: metres[night.service],
    )


def _nights(hostels: Sequence[YouthHostelRecord], arrival: date, nights: int) -> Iterable[HostelNightRecord]:
    return (night for hostel in hostels for night in hostel.nights(arrival, nights))
