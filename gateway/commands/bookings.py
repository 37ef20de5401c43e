"""Bookings in the ledger: what is kept of each, and the units that take a wish in and end a command."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import Connection, Row, func, select, update

from gateway.commands import ledger
from gateway.commands.command import Command, Kind, State, encode
from gateway.commands.tables import BOOKINGS, COMMANDS
from schema.core.booking import Booked, Order, Refusal, Standing
from schema.core.bookings import BookingRecord, BookingStatus
from schema.core.record import Ref
from schema.core.scalars import CHINA
from schema.core.scenario import Scenario

_order_of = msgspec.json.Decoder(Order).decode
_STATUS = {
    Standing.CONFIRMED: BookingStatus.CONFIRMED,
    Standing.WAITLISTED: BookingStatus.WAITLISTED,
    Standing.CANCELLED: BookingStatus.CANCELLED,
}
_ACTIVE = (
    BookingStatus.PENDING,
    BookingStatus.CONFIRMED,
    BookingStatus.WAITLISTED,
    BookingStatus.CANCELLING,
)
LONGEST_ATTENDED_S = 86_400
"""What lasts longer nobody attends from its beginning to its end."""


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a booking and never searched by."""

    order: Order
    title: str | None = None
    reason: Refusal | None = None
    booked: Booked | None = None
    held_until: datetime | None = None


_detail_of = msgspec.json.Decoder(Detail).decode


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A booking's row."""

    id: str
    resident: str
    scenario: Scenario
    kind: str
    source: str
    slot: str
    status: BookingStatus
    waits: bool = False
    """Whether it waits on a list of our own: its source has none."""
    attended: bool = False
    start_at: float | None = None
    end_at: float | None = None
    replaces: str | None = None
    detail: Detail
    made_at: float
    changed_at: float

    @property
    def lane(self) -> str:
        """What is done to the same slot is done one after the other."""
        return f"{self.kind}:{self.source}:{self.slot}"


class Taken(msgspec.Struct, frozen=True):
    """What became of taking a command in."""

    command: Command | None
    """None for a key that was used for something else."""
    new: bool = False
    ended: Sequence[Command] = ()
    """Commands that had not begun and are not needed any more."""


_FIELDS = Entry.__struct_fields__
_SELECT = select(*(BOOKINGS.c[name] for name in _FIELDS))


def entry_of(row: Row[Any]) -> Entry:
    """Turn a row into a booking."""
    values = row._asdict()
    return Entry(
        **values
        | {
            "scenario": Scenario(values["scenario"]),
            "status": BookingStatus(values["status"]),
            "detail": _detail_of(values["detail"]),
        }
    )


def fingerprint_of(*parts: object) -> str:
    """Give what two payloads have in common only if they are the same."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def find(connection: Connection, id_: str) -> Entry | None:
    """Give a booking by its receipt."""
    row = connection.execute(_SELECT.where(BOOKINGS.c.id == id_)).one_or_none()
    return None if row is None else entry_of(row)


def all_of(connection: Connection, resident: str) -> Sequence[Entry]:
    """Give a resident's bookings, the newest first."""
    rows = connection.execute(_SELECT.where(BOOKINGS.c.resident == resident).order_by(BOOKINGS.c.seq.desc()))
    return [entry_of(row) for row in rows]


def position(connection: Connection, entry: Entry) -> int:
    """Give a booking's place on our own waiting list, from 1."""
    ahead = connection.execute(
        select(func.count())
        .select_from(BOOKINGS)
        .where(
            *_waits_for(entry),
            BOOKINGS.c.seq < select(BOOKINGS.c.seq).where(BOOKINGS.c.id == entry.id).scalar_subquery(),
        )
    ).scalar_one()
    return int(ahead) + 1


