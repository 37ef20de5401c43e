"""The driver: steps the coroutines of one execution, a level at a time, without a task for any of them.

A coroutine that waits for a key of the loaders is set aside; when nothing can go on, everything that was
asked for leaves as one batch a lookup and source. What waits for anything else is a task (`waits.py`).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any

from graphql.pyutils.is_awaitable import is_async_iterable

from gateway.execution.compiled.execution import Execution, Job, Place, drained
from gateway.execution.compiled.keyed import Given
from gateway.execution.compiled.shape import Kind, Position, Shape
from gateway.loading.batch import Asked, Loaders
from schema.core.lookup import Lookup

PATIENCE = 2
"""Turns of the event loop for which keys wait for others, where there may be any."""


class _Reading:
    """One key's places in the answer, at one shape."""

    __slots__ = ("places", "shape")

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.places: list[Place] = []


async def drive(execution: Execution) -> None:
    """Finish every job of an execution, and those that they lead to."""
    loaders = getattr(execution.context, "loaders", None)
    driver = _Driver(execution, loaders if isinstance(loaders, Loaders) else _no_loaders())
    try:
        await driver.run()
    finally:
        await driver.close()


class _Driver:
    def __init__(self, execution: Execution, loaders: Loaders) -> None:
        self._execution = execution
        self._loaders = loaders
        self._reads = loaders is getattr(execution.context, "loaders", None)
        self._parked: set[Asked] = set()
        """What coroutines of ours wait for."""
        self._tasks: dict[asyncio.Task[Any], Job] = {}
        self._ending: set[asyncio.Task[Any]] = set()
        """Tasks that have been cancelled."""
        self._finished: list[asyncio.Task[Any]] = []
        self._stepping: list[Job] = []
        self._sleep: asyncio.Future[None] | None = None

    async def run(self) -> None:
        execution, loaders = self._execution, self._loaders
        loaders.wake = self._wake
        while True:
            self._advance()
            if loaders.asked and (self._tasks or loaders.busy):
                # What else is under way may be about to ask for more of the same lookups.
                for _ in range(PATIENCE):
                    await asyncio.sleep(0)
                    self._advance()
            if execution.lost:
                self._drop_lost()
            if not self._parked and not self._tasks:
                return
            batches = loaders.take()
            if len(batches) == 1 and not self._tasks and not loaders.busy:
                await loaders.fetch(batches[0])
                continue
            for batch in batches:
                loaders.start(batch)
            self._sleep = asyncio.get_running_loop().create_future()
            await self._sleep
            self._sleep = None

    def _advance(self) -> None:
        execution, loaders = self._execution, self._loaders
        while execution.jobs or execution.reads or execution.others or loaders.answered or self._finished:
            self._turn()

    def _turn(self) -> None:
        """Step everything that can go on, once."""
        execution, loaders = self._execution, self._loaders
        jobs, execution.jobs = execution.jobs, []
        others, execution.others = execution.others, []
        reads, execution.reads = execution.reads, defaultdict(list)
        if loaders.answered:
            jobs = self._answered() + jobs
        finished, self._finished = self._finished, []
        nulled = execution.nulled
        self._stepping = [*jobs, *others]
        loaders.direct = True
        try:
            for job in jobs:
                if nulled and execution.is_lost(job[4]):
                    job[0].close()
                else:
                    self._step(job)
            for shape, places in reads.items():
                self._read(shape, places)
        finally:
            loaders.direct = False
        for job in others:
            if nulled and execution.is_lost(job[4]):
                job[0].close()
            else:
                self._begin(job, job[0])
        self._stepping = []
        for task in finished:
            self._finish(task)

    def _answered(self) -> list[Job]:
        """Fill in what has been read, and give the coroutines that can go on."""
        answered, self._loaders.answered = self._loaders.answered, []
        self._parked.difference_update(answered)
        resumed: list[Job] = []
        for asked in answered:
            for waiting in asked.jobs:
                if waiting.__class__ is _Reading:
                    self._fill(waiting, asked.answer)
                else:
                    resumed.append(waiting)
        return resumed

    def _step(self, job: Job) -> None:
        coroutine = job[0]
        try:
            waits_for = coroutine.send(None)
        except StopIteration as stop:
            self._settle(*job[1:], stop.value)
        except Exception as error:
            self._execution.fail_late(job[1], error, job[4])
        else:
            if waits_for.__class__ is Asked:
                waits_for.jobs.append(job)
                self._parked.add(waits_for)
            else:
                self._begin(job, _Adopted(coroutine, waits_for))

    def _settle(self, shape: Shape, holder: Any, key: Any, at: Position, value: Any) -> None:
        try:
            if shape.kind is Kind.LIST and is_async_iterable(value):
                self._execution.others.append((drained(value), shape, holder, key, at))
            else:
                holder[key] = shape.complete(value, at, self._execution)
        except Exception as error:
            self._execution.fail_late(shape, error, at)

    # Relations that are keyed reads

    def _read(self, shape: Shape, places: list[Place]) -> None:
        """Ask for the keys of a level, each once, and say where what comes goes."""
        execution, loaders = self._execution, self._loaders
        lookup, name = shape.field.resolver.read.lookup, shape.field.key  # type: ignore[union-attr]  # what reads has a read
        readings: dict[Any, _Reading] = {}
        for place in places:
            key, holder, at = place
            try:
                reading = readings.get(key)
                if reading is None:
                    if key.__class__ is Given:
                        self._settle(shape, holder, name, (at, name), key.value)
                        continue
                    if not self._reads:
                        waiting = _load(execution.context, lookup, key)
                        execution.others.append((waiting, shape, holder, name, (at, name)))
                        continue
                    asked = loaders.ask(lookup, key.source, key)
                    reading = _Reading(shape)
                    if asked.done:
                        reading.places.append(place)
                        self._fill(reading, asked.answer)
                        continue
                    readings[key] = reading
                    asked.jobs.append(reading)
                    self._parked.add(asked)
                reading.places.append(place)
            except Exception as error:
                execution.fail_late(shape, error, (at, name))

    def _fill(self, reading: _Reading, answer: Any) -> None:
        """Complete an answer wherever it is wanted: once for all where that shows no position."""
        execution, shape = self._execution, reading.shape
        name = shape.field.key
        if isinstance(answer, Exception):
            for _, _, at in reading.places:
                execution.fail_late(shape, answer, (at, name))
            return
        if shape.kind is Kind.OBJECT and (fast := shape.selections[shape.type].fast) is not None:
            try:
                if answer.__class__ in execution.graph.classes_of(shape.type):
                    value = fast(answer)
                    for _, holder, _ in reading.places:
                        holder[name] = value
                    return
            except Exception:  # noqa: S110  # the careful path tells it, place by place
                pass
        for _, holder, at in reading.places:
            self._settle(shape, holder, name, (at, name), answer)

    # Coroutines that wait for something else

    def _begin(self, job: Job, coroutine: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks[task] = job
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        if task in self._tasks:
            self._finished.append(task)
            self._wake()

    def _finish(self, task: asyncio.Task[Any]) -> None:
        job = self._tasks.pop(task, None)
        if job is None or self._execution.is_lost(job[4]):
            _look_at(task)
            return
        try:
            value = task.result()
        except Exception as error:
            self._execution.fail_late(job[1], error, job[4])
        else:
            self._settle(*job[1:], value)

    def _wake(self) -> None:
        if self._sleep is not None and not self._sleep.done():
            self._sleep.set_result(None)

    # What nobody waits for any more

    def _drop_lost(self) -> None:
        """Stop what would only fill a place that has been nulled."""
        is_lost = self._execution.is_lost
        for asked in list(self._parked):
            kept = []
            for job in asked.jobs:
                if job.__class__ is _Reading:
                    job.places = [p for p in job.places if not is_lost((p[2], job.shape.field.key))]
                    if job.places:
                        kept.append(job)
                elif is_lost(job[4]):
                    job[0].close()
                else:
                    kept.append(job)
            asked.jobs[:] = kept
            if not kept:
                self._parked.discard(asked)
        for task, job in list(self._tasks.items()):
            if is_lost(job[4]):
                del self._tasks[task]
                self._end(task)

    async def close(self) -> None:
        """End whatever is left, and see it end: nothing outlives the execution."""
        self._loaders.wake = None
        running = {id(job) for job in self._tasks.values()}
        for job in (*self._execution.jobs, *self._execution.others, *self._stepping):
            if id(job) not in running:
                job[0].close()
        for asked in self._parked:
            for job in asked.jobs:
                if job.__class__ is not _Reading:
                    job[0].close()
            asked.jobs.clear()
        for task in self._tasks:
            self._end(task)
        self._tasks.clear()
        if self._ending:
            await asyncio.wait(self._ending)

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._ending.add(task)
        task.cancel()
        task.add_done_callback(_look_at)


def _look_at(task: asyncio.Task[Any]) -> None:
    """Take note of a failure that nobody is told of, so that asyncio does not complain."""
    if not task.cancelled():
        task.exception()


class _Adopted(Coroutine[Any, Any, Any]):
    """A coroutine that was stepped and waits for no key after all, for a task to go on with.

    So it is where the context's reads are not those of our loaders.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Any], waits_for: Any) -> None:
        self._coroutine = coroutine
        self._first = [waits_for]

    def send(self, value: Any) -> Any:
        return self._first.pop() if self._first else self._coroutine.send(value)

    def throw(self, *error: Any) -> Any:
        self._first.clear()
        return self._coroutine.throw(*error)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Any:
        raise TypeError("a task takes it")


async def _load(context: Any, lookup: Lookup[Any, Any], key: Any) -> Any:
    return await context.load(lookup, key)


def _no_loaders() -> Loaders:
    async def fetch(*_: object) -> dict[Any, Any]:
        return {}

    return Loaders(fetch, lambda _: [])
