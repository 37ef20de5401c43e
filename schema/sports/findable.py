"""What of this scenario `search` finds: venues, the courts that they let, and the sessions of a week."""

from __future__ import annotations

from collections.abc import Iterator

from schema.core.agenda import Agenda
from schema.core.docs import wording
from schema.core.findable import Findable
from schema.core.hours import within
from schema.core.scenario import Scenario
from schema.sports.lookups import FACILITIES, SESSIONS, VENUES, SportsKey, VenuesKey
from schema.sports.records import (
    SportsActivity,
    SportsFacilityRecord,
    SportsSessionRecord,
    SportsVenueRecord,
)


def _named(activities: tuple[SportsActivity, ...]) -> Iterator[str | None]:
    for activity in activities:
        yield from (activity.name, activity.name_en)


def _words(venue: SportsVenueRecord) -> Iterator[str | None]:
    yield from (venue.address, venue.operator)
    yield from _named(venue.activities)
    yield from map(wording, venue.amenities)


def _facility_words(facility: SportsFacilityRecord) -> Iterator[str | None]:
    yield from (facility.description, *facility.courts)
    yield from _named(facility.activities)


def _session_words(session: SportsSessionRecord) -> Iterator[str | None]:
    yield from (session.organiser, session.description, *session.levels)
    yield from _named(session.activities)


SPORTS_FINDABLE: tuple[Findable, ...] = (
    Findable(
        record=SportsVenueRecord,
        scenario=Scenario.SPORTS,
        called=("运动场馆", "体育馆", "球场", "健身", "sports centre", "sports"),
        search=VENUES,
        key=lambda _: VenuesKey(),
        words=_words,
        open_at=lambda venue, now: within(venue.opening_hours, now) if venue.opening_hours else None,
    ),
    Findable(
        record=SportsFacilityRecord,
        scenario=Scenario.SPORTS,
        called=("球场", "场地", "court", "pitch", "sports facility"),
        search=FACILITIES,
        key=lambda now: SportsKey(agenda=Agenda.coming(now)),
        words=_facility_words,
        part_of=lambda facility: facility.venue,
        whole=SportsVenueRecord,
        open_at=lambda facility, now: within(facility.opening_hours, now) if facility.opening_hours else None,
        bookable_at=lambda facility, now: facility.bookable_at(now),
    ),
    Findable(
        record=SportsSessionRecord,
        scenario=Scenario.SPORTS,
        called=("运动课程", "健身课", "exercise class", "session"),
        search=SESSIONS,
        key=lambda now: SportsKey(agenda=Agenda.coming(now)),
        words=_session_words,
        part_of=lambda session: session.venue,
        whole=SportsVenueRecord,
        shows=lambda session, now: not session.cancelled and now < session.start,
    ),
)
