"""FHIR R4 resources and Bundles as they travel, as far as the connector reads them.

Required is what the standard requires and the connector cannot do without; whatever else there is
may be missing or unknown. A Bundle's resources are decoded one by one: one that breaks the
standard is left out and counted, and does not take the others with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, time
from typing import Annotated, Literal, NamedTuple, TypeAlias, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec

from connectors.kit import DecodeError

Id: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.-]{1,64}\Z")]
"""FHIR's `id`: nothing that could mean anything inside a search parameter."""


class Extension(msgspec.Struct):
    """Only translations are read."""

    url: str = ""
    extension: list[Extension] = []
    valueCode: str | None = None  # noqa: N815  # as the standard spells it
    valueString: str | None = None  # noqa: N815  # as the standard spells it


class Element(msgspec.Struct):
    """What stands under `_name` beside `name`."""

    extension: list[Extension] = []


class Meta(msgspec.Struct, rename="camel"):
    """Meta: of a resource, its version and when it last changed; of a Bundle, when it was put together."""

    version_id: str | None = None
    last_updated: datetime | None = None


class Coding(msgspec.Struct):
    """Coding."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(msgspec.Struct):
    """CodeableConcept."""

    coding: list[Coding] = []
    text: str | None = None


class Reference(msgspec.Struct):
    """Reference; one that has only an identifier or a display leads nowhere."""

    reference: str | None = None
    display: str | None = None


class Identifier(msgspec.Struct):
    """Identifier."""

    system: str | None = None
    value: str | None = None


class HumanName(msgspec.Struct):
    """HumanName."""

    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: list[str | None] = []


class ContactPoint(msgspec.Struct):
    """ContactPoint."""

    system: str | None = None
    value: str | None = None
    use: str | None = None


class Address(msgspec.Struct):
    """Address."""

    text: str | None = None
    line: list[str | None] = []
    city: str | None = None
    district: str | None = None
    state: str | None = None


class Position(msgspec.Struct):
    """Location.position, WGS-84."""

    longitude: float
    latitude: float


class AvailableTime(msgspec.Struct, rename="camel"):
    """HealthcareService.availableTime."""

    days_of_week: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = []
    all_day: bool = False
    available_start_time: time | None = None
    available_end_time: time | None = None


class Period(msgspec.Struct):
    """Period, of dateTimes, which may be no more than a year, a month or a day."""

    start: str | None = None
    end: str | None = None


class NotAvailable(msgspec.Struct):
    """HealthcareService.notAvailable."""

    description: str
    during: Period | None = None


class Resource(msgspec.Struct, rename="camel", kw_only=True):
    """What every resource has. A subclass is named as its resource type."""

    id: Id
    meta: Meta | None = None
    answered: datetime | None = msgspec.field(name="#answered", default=None)
    """The instant at which the answer that brought it was true: set by Rest, and in no payload."""


class Organization(Resource, kw_only=True):
    """Organization (R4 8.6)."""

    active: bool = True
    name: str | None = None
    name_element: Element | None = msgspec.field(name="_name", default=None)
    alias: list[str | None] = []
    telecom: list[ContactPoint] = []
    address: list[Address] = []
    part_of: Reference | None = None


class Location(Resource, kw_only=True):
    """Location (R4 8.7): a campus, a ward, a room or a bed, by its physicalType."""

    status: str | None = None
    name: str | None = None
    name_element: Element | None = msgspec.field(name="_name", default=None)
    alias: list[str | None] = []
    description: str | None = None
    type: list[CodeableConcept] = []
    telecom: list[ContactPoint] = []
    address: Address | None = None
    physical_type: CodeableConcept | None = None
    position: Position | None = None
    managing_organization: Reference | None = None
    part_of: Reference | None = None
    operational_status: Coding | None = None


class HealthcareService(Resource, kw_only=True):
    """HealthcareService (R4 8.8)."""

    active: bool = True
    provided_by: Reference | None = None
    type: list[CodeableConcept] = []
    specialty: list[CodeableConcept] = []
    name: str | None = None
    name_element: Element | None = msgspec.field(name="_name", default=None)
    comment: str | None = None
    extra_details: str | None = None
    telecom: list[ContactPoint] = []
    location: list[Reference] = []
    appointment_required: bool | None = None
    available_time: list[msgspec.Raw] = []
    """Each an AvailableTime, if it keeps to the standard: see `readable`."""
    not_available: list[msgspec.Raw] = []
    """Each a NotAvailable, likewise."""


class Qualification(msgspec.Struct):
    """Practitioner.qualification."""

    code: CodeableConcept


class Practitioner(Resource, kw_only=True):
    """Practitioner (R4 8.4)."""

    active: bool = True
    name: list[HumanName] = []
    qualification: list[Qualification] = []


class PractitionerRole(Resource, kw_only=True):
    """PractitionerRole (R4 8.5)."""

    active: bool = True
    practitioner: Reference | None = None
    organization: Reference | None = None
    code: list[CodeableConcept] = []
    healthcare_service: list[Reference] = []


class Schedule(Resource, kw_only=True):
    """Schedule (R4 12.9)."""

    actor: Annotated[list[Reference], msgspec.Meta(min_length=1)]


class Slot(Resource, kw_only=True):
    """Slot (R4 12.10)."""

    schedule: Reference
    status: Literal["busy", "free", "busy-unavailable", "busy-tentative", "entered-in-error"]
    start: datetime
    end: datetime
    service_type: list[CodeableConcept] = []
    specialty: list[CodeableConcept] = []


class Participant(msgspec.Struct):
    """Appointment.participant."""

    actor: Reference | None = None


class Appointment(Resource, kw_only=True):
    """Appointment (R4 12.11): one with our reference; no other is read."""

    status: str
    identifier: list[Identifier] = []
    start: datetime | None = None
    end: datetime | None = None
    participant: list[Participant] = []


T = TypeVar("T", bound=msgspec.Struct)

TYPES: Mapping[str, type[Resource]] = {
    cls.__name__: cls
    for cls in (
        Organization,
        Location,
        HealthcareService,
        Practitioner,
        PractitionerRole,
        Schedule,
        Slot,
        Appointment,
    )
}


class _Header(msgspec.Struct, rename="camel"):
    resource_type: str


class _Search(msgspec.Struct):
    mode: str | None = None


class _Entry(msgspec.Struct, rename="camel"):
    full_url: str | None = None
    resource: msgspec.Raw = msgspec.Raw(b"null")
    search: _Search | None = None


class _Link(msgspec.Struct):
    relation: str
    url: str


class _Bundle(msgspec.Struct, rename="camel"):
    resource_type: Literal["Bundle"]
    type: Literal["searchset"]
    meta: Meta | None = None
    total: int | None = None
    link: list[_Link] = []
    entry: list[_Entry] = []


class Searchset(NamedTuple):
    """One page of an answer to a search."""

    matches: Sequence[Resource]
    includes: Sequence[Resource]
    seen: int
    """How many matches the page holds, those that could not be read among them."""
    total: int | None
    """How many matches there are on all pages, where the server says."""
    next: str | None
    used: frozenset[str] | None
    """Parameters that the server took notice of (self link, R4 3.1.1.5); None where it does not say."""
    base: str | None
    """The server's base as it stands in `fullUrl`, where it does."""
    skipped: Counter[str]
    """Resources that could not be read, by type; by `Resource` where not even that could."""
    at: datetime | None
    """When the server put the answer together, where it says: it may keep a search and give it again."""


