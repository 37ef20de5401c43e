"""Desk of a hospital: a Slot is booked by an Appointment (FHIR R4 12.11), found and cancelled by it.

Our reference is an `identifier` of the Appointment, R4's place for what others call it by, and so what a
create is conditional on and a search finds. The patient is told by a logical reference (R4 2.3.0,
`Reference.identifier`), which means the same person at this hospital each time and nobody elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from connectors.fhir import wire
from connectors.fhir.base import FhirBase, valid
from connectors.kit import (
    Booked,
    Code,
    DecodeError,
    Desk,
    Order,
    Refusal,
    Refused,
    Response,
    SourceError,
    Standing,
    StatusError,
    json_of,
)
from schema.core.scalars import in_china
from schema.health.lookups import SLOT_BY_REF, SLOTS

_HEADERS = {
    "accept": "application/fhir+json",
    "content-type": "application/fhir+json",
    "prefer": "return=representation",
}
_STANDINGS = {
    "proposed": Standing.WAITLISTED,
    "pending": Standing.WAITLISTED,
    "waitlist": Standing.WAITLISTED,
    "cancelled": Standing.CANCELLED,
    "entered-in-error": Standing.CANCELLED,
}
"""Taken, but not agreed to by all yet, is a place on a list; whatever is not here is CONFIRMED."""
_OVER = frozenset(("arrived", "checked-in", "fulfilled", "noshow"))
_REASONS = {
    "conflict": Refusal.FULL,
    "duplicate": Refusal.DUPLICATE,
    "not-supported": Refusal.NOT_POSSIBLE,
}
"""What codes of an OperationOutcome (value set issue-type) say of a booking by themselves."""
_OTHERS_FAULT = frozenset((401, 403, 408, 429))
"""They say nothing of what was asked for: our credential is wrong, or it is not the moment."""
_NOT_NOW = frozenset(
    ("transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled")
)
"""Codes of issue-type with which the same may be accepted another time."""
_NOT_SO = frozenset(
    (
        *("invalid", "structure", "required", "value", "invariant", "security", "suppressed", "processing"),
        *("not-supported", "duplicate", "multiple-matches", "not-found", "deleted", "too-long"),
        *("code-invalid", "extension", "too-costly", "business-rule", "conflict"),
    )
)
"""Those with which it is not: nothing else of what a server writes is fit for a log."""
_RACES = frozenset((404, 409, 410, 412, 422))
"""How servers say that a version is not the current one, or that there is none any more; 412 is R4's."""
_BY_PATIENT = {
    "coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason", "code": "pat"}
    ]
}
_ETAG = re.compile(r'(?:W/)?"([^"]+)"')


class _Issue(msgspec.Struct):
    code: str = ""


class _Outcome(msgspec.Struct):
    issue: list[_Issue] = []


class _Held(msgspec.Struct, frozen=True):
    """An Appointment whole, to be sent back with a change, and as far as it is understood."""

    whole: dict[str, Any]
    read: wire.Appointment


