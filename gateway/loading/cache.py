"""Cache: answers of public lookups, used again while fresh, and when stale only where the source fails.

Keys hold the lookup, the source and the lookup's own key: lookups of personal data must not declare
a freshness. One flight a key: whoever asks for what is being fetched waits for that.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

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
        self._flights: dict[tuple[AnyLookup, Address], asyncio.Future[Answers]] = {}

    async def fetch(self, lookup: AnyLookup, addresses: Sequence[Address]) -> Answers:
        """Answer from the cache what is fresh, ask for the rest, and fall back on what is stale."""
        if lookup.freshness.fresh <= 0 and lookup.freshness.stale <= 0:
            return await self._router.fetch(lookup, addresses)
        now = self._clock()
        answers: Answers = {}
        missing: list[Address] = []
        for address in addresses:
            entry = self._entries.get((lookup, address))
            if entry is not None and now - entry.stored < lookup.freshness.fresh:
                current_request().ledger[address[0]].cached += 1
                self._put(answers, address, entry.answer)
            else:
                missing.append(address)
        if missing:
            for address, answer in (await self._fetch_once(lookup, missing)).items():
                self._put(answers, address, self._or_stale(lookup, address, answer))
        return answers

    async def _fetch_once(self, lookup: AnyLookup, addresses: list[Address]) -> Answers:
        """Wait for what is in flight already and fetch the rest in one go."""
        flying = {a: flight for a in addresses if (flight := self._flights.get((lookup, a))) is not None}
        own = [a for a in addresses if a not in flying]
        answers: Answers = {}
        if own:
            flight = asyncio.ensure_future(self._fly(lookup, own))
            for address in own:
                self._flights[lookup, address] = flight
            answers.update(await asyncio.shield(flight))
        again: list[Address] = []
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
    async def _wait(address: Address, flight: asyncio.Future[Answers]) -> Any:
        """Wait for another request's call, no longer than our own deadline allows."""
        try:
            async with asyncio.timeout(max(0.0, current_request().remaining())):
                answer = (await asyncio.shield(flight)).get(address, _ABSENT)
        except TimeoutError:
            return SourceError(Code.DEADLINE_EXCEEDED, address[0], "waiting for another request's call")
        overdue = isinstance(answer, SourceError) and answer.code is Code.DEADLINE_EXCEEDED
        return _NOT_OURS if overdue else answer

    async def _fly(self, lookup: AnyLookup, addresses: list[Address]) -> Answers:
        try:
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
        finally:
            for address in addresses:
                del self._flights[lookup, address]

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
