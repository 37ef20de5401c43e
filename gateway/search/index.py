"""Index: documents in memory and their words in SQLite FTS5; one thread's own, bounded by its documents.

A search reads records that are here: it asks nobody. Ranking is `gateway.search.ranking`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import apsw
import msgspec
import structlog

from gateway.search.document import Columns, Document, named
from gateway.search.question import Question
from gateway.search.vocabulary import Vocabulary
from schema.core.findable import Findable, SearchMatch
from schema.core.record import Record, Ref

_log = structlog.get_logger("gateway.search")

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
_WEIGHTS = "10.0, 3.0, 5.0, 1.5, 3.0, 2.0, 1.0"
"""Of a hit in each column, in their order: a name says most, and what sounds alike least."""
_MATCHING = f"SELECT rowid, -bm25(texts, {_WEIGHTS}) FROM texts WHERE texts MATCH ?"  # noqa: S608  # our own numbers
_COLUMNS = ", ".join(Columns._fields)
_INSERT = f"INSERT INTO texts (rowid, {_COLUMNS}) VALUES (?{', ?' * len(Columns._fields)})"  # noqa: S608  # our own names


class Index:
    """What is found, by its place in the index. Not for several threads at a time."""

    def __init__(self, max_documents: int) -> None:
        self._max_documents = max_documents
        self._texts = apsw.Connection(":memory:")
        self._texts.execute(_TABLE.format(columns=_COLUMNS))
        self._documents: dict[int, Document] = {}
        self._listings: dict[Listing, dict[Ref, Document]] = {}
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
            if document.tell(record, name, self._whole(findable, record)):
                changed.append(document)
        if changed:
            with self._texts:
                self._texts.executemany("DELETE FROM texts WHERE rowid = ?", ((d.id,) for d in changed))
                self._texts.executemany(_INSERT, ((document.id, *document.columns()) for document in changed))
            self._vocabulary = None

    def end(self, listing: Listing) -> None:
        """End a round: whatever was not brought in it is no longer there."""
        known, round_ = self._listings[listing], self._rounds[listing]
        gone = [document for document in known.values() if document.seen != round_]
        for document in gone:
            del known[document.record.ref], self._documents[document.id]
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

    def matching(self, text: str) -> tuple[SearchMatch, Question, list[tuple[Document, float]]]:
        """Give the documents that answer to a text, each with how well, in no order."""
        question = Question(text, self._words())
        for match, expression in question.expressions():
            rows: list[Any] = self._texts.execute(_MATCHING, (expression,)).fetchall()
            if rows:
                return match, question, [(self._documents[row], score) for row, score in rows]
        return SearchMatch.EXACT, question, []

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
