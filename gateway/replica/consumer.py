"""Consumer: one feed, read page after page for as long as the gateway runs.

A page is kept together with its cursor before the next is asked for, so that memory holds one page and a
restart goes on where this one was. At the end there is a pause. A page that cannot be had, or makes no
sense, is asked for again after a pause that doubles up to a minute: it is never skipped.

A reading from the beginning is a new generation of the feed, and every item that it tells of is taken into
it; at its end what is still of an earlier one is gone. Until then the old copy answers.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import structlog
from msgspec.structs import replace

from connectors.kit import Code, Feed, FeedPage, FeedReset, SourceError
from gateway.logs import fault_of
from gateway.replica.store import DAMAGE, Change, FeedState, Store
from gateway.request import request_scope

T = TypeVar("T")

_log = structlog.get_logger("gateway.replica")

FIRST_RETRY_S = 1.0
LAST_RETRY_S = 60.0
HURRY_S = 0.02
"""How long those who want a feed read at once are gathered."""
_JITTER = 0.1
"""Feeds that began together are not asked together for ever."""


class Write(Protocol):
    """Does a store's work in a thread, one after the other."""

    def __call__(self, work: Callable[..., T], *arguments: object) -> Awaitable[T]:
        """Call it with these arguments."""
        ...


class Consumer:
    """Reads one feed into a store. `now` gives instants, `page_timeout_s` is one page's deadline."""

    def __init__(
        self,
        source: str,
        feed: Feed,
        store: Store,
        write: Write,
        *,
        now: Callable[[], datetime],
        page_timeout_s: float,
    ) -> None:
        self._source = source
        self._feed = feed
        self._tables = [table.name for table in feed.tables]
        self._store = store
        self._write = write
        self._now = now
        self._page_timeout_s = page_timeout_s
        self._failures = 0
        self._state = FeedState()
        self._begun = False
        self._hurry = asyncio.Event()
        self._wanted: list[asyncio.Future[None]] = []
        """Who waits for the end of a reading that is yet to begin."""

    async def run(self) -> None:
        """Go on for ever. Raises only what DAMAGE holds: the file is of no use any more."""
        while True:
            try:
                if not self._begun:
                    self._state = await self._write(self._store.state, self._feed.name)
                    self._begun = True
                wanted, self._wanted = self._wanted, []
                try:
                    pause_s = await self._turn()
                except BaseException:
                    self._wanted += wanted
                    raise
            except DAMAGE:
                raise
            except Exception as error:
                await asyncio.sleep(self._failed(error))
            else:
                self._succeeded()
                if pause_s > 0:
                    _answer(wanted)
                    await self._pause(pause_s)
                else:
                    self._wanted += wanted

    async def read_on(self) -> None:
        """Wait until the feed has been read to its end from now on, which is begun at once.

        A feed that fails keeps to its own pauses.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._wanted.append(future)
        self._hurry.set()
        await future

    async def _pause(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._hurry.wait()
                # Those who want it at once come in numbers, and one reading does for all.
                await asyncio.sleep(min(pause_s, HURRY_S))
        except TimeoutError:
            pass
        self._hurry.clear()

    async def _turn(self) -> float:
        """Read on by one page; how long to wait then, in seconds."""
        if self._to_be_read_anew():
            state = replace(self._state, cursor=None, generation=self._state.generation + 1, sweeping=True)
            await self._keep((), state)
        started = self._seconds()
        try:
            with request_scope(self._page_timeout_s):
                page = await self._feed.read(self._state.cursor)
        except FeedReset:
            await self._begin_anew()
            return 0.0
        if page.more:
            if page.cursor == self._state.cursor:
                raise self._malformed("a feed that does not move on")
            await self._keep(page.changes, self._read(page))
            return 0.0
        await self._end(page, started)
        return self._feed.pause_s * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  # jitter, not a secret

    def _to_be_read_anew(self) -> bool:
        state, every_s = self._state, self._feed.reread_s
        return (
            every_s is not None
            and not state.sweeping
            and state.swept_at is not None
            and self._seconds() - state.swept_at >= every_s
        )

    async def _end(self, page: FeedPage, started: float) -> None:
        """Keep the last page. The end counts as reached once what was not seen is gone."""
        first = self._state.ended_at is None
        state = self._read(page)
        if not state.sweeping:
            await self._keep(page.changes, replace(state, ended_at=started))
        else:
            await self._keep(page.changes, state)
            for table in self._tables:
                # One short transaction after the other: other feeds write in between.
                while await self._write(self._store.sweep, table, state.generation):
                    pass
            if first:
                await self._write(self._store.index, self._tables)
            ended = replace(state, ended_at=started, sweeping=False, swept_at=self._seconds())
            await self._keep((), ended)
        await self._write(self._store.tidy, self._tables, self._seconds())
        if first:
            _log.info("feed read to its end", source=self._source, feed=self._feed.name)

    async def _begin_anew(self) -> None:
        """Read from the beginning, as the system wants it."""
        state = self._state
        if state.cursor is None:
            raise self._malformed("a feed that resets at its beginning")
        again = state.sweeping and state.since == state.generation
        generation = state.generation + 1
        self._state = replace(state, cursor=None, generation=generation, since=generation, sweeping=True)
        await self._write(self._store.begin_anew, self._feed.name, self._tables, self._state)
        if again:
            raise self._malformed("a feed that resets before its end")
        _log.info("feed reset", source=self._source, feed=self._feed.name)

    def _read(self, page: FeedPage) -> FeedState:
        return replace(self._state, cursor=page.cursor, read_at=self._seconds())

    async def _keep(self, changes: Sequence[Change], state: FeedState) -> None:
        await self._write(self._store.commit, self._feed.name, changes, state, self._seconds())
        self._state = state

    def _seconds(self) -> float:
        return self._now().timestamp()

    def _malformed(self, detail: str) -> SourceError:
        return SourceError(Code.SOURCE_MALFORMED, self._source, detail)

    def _failed(self, error: Exception) -> float:
        """Say so at the first of several failures; how long to wait before the next attempt, in seconds."""
        self._failures += 1
        if self._failures == 1:
            fault = (
                {"code": error.code, "detail": error.detail}
                if isinstance(error, SourceError)
                else {"fault": fault_of(error)}
            )
            _log.warning("feed down", source=self._source, feed=self._feed.name, **fault)
        longest = min(LAST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(self._failures - 1, 10))
        return longest * random.uniform(0.5, 1)  # noqa: S311  # jitter, not a secret

    def _succeeded(self) -> None:
        if self._failures:
            _log.info("feed back", source=self._source, feed=self._feed.name)
        self._failures = 0


def _answer(wanted: Sequence[asyncio.Future[None]]) -> None:
    for future in wanted:
        if not future.done():
            future.set_result(None)
