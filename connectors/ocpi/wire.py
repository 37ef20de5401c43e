"""Objects of OCPI 2.2.1 as they travel: modules Locations (section 8) and Tariffs (section 11).

Required is what the standard requires and the graph needs. Enumerations are texts: a value that a later
version adds costs only itself. What was read well is kept in the same form.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from connectors.kit import json_of


class Envelope(msgspec.Struct, frozen=True):
    """Around every answer (section 4.1.7): 1xxx is success, 2xxx the client's fault, 3xxx the server's."""

    status_code: int
    data: list[msgspec.Raw] | None = None


class DisplayText(msgspec.Struct, frozen=True):
    """A text in one language."""

    language: str
    text: str


class GeoLocation(msgspec.Struct, frozen=True):
    """WGS-84, as texts; some servers write numbers."""

    latitude: str | float
    longitude: str | float


class Connector(msgspec.Struct, frozen=True, omit_defaults=True):
    """Section 8.3.3."""

    standard: str
    format: str
    power_type: str
    max_voltage: float
    max_amperage: float
    max_electric_power: float | None = None
    tariff_ids: tuple[str, ...] | None = None
    last_updated: datetime | None = None


class _EvseFields(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    uid: str
    status: str
    last_updated: datetime
    evse_id: str | None = None
    floor_level: str | None = None
    physical_reference: str | None = None
    parking_restrictions: tuple[str, ...] | None = None


class ToldEvse(_EvseFields, frozen=True, omit_defaults=True, kw_only=True):
    """Section 8.3.2, its connectors yet to be read."""

    connectors: list[msgspec.Raw]


class Evse(_EvseFields, frozen=True, omit_defaults=True, kw_only=True):
    """The same, read."""

    connectors: tuple[Connector, ...]


class Image(msgspec.Struct, frozen=True):
    """Section 8.4.15."""

    url: str
    category: str


class BusinessDetails(msgspec.Struct, frozen=True):
    """Section 8.4.2."""

    name: str


class RegularHours(msgspec.Struct, frozen=True):
    """Section 8.4.21: Monday is 1."""

    weekday: int
    period_begin: str
    period_end: str


class ExceptionalPeriod(msgspec.Struct, frozen=True):
    """Section 8.4.11."""

    period_begin: datetime
    period_end: datetime


class Hours(msgspec.Struct, frozen=True, omit_defaults=True):
    """Section 8.4.14."""

    twentyfourseven: bool
    regular_hours: tuple[RegularHours, ...] | None = None
    exceptional_openings: tuple[ExceptionalPeriod, ...] | None = None
    exceptional_closings: tuple[ExceptionalPeriod, ...] | None = None


class EnergySource(msgspec.Struct, frozen=True):
    """Section 8.4.7."""

    source: str
    percentage: float


class EnergyMix(msgspec.Struct, frozen=True, omit_defaults=True):
    """Section 8.4.6."""

    is_green_energy: bool
    energy_sources: tuple[EnergySource, ...] | None = None
    supplier_name: str | None = None
    energy_product_name: str | None = None


class _LocationFields(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    id: str
    publish: bool
    address: str
    city: str
    coordinates: GeoLocation
    last_updated: datetime
    name: str | None = None
    state: str | None = None
    parking_type: str | None = None
    directions: tuple[DisplayText, ...] | None = None
    operator: BusinessDetails | None = None
    facilities: tuple[str, ...] | None = None
    opening_times: Hours | None = None
    charging_when_closed: bool | None = None
    images: tuple[Image, ...] | None = None
    energy_mix: EnergyMix | None = None


class ToldLocation(_LocationFields, frozen=True, omit_defaults=True, kw_only=True):
    """Section 8.3.1, its EVSEs yet to be read."""

    evses: list[msgspec.Raw] | None = None


class Location(_LocationFields, frozen=True, omit_defaults=True, kw_only=True):
    """The same, read: EVSEs that were removed are not among them."""

    evses: tuple[Evse, ...] = ()


class Price(msgspec.Struct, frozen=True, omit_defaults=True):
    """An amount without tax, and with it where that is known (section 16.5)."""

    excl_vat: float
    incl_vat: float | None = None


class PriceComponent(msgspec.Struct, frozen=True, omit_defaults=True):
    """Section 11.4.2: without tax, for a kWh, an hour or a session."""

    type: str
    price: float
    vat: float | None = None


class TariffRestrictions(msgspec.Struct, frozen=True, omit_defaults=True):
    """Section 11.4.6."""

    start_time: str | None = None
    end_time: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    min_kwh: float | None = None
    max_kwh: float | None = None
    min_current: float | None = None
    max_current: float | None = None
    min_power: float | None = None
    max_power: float | None = None
    min_duration: float | None = None
    max_duration: float | None = None
    day_of_week: tuple[str, ...] | None = None
    reservation: str | None = None


class TariffElement(msgspec.Struct, frozen=True, omit_defaults=True):
    """Section 11.4.4."""

    price_components: tuple[PriceComponent, ...]
    restrictions: TariffRestrictions | None = None


class Tariff(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Section 11.3.1."""

    id: str
    currency: str
    elements: tuple[TariffElement, ...]
    last_updated: datetime
    type: str | None = None
    tariff_alt_text: tuple[DisplayText, ...] | None = None
    min_price: Price | None = None
    max_price: Price | None = None
    start_date_time: datetime | None = None
    end_date_time: datetime | None = None


envelope = json_of(Envelope)
told_location = json_of(ToldLocation)
told_evse = json_of(ToldEvse)
connector = json_of(Connector)
location = json_of(Location)
tariff = json_of(Tariff)


def instant(at: datetime) -> datetime:
    """Without a zone an instant is in UTC (section 16.3)."""
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def same_id(value: str) -> str:
    """Give an id as it is compared: it is a CiString (section 16.1), and servers differ in its case."""
    return value.strip().lower()