def take_in(connection: Connection, command: Command, entry: Entry, refusal: Refusal | None) -> Taken:
    """Keep a wish and its command, or find the command for which its key was used before."""
    known = ledger.find_by_key(connection, command.resident, command.key)
    if known is not None:
        return Taken(known if known.fingerprint == command.fingerprint else None)
    ledger.lock_resident(connection, command.resident)
    if entry.replaces is not None:
        before = find(connection, entry.replaces)
        if before is None or before.status not in (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED):
            refusal = refusal or Refusal.NOT_POSSIBLE
    refusal = refusal or _clash(connection, entry)
    if refusal is not None:
        command = msgspec.structs.replace(command, state=State.REJECTED, reason=refusal)
        detail = msgspec.structs.replace(entry.detail, reason=refusal)
        entry = msgspec.structs.replace(entry, status=BookingStatus.REJECTED, detail=detail)
    _add(connection, entry)
    ledger.add(connection, command, settled_at=entry.made_at if refusal else None)
    return Taken(command, new=True)


def take_in_cancel(connection: Connection, command: Command, now: float) -> Taken | None:
    """Keep that a booking is to be cancelled; None where it is not this resident's.

    One that no system has heard of is cancelled with that.
    """
    known = ledger.find_by_key(connection, command.resident, command.key)
    if known is not None:
        return Taken(known if known.fingerprint == command.fingerprint else None)
    ledger.lock_resident(connection, command.resident)
    entry = find(connection, command.subject)
    if entry is None or entry.resident != command.resident:
        return None
    if entry.status not in _ACTIVE:
        refusal = None if entry.status is BookingStatus.CANCELLED else Refusal.NOT_POSSIBLE
        state = State.REJECTED if refusal else State.CONFIRMED
        command = msgspec.structs.replace(command, state=state, reason=refusal)
        ledger.add(connection, command, settled_at=now)
        return Taken(command, new=True)
    unsent = [
        one
        for one in _commands_of(connection, entry)
        if one.kind is Kind.BOOK and one.state is State.ACCEPTED
        and ledger.settle(
            connection, one.id, State.REJECTED, now, reason=Refusal.NOT_POSSIBLE, among=(State.ACCEPTED,)
        )
    ]  # fmt: skip
    if (unsent or entry.waits) and entry.detail.booked is None:
        command = msgspec.structs.replace(command, state=State.CONFIRMED)
        ledger.add(connection, command, settled_at=now)
        _change(connection, entry, now, status=BookingStatus.CANCELLED, waits=False)
        ended = [
            msgspec.structs.replace(one, state=State.REJECTED, reason=Refusal.NOT_POSSIBLE) for one in unsent
        ]
        return Taken(command, new=True, ended=ended)
    ledger.add(connection, command)
    if entry.status is not BookingStatus.PENDING:
        _change(connection, entry, now, status=BookingStatus.CANCELLING)
    return Taken(command, new=True)


def conclude_book(
    connection: Connection, command: Command, reason: Refusal | None, booked: Booked | None, now: float
) -> Sequence[Command]:
    """Note how a booking has ended; gives what follows: that the one it replaces is cancelled."""
    entry = find(connection, command.subject)
    if entry is None:
        return ()
    if booked is None:
        if reason is Refusal.FULL and entry.detail.order.waitlist:
            _change(connection, entry, now, status=BookingStatus.WAITLISTED, waits=True)
        else:
            _change(connection, entry, now, status=BookingStatus.REJECTED, reason=reason, waits=False)
        return ()
    _change(connection, entry, now, status=_STATUS[booked.standing], booked=booked, waits=False)
    if entry.replaces is None or (before := find(connection, entry.replaces)) is None:
        return ()
    if before.status not in (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED):
        return ()
    _change(connection, before, now, status=BookingStatus.CANCELLING)
    return _follow(connection, cancel_of(before, f"#replaced-by-{entry.id}", command))


