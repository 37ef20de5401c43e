"""From opportunities of the wire to the records of sports and of parent-child classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from connectors.openactive import mapping
from connectors.openactive.times import end_of, instant
from connectors.openactive.vocabulary import activities, amenity
from connectors.openactive.wire import Event, Facility, Party, Place, Slot, embedded, listed
from schema.classes.records import (
    ClassLesson,
    ClassVenueRecord,
    ParentChildClassRecord,
    ParentChildCourseRecord,
)
from schema.core.record import Ref
from schema.sports.records import (
    CourtSlotRecord,
    SportsActivity,
    SportsFacilityRecord,
    SportsSessionRecord,
    SportsVenueRecord,
)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A facility as it is kept: by its item's id, and which single court of it is meant, if one is."""

    id: str
    facility: Facility
    court: str | None = None


class At(msgspec.Struct, frozen=True, kw_only=True):
    """A place, what is done there, and who runs it."""

    place: Place
    activities: tuple[SportsActivity, ...]
    operator: str | None


class Records:
    """Makes one source's records of one reading: all are as true as the copy was then."""

    def __init__(self, source: str, as_of: datetime, stale: bool) -> None:  # as records have it
        self._source = source
        self._truth: dict[str, Any] = {"as_of": as_of, "stale": stale}
        self._on = as_of.date()

    def sports_venue(self, id_: str, found: At) -> SportsVenueRecord:
        """A venue."""
        amenities = (
            amenity(feature.type_) for feature in listed(found.place.amenity_feature) if feature.value
        )
        return SportsVenueRecord(
            **self._venue(id_, found),
            activities=found.activities,
            amenities=tuple(dict.fromkeys(one for one in amenities if one is not None)),
        )

    def class_venue(self, id_: str, found: At) -> ClassVenueRecord:
        """A place where classes are given."""
        return ClassVenueRecord(**self._venue(id_, found))

    def facility(
        self, id_: str, facility: Facility, left: Mapping[str, Sequence[Slot]] | None = None
    ) -> SportsFacilityRecord:
        """Courts of one kind; `left` are slots with places, by the `@id` that they are slots of."""
        courts = (court.name for court in embedded(facility.individual_facility_use))
        return SportsFacilityRecord(
            ref=self._ref(id_),
            **self._truth,
            name=facility.name,
            description=facility.description,
            activities=activities_of(facility),
            courts=tuple(courts),
            prices=mapping.terms(facility.offers, self._truth["as_of"]).prices,
            opening_hours=mapping.opening_hours(facility.hours_available, self._on),
            website=facility.url,
            venue=self._venue_ref(facility.location),
            bookings=None
            if left is None
            else _bookings(slot for u in uses_of(facility) for slot in left.get(u, ())),
        )

    def slot(self, id_: str, slot: Slot, held: Held | None) -> CourtSlotRecord:
        """A time of a court; without its facility where that is not told."""
        start = instant(slot.start_date)
        terms = mapping.terms(slot.offers, start)
        facility = held.facility if held else None
        location = facility.location if facility else None
        return CourtSlotRecord(
            ref=self._ref(id_),
            **self._truth,
            title=facility.name if facility else None,
            start=start,
            end=end_of(start, slot.end_date, slot.duration),
            places_left=slot.remaining_uses,
            places_total=slot.maximum_uses,
            price=terms.price,
            eligibility=mapping.eligibility(None, terms.restriction),
            book_from=terms.book_from,
            book_until=terms.book_until,
            offered=mapping.bookable_online(slot.offers),
            court=held.court if held else None,
            activities=activities_of(facility) if facility else (),
            prices=terms.prices,
            cancel_until=terms.cancel_until,
            facility=self._ref(held.id) if held else None,
            venue=self._venue_ref(location),
            position=mapping.position(location if isinstance(location, Place) else None),
        )

    def sports_session(self, id_: str, session: Event) -> SportsSessionRecord:
        """One session; `session` carries its series."""
        start = instant(session.start_date or "")
        return SportsSessionRecord(
            ref=self._ref(id_), **self._truth, **self._taught(session, start), **_ends(session, start)
        )

    def single_class(self, id_: str, session: Event) -> ParentChildClassRecord:
        """One class; `session` carries its series."""
        start = instant(session.start_date or "")
        return ParentChildClassRecord(
            ref=self._ref(id_),
            **self._truth,
            **self._taught(session, start),
            **_ends(session, start),
            topics=mapping.words(mapping.inherited(session, "category")),
        )

    def course(self, id_: str, course: Event) -> ParentChildCourseRecord:
        """A course, its lessons one by one or by their rule."""
        start, end, lessons = mapping.lessons_of(course)
        return ParentChildCourseRecord(
            ref=self._ref(id_),
            **self._truth,
            **self._taught(course, start),
            end=end,
            topics=mapping.words(mapping.inherited(course, "category")),
            lessons=tuple(ClassLesson(start=begins, end=ends) for begins, ends in lessons),
            lesson_times=() if lessons else mapping.weekly(course.event_schedule),
        )

    def _taught(self, event: Event, start: datetime) -> dict[str, Any]:
        """What sessions, classes and courses tell alike."""
        location = mapping.inherited(event, "location")
        organiser = mapping.inherited(event, "organizer")
        offers = mapping.inherited(event, "offers")
        terms = mapping.terms(offers, start, free=bool(mapping.inherited(event, "is_accessible_for_free")))
        called_off = mapping.cancelled(event)
        return {
            "title": mapping.inherited(event, "name"),
            "start": start,
            "places_left": event.remaining_attendee_capacity,
            "places_total": event.maximum_attendee_capacity,
            "price": terms.price,
            "eligibility": mapping.eligibility(event, terms.restriction),
            "book_from": terms.book_from,
            "book_until": terms.book_until,
            "offered": not called_off and mapping.bookable_online(offers),
            "description": mapping.inherited(event, "description"),
            "activities": activities_of(event),
            "levels": mapping.words(mapping.inherited(event, "level")),
            "organiser": organiser.name if isinstance(organiser, Party) else None,
            "leader": mapping.people(mapping.inherited(event, "leader")),
            "cancelled": called_off,
            "prices": terms.prices,
            "cancel_until": terms.cancel_until,
            "website": mapping.inherited(event, "url"),
            "venue": self._venue_ref(location),
            "position": mapping.position(location if isinstance(location, Place) else None),
        }

    def _venue(self, id_: str, found: At) -> dict[str, Any]:
        place = found.place
        return {
            "ref": self._ref(id_),
            **self._truth,
            "name": place.name,
            "position": mapping.position(place),
            "address": mapping.address(place),
            "phone": place.telephone,
            "website": place.url,
            "operator": found.operator,
            "opening_hours": mapping.opening_hours(place.opening_hours_specification, self._on),
        }

    def _venue_ref(self, location: Place | str | None) -> Ref | None:
        return self._ref(mapping.venue_id(location)) if isinstance(location, Place) else None

    def _ref(self, id_: str) -> Ref:
        return Ref(self._source, id_)


