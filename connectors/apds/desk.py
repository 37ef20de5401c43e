"""Desk of an APDS operator: rights that it assigns, changes nothing of, and takes back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from connectors.apds.rights import OFFER_EXPAND, offer_of
from connectors.apds.tariffs import NO_SUCH_LIST
from connectors.apds.wire import AssignedRight, Deletions, RightSpecification, decoder
from connectors.kit import (
    Booked,
    Desk,
    Order,
    Params,
    Refusal,
    Refused,
    SourceError,
    Standing,
    StatusError,
    Upstream,
    fits_path,
    says_no,
)
from schema.core.scalars import in_china
from schema.parking.lookups import RIGHT_BY_REF, RIGHTS_OFFERED
from schema.parking.rights import slot_parts, span_of

_PATH = "rights/assigned"
_CLASS = "AssignedRight"
_GONE = (404, 410)

_decode_specification = decoder(RightSpecification)
_decode_right = decoder(AssignedRight)
_decode_deletions = decoder(Deletions)


class RightDesk(Desk):
    """`/rights/assigned` (APDS v4, tag Assigned Rights): POST, GET and DELETE.

    The id of an assigned right is its issuer's, and who asks for one names it: the order's reference is
    the id. A taken id is a conflict (409), even with the same content; the right is read then, so that the
    same order gives the same right. Its holder is known by one credential, an opaque customer's number,
    which is the order's pseudonym. The standard has no place for a note, and no lease.
    """

    repeatable = True
    shows = (RIGHT_BY_REF, RIGHTS_OFFERED)

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def book(self, order: Order) -> Booked:
        """Read the specification, assign it, and read what was assigned.

        The first for its version, which a right must name, and for the times of its pools; the last because
        the answer to an assignment is a bare status, and the issuer says when the right lapses.
        """
        specification, start, end = await self._planned(order)
        try:
            await self._upstream.send(
                "POST", _PATH, json=_right(order, specification, start, end), decode=_unread
            )
        except StatusError as error:
            if not says_no(error):
                raise
            held = await self._read(order.reference) if error.status == 409 else None
            if held is None:
                raise _refused(error, Refusal.FULL if specification.right_pools else None) from None
            return held
        try:
            held = await self._read(order.reference)
        except SourceError:
            held = None  # it is assigned all the same
        return held or Booked(standing=Standing.CONFIRMED, id=order.reference, start=start, end=end)

    async def find(self, order: Order) -> Booked | None:
        """Read the right, and where there is none, what was deleted since the order was made."""
        held = await self._read(order.reference)
        if held is not None:
            return held
        # Deleted right away is not told apart from never assigned but by this list.
        params: Params = {"modified_since": int(order.made.timestamp()), "credential_id": order.resident}
        try:
            deleted = (await self._upstream.get(_PATH, params=params, decode=_decode_deletions)).data
        except StatusError as error:
            if says_no(error):
                return None
            raise
        gone = {(one.class_name, one.id) for one in deleted.deleted_references}
        if (_CLASS, order.reference) not in gone:
            return None
        return Booked(standing=Standing.CANCELLED, id=order.reference)

    async def cancel(self, order: Order, booked: Booked) -> Booked:
        """Delete the right; one that has been used, or whose time is over, is in conflict with that."""
        try:
            await self._upstream.send("DELETE", f"{_PATH}/{quote(booked.id, safe='')}", decode=_unread)
        except StatusError as error:
            if not says_no(error):
                raise
            if error.status not in _GONE:
                raise _refused(error, Refusal.TOO_LATE) from None
        return msgspec.structs.replace(booked, standing=Standing.CANCELLED, expires=None)

    async def _planned(self, order: Order) -> tuple[RightSpecification, datetime, datetime | None]:
        """Give the specification that a slot is one of, and the time that a right to it is planned for."""
        parts = slot_parts(order.slot)
        if parts is None or not all(fits_path(part.id) for part in parts):
            raise Refused(Refusal.NOT_OFFERED, "no slot's id")
        if order.party > 1:
            raise Refused(Refusal.NOT_POSSIBLE, "a right is one vehicle's")
        path = f"rights/specs/{quote(parts[1].id, safe='')}"
        try:
            answer = await self._upstream.get(
                path, params={"expand": OFFER_EXPAND}, decode=_decode_specification
            )
        except StatusError as error:
            if error.status in _GONE:
                raise Refused(Refusal.NOT_OFFERED, "no such specification") from None
            raise
        now = self._upstream.now()
        offer = offer_of(answer.data, self._upstream.source, now)
        span = None if offer is None or not offer.offered else span_of(order.slot, offer)
        if offer is None or span is None:
            raise Refused(Refusal.NOT_OFFERED, "not assigned any more")
        # A right for a time that has begun is for the rest of it. As of when it was asked for, not of now:
        # each attempt says the same.
        made = order.made.replace(microsecond=0)
        start, end = max(span.start or offer.start or made, made), span.end or offer.end
        if end is not None and end <= max(now, start):
            raise Refused(Refusal.TOO_LATE, "its time is over")
        return answer.data, start, end

    async def _read(self, reference: str) -> Booked | None:
        path = f"{_PATH}/{quote(reference, safe='')}"
        try:
            right = (
                await self._upstream.get(path, params={"expand": "plannedUses"}, decode=_decode_right)
            ).data
        except StatusError as error:
            if error.status in _GONE:
                return None
            raise
        uses = [use for use in right.planned_uses if use.cancel_time is None]
        given_up = bool(right.planned_uses) and not uses
        return Booked(
            standing=Standing.CANCELLED if given_up else Standing.CONFIRMED,
            id=right.id,
            start=min(_told(use.start_time for use in uses), default=None),
            end=max(_told(use.end_time for use in uses), default=None),
            expires=min(_told([right.expiry, *(use.expiry_time for use in uses)]), default=None),
        )


def _right(
    order: Order, specification: RightSpecification, start: datetime, end: datetime | None
) -> dict[str, Any]:
    """Give an AssignedRight with what the standard requires of whoever asks for it."""
    customer = {"id": order.resident, "className": "CustomerCredential"}
    return {
        "id": order.reference,
        "version": 1,
        "rightSpecification": {
            "id": specification.id,
            "version": specification.version,
            "className": "RightSpecification",
        },
        "rightHolder": {
            "credentials": [
                {"type": "electronicID", "credentialAssignedType": "customer", "identifier": customer}
            ]
        },
        "plannedUses": [{"startTime": start, **({} if end is None else {"endTime": end})}],
    }


def _unread(_: bytes) -> None:
    """Decode an answer that says no more than its status."""


def _refused(error: StatusError, conflict: Refusal | None) -> Refused:
    """Say why; `conflict` is what a 409 means. The standard has no codes but HTTP's."""
    if error.status in NO_SUCH_LIST:
        reason = Refusal.NOT_POSSIBLE
    else:
        reason = (conflict if error.status == 409 else None) or Refusal.SOURCE_REFUSED
    return Refused(reason, f"status {error.status}")


def _told(instants: Iterable[datetime | None]) -> list[datetime]:
    return [in_china(instant) for instant in instants if instant is not None]
