"""Desks: what the commands of bookings are made of, a source's desk for each kind of slot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from connectors.kit import Booked, Desk, Order, Refusal, Refused, Standing
from gateway.commands import conclusions, entries
from gateway.commands.command import Command, Kind, encode
from gateway.commands.database import Database
from gateway.desks import BookedAt, Desks

_order_of = msgspec.json.Decoder(Order).decode
_booked_of = msgspec.json.Decoder(Booked).decode


Freshen = Callable[[str, Desk], Awaitable[None]]
"""Sees to it that reads of a source show what has changed there."""


class DeskHandler:
    """Implements `gateway.commands.carrier.Handler` for BOOK and CANCEL."""

    def __init__(
        self, desks: Desks, database: Database, now: Callable[[], datetime], freshen: Freshen
    ) -> None:
        self._desks = desks
        self._database = database
        self._now = now
        self._freshen = freshen
        self._places: dict[str, asyncio.Semaphore] = {}

    def source_timeout_s(self, command: Command) -> float:
        """The source's own limit."""
        return self._at(command).config.limits.timeout_ms / 1000

    def places(self, command: Command) -> asyncio.Semaphore:
        """As many as the source has for everything: a command waits here and not at the source."""
        limits = self._at(command).config.limits
        return self._places.setdefault(command.source, asyncio.Semaphore(limits.concurrency))

    def repeatable(self, command: Command) -> bool:
        """A cancellation can be sent again whatever became of it."""
        return command.kind is Kind.CANCEL or self._at(command).desk.repeatable

    async def perform(self, command: Command) -> str:
        """Book, or cancel."""
        desk = self._at(command).desk
        if command.kind is Kind.CANCEL:
            order, booked = await self._kept(command)
            return encode(await desk.cancel(order, booked)) if booked else "null"
        order = _order_of(command.payload)
        # Not after booking was tried: a system may then take an order's own place for another's.
        held_until = None if command.attempts else await desk.hold(order)
        if held_until is not None:
            await self._database.run_patiently(
                lambda connection: entries.note_hold(connection, command.subject, held_until)
            )
        return encode(await desk.book(order))

    async def settle(self, command: Command) -> str | None:
        """Ask the desk by the order's reference."""
        desk = self._at(command).desk
        if command.kind is Kind.CANCEL:
            order, booked = await self._kept(command)
            if booked is None:
                return "null"
            found = await desk.find(order)
            return encode(found) if found and found.standing is Standing.CANCELLED else None
        found = await desk.find(_order_of(command.payload))
        if found is not None and found.standing is Standing.CANCELLED:
            # Booked, and called off by the system before we asked.
            raise Refused(Refusal.NOT_OFFERED, "cancelled by the source")
        return None if found is None else encode(found)

    def conclude(
        self, connection: Connection, command: Command, reason: Refusal | None, outcome: str | None
    ) -> Sequence[Command]:
        """Keep how the booking stands."""
        booked = None if outcome in (None, "null") else _booked_of(outcome)
        conclude = conclusions.conclude_book if command.kind is Kind.BOOK else conclusions.conclude_cancel
        return conclude(connection, command, reason, booked, self._now().timestamp())

    async def after(self, command: Command) -> None:
        """Have reads show the places left."""
        at = self._at(command)
        await self._freshen(command.source, at.desk)

    async def _kept(self, command: Command) -> tuple[Order, Booked | None]:
        entry = await self._database.run_patiently(
            lambda connection: entries.find(connection, command.subject)
        )
        if entry is None:
            raise Refused(Refusal.NOT_POSSIBLE, "the booking is gone")
        return entry.detail.order, entry.detail.booked

    def _at(self, command: Command) -> BookedAt:
        kind = command.lane.partition(":")[0]
        found = self._desks.get((command.source, kind))
        if found is None:
            raise LookupError(f"no desk of {command.source} for {kind}")
        return found
