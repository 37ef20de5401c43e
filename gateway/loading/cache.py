"""Cache: answers of public lookups, used again while fresh, and when stale only where the source fails.

Keys hold the lookup, the source and the lookup's own key: lookups of personal data must not declare
a freshness. One flight a key: whoever asks for what is being fetched waits for that, and it is
cancelled when nobody does any more.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import msgspec

from gateway.flight import Flight
from gateway.loading.route import Address, Answers, Router
from gateway.request import current_request
from schema.core.errors import Code, SourceError
from schema.core.lookup import AnyLookup
from schema.core.record import Record

_ABSENT = object()
"""A negative entry: the source said that there is no such thing."""
_NOT_OURS = object()
"""Another request's deadline ended the call that we waited for: no answer to us."""


class _Entry(NamedTuple):
    answer: Any
    stored: float


class Cache:
    """A bounded in-process cache around a Router."""

    def __init__(
        self, router: Router, *, max_entries: int = 20_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._router = router
        self._max_entries = max_entries
        self._clock = clock
        self._entries: OrderedDict[tuple[AnyLookup, Address], _Entry] = OrderedDict()
        self._flights: dict[tuple[AnyLookup, Address], Flight[Answers]] = {}

    async def fetch(self, lookup: AnyLookup, addresses: Sequence[Address]) -> Answers:
        """Answer from the cache what is fresh, ask for the rest, and fall back on what is stale."""
        request, fresh_s = current_request(), lookup.freshness.fresh
        if fresh_s <= 0 and lookup.freshness.stale <= 0:
            request.use(0)
            return await self._router.fetch(lookup, addresses)
        now, oldest = self._clock(), 0.0
        answers: Answers = {}
        missing: list[Address] = []
        for address in addresses:
            entry = self._entries.get((lookup, address))
            if entry is not None and (age := now - entry.stored) < fresh_s:
                oldest = max(oldest, age)
                request.ledger[address[0]].cached += 1
                self._put(answers, address, entry.answer)
            else:
                missing.append(address)
        request.use(fresh_s - oldest)
        if missing:
            for address, answer in (await self._fetch_once(lookup, missing)).items():
                if isinstance(answer, SourceError):
                    request.use(0)
                self._put(answers, address, self._or_stale(lookup, address, answer))
        return answers

    async def _fetch_once(self, lookup: AnyLookup, addresses: list[Address]) -> Answers:
        """Wait for what is in flight already and fetch the rest in one go."""
        flying = {a: flight for a in addresses if (flight := self._flights.get((lookup, a))) is not None}
        own = [a for a in addresses if a not in flying]
        answers: Answers = {}
        again: list[Address] = []
        with ExitStack() as held:
            # All of them from now on: while we wait for one, those who asked for another may leave.
            for flight in set(flying.values()):
                held.enter_context(flight)
            if own:
                answers.update(await self._depart(lookup, own).wait())
            for address, flight in flying.items():
                answer = await self._wait(address, flight)
                if answer is _NOT_OURS:
                    again.append(address)
                    continue
                entry = current_request().ledger[address[0]]
                if isinstance(answer, SourceError):
                    entry.note_failure(answer.code)
                else:
                    entry.cached += 1
                answers[address] = answer
        if again:
            answers.update(await self._fetch_once(lookup, again))
        return answers

    @staticmethod
    async def _wait(address: Address, flight: Flight[Answers]) -> Any:
        """Wait for another request's call, no longer than our own deadline allows."""
        try:
            async with asyncio.timeout(max(0.0, current_request().remaining())):
                answer = (await flight.wait()).get(address, _ABSENT)
        except TimeoutError:
            return SourceError(Code.DEADLINE_EXCEEDED, address[0], "waiting for another request's call")
        overdue = isinstance(answer, SourceError) and answer.code is Code.DEADLINE_EXCEEDED
        return _NOT_OURS if overdue else answer

    def _depart(self, lookup: AnyLookup, addresses: list[Address]) -> Flight[Answers]:
        """Begin a call that others may wait for, and that ends when nobody does."""

        def closed(_: Flight[Answers]) -> None:
            for address in addresses:
                del self._flights[lookup, address]

        flight = Flight(lambda: self._fly(lookup, addresses), closed)
        for address in addresses:
            self._flights[lookup, address] = flight
        return flight

    async def _fly(self, lookup: AnyLookup, addresses: list[Address]) -> Answers:
        found = await self._router.fetch(lookup, addresses)
        answers = {address: found.get(address, _ABSENT) for address in addresses}
        stored = self._clock()
        for address, answer in answers.items():
            if not isinstance(answer, SourceError):
                self._entries[lookup, address] = _Entry(answer, stored)
                self._entries.move_to_end((lookup, address))
        while len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)
        return answers

    def _or_stale(self, lookup: AnyLookup, address: Address, answer: Any) -> Any:
        """Put an earlier answer in a failure's place, marked as stale, while the lookup allows it."""
        if not isinstance(answer, SourceError):
            return answer
        entry = self._entries.get((lookup, address))
        if entry is None or entry.answer is _ABSENT:
            return answer
        if self._clock() - entry.stored >= lookup.freshness.fresh + lookup.freshness.stale:
            return answer
        current_request().ledger[address[0]].healed(answer.code)
        return _stale(entry.answer)

    @staticmethod
    def _put(answers: Answers, address: Address, answer: Any) -> None:
        if answer is not _ABSENT:
            answers[address] = answer


def _stale(answer: Any) -> Any:
    """Mark every record of an answer, also those that a list or a struct of lists holds."""
    if isinstance(answer, Record):
        return msgspec.structs.replace(answer, stale=True)
    if isinstance(answer, list | tuple):
        return type(answer)(_stale(item) for item in answer)
    if isinstance(answer, msgspec.Struct):
        held = {name: _stale(getattr(answer, name)) for name in answer.__struct_fields__}
        return msgspec.structs.replace(answer, **held)
    return answer
