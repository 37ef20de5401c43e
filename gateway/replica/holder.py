"""Holder: the one of several processes on a host that consumes a source's feeds.

Whoever has the lock of a source's file fills it; the others read the same file, and try for the lock every
second, so that one of them goes on from the stored cursors when the holder ends, however it ends.

A file that is damaged or somebody else's is set aside, said once, and begun anew, by the holder alone: a
file must not change under who writes it. Where another process meets damage that the holder does not, its
reads of that place fail until the holder does.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import apsw
import structlog

from connectors.kit import Feed
from gateway.logs import fault_of
from gateway.replica.consumer import FIRST_RETRY_S, LAST_RETRY_S, Consumer
from gateway.replica.files import Lock, lock_of, put_away_others, set_aside
from gateway.replica.layout import TableSql, lay_out
from gateway.replica.store import DAMAGE, Store

T = TypeVar("T")

_log = structlog.get_logger("gateway.replica")

TAKE_OVER_S = 1.0
"""How often a process that does not hold the lock tries for it."""


class Holder:
    """Fills one source's copy whenever it is this process's turn to."""

    def __init__(
        self,
        source: str,
        path: Path,
        feeds: Sequence[Feed],
        *,
        now: Callable[[], datetime],
        page_timeout_s: float,
        pool: Executor,
        damaged: asyncio.Event,
    ) -> None:
        self._source = source
        self._path = path
        self._feeds = feeds
        self._tables: Mapping[str, TableSql] = lay_out(feeds)
        self._now = now
        self._page_timeout_s = page_timeout_s
        self._pool = pool
        self._damaged = damaged
        self._writing = asyncio.Lock()
        self._store: Store | None = None
        self._consumers: list[Consumer] = []

    async def read_on(self) -> None:
        """Wait until every feed has been read to its end from now on; not where another process does."""
        await asyncio.gather(*(consumer.read_on() for consumer in self._consumers))

    async def run(self) -> None:
        """Go on until cancelled. What stands in the way is said once and may pass: no room, no leave."""
        failures = 0
        while True:
            try:
                lock = Lock.take(lock_of(self._path))
                if lock is None:
                    await asyncio.sleep(TAKE_OVER_S * random.uniform(0.5, 1))  # noqa: S311  # jitter, not a secret
                    continue
                try:
                    put_away_others(self._path)
                    await self._hold()
                finally:
                    lock.release()
            except Exception as error:
                if failures == 0:
                    _log.error("replica cannot be kept", source=self._source, fault=fault_of(error))
                await asyncio.sleep(min(LAST_RETRY_S, FIRST_RETRY_S * 2.0**failures))
                failures = min(failures + 1, 10)

    async def _hold(self) -> None:
        """Consume for ever, each time into a new file where the last was of no use."""
        while True:
            damage: BaseException | None = None
            try:
                store = await self._write(Store, self._path, self._tables)
            except DAMAGE as error:
                damage = error
            else:
                self._store = store
                try:
                    await self._consume(store)
                except* DAMAGE as errors:
                    damage = errors.exceptions[0]
                finally:
                    self._store, self._consumers = None, []
                    await self._close(store)
            aside = set_aside(self._path)
            error_type = type(damage).__name__
            _log.error("replica set aside", source=self._source, file=aside.name, error=error_type)

    async def _close(self, store: Store) -> None:
        try:
            await self._write(store.close)
        except RuntimeError:
            # A stop was itself cut short and has ended the threads: nobody else writes any more. Left to go
            # on as a failure of the store's, it would take the place of our own cancellation.
            store.close()

    async def _consume(self, store: Store) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hear_of_damage())
            self._consumers = [
                Consumer(
                    self._source,
                    feed,
                    store,
                    self._write,
                    now=self._now,
                    page_timeout_s=self._page_timeout_s,
                )
                for feed in self._feeds
            ]
            for consumer in self._consumers:
                group.create_task(consumer.run())

    async def _hear_of_damage(self) -> None:
        self._damaged.clear()
        await self._damaged.wait()
        raise apsw.CorruptError("met by a read")

    async def _write(self, work: Callable[..., T], *arguments: object) -> T:
        """Do a store's work in a thread, one after the other. Where it is cancelled, so is the work."""
        async with self._writing:
            done = asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
            try:
                return await asyncio.shield(done)
            except asyncio.CancelledError:
                # The file must not be closed, nor its lock given up, under a transaction.
                if self._store is not None:
                    self._store.interrupt()
                await asyncio.wait([done])
                done.cancelled() or done.exception()  # nobody else asks for it
                raise
