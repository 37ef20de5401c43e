"""The rows of GeoReport v2 as structs, and the values in them as they are meant.

What servers differ in is taken as it comes: ids as numbers or text, booleans and positions as text,
instants without an offset (taken as +08:00).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import msgspec

from connectors.kit import DecodeError
from schema.core.record import Position
from schema.core.scalars import in_china

Text: TypeAlias = Any
"""A text or a number. Whatever else a server puts there (an object, a list) counts as nothing."""
Flag: TypeAlias = Any


class Service(msgspec.Struct, frozen=True):
    """A kind of matter (GET Service List)."""

    service_code: str | int
    service_name: Text = None
    description: Text = None
    metadata: Flag = None
    keywords: Text = None
    group: Text = None


class Request(msgspec.Struct, frozen=True):
    """A case (GET Service Requests)."""

    service_request_id: str | int
    status: str
    requested_datetime: str
    status_notes: Text = None
    service_name: Text = None
    service_code: Text = None
    description: Text = None
    agency_responsible: Text = None
    updated_datetime: Text = None
    expected_datetime: Text = None
    address: Text = None
    lat: Text = None
    long: Text = None
    media_url: Text = None


class Created(msgspec.Struct, frozen=True):
    """What a report has become (POST Service Request, GET Service Request Id): a case, or a token for one."""

    service_request_id: Text = None
    token: Text = None


class Update(msgspec.Struct, frozen=True):
    """A step of a case (GET Service Request Updates, an extension that mySociety describes)."""

    service_request_id: str | int
    updated_datetime: str
    update_id: Text = None
    status: Text = None
    description: Text = None
    media_url: Text = None


class Value(msgspec.Struct, frozen=True):
    """One answer to choose."""

    key: str | int
    name: Text = None


class Attribute(msgspec.Struct, frozen=True):
    """A question of a service definition."""

    code: str | int
    datatype: Text = None
    description: Text = None
    variable: Flag = None
    required: Flag = None
    order: Text = None
    values: list[Value] | None = None


class Definition(msgspec.Struct, frozen=True):
    """The questions that go with a kind of matter (GET Service Definition)."""

    attributes: list[Attribute] | None = None


def text(value: Text) -> str | None:
    """Give a text without the space around it, None where there is nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def required(value: Text, name: str) -> str:
    """Give a text that the standard requires, or raise DecodeError."""
    found = text(value)
    if found is None:
        raise DecodeError(f"{name} is missing")
    return found


def flag(value: Flag, default: bool = False) -> bool:
    """Give a boolean, which servers also write as "true"."""
    if isinstance(value, str) and value.strip():
        return value.strip().lower() == "true"
    return value if isinstance(value, bool) else default


def instant(value: Text) -> datetime | None:
    """Give an instant at +08:00, None where there is nothing; DecodeError where it is none."""
    written = text(value)
    if written is None:
        return None
    try:
        return in_china(datetime.fromisoformat(written))
    except (ValueError, OverflowError) as error:
        raise DecodeError("not a W3C date and time") from error


def maybe_instant(value: Text) -> datetime | None:
    """Give an instant as `instant` does, and None where it is none: for what a case can do without."""
    try:
        return instant(value)
    except DecodeError:
        return None


def position(lat: Text, long: Text) -> Position | None:
    """Give a position; 0,0 and whatever lies off the earth is how servers say that there is none."""
    try:
        at = Position(lat=float(required(lat, "lat")), lng=float(required(long, "long")))
    except ValueError:
        return None
    if (at.lat, at.lng) == (0, 0) or not (-90 <= at.lat <= 90 and -180 <= at.lng <= 180):
        return None
    return at


def url(value: Text) -> str | None:
    """Give the address of a picture: http(s) only, since clients put it into pages."""
    found = text(value)
    try:
        parts = urlsplit(found or "")
    except ValueError:
        return None
    return found if parts.scheme in ("http", "https") and parts.netloc else None
