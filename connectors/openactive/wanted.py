"""Wanted: what an order asks for, as its booking system calls it, out of the copy of the feeds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from connectors.kit import Refusal, Refused
from connectors.openactive import feeds, mapping
from connectors.openactive.copy import Copy
from connectors.openactive.times import instant
from connectors.openactive.wire import Event, Many, Offer, Party
from schema.classes.records import ParentChildClassRecord, ParentChildCourseRecord
from schema.core.slot import Price
from schema.sports.records import CourtSlotRecord, SportsSessionRecord


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An opportunity with the offer whose price is shown for it, and who sells it; all three by `@id`."""

    opportunity: str
    offer: str
    seller: str
    price: Price | None
    """For one; None where the feed tells none."""
    most: int | None
    """How many it takes at all."""
    book_from: datetime | None
    book_until: datetime

    def unbookable_at(self, now: datetime) -> Refusal:
        """Say why it could not be booked at an instant at which it has been refused as not bookable."""
        if self.book_from is not None and now < self.book_from:
            return Refusal.TOO_EARLY
        return Refusal.TOO_LATE if now >= self.book_until else Refusal.NOT_OFFERED


async def find_wanted(copy: Copy, kind: str, id_: str) -> Wanted:
    """Give what a slot of a kind is; Refused where it is not there, or cannot be named in an order."""
    found = await _READERS[kind](copy, id_)
    if found is None:
        raise Refused(Refusal.NOT_OFFERED, "not in the feed")
    return found


async def _slot(copy: Copy, id_: str) -> Wanted | None:
    rows = await copy.get(feeds.SLOT, {id_})
    if id_ not in rows:
        return None
    ((_, slot, held),) = await copy.with_facilities([(id_, feeds.decode_slot(rows[id_]))])
    provider = held.facility.provider if held is not None else None
    return _wanted(slot.uri, slot.offers, provider, instant(slot.start_date), slot.maximum_uses)


async def _session(copy: Copy, id_: str) -> Wanted | None:
    rows = await copy.get(feeds.SESSION, {id_})
    found = [(id_, feeds.decode_event(data)) for data in rows.values()]
    for _, session in await copy.with_series(found):
        return _event(session, instant(session.start_date or ""))
    return None


async def _course(copy: Copy, id_: str) -> Wanted | None:
    rows = await copy.get(feeds.COURSE, {id_})
    if id_ not in rows:
        return None
    course = feeds.decode_event(rows[id_])
    return _event(course, mapping.lessons_of(course)[0])


def _event(event: Event, start: datetime) -> Wanted:
    return _wanted(
        event.uri,
        mapping.inherited(event, "offers"),
        mapping.inherited(event, "organizer"),
        start,
        event.maximum_attendee_capacity,
        free=bool(mapping.inherited(event, "is_accessible_for_free")),
    )


def _wanted(
    opportunity: str | None,
    offers: Many[Offer],
    seller: Party | str | None,
    start: datetime,
    most: int | None,
    **terms_of: Any,
) -> Wanted:
    offer = mapping.main_offer(offers).uri
    seller = seller.uri if isinstance(seller, Party) else seller
    if opportunity is None or offer is None or seller is None:
        raise Refused(Refusal.NOT_POSSIBLE, "its opportunity, offer or seller has no @id")
    terms = mapping.terms(offers, start, **terms_of)
    return Wanted(
        opportunity=opportunity,
        offer=offer,
        seller=seller,
        price=terms.price,
        most=most,
        book_from=terms.book_from,
        book_until=terms.book_until or start,
    )


_READERS: Mapping[str, Callable[[Copy, str], Awaitable[Wanted | None]]] = {
    CourtSlotRecord.kind: _slot,
    SportsSessionRecord.kind: _session,
    ParentChildClassRecord.kind: _session,
    ParentChildCourseRecord.kind: _course,
}
