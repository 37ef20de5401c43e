"""Nearby: how a scenario says which of its places `nearby` may show."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schema.core.geo import Near
from schema.core.lookup import Search


@dataclass(frozen=True)
class NearbyKind:
    """One kind of place: its name in the graph's enum, its description, and the search that finds it."""

    name: str
    zh: str
    en: str
    search: Search[Any, Any]
    key: Callable[[Near, datetime], Hashable] = lambda circle, _: circle.covering()
    """The search's key for a circle at the request's instant; by default the circle that covers it. Where
    sources know no places, one key serves all circles; what lies outside is left out in any case."""
    shows: Callable[[Any], bool] = lambda _: True
    """Which of the places found may be shown."""
