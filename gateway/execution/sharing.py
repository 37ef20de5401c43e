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
from collections.abc import Callable
from contextvars import Context
from typing import NamedTuple

import msgspec
from graphql import OperationDefinitionNode, OperationType

from gateway.execution.errors import internal_error
from gateway.execution.operation import Execute, Operation, Outcome
from gateway.execution.redaction import Sent
from gateway.flight import Flight

_encoder = msgspec.msgpack.Encoder(order="deterministic")


def is_public(operation: OperationDefinitionNode) -> bool:
    """Tell whether everybody who asks this may get one answer: a query, all of whose data are public.

    That decides on sharing a run and on caching by others. All data are public today, so that only
    what writes or goes on is left out; an operation that selects anything personal belongs here too.
    """
    return operation.operation is OperationType.QUERY


def share_key(operation: Operation) -> bytes | None:
    """Give what two requests must have in common to get one answer; None if it cannot be written down.

    Everything that an Operation holds is in it, the order of variables aside, so that what a request is
    answered by cannot be forgotten here: it is a field of Operation, as a viewer's scopes and locale will
    be. The method is left out: to a query it makes no difference.
    """
    try:
        return _encoder.encode(msgspec.structs.replace(operation, read_only=True))
    except (TypeError, ValueError, OverflowError, RecursionError):
        # Half a character, or a value that no JSON holds: from a caller in process.
        return None


class _Run(NamedTuple):
    flight: Flight[Outcome]
    started: float


class Shared:
    """Implements `Execute` over another, of whose operations `shareable` says which may be shared."""

    def __init__(
        self,
        execute: Execute,
        shareable: Callable[[Operation], bool],
        *,
        join_within_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._execute = execute
        self._shareable = shareable
        self._join_within_s = join_within_s
        self._clock = clock
        self._runs: dict[bytes, _Run] = {}

    async def __call__(self, operation: Operation, /) -> Outcome:
        """Give the operation's response, from a run that is young enough or from one of its own."""
        key = share_key(operation)
        if key is None:
            return await self._execute(operation)
        now = self._clock()
        run = self._runs.get(key)
        if run is None or now - run.started > self._join_within_s:
            if not self._shareable(operation):
                return await self._execute(operation)
            # In a context of its own: nothing of this request may reach the others' answer.
            flight = Flight(
                lambda: self._run(operation), lambda over: self._over(key, over), context=Context()
            )
            run = self._runs[key] = _Run(flight, now)
        return await run.flight.wait()

    async def _run(self, operation: Operation) -> Outcome:
        try:
            return await self._execute(operation)
        except Exception as error:
            # `Execute` promises not to raise; a bug is logged once and told to each who waits.
            sent = Sent(None, operation.variables)
            return Outcome(executed=False, errors=[internal_error(error, sent)])

    def _over(self, key: bytes, flight: Flight[Outcome]) -> None:
        run = self._runs.get(key)
        # A later run may have taken its place.
        if run is not None and run.flight is flight:
            del self._runs[key]
