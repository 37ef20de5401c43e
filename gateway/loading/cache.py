"""Cache: answers of public lookups, used again while fresh, and when stale only where the source fails.

Keys hold the lookup, the source and the lookup's own key: lookups of personal data must not declare
a freshness. One flight a key: whoever asks for what is being fetched waits for that, and the flight
ends when nobody waits any more.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple, TypeAlias

import msgspec

from gateway.flight import Flight
from gateway.loading.route import Answers, Router
from gateway.request import current_request
from schema.core.errors import Code, SourceError
from schema.core.lookup import AnyLookup
from schema.core.record import Record

NEGATIVE_S = 30.0
"""A thing that a source did not know may be there soon, and ids that nobody has are cheap to make up."""
_ABSENT = object()
"""A negative entry: the source said that there is no such thing."""
_NOT_OURS = object()
"""Another request's deadline ended the call that we waited for: no answer to us."""
_PASSING = frozenset(
    {
        Code.SOURCE_UNAVAILABLE,
        Code.SOURCE_TIMEOUT,
        Code.SOURCE_BUSY,
        Code.SOURCE_MALFORMED,
        Code.DEADLINE_EXCEEDED,
    }
)
"""Failures that say nothing of the thing asked for. A refusal does: what is refused now is not shown."""

_Place: TypeAlias = tuple[AnyLookup, str, Hashable]
"""A lookup, a source's id and a key for it."""


class _Entry(NamedTuple):
    answer: Any
    stored: float
    weight: int
    asked: float
    """When its call began."""


