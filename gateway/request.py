"""What belongs to one request on its way through the layers: its deadline and its ledger of sources."""

from __future__ import annotations

import time
from collections import Counter
from contextvars import ContextVar, Token
from dataclasses import dataclass, field

from schema.core.errors import Code


@dataclass(slots=True)
class SourceEntry:
    """What one source did for one request."""

    calls: int = 0
    """HTTP requests sent, repeats included, token requests not."""
    ms: float = 0.0
    """Time spent in them, in milliseconds; calls side by side add up."""
    answered: int = 0
    """Keys answered by calls of this request."""
    cached: int = 0
    """Keys answered from the cache, by another request's call in flight, or from the source's local copy."""
    stale: int = 0
    """Keys answered from the cache because the source failed, or from a local copy whose feed has failed."""
    failures: Counter[Code] = field(default_factory=Counter)
    """Keys that could not be answered, by code."""

    def note_failure(self, code: Code, keys: int = 1) -> None:
        """Count keys that could not be answered."""
        self.failures[code] += keys

    def healed(self, code: Code) -> None:
        """Take one failure back: an earlier answer stands in for it."""
        self.stale += 1
        self.failures[code] -= 1

    @property
    def outcome(self) -> str:
        """In one word: FAILED, PARTIAL, STALE, CACHED or OK."""
        if self.failures.total() > 0:
            return "PARTIAL" if self.answered or self.cached or self.stale else "FAILED"
        if self.stale:
            return "STALE"
        return "OK" if self.calls else "CACHED"


class Ledger(dict[str, SourceEntry]):
    """Every source that a request touched, by id."""

    def __missing__(self, source: str) -> SourceEntry:
        """Open a source's entry at its first touch."""
        entry = self[source] = SourceEntry()
        return entry

    def as_extension(self) -> list[dict[str, object]]:
        """What `extensions.sources` shows, in the sources' order of id."""
        return [
            {
                "id": source,
                "outcome": entry.outcome,
                "calls": entry.calls,
                "ms": round(entry.ms, 1),
                "cached": entry.cached,
                "stale": entry.stale,
                "failed": entry.failures.total(),
            }
            for source, entry in sorted(self.items())
        ]


LONGEST_FRESH_S = 3600.0
"""For how long an answer may be used again that asked no source: the gazetteer and the configuration change
with a new version only. It bounds every other answer too."""


@dataclass(slots=True)
class Request:
    """One request's deadline (on the monotonic clock, in seconds), ledger and freshness."""

    deadline: float
    fresh_until: float
    """The instant until which its answer may be used again: that of the least fresh part."""
    ledger: Ledger = field(default_factory=Ledger)

    def use(self, fresh_s: float) -> None:
        """Note that the answer has a part that is good for so many seconds; 0 for what failed or is stale."""
        self.fresh_until = min(self.fresh_until, time.monotonic() + fresh_s)

    def fresh_s(self) -> float:
        """Seconds for which the answer may be used again, 0 if not at all."""
        return max(0.0, self.fresh_until - time.monotonic())

    def remaining(self) -> float:
        """Seconds left, negative once the time is up."""
        return self.deadline - time.monotonic()


_current: ContextVar[Request | None] = ContextVar("request", default=None)


def current_request() -> Request:
    """Give the request that the running task works for; LookupError outside of any."""
    request = _current.get()
    if request is None:
        raise LookupError("No request is open: sources are asked within a request_scope.")
    return request


class request_scope:  # noqa: N801 - used as a function; a generator in its place would cost 2 µs more
    """Open a request with so many seconds to live; within one, go on with it and its deadline."""

    __slots__ = ("_timeout_s", "_token")

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._token: Token[Request | None] | None = None

    def __enter__(self) -> Request:
        """Give the request, which is the current one from now on."""
        if (request := _current.get()) is None:
            now = time.monotonic()
            request = Request(now + self._timeout_s, now + LONGEST_FRESH_S)
            self._token = _current.set(request)
        return request

    def __exit__(self, *_error: object) -> None:
        """End it where it was opened."""
        if self._token is not None:
            _current.reset(self._token)
