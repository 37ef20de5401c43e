"""Conclusions: what the end of a command makes of its booking, and what follows from it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from uuid import uuid4

import msgspec
from sqlalchemy import Connection

from gateway.commands import entries, ledger
from gateway.commands.command import Command, Kind, encode
from gateway.commands.entries import Entry
from gateway.commands.tables import BOOKINGS
from schema.core.booking import Booked, Order, Refusal
from schema.core.bookings import BookingStatus

_order_of = msgspec.json.Decoder(Order).decode


def conclude_book(
    connection: Connection, command: Command, reason: Refusal | None, booked: Booked | None, now: float
) -> Sequence[Command]:
    """Note how a booking has ended; gives what follows: that the one it replaces is cancelled."""
    entry = entries.find(connection, command.subject)
    if entry is None:
        return ()
    if booked is None:
        if reason is Refusal.FULL and entry.detail.order.waitlist:
            entries.change(connection, entry, now, status=BookingStatus.WAITLISTED, waits=True)
        else:
            entries.change(connection, entry, now, status=BookingStatus.REJECTED, reason=reason, waits=False)
        return ()
    entries.change(connection, entry, now, status=entries.STATUS[booked.standing], booked=booked, waits=False)
    if entry.replaces is None or (before := entries.find(connection, entry.replaces)) is None:
        return ()
    if before.status not in (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED):
        return ()
    entries.change(connection, before, now, status=BookingStatus.CANCELLING)
    return _follow(connection, cancel_of(before, f"#replaced-by-{entry.id}", command))


def conclude_cancel(
    connection: Connection, command: Command, reason: Refusal | None, booked: Booked | None, now: float
) -> Sequence[Command]:
    """Note how a cancellation has ended; gives what follows: that somebody who waits is booked."""
    entry = entries.find(connection, command.subject)
    if entry is None:
        return ()
    if reason is not None:
        status = entries.STATUS[entry.detail.booked.standing] if entry.detail.booked else entry.status
        entries.change(connection, entry, now, status=status, reason=reason)
        if command.key.startswith("#replaced-by-"):
            # The old one cannot be given up: the resident keeps that, and not both.
            other = entries.find(connection, command.key.removeprefix("#replaced-by-"))
            if other is not None:
                entries.change(connection, other, now, status=BookingStatus.CANCELLING, reason=reason)
                return _follow(connection, cancel_of(other, f"#given-up-for-{entry.id}", command))
        return ()
    if entry.status is BookingStatus.REJECTED:
        return ()
    entries.change(connection, entry, now, status=BookingStatus.CANCELLED, booked=booked, waits=False)
    return promote(connection, entry, command.until, command.owner)


def promote(connection: Connection, freed: Entry, until: float, owner: str) -> Sequence[Command]:
    """Have the first who waits for a slot booked; gives the command, or none where nobody does."""
    row = connection.execute(
        entries.SELECT.where(*entries.waits_for(freed)).order_by(BOOKINGS.c.seq).limit(1)
    ).one_or_none()
    if row is None:
        return ()
    entry = entries.entry_of(row)
    if any(not one.settled for one in entries.commands_of(connection, entry)):
        return ()
    tries = sum(1 for _ in entries.commands_of(connection, entry))
    reference = str(uuid4())
    order = msgspec.structs.replace(entry.detail.order, reference=reference)
    command = Command(
        id=_sub_receipt(entry),
        kind=Kind.BOOK,
        resident=entry.resident,
        key=f"#promoted-{entry.id}-{tries}",
        fingerprint="",
        source=entry.source,
        lane=entry.lane,
        subject=entry.id,
        payload=encode(order),
        reference=reference,
        until=until,
        owner=owner,
    )
    entries.change(connection, entry, entry.changed_at, order=order)
    return _follow(connection, command)


def refuse_behind(
    connection: Connection, refused: Command, behind: Sequence[Command], now: float
) -> Sequence[str]:
    """End the bookings behind one for which there was no place; gives their commands' ids.

    Who wants fewer places, or would wait, is asked for himself.
    """
    party = _order_of(refused.payload).party
    alike = [
        command.id
        for command in behind
        if command.kind is Kind.BOOK
        and not (order := _order_of(command.payload)).waitlist
        and order.party >= party
    ]
    ended = ledger.refuse(connection, alike, refused.reason or Refusal.FULL, time.time())
    entries.refuse(connection, ended, refused.reason or Refusal.FULL, now)
    return ended


def waiting(connection: Connection) -> Sequence[Entry]:
    """Give the first who waits, on a list of ours, for each slot; and all who wait on a source's own."""
    rows = connection.execute(
        entries.SELECT.where(BOOKINGS.c.status == BookingStatus.WAITLISTED.value).order_by(BOOKINGS.c.seq)
    )
    first: dict[str, Entry] = {}
    for row in rows:
        entry = entries.entry_of(row)
        first.setdefault(entry.lane if entry.waits else entry.id, entry)
    return list(first.values())


def cancel_of(entry: Entry, key: str, like: Command) -> Command:
    """Make the command that cancels a booking, on behalf of the gateway itself."""
    return Command(
        id=_sub_receipt(entry),
        kind=Kind.CANCEL,
        resident=entry.resident,
        key=key,
        fingerprint="",
        source=entry.source,
        lane=entry.lane,
        subject=entry.id,
        payload="{}",
        reference=str(uuid4()),
        until=like.until,
        owner=like.owner,
    )


def _sub_receipt(entry: Entry) -> str:
    """Give the receipt of a command that the gateway itself gives on behalf of a booking."""
    return f"{entry.id}-{secrets.token_hex(3)}"


def _follow(connection: Connection, command: Command) -> Sequence[Command]:
    ledger.add(connection, command)
    return (command,)
