"""Reports: what the commands about cases are made of: a source's desk for residents' reports."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

import msgspec
import structlog
from sqlalchemy import Connection

from connectors.kit import CaseAct, CaseDesk, Code, Filed, Refusal, Report, SourceError
from gateway.commands import reported
from gateway.commands.command import Command, Kind, encode
from gateway.commands.service import Commands
from gateway.desks import CaseDesks, ReportedAt
from gateway.request import request_scope

_log = structlog.get_logger("gateway.commands")

KINDS = frozenset({Kind.REPORT, Kind.SUPPORT, Kind.RATE, Kind.REOPEN})

Freshen = Callable[[str, CaseDesk], Awaitable[None]]
"""Sees to it that reads of a source show what has changed there."""

_report_of = msgspec.json.Decoder(Report).decode
_act_of = msgspec.json.Decoder(CaseAct).decode
_filed_of = msgspec.json.Decoder(Filed).decode
_NOTHING = "null"


class ReportHandler:
    """Implements `gateway.commands.carrier.Handler` for REPORT, SUPPORT, RATE and REOPEN."""

    def __init__(self, desks: CaseDesks, now: Callable[[], datetime], freshen: Freshen) -> None:
        self._desks = desks
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
        """Acts are known by their reference there; a report only where the system says so."""
        return command.kind is not Kind.REPORT or self._at(command).desk.repeats_reports

    async def perform(self, command: Command) -> str:
        """Hand it in."""
        desk = self._at(command).desk
        if command.kind is Kind.REPORT:
            return encode(await desk.report(_report_of(command.payload)))
        do = {Kind.SUPPORT: desk.support, Kind.RATE: desk.rate, Kind.REOPEN: desk.reopen}[command.kind]
        await do(_act_of(command.payload))
        return _NOTHING

    async def settle(self, command: Command) -> str | None:
        """Ask the system by the reference."""
        desk = self._at(command).desk
        if command.kind is not Kind.REPORT:
            return _NOTHING if await desk.done(command.reference) else None
        filed = await desk.find(_report_of(command.payload))
        if filed is not None:
            return encode(filed)
        if command.sent_at is not None and time.time() - command.sent_at < desk.listed_within_s:
            # What is not listed yet must not be handed in again.
            raise SourceError(Code.SOURCE_UNAVAILABLE, command.source, "not listed yet")
        return None

    def conclude(
        self, connection: Connection, command: Command, reason: Refusal | None, outcome: str | None
    ) -> Sequence[Command]:
        """Keep how it has ended."""
        filed = None if outcome in (None, _NOTHING) else _filed_of(outcome)
        return reported.conclude(connection, command, reason, filed, self._now().timestamp())

    async def after(self, command: Command) -> None:
        """Have reads show the case as it is now."""
        await self._freshen(command.source, self._at(command).desk)

    def _at(self, command: Command) -> ReportedAt:
        found = self._desks.get(command.source)
        if found is None:
            raise LookupError(f"no desk for reports of {command.source}")
        return found


class Tokens:
    """Looks after the reports for which their platform gave a token, until it tells their cases."""

    def __init__(
        self, commands: Commands, desks: CaseDesks, now: Callable[[], datetime], freshen: Freshen
    ) -> None:
        self._commands = commands
        self._desks = desks
        self._now = now
        self._freshen = freshen

    async def look_after(self) -> None:
        """Ask for each once."""
        database, now = self._commands.database, self._now().timestamp()
        for entry in await database.run(partial(reported.without_case, now=now)):
            at = self._desks.get(entry.source)
            if at is None or entry.detail.token is None:
                continue
            try:
                with request_scope(at.config.limits.timeout_ms / 1000):
                    case = await at.desk.case_of(entry.detail.token)
            except SourceError as error:
                _log.debug("token not seen", source=entry.source, code=error.code)
                continue
            if case is not None:
                await database.run(partial(reported.note_case, id_=entry.id, case_id=case, now=now))
                await self._freshen(entry.source, at.desk)
