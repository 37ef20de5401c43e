"""Waiting lists: who waits is booked as soon as there is a place, by the source itself or by us."""

from __future__ import annotations

import time
from functools import partial

import structlog
from sqlalchemy import Connection

from connectors.kit import SourceError
from gateway.commands import conclusions, entries
from gateway.commands.entries import Entry
from gateway.commands.service import Commands
from gateway.composition import Composition
from gateway.request import request_scope
from schema.core.entity import NODES
from schema.core.record import Ref

_log = structlog.get_logger("gateway.commands")


class WaitingLists:
    """Looks after all bookings that wait.

    A source with a list of its own is asked how a booking stands there; for the others the slot is read, and
    the first who waits is booked once it has a place. A place that is given back through us goes to him at
    once (`conclusions.conclude_cancel`).
    """

    def __init__(self, commands: Commands, composition: Composition, *, deadline_s: float) -> None:
        self._commands = commands
        self._composition = composition
        self._deadline_s = deadline_s

    async def look_after(self) -> None:
        """Look at each once."""
        for entry in await self._commands.database.run(conclusions.waiting):
            at = self._composition.desks.get((entry.source, entry.kind))
            if at is None:
                continue
            try:
                if entry.waits:
                    await self._promote(entry)
                else:
                    with request_scope(4 * at.config.limits.timeout_ms / 1000):
                        booked = await at.desk.find(entry.detail.order)
                    if booked is not None:
                        now = self._composition.now().timestamp()
                        await self._commands.database.run(
                            partial(entries.restand, id_=entry.id, booked=booked, now=now)
                        )
            except SourceError as error:
                _log.debug("waiting list not seen", source=entry.source, code=error.code)

    async def _promote(self, entry: Entry) -> None:
        async with self._composition.open_context() as context:
            slot = await NODES[entry.kind].read(context, Ref(entry.source, entry.slot))
        if slot is None or slot.places_left == 0 or not slot.bookable_at(self._composition.now()):
            return

        def unit(connection: Connection) -> None:
            conclusions.promote(connection, entry, time.time() + self._deadline_s, self._commands.replica)

        await self._commands.database.run(unit)
        await self._commands.take_up()
