"""Vocabulary: the words that the index holds, and those that are nearly what a resident typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

_MOST_SIMILAR = 5
_LONGEST = 24
"""Longer words are not corrected: they are names as a whole, or not words at all."""
_MOST_PIECES = 6


class Vocabulary:
    """Words by where they stand, each with the number of documents that it stands in."""

    def __init__(self, rows: Iterable[tuple[str, str, int]] = ()) -> None:
        self.words: dict[str, int] = {}
        """Chinese and other words, of names and of the rest."""
        self.sounds: dict[str, int] = {}
        """Pinyin of words, and of names as a whole."""
        self.initials: dict[str, int] = {}
        self._by_length: tuple[dict[int, list[str]], ...] = ({}, {}, {})
        """Chinese words, other words, and pinyin, by length: what similar ones are looked for among."""
        for term, column, documents in rows:
            into = {"name": self.words, "words": self.words, "initials": self.initials}.get(column)
            if into is None:
                if "sounds" not in column:
                    continue
                into = self.sounds
            into[term] = into.get(term, 0) + documents
        han, latin, sounds = self._by_length
        for term in self.words:
            (latin if term[0].isascii() else han).setdefault(len(term), []).append(term)
        for term in self.sounds:
            sounds.setdefault(len(term), []).append(term)

    def similar_words(self, word: str, *, han: bool) -> list[str]:
        """Give the words that are nearest to one by what has to be changed, the nearest first."""
        return _similar(self._by_length[0 if han else 1], word, _forgiven_han if han else _forgiven)

    def similar_sounds(self, sound: str) -> list[str]:
        """Give the pinyin that is nearest to some by what has to be changed, the nearest first."""
        return _similar(self._by_length[2], sound, _forgiven_sound)

    def split_sounds(self, text: str) -> tuple[str, ...]:
        """Cut what was typed without spaces into the fewest pieces that are pinyin of words; empty: none."""
        return _split(text, self.sounds)

    def split_initials(self, text: str) -> tuple[str, ...]:
        """Cut what was typed into the fewest pieces that are initials of words; empty: none."""
        return _split(text, self.initials)


def _forgiven(length: int) -> int:
    """How many letters may be wrong: none of three, one of seven, else two."""
    return 0 if length < 4 else 1 if length < 8 else 2


def _forgiven_sound(length: int) -> int:
    """Pinyin has few syllables, and much is near to much else."""
    return 0 if length < 5 else 1 if length < 10 else 2


def _forgiven_han(length: int) -> int:
    return 0 if length < 3 else 1


def _similar(by_length: Mapping[int, list[str]], word: str, forgiven: Callable[[int], int]) -> list[str]:
    most = forgiven(len(word))
    if not most or len(word) > _LONGEST:
        return []
    found = [
        (distance, term)
        for length in range(len(word) - most, len(word) + most + 1)
        for term, distance, _ in process.extract(
            word, by_length.get(length, ()), scorer=OSA.distance, score_cutoff=most, limit=_MOST_SIMILAR
        )
    ]
    return [term for _, term in sorted(found)[:_MOST_SIMILAR]]


def _split(text: str, pieces: Mapping[str, int]) -> tuple[str, ...]:
    """Cut a text into the fewest pieces; of equally few, those that stand in more documents."""
    best: list[tuple[int, int, tuple[str, ...]] | None] = [(0, 0, ())]
    for end in range(1, len(text) + 1):
        options = [
            (before[0] + 1, before[1] - pieces[piece], (*before[2], piece))
            for start in range(max(0, end - _LONGEST), end - 1)
            if (before := best[start]) is not None
            and before[0] < _MOST_PIECES
            and (piece := text[start:end]) in pieces
        ]
        best.append(min(options, default=None))
    last = best[-1]
    return last[2] if last is not None else ()
