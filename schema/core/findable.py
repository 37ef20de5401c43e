"""Findable: how a scenario says which of its records `search` finds, and what is asked and answered there."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from schema.core.connection import SortKey
from schema.core.docs import enum_type
from schema.core.errors import SourceError
from schema.core.geo import Near
from schema.core.lookup import Search
from schema.core.record import Position, Record, Ref
from schema.core.scenario import Scenario
from schema.core.slot import SlotRecord


def _name(record: Any) -> str | None:
    name: str | None = getattr(record, "name", None) or getattr(record, "title", None)
    return name


def _name_en(record: Any) -> str | None:
    name: str | None = getattr(record, "name_en", None)
    return name


def _positions(record: Any) -> tuple[Position | None, ...]:
    return (getattr(record, "position", None),)


def _free(record: Any) -> bool | None:
    price = record.price if isinstance(record, SlotRecord) else None
    return None if price is None else price.amount == 0


def _bookable_at(record: Any, now: datetime) -> bool | None:
    return record.bookable_at(now) if isinstance(record, SlotRecord) else None


@dataclass(frozen=True, eq=False, kw_only=True)
class Findable:
    """One kind of record that `search` finds: the question that lists all of it, and what it says of one."""

    record: type[Record]
    scenario: Scenario
    called: tuple[str, ...]
    """What residents call such a thing, in both languages. It is among the words of each: whoever looks for
    a car park finds one whose name does not say so, and before whatever else speaks of car parks."""
    search: Search[Any, Any]
    key: Callable[[datetime], Hashable]
    """The search's key for all of it in the district, at an instant; best one that residents ask, too."""
    name: Callable[[Any], str | None] = _name
    """What has no name is not found. By default the name, or a slot's title."""
    name_en: Callable[[Any], str | None] = _name_en
    words: Callable[[Any], Iterable[str | None]] = lambda _: ()
    """What else it is found by: address, specialty, category (`schema.core.docs.wording` of an enum's value).
    The community that it stands in is added to them, and the name of what it is part of."""
    positions: Callable[[Any], Iterable[Position | None]] = _positions
    """Where it stands, the main place first. What has none stands where that is which it is part of."""
    part_of: Callable[[Any], Ref | None] = lambda _: None
    """What it is part of, of the kind `whole`, which is listed before it."""
    whole: type[Record] | None = None
    shows: Callable[[Any, datetime], bool] | None = None
    """Whether one may be shown at an instant; None: always."""
    open_at: Callable[[Any, datetime], bool | None] | None = None
    """Whether it is open at an instant, None where nobody knows."""
    free: Callable[[Any], bool | None] = _free
    """Whether it costs nothing, None where nobody knows; by default a slot's price says so."""
    bookable_at: Callable[[Any, datetime], bool | None] = _bookable_at
    """Whether a booking made at an instant has a chance; None where there is nothing to book."""


class SearchMatch(StrEnum):
    """How literally hits have to be taken."""

    ALL = "ALL"
    EXACT = "EXACT"
    SIMILAR = "SIMILAR"
    PARTIAL = "PARTIAL"


enum_type(
    SearchMatch,
    "命中方式",
    "How the hits answer to the text",
    ALL=("未给出文字，按条件列出", "There was no text: all that fits the conditions"),
    EXACT=("命中全部文字（含拼音、首字母）", "Each holds every word, as written or by its pinyin"),
    SIMILAR=(
        "没有完全命中，给出读音或拼写相近的",
        "None held every word as written; these hold what sounds or is spelt like it",
    ),
    PARTIAL=("没有命中全部文字，给出命中其中一部分的", "None held every word; these hold some of them"),
)


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """One search, checked. `first` hits after the place `after` are wanted of all that there are."""

    text: str = ""
    near: Near | None = None
    """Hits lie within, and the nearer ones come before."""
    scenarios: frozenset[Scenario] | None = None
    subdistrict: str | None = None
    """Its code."""
    open_now: bool | None = None
    free: bool | None = None
    bookable: bool | None = None
    """A filter keeps what is known to be so, or known not to be so; what nobody knows fits neither."""
    first: int = 20
    after: SortKey | None = None


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was found, and its place among all that were."""

    record: Record
    key: SortKey
    scenario: Scenario
    name: str
    part_of: str | None
    distance: int | None
    score: float | None
    """How well it answers to the text, None where there was none."""
    open_now: bool | None
    free: bool | None
    bookable: bool | None


class Hits(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found."""

    items: Sequence[Hit]
    """As many as were wanted, in order."""
    total: int
    more: bool
    """Whether there are hits after these."""
    match: SearchMatch
    scenarios: Mapping[Scenario, int]
    subdistricts: Mapping[str, int]
    """How many of all hits there are of each scenario and, by code, in each sub-district."""
    failures: Sequence[SourceError] = ()
    """Sources whose lists could not be had or renewed: some of their records may be missing or stale."""
