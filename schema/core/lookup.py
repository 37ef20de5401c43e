"""Lookups: the reads that a scenario needs, named once and answered by connectors.

A lookup says what is asked (its key) and what comes back (its record), how long an answer may be
used again, and nothing of who answers or how. There are two kinds:

- `Lookup[K, R]`: keyed by something that names its source (`key.source`); one record a key;
- `Search[K, R]`: asked of every source that serves it; many records a key and source.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from schema.core.record import Ref


class Keyed(Hashable, Protocol):
    """A key that names the one source to ask."""

    @property
    def source(self) -> str:
        """The id of that source."""
        ...


K = TypeVar("K", bound=Keyed)
Q = TypeVar("Q", bound=Hashable)
R = TypeVar("R")

Fetch: TypeAlias = Callable[[Sequence[Q]], Awaitable[Mapping[Q, R]]]
"""Keys in, found records out; a key that is absent from the answer was not found."""


@dataclass(frozen=True)
class Freshness:
    """How long an answer may be used again.

    For `fresh` seconds it is used as it is; for `stale` seconds more only when the source fails,
    and then it says so. All zero: asked anew each time.
    """

    fresh: float = 0.0
    stale: float = 0.0


@dataclass(frozen=True, eq=False)
class Lookup(Generic[K, R]):
    """One record for one key, from the source that the key names."""

    name: str
    freshness: Freshness = Freshness()


@dataclass(frozen=True, eq=False)
class Search(Generic[Q, R]):
    """Many records for one key, from each source that serves it.

    `primes`: the lookup whose keyed reads its records answer as well, so that what a list brought
    is not fetched again in the same request. Only for searches whose records are complete.
    `at_start`: keys that are asked of every source when the gateway starts, so that no resident waits
    for them. Only for small lists that seldom change, with a freshness that keeps them.
    """

    name: str
    freshness: Freshness = Freshness()
    primes: Lookup[Ref, Any] | None = None
    at_start: tuple[Q, ...] = ()


AnyLookup: TypeAlias = Lookup[Any, Any] | Search[Any, Any]
