"""Payloads of the mission API, v0, as far as they are read, and the values in them as they are meant.

Required are what names a mission: `id`, `clientId`, `publisherId`, `title`. All else may be null or
absent. What releases differ in is taken as it comes: "yes" and "no" or booleans, `softSkills` or
`soft_skills`, instants with or without an offset (taken as +08:00).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec
import structlog

from connectors.kit import DecodeError, json_of
from schema.core.record import Position
from schema.core.scalars import in_china

_log = structlog.get_logger("connectors.engagement")

Flag: TypeAlias = bool | str | None


class Location(msgspec.Struct):
    """A point, WGS-84; either part may be missing."""

    lat: float | None = None
    lon: float | None = None


class Address(msgspec.Struct, rename="camel"):
    """One place of a mission."""

    street: str | None = None
    department_name: str | None = None
    city: str | None = None
    location: Location | None = None


class Mission(msgspec.Struct, rename="camel"):
    """A mission, with what it says of its organisation."""

    id: str
    client_id: str
    publisher_id: str
    title: str
    publisher_name: str | None = None
    description: str | None = None
    domain: str | None = None
    activity: str | None = None
    tasks: list[str] | None = None
    soft_skills: list[str] | None = None
    soft_skills_before: list[str] | None = msgspec.field(default=None, name="soft_skills")
    requirements: list[str] | None = None
    audience: list[str] | None = None
    open_to_minors: Flag = None
    reduced_mobility_accessible: Flag = None
    remote: str | None = None
    schedule: str | None = None
    start_at: str | None = None
    end_at: str | None = None
    places: int | None = None
    application_url: str | None = None
    status_code: str | None = None
    deleted: bool = False
    addresses: list[Address] | None = None
    address: str | None = None
    department_name: str | None = None
    city: str | None = None
    location: Location | None = None
    organization_client_id: str | None = None
    organization_name: str | None = None
    organization_description: str | None = None
    organization_url: str | None = None
    organization_logo: str | None = None
    organization_full_address: str | None = None


class _List(msgspec.Struct):
    ok: bool
    total: int
    data: list[msgspec.Raw]


class _One(msgspec.Struct):
    ok: bool
    data: Mission


class MissionPage(msgspec.Struct):
    """One page of a list: how many missions match in all, and how many rows this page has."""

    total: int
    rows: int
    missions: list[Mission]


class Application(msgspec.Struct, rename="camel"):
    """Somebody signed up for a mission; `position`, from 1, is that of who waits."""

    id: str
    status: Literal["CONFIRMED", "WAITING", "CANCELLED"]
    position: int | None = None


class _Applied(msgspec.Struct):
    ok: bool
    data: Application


class _Failure(msgspec.Struct):
    code: str


_list_of = json_of(_List)
_applied_of = json_of(_Applied)
_failure_of = json_of(_Failure)
_one_of = json_of(_One)
_mission_of = json_of(Mission)


def page_of(body: bytes) -> MissionPage:
    """Decode a list: a mission that breaks the standard is left out and in the log.

    One broken mission must not hide a platform's others; a page of nothing else is a broken answer.
    """
    given = _list_of(body)
    if not given.ok:
        raise DecodeError("a successful answer that says it is none")
    missions = []
    for raw in given.data:
        try:
            missions.append(_mission_of(raw))
        except DecodeError as error:
            # msgspec's words name the place and the types, never a value.
            _log.warning("unreadable mission left out", reason=str(error))
    if given.data and not missions:
        raise DecodeError("no mission of the page can be read")
    return MissionPage(given.total, len(given.data), missions)


def mission_of(body: bytes) -> Mission:
    """Decode a single mission."""
    given = _one_of(body)
    if not given.ok:
        raise DecodeError("a successful answer that says it is none")
    return given.data


def application_of(body: bytes) -> Application:
    """Decode an application."""
    given = _applied_of(body)
    if not given.ok:
        raise DecodeError("a successful answer that says it is none")
    return given.data


def code_of(body: bytes) -> str | None:
    """Give the code of a refusal, None where it is not the platform that refuses, but something before it."""
    try:
        return _failure_of(body).code
    except DecodeError:
        return None


def text(value: str | None) -> str | None:
    """Give a text without the space around it, None where there is nothing."""
    return (value or "").strip() or None


def texts(values: list[str] | None) -> tuple[str, ...]:
    """Give what is there of a list."""
    return tuple(found for value in values or () if (found := text(value)) is not None)


def flag(value: Flag) -> bool | None:
    """Give a boolean, which releases also write as "yes" and "no"."""
    if isinstance(value, str):
        return {"yes": True, "no": False}.get(value.strip().lower())
    return value


def instant(value: str | None) -> datetime | None:
    """Give an instant at +08:00, None where there is nothing; DecodeError where it is none."""
    written = text(value)
    if written is None:
        return None
    try:
        return in_china(datetime.fromisoformat(written))
    except (ValueError, OverflowError) as error:
        raise DecodeError("not an ISO 8601 instant") from error


def position(location: Location | None) -> Position | None:
    """Give a position; 0,0 and whatever lies off the earth is how systems say that there is none."""
    if location is None or location.lat is None or location.lon is None:
        return None
    lat, lng = location.lat, location.lon
    if (lat, lng) == (0, 0) or not (-90 <= lat <= 90 and -180 <= lng <= 180):
        return None
    return Position(lat=lat, lng=lng)


def url(value: str | None) -> str | None:
    """Give a web address: http(s) only, since clients put it into pages."""
    found = text(value)
    try:
        parts = urlsplit(found or "")
    except ValueError:
        return None
    return found if parts.scheme in ("http", "https") and parts.netloc else None
