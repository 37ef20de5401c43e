"""Koha holds: a copy of a title is kept for a reader, or the reader queues (REST API, /holds)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec

from connectors.kit import (
    Booked,
    Order,
    Refusal,
    Refused,
    Response,
    Standing,
    StatusError,
    gather_all,
    json_of,
)
from connectors.koha.counter import PER_PAGE, Counter, HoldRow
from connectors.koha.query import Condition
from connectors.koha.refusals import refusal
from connectors.koha.rest import number_of
from connectors.koha.shelf import Shelf
from connectors.koha.wire import rows_of
from schema.core.record import Ref
from schema.core.scalars import CHINA
from schema.reading.records import CopyUse

_SET_ASIDE = frozenset({"W", "T", "P"})
"""Waiting on the hold shelf, on its way there, being prepared."""
_FETCHED = "F"
_CANCELLATIONS = "cancellation_requested"
"""Embedded since 22.11: whether a cancellation was asked for that somebody has yet to carry out."""

_hold_of = json_of(HoldRow)
_holds_of = rows_of(HoldRow)


class Holds:
    """Holds for lending.

    Koha has no field for a client's reference. Ours is the first line of `notes`, which staff see and may
    add to; what the resident wrote stands below it, so that nobody's words can pass for a reference.
    """

    def __init__(self, counter: Counter, shelf: Shelf) -> None:
        self._counter = counter
        self._rest = counter.rest
        self._shelf = shelf
        self._path = f"{self._rest.options.api}/holds"

    async def book(self, order: Order, title: Ref, card: str) -> Booked:
        """Place a hold: the reader, the copies and the queue side by side, then one POST.

        Koha queues whoever asks. Where no copy is left but for those who wait already, only an order that
        takes a place on the waiting list is sent; the others are FULL. Of two that are sent in the same
        moment the second may queue all the same, and is told so.
        """
        (reader, names), (left, holds) = await gather_all(
            gather_all(self._counter.reader(card), self._counter.names()),
            gather_all(self._shelf.places(title, CopyUse.LOAN), self._holds_on(title)),
        )
        for hold in holds:
            if _is_of(order, hold):
                return self._booked(hold, left, names)
        if not order.waitlist and left <= sum(hold.status is None for hold in holds):
            mine = any(hold.patron_id == reader.patron_id for hold in holds)
            raise Refused(Refusal.DUPLICATE if mine else Refusal.FULL, "no copy is left")
        wish = {
            "patron_id": reader.patron_id,
            "biblio_id": number_of(title.id),
            "pickup_library_id": self._rest.options.pickup or reader.library_id,
            "notes": "\n".join(filter(None, (order.reference, order.note))),
        }
        try:
            made = await self._rest.upstream.send("POST", self._path, decode=_hold_of, json=wish)
        except StatusError as error:
            raise refusal(error) from None
        return self._booked(made.data, left, names)

    async def find(self, order: Order, title: Ref) -> Booked | None:
        """Look for the reference among the holds, then among those that are over (`old`).

        Of a hold for which no copy is set aside yet, the title's copies say whether one is left for it.
        """
        condition = {"notes": {"-like": f"{order.reference}%"}}
        hold = await self._first(condition, embed=_CANCELLATIONS)
        if hold is None:
            hold = await self._first(condition, old="true")
            if hold is None:
                return None
            standing = Standing.CONFIRMED if hold.status == _FETCHED else Standing.CANCELLED
            return Booked(standing=standing, id=str(hold.hold_id))
        names = await self._counter.names()
        left = 0
        if hold.status is None and not hold.cancellation_requested:
            left = await self._shelf.places_left(title, CopyUse.LOAN)
        return self._booked(hold, left, names)

    async def cancel(self, booked: Booked) -> Booked:
        """Withdraw it. 204: it is gone; 202: the copy is waiting, and staff will take it off the shelf.

        What is not there any more was cancelled, or fetched, and then it is too late.
        """
        try:
            await self._rest.upstream.send("DELETE", f"{self._path}/{booked.id}", decode=bytes)
        except StatusError as error:
            if error.status != 404:
                raise refusal(error) from None
            hold = await self._first({"hold_id": number_of(booked.id)}, old="true")
            if hold is not None and hold.status == _FETCHED:
                raise Refused(Refusal.TOO_LATE, "fetched") from None
        return msgspec.structs.replace(booked, standing=Standing.CANCELLED, position=None, expires=None)

    async def _holds_on(self, title: Ref) -> Sequence[HoldRow]:
        rows, _, _ = await self._rest.list_rows(
            "holds", {"biblio_id": number_of(title.id)}, "+hold_id", _holds_of, per_page=PER_PAGE
        )
        return [row for row in rows if row is not None]

    async def _first(self, condition: Condition, *, embed: str | None = None, **flags: str) -> HoldRow | None:
        params: dict[str, Any] = {
            "q": msgspec.json.encode(condition).decode(),
            "_order_by": "+hold_id",
            "_per_page": 1,
            **flags,
        }
        answer: Response[list[HoldRow | None]] = await self._rest.read(self._path, _holds_of, params, embed)
        return answer.data[0] if answer.data else None

    def _booked(self, hold: HoldRow, left: int, names: Mapping[str, str]) -> Booked:
        """Tell a hold. It is confirmed once a copy is set aside, or while one is left for it."""
        if hold.cancellation_requested:
            return Booked(standing=Standing.CANCELLED, id=str(hold.hold_id))
        set_aside = hold.status in _SET_ASIDE
        waits = not set_aside and (hold.priority is None or hold.priority > left)
        return Booked(
            standing=Standing.WAITLISTED if waits else Standing.CONFIRMED,
            id=str(hold.hold_id),
            position=hold.priority if waits else None,
            expires=_end_of(hold.expiration_date) if hold.status == "W" else None,
            where=names.get(hold.pickup_library_id or "", hold.pickup_library_id),
        )


def _is_of(order: Order, hold: HoldRow) -> bool:
    return (hold.notes or "").startswith(order.reference)


def _end_of(day: str | None) -> datetime | None:
    """The copy is kept all of its last day."""
    try:
        last = date.fromisoformat((day or "")[:10])
    except ValueError:
        return None
    return datetime.combine(last + timedelta(days=1), time(), CHINA)
