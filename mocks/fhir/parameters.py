"""The R4 search parameters of each resource type that the hospitals know, and where they look."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mocks.fhir.datatypes import Resource

Kind = Literal["token", "date", "string", "reference", "special"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """Each path is a list of names and goes through lists; `target` narrows a reference to one type."""

    kind: Kind
    paths: tuple[tuple[str, ...], ...]
    target: str | None = None


def _split(paths: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(path.split(".")) for path in paths)


def _token(*paths: str) -> Parameter:
    return Parameter("token", _split(paths))


def _date(*paths: str) -> Parameter:
    return Parameter("date", _split(paths))


def _string(*paths: str) -> Parameter:
    return Parameter("string", _split(paths))


def _reference(path: str, target: str | None = None) -> Parameter:
    return Parameter("reference", _split((path,)), target)


_COMMON = {"_id": _token("id"), "_lastUpdated": _date("meta.lastUpdated")}
_SERVICE = {
    "service-category": _token("serviceCategory"),
    "service-type": _token("serviceType"),
    "specialty": _token("specialty"),
}

PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    "Organization": _COMMON
    | {
        "active": _token("active"),
        "address": _string("address"),
        "address-city": _string("address.city"),
        "identifier": _token("identifier"),
        "name": _string("name", "alias"),
        "partof": _reference("partOf"),
        "type": _token("type"),
    },
    "Location": _COMMON
    | {
        "address": _string("address"),
        "address-city": _string("address.city"),
        "identifier": _token("identifier"),
        "name": _string("name", "alias"),
        "near": Parameter("special", (("position",),)),
        "operational-status": _token("operationalStatus"),
        "organization": _reference("managingOrganization"),
        "partof": _reference("partOf"),
        "status": _token("status"),
        "type": _token("type"),
    },
    "HealthcareService": _COMMON
    | {
        "active": _token("active"),
        "identifier": _token("identifier"),
        "location": _reference("location"),
        "name": _string("name"),
        "organization": _reference("providedBy"),
        "service-category": _token("category"),
        "service-type": _token("type"),
        "specialty": _token("specialty"),
    },
    "Practitioner": _COMMON
    | {
        "active": _token("active"),
        "family": _string("name.family"),
        "gender": _token("gender"),
        "given": _string("name.given"),
        "identifier": _token("identifier"),
        "name": _string("name"),
    },
    "PractitionerRole": _COMMON
    | {
        "active": _token("active"),
        "identifier": _token("identifier"),
        "location": _reference("location"),
        "organization": _reference("organization"),
        "practitioner": _reference("practitioner"),
        "role": _token("code"),
        "service": _reference("healthcareService"),
        "specialty": _token("specialty"),
    },
    "Schedule": _COMMON
    | _SERVICE
    | {
        "active": _token("active"),
        "actor": _reference("actor"),
        "date": _date("planningHorizon"),
        "identifier": _token("identifier"),
    },
    "Slot": _COMMON
    | _SERVICE
    | {
        "appointment-type": _token("appointmentType"),
        "identifier": _token("identifier"),
        "schedule": _reference("schedule"),
        "start": _date("start"),
        "status": _token("status"),
    },
    "Appointment": _COMMON
    | _SERVICE
    | {
        "actor": _reference("participant.actor"),
        "appointment-type": _token("appointmentType"),
        "date": _date("start"),
        "identifier": _token("identifier"),
        "location": _reference("participant.actor", "Location"),
        "part-status": _token("participant.status"),
        "patient": _reference("participant.actor", "Patient"),
        "practitioner": _reference("participant.actor", "Practitioner"),
        "slot": _reference("slot"),
        "status": _token("status"),
    },
}


def values(resource: Resource, parameter: Parameter) -> list[Any]:
    """Every value that the parameter looks at."""
    found: list[Any] = []
    for path in parameter.paths:
        _collect(resource, path, found)
    return found


def _collect(value: Any, path: tuple[str, ...], found: list[Any]) -> None:
    for place, name in enumerate(path):
        value = value.get(name)
        if value is None:
            return
        if isinstance(value, list):
            for item in value:
                _collect(item, path[place + 1 :], found)
            return
    found.append(value)
