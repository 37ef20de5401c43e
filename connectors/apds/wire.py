"""What an APDS v4 system sends: the parts of the standard's schemas that we read.

Strict where a record cannot be made without it (id, name, the envelope's meta), tolerant elsewhere:
enumerations stay strings, so that a value that we do not know costs no more than itself, and whatever
the schemas do not name is passed over. A null stands for what is absent: many serialisers write it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from connectors.kit import DecodeError, convert, json_of

T = TypeVar("T")


def decoder(type_: type[T]) -> Callable[[bytes], T]:
    """Give the decoder of a struct of this module."""
    decode, plain = json_of(type_, strict=False), json_of(object)

    def without_nulls(body: bytes) -> T:
        try:
            return decode(body)
        except DecodeError:
            return convert(_dense(plain(body)), type_)

    return without_nulls


def _dense(value: Any) -> Any:
    """Leave out what is null, at any depth."""
    if isinstance(value, dict):
        return {name: _dense(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_dense(item) for item in value if item is not None]
    return value


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Names as the standard writes them."""


class Meta(_Wire, frozen=True, kw_only=True):
    """PaginatedListMeta."""

    reference_instant: int
    """Unix epoch seconds; the same for all pages of one answer."""
    page_size: int
    total: int


class Listing(_Wire, frozen=True, kw_only=True):
    """PaginatedList: the items undecoded, so that a bad one costs only itself."""

    meta: Meta
    data: list[msgspec.Raw] = []


class Text(_Wire, frozen=True, kw_only=True):
    """SpecificLanguageString; a MultilingualString is a list of them."""

    language: str
    string: str


class VersionedReference(_Wire, frozen=True, kw_only=True):
    """A versioned object elsewhere."""

    id: str
    version: int
    class_name: str | None = None


class TimePeriodOfDay(_Wire, frozen=True, kw_only=True):
    """`HH:MM` to `HH:MM`."""

    start_time_of_period: str
    end_time_of_period: str


class DayWeekMonth(_Wire, frozen=True, kw_only=True):
    """Days of certain weeks and months; what is absent is not restricted."""

    applicable_day: list[str] = []
    applicable_month: list[str] = []
    applicable_week: list[str] = []


class Period(_Wire, frozen=True, kw_only=True):
    """Times of day on days of the week, within bounds."""

    start_of_period: datetime | None = None
    end_of_period: datetime | None = None
    recurring_day_week_month_period: list[DayWeekMonth] = []
    recurring_special_day: list[msgspec.Raw] = []
    recurring_time_period_of_day: list[TimePeriodOfDay] = []


class OverallPeriod(_Wire, frozen=True, kw_only=True):
    """Periods that hold less periods that do not, within bounds."""

    overall_start_time: datetime | None = None
    overall_end_time: datetime | None = None
    valid_periods: list[Period] = []
    exception_periods: list[Period] = []


class Validity(_Wire, frozen=True, kw_only=True):
    """When something holds, by a status or by periods."""

    validity_status: str | None = None
    validity_time_specification: OverallPeriod = OverallPeriod()


class PeriodsOrValidity(_Wire, frozen=True, kw_only=True):
    """Either of both."""

    periods: list[Period] = []
    validity: Validity | None = None


class Times(_Wire, frozen=True, kw_only=True):
    """When a place operates."""

    available24hours: bool = False
    open_all_year: bool = True
    opening_times_not_specified: bool = False
    opening_times_unknown: bool = False
    operating_time: PeriodsOrValidity | None = None


class Point(_Wire, frozen=True, kw_only=True):
    """GeoJSON: longitude first."""

    coordinates: list[float] = []


class AddressLine(_Wire, frozen=True, kw_only=True):
    """One line of an address and its place among them."""

    order: int
    text: list[Text]


class Address(_Wire, frozen=True, kw_only=True):
    """A street address."""

    city: list[Text] = []
    address_lines: list[AddressLine] = []


class Characteristics(_Wire, frozen=True, kw_only=True):
    """PlaceCharacteristics."""

    spaces_total: int | None = None
    structure_type: str | None = None
    structure_grade: str | None = None
    ev_charging_points: int | None = None
    disabled_access: bool | None = None


class Supply(_Wire, frozen=True, kw_only=True):
    """How many bays there are, marked (spaceView) or estimated by the kerb's length (vehicleView)."""

    supply_view_type: str
    supply_quantity: int
    supply_validity_start: datetime | None = None
    supply_validity_end: datetime | None = None


class Demand(_Wire, frozen=True, kw_only=True):
    """DemandType: bays taken, as a count or a percentage."""

    record_date_time: datetime
    occupancy_calculation: str | None = None
    count: int | None = None
    percentage: float | None = None


