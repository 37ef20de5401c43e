"""Reports of residents: implements what the graph asks of whoever keeps them (schema.core.reports)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import uuid4

from connectors.kit import CaseAct, CaseRules, Report
from gateway.auth.pseudonyms import Pseudonyms
from gateway.commands import ledger, photos, reported
from gateway.commands.asking import Asking
from gateway.commands.bookings import Taken, fingerprint_of
from gateway.commands.command import Command, Kind, encode, make_receipt
from gateway.commands.reported import Detail, Entry
from gateway.commands.service import Commands
from gateway.desks import CaseDesks
from schema.core.bookings import Erased
from schema.core.errors import NotFound
from schema.core.reports import ActWish, ReportKind, ReportProgress, ReportRecord, ReportWish
from schema.core.viewer import Viewer

_COMMANDS = {
    ReportKind.SUPPORT: Kind.SUPPORT,
    ReportKind.RATING: Kind.RATE,
    ReportKind.REOPENING: Kind.REOPEN,
}


class ResidentReports:
    """Takes reports in and waits for their ends. Photos are handed in as addresses below `photos_url`."""

    def __init__(
        self,
        commands: Commands,
        desks: CaseDesks,
        pseudonyms: Pseudonyms,
        *,
        now: Callable[[], datetime],
        wait_s: float,
        deadline_s: float,
        photos_url: str,
    ) -> None:
        self._commands = commands
        self._desks = desks
        self._pseudonyms = pseudonyms
        self._now = now
        self._deadline_s = deadline_s
        self._photos_url = photos_url
        self._asking = Asking(commands, wait_s)

    def rules(self, source: str) -> CaseRules | None:
        """Give the rules of a source that takes reports."""
        at = self._desks.get(source)
        return None if at is None else at.desk.rules

    async def known(self, viewer: Viewer, key: str, given: tuple[object, ...]) -> ReportProgress | None:
        """Find the command for which a key was used before."""
        command = await self._asking.read(
            lambda connection: ledger.find_by_key(connection, viewer.resident, key)
        )
        if command is None:
            return None
        same = command.fingerprint == _fingerprint(Kind.REPORT, given)
        return await self._progress(viewer, Taken(command if same else None))

    async def report(self, viewer: Viewer, wish: ReportWish) -> ReportProgress:
        """Take a report in, and wait a little for its end."""
        if wish.photos and not await self._asking.read(
            lambda connection: photos.are_of(connection, viewer.resident, wish.photos)
        ):
            raise NotFound("There is no such photo of yours; one that is not used is deleted after a day.")
        now, source = self._now(), wish.category.source
        report = Report(
            reference=str(uuid4()),
            category=wish.category,
            description=wish.description,
            position=wish.position,
            address=wish.address,
            photos=tuple(f"{self._photos_url}/{photo}" for photo in wish.photos),
            answers=wish.answers,
            account=None if wish.anonymous else self._pseudonyms.at(source, viewer.resident),
            made=now,
        )
        entry = Entry(
            id=make_receipt(now),
            kind=ReportKind.REPORT,
            resident=viewer.resident,
            source=source,
            category=wish.category.id,
            detail=Detail(
                title=wish.title,
                description=wish.description,
                position=wish.position,
                address=wish.address,
                anonymous=wish.anonymous,
                suggested=wish.suggested,
                photos=report.photos,
            ),
            made_at=now.timestamp(),
            changed_at=now.timestamp(),
        )
        command = self._command(
            entry, Kind.REPORT, wish.key, wish.given, payload=encode(report), reference=report.reference
        )
        return await self._take(
            viewer,
            partial(
                reported.take_in,
                command=command,
                entry=entry,
                refusal=wish.refusal,
                photo_ids=wish.photos,
                even_if_duplicate=wish.even_if_duplicate,
            ),
        )

    async def act(self, viewer: Viewer, wish: ActWish) -> ReportProgress:
        """Take in what is to be done about a case, and wait a little for its end."""
        now = self._now()
        act = CaseAct(
            reference=str(uuid4()),
            case=wish.case,
            account=self._pseudonyms.at(wish.case.source, viewer.resident),
            score=wish.score,
            words=wish.words,
        )
        entry = Entry(
            id=make_receipt(now),
            kind=wish.kind,
            resident=viewer.resident,
            source=wish.case.source,
            case_id=wish.case.id,
            detail=Detail(title=wish.title, description=wish.words, score=wish.score),
            made_at=now.timestamp(),
            changed_at=now.timestamp(),
        )
        given = (wish.case, wish.score, wish.words)
        command = self._command(
            entry,
            _COMMANDS[wish.kind],
            wish.key,
            given,
            payload=encode(act),
            reference=act.reference,
        )
        return await self._take(
            viewer, partial(reported.take_in, command=command, entry=entry, refusal=wish.refusal)
        )

    async def erase(self, viewer: Viewer) -> Erased:
        """Delete what is kept of the viewer's reports and photos."""
        return Erased(
            *await self._asking.read(lambda connection: reported.erase(connection, viewer.resident))
        )

    async def one(self, viewer: Viewer, receipt: str) -> ReportRecord | None:
        """Give a report of the viewer's."""
        if not (receipt.isascii() and receipt.isprintable()):
            # Not every database takes every character.
            return None
        entry = await self._asking.read(lambda connection: reported.find(connection, receipt))
        if entry is None or entry.resident != viewer.resident:
            return None
        return reported.record_of(entry)

    async def all(self, viewer: Viewer) -> Sequence[ReportRecord]:
        """Give every report of the viewer's, the newest first."""
        entries = await self._asking.read(lambda connection: reported.all_of(connection, viewer.resident))
        return [reported.record_of(entry) for entry in entries]

    def _command(
        self, entry: Entry, kind: Kind, key: str, given: tuple[object, ...], *, payload: str, reference: str
    ) -> Command:
        return Command(
            id=entry.id,
            kind=kind,
            resident=entry.resident,
            key=key,
            fingerprint=_fingerprint(kind, given),
            source=entry.source,
            lane=entry.lane,
            subject=entry.id,
            payload=payload,
            reference=reference,
            until=time.time() + self._deadline_s,
            owner=self._commands.replica,
        )

    async def _take(self, viewer: Viewer, unit: Callable[..., Taken]) -> ReportProgress:
        return await self._progress(viewer, await self._commands.take(unit))

    async def _progress(self, viewer: Viewer, taken: Taken | None) -> ReportProgress:
        command = await self._asking.end_of(taken)
        report = await self.one(viewer, command.subject)
        if report is None:
            raise NotFound("There is no such report of yours.")
        return ReportProgress(report, command.settled, command.reason)


def _fingerprint(kind: Kind, given: tuple[object, ...]) -> str:
    return fingerprint_of(kind.value.lower(), *given)
