"""Local: connectors.kit.Replica over a source's file, whichever process fills it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw

from connectors.kit import Code, Feed, Kept, Selection, SourceError
from gateway.replica import selection as sql
from gateway.replica.layout import TableSql, lay_out
from gateway.replica.reader import NotThere, Reader
from gateway.replica.store import DAMAGE, FeedState, read_state
from schema.core.scalars import CHINA

NOT_WHOLE = "copy not whole yet"
"""The detail with which a copy whose feed was never read to its end refuses to be read."""
IDS_AT_ONCE = 50
"""So many ids are read without a thread."""
_STALE_S = 60.0
_STALE_PAUSES = 5
_LOOK_S = 0.02


class LocalReplica:
    """A source's copy, to be read once it has been told of its feeds and its file."""

    def __init__(self, source: str, now: Callable[[], datetime], pool: Executor) -> None:
        self.damaged = asyncio.Event()
        """Set by a read that finds the file of no use."""
        self._source = source
        self._now = now
        self._pool = pool
        self._feeds: Mapping[str, Feed] = {}
        self._tables: Mapping[str, TableSql] = {}
        self._reader = Reader(Path(), pool)

    def open(self, path: Path, feeds: Sequence[Feed]) -> None:
        """Say which feeds there are and where their copy lies; ValueError where they will not do."""
        self._tables = lay_out(feeds)
        self._feeds = {table.name: feed for feed in feeds for table in feed.tables}
        self._reader = Reader(path, self._pool)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def as_of(self, table: str) -> datetime:
        """When the table's feed was last read to its end, +08:00."""
        ended_at = self._state(table).ended_at
        if ended_at is None:
            raise self._unavailable(NOT_WHOLE)
        return datetime.fromtimestamp(ended_at, CHINA)

    def stale(self, table: str) -> bool:
        """Whether no page has come for longer than five pauses, and than a minute."""
        read_at = self._state(table).read_at
        if read_at is None:
            raise self._unavailable(NOT_WHOLE)
        pause_s = self._feeds[table].pause_s
        return self._now().timestamp() - read_at > max(_STALE_PAUSES * pause_s, _STALE_S)

    @property
    def any_stale(self) -> bool:
        """Whether any of the feeds has failed for so long."""
        with suppress(SourceError):
            return any(self.stale(table) for table in self._some_tables())
        return True

    async def get(self, table: str, ids: Collection[str]) -> Mapping[str, bytes]:
        """Give the data of the items found, by id."""
        query = sql.by_ids(self._tables[table], ids) if ids else None
        rows = await self._rows(table, query, at_once=len(ids) <= IDS_AT_ONCE)
        return dict(rows)

    async def select(self, selection: Selection) -> Sequence[Kept]:
        """Give the items selected, in order."""
        query = sql.select(self._tables[selection.table], selection)
        rows = await self._rows(selection.table, query)
        return [Kept(*row) for row in rows]

    async def count(self, selection: Selection) -> int:
        """Say how many items meet a selection's conditions, whatever its `limit` and `after`."""
        query = sql.count(self._tables[selection.table], selection)
        rows = await self._rows(selection.table, query)
        return int(rows[0][0]) if rows else 0

    async def filled(self) -> None:
        """Wait until every feed has been read to its end once."""
        while not self._whole():  # noqa: ASYNC110  # another process may be filling it
            await asyncio.sleep(_LOOK_S)

    def _whole(self) -> bool:
        with suppress(SourceError):
            return all(self._state(table).ended_at is not None for table in self._some_tables())
        return False

    def _some_tables(self) -> Collection[str]:
        """One table of each feed."""
        return {feed.name: table for table, feed in self._feeds.items()}.values()

    def _state(self, table: str) -> FeedState:
        feed = self._feeds[table].name
        with self._faults():
            return self._reader.at_once(lambda connection: read_state(connection, feed))

    async def _rows(
        self, table: str, query: sql.Query | None, *, at_once: bool = False
    ) -> Sequence[tuple[Any, ...]]:
        feed = self._feeds[table].name

        def read(connection: apsw.Connection) -> Sequence[tuple[Any, ...]] | None:
            if read_state(connection, feed).ended_at is None:
                return None
            return [] if query is None else connection.execute(*query).fetchall()

        with self._faults():
            rows = self._reader.at_once(read) if at_once else await self._reader.in_thread(read)
        if rows is None:
            raise self._unavailable(NOT_WHOLE)
        return rows

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Tell what the file ails from as the source's failure; who fills it hears of damage."""
        try:
            yield
        except NotThere:
            raise self._unavailable(NOT_WHOLE) from None
        except DAMAGE as error:
            self.damaged.set()
            raise self._unavailable("copy damaged") from error
        except apsw.Error as error:
            raise self._unavailable(f"copy: {type(error).__name__}") from error

    def _unavailable(self, detail: str) -> SourceError:
        return SourceError(Code.SOURCE_UNAVAILABLE, self._source, detail)