class DemandTable(_Wire, frozen=True, kw_only=True):
    """What was counted together."""

    demand_type: list[Demand] = []


class HierarchyElementReference(_Wire, frozen=True, kw_only=True):
    """Supply and demand of a hierarchy element."""

    supply: list[Supply] = []
    demand_table: list[DemandTable] = []


class OperatingRestriction(_Wire, frozen=True, kw_only=True):
    """For whom or what a part is."""

    operating_restriction: str


class HierarchyElement(_Wire, frozen=True, kw_only=True):
    """A place or a part of one; `type` tells which."""

    id: str
    version: int
    type: str
    name: list[Text]
    child_ids: list[VersionedReference] = []
    right_specifications: list[VersionedReference] = []
    hierarchy_element_reference: HierarchyElementReference = HierarchyElementReference()
    characteristics: Characteristics = Characteristics()
    operating_restrictions: list[OperatingRestriction] = []
    times: Times | None = None
    place_street_address: Address | None = None
    indicative_place_point_location: list[Point] = []


class CodeListEntry(_Wire, frozen=True, kw_only=True):
    """ReferencedCodeListEntry."""

    entry_defined_value: str


class UserQualification(_Wire, frozen=True, kw_only=True):
    """A group of people."""

    user_group: CodeListEntry


class Qualification(_Wire, frozen=True, kw_only=True):
    """What is asked of driver and vehicle; by their weight, height or emissions we tell nobody apart."""

    free_to_park: bool = False
    with_reservation: bool = False
    with_membership: bool = False
    membership_names: list[list[Text]] = []
    propulsion_energy_type: list[str] = []
    vehicle_types: list[str] = []
    user_qualifications: list[UserQualification] = []


class Eligibility(_Wire, frozen=True, kw_only=True):
    """Who may park at a rate."""

    eligibility_name: list[Text] = []
    qualifications: list[Qualification] = []


class RateEligibility(_Wire, frozen=True, kw_only=True):
    """Ties a rate table, and whom it is for, to the right specification that it is part of."""

    priority: int = 1
    eligibility: Eligibility | None = None
    rate_table: VersionedReference | None = None


class Pool(_Wire, frozen=True, kw_only=True):
    """RightPool: of so many rights, so many are left."""

    id: str
    distributed_assigned_rights: int
    available_assigned_rights: int
    validity: Validity | None = None


class RightSpecification(_Wire, frozen=True, kw_only=True):
    """What an operator grants and at which rates."""

    id: str
    version: int
    type: str | None = None
    description: list[Text] = []
    hierarchy_elements: list[VersionedReference] = []
    validity: Validity | None = None
    expiry: datetime | None = None
    rate_eligibility: list[RateEligibility] = []
    right_pools: list[Pool] = []


class AmountInCurrency(_Wire, frozen=True, kw_only=True):
    """An amount and its ISO 4217 code."""

    currency_type: str
    currency_value: Decimal


class RateLine(_Wire, frozen=True, kw_only=True):
    """One step; durations are `hh:mm` or `dd:hh:mm`, the increment an ISO 8601 duration."""

    sequence: int
    rate_line_type: str
    value: Decimal
    duration_start: str | None = None
    duration_end: str | None = None
    increment_period: str | None = None


class RateLineCollection(_Wire, frozen=True, kw_only=True):
    """Steps that belong together, in one currency and from one date on."""

    collection_sequence: int
    applicable_currency: str
    rate_lines: list[RateLine] = []
    max_value_collection: AmountInCurrency | None = None
    valid_start: datetime | None = None
    valid_end: datetime | None = None


class RateTable(_Wire, frozen=True, kw_only=True):
    """What parking costs."""

    id: str
    version: int
    rate_table_name: list[Text]
    availability: str
    rate_type: str | None = None
    validity: Validity | None = None
    rate_line_collections: list[RateLineCollection] = []


class PlannedUse(_Wire, frozen=True, kw_only=True):
    """One time for which an assigned right is meant; with a `cancel_time` it is given up."""

    start_time: datetime
    end_time: datetime | None = None
    expiry_time: datetime | None = None
    cancel_time: datetime | None = None


class AssignedRight(_Wire, frozen=True, kw_only=True):
    """A right that somebody holds."""

    id: str
    expiry: datetime | None = None
    planned_uses: list[PlannedUse] = []


class DeletedReference(_Wire, frozen=True, kw_only=True):
    """What was deleted; the id is unique within its class."""

    id: str
    class_name: str


class Deletions(_Wire, frozen=True, kw_only=True):
    """A PaginatedList that was asked for with `modified_since`, but for its items."""

    deleted_references: list[DeletedReference] = []
