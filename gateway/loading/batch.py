"""Batch: one loader a lookup and request, which gathers the keys of a level before one fetch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from typing import Any, TypeAlias

from aiodataloader import DataLoader

from gateway.loading.route import Address, Answers
from schema.core.context import Found
from schema.core.errors import SourceError
from schema.core.lookup import AnyLookup, K, Lookup, Q, R, Search

FetchAnswers: TypeAlias = Callable[[AnyLookup, Sequence[Address]], Awaitable[Answers]]


class Loaders:
    """The loaders of one request. `close` ends whatever they still have under way."""

    def __init__(self, fetch: FetchAnswers, serving: Callable[[AnyLookup], list[str]]) -> None:
        self._fetch = fetch
        self._serving = serving
        self._loaders: dict[AnyLookup, DataLoader[Address, Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def close(self) -> None:
        """Cancel batches that nobody waits for any more."""
        for task in self._tasks:
            task.cancel()

    async def load(self, lookup: Lookup[K, R], key: K) -> R | None:
        """Give one record, None if it was not found; SourceError if its source failed."""
        # Shielded: one waiter's cancellation must not take the shared future from the others.
        record: R | None = await asyncio.shield(self._loader(lookup).load((key.source, key)))
        return record

    async def load_many(self, lookup: Lookup[K, R], keys: Sequence[K]) -> list[R | None]:
        """Give a record a key, in order."""
        loader = self._loader(lookup)
        return list(await asyncio.gather(*(asyncio.shield(loader.load((key.source, key))) for key in keys)))

    async def search(self, search: Search[Q, R], key: Q, sources: Collection[str] | None) -> Found[R]:
        """Ask every source that serves the search; SourceError if all of them failed."""
        asked = [source for source in self._serving(search) if sources is None or source in sources]
        loader = self._loader(search)
        answers = await asyncio.gather(
            *(asyncio.shield(loader.load((source, key))) for source in asked), return_exceptions=True
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
            primed = self._loader(search.primes)
            for item in items:
                ref = item.ref  # type: ignore[attr-defined]  # `primes` promises Records
                primed.prime((ref.source, ref), item)
        return Found(items, failures)

    def _loader(self, lookup: AnyLookup) -> DataLoader[Address, Any]:
        loader = self._loaders.get(lookup)
        if loader is None:
            loader = self._loaders[lookup] = DataLoader(self._batch(lookup))
        return loader

    def _batch(self, lookup: AnyLookup) -> Callable[[list[Address]], Coroutine[Any, Any, list[Any]]]:
        async def batch(addresses: list[Address]) -> list[Any]:
            task = asyncio.current_task()
            if task is not None:
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            answers = await self._fetch(lookup, addresses)
            return [answers.get(address) for address in addresses]

        return batch
