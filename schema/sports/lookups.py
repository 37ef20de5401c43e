"""What sports asks of its sources, each of which is a local copy that nobody need be called for."""

from __future__ import annotations

import msgspec

from schema.core.agenda import Agenda
from schema.core.geo import Near
from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Ref
from schema.sports.records import (
    CourtSlotRecord,
    SportsFacilityRecord,
    SportsSessionRecord,
    SportsVenueRecord,
)

_RARELY_CHANGED = Freshness(fresh=60, stale=3_600)
_PLACES = Freshness(fresh=15)
"""Places change with every booking; the copy at hand is read each time, and others keep it no longer."""


class VenuesKey(msgspec.Struct, frozen=True, kw_only=True):
    """Venues within a circle, None for all, where an activity can be done, None for any."""

    near: Near | None = None
    activity: str | None = None


class SportsKey(msgspec.Struct, frozen=True, kw_only=True):
    """What can be booked within an agenda. `venue` and `facility` are ids within the source asked."""

    agenda: Agenda
    near: Near | None = None
    activity: str | None = None
    venue: str | None = None
    facility: str | None = None
    free: bool = False
    """Only what has places left and is offered."""


VENUE_BY_REF: Lookup[Ref, SportsVenueRecord] = Lookup("sports.venue_by_ref", _RARELY_CHANGED)
VENUES: Search[VenuesKey, SportsVenueRecord] = Search("sports.venues", _RARELY_CHANGED, primes=VENUE_BY_REF)
FACILITY_BY_REF: Lookup[Ref, SportsFacilityRecord] = Lookup("sports.facility_by_ref", _RARELY_CHANGED)
FACILITIES: Search[SportsKey, SportsFacilityRecord] = Search(
    "sports.facilities", _RARELY_CHANGED, primes=FACILITY_BY_REF
)
"""All facilities: of the key only its agenda's span is heeded, in which their `bookings` are looked for."""
FACILITIES_OF_VENUE: Lookup[Ref, tuple[SportsFacilityRecord, ...]] = Lookup(
    "sports.facilities_of_venue", _RARELY_CHANGED
)
"""By the venue's Ref, in the order of their ids."""

COURT_SLOT_BY_REF: Lookup[Ref, CourtSlotRecord] = Lookup("sports.court_slot_by_ref", _PLACES)
COURT_SLOTS: Search[SportsKey, CourtSlotRecord] = Search(
    "sports.court_slots", _PLACES, primes=COURT_SLOT_BY_REF
)
SESSION_BY_REF: Lookup[Ref, SportsSessionRecord] = Lookup("sports.session_by_ref", _PLACES)
SESSIONS: Search[SportsKey, SportsSessionRecord] = Search("sports.sessions", _PLACES, primes=SESSION_BY_REF)
