"""Opening: puts together what takes residents' commands in, carries them out and looks after them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from gateway.auth.development import ISSUER
from gateway.auth.pseudonyms import Pseudonyms
from gateway.commands import conclusions, entries, photos, reported
from gateway.commands.album import Album
from gateway.commands.asking import Asking
from gateway.commands.carrier import Handler
from gateway.commands.command import Command
from gateway.commands.database import Database, engine_of
from gateway.commands.desks import DeskHandler
from gateway.commands.durable import migrate_workflows
from gateway.commands.migrate import migrate, workflows_url
from gateway.commands.replica import Identity
from gateway.commands.reporter import ResidentReports
from gateway.commands.reports import KINDS, ReportHandler, Tokens
from gateway.commands.resident import ResidentBookings
from gateway.commands.service import Commands
from gateway.commands.tend import Tending
from gateway.commands.waiting import WaitingLists
from gateway.composition import Composition
from gateway.settings import Settings

TOKENS_S = 15.0
"""How often it is asked which cases reports have become for which there are tokens only."""


@dataclass(frozen=True)
class Kept:
    """What keeps what is residents'."""

    bookings: ResidentBookings
    reports: ResidentReports
    photos: Album


@asynccontextmanager
async def open_commands(
    settings: Settings, composition: Composition, pseudonyms: Pseudonyms
) -> AsyncIterator[Kept]:
    """Open the ledger, take up what was left, and tend it until then."""
    identity = Identity.take(settings.state_dir)
    try:
        commands = Commands(
            ledger_url(settings),
            identity.name,
            lambda database: _handlers(composition, database),
            refuse_behind=lambda connection, refused, behind: conclusions.refuse_behind(
                connection, refused, behind, composition.now().timestamp()
            ),
        )
        waiting = WaitingLists(commands, composition, deadline_s=settings.command_deadline_s)

        tokens = Tokens(commands, composition.case_desks, composition.now, composition.freshen)

        async def shown(ended: Sequence[Command]) -> None:
            for source, kind in {(one.source, one.lane.partition(":")[0]) for one in ended}:
                if (at := composition.desks.get((source, kind))) is not None:
                    await composition.freshen(source, at.desk)
            for source in {one.source for one in ended if one.kind in KINDS}:
                if (reported_at := composition.case_desks.get(source)) is not None:
                    await composition.freshen(source, reported_at.desk)

        tending = Tending(
            commands,
            shown=shown,
            forget=_forget,
            wait=waiting.look_after,
            wait_s=settings.waitlist_check_s,
            retention_days=settings.retention_days,
            also=((tokens.look_after, TOKENS_S),),
        )
        wait_s, deadline_s = settings.command_wait_ms / 1000, settings.command_deadline_s
        try:
            await commands.open()
            async with tending.going_on():
                yield Kept(
                    ResidentBookings(
                        commands,
                        composition.desks,
                        pseudonyms,
                        now=composition.now,
                        wait_s=wait_s,
                        deadline_s=deadline_s,
                    ),
                    ResidentReports(
                        commands,
                        composition.case_desks,
                        pseudonyms,
                        now=composition.now,
                        wait_s=wait_s,
                        deadline_s=deadline_s,
                        photos_url=f"{settings.public_base}/photos",
                    ),
                    Album(Asking(commands, wait_s)),
                )
        finally:
            await commands.close()
    finally:
        identity.release()


def _handlers(composition: Composition, database: Database) -> Callable[[Command], Handler]:
    """Give who knows how a command is done, by its kind."""
    desks = DeskHandler(composition.desks, database, composition.now, composition.freshen)
    reports = ReportHandler(composition.case_desks, composition.now, composition.freshen)
    return lambda command: reports if command.kind in KINDS else desks


def ledger_url(settings: Settings) -> str:
    """Give where commands are kept: as set, else a file under the state directory."""
    path = Path(settings.state_dir).absolute() / "commands" / "ledger.sqlite3"
    return settings.database_url or f"sqlite:///{path}"


def migrate_all(settings: Settings) -> tuple[str | None, str]:
    """Bring the ledger's tables and DBOS's to this release; gives the ledger's revision before and now."""
    url = ledger_url(settings)
    engine = engine_of(url)
    try:
        revisions = migrate(engine)
    finally:
        engine.dispose()
    migrate_workflows(workflows_url(url))
    return revisions


def erase_resident(settings: Settings, sub: str, *, standing: bool) -> tuple[int, int]:
    """Delete what is kept of a resident; gives how many bookings and reports were, and how many are left."""
    resident = Pseudonyms.open(settings).resident(settings.jwt_issuer or ISSUER, sub)
    engine = engine_of(ledger_url(settings))
    try:
        migrate(engine)
        with engine.begin() as connection:
            kept = (
                entries.erase(connection, resident, time.time(), standing=standing),
                reported.erase(connection, resident),
            )
            return sum(deleted for deleted, _ in kept), sum(left for _, left in kept)
    finally:
        engine.dispose()


def _forget(connection: Connection, before: float) -> None:
    entries.forget_before(connection, before)
    reported.forget_before(connection, before)
    photos.delete_unused(connection, time.time())