def activities_of(found: Facility | Event) -> tuple[SportsActivity, ...]:
    """Give what is done, or what a facility is made for."""
    if isinstance(found, Facility):
        return activities(listed(found.activity), listed(found.facility_type))
    return activities(listed(mapping.inherited(found, "activity")))


def done_at(found: Facility | Event, activity: str | None) -> bool:
    """Whether a resident's word, or a code, means any of what is done; None means whatever it is."""
    return activity is None or any(one.answers_to(activity) for one in activities_of(found))


def places_of(found: Iterable[Facility | Event]) -> dict[str, At]:
    """Give the places of all that is told, each once, with whatever is done there."""
    places: dict[str, At] = {}
    for one in found:
        location = one.location if isinstance(one, Facility) else mapping.inherited(one, "location")
        if not isinstance(location, Place):
            continue
        runs = one.provider if isinstance(one, Facility) else mapping.inherited(one, "organizer")
        operator = runs.name if isinstance(runs, Party) else None
        id_ = mapping.venue_id(location)
        known = places.get(id_)
        done = {a.code: a for a in (*(known.activities if known else ()), *activities_of(one))}
        places[id_] = At(
            place=known.place if known else location,
            activities=tuple(done.values()),
            operator=(known.operator if known else None) or operator,
        )
    return places


def uses_of(facility: Facility) -> list[str]:
    """Give every `@id` that slots of a facility may name."""
    courts = [court.uri for court in embedded(facility.individual_facility_use)]
    return [uri for uri in (facility.uri, *courts) if uri is not None]


def _bookings(slots: Iterable[Slot]) -> tuple[tuple[datetime | None, datetime], ...]:
    """Give from and until when each of some slots can be booked."""
    found: dict[tuple[datetime | None, datetime], None] = {}
    for slot in slots:
        start = instant(slot.start_date)
        terms = mapping.terms(slot.offers, start)
        found[terms.book_from, terms.book_until or start] = None
    return tuple(found)


def _ends(session: Event, start: datetime) -> dict[str, Any]:
    return {"end": end_of(start, session.end_date, mapping.inherited(session, "duration"))}
