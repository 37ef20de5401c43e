"""Desk: books courts, sessions, classes and courses by the Open Booking API 1.0.

An order's reference is the UUID of its order quote and of its order, which the client makes (5.4.6). `hold`
is C2, which tells the price and, where the system can, keeps the places; `book` is B, which needs no lease.
C1 is left out: it asks what C2 asks, for nobody. There are no waiting lists (1.1.1); orders that a seller
approves first (5.5), and what is paid beforehand, are refused. A customer must have an e-mail address: ours
is a relay's, made of the resident's pseudonym. A resident's note has no place in an order.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, TypeVar

from connectors.kit import (
    Booked,
    Code,
    Desk,
    Order,
    Refusal,
    Refused,
    SourceError,
    Standing,
    StatusError,
    Upstream,
    fits_path,
)
from connectors.openactive import booking
from connectors.openactive.booking import Due, Made, Quote
from connectors.openactive.copy import Copy
from connectors.openactive.options import OpenActiveOptions
from connectors.openactive.wanted import Wanted, find_wanted
from schema.core.scalars import in_china

T = TypeVar("T")


class OrderDesk(Desk):
    """Where one system takes orders for one kind of slot."""

    repeatable = True

    def __init__(self, upstream: Upstream, copy: Copy, options: OpenActiveOptions, kind: str) -> None:
        self._upstream = upstream
        self._copy = copy
        self._options = options
        self._kind = kind

    async def hold(self, order: Order) -> datetime | None:
        """C2: until when the lease lasts; None where the system knows none, or has the order already.

        It renews a lease. It is no question to ask after `book`: a system may find an order's slot full.
        """
        quote = await self._quote(order, await self._wanted(order))
        return None if quote is None or quote.lease is None else in_china(quote.lease.lease_expires)

    async def book(self, order: Order) -> Booked:
        """B; the same order again is answered with the order that was made, whatever has changed since.

        Where its price is not the copy's any more, or B does not say what stands in its way, C2 is asked
        and B once more; at a higher price than the copy's nothing is booked.
        """
        try:
            wanted = await self._wanted(order)
        except Refused:
            # An attempt that got no answer may have booked what has left the feed since.
            if fits_path(order.slot.id) and (made := await self.find(order)) is not None:
                return made
            raise
        due = booking.due_for(wanted, order.party)
        made = None if due is None else await self._order(order, wanted, due)
        if made is None:
            quote = await self._quote(order, wanted)
            if quote is None:
                return await self._already_there(order)
            if due is not None and quote.total_payment_due.price > due.price:
                # The resident has been shown another (5.4.6: the customer is to be asked).
                raise Refused(Refusal.CHANGED, "the total has gone up")
            made = await self._order(order, wanted, quote.total_payment_due)
        if made is None:
            raise Refused(Refusal.SOURCE_REFUSED, "B asks for C2 again and again")
        return made

    async def find(self, order: Order) -> Booked | None:
        """Order Status, by the UUID: None where the system itself says UnknownOrderError."""
        made = await self._made(order)
        return None if made is None else booking.booked(made, order.reference)

    async def cancel(self, order: Order, booked: Booked) -> Booked:
        """Order Cancellation (8.3.2) of every item that still stands, as Order Status tells."""
        made = await self._made(order)
        if made is None:
            raise Refused(Refusal.NOT_OFFERED, booking.UNKNOWN)
        standing = [item.uri for item in made.ordered_item if not item.cancelled]
        items = [uri for uri in standing if uri is not None]
        if len(items) < len(standing):
            raise SourceError(Code.SOURCE_MALFORMED, self._upstream.source, "an order item without @id")
        if items:
            message = booking.cancellation_of(items)
            try:
                await self._send("PATCH", "orders", order, message, lambda _: None)
            except StatusError as error:
                raise self._refusal(error) from None
        now = booking.booked(made, order.reference)
        return Booked(standing=Standing.CANCELLED, id=now.id, number=now.number)

    async def _wanted(self, order: Order) -> Wanted:
        if not fits_path(order.slot.id):
            raise Refused(Refusal.NOT_OFFERED, "no id of a slot")
        wanted = await find_wanted(self._copy, self._kind, order.slot.id)
        if wanted.most is not None and order.party > wanted.most:
            raise Refused(Refusal.NOT_POSSIBLE, f"a party of {order.party} where {wanted.most} are all")
        return wanted

    async def _quote(self, order: Order, wanted: Wanted) -> Quote | None:
        """C2; None where the UUID is an order's already."""
        message = booking.quote_of(order, wanted, self._options)
        try:
            quote = await self._send("PUT", "order-quotes", order, message, booking.decode_quote)
        except StatusError as error:
            if booking.ALREADY_THERE in booking.errors_of(error):
                return None
            raise self._refusal(error, wanted) from None
        if quote.order_requires_approval:
            raise Refused(Refusal.NOT_POSSIBLE, "orderRequiresApproval")
        return quote

    async def _order(self, order: Order, wanted: Wanted, due: Due) -> Booked | None:
        """B; None where C2 is to be asked before it is tried again."""
        message = booking.order_of(order, wanted, self._options, due)
        try:
            made = await self._send("PUT", "orders", order, message, booking.decode_made)
        except StatusError as error:
            errors = booking.errors_of(error)
            if booking.ALREADY_THERE in errors:
                return await self._already_there(order)
            if not booking.ASK_AGAIN.isdisjoint(errors):
                return None
            raise self._refusal(error, wanted) from None
        return booking.booked(made, order.reference)

    async def _already_there(self, order: Order) -> Booked:
        """Give the order that an earlier attempt made, when the feed told something else."""
        found = await self.find(order)
        if found is None:
            raise Refused(Refusal.SOURCE_REFUSED, booking.ALREADY_THERE)
        return found

    async def _made(self, order: Order) -> Made | None:
        path = self._path("orders", order)
        try:
            answer = await self._upstream.get(path, decode=booking.decode_made, headers=booking.ACCEPT)
        except StatusError as error:
            if booking.UNKNOWN in booking.errors_of(error):
                return None
            raise
        return answer.data

    async def _send(
        self,
        method: Literal["PUT", "PATCH"],
        what: str,
        order: Order,
        message: dict[str, Any],
        decode: Callable[[bytes], T],
    ) -> T:
        answer = await self._upstream.send(
            method, self._path(what, order), decode=decode, json=message, headers=booking.HEADERS
        )
        return answer.data

    def _path(self, what: str, order: Order) -> str:
        if self._options.booking is None:
            raise Refused(Refusal.NOT_POSSIBLE, "the source takes no bookings")
        return f"{self._options.booking.strip('/')}/{what}/{order.reference}"

    def _refusal(self, error: StatusError, wanted: Wanted | None = None) -> Exception:
        """Say what an answer means: a refusal where it is the standard's, else what it was."""
        errors = booking.errors_of(error)
        if not errors or (error.status >= 500 and booking.SAID_NO.isdisjoint(errors)):
            return error
        decisive = next((name for name in errors if name in booking.REASONS), errors[0])
        reason = booking.REASONS.get(decisive, Refusal.SOURCE_REFUSED)
        if decisive == booking.NOT_BOOKABLE and wanted is not None:
            reason = wanted.unbookable_at(self._upstream.now())
        return Refused(reason, ", ".join(errors))
