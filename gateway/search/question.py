"""Question: a resident's text turned into expressions of the index's query language (SQLite FTS5).

There are three, each tried where the one before it finds nothing: every word as it was typed (in Chinese,
pinyin, initials or another language); every word, or what sounds or is spelt like it; any of the words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.search.vocabulary import Vocabulary
from gateway.search.words import IDLE, Run, runs_of, sound_of, sounding, syllables_of, words_of
from schema.core.findable import SearchMatch

MAX_WORDS = 16
"""What follows after so many words is not looked for."""
_SHORTEST_PREFIX = 3
_WORDS = "{name words}"
_TYPED = "{name words sounds word_sounds initials}"
_SOUNDS = "{sounds word_sounds}"


class Question:
    """What was asked for, in the words of an index."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._known = vocabulary
        runs = runs_of(text)
        whole = ("".join(run.text for run in runs), sounding(runs))
        self.spellings = tuple(dict.fromkeys(one for one in whole if one))
        """The text without spaces, and how it sounds, to compare names with."""
        self._parts = list(_parts(runs))[:MAX_WORDS]
        self.words = tuple(
            (part.text, sound_of(part.text)) if part.han else (part.text, part.text) for part in self._parts
        )
        """Its words, each as written and as it sounds."""
        self.calls = frozenset((*self.spellings, *(spelling for word in self.words for spelling in word)))
        """All that the text, or a word of it, may call a kind of thing."""

    def expressions(self) -> Iterator[tuple[SearchMatch, str]]:
        """Give each expression that is worth trying."""
        if not self._parts:
            return
        exact = [self._exact(part) for part in self._parts]
        typed = _all_of(exact)
        joined = self._joined()
        if one := _any_of((typed, joined)):
            yield SearchMatch.EXACT, one
        near = [self._similar(part) for part in self._parts]
        similar = [_any_of(pair) for pair in zip(exact, near, strict=True)]
        if any(near) and (all_similar := _all_of(similar)):
            yield SearchMatch.SIMILAR, all_similar
        if len(self._parts) > 1 and (some := _any_of(_weighty(self._parts, similar))):
            yield SearchMatch.PARTIAL, some

    def _exact(self, part: Run) -> str | None:
        """Hold a word as it was typed, None where that is sure to find nothing."""
        word = part.text
        if part.han:
            return f"{_WORDS} : {_quoted(word)}" if word in self._known.words else f"chars : {_phrase(word)}"
        if len(word) < _SHORTEST_PREFIX or word.isdigit():
            return f"{_TYPED} : {_quoted(word)}"
        found = [f"{_TYPED} : ({_quoted(word)} OR {_quoted(word)} *)"]
        if pieces := self._known.split_sounds(word):
            found.append(_all_of(f"{_SOUNDS} : {_quoted(piece)}" for piece in pieces) or "")
        return _any_of(found)

    def _joined(self) -> str | None:
        """Take several runs of letters for one word's pinyin: tu shu guan."""
        if len(self._parts) < 2 or any(part.han for part in self._parts):
            return None
        pieces = self._known.split_sounds("".join(part.text for part in self._parts))
        return _all_of(f"{_SOUNDS} : {_quoted(piece)}" for piece in pieces)

    def _similar(self, part: Run) -> str | None:
        """Hold what sounds or is spelt like a word, None where there is nothing."""
        word, known = part.text, self._known
        if not part.han:
            near = (*known.similar_words(word, han=False), *known.similar_sounds(word))
            if near:
                return f"{_TYPED} : ({' OR '.join(map(_quoted, dict.fromkeys(near)))})"
            initials = known.split_initials(word) if word.isascii() and len(word) > 3 else ()
            return _all_of(f"initials : {_quoted(piece)}" for piece in initials)
        found: list[str | None] = []
        if sounds := syllables_of(word):
            found.append(f'syllables : "{" ".join(sounds)}"')
        near = tuple(known.similar_words(word, han=True))
        if near:
            found.append(f"{_WORDS} : ({' OR '.join(map(_quoted, near))})")
        if len(word) > 1 and (like := known.similar_sounds("".join(sounds))):
            found.append(f"{_SOUNDS} : ({' OR '.join(map(_quoted, like))})")
        return _any_of(found)


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
