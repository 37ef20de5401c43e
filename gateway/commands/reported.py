"""Reports in the ledger: what is kept of each, and the units that take one in and note how it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select, update

from gateway.commands import ledger, photos
from gateway.commands.bookings import Taken
from gateway.commands.command import Command, State, encode
from gateway.commands.tables import COMMANDS, REPORTS
from schema.core.booking import Refusal
from schema.core.geo import distance_m
from schema.core.record import Position
from schema.core.reporting import Filed
from schema.core.reports import ReportKind, ReportRecord, ReportStatus
from schema.core.scalars import CHINA

NEAR_M = 100
"""Two reports of one category are taken for the same within so many metres."""
LONGEST_UNLISTED_S = 30 * 86_400.0
"""After so long no case is looked for any more for which there is only a token."""


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a report and never searched by."""

    title: str | None = None
    description: str | None = None
    position: Position | None = None
    address: str | None = None
    anonymous: bool = False
    suggested: bool = False
    photos: tuple[str, ...] = ()
    """Their addresses."""
    score: int | None = None
    reason: Refusal | None = None
    token: str | None = None


_detail_of = msgspec.json.Decoder(Detail).decode


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A report's row."""

    id: str
    kind: ReportKind
    resident: str
    source: str
    case_id: str | None = None
    category: str | None = None
    status: ReportStatus = ReportStatus.PENDING
    detail: Detail
    made_at: float
    changed_at: float

    @property
    def lane(self) -> str:
        """What is done about one case is done one after the other; a new report waits for none."""
        return f"report:{self.id}" if self.case_id is None else f"case:{self.source}:{self.case_id}"


_FIELDS = Entry.__struct_fields__
_SELECT = select(*(REPORTS.c[name] for name in _FIELDS))


def entry_of(row: Row[Any]) -> Entry:
    """Turn a row into a report."""
    values = row._asdict()
    return Entry(
        **values
        | {
            "kind": ReportKind(values["kind"]),
            "status": ReportStatus(values["status"]),
            "detail": _detail_of(values["detail"]),
        }
    )


def find(connection: Connection, id_: str) -> Entry | None:
    """Give a report by its receipt."""
    row = connection.execute(_SELECT.where(REPORTS.c.id == id_)).one_or_none()
    return None if row is None else entry_of(row)


def all_of(connection: Connection, resident: str) -> Sequence[Entry]:
    """Give a resident's reports, the newest first."""
    rows = connection.execute(
        _SELECT.where(REPORTS.c.resident == resident).order_by(REPORTS.c.made_at.desc(), REPORTS.c.id.desc())
    )
    return [entry_of(row) for row in rows]


def take_in(
    connection: Connection,
    command: Command,
    entry: Entry,
    refusal: Refusal | None,
    *,
    photo_ids: Sequence[str] = (),
    even_if_duplicate: bool = False,
) -> Taken:
    """Keep a report and its command, or find the command for which its key was used before."""
    known = ledger.find_by_key(connection, command.resident, command.key)
    if known is not None:
        return Taken(known if known.fingerprint == command.fingerprint else None)
    ledger.lock_resident(connection, command.resident)
    if refusal is None and not even_if_duplicate:
        refusal = _clash(connection, entry)
    if refusal is not None:
        command = msgspec.structs.replace(command, state=State.REJECTED, reason=refusal)
        detail = msgspec.structs.replace(entry.detail, reason=refusal)
        entry = msgspec.structs.replace(entry, status=ReportStatus.REJECTED, detail=detail)
    connection.execute(REPORTS.insert(), msgspec.to_builtins(entry) | {"detail": encode(entry.detail)})
    photos.attach(connection, entry.resident, photo_ids, entry.id)
    ledger.add(connection, command, settled_at=entry.made_at if refusal else None)
    return Taken(command, new=True)


def conclude(
    connection: Connection, command: Command, reason: Refusal | None, filed: Filed | None, now: float
) -> Sequence[Command]:
    """Note how a report has ended; nothing follows from it."""
    entry = find(connection, command.subject)
    if entry is None:
        return ()
    detail = msgspec.structs.replace(entry.detail, reason=reason, token=filed.token if filed else None)
    status = ReportStatus.REJECTED if reason is not None else ReportStatus.DONE
    case_id = entry.case_id or (filed.case if filed else None)
    _change(connection, entry.id, now, status=status, case_id=case_id, detail=detail)
    return ()


