"""Replica: the local copy of a system that gives only feeds, filled by the gateway, read by its connector.

A system of the archetype *replica-from-feed* cannot be asked for what a request needs; it tells what has
changed. Its connector says how a page of the feed is read (`Feed`), the gateway reads page after page in
the background and keeps what they tell, and the connector's lookups read that copy (`Replica`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeAlias

import msgspec

from connectors.kit.connector import Connector
from connectors.kit.upstream import Upstream

Key: TypeAlias = str | int | float | None
"""A value that items are found by. Instants are whole seconds since 1970, truths 0 or 1."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of item in a replica; its name and keys are lower-case identifiers.

    A change of any of it makes the gateway read the source's feeds anew.
    """

    name: str
    keys: tuple[str, ...] = ()
    """What items are found by besides their id, each with an index."""
    edition: int = 1
    """To be raised when what is kept as `data` changes its form: what was kept could not be read any more."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An item that is new or has changed."""

    table: str
    id: str
    version: int
    """Grows with each change: an older version takes no newer one's place, not even a removal's. Of changes
    with the same version the one told last stands."""
    data: bytes
    """What the connector wants to read again, in its own encoding."""
    keys: Mapping[str, Key] = {}
    """A value for each of the table's keys; None, or absent, is found by no value."""


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """An item that the system has no longer."""

    table: str
    id: str
    version: int


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """What one reading of a feed brought."""

    changes: Sequence[Item | Removal]
    cursor: str
    """Where to go on; kept together with the changes, so that a restart goes on there."""
    more: bool
    """False where the end is reached: the copy is then whole, and the feed is asked again after a pause."""


class FeedReset(Exception):  # noqa: N818  # not an error: the system says that its feed begins anew
    """The system does not know the cursor any more: the gateway reads from the beginning, and removes at its
    end whatever was not there."""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """One feed of a system. Each table belongs to one feed."""

    name: str
    tables: tuple[Table, ...]
    read: Callable[[str | None], Awaitable[FeedPage]]
    """Read on from a cursor, None for the beginning; FeedReset where the cursor is no longer known."""
    pause_s: float
    """How long to wait at the end before asking again."""
    reread_s: float | None = None
    """For feeds that tell of no deletions: how often to read all from the beginning besides, which finds
    what is gone."""


class Kept(msgspec.Struct, frozen=True):
    """An item as it is kept."""

    id: str
    data: bytes


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which items of a table are wanted: those that meet every condition given."""

    table: str
    equal: Mapping[str, Collection[Key]] = {}
    """By key: one of these values. An empty collection finds nothing."""
    between: Mapping[str, tuple[float | None, float | None]] = {}
    """By key: not below the first, below the second; None is no bound."""
    order_by: str = "id"
    """A key or "id", ascending; ties by id."""
    after: tuple[Key, str] | None = None
    """Only what comes later in that order than this value and id."""
    limit: int | None = None


class Replica(Protocol):
    """A source's local copy. Every reading raises SourceError where the feed of the table has never been
    read to its end."""

    def as_of(self, table: str) -> datetime:
        """When the table's feed was last read to its end, +08:00."""
        ...

    def stale(self, table: str) -> bool:
        """Whether the feed has failed for so long that its answers are to be called stale."""
        ...

    async def get(self, table: str, ids: Collection[str]) -> Mapping[str, bytes]:
        """Give the data of the items found, by id."""
        ...

    async def select(self, selection: Selection) -> Sequence[Kept]:
        """Give the items selected, in order."""
        ...

    async def count(self, selection: Selection) -> int:
        """Say how many items meet a selection's conditions, whatever its `limit` and `after`."""
        ...


class ReplicaConnector(Connector):
    """Base of a connector over a replica: its lookups read `self.replica` and call nobody."""

    def __init__(self, upstream: Upstream, options: Any, replica: Replica) -> None:
        super().__init__(upstream, options)
        self.replica = replica

    def feeds(self) -> Sequence[Feed]:
        """Give every feed of the system; each table's name is there once."""
        raise NotImplementedError
