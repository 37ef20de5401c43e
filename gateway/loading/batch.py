"""Batch: one loader a lookup, source and request, which gathers the keys of a level before one fetch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Hashable, Sequence
from typing import Any, TypeAlias

from aiodataloader import DataLoader

from gateway.loading.route import Answers
from schema.core.context import Found
from schema.core.errors import Code, PublicError, SourceError
from schema.core.lookup import AnyLookup, K, Lookup, Q, R, Search

MAX_SEARCHES = 30
"""Different searches of one request, each a call or more to every source that serves it."""

FetchAnswers: TypeAlias = Callable[[AnyLookup, str, Sequence[Hashable]], Awaitable[Answers]]
_Key: TypeAlias = tuple[Hashable]
"""A lookup's key, boxed: aiodataloader takes no None, and some searches have no other key."""
_Futures: TypeAlias = dict[_Key, asyncio.Future[Any]]


class Loaders:
    """The loaders of one request. `close` ends whatever they still have under way."""

    def __init__(self, fetch: FetchAnswers, serving: Callable[[AnyLookup], list[str]]) -> None:
        self._fetch = fetch
        self._serving = serving
        self._loaders: dict[tuple[AnyLookup, str], DataLoader[_Key, Any]] = {}
        self._futures: list[_Futures] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._searches: set[tuple[AnyLookup, Hashable]] = set()
        self._closed = False

    def close(self) -> None:
        """Cancel batches that nobody waits for any more, and send none of those still queued."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        for future in (future for futures in self._futures for future in futures.values()):
            if not future.cancel() and not future.cancelled():
                # A failure whose waiters had left is nobody's: asyncio need not complain of it.
                future.exception()

    async def load(self, lookup: Lookup[K, R], key: K) -> R | None:
        """Give one record, None if it was not found; SourceError if its source failed."""
        record: R | None = await self._ask(lookup, key.source, key)
        return record

    async def load_many(self, lookup: Lookup[K, R], keys: Sequence[K]) -> list[R | None]:
        """Give a record a key, in order."""
        return list(await asyncio.gather(*(self._ask(lookup, key.source, key) for key in keys)))

    async def search(self, search: Search[Q, R], key: Q, sources: Collection[str] | None) -> Found[R]:
        """Ask every source that serves the search; SourceError if all of them failed.

        PublicError where the request has made as many other searches as it may.
        """
        self._count(search, key)
        asked = [source for source in self._serving(search) if sources is None or source in sources]
        answers = await asyncio.gather(
            *(self._ask(search, source, key) for source in asked), return_exceptions=True
        )
        items: list[R] = []
        failures: list[SourceError] = []
        for answer in answers:
            if isinstance(answer, SourceError):
                failures.append(answer)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                items.extend(answer or ())
        if failures and len(failures) == len(asked):
            raise failures[0]
        if search.primes is not None:
            for item in items:
                ref = item.ref  # type: ignore[attr-defined]  # `primes` promises Records
                self._loader(search.primes, ref.source).prime((ref,), item)
        return Found(items, failures)

    def _count(self, search: AnyLookup, key: Hashable) -> None:
        if (search, key) in self._searches:
            return
        if len(self._searches) >= MAX_SEARCHES:
            raise PublicError(
                Code.OPERATION_TOO_COMPLEX, f"One request makes at most {MAX_SEARCHES} different searches."
            )
        self._searches.add((search, key))

    def _ask(self, lookup: AnyLookup, source: str, key: Hashable) -> asyncio.Future[Any]:
        if self._closed:
            raise asyncio.CancelledError
        # Shielded: one waiter's cancellation must not take the shared future from the others.
        return asyncio.shield(self._loader(lookup, source).load((key,)))

    def _loader(self, lookup: AnyLookup, source: str) -> DataLoader[_Key, Any]:
        loader = self._loaders.get((lookup, source))
        if loader is None:
            futures: _Futures = {}
            self._futures.append(futures)
            loader = DataLoader(self._batch(lookup, source), cache_map=futures)
            self._loaders[lookup, source] = loader
        return loader

    def _batch(
        self, lookup: AnyLookup, source: str
    ) -> Callable[[list[_Key]], Coroutine[Any, Any, list[Any]]]:
        async def batch(boxed: list[_Key]) -> list[Any]:
            if self._closed:
                raise asyncio.CancelledError
            task = asyncio.current_task()
            if task is not None:
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            keys = [key for (key,) in boxed]
            answers = await self._fetch(lookup, source, keys)
            return [answers.get(key) for key in keys]

        return batch
