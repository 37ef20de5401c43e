"""Suggest: what kind of matter a resident's words are about; no more than a suggestion (PIPL, article 24)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from schema.civic.records import ServiceTypeRecord
from schema.civic.sayings import SAYINGS
from schema.core.context import Context
from schema.core.likeness import Term

MOST = 5
_SUREST, _APART = 0.5, 0.2
_LEAST = 0.1
_NAME, _KEYWORD, _DESCRIPTION = 0.8, 0.6, 0.3
_BREAKS = str.maketrans(dict.fromkeys("、，。；或和及与（）/ ", "\n"))


class Suggested(NamedTuple):
    """A kind of matter, how much the words speak of it (0 to 1), and by which words that shows."""

    matter: ServiceTypeRecord
    score: float
    because: tuple[str, ...]


def suggested(context: Context, text: str, matters: Sequence[ServiceTypeRecord]) -> Sequence[Suggested]:
    """Give the matters that a text may be about, the likeliest first; at most five."""
    told = context.liken(text, [_terms(matter) for matter in matters])
    found = [
        Suggested(matter, one.score, one.because)
        for matter, one in zip(matters, told, strict=True)
        if one.score >= _LEAST
    ]
    return sorted(found, key=lambda one: (-one.score, one.matter.code, one.matter.ref.source))[:MOST]


def clear(suggestions: Sequence[Suggested]) -> Suggested | None:
    """Give the one that a text is plainly about, None where there is a doubt."""
    if not suggestions or suggestions[0].score < _SUREST:
        return None
    if len(suggestions) > 1 and suggestions[0].score - suggestions[1].score < _APART:
        return None
    return suggestions[0]


def _terms(matter: ServiceTypeRecord) -> Sequence[Term]:
    said = SAYINGS.get(matter.code[-5:], ())
    parts = (matter.description or "").translate(_BREAKS).split("\n")
    return (
        Term(matter.name, _NAME),
        *(Term(word, _KEYWORD) for word in (*matter.keywords, *said)),
        *(Term(part, _DESCRIPTION) for part in parts if len(part) > 1),
    )