def note_case(connection: Connection, id_: str, case_id: str, now: float) -> None:
    """Note which case a report has become, whose platform first gave a token for it."""
    entry = find(connection, id_)
    if entry is not None and entry.case_id is None:
        _change(connection, id_, now, status=entry.status, case_id=case_id, detail=entry.detail)


def without_case(connection: Connection, now: float) -> Sequence[Entry]:
    """Give the reports that a platform has, and has told no case of yet."""
    rows = connection.execute(
        _SELECT.where(
            REPORTS.c.case_id.is_(None),
            REPORTS.c.made_at > now - LONGEST_UNLISTED_S,
            REPORTS.c.status == ReportStatus.DONE.value,
        ).order_by(REPORTS.c.made_at)
    )
    return [entry for entry in map(entry_of, rows) if entry.detail.token is not None]


def forget_before(connection: Connection, instant: float) -> None:
    """Delete the reports that have not changed since before an instant, with their photos."""
    connection.execute(REPORTS.delete().where(REPORTS.c.changed_at < instant))
    photos.delete_of_none(connection)


def erase(connection: Connection, resident: str) -> tuple[int, int]:
    """Delete a resident's reports and photos; gives how many reports were, and how many are left.

    Those that are being carried out are left.
    """
    ledger.lock_resident(connection, resident)
    gone = [entry.id for entry in all_of(connection, resident) if entry.status is not ReportStatus.PENDING]
    for id_ in gone:
        connection.execute(COMMANDS.delete().where(COMMANDS.c.subject == id_))
        connection.execute(REPORTS.delete().where(REPORTS.c.id == id_))
    photos.delete_of_none(connection, resident)
    left = connection.execute(
        select(func.count()).select_from(REPORTS).where(REPORTS.c.resident == resident)
    ).scalar_one()
    return len(gone), int(left)


def record_of(entry: Entry) -> ReportRecord:
    """Show a report as its resident sees it."""
    detail = entry.detail
    return ReportRecord(
        receipt=entry.id,
        kind=entry.kind,
        status=entry.status,
        title=detail.title,
        description=detail.description,
        position=detail.position,
        address=detail.address,
        anonymous=detail.anonymous,
        suggested=detail.suggested,
        photos=detail.photos,
        score=detail.score,
        reason=detail.reason,
        number=entry.case_id,
        made_at=datetime.fromtimestamp(entry.made_at, CHINA),
        changed_at=datetime.fromtimestamp(entry.changed_at, CHINA),
        source=entry.source,
        category=entry.category,
    )


def _clash(connection: Connection, entry: Entry) -> Refusal | None:
    """Say what else of the resident's stands in the way: the same, done or on its way."""
    same = _SELECT.where(
        REPORTS.c.resident == entry.resident,
        REPORTS.c.source == entry.source,
        REPORTS.c.kind == entry.kind.value,
        REPORTS.c.status != ReportStatus.REJECTED.value,
    )
    if entry.kind is not ReportKind.REPORT:
        others = connection.execute(same.where(REPORTS.c.case_id == entry.case_id))
        # A case can be rated and reopened once more after it was closed again; the platform knows.
        counts = (
            (ReportStatus.PENDING, ReportStatus.DONE)
            if entry.kind is ReportKind.SUPPORT
            else (ReportStatus.PENDING,)
        )
        found = any(other.status in counts for other in map(entry_of, others))
        return Refusal.DUPLICATE if found else None
    # What the platform has is found there; what is on its way is known here alone.
    others = connection.execute(
        same.where(REPORTS.c.category == entry.category, REPORTS.c.status == ReportStatus.PENDING.value)
    )
    here = entry.detail.position
    for other in map(entry_of, others):
        there = other.detail.position
        if here and there and distance_m(here.lat, here.lng, there.lat, there.lng) <= NEAR_M:
            return Refusal.DUPLICATE
    return None


def _change(
    connection: Connection,
    id_: str,
    now: float,
    *,
    status: ReportStatus,
    case_id: str | None,
    detail: Detail,
) -> None:
    connection.execute(
        update(REPORTS)
        .where(REPORTS.c.id == id_)
        .values(status=status.value, case_id=case_id, detail=encode(detail), changed_at=now)
    )
