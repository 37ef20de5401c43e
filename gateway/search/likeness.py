"""Likeness: how much a text speaks of each of some things, by their terms (schema.core.likeness).

A term is found as it is written, as it sounds (a wrong character of the same sound, or pinyin), or nearly.
One that tells several of the things says as much less of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from gateway.search.words import Run, runs_of, sound_of, syllables_of, words_of
from schema.core.likeness import Likeness, Term

MAX_TEXT = 2_000
"""Characters of the text; what follows is not looked at."""
_SOUNDS, _TYPED, _NEARLY = 0.8, 0.7, 0.5
"""How sure a term is that is not there as it is written, but so."""
_SHORTEST_TYPED = 5
_SHORTEST_NEARLY_HAN = 4
_SHORTEST_NEARLY = 4


class _Text(NamedTuple):
    han: str
    syllables: str
    words: tuple[str, ...]
    typed: str


def liken(text: str, things: Sequence[Sequence[Term]]) -> Sequence[Likeness]:
    """Say for each of some things how much a text speaks of it."""
    said = _text_of(text[:MAX_TEXT])
    tells = Counter(term for terms in things for term in {term.text for term in terms})
    found: dict[str, float] = {term: _sureness(said, _runs(term)) for term in tells}
    return [_likeness(terms, found, tells) for terms in things]


def _likeness(terms: Sequence[Term], found: dict[str, float], tells: Counter[str]) -> Likeness:
    sure: dict[str, float] = {}
    for term in terms:
        if (there := found[term.text]) > 0:
            sure[term.text] = max(sure.get(term.text, 0.0), term.weight * there / tells[term.text])
    missed = 1.0
    for one in sure.values():
        missed *= 1 - one
    because = tuple(sorted(sure, key=lambda term: (-sure[term], term)))
    return Likeness(round(1 - missed, 3), because)


def _text_of(text: str) -> _Text:
    runs = runs_of(text)
    return _Text(
        han=" ".join(run.text for run in runs if run.han),
        syllables=f" {' | '.join(' '.join(_syllables(run.text)) for run in runs if run.han)} ",
        words=tuple(run.text for run in runs if not run.han),
        typed="".join(run.text for run in runs if not run.han),
    )


@lru_cache(maxsize=8_192)
def _runs(term: str) -> tuple[Run, ...]:
    return tuple(runs_of(term))


@lru_cache(maxsize=8_192)
def _syllables(han: str) -> tuple[str, ...]:
    return tuple(syllable for word in words_of(han) for syllable in syllables_of(word))


def _sureness(said: _Text, runs: Sequence[Run]) -> float:
    """Say how surely a term is in a text: that of its run which is least so."""
    return min(
        (_of_han(said, run.text) if run.han else _of_word(said, run.text) for run in runs), default=0.0
    )


def _of_han(said: _Text, han: str) -> float:
    if han in said.han:
        return 1.0
    if len(han) < 2:
        return 0.0
    syllables = _syllables(han)
    if len(syllables) > 1 and f" {' '.join(syllables)} " in said.syllables:
        return _SOUNDS
    sound = "".join(map(sound_of, words_of(han)))
    if len(sound) >= _SHORTEST_TYPED and sound in said.typed:
        return _TYPED
    if len(han) >= _SHORTEST_NEARLY_HAN and len(said.han) >= len(han):
        close = fuzz.partial_ratio(han, said.han) >= 100 * (len(han) - 1) / len(han)
        return _NEARLY if close else 0.0
    return 0.0


def _of_word(said: _Text, word: str) -> float:
    if word in said.words:
        return 1.0
    if len(word) < _SHORTEST_NEARLY:
        return 0.0
    close = any(OSA.distance(word, other, score_cutoff=1) <= 1 for other in said.words)
    return _SOUNDS if close else 0.0