def conclude_cancel(
    connection: Connection, command: Command, reason: Refusal | None, booked: Booked | None, now: float
) -> Sequence[Command]:
    """Note how a cancellation has ended; gives what follows: that somebody who waits is booked."""
    entry = find(connection, command.subject)
    if entry is None:
        return ()
    if reason is not None:
        status = _STATUS[entry.detail.booked.standing] if entry.detail.booked else entry.status
        _change(connection, entry, now, status=status, reason=reason)
        if command.key.startswith("#replaced-by-"):
            # The old one cannot be given up: the resident keeps that, and not both.
            other = find(connection, command.key.removeprefix("#replaced-by-"))
            if other is not None:
                _change(connection, other, now, status=BookingStatus.CANCELLING, reason=reason)
                return _follow(connection, cancel_of(other, f"#given-up-for-{entry.id}", command))
        return ()
    if entry.status is BookingStatus.REJECTED:
        return ()
    _change(connection, entry, now, status=BookingStatus.CANCELLED, booked=booked, waits=False)
    return promote(connection, entry, command.until, command.owner)


def promote(connection: Connection, freed: Entry, until: float, owner: str) -> Sequence[Command]:
    """Have the first who waits for a slot booked; gives the command, or none where nobody does."""
    row = connection.execute(
        _SELECT.where(*_waits_for(freed)).order_by(BOOKINGS.c.seq).limit(1)
    ).one_or_none()
    if row is None:
        return ()
    entry = entry_of(row)
    if any(not one.settled for one in _commands_of(connection, entry)):
        return ()
    tries = sum(1 for _ in _commands_of(connection, entry))
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
    _change(connection, entry, entry.changed_at, order=order)
    return _follow(connection, command)


def refuse_behind(
    connection: Connection, refused: Command, behind: Sequence[Command], now: float
) -> Sequence[str]:
    """End the bookings behind one for which there was no place; gives their commands' ids.

    Who wants fewer places, or would wait, is asked for himself.
    """
    party = _order_of(refused.payload).party
    ended = []
    for command in behind:
        if command.kind is not Kind.BOOK:
            continue
        order = _order_of(command.payload)
        if order.waitlist or order.party < party:
            continue
        if ledger.settle(
            connection, command.id, State.REJECTED, now, reason=Refusal.FULL, among=(State.ACCEPTED,)
        ):
            conclude_book(connection, command, Refusal.FULL, None, now)
            ended.append(command.id)
    return ended


def waiting(connection: Connection) -> Sequence[Entry]:
    """Give the first who waits, on a list of ours, for each slot; and all who wait on a source's own."""
    rows = connection.execute(
        _SELECT.where(BOOKINGS.c.status == BookingStatus.WAITLISTED.value).order_by(BOOKINGS.c.seq)
    )
    first: dict[str, Entry] = {}
    for row in rows:
        entry = entry_of(row)
        first.setdefault(entry.lane if entry.waits else entry.id, entry)
    return list(first.values())


def restand(connection: Connection, id_: str, booked: Booked, now: float) -> None:
    """Note how a booking stands now in the system that has it."""
    entry = find(connection, id_)
    if entry is not None and entry.status is BookingStatus.WAITLISTED and entry.detail.booked != booked:
        _change(connection, entry, now, status=_STATUS[booked.standing], booked=booked)


def forget_before(connection: Connection, instant: float) -> None:
    """Delete the bookings that have not changed since before an instant."""
    connection.execute(BOOKINGS.delete().where(BOOKINGS.c.changed_at < instant))


def erase(connection: Connection, resident: str, now: float, *, standing: bool) -> tuple[int, int]:
    """Delete what is kept of a resident's bookings; gives how many were, and how many are left.

    Those that still stand are left unless `standing`; those that are being carried out always.
    """
    ledger.lock_resident(connection, resident)
    gone = [
        entry.id
        for entry in all_of(connection, resident)
        if entry.status not in (BookingStatus.PENDING, BookingStatus.CANCELLING)
        and (standing or _is_over(entry, now))
        and all(one.settled for one in _commands_of(connection, entry))
    ]
    for id_ in gone:
        connection.execute(COMMANDS.delete().where(COMMANDS.c.subject == id_))
        connection.execute(BOOKINGS.delete().where(BOOKINGS.c.id == id_))
    left = connection.execute(
        select(func.count()).select_from(BOOKINGS).where(BOOKINGS.c.resident == resident)
    ).scalar_one()
    return len(gone), int(left)


