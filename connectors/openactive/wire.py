"""The JSON-LD of Modelling Opportunity Data 2.0 and the pages of RPDE 1.0, as far as they are read.

Fields are required where the standard requires them of that very type. What a type may inherit from its
parent (a session from its series, a course instance from its course) is optional here. Older systems write
`id` for `@id`, and one object where the standard has a list.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypeVar

import msgspec

T = TypeVar("T")

Many: TypeAlias = list[T] | T | None
"""A list, or what was written in the place of a list of one."""


class Thing(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whatever may have an identifier of its own."""

    json_ld_id: str | int | None = msgspec.field(name="@id", default=None)
    plain_id: str | int | None = msgspec.field(name="id", default=None)

    @property
    def uri(self) -> str | None:
        """Its `@id`."""
        found = self.json_ld_id if self.json_ld_id is not None else self.plain_id
        return None if found is None else str(found)


class Concept(Thing, frozen=True, kw_only=True, rename="camel"):
    """A concept of a published list."""

    pref_label: str | None = None


class Age(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A QuantitativeValue: years, both ends included."""

    min_value: float | None = None
    max_value: float | None = None


class Offer(Thing, frozen=True, kw_only=True, rename="camel"):
    """What booking costs, for whom and when."""

    name: str | None = None
    price: float | None = None
    price_currency: str | None = None
    age_range: Age | None = None
    age_restriction: Age | None = None
    open_booking_in_advance: str | None = None
    valid_from_before_start_date: str | None = None
    valid_through_before_start_date: str | None = None
    latest_cancellation_before_start_date: str | None = None
    allow_customer_cancellation_full_refund: bool | None = None
    eligible_entitlement_type: Many[Concept | str] = None


class Hours(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An OpeningHoursSpecification; a special one of a closed day names no day of the week."""

    day_of_week: Many[str] = None
    opens: str
    closes: str
    valid_from: str | None = None
    valid_through: str | None = None


class Address(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A PostalAddress."""

    street_address: str | None = None
    address_locality: str | None = None
    address_region: str | None = None
    address_country: str | None = None


class Geo(msgspec.Struct, frozen=True, kw_only=True):
    """GeoCoordinates, WGS-84."""

    latitude: float
    longitude: float


class Amenity(msgspec.Struct, frozen=True, kw_only=True):
    """A LocationFeatureSpecification."""

    type_: str | None = msgspec.field(name="@type", default=None)
    value: bool | None = None


class Place(Thing, frozen=True, kw_only=True, rename="camel"):
    """Where something is."""

    name: str
    url: str | None = None
    telephone: str | None = None
    address: Address | str | None = None
    geo: Geo | None = None
    opening_hours_specification: Many[Hours] = None
    amenity_feature: Many[Amenity] = None


class Party(Thing, frozen=True, kw_only=True, rename="camel"):
    """A Person or an Organization."""

    name: str | None = None
    family_name: str | None = None
    given_name: str | None = None


class Facility(Thing, frozen=True, kw_only=True, rename="camel"):
    """A FacilityUse, or an IndividualFacilityUse within it."""

    name: str
    url: str | None = None
    description: str | None = None
    location: Place | str | None = None
    provider: Party | str | None = None
    activity: Many[Concept | str] = None
    facility_type: Many[Concept | str] = None
    offers: Many[Offer] = None
    hours_available: Many[Hours] = None
    individual_facility_use: Many[Facility | str] = None
    aggregate_facility_use: Facility | str | None = None


class Slot(Thing, frozen=True, kw_only=True, rename="camel"):
    """A time at which so many courts of a facility can be had."""

    facility_use: Facility | str
    start_date: str
    duration: str
    end_date: str | None = None
    remaining_uses: int
    maximum_uses: int | None = None
    offers: Many[Offer]


class Repetition(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A Schedule or PartialSchedule, as far as it names times of the week."""

    by_day: Many[str] = None
    start_time: str | None = None
    end_time: str | None = None


class Event(Thing, frozen=True, kw_only=True, rename="camel"):
    """SessionSeries, ScheduledSession, CourseInstance, Course, EventSeries and Event, which share a shape."""

    name: str | None = None
    description: str | None = None
    url: str | None = None
    location: Place | str | None = None
    organizer: Party | str | None = None
    leader: Many[Party | str] = None
    activity: Many[Concept | str] = None
    category: Many[str | Concept] = None
    level: Many[str | Concept] = None
    age_range: Age | None = None
    age_restriction: Age | None = None
    gender_restriction: str | None = None
    additional_admission_restriction: Many[str] = None
    offers: Many[Offer] = None
    is_accessible_for_free: bool | None = None
    start_date: str | None = None
    end_date: str | None = None
    duration: str | None = None
    event_status: str | None = None
    maximum_attendee_capacity: int | None = None
    remaining_attendee_capacity: int | None = None
    event_schedule: Many[Repetition] = None
    sub_event: Many[Event | str] = None
    super_event: Event | str | None = None
    instance_of_course: Event | str | None = None


class RpdeItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item of a page; one that is deleted has no data."""

    id: str | int
    kind: str
    modified: int | str
    state: Literal["updated", "deleted"]
    data: msgspec.Raw = msgspec.Raw()


class RpdePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page; its items are decoded one by one, so that a bad one leaves the others whole."""

    next: str
    items: list[msgspec.Raw]


def listed(values: Many[T]) -> list[T]:
    """Give a list of what is a list, an object or nothing."""
    if values is None:
        return []
    return list(values) if isinstance(values, list) else [values]


def embedded(values: Many[T | str]) -> list[T]:
    """Give what is there in whole, without what is only referred to."""
    given: list[T | str] = listed(values)
    return [value for value in given if not isinstance(value, str)]
