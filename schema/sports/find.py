"""Venues, court slots and sessions as residents ask for them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TypeVar

from schema.core.agenda import Agenda
from schema.core.connection import Page
from schema.core.context import Info
from schema.core.geo import Near
from schema.core.hours import within
from schema.core.listed import listed
from schema.core.lookup import Search
from schema.core.record import Ref
from schema.sports.lookups import COURT_SLOTS, SESSIONS, VENUES, SportsKey, VenuesKey
from schema.sports.records import CourtSlotRecord, SportsSessionRecord, SportsVenueRecord

R = TypeVar("R", CourtSlotRecord, SportsSessionRecord)


def open_now(venue: SportsVenueRecord, info: Info) -> bool | None:
    """Say whether a venue is open at the request's instant, None where nobody knows its hours."""
    return within(venue.opening_hours, info.context.now) if venue.opening_hours else None


async def find_venues(
    info: Info, circle: Near | None, activity: str | None, first: int, after: str | None
) -> Page[SportsVenueRecord]:
    """Give a page of venues: the nearest first, or by source where nothing says near what."""
    key = VenuesKey(near=circle.covering() if circle else None, activity=activity)
    return await listed(info, VENUES, key, circle=circle, first=first, after=after)


async def find_court_slots(
    info: Info,
    day: date | None,
    circle: Near | None,
    activity: str | None,
    of: Ref | None,
    facility: Ref | None,
    free: bool,
    first: int,
    after: str | None,
) -> Page[CourtSlotRecord]:
    """Give a page of court slots, the earliest first, of all or of a venue or facility."""
    agenda = Agenda.ask(info.context.now, day, first, after)
    key = SportsKey(
        agenda=agenda,
        near=circle,
        activity=activity,
        venue=of.id if of else None,
        facility=facility.id if facility else None,
        free=free,
    )
    return await _fill(info, COURT_SLOTS, key, _one_source(of, facility))


async def find_sessions(
    info: Info,
    day: date | None,
    circle: Near | None,
    activity: str | None,
    of: Ref | None,
    free: bool,
    first: int,
    after: str | None,
) -> Page[SportsSessionRecord]:
    """Give a page of sessions, the earliest first, of all or of a venue."""
    agenda = Agenda.ask(info.context.now, day, first, after)
    key = SportsKey(agenda=agenda, near=circle, activity=activity, venue=of.id if of else None, free=free)
    return await _fill(info, SESSIONS, key, _one_source(of))


async def _fill(
    info: Info, search: Search[SportsKey, R], key: SportsKey, sources: Collection[str] | None
) -> Page[R]:
    found = await info.context.search(search, key, sources)
    info.context.report(info, found.failures)
    near = key.near
    return key.agenda.cut(found.items, lambda slot: near.distance_to(slot.position) if near else None)


def _one_source(*refs: Ref | None) -> Collection[str] | None:
    """Whom to ask: everyone, or the source that every Ref given is of; nobody where they differ."""
    sources = {ref.source for ref in refs if ref is not None}
    return None if not sources else sources if len(sources) == 1 else ()
