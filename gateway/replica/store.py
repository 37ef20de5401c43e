"""Store: writing a source's copy. One SQLite file in WAL mode, one process and one connection that write.

A page's changes and its cursor are one transaction: after a crash, a kill or a loss of power the file is
what it was after some page, and that page's cursor says where to go on. `synchronous` is NORMAL: the last
pages may be lost with the power, and are read again.

Everything here blocks: it is called in a thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import apsw
import msgspec

from connectors.kit import Item, Removal
from gateway.replica.layout import FEEDS, TableSql, key_values

APPLICATION = 0x4C474752
"""`PRAGMA application_id` of a copy ("LGGR"): a file without it is not ours."""
KEPT_GONE_S = 7 * 24 * 3600.0
"""Pages that come out of order come within minutes; a week is what RPDE wants deletions to be told for."""
KEPT_GONE = 200_000
"""Removals remembered of each table at most."""
SWEPT_AT_ONCE = 5_000
"""Items that one transaction of a sweep removes."""
_BUSY_MS = 10_000
_LOG_PAGES = 8_000
_CACHE_KB = 16_000

Change = Item | Removal


class Foreign(Exception):  # noqa: N818  # it says what the file is
    """The file is a database of somebody else's."""


DAMAGE = (apsw.NotADBError, apsw.CorruptError, Foreign)
"""What is raised of a file that is of no use."""


class FeedState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a feed has been read. Instants are seconds since 1970."""

    cursor: str | None = None
    generation: int = 1
    """Grows with each reading from the beginning."""
    since: int = 0
    """The generation that began with the feed's last reset: the system's versions began anew there, and
    those of earlier generations count for nothing."""
    sweeping: bool = True
    """Whether this is a reading from the beginning: its end removes what is of earlier generations."""
    read_at: float | None = None
    """When a page was last read."""
    ended_at: float | None = None
    """When the page was asked for that was the end: all is known up to then. None: never yet."""
    swept_at: float | None = None
    """When a reading from the beginning last came to its end."""


_COLUMNS = ", ".join(FeedState.__struct_fields__)
_READ_STATE = "SELECT $columns FROM feeds WHERE name = ?".replace("$columns", _COLUMNS)
_KEEP_STATE = "INSERT OR REPLACE INTO feeds (name, $columns) VALUES (?, $values)".replace(
    "$columns", _COLUMNS
).replace("$values", ", ".join("?" * len(FeedState.__struct_fields__)))


def read_state(connection: apsw.Connection, feed: str) -> FeedState:
    """Give a feed's state; that of a feed that was never read where none is kept."""
    row = connection.execute(_READ_STATE, (feed,)).fetchone()
    if row is None:
        return FeedState()
    return FeedState(**{**dict(zip(FeedState.__struct_fields__, row, strict=True)), "sweeping": bool(row[3])})


