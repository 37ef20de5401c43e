"""Bookings taken in: what is decided of a wish in the transaction that keeps it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from gateway.commands import entries, ledger
from gateway.commands.command import Command, Kind, State
from gateway.commands.entries import Entry
from gateway.commands.tables import BOOKINGS
from schema.core.booking import Refusal
from schema.core.bookings import BookingStatus

LONGEST_ATTENDED_S = 86_400
"""What lasts longer nobody attends from its beginning to its end."""


class Taken(msgspec.Struct, frozen=True):
    """What became of taking a command in."""

    command: Command | None
    """None for a key that was used for something else."""
    new: bool = False
    ended: Sequence[Command] = ()
    """Commands that had not begun and are not needed any more."""


def fingerprint_of(*parts: object) -> str:
    """Give what two payloads have in common only if they are the same."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def take_in(connection: Connection, command: Command, entry: Entry, refusal: Refusal | None) -> Taken:
    """Keep a wish and its command, or find the command for which its key was used before."""
    ledger.lock_resident(connection, command.resident)
    known = ledger.find_by_key(connection, command.resident, command.key)
    if known is not None:
        return Taken(known if known.fingerprint == command.fingerprint else None)
    if entry.replaces is not None:
        before = entries.find(connection, entry.replaces)
        if before is None or before.status not in (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED):
            refusal = refusal or Refusal.NOT_POSSIBLE
    refusal = refusal or _clash(connection, entry)
    if refusal is not None:
        command = msgspec.structs.replace(command, state=State.REJECTED, reason=refusal)
        entry = msgspec.structs.replace(entry, status=BookingStatus.REJECTED, reason=refusal)
    entries.add(connection, entry)
    ledger.add(connection, command, settled_at=entry.made_at if refusal else None)
    return Taken(command, new=True)


def take_in_cancel(connection: Connection, command: Command, now: float) -> Taken | None:
    """Keep that a booking is to be cancelled; None where it is not this resident's.

    One that no system has heard of is cancelled with that.
    """
    ledger.lock_resident(connection, command.resident)
    known = ledger.find_by_key(connection, command.resident, command.key)
    if known is not None:
        return Taken(known if known.fingerprint == command.fingerprint else None)
    entry = entries.find(connection, command.subject)
    if entry is None or entry.resident != command.resident:
        return None
    if entry.status not in entries.ACTIVE:
        refusal = None if entry.status is BookingStatus.CANCELLED else Refusal.NOT_POSSIBLE
        state = State.REJECTED if refusal else State.CONFIRMED
        command = msgspec.structs.replace(command, state=state, reason=refusal)
        ledger.add(connection, command, settled_at=now)
        return Taken(command, new=True)
    unsent = [
        one
        for one in entries.commands_of(connection, entry)
        if one.kind is Kind.BOOK and one.state is State.ACCEPTED
        and ledger.settle(
            connection, one.id, State.REJECTED, now, reason=Refusal.NOT_POSSIBLE, among=(State.ACCEPTED,)
        )
    ]  # fmt: skip
    if (unsent or entry.waits) and entry.detail.booked is None:
        command = msgspec.structs.replace(command, state=State.CONFIRMED)
        ledger.add(connection, command, settled_at=now)
        entries.change(connection, entry, now, status=BookingStatus.CANCELLED, waits=False)
        ended = [
            msgspec.structs.replace(one, state=State.REJECTED, reason=Refusal.NOT_POSSIBLE) for one in unsent
        ]
        return Taken(command, new=True, ended=ended)
    ledger.add(connection, command)
    if entry.status is not BookingStatus.PENDING:
        entries.change(connection, entry, now, status=BookingStatus.CANCELLING)
    return Taken(command, new=True)


def _clash(connection: Connection, entry: Entry) -> Refusal | None:
    """Say what other booking of the resident's stands in a wish's way."""
    others = (
        BOOKINGS.c.resident == entry.resident,
        BOOKINGS.c.active,
        BOOKINGS.c.id != (entry.replaces or ""),
    )
    same = (
        BOOKINGS.c.source == entry.source,
        BOOKINGS.c.kind == entry.kind,
        BOOKINGS.c.slot == entry.slot,
    )
    if connection.execute(select(BOOKINGS.c.id).where(*others, *same).limit(1)).first():
        return Refusal.DUPLICATE
    if not entry.attended or entry.start_at is None or entry.end_at is None:
        return None
    meets = (BOOKINGS.c.attended, BOOKINGS.c.start_at < entry.end_at, BOOKINGS.c.end_at > entry.start_at)
    if connection.execute(select(BOOKINGS.c.id).where(*others, *meets).limit(1)).first():
        return Refusal.OVERLAPPING
    return None
