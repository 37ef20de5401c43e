"""Holds on titles: Koha's own for lending, PAIA's requests for use inside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from connectors.kit import Booked, Desk, Order, Refusal, Refused, Standing
from connectors.koha.counter import Counter, card_of, one_copy
from connectors.koha.holds import Holds
from connectors.koha.paia import Requests
from connectors.koha.rest import number_of
from connectors.koha.shelf import Shelf
from schema.core.record import Ref
from schema.reading.holds import hold_parts
from schema.reading.lookups import HOLD_BY_REF, HOLDINGS
from schema.reading.records import CopyUse, HoldingsRecord


class HoldDesk(Desk):
    """Takes BiblioHold orders. `order.account` is the number of the library card."""

    repeatable = False
    """A library may allow a reader several holds of a title; Koha does not know two for the same wish."""
    shows = (HOLDINGS, HOLD_BY_REF)

    def __init__(
        self,
        counter: Counter,
        holdings: Callable[[Sequence[Ref]], Awaitable[Mapping[Ref, HoldingsRecord]]],
    ) -> None:
        shelf = Shelf(holdings)
        self._holds = Holds(counter, shelf)
        self._requests = Requests(counter.rest, shelf)

    async def book(self, order: Order) -> Booked:
        """Place a hold, or send a request."""
        title, use = _parts(order)
        one_copy(order.party)
        card = card_of(order.account)
        if use is CopyUse.LOAN:
            return await self._holds.book(order, title, card)
        return await self._requests.book(order, title, card)

    async def find(self, order: Order) -> Booked | None:
        """Look for a hold by its reference, for a request by card and title. One or two calls."""
        try:
            title, use = _parts(order)
        except Refused:
            return None  # with which nothing can have been booked
        if use is CopyUse.LOAN:
            return await self._holds.find(order, title)
        return await self._requests.find(order, title, order.account) if order.account else None

    async def cancel(self, order: Order, booked: Booked) -> Booked:
        """Withdraw the hold or the request."""
        if booked.standing is Standing.CANCELLED:
            return booked
        title, use = _parts(order)
        if use is CopyUse.LOAN:
            return await self._holds.cancel(booked)
        return await self._requests.cancel(title, card_of(order.account), booked)


def _parts(order: Order) -> tuple[Ref, CopyUse]:
    parts = hold_parts(order.slot)
    if parts is None or number_of(parts[0].id) is None:
        raise Refused(Refusal.NOT_OFFERED, "no such hold")
    return parts