class AppointmentDesk(Desk):
    """Bookings at a server that creates conditionally (`If-None-Exist`, R4 3.1.0.8.1).

    `book` is one call, and one more where the server gives no representation, or refuses with a code that
    leaves open why. An Appointment that the hospital has still to agree to (`proposed`, `pending`) is
    WAITLISTED without a position. R4 knows no lease.
    """

    repeatable = True
    shows = (SLOT_BY_REF, SLOTS)

    def __init__(self, hospital: FhirBase) -> None:
        self._hospital = hospital
        self._upstream = hospital.upstream
        self._options = hospital.options

    async def book(self, order: Order) -> Booked:
        """POST Appointment, `proposed` and so without times (app-3): the slot's are the hospital's to tell.

        201 is a new one; 200 says that the reference had one before, 412 that it had several.
        """
        slot = next(iter(valid([order.slot.id])), None)
        if slot is None:
            raise Refused(Refusal.NOT_OFFERED, "no id of FHIR's")
        if order.party > 1:
            raise Refused(Refusal.NOT_POSSIBLE, "an Appointment is one patient's")
        try:
            answer = await self._upstream.send(
                "POST",
                "Appointment",
                decode=_representation,
                json=self._appointment(order, slot),
                headers={**_HEADERS, **self._condition(order)},
            )
        except StatusError as error:
            return await self._not_made(order, slot, error)
        return await self._given(order) if answer.data is None else self._booked(answer.data.read)

    async def find(self, order: Order) -> Booked | None:
        """GET Appointment?identifier=system|reference; of several, one that is not cancelled."""
        found, _ = await self._hospital.rest.find(wire.Appointment, {"identifier": self._token(order)})
        # A server may take no notice of the parameter and give all that there are.
        named = wire.Identifier(self._options.references, order.reference)
        ours = [self._booked(appointment) for appointment in found if named in appointment.identifier]
        return min(ours, key=lambda booked: (booked.standing is Standing.CANCELLED, booked.id), default=None)

    async def cancel(self, order: Order, booked: Booked) -> Booked:
        """PUT it whole as `cancelled`, on the version that was read (`If-Match`, R4 3.1.0.5).

        A race that is lost is run once more; a second time it is for another attempt. One that was deleted
        there is cancelled.
        """
        path = f"Appointment/{booked.id}"
        tried: tuple[str | None, StatusError] | None = None
        while True:
            try:
                answer = await self._upstream.get(path, decode=_held, headers={"accept": _HEADERS["accept"]})
            except StatusError as error:
                if error.status in (404, 410):
                    return msgspec.structs.replace(booked, standing=Standing.CANCELLED)
                raise
            held, tag = answer.data, _tag(answer)
            stands = self._booked(held.read)
            if stands.standing is Standing.CANCELLED:
                return stands
            if held.read.status in _OVER:
                raise Refused(Refusal.TOO_LATE, f"it is {held.read.status}")
            if tried is not None and tried[0] == tag:
                raise self._kept(held.read, tried[1])
            try:
                return await self._cancelled(path, held, tag)
            except StatusError as error:
                if _passing(error) or (tried is not None and error.status in _RACES):
                    raise
                if error.status not in _RACES:
                    raise self._kept(held.read, error) from None
                tried = (tag, error)

    async def _cancelled(self, path: str, held: _Held, tag: str | None) -> Booked:
        changed = {**held.whole, "status": "cancelled", "cancelationReason": _BY_PATIENT}
        condition = {} if tag is None else {"if-match": tag}
        answer = await self._upstream.send(
            "PUT", path, decode=_representation, json=changed, headers={**_HEADERS, **condition}
        )
        if answer.data is not None:
            return self._booked(answer.data.read)
        version = _ETAG.fullmatch(answer.headers.get("etag", ""))
        return msgspec.structs.replace(
            self._booked(held.read), standing=Standing.CANCELLED, version=version and version[1]
        )

    def _appointment(self, order: Order, slot: str) -> dict[str, Any]:
        patient = {
            "type": "Patient",
            "identifier": {"system": self._options.residents, "value": order.resident},
        }
        return {
            "resourceType": "Appointment",
            "identifier": [{"system": self._options.references, "value": order.reference}],
            "status": "proposed",
            "slot": [{"reference": f"Slot/{slot}"}],
            "participant": [{"actor": patient, "required": "required", "status": "accepted"}],
            **({"comment": order.note} if order.note else {}),
        }

    def _condition(self, order: Order) -> Mapping[str, str]:
        return {"if-none-exist": f"identifier={quote(self._token(order), safe=':/|')}"}

    def _token(self, order: Order) -> str:
        return f"{self._options.references}|{order.reference}"

    async def _given(self, order: Order) -> Booked:
        """Ask for what was made, or was there: whatever fails now, the system has done it."""
        try:
            found = await self.find(order)
        except SourceError as error:
            raise SourceError(error.code, error.source, error.detail, in_doubt=True) from error
        if found is None:
            raise SourceError(
                Code.SOURCE_MALFORMED,
                self._upstream.source,
                "made an Appointment and has none",
                in_doubt=True,
            )
        return found

    async def _not_made(self, order: Order, slot: str, error: StatusError) -> Booked:
        """Say why not; where the refusal is of an Appointment that is there already, give that."""
        if _passing(error):
            raise error
        if error.status == 412 or not self.repeatable:
            found = await self.find(order)
            if found is not None:
                return found
        codes = _codes(error)
        detail = _detail(error, codes)
        for code, reason in _REASONS.items():
            if code in codes:
                raise Refused(reason, detail) from None
        raise Refused(await self._why(slot), detail) from None

    async def _why(self, slot: str) -> Refusal:
        """Let the slot itself tell why it is not given: codes such as `business-rule` do not."""
        found, _ = await self._hospital.rest.by_id(wire.Slot, [slot])
        if slot not in found or found[slot].status in ("entered-in-error", "busy-unavailable"):
            return Refusal.NOT_OFFERED
        if in_china(found[slot].start) <= self._upstream.now():
            return Refusal.TOO_LATE
        return Refusal.SOURCE_REFUSED if found[slot].status == "free" else Refusal.FULL

    def _kept(self, appointment: wire.Appointment, error: StatusError) -> Refused:
        codes = _codes(error)
        if appointment.start is not None and in_china(appointment.start) <= self._upstream.now():
            reason = Refusal.TOO_LATE
        else:
            reason = Refusal.NOT_POSSIBLE if "not-supported" in codes else Refusal.SOURCE_REFUSED
        return Refused(reason, _detail(error, codes))

    def _booked(self, appointment: wire.Appointment) -> Booked:
        places = (
            participant.actor.display
            for participant in appointment.participant
            if participant.actor is not None
            and self._hospital.rest.local_id(participant.actor, wire.Location) is not None
        )
        return Booked(
            standing=_STANDINGS.get(appointment.status, Standing.CONFIRMED),
            id=appointment.id,
            version=appointment.meta.version_id if appointment.meta else None,
            start=_china(appointment.start),
            end=_china(appointment.end),
            where=next(filter(None, places), None),
        )


