"""HSDS 3 on the wire, as far as it is read: required where the standard says so, else null or absent."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

Number: TypeAlias = float | str | None
"""Directories made of tables write numbers as text."""


class Unit(msgspec.Struct, omit_defaults=True):
    """What a capacity is counted in (3.1, `unit`)."""

    name: str
    scheme: str | None = None
    identifier: str | None = None


class Capacity(msgspec.Struct, omit_defaults=True):
    """How much of a service is free (3.1, `service_capacity`)."""

    id: str
    unit: Unit
    available: float | str
    updated: str
    maximum: Number = None
    description: str | None = None


class Term(msgspec.Struct, omit_defaults=True):
    """A term of a taxonomy (`taxonomy_term`)."""

    name: str
    code: str | None = None
    id: str | None = None


class Attribute(msgspec.Struct, omit_defaults=True):
    """What a term says of the object that holds it (`attribute`)."""

    link_type: str | None = None
    value: str | None = None
    taxonomy_term: Term | None = None


class Schedule(msgspec.Struct, omit_defaults=True):
    """When something is open (`schedule`)."""

    opens_at: str | None = None
    closes_at: str | None = None
    freq: str | None = None
    interval: Number = None
    byday: str | None = None
    bymonthday: str | None = None
    byyearday: str | None = None
    byweekno: str | None = None
    wkst: str | None = None
    count: Number = None
    dtstart: str | None = None
    until: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    timezone: Number = None
    attributes: list[Attribute] | None = None


class Phone(msgspec.Struct, omit_defaults=True):
    """A telephone number (`phone`)."""

    number: str
    extension: Number = None


class Address(msgspec.Struct, omit_defaults=True):
    """An address (`address`)."""

    address_1: str | None = None
    address_2: str | None = None
    city: str | None = None
    region: str | None = None


class Accessibility(msgspec.Struct, omit_defaults=True):
    """What a place has for disabled people (`accessibility`)."""

    description: str | None = None
    details: str | None = None


class Location(msgspec.Struct, omit_defaults=True):
    """A place (`location`)."""

    name: str | None = None
    transportation: str | None = None
    latitude: Number = None
    longitude: Number = None
    addresses: list[Address] | None = None
    accessibility: list[Accessibility] | None = None
    phones: list[Phone] | None = None
    schedules: list[Schedule] | None = None


class ServiceAtLocation(msgspec.Struct, omit_defaults=True):
    """A service at one of its places (`service_at_location`)."""

    location: Location | None = None
    phones: list[Phone] | None = None
    schedules: list[Schedule] | None = None


class CostOption(msgspec.Struct, omit_defaults=True):
    """One price (`cost_option`)."""

    option: str | None = None
    amount: Number = None
    amount_description: str | None = None
    currency: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None


class Organization(msgspec.Struct, omit_defaults=True):
    """Who gives a service (`organization`)."""

    name: str
    email: str | None = None
    website: str | None = None
    phones: list[Phone] | None = None


class Contact(msgspec.Struct, omit_defaults=True):
    """Whom to turn to (`contact`); the name of the person is not read."""

    title: str | None = None
    department: str | None = None
    email: str | None = None
    phones: list[Phone] | None = None


class Language(msgspec.Struct, omit_defaults=True):
    """A language spoken (`language`)."""

    name: str | None = None
    code: str | None = None


class ServiceArea(msgspec.Struct, omit_defaults=True):
    """Where those live whom a service is for (`service_area`)."""

    name: str | None = None


class Document(msgspec.Struct, omit_defaults=True):
    """A paper that is needed (`required_document`)."""

    document: str | None = None


class Service(msgspec.Struct, omit_defaults=True):
    """A service with all that belongs to it (`service`, fully nested)."""

    id: str
    name: str
    status: str
    alternate_name: str | None = None
    description: str | None = None
    url: str | None = None
    email: str | None = None
    alert: str | None = None
    application_process: str | None = None
    fees_description: str | None = None
    eligibility_description: str | None = None
    minimum_age: Number = None
    maximum_age: Number = None
    last_modified: str | None = None
    organization: Organization | None = None
    phones: list[Phone] | None = None
    schedules: list[Schedule] | None = None
    service_areas: list[ServiceArea] | None = None
    service_at_locations: list[ServiceAtLocation] | None = None
    languages: list[Language] | None = None
    cost_options: list[CostOption] | None = None
    required_documents: list[Document] | None = None
    contacts: list[Contact] | None = None
    attributes: list[Attribute] | None = None
    capacities: list[Capacity] | None = None


class ServicePage(msgspec.Struct):
    """A page of `/services`; each entry is read by itself, so that a bad one takes no other with it."""

    contents: list[msgspec.Raw]
    total_items: int | None = None
    total_pages: int | None = None
    last_page: bool | None = None
