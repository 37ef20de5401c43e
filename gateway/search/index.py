"""Index: documents in memory and their words in SQLite FTS5; one thread's own, bounded by its documents.

A search reads records that are here: it asks nobody. Ranking is `gateway.search.ranking`'s.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

import apsw
import msgspec
import structlog

from gateway.search.document import Columns, Document, named
from gateway.search.question import Question
from gateway.search.vocabulary import Vocabulary
from schema.core.findable import Findable, SearchMatch
from schema.core.geo import Near
from schema.core.record import Position, Record, Ref

K = TypeVar("K", bound=Hashable)
_M_PER_DEGREE = 111_000
_log = structlog.get_logger("gateway.search")

_Cell: TypeAlias = tuple[int, int]
_CELL = 0.01
"""Degrees of the cells that documents are found in by their place: 1.1 km, and 1 km eastward here."""
_MOST_CELLS = 400
"""Of a wider circle most documents are within."""
Listing: TypeAlias = tuple[Findable, str]
"""One kind of record of one source: what is listed by one question."""

_TABLE = """
CREATE VIRTUAL TABLE texts USING fts5(
  {columns},
  tokenize = 'ascii', content = '', contentless_delete = 1
);
CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, texts, col);
"""
# To the ascii tokenizer every character beyond ASCII is part of a word: the words are cut already.
_WEIGHTS = "2.0, 0.4, 1.2, 0.3, 0.4, 0.4, 0.3"
"""Of a hit in each column, in their order. BM25 levels off beyond 1: a word in the name counts for more than
twice as much as one elsewhere, and what only sounds like it for less."""
_RANKED = f"SELECT rowid, -bm25(texts, {_WEIGHTS}) FROM texts WHERE texts MATCH ?"  # noqa: S608  # our own numbers
_ROWS = "SELECT rowid, 1.0 FROM texts WHERE texts MATCH ?"
MOST_RANKED = 5_000
"""What stands in more documents tells nothing apart; a document's name, kind and place do."""
_COLUMNS = ", ".join(Columns._fields)
_INSERT = f"INSERT INTO texts (rowid, {_COLUMNS}) VALUES (?{', ?' * len(Columns._fields)})"  # noqa: S608  # our own names


class Matching(NamedTuple):
    """What answers to a text."""

    match: SearchMatch
    question: Question
    rows: list[tuple[int, float]]
    """Each row with how well it does, all alike where they are too many to be worth the work."""
    in_names: frozenset[int]
    """Those of them that have every word in their names."""


