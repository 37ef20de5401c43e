"""Koha bookings: a thing is kept for a reader for whole days (REST API, /bookings)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec

from connectors.kit import (
    Booked,
    Desk,
    Order,
    Refusal,
    Refused,
    Standing,
    StatusError,
    gather_all,
    json_of,
)
from connectors.koha.counter import PER_PAGE, TICK, Counter, OwnBookingRow, Reader, card_of, one_copy
from connectors.koha.query import Condition
from connectors.koha.refusals import refusal
from connectors.koha.rest import number_of
from connectors.koha.wire import rows_of
from schema.core.record import Ref
from schema.core.scalars import CHINA, in_china
from schema.goods.loans import HORIZON_DAYS, LONGEST_DAYS, loan_parts, loan_ref
from schema.goods.lookups import LOAN_BY_REF, TAKEN
from schema.goods.records import ThingCopyRecord

_CANCELLED = "cancelled"
_SECOND = timedelta(seconds=1)

_booking_of = json_of(OwnBookingRow)
_bookings_of = rows_of(OwnBookingRow)


class _Days(msgspec.Struct, frozen=True):
    """What a slot's id says."""

    copy: Ref
    item: int
    start: datetime
    """Midnight of the first day."""
    end: datetime
    """The last second of the last day: Koha counts both ends of a booking in."""


class LoanDesk(Desk):
    """Takes ThingLoan orders. `order.account` is the number of the library card.

    A booking of Koha has no place for a client's reference: it is told by reader, item, days and that it
    was made since the order was (`creation_date`, whole seconds). Koha never has two of these at a time,
    for it keeps an item's bookings apart.
    """

    repeatable = False
    shows = (TAKEN, LOAN_BY_REF)

    def __init__(
        self,
        counter: Counter,
        copies: Callable[[Sequence[Ref]], Coroutine[Any, Any, Mapping[Ref, ThingCopyRecord]]],
    ) -> None:
        self._counter = counter
        self._rest = counter.rest
        self._copies = copies
        self._path = f"{self._rest.options.api}/bookings"

    async def book(self, order: Order) -> Booked:
        """Book: the reader and the item side by side, then one POST.

        It is fetched where it is kept. After a conflict the item's bookings are read once, for it may be
        this order's own, carried out before, or another of the reader's.
        """
        days = _days(order)
        _check(days, in_china(self._rest.upstream.now()).date())
        one_copy(order.party)
        card = card_of(order.account)
        (reader, names), copies = await gather_all(
            gather_all(self._counter.reader(card), self._counter.names()), self._copies([days.copy])
        )
        copy = copies.get(days.copy)
        if copy is None or not copy.lendable:
            raise Refused(Refusal.NOT_OFFERED, "not lent")
        wish = {
            "biblio_id": number_of(copy.thing.ref.id),
            "item_id": days.item,
            "patron_id": reader.patron_id,
            "pickup_library_id": copy.library_id or self._rest.options.pickup or reader.library_id,
            "start_date": days.start.isoformat(),
            "end_date": days.end.isoformat(),
        }
        try:
            made = await self._rest.upstream.send("POST", self._path, decode=_booking_of, json=wish)
        except StatusError as error:
            refused = refusal(error)
            if refused.reason is not Refusal.FULL:
                raise refused from None
        else:
            return _booked(made.data, days, names)
        return _booked(await self._in_the_way(order, days, reader), days, names)

    async def find(self, order: Order) -> Booked | None:
        """Look for the reader's booking of these days: the reader, then the item's bookings.

        None, too, where the library knows no such card any more. What was deleted is not there; what is
        kept as cancelled is told so.
        """
        try:
            days, card = _days(order), card_of(order.account)
        except Refused:
            return None  # with which nothing can have been booked
        reader = await self._counter.find_reader(card)
        if reader is None:
            return None
        rows = await self._bookings({"item_id": days.item, "patron_id": reader.patron_id})
        ours = [row for row in rows if _is_for(row, days) and _is_since(row, order)]
        ours.sort(key=lambda row: row.status == _CANCELLED)
        return _booked(ours[0], days, await self._counter.names()) if ours else None

    async def cancel(self, order: Order, booked: Booked) -> Booked:
        """Delete it; one that is gone is cancelled. Once its last day is over it is too late."""
        if booked.standing is Standing.CANCELLED:
            return booked
        if _days(order).end < self._rest.upstream.now():
            raise Refused(Refusal.TOO_LATE, "over")
        try:
            await self._rest.upstream.send("DELETE", f"{self._path}/{booked.id}", decode=bytes)
        except StatusError as error:
            if error.status != 404:
                raise refusal(error) from None
        return msgspec.structs.replace(booked, standing=Standing.CANCELLED)

    async def _in_the_way(self, order: Order, days: _Days, reader: Reader) -> OwnBookingRow:
        """Give the order's own booking out of those that are in the way; refused if it is another."""
        rows = [row for row in await self._bookings({"item_id": days.item}) if _overlaps(row, days)]
        mine = [row for row in rows if row.patron_id == reader.patron_id]
        for row in mine:
            if _is_for(row, days):
                if _is_since(row, order):
                    return row
                raise Refused(Refusal.DUPLICATE, "the reader has it already")
        raise Refused(Refusal.OVERLAPPING if mine else Refusal.FULL, "booked")

    async def _bookings(self, condition: Condition) -> list[OwnBookingRow]:
        rows, _, _ = await self._rest.list_rows(
            "bookings", condition, "+booking_id", _bookings_of, per_page=PER_PAGE
        )
        return [row for row in rows if row is not None]


