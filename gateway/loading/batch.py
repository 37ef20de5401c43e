"""Batch: the reads of one request, whose keys of a level are gathered before one fetch a lookup and source.

A key is asked for once a request. Whoever waits for one inside a compiled operation is resumed by its
driver (`gateway.execution.compiled.drive`) with neither a task nor a future of his own; anyone else waits
for a future, and his keys leave together at the loop's next turn but one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Generator, Hashable, Sequence
from typing import Any, TypeAlias

from gateway.loading.route import Answers
from schema.core.context import Found
from schema.core.errors import Code, PublicError, SourceError
from schema.core.lookup import AnyLookup, K, Lookup, Q, R, Search

MAX_SEARCHES = 30
"""Different searches of one request, each a call or more to every source that serves it."""

FetchAnswers: TypeAlias = Callable[[AnyLookup, str, Sequence[Hashable]], Awaitable[Answers]]


class Asked:
    """One key that was asked for: who waits for it, and then its answer."""

    __slots__ = ("answer", "done", "futures", "jobs", "key")

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.done = False
        self.answer: Any = None
        """A record, a sequence of them, None for not found, or the exception to raise."""
        self.jobs: list[Any] = []
        """What a driver goes on with once there is an answer."""
        self.futures: list[asyncio.Future[None]] = []

    def __await__(self) -> Generator[Any, None, None]:
        """Tell a driver what is waited for; for nobody else."""
        return iter((self,))  # type: ignore[return-value]  # `await` wants no more of it


_Loader: TypeAlias = tuple[AnyLookup, str]
"""A lookup and the id of a source: keys leave together where they have both in common."""
Batch: TypeAlias = tuple[_Loader, list[Asked]]


class Loaders:
    """The reads of one request. `close` ends whatever is still under way.

    A driver sets `direct` while it steps coroutines: their waiting is then told by yielding an Asked.
    It finds in `answered` what came in for them, and is called by `wake` when something did or when keys
    were asked for behind its back.
    """

    def __init__(self, fetch: FetchAnswers, serving: Callable[[AnyLookup], list[str]]) -> None:
        self.direct = False
        self.answered: list[Asked] = []
        self.wake: Callable[[], None] | None = None
        self._fetch = fetch
        self._serving = serving
        self._asked: dict[_Loader, dict[Hashable, Asked]] = {}
        self._queue: dict[_Loader, list[Asked]] = {}
        self._searches: set[tuple[AnyLookup, Hashable]] = set()
        self._leaving = False
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Cancel batches that nobody waits for any more, and send none of those still queued."""
        self._closed = True
        self._queue.clear()
        for task in self._tasks:
            task.cancel()
        for known in self._asked.values():
            for asked in known.values():
                for future in asked.futures:
                    future.cancel()

    def forget(self) -> None:
        """Have whatever was answered so far asked for anew: this request itself has changed something."""
        for known in self._asked.values():
            for key in [key for key, asked in known.items() if asked.done]:
                del known[key]

    async def load(self, lookup: Lookup[K, R], key: K) -> R | None:
        """Give one record, None if it was not found; SourceError if its source failed."""
        asked = self.ask(lookup, key.source, key)
        if not asked.done:
            await (asked if self.direct else self._future(asked))
        answer: R | None = asked.answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def load_many(self, lookup: Lookup[K, R], keys: Sequence[K]) -> list[R | None]:
        """Give a record a key, in order."""
        answers = await self._all(lookup, [(key.source, key) for key in keys])
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    async def search(self, search: Search[Q, R], key: Q, sources: Collection[str] | None) -> Found[R]:
        """Ask every source that serves the search; SourceError if all of them failed.

        PublicError where the request has made as many other searches as it may.
        """
        self._count(search, key)
        served = [source for source in self._serving(search) if sources is None or source in sources]
        items: list[R] = []
        failures: list[SourceError] = []
        for answer in await self._all(search, [(source, key) for source in served]):
            if isinstance(answer, SourceError):
                failures.append(answer)
            elif isinstance(answer, Exception):
                raise answer
            else:
                items.extend(answer or ())
        if failures and len(failures) == len(served):
            raise failures[0]
        if search.primes is not None:
            for item in items:
                ref = item.ref  # type: ignore[attr-defined]  # `primes` promises Records
                primed = self._asked.setdefault((search.primes, ref.source), {})
                if ref not in primed:
                    primed[ref] = asked = Asked(ref)
                    asked.answer, asked.done = item, True
        return Found(items, failures)

    def _count(self, search: AnyLookup, key: Hashable) -> None:
        if (search, key) in self._searches:
            return
        if len(self._searches) >= MAX_SEARCHES:
            raise PublicError(
                Code.OPERATION_TOO_COMPLEX, f"One request makes at most {MAX_SEARCHES} different searches."
            )
        self._searches.add((search, key))

    async def _all(self, lookup: AnyLookup, addresses: Sequence[tuple[str, Hashable]]) -> list[Any]:
        """Give every answer in order, exceptions as values."""
        waited = [self.ask(lookup, source, key) for source, key in addresses]
        for asked in waited:
            if not asked.done:
                await (asked if self.direct else self._future(asked))
        return [asked.answer for asked in waited]

    def ask(self, lookup: AnyLookup, source: str, key: Hashable) -> Asked:
        """Ask for a key, once a request."""
        if self._closed:
            raise asyncio.CancelledError
        loader = (lookup, source)
        known = self._asked.get(loader)
        if known is None:
            known = self._asked[loader] = {}
        asked = known.get(key)
        if asked is None:
            asked = known[key] = Asked(key)
            queue = self._queue.get(loader)
            if queue is None:
                self._queue[loader] = [asked]
            else:
                queue.append(asked)
            if not self.direct:
                self._leave_soon()
        return asked

    def _leave_soon(self) -> None:
        if self.wake is not None:
            self.wake()
        elif not self._leaving:
            self._leaving = True
            # Two turns: whoever is resumed in this one may ask for more of the same level.
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self._leave)

    def _leave(self) -> None:
        self._leaving = False
        for batch in self.take():
            self.start(batch)

    def _future(self, asked: Asked) -> asyncio.Future[None]:
        if self._closed:
            raise asyncio.CancelledError
        # One's own: a waiter's cancellation takes nothing from the others.
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asked.futures.append(future)
        return future

    @property
    def asked(self) -> bool:
        """Whether keys wait to be taken."""
        return bool(self._queue)

    @property
    def busy(self) -> bool:
        """Whether batches are under way in tasks."""
        return bool(self._tasks)

    def take(self) -> list[Batch]:
        """Take the keys that were asked for and are not yet on their way."""
        queue, self._queue = self._queue, {}
        return list(queue.items())

    def start(self, batch: Batch) -> None:
        """Fetch a batch in a task of its own."""
        task = asyncio.get_running_loop().create_task(self.fetch(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def fetch(self, batch: Batch) -> None:
        """Fetch a batch and give everyone his answer; of one that fails, the keys may be asked anew."""
        loader, keys = batch
        try:
            answers = await self._fetch(*loader, [asked.key for asked in keys])
        except Exception as error:
            known = self._asked[loader]
            for asked in keys:
                known.pop(asked.key, None)
                self._answer(asked, error)
        else:
            for asked in keys:
                self._answer(asked, answers.get(asked.key))
        if self.answered and self.wake is not None:
            self.wake()

    def _answer(self, asked: Asked, answer: Any) -> None:
        asked.answer, asked.done = answer, True
        if asked.jobs:
            self.answered.append(asked)
        for future in asked.futures:
            if not future.done():
                future.set_result(None)