class Index:
    """What is found, by its place in the index. Not for several threads at a time."""

    def __init__(self, max_documents: int) -> None:
        self._max_documents = max_documents
        self._texts = apsw.Connection(":memory:")
        self._texts.execute(_TABLE.format(columns=_COLUMNS))
        self._documents: dict[int, Document] = {}
        self._listings: dict[Listing, dict[Ref, Document]] = {}
        self._named: dict[str, set[int]] = {}
        self._cells: dict[_Cell, set[int]] = {}
        self._by_kind: dict[type[Record], list[dict[Ref, Document]]] = {}
        self._rounds: dict[Listing, int] = {}
        self._next = 1
        self._vocabulary: Vocabulary | None = None
        self._full = False

    def close(self) -> None:
        """Give the memory back."""
        self._texts.close()

    @property
    def documents(self) -> Mapping[int, Document]:
        """Every document by its row."""
        return self._documents

    def begin(self, listing: Listing) -> None:
        """Begin a round of a listing: what no `put` brings until `end` is gone."""
        if listing not in self._listings:
            known = self._listings[listing] = {}
            self._by_kind.setdefault(listing[0].record, []).append(known)
        self._rounds[listing] = self._rounds.get(listing, 0) + 1

    def put(self, listing: Listing, records: Sequence[Record]) -> None:
        """Take some records of a listing; of known ones, what is said is indexed only if it changed."""
        findable, known, round_ = listing[0], self._listings[listing], self._rounds[listing]
        changed: list[Document] = []
        for record in records:
            name = named(findable, record)
            document = known.get(record.ref)
            if name is None:
                continue
            if document is None:
                if len(self._documents) >= self._max_documents:
                    self._note_full()
                    continue
                document = Document(self._next, findable, record)
                self._next += 1
                known[record.ref] = self._documents[document.id] = document
            document.seen = round_
            places = document.positions
            if document.tell(record, name, self._whole(findable, record)):
                changed.append(document)
            if document.positions != places:
                self._place(document, places)
        if changed:
            with self._texts:
                self._texts.executemany("DELETE FROM texts WHERE rowid = ?", ((d.id,) for d in changed))
                self._texts.executemany(_INSERT, ((d.id, *self._columns(d)) for d in changed))
            self._vocabulary = None

    def end(self, listing: Listing) -> None:
        """End a round: whatever was not brought in it is no longer there."""
        known, round_ = self._listings[listing], self._rounds[listing]
        gone = [document for document in known.values() if document.seen != round_]
        for document in gone:
            del known[document.record.ref], self._documents[document.id]
            self._forget_names(document)
            places, document.positions = document.positions, ()
            self._place(document, places)
        if gone:
            with self._texts:
                self._texts.executemany("DELETE FROM texts WHERE rowid = ?", ((d.id,) for d in gone))
            self._vocabulary = None
            self._full = False

    def grow_stale(self, listing: Listing) -> None:
        """Mark what an earlier round brought: the source could not be asked again."""
        for document in self._listings.get(listing, {}).values():
            if not document.record.stale:
                document.record = msgspec.structs.replace(document.record, stale=True)

    def settle(self) -> None:
        """Prepare for searches after changes, so that none has to wait for it."""
        self._words()

    def matching(self, text: str) -> Matching:
        """Give the rows that answer to a text, in no order."""
        question = Question(text, self._words())
        for match, anywhere, in_names in question.expressions():
            rows: list[tuple[int, float]]
            rows = list(self._texts.execute(_ROWS, (anywhere,)))
            if not rows:
                continue
            if len(rows) <= MOST_RANKED:
                rows = list(self._texts.execute(_RANKED, (anywhere,)))
            named = self._texts.execute(_ROWS, (in_names,)) if in_names is not None else ()
            return Matching(match, question, rows, frozenset(row for row, _ in named))
        return Matching(SearchMatch.EXACT, question, [], frozenset())

    def called(self, spellings: Iterable[str]) -> frozenset[int]:
        """Give the rows of what has one of these for a name, written without spaces."""
        return frozenset(row for spelling in spellings for row in self._named.get(spelling, ()))

    def around(self, near: Near) -> set[int] | None:
        """Give the rows of all that lies within a circle, and of some around it; None where that is most."""
        d_lat, d_lng = degrees(near)
        south, north = _cell(near.lat - d_lat), _cell(near.lat + d_lat)
        west, east = _cell(near.lng - d_lng), _cell(near.lng + d_lng)
        if (north - south + 1) * (east - west + 1) > _MOST_CELLS:
            return None
        cells = self._cells
        return {
            row
            for lat in range(south, north + 1)
            for lng in range(west, east + 1)
            for row in cells.get((lat, lng), ())
        }

    def _columns(self, document: Document) -> Columns:
        self._forget_names(document)
        columns = document.columns()
        for name in document.names:
            self._named.setdefault(name, set()).add(document.id)
        return columns

    def _forget_names(self, document: Document) -> None:
        for name in document.names:
            _discard(self._named, name, document.id)

    def _place(self, document: Document, before: Iterable[Position]) -> None:
        """Put a document into the cells of its positions, out of those of its earlier ones."""
        for position in before:
            _discard(self._cells, _cell_of(position), document.id)
        for position in document.positions:
            self._cells.setdefault(_cell_of(position), set()).add(document.id)

    def _words(self) -> Vocabulary:
        if self._vocabulary is None:
            rows: Any = self._texts.execute(
                "SELECT term, col, doc FROM terms WHERE col NOT IN ('chars', 'syllables')"
            )
            self._vocabulary = Vocabulary(rows)
        return self._vocabulary

    def _whole(self, findable: Findable, record: Record) -> Document | None:
        """Give what a record is part of, None where it is not here."""
        ref = findable.part_of(record) if findable.whole is not None else None
        if ref is None or findable.whole is None:
            return None
        return next((k[ref] for k in self._by_kind.get(findable.whole, ()) if ref in k), None)

    def _note_full(self) -> None:
        if not self._full:
            self._full = True
            _log.warning("search index full", documents=len(self._documents))


def degrees(near: Near) -> tuple[float, float]:
    """Give how many degrees of latitude and of longitude a circle reaches, at most."""
    d_lat = (near.radius + 1) / _M_PER_DEGREE
    return d_lat, d_lat / max(0.01, math.cos(math.radians(min(89.0, abs(near.lat) + d_lat))))


def _cell(value: float) -> int:
    return math.floor(value / _CELL)


def _cell_of(position: Position) -> _Cell:
    return _cell(position.lat), _cell(position.lng)


def _discard(rows: dict[K, set[int]], key: K, row: int) -> None:
    found = rows.get(key)
    if found is not None:
        found.discard(row)
        if not found:
            del rows[key]
