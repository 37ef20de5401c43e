"""From rows of GeoReport v2 to records of 民意速办."""

from __future__ import annotations

from datetime import datetime

import msgspec

from connectors.kit import DecodeError
from connectors.open311 import wire
from connectors.open311.formats import Row
from connectors.open311.mark import unmarked
from schema.civic.records import (
    AttributeType,
    AttributeValue,
    CaseRecord,
    CaseState,
    CaseUpdate,
    ServiceAttribute,
    ServiceTypeRecord,
)
from schema.core.record import Ref

_CLOSED = frozenset(
    {"closed", "fixed", "duplicate", "no_further_action", "not_councils_responsibility", "internal_referral"}
)
"""The states of an update that end a case; beyond the first they are mySociety's."""


class Step(msgspec.Struct, frozen=True):
    """One row of `servicerequestupdates`: whose step it is, and which."""

    id: str
    case: str
    update: CaseUpdate


def service_type(row: Row, source: str, now: datetime) -> ServiceTypeRecord:
    """Give a kind of matter; one without a name goes by its code."""
    service = msgspec.convert(row, wire.Service)
    code = wire.required(service.service_code, "service_code")
    return ServiceTypeRecord(
        ref=Ref(source, code),
        as_of=now,
        code=code,
        name=wire.text(service.service_name) or code,
        group=wire.text(service.group),
        description=wire.text(service.description),
        keywords=tuple(
            word for part in (wire.text(service.keywords) or "").split(",") if (word := part.strip())
        ),
        has_attributes=wire.flag(service.metadata),
    )


def attributes(row: Row) -> tuple[ServiceAttribute, ...]:
    """Give the questions of a definition in the order in which they are shown."""
    definition = msgspec.convert(row, wire.Definition)
    found = [_attribute(number, item) for number, item in enumerate(definition.attributes or (), 1)]
    return tuple(sorted(found, key=lambda attribute: attribute.order))


def _attribute(number: int, attribute: wire.Attribute) -> ServiceAttribute:
    code = wire.required(attribute.code, "code")
    order = wire.text(attribute.order) or ""
    try:
        datatype = AttributeType(wire.text(attribute.datatype) or "")
    except ValueError:
        datatype = AttributeType.STRING
    return ServiceAttribute(
        code=code,
        description=wire.text(attribute.description) or code,
        datatype=datatype,
        variable=wire.flag(attribute.variable, default=True),
        required=wire.flag(attribute.required),
        order=int(order) if order.isascii() and order.isdigit() else number,
        values=tuple(
            AttributeValue(key=key, name=wire.text(value.name) or key)
            for value in attribute.values or ()
            if (key := wire.text(value.key)) is not None
        ),
    )


def case(row: Row, source: str, now: datetime) -> CaseRecord:
    """Give a case; without an id, a status or the instant of its report it is none."""
    request = msgspec.convert(row, wire.Request)
    requested_at = wire.instant(request.requested_datetime)
    if requested_at is None:
        raise DecodeError("requested_datetime is missing")
    updated_at = wire.maybe_instant(request.updated_datetime)
    is_open = wire.required(request.status, "status").lower() != "closed"
    code = wire.text(request.service_code)
    return CaseRecord(
        ref=Ref(source, wire.required(request.service_request_id, "service_request_id")),
        as_of=now,
        name=wire.text(request.service_name) or code or "事件",
        position=wire.position(request.lat, request.long),
        service_code=code,
        state=state(is_open, wire.text(request.status_notes)),
        open=is_open,
        description=unmarked(wire.text(request.description)),
        address=wire.text(request.address),
        agency=wire.text(request.agency_responsible),
        requested_at=requested_at,
        updated_at=updated_at,
        expected_at=wire.maybe_instant(request.expected_datetime),
        media_url=wire.url(request.media_url),
    )


def step(row: Row) -> Step:
    """Give a step of a case; without the case or the instant it is none."""
    update = msgspec.convert(row, wire.Update)
    at = wire.instant(update.updated_datetime)
    if at is None:
        raise DecodeError("updated_datetime is missing")
    case_id = wire.required(update.service_request_id, "service_request_id")
    description = wire.text(update.description)
    is_open = (wire.text(update.status) or "open").lower() not in _CLOSED
    return Step(
        # A server that gives no id still tells its steps apart by when and what.
        id=wire.text(update.update_id) or f"{case_id} {at.isoformat()} {description}",
        case=case_id,
        update=CaseUpdate(
            at=at,
            state=state(is_open, description),
            description=description,
            media_url=wire.url(update.media_url),
        ),
    )


def state(is_open: bool, note: str | None) -> CaseState:
    """Tell where a case stands: GeoReport knows open and closed, the platform's notes begin with the step.

    The status is the standard's and binds: closed is closed, and an open case is never told to be.
    """
    if not is_open:
        return CaseState.CLOSED
    for known in CaseState:
        if known.value and known is not CaseState.CLOSED and note and note.startswith(known.value):
            return known
    return CaseState.UNKNOWN