class Store:
    """A source's copy, open for writing; any of DAMAGE where the file is of no use."""

    def __init__(self, path: Path, tables: Mapping[str, TableSql]) -> None:
        self._tables = tables
        self._db = apsw.Connection(str(path))
        try:
            self._open()
        except BaseException:
            self._db.close()
            raise

    def _open(self) -> None:
        self._db.set_busy_timeout(_BUSY_MS)
        self._db.transaction_mode = "IMMEDIATE"
        application = self._db.pragma("application_id")
        if application != APPLICATION and (
            application or self._db.execute("SELECT EXISTS (SELECT 1 FROM sqlite_schema)").get
        ):
            raise Foreign
        self._db.pragma("journal_mode", "wal")
        self._db.pragma("synchronous", "normal")
        # A page of a feed touches as many pages of the file as it has items, for each key: they are taken
        # from the log into the file a few times a minute and not with every commit, and are found in memory.
        self._db.wal_autocheckpoint(_LOG_PAGES)
        self._db.pragma("journal_size_limit", 2 * _LOG_PAGES * self._db.pragma("page_size"))
        self._db.pragma("cache_size", -_CACHE_KB)
        self._db.pragma("analysis_limit", 1_000)
        with self._db:
            self._db.execute(FEEDS)
            for table in self._tables.values():
                for statement in table.create:
                    self._db.execute(statement)
            self._db.pragma("application_id", APPLICATION)

    def close(self) -> None:
        """Close the file; what it has in its log is written into it if nobody else has it open."""
        self._db.close()

    def state(self, feed: str) -> FeedState:
        """Give a feed's state."""
        return read_state(self._db, feed)

    def commit(self, feed: str, changes: Sequence[Change], state: FeedState, now: float) -> None:
        """Keep a page's changes and how far the feed has been read then, both or neither.

        ValueError for a change that its table does not allow.
        """
        with self._db:
            for name, (items, removals) in self._latest(changes).items():
                table = self._tables[name]
                if items:
                    self._keep(table, items, state)
                if removals:
                    self._remove(table, removals, state, now)
            self._db.execute(_KEEP_STATE, (feed, *msgspec.structs.astuple(state)))

    def _latest(self, changes: Sequence[Change]) -> Mapping[str, tuple[list[Item], list[Removal]]]:
        """Sort by table; of several changes of one item the latest version stands, of equal ones the last."""
        latest: dict[tuple[str, str], Change] = {}
        for change in changes:
            place = (change.table, change.id)
            earlier = latest.get(place)
            if earlier is None or change.version >= earlier.version:
                latest[place] = change
        tables: dict[str, tuple[list[Item], list[Removal]]] = {}
        for change in latest.values():
            if change.table not in self._tables:
                raise ValueError(f"a change of a table that no feed has: {change.table!r}")
            items, removals = tables.setdefault(change.table, ([], []))
            if isinstance(change, Item):
                items.append(change)
            else:
                removals.append(change)
        return tables

    def _keep(self, table: TableSql, items: Sequence[Item], state: FeedState) -> None:
        self._db.executemany(
            table.upsert,
            [
                (
                    item.id,
                    item.version,
                    state.generation,
                    state.since,
                    item.data,
                    *key_values(table, item.keys),
                )
                for item in items
            ],
        )
        if self._db.execute(table.buried).get:
            self._db.executemany(table.unbury, [(item.id, item.version) for item in items])
        if state.sweeping and state.generation > 1:
            # Seen, whatever its version.
            self._db.executemany(table.seen, [(item.id, state.generation) for item in items])

    def _remove(self, table: TableSql, removals: Sequence[Removal], state: FeedState, now: float) -> None:
        self._db.executemany(table.remove, [(gone.id, gone.version, state.since) for gone in removals])
        self._db.executemany(table.bury, [(gone.id, gone.version, now) for gone in removals])

    def begin_anew(self, feed: str, tables: Sequence[str], state: FeedState) -> None:
        """Keep the state of a feed that was reset: versions told before count for nothing any more."""
        with self._db:
            for name in tables:
                self._db.execute(self._tables[name].forget)
            self._db.execute(_KEEP_STATE, (feed, *msgspec.structs.astuple(state)))

    def index(self, tables: Sequence[str]) -> None:
        """Make the keys' indexes where they are not there yet; each is kept for itself.

        Nobody reads before the first end of a feed: to sort what is there once is several times faster than
        to put each item in its place.
        """
        for name in tables:
            for statement in self._tables[name].index:
                self._db.execute(statement)

    def interrupt(self) -> None:
        """End what another thread is doing here, as if it had not begun."""
        self._db.interrupt()

    def sweep(self, table: str, generation: int) -> bool:
        """Remove some of the items of earlier generations; whether there may be more."""
        with self._db:
            self._db.execute(self._tables[table].sweep, (generation, SWEPT_AT_ONCE))
            removed = self._db.changes()
        return removed == SWEPT_AT_ONCE

    def tidy(self, tables: Sequence[str], now: float) -> None:
        """Forget removals that no page can be older than, and keep the planner's figures true."""
        with self._db:
            for name in tables:
                self._db.execute(self._tables[name].prune, (now - KEPT_GONE_S, KEPT_GONE))
        self._db.pragma("optimize")
