"""Sharing: identical public operations in flight are executed once.

A run belongs to no single request: it has a task of its own, with nothing of any request's context in
it, and the deadline of the request scope that it opens. Whoever joins waits for what everybody gets, the
errors and `extensions.sources` of that one run included. Clients may leave; the last to go ends the run.
An operation that waits for nothing is not shared: it is over before anybody could join it.

A run's time counts from its start, so that whoever joins has less of it. That is held small: a run is
joined only while it is young, `join_within_s` at most; whoever comes later begins another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Hashable
from contextvars import Context
from typing import Any, NamedTuple

import msgspec

from gateway.execution.operation import Operation, Outcome
from gateway.flight import Flight

_encoder = msgspec.msgpack.Encoder(order="deterministic")


def share_key(operation: Operation) -> tuple[Hashable, ...] | None:
    """Give what two requests must have in common to get one answer; None if nobody may have it too.

    Everything that an Operation holds is in it, the order of variables aside, so that what a request is
    answered by cannot be forgotten here: it is a field of Operation, as a locale will be. One that has a
    viewer is answered to that viewer alone. The method is left out: to a query it makes no difference.
    """
    if operation.viewer is not None:
        return None
    variables = b""
    if operation.variables:
        try:
            variables = _encoder.encode(operation.variables)
        except (TypeError, ValueError, OverflowError, RecursionError):
            # Half a character, or a value that no JSON holds: from a caller in process.
            return None
    return operation.document, operation.name, variables


class _Run(NamedTuple):
    flight: Flight[Outcome]
    started: float


class Sharing:
    """The runs in flight."""

    def __init__(self, *, join_within_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._join_within_s = join_within_s
        self._clock = clock
        self._runs: dict[tuple[Hashable, ...], _Run] = {}

    async def run(self, operation: Operation, execute: Callable[[], Coroutine[Any, Any, Outcome]]) -> Outcome:
        """Give the response of a run that is young enough, or of one that `execute` begins."""
        key = share_key(operation)
        if key is None:
            return await execute()
        now = self._clock()
        run = self._runs.get(key)
        if run is None or now - run.started > self._join_within_s:
            # In a context of its own: nothing of this request may reach the others' answer.
            flight = Flight(execute, lambda over: self._over(key, over), context=Context())
            run = self._runs[key] = _Run(flight, now)
        return await run.flight.wait()

    def _over(self, key: tuple[Hashable, ...], flight: Flight[Outcome]) -> None:
        run = self._runs.get(key)
        # A later run may have taken its place.
        if run is not None and run.flight is flight:
            del self._runs[key]
