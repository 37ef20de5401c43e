"""Photos in the ledger: pictures of residents for their reports, until the reports are deleted.

Each function is a unit of the database, as those of `gateway.commands.ledger` are.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select, update

from gateway.commands import ledger
from gateway.commands.tables import PHOTOS, REPORTS

MOST_A_DAY = 20
"""Photos of one resident in any 24 hours."""
UNUSED_S = 86_400.0
"""How long a photo is kept that belongs to no report."""
_DAY_S = 86_400.0


def make_id() -> str:
    """Give a new id, which nobody can guess: whoever has it may see the photo, the platform too."""
    return secrets.token_urlsafe(24)


def add(connection: Connection, resident: str, id_: str, content: bytes, now: float) -> bool:
    """Keep a photo; False where its resident has had his photos of the day."""
    ledger.lock_resident(connection, resident)
    if connection.execute(select(PHOTOS.c.id).where(PHOTOS.c.id == id_)).first() is not None:
        return True
    of_today = connection.execute(
        select(func.count())
        .select_from(PHOTOS)
        .where(PHOTOS.c.resident == resident, PHOTOS.c.made_at > now - _DAY_S)
    ).scalar_one()
    if of_today >= MOST_A_DAY:
        return False
    connection.execute(PHOTOS.insert(), {"id": id_, "resident": resident, "content": content, "made_at": now})
    return True


def content_of(connection: Connection, id_: str) -> bytes | None:
    """Give a photo's bytes."""
    content: bytes | None = connection.execute(
        select(PHOTOS.c.content).where(PHOTOS.c.id == id_)
    ).scalar_one_or_none()
    return content


def are_of(connection: Connection, resident: str, ids: Sequence[str]) -> bool:
    """Whether all of these photos are there, and a resident's own."""
    found = connection.execute(
        select(func.count()).select_from(PHOTOS).where(PHOTOS.c.resident == resident, PHOTOS.c.id.in_(ids))
    ).scalar_one()
    return bool(found == len(set(ids)))


def attach(connection: Connection, resident: str, ids: Sequence[str], report: str) -> None:
    """Let photos be kept for as long as a report is."""
    if ids:
        connection.execute(
            update(PHOTOS).where(PHOTOS.c.resident == resident, PHOTOS.c.id.in_(ids)).values(report=report)
        )


def delete_unused(connection: Connection, now: float) -> None:
    """Delete the photos that have not been used within a day."""
    connection.execute(delete(PHOTOS).where(PHOTOS.c.report.is_(None), PHOTOS.c.made_at < now - UNUSED_S))


def delete_of_none(connection: Connection, resident: str | None = None) -> None:
    """Delete the photos whose report is gone; of one resident also those that never had one."""
    gone = PHOTOS.c.report.not_in(select(REPORTS.c.id))
    if resident is None:
        connection.execute(delete(PHOTOS).where(PHOTOS.c.report.is_not(None), gone))
    else:
        connection.execute(
            delete(PHOTOS).where(PHOTOS.c.resident == resident, PHOTOS.c.report.is_(None) | gone)
        )
