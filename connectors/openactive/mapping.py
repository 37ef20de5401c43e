"""From opportunities of the wire to what scenarios show: prices, who may come, when, where."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from connectors.kit import Key
from connectors.openactive.times import before, clock, end_of, in_force, instant
from connectors.openactive.wire import (
    Address,
    Age,
    Concept,
    Event,
    Hours,
    Many,
    Offer,
    Party,
    Place,
    Repetition,
    embedded,
    listed,
)
from schema.core.hours import WEEK, OpeningHours, Weekday, hours_on
from schema.core.record import Position
from schema.core.slot import Eligibility, Price

_LONGEST_ID = 200
_CENT = Decimal("0.01")
_GENDERS = {"FemaleOnly": "仅限女性", "MaleOnly": "仅限男性"}


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """On what terms something beginning at an instant can be booked."""

    price: Price | None
    prices: tuple[Price, ...]
    restriction: Age | None
    book_from: datetime | None
    book_until: datetime | None
    cancel_until: datetime | None


def ancestry(event: Event) -> Iterable[Event]:
    """Give an event and whom it inherits from: its course, its series, that one's series."""
    waiting: list[Event | str | None] = [event]
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, Event):
            yield found
            waiting += [found.instance_of_course, found.super_event]


def inherited(event: Event, name: str) -> Any:
    """Give the nearest value that an event or whom it inherits from has; None where nobody has any."""
    values = (getattr(one, name) for one in ancestry(event))
    return next((value for value in values if value not in (None, [])), None)


def place_keys(location: Place | str | None) -> dict[str, Key]:
    """Give what an item is found by for where it is."""
    if not isinstance(location, Place):
        return {}
    geo = location.geo
    return {
        "venue": venue_id(location),
        "lat": geo.latitude if geo else None,
        "lng": geo.longitude if geo else None,
    }


def venue_id(place: Place) -> str:
    """Give a place's identifier, or one made of what it says where it has none or a very long one."""
    if place.uri and len(place.uri) <= _LONGEST_ID and place.uri.isprintable():
        return place.uri
    said = place.uri or "\n".join((place.name, address(place) or ""))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def position(place: Place | None) -> Position | None:
    """Give where a place is."""
    if place is None or place.geo is None:
        return None
    return Position(lat=place.geo.latitude, lng=place.geo.longitude)


def address(place: Place) -> str | None:
    """Give a place's address as one line, in the order of its country."""
    given = place.address
    if not isinstance(given, Address):
        return given or None
    parts = [given.address_region, given.address_locality, given.street_address]
    if given.address_country in ("CN", None):
        return "".join(part for part in parts if part) or None
    return ", ".join(part for part in reversed(parts) if part) or None


def opening_hours(specifications: Many[Hours], on: date) -> tuple[OpeningHours, ...]:
    """Give the hours that hold on a day; what cannot be read, and public holidays, are left out."""
    found = []
    for hours in listed(specifications):
        days = weekdays(hours.day_of_week)
        if not days or not in_force(on, hours.valid_from, hours.valid_through):
            continue
        try:
            found.append(hours_on(days, clock(hours.opens), clock(hours.closes)))
        except ValueError:
            continue
    return tuple(found)


def weekly(schedules: Many[Repetition]) -> tuple[OpeningHours, ...]:
    """Give the times of the week that schedules name."""
    found = []
    for schedule in listed(schedules):
        days = weekdays(schedule.by_day)
        if days and schedule.start_time and schedule.end_time:
            try:
                found.append(hours_on(days, clock(schedule.start_time), clock(schedule.end_time)))
            except ValueError:
                continue
    return tuple(found)


def weekdays(names: Many[str]) -> list[Weekday]:
    """Read days of the week, written as schema.org's addresses or bare."""
    known = {day.value: day for day in WEEK}
    bare = (name.rpartition("/")[2].upper() for name in listed(names))
    return [known[name] for name in bare if name in known]


def people(parties: Many[Party | str]) -> str | None:
    """Give the names of those who lead."""
    names = [
        party.name or "".join(part for part in (party.family_name, party.given_name) if part)
        for party in embedded(parties)
    ]
    return "、".join(name for name in names if name) or None


def words(values: Many[str | Concept]) -> tuple[str, ...]:
    """Give labels, whether written as such or as concepts."""
    given: list[str | Concept] = listed(values)
    labels = (value if isinstance(value, str) else value.pref_label for value in given)
    return tuple(label for label in labels if label)


