"""What every booking at a Koha library needs: the reader of a card, branches by name, rows as read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from connectors.kit import Refusal, Refused
from connectors.koha.rest import KohaRest
from connectors.koha.wire import LibraryRow, rows_of

PER_PAGE = 100
"""What Koha gives at most a page unless it is set up otherwise."""
TICK = timedelta(seconds=1)
"""Systems write when something was made in whole seconds: it may seem to be made before it was asked for."""
_NAMES_FOR = timedelta(hours=1)
_BRANCHES_PER_CALL = 200


class Reader(msgspec.Struct):
    """A patron, as far as it is read: neither name nor address."""

    patron_id: int
    library_id: str | None = None


class HoldRow(msgspec.Struct):
    """A hold, as /holds gives it. `status` is W, T or P once a copy is set aside, F once it was fetched."""

    hold_id: int
    patron_id: int
    pickup_library_id: str | None = None
    priority: int | None = None
    status: str | None = None
    expiration_date: str | None = None
    notes: str | None = None
    cancellation_date: str | None = None
    cancellation_requested: bool | None = None


class OwnBookingRow(msgspec.Struct):
    """A booking with whose it is, as POST and GET /bookings give it."""

    booking_id: int
    patron_id: int
    start_date: str
    end_date: str
    pickup_library_id: str | None = None
    creation_date: str | None = None
    status: str | None = None


_readers_of = rows_of(Reader)
_libraries_of = rows_of(LibraryRow)


class Counter:
    """What the desks of one library share."""

    def __init__(self, rest: KohaRest) -> None:
        self.rest = rest
        self._names: Mapping[str, str] = {}
        self._names_until: datetime | None = None

    async def find_reader(self, card: str) -> Reader | None:
        """Give the reader with this card number, None where the library knows no such card."""
        rows, _, _ = await self.rest.list_rows(
            "patrons", {"cardnumber": card}, "+patron_id", _readers_of, per_page=1, wanted=1
        )
        return rows[0] if rows else None

    async def reader(self, card: str) -> Reader:
        """Give the reader with this card number; refused where the library knows no such card."""
        found = await self.find_reader(card)
        if found is None:
            raise Refused(Refusal.ACCOUNT_NEEDED, "no such card")
        return found

    async def names(self) -> Mapping[str, str]:
        """Give the branches' names by `library_id`, which are read once an hour.

        A desk stands beside the gateway's cache, and no row of a hold or booking holds a branch's name.
        """
        now = self.rest.upstream.now()
        if self._names_until is None or now >= self._names_until:
            rows, _, _ = await self.rest.list_rows(
                "libraries", None, "+library_id", _libraries_of, per_page=_BRANCHES_PER_CALL
            )
            self._names = {row.library_id: row.name for row in rows if row is not None}
            self._names_until = now + _NAMES_FOR
        return self._names


def card_of(account: str | None) -> str:
    """Give the card number; refused where none is linked."""
    if not account:
        raise Refused(Refusal.ACCOUNT_NEEDED, "no card is linked")
    return account


def one_copy(party: int) -> None:
    """Refuse a wish for several: one hold, request or booking is one copy."""
    if party != 1:
        raise Refused(Refusal.NOT_POSSIBLE, "one copy a booking")
