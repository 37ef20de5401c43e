"""Desk of a volunteering platform: signing up for a mission, over the companion to API Engagement.

The API has no writing; the companion is in its shape (docs/scenarios/volunteering.md). Our reference is the
application's `clientReference`, by which it is read and cancelled, and which the platform takes once.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from connectors.engagement import wire
from connectors.engagement.mapping import parts_of
from connectors.kit import Booked, Desk, Order, Refusal, Refused, Standing, StatusError, Upstream
from schema.volunteering.lookups import MISSION_BY_REF, MISSIONS

_STANDINGS = {
    "CONFIRMED": Standing.CONFIRMED,
    "WAITING": Standing.WAITLISTED,
    "CANCELLED": Standing.CANCELLED,
}
_NOT_FOUND = "NOT_FOUND"
_REASONS = {
    "MISSION_FULL": Refusal.FULL,
    "ALREADY_APPLIED": Refusal.DUPLICATE,
    "MISSION_CLOSED": Refusal.TOO_LATE,
    _NOT_FOUND: Refusal.NOT_OFFERED,
}
_OTHERS_FAULT = frozenset((401, 403, 408, 429))
"""They say nothing of what was asked for: our key is wrong, or it is not the moment."""
_NO_SUCH_CALL = frozenset((404, 405))
"""Without a code of the platform's: one that has the missions and not the companion."""


class MissionDesk(Desk):
    """Sign-ups at one platform: one call each. There is no lease; who waits moves up when another cancels."""

    repeatable = True
    shows = (MISSION_BY_REF, MISSIONS)

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def book(self, order: Order) -> Booked:
        """POST /v0/mission/{id}/application: 201, or 200 for a reference that comes again.

        `order.account` is the unified volunteer number, without which nobody can sign up.
        """
        parts = parts_of(order.slot)
        if parts is None:
            raise Refused(Refusal.NOT_OFFERED, "no id of a mission")
        if order.party > 1:
            raise Refused(Refusal.NOT_POSSIBLE, "an application is one volunteer's")
        if order.account is None:
            raise Refused(Refusal.ACCOUNT_NEEDED, "no volunteer number")
        wish: dict[str, Any] = {
            "clientReference": order.reference,
            "volunteerNumber": order.account,
            "waitingList": order.waitlist,
        }
        try:
            answer = await self._upstream.send(
                "POST",
                f"v0/mission/{quote(parts[0], safe='')}/application",
                decode=wire.application_of,
                json=wish,
            )
        except StatusError as error:
            raise _refusal(error) from None
        return _booked(answer.data)

    async def find(self, order: Order) -> Booked | None:
        """GET /v0/application/{clientReference}: how it stands by now, promoted perhaps."""
        try:
            answer = await self._upstream.get(_path(order), decode=wire.application_of)
        except StatusError as error:
            if _unknown(error):
                return None
            raise
        return _booked(answer.data)

    async def cancel(self, order: Order, booked: Booked) -> Booked:
        """DELETE /v0/application/{clientReference}; one that the platform no longer knows is cancelled."""
        try:
            answer = await self._upstream.send("DELETE", _path(order), decode=wire.application_of)
        except StatusError as error:
            if _unknown(error):
                return Booked(standing=Standing.CANCELLED, id=booked.id)
            if error.status == 404:  # a proxy's: who took the booking has the call
                raise
            raise _refusal(error) from None
        return _booked(answer.data)


def _path(order: Order) -> str:
    return f"v0/application/{quote(order.reference, safe='')}"


def _unknown(error: StatusError) -> bool:
    """Say whether it is the platform that knows nothing of it, and not a proxy that has lost its way."""
    return error.status == 404 and wire.code_of(error.body) == _NOT_FOUND


def _refusal(error: StatusError) -> Refused | StatusError:
    """Give what an error of a write means: a refusal, or the error itself where it is no answer."""
    if not 400 <= error.status < 500 or error.status in _OTHERS_FAULT:
        return error
    code = wire.code_of(error.body)
    if code is None:
        reason = Refusal.NOT_POSSIBLE if error.status in _NO_SUCH_CALL else Refusal.SOURCE_REFUSED
        return Refused(reason, str(error.status))
    if code not in _REASONS:  # it may be anything, and is not for a log
        return Refused(Refusal.SOURCE_REFUSED, str(error.status))
    return Refused(_REASONS[code], f"{error.status} {code}")


def _booked(application: wire.Application) -> Booked:
    return Booked(standing=_STANDINGS[application.status], id=application.id, position=application.position)