def _is_over(entry: Entry, now: float) -> bool:
    """Whether nothing is to come of a booking any more."""
    if entry.status not in _ACTIVE:
        return True
    last = entry.end_at or entry.start_at
    return last is not None and last < now


def note_hold(connection: Connection, id_: str, until: datetime) -> None:
    """Note until when a source keeps the place of a booking that is under way."""
    entry = find(connection, id_)
    if entry is not None:
        detail = msgspec.structs.replace(entry.detail, held_until=until)
        connection.execute(update(BOOKINGS).where(BOOKINGS.c.id == id_).values(detail=encode(detail)))


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


def record_of(entry: Entry, place: int | None = None) -> BookingRecord:
    """Show a booking as a resident sees it."""
    detail, booked = entry.detail, entry.detail.booked
    return BookingRecord(
        receipt=entry.id,
        status=entry.status,
        scenario=entry.scenario,
        title=detail.title,
        start=(booked and booked.start) or _instant(entry.start_at),
        end=(booked and booked.end) or _instant(entry.end_at),
        party=detail.order.party,
        note=detail.order.note,
        reason=detail.reason,
        number=booked.number if booked else None,
        where=booked.where if booked else None,
        position=place if entry.waits else booked.position if booked else None,
        held_until=detail.held_until if entry.status is BookingStatus.PENDING else None,
        expires=booked.expires if booked else None,
        made_at=_instant(entry.made_at) or datetime.now(CHINA),
        changed_at=_instant(entry.changed_at) or datetime.now(CHINA),
        replaces=entry.replaces,
        kind=entry.kind,
        slot=Ref(entry.source, entry.slot),
    )


def _sub_receipt(entry: Entry) -> str:
    """Give the receipt of a command that the gateway itself gives on behalf of a booking."""
    return f"{entry.id}-{secrets.token_hex(3)}"


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, CHINA)


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


def _waits_for(entry: Entry) -> Sequence[Any]:
    return (
        BOOKINGS.c.source == entry.source,
        BOOKINGS.c.kind == entry.kind,
        BOOKINGS.c.slot == entry.slot,
        BOOKINGS.c.status == BookingStatus.WAITLISTED.value,
        BOOKINGS.c.waits,
    )


def _commands_of(connection: Connection, entry: Entry) -> Sequence[Command]:
    rows = connection.execute(
        select(*(COMMANDS.c[name] for name in Command.__struct_fields__)).where(
            COMMANDS.c.subject == entry.id, COMMANDS.c.resident == entry.resident
        )
    )
    return [ledger.command_of(row) for row in rows]


def _add(connection: Connection, entry: Entry) -> None:
    values = msgspec.to_builtins(entry) | {
        "detail": encode(entry.detail),
        "active": entry.status in _ACTIVE,
    }
    connection.execute(BOOKINGS.insert(), values)


def _follow(connection: Connection, command: Command) -> Sequence[Command]:
    ledger.add(connection, command)
    return (command,)


def _change(
    connection: Connection,
    entry: Entry,
    now: float,
    *,
    status: BookingStatus | None = None,
    waits: bool | None = None,
    reason: Refusal | None = None,
    booked: Booked | None = None,
    order: Order | None = None,
) -> None:
    status = status or entry.status
    detail = msgspec.structs.replace(
        entry.detail,
        reason=reason,
        booked=booked or entry.detail.booked,
        order=order or entry.detail.order,
    )
    values: dict[str, Any] = {
        "status": status.value,
        "active": status in _ACTIVE,
        "waits": entry.waits if waits is None else waits,
        "detail": encode(detail),
        "changed_at": now,
    }
    connection.execute(update(BOOKINGS).where(BOOKINGS.c.id == entry.id).values(values))