class UnconditionalAppointmentDesk(AppointmentDesk):
    """Bookings at a server that takes no notice of `If-None-Exist`: the reference finds, and guards nothing.

    Sent again, an order meets its own slot taken, so that each refusal is first held against what there is.
    """

    repeatable = False

    def _condition(self, order: Order) -> Mapping[str, str]:
        return {}


_whole = json_of(dict[str, Any])
_appointment = json_of(wire.Appointment)
_outcome = json_of(_Outcome)


def _held(body: bytes) -> _Held:
    whole = _whole(body)
    if whole.get("resourceType") != wire.Appointment.__name__:
        raise DecodeError("another resource than an Appointment")
    return _Held(whole, _appointment(body))


def _representation(body: bytes) -> _Held | None:
    """Decode what a write answers; None from a server that says no more than that it is done."""
    if not body.strip() or _whole(body).get("resourceType") == "OperationOutcome":
        return None
    return _held(body)


def _tag(answer: Response[_Held]) -> str | None:
    """Give what `If-Match` must name: the answer's ETag, else that of the version in the resource."""
    version = answer.data.read.meta.version_id if answer.data.read.meta else None
    return answer.headers.get("etag") or (None if version is None else f'W/"{version}"')


def _passing(error: StatusError) -> bool:
    """Say whether an error is no answer to what was asked for."""
    if not 400 <= error.status < 500 or error.status in _OTHERS_FAULT:
        return True
    return not _NOT_NOW.isdisjoint(_codes(error))


def _codes(error: StatusError) -> list[str]:
    try:
        return [issue.code for issue in _outcome(error.body).issue]
    except DecodeError:
        return []


def _detail(error: StatusError, codes: list[str]) -> str:
    return " ".join([str(error.status), *(code for code in codes if code in _NOT_SO)])


def _china(moment: datetime | None) -> datetime | None:
    return None if moment is None else in_china(moment)
