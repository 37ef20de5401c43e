"""Asking: how a resident's request deals with the ledger: reads in time, waits a little for ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from gateway.commands.bookings import Taken
from gateway.commands.command import Command
from gateway.commands.database import DatabaseDown
from gateway.commands.service import ACCEPT_S, Commands
from gateway.request import current_request
from schema.core.errors import Code, PublicError

T = TypeVar("T")

_SPARE_S = 1.0
"""What a request keeps of its time to be answered in."""


class Asking:
    """Waits no longer than `wait_s` and the request's own time."""

    def __init__(self, commands: Commands, wait_s: float) -> None:
        self._commands = commands
        self._wait_s = wait_s

    async def read(self, unit: Callable[[Connection], T]) -> T:
        """Run a unit; DatabaseDown where that cannot be in time."""
        if not self._commands.ready:
            raise DatabaseDown
        return await self._commands.database.run(unit, ACCEPT_S)

    async def end_of(self, taken: Taken | None) -> Command:
        """Give a command that was taken in as it stands after a little while.

        PublicError where its key was used for something else.
        """
        if taken is None or taken.command is None:
            raise PublicError(
                Code.IDEMPOTENCY_CONFLICT,
                "This idempotency key was used for something else; take a new one for what is new.",
            )
        wait_s = max(0.0, min(self._wait_s, current_request().remaining() - _SPARE_S))
        return await self._commands.end_of(taken.command, wait_s)
