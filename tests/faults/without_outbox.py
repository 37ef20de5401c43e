"""Another build of the gateway, for one test: it calls the system first, and keeps what came of it later.

So is it done where nobody thinks of crashes. `python -m tests.faults.without_outbox serve` serves it; what it
loses and doubles the checker must find.
"""

from __future__ import annotations

import time

from sqlalchemy import Connection

from connectors.kit import Booked, Refused
from gateway.__main__ import run
from gateway.commands import bookings, conclusions, ledger
from gateway.commands.bookings import Taken
from gateway.commands.command import State, encode
from gateway.commands.resident import ResidentBookings
from schema.core.bookings import Progress, Wish
from schema.core.viewer import Viewer


async def book(self: ResidentBookings, viewer: Viewer, wish: Wish) -> Progress:
    """Stand in for `ResidentBookings.book`: nothing is durable before the system is called.

    A system's failure is the resident's, who sends the same key again: to no avail, as nobody knows it yet.
    """
    command, entry = self._wished(viewer, wish)
    database = self._commands.database
    known = await database.run(
        lambda connection: ledger.find_by_key(connection, command.resident, command.key)
    )
    if known is not None:
        return await self._progress(viewer, Taken(known))
    refusal, booked = wish.refusal, None
    if refusal is None:
        desk = self._desks[entry.source, entry.kind].desk
        try:
            await desk.hold(entry.detail.order)
            booked = await desk.book(entry.detail.order)
        except Refused as refused:
            refusal = refused.reason

    def keep(connection: Connection) -> Taken:
        taken = bookings.take_in(connection, command, entry, refusal)
        if booked is not None:
            _confirm(connection, command.id, booked)
        found = ledger.find(connection, command.id)
        return Taken(found) if found is not None else taken

    return await self._progress(viewer, await database.run(keep))


def _confirm(connection: Connection, id_: str, booked: Booked) -> None:
    now = time.time()
    ledger.settle(connection, id_, State.CONFIRMED, now, outcome=encode(booked))
    command = ledger.find(connection, id_)
    if command is not None:
        conclusions.conclude_book(connection, command, None, booked, now)


if __name__ == "__main__":
    ResidentBookings.book = book  # type: ignore[method-assign]  # the other build
    run()
