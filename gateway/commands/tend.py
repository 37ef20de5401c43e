"""Tending: what a replica does from time to time, so that nothing in the ledger is forgotten or late."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias

import structlog
from sqlalchemy import Connection

from gateway.commands import ledger
from gateway.commands.command import Command, State
from gateway.commands.database import DatabaseDown
from gateway.commands.service import Commands
from gateway.logs import fault_of
from schema.core.booking import Refusal

_log = structlog.get_logger("gateway.commands")

BEAT_S = 2.0
SILENT_S = 20.0
"""After so long without a sign of life, another replica goes on with one's commands."""
WATCH_S = 0.5
OVERDUE_S = 5.0
TAKE_UP_S = 20.0
"""How often it is looked for what was kept by a transaction of which nobody heard the end."""
FORGET_S = 600.0
_DAY_S = 86_400.0
_OVERLAP_S = 2.0
"""A transaction that began earlier may be seen later."""


Turn: TypeAlias = tuple[Callable[[], Awaitable[None]], float]
"""What is done from time to time, and with pauses of how many seconds."""


class Tending:
    """The tasks of one replica.

    `shown` is told of commands that other replicas have ended, `forget` deletes what else is kept of ended
    commands before an instant, `wait` looks after the waiting lists, `also` is done besides.
    """

    def __init__(
        self,
        commands: Commands,
        *,
        shown: Callable[[Sequence[Command]], Awaitable[None]],
        forget: Callable[[Connection, float], None],
        wait: Callable[[], Awaitable[None]],
        wait_s: float,
        retention_days: int,
        also: Sequence[Turn] = (),
    ) -> None:
        self._commands = commands
        self._shown = shown
        self._forget_also = forget
        self._wait = wait
        self._wait_s = wait_s
        self._retention_days = retention_days
        self._also = also
        self._others = 0
        self._seen: dict[str, float] = {}

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Tend until then."""
        turns = (
            (self._beat, BEAT_S),
            (self._watch, WATCH_S),
            (self._end_overdue, OVERDUE_S),
            (self._commands.take_up, TAKE_UP_S),
            (self._forget, FORGET_S),
            (self._wait, self._wait_s),
            *self._also,
        )
        tasks = [asyncio.create_task(self._every(turn, pause_s)) for turn, pause_s in turns if pause_s > 0]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _every(self, turn: Callable[[], Awaitable[None]], pause_s: float) -> None:
        while True:
            await asyncio.sleep(pause_s * random.uniform(0.9, 1.1))  # noqa: S311  # jitter, not a secret
            if not self._commands.ready:
                continue
            try:
                await turn()
            except DatabaseDown:
                continue  # which is said by the database itself
            except Exception as error:
                _log.error("command fault", fault=fault_of(error))

    async def _beat(self) -> None:
        """Say that this replica lives, and go on with what one that does not has left."""
        commands, now = self._commands, time.time()

        def unit(connection: Connection) -> tuple[int, Sequence[str]]:
            taken = ledger.take_over(connection, commands.replica, now - SILENT_S)
            return ledger.beat(connection, commands.replica, now), taken

        self._others, gone = await commands.database.run(unit)
        if gone:
            _log.warning("replica gone", replicas=len(gone))
            await commands.take_up()
            async with asyncio.timeout(BEAT_S):
                # It may have to wait for its database; what the ledger says is done in any case.
                await commands.durable.take_over(gone)

    async def _watch(self) -> None:
        """Let reads show what other replicas have changed."""
        if not self._others:
            return
        now = time.time()
        since = now - WATCH_S - _OVERLAP_S
        ended = await self._commands.database.run(
            lambda connection: ledger.settled_since(connection, since, self._commands.replica)
        )
        fresh = [command for command in ended if command.id not in self._seen]
        self._seen = {one: at for one, at in self._seen.items() if at > since - _OVERLAP_S}
        self._seen |= {command.id: now for command in fresh}
        if fresh:
            await self._shown(fresh)

    async def _end_overdue(self) -> None:
        """End what was never sent and may not be any more, though its turn has not come."""
        overdue = await self._commands.database.run(
            partial(ledger.overdue, now=time.time(), owner=self._commands.replica)
        )
        for command in overdue:
            await self._commands.carrier.conclude(
                command, State.REJECTED, Refusal.SOURCE_SILENT, among=(State.ACCEPTED,)
            )

    async def _forget(self) -> None:
        """Delete what has been kept for as long as it is to be; DBOS needs nothing of what is a day old."""
        database, now = self._commands.database, time.time()
        before = now - self._retention_days * _DAY_S

        def unit(connection: Connection) -> None:
            ledger.forget_before(connection, before)
            self._forget_also(connection, before)

        await database.run(unit)
        done = await database.run(
            partial(ledger.settled_between, since=now - 2 * _DAY_S, before=now - _DAY_S)
        )
        await self._commands.durable.forget(done)
