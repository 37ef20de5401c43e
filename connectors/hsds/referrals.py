"""Desk of a directory: requests for places in a service, over the companion interface for referrals."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from urllib.parse import quote

import msgspec

from connectors.kit import (
    Booked,
    DecodeError,
    Desk,
    Order,
    Refusal,
    Refused,
    Standing,
    StatusError,
    Upstream,
    json_of,
    says_no,
)
from schema.core.service import service_of

_PATH = "referrals"
_NO_SUCH_CALL = (404, 405)
_REASONS = {
    "FULL": Refusal.FULL,
    "CLOSED": Refusal.NOT_OFFERED,
    "UNKNOWN_SERVICE": Refusal.NOT_OFFERED,
    "UNKNOWN_CAPACITY": Refusal.NOT_OFFERED,
    "TOO_LATE": Refusal.TOO_LATE,
}


class _Status(StrEnum):
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"


class _Referral(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, and how it stands."""

    id: str
    status: _Status

    def booked(self) -> Booked:
        accepted = self.status is _Status.ACCEPTED
        return Booked(standing=Standing.CONFIRMED if accepted else Standing.CANCELLED, id=self.id)


class _Refusal(msgspec.Struct, frozen=True):
    code: str | None = None


_decode_referral = json_of(_Referral)
_decode_refusal = json_of(_Refusal)


class ReferralDesk(Desk):
    """`/referrals` (docs/referrals.md; HSDS itself has no booking): POST, GET and DELETE.

    A referral stands under its asker's own reference, the order's. The same request again is answered with
    the same referral; so the request is made of nothing but the order. A night for two is a quantity of two.
    """

    repeatable = True

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def book(self, order: Order) -> Booked:
        """Ask for as many places as people: one call."""
        service, capacity = service_of(order.slot).id, order.slot.id.rpartition("/")[2]
        if not service or not capacity:
            raise Refused(Refusal.NOT_OFFERED, "no slot's id")
        wish: dict[str, Any] = {
            "reference": order.reference,
            "service_id": service,
            "capacity_id": capacity,
            "quantity": order.party,
            "client": order.resident,
            **({"note": order.note} if order.note else {}),
        }
        try:
            answer = await self._upstream.send("POST", _PATH, json=wish, decode=_decode_referral)
        except StatusError as error:
            # The reference is nobody else's: an earlier release may have worded the same order otherwise.
            held = await self.find(order) if _code(error) == "REFERENCE_USED" else None
            if held is None:
                raise _refused(error) from None
            return held
        return answer.data.booked()

    async def find(self, order: Order) -> Booked | None:
        """Read the referral by its reference: one call."""
        try:
            answer = await self._upstream.get(_of(order), decode=_decode_referral)
        except StatusError as error:
            if error.status == 404:
                return None
            raise
        return answer.data.booked()

    async def cancel(self, order: Order, booked: Booked) -> Booked:
        """Cancel the referral: one call. One that nobody knows takes no place and counts as cancelled."""
        try:
            answer = await self._upstream.send("DELETE", _of(order), decode=_decode_referral)
        except StatusError as error:
            if error.status == 404:
                return msgspec.structs.replace(booked, standing=Standing.CANCELLED)
            raise _refused(error) from None
        return answer.data.booked()


def _of(order: Order) -> str:
    return f"{_PATH}/{quote(order.reference, safe='')}"


def _code(error: StatusError) -> str | None:
    try:
        return _decode_refusal(error.body).code
    except DecodeError:
        return None


def _refused(error: StatusError) -> Exception:
    """Give the refusal that a status and its code mean; the error itself where it is none."""
    if not says_no(error):
        return error
    code = _code(error)
    if code is None and error.status in _NO_SUCH_CALL:
        return Refused(Refusal.NOT_POSSIBLE, f"status {error.status}")
    # A code that is not known is the body's own word, and no part of what is told.
    reason = _REASONS.get(code or "")
    if reason is None:
        return Refused(Refusal.SOURCE_REFUSED, f"status {error.status}")
    return Refused(reason, f"{error.status} {code}")
