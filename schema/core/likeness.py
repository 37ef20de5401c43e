"""Likeness: how much a text speaks of a thing that is told by terms."""

from __future__ import annotations

from typing import NamedTuple

import msgspec


class Term(NamedTuple):
    """A word or phrase that speaks of a thing, and how surely: 0 to 1."""

    text: str
    weight: float


class Likeness(msgspec.Struct, frozen=True):
    """How much a text speaks of a thing, 0 to 1, and by which of its terms, the surest first."""

    score: float
    because: tuple[str, ...]
