"""Entries: what the ledger keeps of each booking, and how it is read and changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select, update

from gateway.commands import ledger
from gateway.commands.command import Command, encode
from gateway.commands.tables import BOOKINGS, COMMANDS
from schema.core.booking import Booked, Order, Refusal, Standing
from schema.core.bookings import BookingRecord, BookingStatus
from schema.core.record import Ref
from schema.core.scalars import CHINA
from schema.core.scenario import Scenario

STATUS = {
    Standing.CONFIRMED: BookingStatus.CONFIRMED,
    Standing.WAITLISTED: BookingStatus.WAITLISTED,
    Standing.CANCELLED: BookingStatus.CANCELLED,
}
ACTIVE = (
    BookingStatus.PENDING,
    BookingStatus.CONFIRMED,
    BookingStatus.WAITLISTED,
    BookingStatus.CANCELLING,
)


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a booking and never searched by."""

    order: Order
    title: str | None = None
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
    reason: Refusal | None = None
    """Why it was not booked, or the last change of it not made."""
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


_FIELDS = Entry.__struct_fields__
SELECT = select(*(BOOKINGS.c[name] for name in _FIELDS))


def entry_of(row: Row[Any]) -> Entry:
    """Turn a row into a booking."""
    values = row._asdict()
    return Entry(
        **values
        | {
            "scenario": Scenario(values["scenario"]),
            "status": BookingStatus(values["status"]),
            "reason": None if values["reason"] is None else Refusal(values["reason"]),
            "detail": _detail_of(values["detail"]),
        }
    )


def find(connection: Connection, id_: str) -> Entry | None:
    """Give a booking by its receipt."""
    row = connection.execute(SELECT.where(BOOKINGS.c.id == id_)).one_or_none()
    return None if row is None else entry_of(row)


def all_of(connection: Connection, resident: str) -> Sequence[Entry]:
    """Give a resident's bookings, the newest first."""
    rows = connection.execute(SELECT.where(BOOKINGS.c.resident == resident).order_by(BOOKINGS.c.seq.desc()))
    return [entry_of(row) for row in rows]


def position(connection: Connection, entry: Entry) -> int:
    """Give a booking's place on our own waiting list, from 1."""
    ahead = connection.execute(
        select(func.count())
        .select_from(BOOKINGS)
        .where(
            *waits_for(entry),
            BOOKINGS.c.seq < select(BOOKINGS.c.seq).where(BOOKINGS.c.id == entry.id).scalar_subquery(),
        )
    ).scalar_one()
    return int(ahead) + 1


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
        reason=entry.reason,
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


def refuse(connection: Connection, ids: Sequence[str], reason: Refusal, now: float) -> None:
    """Note of many, by their commands' receipts, that they are not booked."""
    connection.execute(
        update(BOOKINGS)
        .where(BOOKINGS.c.id.in_(ids))
        .values(
            status=BookingStatus.REJECTED.value,
            reason=reason.value,
            active=False,
            waits=False,
            changed_at=now,
        )
    )


def note_hold(connection: Connection, id_: str, until: datetime) -> None:
    """Note until when a source keeps the place of a booking that is under way."""
    entry = find(connection, id_)
    if entry is not None:
        detail = msgspec.structs.replace(entry.detail, held_until=until)
        connection.execute(update(BOOKINGS).where(BOOKINGS.c.id == id_).values(detail=encode(detail)))


def restand(connection: Connection, id_: str, booked: Booked, now: float) -> None:
    """Note how a booking stands now in the system that has it."""
    entry = find(connection, id_)
    if entry is not None and entry.status is BookingStatus.WAITLISTED and entry.detail.booked != booked:
        change(connection, entry, now, status=STATUS[booked.standing], booked=booked)


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
        and all(one.settled for one in commands_of(connection, entry))
    ]
    for id_ in gone:
        connection.execute(COMMANDS.delete().where(COMMANDS.c.subject == id_))
        connection.execute(BOOKINGS.delete().where(BOOKINGS.c.id == id_))
    left = connection.execute(
        select(func.count()).select_from(BOOKINGS).where(BOOKINGS.c.resident == resident)
    ).scalar_one()
    return len(gone), int(left)


def forget_before(connection: Connection, instant: float) -> None:
    """Delete the bookings that have not changed since before an instant."""
    connection.execute(BOOKINGS.delete().where(BOOKINGS.c.changed_at < instant))


def _is_over(entry: Entry, now: float) -> bool:
    """Whether nothing is to come of a booking any more."""
    if entry.status not in ACTIVE:
        return True
    last = entry.end_at or entry.start_at
    return last is not None and last < now


def waits_for(entry: Entry) -> Sequence[Any]:
    return (
        BOOKINGS.c.source == entry.source,
        BOOKINGS.c.kind == entry.kind,
        BOOKINGS.c.slot == entry.slot,
        BOOKINGS.c.status == BookingStatus.WAITLISTED.value,
        BOOKINGS.c.waits,
    )


def commands_of(connection: Connection, entry: Entry) -> Sequence[Command]:
    rows = connection.execute(
        select(*(COMMANDS.c[name] for name in Command.__struct_fields__)).where(
            COMMANDS.c.subject == entry.id, COMMANDS.c.resident == entry.resident
        )
    )
    return [ledger.command_of(row) for row in rows]


def add(connection: Connection, entry: Entry) -> None:
    values = msgspec.to_builtins(entry) | {
        "detail": encode(entry.detail),
        "active": entry.status in ACTIVE,
    }
    connection.execute(BOOKINGS.insert(), values)


def change(
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
        booked=booked or entry.detail.booked,
        order=order or entry.detail.order,
    )
    values: dict[str, Any] = {
        "status": status.value,
        "reason": None if reason is None else reason.value,
        "active": status in ACTIVE,
        "waits": entry.waits if waits is None else waits,
        "detail": encode(detail),
        "changed_at": now,
    }
    connection.execute(update(BOOKINGS).where(BOOKINGS.c.id == entry.id).values(values))


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, CHINA)
