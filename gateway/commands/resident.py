"""Bookings of residents: implements what the graph asks of whoever keeps them (schema.core.bookings)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import uuid4

from msgspec.structs import replace
from sqlalchemy import Connection

from connectors.kit import Order
from gateway.auth.pseudonyms import Pseudonyms
from gateway.commands import bookings, entries
from gateway.commands.asking import Asking
from gateway.commands.bookings import Taken
from gateway.commands.command import Command, Kind, State, encode, make_receipt
from gateway.commands.entries import Detail, Entry
from gateway.commands.service import Commands
from gateway.desks import Desks
from schema.core.bookings import BookingRecord, BookingStatus, Erased, Progress, Wish
from schema.core.errors import NotFound
from schema.core.slot import SlotRecord
from schema.core.viewer import Viewer


class ResidentBookings:
    """Takes wishes in and waits for their ends, no longer than `wait_s` and the request's own time."""

    def __init__(
        self,
        commands: Commands,
        desks: Desks,
        pseudonyms: Pseudonyms,
        *,
        now: Callable[[], datetime],
        wait_s: float,
        deadline_s: float,
    ) -> None:
        self._commands = commands
        self._desks = desks
        self._pseudonyms = pseudonyms
        self._now = now
        self._asking = Asking(commands, wait_s)
        self._deadline_s = deadline_s

    def takes(self, kind: type[SlotRecord], source: str) -> bool:
        """Whether a source has a desk for such slots."""
        return (source, kind.kind) in self._desks

    async def book(self, viewer: Viewer, wish: Wish) -> Progress:
        """Take a wish in, and wait a little for its end."""
        command, entry = self._wished(viewer, wish)
        taken = await self._commands.take(
            lambda connection: bookings.take_in(connection, command, entry, wish.refusal)
        )
        return await self._progress(viewer, taken, entry)

    async def cancel(self, viewer: Viewer, receipt: str, key: str) -> Progress:
        """Take in that a booking is to be cancelled, and wait a little for its end."""
        entry = await self._one(viewer, receipt)
        if entry is None:
            raise NotFound("There is no such booking of yours.")
        now = self._now()
        command = Command(
            id=make_receipt(now),
            kind=Kind.CANCEL,
            resident=viewer.resident,
            key=key,
            fingerprint=bookings.fingerprint_of("cancel", receipt),
            source=entry.source,
            lane=entry.lane,
            subject=receipt,
            payload="{}",
            reference=str(uuid4()),
            until=time.time() + self._deadline_s,
            owner=self._commands.replica,
        )
        taken = await self._commands.take(
            lambda connection: bookings.take_in_cancel(connection, command, now.timestamp())
        )
        if taken is None:
            raise NotFound("There is no such booking of yours.")
        return await self._progress(viewer, taken)

    async def one(self, viewer: Viewer, receipt: str) -> BookingRecord | None:
        """Give a booking of the viewer's."""
        entry = await self._one(viewer, receipt)
        return None if entry is None else await self._shown(entry)

    async def all(self, viewer: Viewer) -> Sequence[BookingRecord]:
        """Give every booking of the viewer's, the newest first."""

        def unit(connection: Connection) -> list[BookingRecord]:
            return [
                entries.record_of(entry, entries.position(connection, entry) if entry.waits else None)
                for entry in entries.all_of(connection, viewer.resident)
            ]

        return await self._asking.read(unit)

    async def erase(self, viewer: Viewer) -> Erased:
        """Delete what is kept of the viewer's bookings, but for those that still stand."""
        now = self._now().timestamp()
        return Erased(
            *await self._asking.read(
                lambda connection: entries.erase(connection, viewer.resident, now, standing=False)
            )
        )

    async def _one(self, viewer: Viewer, receipt: str) -> Entry | None:
        entry = await self._asking.read(lambda connection: entries.find(connection, receipt))
        return entry if entry is not None and entry.resident == viewer.resident else None

    async def _shown(self, entry: Entry) -> BookingRecord:
        if not entry.waits:
            return entries.record_of(entry)
        place = await self._asking.read(lambda connection: entries.position(connection, entry))
        return entries.record_of(entry, place)

    async def _progress(self, viewer: Viewer, taken: Taken | None, wished: Entry | None = None) -> Progress:
        command = await self._asking.end_of(taken)
        if (
            wished is not None
            and command.id == wished.id
            and command.state is State.REJECTED
            and not wished.detail.order.waitlist
        ):
            # All that there is to tell, without a look at the ledger: when thousands race, most hear it.
            wished = replace(wished, status=BookingStatus.REJECTED, reason=command.reason)
            return Progress(entries.record_of(wished), done=True, reason=command.reason)
        booking = await self.one(viewer, command.subject)
        if booking is None:
            raise NotFound("There is no such booking of yours.")
        return Progress(booking, command.settled, command.reason)

    def _wished(self, viewer: Viewer, wish: Wish) -> tuple[Command, Entry]:
        now, reference = self._now(), str(uuid4())
        receipt = make_receipt(now)
        slot, ref = wish.slot, wish.ref
        order = Order(
            reference=reference,
            kind=wish.kind.kind,
            slot=ref,
            party=wish.party,
            note=wish.note,
            waitlist=wish.waitlist,
            resident=self._pseudonyms.at(ref.source, viewer.resident),
            account=viewer.accounts.get(ref.source),
            made=now,
        )
        start, end = (slot.start, slot.end) if slot else (None, None)
        lasts_s = (end - start).total_seconds() if start and end else None
        entry = Entry(
            id=receipt,
            resident=viewer.resident,
            scenario=wish.kind.scenario,
            kind=wish.kind.kind,
            source=ref.source,
            slot=ref.id,
            status=BookingStatus.PENDING,
            attended=wish.kind.attended and lasts_s is not None and lasts_s <= bookings.LONGEST_ATTENDED_S,
            start_at=None if start is None else start.timestamp(),
            end_at=None if end is None else end.timestamp(),
            replaces=wish.replaces,
            detail=Detail(order=order, title=slot.title if slot else None),
            made_at=now.timestamp(),
            changed_at=now.timestamp(),
        )
        left_s = self._deadline_s
        if slot is not None and (last := slot.last_call) is not None:
            left_s = min(left_s, (last - now).total_seconds())
        command = Command(
            id=receipt,
            kind=Kind.BOOK,
            resident=viewer.resident,
            key=wish.key,
            fingerprint=bookings.fingerprint_of(
                "book", wish.kind.kind, ref, wish.party, wish.note, wish.waitlist, wish.replaces
            ),
            source=ref.source,
            lane=entry.lane,
            subject=receipt,
            payload=encode(order),
            reference=reference,
            state=State.ACCEPTED,
            until=time.time() + left_s,
            owner=self._commands.replica,
        )
        return command, entry