class Cache:
    """An in-process cache around a Router, bounded by the number of records that it holds."""

    def __init__(
        self, router: Router, *, max_records: int = 20_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._router = router
        self._max_records = max_records
        self._clock = clock
        self._records = 0
        self._entries: OrderedDict[_Place, _Entry] = OrderedDict()
        self._flights: dict[_Place, Flight[Answers]] = {}
        self._dropped: dict[tuple[AnyLookup, str], float] = {}

    def drop(self, lookups: Collection[AnyLookup], source: str) -> None:
        """Take what a source has answered to some lookups so far for fresh no more: it has changed there.

        Where the source fails, it will do as what is stale.
        """
        now = self._clock()
        self._dropped.update(((lookup, source), now) for lookup in lookups)
        for place in [place for place in self._flights if place[1] == source and place[0] in lookups]:
            # Whoever asks from now on must not be given what was asked for before.
            del self._flights[place]

    def keeps(self, lookup: AnyLookup, source: str) -> bool:
        """Whether answers are kept, and reading some ahead is of use."""
        return self._max_records > 0 and not self._passes(lookup, source)

    def _passes(self, lookup: AnyLookup, source: str) -> bool:
        """Whether the cache has no part in this.

        It has none where the source has a local copy, whatever the lookup's freshness: reading that costs no
        more than reading the cache, it answers while its feed fails, and a change must be seen once known.
        """
        unfit = lookup.freshness.fresh <= 0 and lookup.freshness.stale <= 0
        return unfit or self._router.is_local(source)

    async def fetch(self, lookup: AnyLookup, source: str, keys: Sequence[Hashable]) -> Answers:
        """Answer from the cache what is fresh, ask for the rest, and fall back on what is stale."""
        request = current_request()
        if not self._router.answers(lookup, source):
            # An id that names no source of ours is not found: nobody was asked, and nothing is worth keeping.
            request.use(min(max(0.0, lookup.freshness.fresh), NEGATIVE_S))
            return {}
        if self._passes(lookup, source):
            request.use(max(0.0, lookup.freshness.fresh))
            return await self._router.fetch(lookup, source, keys)
        now = self._clock()
        answers: Answers = {}
        missing: list[Hashable] = []
        good_for = lookup.freshness.fresh
        for key in keys:
            entry = self._fresh((lookup, source, key), now)
            if entry is None:
                missing.append(key)
            else:
                good_for = min(good_for, _fresh_s(lookup, entry.answer) - (now - entry.stored))
                answers[key] = entry.answer
        if answers:
            request.ledger[source].cached += len(answers)
        if missing:
            for key, answer in (await self._fetch_once(lookup, source, missing)).items():
                good_for = min(good_for, _fresh_s(lookup, answer))
                answers[key] = self._or_stale((lookup, source, key), answer)
        request.use(good_for)
        return {key: answer for key, answer in answers.items() if answer is not _ABSENT}

    async def _fetch_once(self, lookup: AnyLookup, source: str, keys: Sequence[Hashable]) -> Answers:
        """Wait for what is in flight already and fetch the rest in one go."""
        flying = {key: f for key in keys if (f := self._flights.get((lookup, source, key))) is not None}
        own = [key for key in keys if key not in flying]
        answers: Answers = {}
        again: list[Hashable] = []
        with ExitStack() as held:
            # All of them from now on: while we wait for one, those who asked for another may leave.
            for flight in set(flying.values()):
                held.enter_context(flight)
            if own:
                answers.update(await self._depart(lookup, source, own).wait())
            entry = current_request().ledger[source]
            for key, flight in flying.items():
                answer = await self._join(flight, source, key)
                if answer is _NOT_OURS:
                    again.append(key)
                    continue
                if isinstance(answer, SourceError):
                    entry.note_failure(answer.code)
                else:
                    entry.cached += 1
                answers[key] = answer
        if again:
            answers.update(await self._fetch_once(lookup, source, again))
        return answers

    def _depart(self, lookup: AnyLookup, source: str, keys: Sequence[Hashable]) -> Flight[Answers]:
        """Begin a call that others may wait for, and that ends when nobody does."""
        places = [(lookup, source, key) for key in keys]

        def closed(flight: Flight[Answers]) -> None:
            for place in places:
                if self._flights.get(place) is flight:
                    del self._flights[place]

        flight = Flight(lambda: self._fly(lookup, source, keys), closed)
        self._flights.update(dict.fromkeys(places, flight))
        return flight

    async def _fly(self, lookup: AnyLookup, source: str, keys: Sequence[Hashable]) -> Answers:
        began = self._clock()
        found = await self._router.fetch(lookup, source, keys)
        answers = {key: found.get(key, _ABSENT) for key in keys}
        for key, answer in answers.items():
            if not isinstance(answer, SourceError):
                self._keep((lookup, source, key), answer, began)
        return answers

    @staticmethod
    async def _join(flight: Flight[Answers], source: str, key: Hashable) -> Any:
        """Wait for another request's call, no longer than our own deadline allows."""
        try:
            async with asyncio.timeout(max(0.0, current_request().remaining())):
                answer = (await flight.wait())[key]
        except TimeoutError:
            return SourceError(Code.DEADLINE_EXCEEDED, source, "waiting for another request's call")
        overdue = isinstance(answer, SourceError) and answer.code is Code.DEADLINE_EXCEEDED
        return _NOT_OURS if overdue else answer

    def _fresh(self, place: _Place, now: float) -> _Entry | None:
        """Give what is kept and fresh, which is the last to go then."""
        entry = self._entries.get(place)
        if entry is None:
            return None
        freshness, age = place[0].freshness, now - entry.stored
        if age < _fresh_s(place[0], entry.answer) and entry.asked > self._dropped_at(place):
            self._entries.move_to_end(place)
            return entry
        if entry.answer is _ABSENT or age >= freshness.fresh + freshness.stale:
            self._drop(place)
        return None

    def _or_stale(self, place: _Place, answer: Any) -> Any:
        """Put an earlier answer in a failure's place, marked as stale, while the lookup allows it."""
        if not isinstance(answer, SourceError) or answer.code not in _PASSING:
            return answer
        entry, freshness = self._entries.get(place), place[0].freshness
        if entry is None or entry.answer is _ABSENT:
            return answer
        if self._clock() - entry.stored >= freshness.fresh + freshness.stale:
            self._drop(place)
            return answer
        current_request().ledger[place[1]].healed(answer.code)
        return _stale(entry.answer)

    def _dropped_at(self, place: _Place) -> float:
        return self._dropped.get((place[0], place[1]), -math.inf)

    def _keep(self, place: _Place, answer: Any, asked: float) -> None:
        """Keep an answer in place of an earlier one; those not used for longest make room for it."""
        self._drop(place)
        weight = max(1, _records_in(answer))
        if weight > self._max_records:
            return
        self._entries[place] = _Entry(answer, self._clock(), weight, asked)
        self._records += weight
        while self._records > self._max_records:
            self._drop(next(iter(self._entries)))

    def _drop(self, place: _Place) -> None:
        entry = self._entries.pop(place, None)
        if entry is not None:
            self._records -= entry.weight


def _fresh_s(lookup: AnyLookup, answer: Any) -> float:
    """Give the seconds for which an answer may be used again from when it was given, 0 for a failure."""
    if isinstance(answer, SourceError):
        return 0.0
    fresh: float = lookup.freshness.fresh
    return min(fresh, NEGATIVE_S) if answer is _ABSENT else fresh


def _records_in(answer: Any) -> int:
    """Count what an answer holds: itself, or the items of a list, also of those in a struct of lists."""
    if isinstance(answer, list | tuple):
        return sum(max(1, _records_in(item)) for item in answer)
    if isinstance(answer, msgspec.Struct) and not isinstance(answer, Record):
        return sum(_records_in(getattr(answer, name)) for name in answer.__struct_fields__)
    return int(isinstance(answer, Record))


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