def _days(order: Order) -> _Days:
    parts = loan_parts(order.slot)
    item = None if parts is None else number_of(parts[0].id)
    if parts is None or item is None or loan_ref(*parts) != order.slot:
        raise Refused(Refusal.NOT_OFFERED, "no such loan")
    copy, first, last = parts
    return _Days(copy, item, _at(first, time()), _at(last, time(23, 59, 59)))


def _check(days: _Days, today: date) -> None:
    """Refuse days for which no loan is listed; `check_days` says so of a question."""
    first, last = days.start.date(), days.end.date()
    if first < today:
        raise Refused(Refusal.TOO_LATE, "begun before today")
    if last - first >= timedelta(days=LONGEST_DAYS):
        raise Refused(Refusal.NOT_POSSIBLE, f"more than {LONGEST_DAYS} days")
    if last > today + timedelta(days=HORIZON_DAYS):
        raise Refused(Refusal.TOO_EARLY, f"more than {HORIZON_DAYS} days ahead")


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, CHINA)


def _span(row: OwnBookingRow) -> tuple[datetime, datetime] | None:
    try:
        return _read(row.start_date), _read(row.end_date)
    except ValueError:
        return None


def _read(written: str) -> datetime:
    return in_china(datetime.fromisoformat(written))


def _is_for(row: OwnBookingRow, days: _Days) -> bool:
    return _span(row) == (days.start, days.end)


def _overlaps(row: OwnBookingRow, days: _Days) -> bool:
    span = _span(row)
    return span is not None and row.status != _CANCELLED and span[0] <= days.end and days.start <= span[1]


def _is_since(row: OwnBookingRow, order: Order) -> bool:
    """Whether it was made after the order; one that does not say when may have been."""
    try:
        return row.creation_date is None or _read(row.creation_date) >= order.made - TICK
    except ValueError:
        return True


def _booked(row: OwnBookingRow, days: _Days, names: Mapping[str, str]) -> Booked:
    library = row.pickup_library_id
    return Booked(
        standing=Standing.CANCELLED if row.status == _CANCELLED else Standing.CONFIRMED,
        id=str(row.booking_id),
        start=days.start,
        end=days.end + _SECOND,
        where=names.get(library or "", library),
    )
