"""Question: a resident's text turned into expressions of the index's query language (SQLite FTS5).

There are three, each tried where the one before it finds nothing: every word as it was typed (in Chinese,
pinyin, initials or another language); every word, or what sounds or is spelt like it; any of the words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from gateway.search.vocabulary import Vocabulary
from gateway.search.words import IDLE, Run, runs_of, sound_of, sounding, syllables_of, words_of
from schema.core.findable import SearchMatch

MAX_WORDS = 16
"""What follows after so many words is not looked for."""
_SHORTEST_PREFIX = 3


class _Columns(NamedTuple):
    """Where in the index words are looked for: as written, as typed by letters, as pinyin alone."""

    written: str
    typed: str
    sounds: str


_ANYWHERE = _Columns("{name words}", "{name words sounds word_sounds initials}", "{sounds word_sounds}")
_IN_NAMES = _Columns("name", "{name sounds initials}", "sounds")


class Expression(NamedTuple):
    """An expression of the index's query language, and a narrower one: every word stands in the name."""

    match: SearchMatch
    anywhere: str
    in_names: str | None


class Question:
    """What was asked for, in the words of an index."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._known = vocabulary
        runs = runs_of(text)
        whole = ("".join(run.text for run in runs), sounding(runs))
        self.spellings = tuple(dict.fromkeys(one for one in whole if one))
        """The text without spaces, and how it sounds, to compare names with."""
        self._parts = list(_parts(runs))[:MAX_WORDS]
        words = {word for part in self._parts for word in (part.text, sound_of(part.text))}
        self.calls = frozenset(words.union(self.spellings))
        """All that the text, or a word of it, may call a kind of thing."""

    @cached_property
    def nearly_calls(self) -> frozenset[str]:
        """Give what the text may call a kind of thing where words that are spelt alike count, too."""
        near = (
            word
            for part in self._parts
            for word in (
                *self._known.similar_words(part.text, han=part.han),
                *(() if part.han else self._known.similar_sounds(part.text)),
            )
        )
        return self.calls.union(near)

    def expressions(self) -> Iterator[Expression]:
        """Give each expression that is worth trying."""
        if not self._parts:
            return
        if typed := self._typed(_ANYWHERE):
            yield Expression(SearchMatch.EXACT, typed, self._typed(_IN_NAMES))
        similar = self._similar(_ANYWHERE)
        if any(similar):
            similar = [_any_of(pair) for pair in zip(map(self._exact, self._parts), similar, strict=True)]
            if every := _all_of(similar):
                yield Expression(SearchMatch.SIMILAR, every, _all_of(self._similar(_IN_NAMES)))
        else:
            similar = [self._exact(part) for part in self._parts]
        if len(self._parts) > 1 and (some := _any_of(_weighty(self._parts, similar))):
            yield Expression(SearchMatch.PARTIAL, some, None)

    def _typed(self, columns: _Columns) -> str | None:
        """Hold every word as it was typed, None where that is sure to find nothing."""
        return _any_of((_all_of(self._exact(part, columns) for part in self._parts), self._joined(columns)))

    def _similar(self, columns: _Columns) -> list[str | None]:
        """Hold what sounds or is spelt like each of the words, None where there is nothing."""
        return [self._like(part, columns) for part in self._parts]

    def _exact(self, part: Run, columns: _Columns = _ANYWHERE) -> str | None:
        word = part.text
        if part.han:
            known = word in self._known.words
            return f"{columns.written} : {_quoted(word)}" if known else f"chars : {_phrase(word)}"
        if len(word) < _SHORTEST_PREFIX or word.isdigit():
            return f"{columns.typed} : {_quoted(word)}"
        pieces = self._known.split_sounds(word)
        return _any_of(
            (
                f"{columns.typed} : ({_quoted(word)} OR {_quoted(word)} *)",
                _all_of(f"{columns.sounds} : {_quoted(piece)}" for piece in pieces),
            )
        )

    def _joined(self, columns: _Columns) -> str | None:
        """Take several runs of letters for one word's pinyin: tu shu guan."""
        if len(self._parts) < 2 or any(part.han for part in self._parts):
            return None
        pieces = self._known.split_sounds("".join(part.text for part in self._parts))
        return _all_of(f"{columns.sounds} : {_quoted(piece)}" for piece in pieces)

    def _like(self, part: Run, columns: _Columns) -> str | None:
        word, known = part.text, self._known
        if not part.han:
            near = (*known.similar_words(word, han=False), *known.similar_sounds(word))
            initials = known.split_initials(word) if word.isascii() and len(word) > 3 and not near else ()
            return _any_of(
                (_one_of(columns.typed, near), _all_of(f"initials : {_quoted(piece)}" for piece in initials))
            )
        sounds = syllables_of(word)
        return _any_of(
            (
                _sounding_like(word, sounds),
                _one_of(columns.written, known.similar_words(word, han=True)),
                _one_of(columns.sounds, known.similar_sounds("".join(sounds)) if len(word) > 1 else ()),
            )
        )


def _sounding_like(word: str, sounds: tuple[str, ...]) -> str | None:
    """Hold what sounds like a word of Chinese, None where it has no sound."""
    if not sounds:
        return None
    if len(word) == 2:
        # Two syllables meet by chance between words: 龙岗亲子 holds those of 钢琴, and nobody means it.
        return f"{_ANYWHERE.sounds} : {_quoted(''.join(sounds))}"
    return f"syllables : {_quoted(' '.join(sounds))}"


def _parts(runs: Iterable[Run]) -> Iterator[Run]:
    """Cut runs into words and leave out those that say nothing, unless there is no other."""
    words = [Run(word, run.han) for run in runs for word in (words_of(run.text) if run.han else (run.text,))]
    return iter([word for word in words if word.text not in IDLE] or words)


def _weighty(parts: Iterable[Run], expressions: Iterable[str | None]) -> list[str | None]:
    """Leave out single characters where some words must do: they stand in too much."""
    kept = [(part, found) for part, found in zip(parts, expressions, strict=True) if found]
    return [found for part, found in kept if len(part.text) > 1] or [found for _, found in kept]


def _quoted(token: str) -> str:
    # Tokens hold letters and digits alone (gateway.search.words): there is no quote to be doubled.
    return f'"{token}"'


def _phrase(word: str) -> str:
    return _quoted(" ".join(word))


def _one_of(columns: str, tokens: Iterable[str]) -> str | None:
    """Hold any of some tokens, None where there are none."""
    found = " OR ".join(map(_quoted, dict.fromkeys(tokens)))
    return f"{columns} : ({found})" if found else None


def _all_of(expressions: Iterable[str | None]) -> str | None:
    """Join by AND; None where one of them, or there being none, is sure to find nothing."""
    found = list(expressions)
    if not found or not all(found):
        return None
    return " AND ".join(f"({one})" for one in dict.fromkeys(found))


def _any_of(expressions: Iterable[str | None]) -> str | None:
    """Join by OR what there is."""
    found = [f"({one})" for one in dict.fromkeys(expressions) if one]
    return " OR ".join(found) or None
