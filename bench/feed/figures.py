"""What is measured of a long feed."""

from __future__ import annotations

import msgspec


class Read(msgspec.Struct, frozen=True):
    """How long a read of the copy takes, in microseconds."""

    what: str
    while_: str
    p50_us: float
    p99_us: float


class FeedFigures(msgspec.Struct, frozen=True):
    """All of one feed; zero where it was not measured."""

    items: int = 0
    page: int = 0
    """Items of a page."""
    rate: float = 0.0
    """Items a second, from the first page asked for to the last one kept."""
    cpu_us: float = 0.0
    """Time of the core that an item takes."""
    again_rate: float = 0.0
    """Items a second when the feed is read anew, beside reads."""
    grown_mb: float = 0.0
    """By how much the process grew at most."""
    file_mb: float = 0.0
    reads: list[Read] = []
