"""Commands: takes in what residents want done, has it carried out, and tells how far it has come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import structlog
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.commands import ledger
from gateway.commands.bookings import Taken
from gateway.commands.carrier import Carrier, Handler
from gateway.commands.command import Command, State
from gateway.commands.database import Database, DatabaseDown, engine_of
from gateway.commands.durable import Durable
from gateway.commands.lanes import Lanes
from gateway.commands.migrate import migrate, workflows_url
from gateway.logs import fault_of
from gateway.sources import ConfigurationError
from schema.core.booking import Refusal

_log = structlog.get_logger("gateway.commands")

ACCEPT_S = 5.0
"""How long a resident waits for the database before he is told to send the same again."""
IN_HAND_S = 2.0
"""How long a command whose turn it is waits for DBOS to take its workflow up again in this process."""
CHECK_S = 15.0
"""How often it is looked after then."""
RETRY_S = 1.0
_FIRST_POLL_S, _LAST_POLL_S = 0.1, 0.5

MakeHandler = Callable[[Database], Callable[[Command], Handler]]
RefuseBehind = Callable[[Connection, Command, Sequence[Command]], Sequence[str]]
"""A unit that ends those of the commands behind one that was refused to which the same applies."""


class Commands:
    """The commands of one gateway. Opened once; while its database is away, nothing is taken in."""

    def __init__(
        self, url: str, replica: str, make_handler: MakeHandler, refuse_behind: RefuseBehind
    ) -> None:
        self.replica = replica
        self.database = Database(engine_of(url))
        self.durable = Durable(workflows_url(url), replica, self._take_turn)
        self.handler = make_handler(self.database)
        self._refuse_behind = refuse_behind
        self.carrier = Carrier(self.database, replica, self.handler, self._concluded)
        self._lanes = Lanes(self._carry)
        self._turns: dict[str, asyncio.Event] = {}
        self._ends: dict[str, asyncio.Future[Command]] = {}
        self._carrying: set[asyncio.Task[Any]] = set()
        self._in_hand: set[str] = set()
        self._taking: set[asyncio.Task[Any]] = set()
        self._opening: asyncio.Task[None] | None = None
        self._ready = False

    @property
    def ready(self) -> bool:
        """Whether commands are taken in."""
        return self._ready

    async def open(self) -> None:
        """Migrate, and take up what this replica has left; where the database is away, once it is back."""
        try:
            await self._open()
        except ConfigurationError:
            raise
        except Exception as error:
            _log.error("commands cannot be opened yet", fault=fault_of(error))
            self._opening = asyncio.create_task(self._open_later(), name="commands")

    async def _open(self) -> None:
        await asyncio.to_thread(migrate, self.database.engine)
        self.durable.open()
        await self.database.run(lambda connection: ledger.beat(connection, self.replica, time.time()))
        await self.take_up()
        self._ready = True

    async def _open_later(self) -> None:
        while True:
            await asyncio.sleep(RETRY_S)
            try:
                await self._open()
            except Exception as error:
                _log.debug("commands cannot be opened yet", fault=fault_of(error))
            else:
                _log.info("commands open")
                return

    async def take_up(self) -> None:
        """Queue what the ledger says is this replica's to do, and is not queued."""
        for command in await self.database.run(partial(ledger.open_of, owner=self.replica)):
            if self._is_left(command):
                # As it was read it may have ended since.
                current = await self.database.run(partial(ledger.find, id_=command.id))
                if current is not None:
                    self._queue(current)

    async def close(self) -> None:
        """Leave everything as it stands; the next to open goes on."""
        self._ready = False
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        await self._lanes.close()
        for tasks in (self._carrying, self._taking):
            for task in (running := list(tasks)):
                task.cancel()
            if running:
                await asyncio.wait(running)
        await self.durable.close()
        await self.database.close()

    async def take(self, unit: Callable[[Connection], Taken | None]) -> Taken | None:
        """Run a unit that takes a command in, and queue that.

        It goes on when whoever asked leaves: what is kept is carried out.
        """
        if not self._ready:
            raise DatabaseDown
        task = asyncio.create_task(self._take(unit))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)
        try:
            async with asyncio.timeout(ACCEPT_S):
                return await asyncio.shield(task)
        except TimeoutError:
            task.add_done_callback(_noticed)
            raise DatabaseDown from None

    async def _take(self, unit: Callable[[Connection], Taken | None]) -> Taken | None:
        taken = await self.database.run(unit)
        if taken is None:
            return None
        command = taken.command
        if command is not None and not taken.new and self._is_left(command):
            # Kept by a transaction of which we did not hear the end, or ended just now: the ledger knows.
            command = await self.database.run(partial(ledger.find, id_=command.id)) or command
            taken = replace(taken, command=command)
        if command is not None and (taken.new or self._is_left(command)):
            self._queue(command)
        for ended in taken.ended:
            self._end(ended)
        return taken

    def _is_left(self, command: Command) -> bool:
        """Whether a command is this replica's to do, and is not queued."""
        return not command.settled and command.owner == self.replica and command.id not in self._ends

    async def end_of(self, command: Command, within_s: float) -> Command:
        """Wait for a command's end, no longer than so many seconds; gives it as it stands then."""
        if command.settled:
            return command
        end = self._ends.get(command.id)
        if end is not None:
            done, _ = await asyncio.wait({end}, timeout=within_s)
            return end.result() if done else command
        # Another replica carries it out.
        limit = time.monotonic() + within_s
        pause = _FIRST_POLL_S
        while time.monotonic() < limit:
            await asyncio.sleep(min(pause, limit - time.monotonic()))
            pause = min(_LAST_POLL_S, pause * 1.5)
            found = await self.database.run(
                lambda connection: ledger.find(connection, command.id), timeout_s=ACCEPT_S
            )
            if found is None or found.settled:
                return found or command
        return command

    def _queue(self, command: Command) -> None:
        if not command.settled and command.id not in self._ends:
            self._ends[command.id] = asyncio.get_running_loop().create_future()
            self._lanes.append(command)

    async def _carry(self, command: Command) -> None:
        """Have the command that its lane is at carried out."""
        end = self._ends[command.id]
        self._turns.setdefault(command.id, asyncio.Event()).set()
        try:
            if not end.done():
                self._start(command.id)
            while not end.done():
                try:
                    done, _ = await asyncio.wait({end}, timeout=IN_HAND_S)
                    if not done and command.id not in self._in_hand:
                        # DBOS has given its workflow to another replica, whose lane this is not, or waits for
                        # its own database with growing pauses: the ledger is enough to go on.
                        await self.carrier.carry(command.id)
                    await asyncio.wait({end}, timeout=CHECK_S)
                except Exception as error:
                    _log.error("command fault", command=command.id, fault=fault_of(error))
                    await asyncio.sleep(RETRY_S)
            ended = end.result()
            if ended.state is State.REJECTED and ended.reason is Refusal.FULL:
                await self._refuse_those_behind(ended)
        finally:
            self._turns.pop(command.id, None)
            if end.done():
                self._ends.pop(command.id, None)

    def _start(self, id_: str) -> None:
        task = asyncio.create_task(self.durable.start(id_))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)
        task.add_done_callback(_noticed)

    async def _refuse_those_behind(self, command: Command) -> None:
        """Tell those who queued for the same that it is full: they came later than one who heard it."""
        behind = self._lanes.behind(command)
        if not behind:
            return
        refused = set(
            await self.database.run_patiently(
                lambda connection: self._refuse_behind(connection, command, behind)
            )
        )
        self._lanes.drop(command, refused)
        for one in behind:
            if one.id in refused:
                self._end(replace(one, state=State.REJECTED, reason=command.reason))
                self._ends.pop(one.id, None)

    def _end(self, command: Command) -> None:
        """Tell those who wait that a command ended without its turn."""
        end = self._ends.get(command.id)
        if end is not None and not end.done():
            end.set_result(command)

    async def _take_turn(self, id_: str) -> None:
        """Carry a command out when it is its turn: DBOS takes workflows up again in an order of its own."""
        task = asyncio.current_task()
        if task is not None:
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)
        found = await self.database.run_patiently(partial(ledger.find, id_=id_))
        if found is None or found.settled or found.owner != self.replica:
            # What is another replica's is carried out in its lane there.
            return
        await self._turns.setdefault(id_, asyncio.Event()).wait()
        self._in_hand.add(id_)
        try:
            await self.carrier.carry(id_)
        finally:
            self._in_hand.discard(id_)

    def _concluded(self, command: Command, following: Sequence[Command]) -> None:
        for one in following:
            self._queue(one)
        end = self._ends.get(command.id)
        if end is not None and not end.done():
            end.set_result(command)


def _noticed(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.debug("command not taken over by its workflow, or nobody waits", fault=fault_of(error))
