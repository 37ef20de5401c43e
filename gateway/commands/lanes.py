"""Lanes: what is to be done to one slot, one after the other, first come first served within a replica."""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence

import structlog

from gateway.commands.command import Command
from gateway.logs import fault_of

_log = structlog.get_logger("gateway.commands")


class Lanes:
    """A queue a lane, and a task for each that is not empty. `carry` does one command, to its end."""

    def __init__(self, carry: Callable[[Command], Awaitable[None]]) -> None:
        self._carry = carry
        self._queues: dict[str, deque[Command]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def append(self, command: Command) -> None:
        """Queue a command behind the others of its lane."""
        if self._closed:
            return
        queue = self._queues.get(command.lane)
        if queue is not None:
            queue.append(command)
            return
        queue = self._queues[command.lane] = deque((command,))
        # Nothing of the request that brought it may go along: its deadline is not the command's.
        task = asyncio.get_running_loop().create_task(
            self._run(command.lane, queue), context=contextvars.Context()
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def behind(self, command: Command) -> Sequence[Command]:
        """Give what waits behind the command that its lane is at."""
        return list(self._queues[command.lane])[1:]

    def drop(self, command: Command, ended: Collection[str]) -> None:
        """Take out of a command's lane what has ended without its turn."""
        queue = self._queues[command.lane]
        kept = [one for one in queue if one.id not in ended]
        queue.clear()
        queue.extend(kept)

    async def _run(self, lane: str, queue: deque[Command]) -> None:
        try:
            while queue:
                try:
                    await self._carry(queue[0])
                except Exception as error:
                    # Those behind must not wait for ever for one of which we do not know what to make.
                    _log.error("command fault", command=queue[0].id, fault=fault_of(error))
                queue.popleft()
        finally:
            del self._queues[lane]

    async def close(self) -> None:
        """Leave everything as it stands: the ledger has it."""
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
