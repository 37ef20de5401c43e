"""Windows of time: GeoReport's only way to read a list, cut so that no answer is cut short."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeAlias, TypeVar

import structlog

from connectors.open311.formats import Rows

T = TypeVar("T")

Window: TypeAlias = tuple[datetime, datetime]
"""The first and the last instant, both included, in whole seconds."""

_log = structlog.get_logger("connectors.open311")
_SPAN = timedelta(days=90)
"""The longest window ("GET Service Requests", `start_date`)."""
_SECOND = timedelta(seconds=1)


def windows(start: datetime, end: datetime) -> Iterator[Window]:
    """Cut a span of time into windows that a server takes; what lies on a cut is in both."""
    start, end = _floor(start), _ceil(end)
    while end - start > _SPAN:
        yield start, start + _SPAN
        start += _SPAN
    yield start, end


async def read_whole(
    window: Window,
    max_rows: int,
    read: Callable[[datetime, datetime], Awaitable[Rows[T]]],
    identify: Callable[[T], tuple[str, datetime]],
) -> dict[str, T]:
    """Give every row of a window by its id, however many answers that takes.

    A full answer ("Response Volume": the first 1000) is taken for one that was cut short, and the rest
    is asked for from the second at which it ends, that second included: its rows may be on both sides,
    and ids tell them apart.
    """
    found: dict[str, T] = {}
    pending = [window]
    while pending:
        start, end = pending.pop()
        rows = await read(start, end)
        dated = [(*identify(item), item) for item in rows.items]
        found.update((id_, item) for id_, _, item in dated)
        if rows.total >= max_rows:
            pending += _rest(start, end, [at for _, at, _ in dated])
    return found


def _rest(start: datetime, end: datetime, instants: Sequence[datetime]) -> list[Window]:
    """Give what is left of a window after a full answer. The standard sets no order, so it is looked at."""
    inside = [at for at in instants if start <= at <= end]
    if len(inside) * 2 < len(instants):
        # The server does not look at the window: asking on would bring the same rows for ever. A row or
        # two from elsewhere (a case dated ahead) say nothing of the kind.
        _log.warning("rows left out", reason="answers from outside of the window asked for")
        return []
    instants = inside
    if _floor(min(instants)) == _floor(max(instants)) or end - start <= _SECOND:
        # One second fills an answer by itself, and the standard has no way to ask for the rest of it.
        _log.warning("rows left out", reason="more in one second than one answer holds")
        second = _floor(instants[0])
        rest = [(start, second - _SECOND), (second + _SECOND, end)]
    elif all(a >= b for a, b in pairwise(instants)):
        # A second more than is needed: some servers take `end_date` as excluded.
        rest = [(start, min(_floor(instants[-1]) + _SECOND, end - _SECOND))]
    elif all(a <= b for a, b in pairwise(instants)):
        rest = [(max(_floor(instants[-1]), start + _SECOND), end)]
    else:
        middle = _ceil(start + (end - start) / 2)
        rest = [(start, middle), (middle, end)]
    return [(start, end) for start, end in rest if start <= end]


def _floor(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _ceil(at: datetime) -> datetime:
    return _floor(at) + _SECOND if at.microsecond else at