def searchset(kind: str) -> Callable[[bytes], Searchset]:
    """Give the decoder of an answer to a search for resources of one type."""

    def decode(body: bytes) -> Searchset:
        return _searchset(_decoder.decode(body), kind)

    return decode


_decoder = msgspec.json.Decoder(_Bundle)
_header = msgspec.json.Decoder(_Header | None)
_decoders = {name: msgspec.json.Decoder(cls) for name, cls in TYPES.items()}


def _searchset(bundle: _Bundle, kind: str) -> Searchset:
    matches: list[Resource] = []
    includes: list[Resource] = []
    skipped: Counter[str] = Counter()
    base: str | None = None
    seen = 0
    for entry in bundle.entry:
        mode = entry.search.mode if entry.search else None
        try:
            header = _header.decode(entry.resource)
        except msgspec.ValidationError:
            # Nobody knows what it is: a match, until the server says otherwise.
            seen += mode in (None, "match")
            skipped[Resource.__name__] += 1
            continue
        if header is None or mode == "outcome":
            continue
        found = header.resource_type
        match = found == kind and mode != "include"
        seen += match
        if found not in _decoders:
            continue
        try:
            resource = _decoders[found].decode(entry.resource)
        except msgspec.ValidationError:
            skipped[found] += 1
            continue
        base = base or _base(entry.full_url, found, resource.id)
        (matches if match else includes).append(resource)
    if seen and not matches:
        raise DecodeError(f"not one readable {kind} of {seen}")
    links = {link.relation: link.url for link in bundle.link}
    return Searchset(
        matches,
        includes,
        seen,
        bundle.total,
        links.get("next"),
        _used(links.get("self")),
        base,
        skipped,
        bundle.meta.last_updated if bundle.meta else None,
    )


def readable(items: Iterable[msgspec.Raw], kind: type[T]) -> Iterator[T]:
    """Decode the parts of a list one by one; what breaks the standard takes nothing else with it."""
    for item in items:
        with suppress(msgspec.ValidationError):
            yield msgspec.json.decode(item, type=kind)


def _base(full_url: str | None, kind: str, key: str) -> str | None:
    """Give the server's own name for its base, by which it may make references absolute."""
    tail = f"/{kind}/{key}"
    return full_url.removesuffix(tail) if full_url and full_url.endswith(tail) else None


def _used(link: str | None) -> frozenset[str] | None:
    """Name the parameters of a self link, without their modifiers."""
    query = urlsplit(link or "").query
    return frozenset(base_name(name) for name, _ in parse_qsl(query)) if query else None


def base_name(parameter: str) -> str:
    """Give a search parameter's name without its modifier."""
    return parameter.partition(":")[0]