def cancelled(event: Event) -> bool:
    """Whether an event is called off or put off."""
    return (event.event_status or "").rpartition("/")[2] in ("EventCancelled", "EventPostponed")


def bookable_online(offers: Many[Offer]) -> bool:
    """Whether any offer can be booked in advance; so it is where nothing is said of offers."""
    given = listed(offers)
    return not given or any(_online(offer) for offer in given)


def free_places(event: Event) -> int | None:
    """Give the places that can be had, none of what is not offered; None where the source does not say."""
    if cancelled(event):
        return 0
    return event.remaining_attendee_capacity


def main_offer(offers: Many[Offer]) -> Offer:
    """Give the offer that is open to most: the one whose price is shown, and by which it is booked."""
    return max(listed(offers), key=_openness, default=Offer())


def terms(offers: Many[Offer], start: datetime, *, free: bool = False) -> Terms:
    """Give what booking takes by the offer that is open to most: online, for any age and anybody."""
    given = listed(offers)
    main = main_offer(offers)
    price = Price(amount=Decimal("0.00")) if free else _price(main)
    cancel_until = before(start, main.latest_cancellation_before_start_date)
    if cancel_until is None and main.allow_customer_cancellation_full_refund:
        cancel_until = start
    return Terms(
        price=price,
        prices=tuple(found for offer in given if (found := _price(offer)) is not None),
        restriction=main.age_restriction or main.age_range,
        book_from=before(start, main.valid_from_before_start_date),
        book_until=before(start, main.valid_through_before_start_date),
        cancel_until=cancel_until,
    )


def eligibility(event: Event | None, restriction: Age | None) -> Eligibility | None:
    """Give who may come: the ages that something is for, whom it is for, and what else is asked."""
    ages = restriction
    notes: list[str] = []
    if event is not None:
        ages = ages or inherited(event, "age_restriction") or inherited(event, "age_range")
        gender = (inherited(event, "gender_restriction") or "").rpartition("/")[2]
        notes = [_GENDERS[gender]] if gender in _GENDERS else []
        notes += listed(inherited(event, "additional_admission_restriction"))
    if not notes and (ages is None or (ages.min_value is None and ages.max_value is None)):
        return None
    return Eligibility(
        minimum_age=ages.min_value if ages else None,
        maximum_age=ages.max_value if ages else None,
        note="；".join(notes) or None,
    )


def fits(who: Eligibility | None, age: float | None) -> bool:
    """Whether someone of an age may come; a whole year of the oldest age is included."""
    if who is None or age is None:
        return True
    return (who.minimum_age is None or who.minimum_age <= age) and (
        who.maximum_age is None or age < who.maximum_age + 1
    )


def lessons_of(course: Event) -> tuple[datetime, datetime | None, Sequence[tuple[datetime, datetime | None]]]:
    """Give when a course begins and ends, and its lessons where they are told one by one.

    A course's own dates are days; ValueError where neither they nor its lessons can be read.
    """
    told = sorted(
        (start, end_of(start, lesson.end_date, lesson.duration))
        for lesson in embedded(course.sub_event)
        if lesson.start_date is not None
        for start in (instant(lesson.start_date),)
    )
    if told:
        return told[0][0], told[-1][1], told
    start, end = instant(course.start_date or ""), instant(course.end_date or "")
    times = [
        (clock(schedule.start_time), clock(schedule.end_time))
        for schedule in listed(course.event_schedule)
        if schedule.start_time and schedule.end_time
    ]
    if times and "T" not in (course.start_date or ""):
        start = datetime.combine(start.date(), times[0][0], start.tzinfo)
        end = datetime.combine(end.date(), times[-1][1], end.tzinfo)
    return start, end, ()


def _online(offer: Offer) -> bool:
    return (offer.open_booking_in_advance or "").rpartition("/")[2] != "Unavailable"


def _openness(offer: Offer) -> tuple[bool, bool, bool]:
    return _online(offer), not listed(offer.eligible_entitlement_type), offer.age_restriction is None


def _price(offer: Offer) -> Price | None:
    if offer.price is None or not 0 <= offer.price < 1e9:
        return None
    amount = Decimal(str(offer.price)).quantize(_CENT)
    return Price(amount=amount, currency=offer.price_currency or "CNY", note=offer.name)
