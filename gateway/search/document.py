"""Document: a record as the index knows it, with all that ranking and filtering read of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from gateway.search.words import (
    Run,
    all_words_of,
    initials_of,
    runs_of,
    sound_of,
    sounding,
    syllables_of,
    words_of,
)
from schema.community.gazetteer import community_at
from schema.core.findable import Findable
from schema.core.record import Position, Record

_BREAK = "·"
"""Between runs, so that no phrase reaches from one into the next; no text holds it, for it is no letter."""
_MAX_TEXT = 2_000
"""Characters of a record's further words: what follows in a very long description is not indexed."""


class Said(NamedTuple):
    """What is said of a record; the index is renewed where this changes."""

    name: str
    name_en: str | None
    words: tuple[str, ...]


class Columns(NamedTuple):
    """A document's columns in the index, in the order of the table's; tokens with spaces between."""

    name: str
    words: str
    sounds: str
    word_sounds: str
    initials: str
    chars: str
    syllables: str


class Document:
    """One record. `id` is its row in the index."""

    __slots__ = (
        "findable",
        "id",
        "key",
        "names",
        "part_of",
        "positions",
        "record",
        "said",
        "seen",
        "subdistrict",
    )

    def __init__(self, id_: int, findable: Findable, record: Record) -> None:
        self.id = id_
        self.findable = findable
        self.record = record
        self.key = (record.kind, record.ref.source, record.ref.id)
        """What it is, unique a document."""
        self.said = Said("", None, ())
        self.names: tuple[str, ...] = ()
        """Its names without spaces, in Chinese, English and pinyin, to compare what was asked for with."""
        self.part_of: str | None = None
        self.positions: tuple[Position, ...] = ()
        self.subdistrict: str | None = None
        self.seen = 0
        """The round of its listing in which it was there last."""

    def tell(self, record: Record, name: str, whole: Document | None) -> bool:
        """Take a record's present state; true where what is said of it is no longer what it was."""
        findable = self.findable
        self.record = record
        positions = tuple(p for p in findable.positions(record) if p is not None)
        if whole is not None and not positions:
            positions = whole.positions
        self.part_of = None if whole is None else whole.said.name
        places: tuple[str, ...] = ()
        self.positions, self.subdistrict = positions, None
        if positions and (community := community_at(positions[0])) is not None:
            self.subdistrict = community.subdistrict.code
            places = (community.name, community.subdistrict.name)
        of = () if whole is None else (whole.said.name, whole.said.name_en or "")
        words = (word for word in findable.words(record) if word)
        said = Said(name, findable.name_en(record), (*findable.called, *places, *of, *words))
        changed = said != self.said
        self.said = said
        return changed

    def columns(self) -> Columns:
        """Give what the index holds of it."""
        name = runs_of(self.said.name)
        english = runs_of(self.said.name_en or "")
        words = runs_of("\n".join(self.said.words)[:_MAX_TEXT])
        whole = sounding(name)
        self.names = tuple(
            dict.fromkeys(
                one for one in ("".join(r.text for r in name), "".join(r.text for r in english), whole) if one
            )
        )
        name_words, more_words = _han_words(name), _han_words(words)
        first_letters = "".join(initials_of(w) for run in name if run.han for w in words_of(run.text))
        initials = dict.fromkeys(map(initials_of, (*name_words, *more_words)))
        runs = (*name, *words)
        return Columns(
            name=" ".join((*name_words, *_latin(name), *_latin(english))),
            words=" ".join((*more_words, *_latin(words))),
            sounds=" ".join((*map(sound_of, name_words), whole)),
            word_sounds=" ".join(map(sound_of, more_words)),
            initials=" ".join((*initials, first_letters)),
            chars=f" {_BREAK} ".join(" ".join(run.text) for run in runs if run.han),
            syllables=f" {_BREAK} ".join(
                " ".join(s for word in words_of(run.text) for s in syllables_of(word))
                for run in runs
                if run.han
            ),
        )


def _han_words(runs: Iterable[Run]) -> tuple[str, ...]:
    return tuple(word for run in runs if run.han for word in all_words_of(run.text))


def _latin(runs: Iterable[Run]) -> tuple[str, ...]:
    return tuple(run.text for run in runs if not run.han)


def named(findable: Findable, record: Any) -> str | None:
    """Give the name that a record is found by, None where it has none and is not found."""
    name = findable.name(record)
    return name if name and runs_of(name) else None
