"""Durable: DBOS, which has each command's workflow going again after its process has died.

A workflow is the carrying out (`gateway.commands.carrier`), and holds nothing but the command's receipt:
what is personal stays in the ledger. It has no steps: what DBOS would keep of them the ledger keeps, and a
step costs as much as the workflow itself. DBOS is one a process, and so is the workflow below.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from dbos import DBOS, DBOSConfig, SetWorkflowID

from gateway.sources import ConfigurationError

_VERSION = "1"
"""DBOS takes up only workflows of its own application version: raised when another does its work."""
_carry: Callable[[str], Awaitable[None]] | None = None


@DBOS.workflow(name="command", max_recovery_attempts=1_000_000)
async def _workflow(command: str) -> None:
    if _carry is None:
        raise RuntimeError("no commands are open in this process")
    await _carry(command)


def migrate_workflows(url: str) -> None:
    """Bring DBOS's tables to its own release."""
    DBOS.migrate(url)


class Durable:
    """DBOS over one system database, for as long as it is open."""

    def __init__(self, url: str, replica: str, carry: Callable[[str], Awaitable[None]]) -> None:
        self._url = url
        self._replica = replica
        self._carry = carry
        self._open = False

    def open(self) -> None:
        """Make or renew DBOS's tables and take this replica's workflows up again, in the running loop."""
        global _carry  # noqa: PLW0603  # DBOS's workflows are functions of a module
        if self._open:
            # Whoever opens everything again after a failure that came later.
            return
        if _carry is not None:
            raise ConfigurationError("One process carries commands out for one gateway only.")
        config: DBOSConfig = {
            "name": "longgang-gateway",
            "system_database_url": self._url,
            "executor_id": self._replica,
            "application_version": _VERSION,
            # It tells of each reconnection and quotes addresses; the ledger says that its database is down.
            "log_level": "CRITICAL",
            "enable_otlp": False,
        }
        logging.getLogger("dbos").propagate = False
        _carry = self._carry
        try:
            DBOS(config=config)
            DBOS.launch()
        except BaseException:
            _carry = None
            DBOS.destroy()
            raise
        self._open = True

    async def start(self, command: str) -> None:
        """Start a command's workflow; nothing where it has been started."""
        with SetWorkflowID(command):
            await DBOS.start_workflow_async(_workflow, command)

    async def take_over(self, replicas: Sequence[str]) -> None:
        """Go on with the workflows of replicas that are gone."""
        await asyncio.to_thread(DBOS._recover_pending_workflows, list(replicas))  # noqa: SLF001  # what its own recovery calls

    async def forget(self, commands: Sequence[str]) -> None:
        """Delete what DBOS keeps of commands that have ended."""
        if commands:
            await DBOS.delete_workflows_async(list(commands))

    async def close(self) -> None:
        """End DBOS; workflows under way must have been cancelled before."""
        global _carry  # noqa: PLW0603  # as above
        if not self._open:
            return
        self._open = False
        loop = asyncio.get_running_loop()
        # DBOS has made its own threads the loop's, which end with it.
        loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="asyncio"))
        await loop.run_in_executor(None, partial(DBOS.destroy, workflow_completion_timeout_sec=0))
        _carry = None
