"""Carrier: brings one command to its end, through whatever the system behind it does meanwhile.

A command is sent by nobody who has not noted that before (`mark_sent`), and a note that is found, by
whomever, is never answered by sending again: the system is asked by our reference first. However an attempt
dies, with its process or without, its end is found out.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog
from sqlalchemy import Connection

from connectors.kit import Code, Refusal, Refused, SourceError, StatusError
from gateway.commands import ledger
from gateway.commands.command import Command, State
from gateway.commands.database import Database
from gateway.logs import fault_of
from gateway.request import request_scope

_log = structlog.get_logger("gateway.commands")

FIRST_PAUSE_S = 0.2
LAST_PAUSE_S = 10.0
_OURS = frozenset({401, 403})
"""Statuses by which a system refuses us rather than the resident: somebody will mend that."""


class Handler(Protocol):
    """What commands of some kinds are made of."""

    def source_timeout_s(self, command: Command) -> float:
        """Give how long one call to the command's system may take."""
        ...

    def places(self, command: Command) -> asyncio.Semaphore:
        """Give the places at which its system is called: so many attempts at once."""
        ...

    def repeatable(self, command: Command) -> bool:
        """Whether the system itself sees to it that one reference is done once."""
        ...

    async def perform(self, command: Command) -> str:
        """Do it, and give what the system gave; Refused or SourceError otherwise."""
        ...

    async def settle(self, command: Command) -> str | None:
        """Say what has become of it, as `perform` would have; None where the system does not know it."""
        ...

    def conclude(
        self, connection: Connection, command: Command, reason: Refusal | None, outcome: str | None
    ) -> Sequence[Command]:
        """Keep, in the transaction of its end, what follows from it; gives the commands that do."""
        ...

    async def after(self, command: Command) -> None:
        """See to it that reads show what it has changed."""
        ...


class Carrier:
    """Carries commands out. `concluded` is told of each that has ended, with those that follow from it."""

    def __init__(
        self,
        database: Database,
        owner: str,
        handler: Callable[[Command], Handler],
        concluded: Callable[[Command, Sequence[Command]], None],
    ) -> None:
        self._database = database
        self._owner = owner
        self._handler = handler
        self._concluded = concluded

    async def carry(self, id_: str) -> None:
        """Bring a command to its end, however long that takes."""
        failures = 0
        while True:
            command = await self._database.run_patiently(lambda connection: ledger.find(connection, id_))
            if command is None:
                return
            if command.settled:
                self._concluded(command, ())
                return
            try:
                moved = await self._attempt(command, self._handler(command))
            except Exception as error:
                # A fault of ours must not lose what was promised: it is tried again, and said.
                _log.error("command fault", command=id_, kind=command.kind, fault=fault_of(error))
                moved = False
            failures = 0 if moved else failures + 1
            if failures:
                await asyncio.sleep(pause_s(failures))

    async def _attempt(self, command: Command, handler: Handler) -> bool:
        """Take a command one step further; False where it has to wait before the next."""
        if command.state is not State.ACCEPTED:
            return await self._settle(command, handler)
        if time.time() > command.until:
            return await self.conclude(
                command, State.REJECTED, Refusal.SOURCE_SILENT, among=(State.ACCEPTED,)
            )
        async with handler.places(command):
            if not await self._database.run_patiently(
                lambda connection: ledger.mark_sent(connection, command.id, self._owner, time.time())
            ):
                return True
            return await self._perform(command, handler)

    async def _perform(self, command: Command, handler: Handler) -> bool:
        try:
            with request_scope(_scope_s(command, handler)):
                outcome = await handler.perform(command)
        except Refused as refused:
            _log.info("command refused", source=command.source, reason=refused.reason, detail=refused.detail)
            return await self.conclude(command, State.REJECTED, refused.reason)
        except SourceError as error:
            if _says_no(error):
                _log.warning("command refused", source=command.source, code=error.code, detail=error.detail)
                return await self.conclude(command, State.REJECTED, Refusal.SOURCE_REFUSED)
            if not error.in_doubt:
                await self._database.run_patiently(lambda connection: ledger.put_back(connection, command.id))
                return False
            _log.info("command in doubt", source=command.source, code=error.code, detail=error.detail)
        except Exception as error:
            _log.error("connector fault", source=command.source, kind=command.kind, fault=fault_of(error))
        else:
            return await self.conclude(command, State.CONFIRMED, outcome=outcome)
        await self._database.run_patiently(lambda connection: ledger.mark_unknown(connection, command.id))
        return False

    async def _settle(self, command: Command, handler: Handler) -> bool:
        """Ask what became of an attempt of which nobody has heard the end."""
        try:
            async with handler.places(command):
                with request_scope(_scope_s(command, handler)):
                    outcome = await handler.settle(command)
        except Refused as refused:
            return await self.conclude(command, State.REJECTED, refused.reason)
        except SourceError as error:
            _log.debug("command still in doubt", source=command.source, code=error.code)
            return False
        except Exception as error:
            _log.error("connector fault", source=command.source, kind=command.kind, fault=fault_of(error))
            return False
        if outcome is not None:
            return await self.conclude(command, State.CONFIRMED, outcome=outcome)
        quiet_s = 0.0 if handler.repeatable(command) else 3 * handler.source_timeout_s(command)
        if command.sent_at is not None and time.time() - command.sent_at < quiet_s:
            # It may be under way yet: what the system does not know now it may know in a moment.
            return False
        await self._database.run_patiently(lambda connection: ledger.put_back(connection, command.id))
        return True

    async def conclude(
        self,
        command: Command,
        state: State,
        reason: Refusal | None = None,
        *,
        outcome: str | None = None,
        among: Sequence[State] = (State.ACCEPTED, State.SENT, State.UNKNOWN),
    ) -> bool:
        """Let reads show what a command has changed; note its end and what follows, in one transaction."""
        handler = self._handler(command)

        def unit(connection: Connection) -> Sequence[Command] | None:
            settled = ledger.settle(
                connection, command.id, state, time.time(), reason=reason, outcome=outcome, among=among
            )
            return handler.conclude(connection, command, reason, outcome) if settled else None

        if state is State.CONFIRMED:
            # Before: whoever sees that it is done must see what it has changed.
            await _shielded(handler.after, command)
        following = await self._database.run_patiently(unit)
        if following is not None:
            ended = await self._database.run_patiently(lambda connection: ledger.find(connection, command.id))
            if ended is not None:
                self._concluded(ended, following)
        return True


async def _shielded(after: Callable[[Command], Awaitable[None]], command: Command) -> None:
    try:
        await after(command)
    except Exception as error:
        # What is shown late is not wrong; the command has ended.
        _log.error("command fault", kind=command.kind, fault=fault_of(error))


def pause_s(failures: int) -> float:
    """Give how long to wait before the next attempt after so many failures, in seconds."""
    longest = min(LAST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10))
    return longest * random.uniform(0.5, 1)  # noqa: S311  # jitter, not a secret


def _scope_s(command: Command, handler: Handler) -> float:
    """Give one attempt's deadline: some calls one after the other, each as long as its source allows."""
    return 4 * handler.source_timeout_s(command)


def _says_no(error: SourceError) -> bool:
    return (
        error.code is Code.SOURCE_REJECTED
        and not error.in_doubt
        and not (isinstance(error, StatusError) and error.status in _OURS)
    )
