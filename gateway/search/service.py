"""SearchService: the index in a thread of its own, and what fills it in the background.

Whatever is findable is listed by the searches that residents ask, through the cache: source by source, one
at a time but for the first round, in which they are asked side by side. A source that fails keeps what it
gave before, marked as stale, and is told of beside the hits of every search that it could have hits for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import structlog

from gateway.loading.route import Answers
from gateway.logs import fault_of
from gateway.request import current_request, request_scope
from gateway.search.index import Index, Listing
from gateway.search.ranking import find
from schema.core.errors import Code, SourceError
from schema.core.findable import Findable, Hits, Sought
from schema.core.lookup import AnyLookup

_log = structlog.get_logger("gateway.search")
T = TypeVar("T")

_AT_ONCE = 200
"""Records of one turn of the index's thread: searches take theirs in between."""
_SIDE_BY_SIDE = 8
"""Sources asked at a time in the first round."""
_FRESH_S = 30.0
"""For how long an answer may be used again: what is open, bookable or full changes at any time."""
_PATIENCE = 0.8
"""How much of its time a search may wait for lists."""
_AGAIN_S = 20.0
"""How soon what could not be listed is asked for again."""


class SearchService:
    """One process's index; `ready` waits for a source that has to be read first, such as a local copy.

    `renewing` fills it and keeps it up to date for as long as it is entered.
    """

    def __init__(
        self,
        findables: Sequence[Findable],
        fetch: Callable[[AnyLookup, str, Sequence[Hashable]], Awaitable[Answers]],
        serving: Callable[[AnyLookup], Collection[str]],
        ready: Callable[[str], Awaitable[None]],
        *,
        now: Callable[[], datetime],
        timeout_s: float,
        max_documents: int,
    ) -> None:
        self._fetch = fetch
        self._ready = ready
        self._now = now
        self._timeout_s = timeout_s
        self._index = Index(max_documents)
        self._thread = ThreadPoolExecutor(1, "search")
        self._listings: dict[str, list[Listing]] = {}
        for findable in findables:
            for source in serving(findable.search):
                self._listings.setdefault(source, []).append((findable, source))
        self._failures: dict[Listing, SourceError] = {}
        self._listed: set[Listing] = set()
        """Those that an answer has come for, be it a failure."""
        self._news = asyncio.Event()
        """Set whenever an answer has come."""
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def renewing(self, every_s: float) -> AsyncIterator[None]:
        """Fill the index now and again every so many seconds; 0: once, when somebody first searches."""
        if every_s:
            self._start(self._renew_for_ever(every_s))
        try:
            yield
        finally:
            if self._task is not None:
                self._task.cancel()
                with suppress(asyncio.CancelledError):
                    await self._task
            self._thread.shutdown()
            self._index.close()

    async def find(self, sought: Sought, now: datetime) -> Hits:
        """Give what is found and who could not be listed; SourceError if that is everybody."""
        if self._task is None:
            self._start(self.renew(_SIDE_BY_SIDE))
        asked = [one for each in self._listings.values() for one in each if _within(sought, one[0])]
        if not self._listed.issuperset(asked):
            await self._wait_for(asked)
        failures: dict[str, SourceError] = {}
        for listing in asked:
            if (failure := self._failure(listing)) is not None:
                failures.setdefault(listing[1], failure)
        current_request().use(0.0 if failures else _FRESH_S)
        hits = await self._in_thread(find, self._index, sought, now)
        if failures and not hits.total and all(source in failures for _, source in asked):
            raise next(iter(failures.values()))
        return msgspec.structs.replace(hits, failures=tuple(failures.values()))

    async def _wait_for(self, asked: Collection[Listing]) -> None:
        """Wait for lists that have not come since the start, for most of the request's time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, _PATIENCE * current_request().remaining())):
                while not self._listed.issuperset(asked):
                    self._news.clear()
                    await self._news.wait()

    async def renew(self, side_by_side: int = 1, *, failed: bool = False) -> None:
        """List everything once, or what could not be listed the last time."""
        places = asyncio.Semaphore(side_by_side)

        async def list_source(source: str, listings: Sequence[Listing]) -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._timeout_s):
                    await self._ready(source)
            async with places:
                for listing in listings:
                    if not failed or listing in self._failures:
                        await self._list(listing)

        async with asyncio.TaskGroup() as group:
            for source, listings in self._listings.items():
                group.create_task(list_source(source, listings))
        await self._in_thread(self._index.settle)

    async def _renew_for_ever(self, every_s: float) -> None:
        await self.renew(_SIDE_BY_SIDE)
        while True:
            due = time.monotonic() + every_s
            while (left := due - time.monotonic()) > 0:
                await asyncio.sleep(min(left, _AGAIN_S) if self._failures else left)
                if self._failures:
                    await self.renew(failed=True)
            await self.renew()

    def _start(self, renewing: Coroutine[Any, Any, None]) -> None:
        # In a context of its own: what lists for everyone has nobody's deadline but its own.
        self._task = asyncio.get_running_loop().create_task(renewing, context=Context())

    async def _list(self, listing: Listing) -> None:
        """Ask a source for all that it has of one kind."""
        findable, source = listing
        try:
            key = findable.key(self._now())
            with request_scope(self._timeout_s):
                answer = (await self._fetch(findable.search, source, (key,))).get(key, ())
            if isinstance(answer, SourceError):
                self._failures[listing] = answer
                await self._in_thread(self._index.grow_stale, listing)
            else:
                await self._take(listing, answer)
                self._failures.pop(listing, None)
        except Exception as error:
            # A scenario's own fault costs its own kind, and not whatever is listed after it.
            _log.error("findable fault", source=source, kind=findable.record.kind, fault=fault_of(error))
            self._failures[listing] = SourceError(
                Code.SOURCE_MALFORMED, source, f"findable: {type(error).__name__}"
            )
        self._listed.add(listing)
        self._news.set()

    async def _take(self, listing: Listing, records: Sequence[Any]) -> None:
        await self._in_thread(self._index.begin, listing)
        for start in range(0, len(records), _AT_ONCE):
            await self._in_thread(self._index.put, listing, records[start : start + _AT_ONCE])
        await self._in_thread(self._index.end, listing)

    def _failure(self, listing: Listing) -> SourceError | None:
        """Give why a listing could not be had or renewed, None where it could."""
        if listing in self._listed:
            return self._failures.get(listing)
        return SourceError(Code.DEADLINE_EXCEEDED, listing[1], "not listed yet")

    async def _in_thread(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)


def _within(sought: Sought, findable: Findable) -> bool:
    return sought.scenarios is None or findable.scenario in sought.scenarios
