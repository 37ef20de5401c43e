"""Replicas: every copy of one gateway, the threads that read and write them, the tasks that fill them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

from connectors.kit import Feed
from gateway.replica.files import path_of, prepare
from gateway.replica.holder import Holder
from gateway.replica.local import LocalReplica
from gateway.sources import SourceConfig

READERS = 4
"""Selections under way at once. SQLite lets go of the interpreter while it works."""
WRITERS = 2
"""Pages that are being kept at once, of different sources."""
_PAGE_TIMEOUT_S = 30.0
"""Nobody waits for a page; it may be large, and be asked for three times."""
_PAGE_TIMEOUTS = 4


class Replicas:
    """Copies by the id of their source."""

    def __init__(self, state_dir: Path, now: Callable[[], datetime]) -> None:
        self._state_dir = state_dir
        self._now = now
        self._readers = ThreadPoolExecutor(READERS, "replica-reader")
        self._writers = ThreadPoolExecutor(WRITERS, "replica-writer")
        self._copies: dict[str, LocalReplica] = {}
        self._holders: dict[str, Holder] = {}

    @property
    def copies(self) -> Mapping[str, LocalReplica]:
        """Every copy there is."""
        return self._copies

    def of(self, source: str) -> LocalReplica:
        """Give a source's copy, which can be read once it is `filling`."""
        copy = self._copies[source] = LocalReplica(source, self._now, self._readers)
        return copy

    @asynccontextmanager
    async def filling(self, config: SourceConfig, feeds: Sequence[Feed]) -> AsyncIterator[None]:
        """Fill a source's copy in the background; ConfigurationError where it cannot be kept."""
        copy = self._copies[config.id]
        path = path_of(prepare(self._state_dir), config, feeds)
        copy.open(path, feeds)
        holder = Holder(
            config.id,
            path,
            feeds,
            now=self._now,
            page_timeout_s=max(_PAGE_TIMEOUT_S, _PAGE_TIMEOUTS * config.limits.timeout_ms / 1000),
            pool=self._writers,
            damaged=copy.damaged,
        )
        self._holders[config.id] = holder
        task = asyncio.create_task(holder.run(), name=f"replica {config.id}")
        try:
            yield
        finally:
            # Who writes closes last: he takes his log into the file.
            copy.close()
            task.cancel()
            await asyncio.wait([task])

    async def read_on(self, source: str, timeout_s: float) -> None:
        """Wait until a source's copy shows what is so now, and no longer than so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._holders[source].read_on()

    async def filled(self, timeout_s: float) -> None:
        """Wait until every copy is whole, and no longer than so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await asyncio.gather(*(copy.filled() for copy in self._copies.values()))

    async def whole(self, source: str) -> None:
        """Wait until a source's copy is whole; not at all for a source without one."""
        if (copy := self._copies.get(source)) is not None:
            await copy.filled()

    def close(self) -> None:
        """End the threads."""
        for pool in (self._readers, self._writers):
            pool.shutdown(cancel_futures=True)
