"""Ranking: which of the documents that answer to a text may be shown, in what order, and how many."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from heapq import nsmallest
from typing import NamedTuple

from gateway.search.document import Document
from gateway.search.index import Index
from gateway.search.question import Question
from gateway.search.words import runs_of, sounding
from schema.core.connection import SortKey
from schema.core.findable import Findable, Hit, Hits, SearchMatch, Sought
from schema.core.geo import Near
from schema.core.record import Position
from schema.core.scenario import Scenario

_IS_THE_NAME = 1.0
_BEGINS_THE_NAME = 0.2
_IN_THE_NAME = 0.4
"""Where every word is in the name, a share of it where some are."""
_IS_THE_KIND = 0.5
"""Whoever says what a kind of thing is called looks for such things."""
_HERE = 0.5
"""What being on the spot adds, half of it at a distance of a kilometre; the best text alone is 1."""
_HALF_M = 1_000
_STEPS = 10_000
"""Scores are kept in so many steps of 1, so that equal ones are equal in every cursor."""
_M_PER_DEGREE = 111_000


class _Found(NamedTuple):
    key: SortKey
    document: Document
    distance: int | None
    score: float | None


def find(index: Index, sought: Sought, now: datetime) -> Hits:
    """Give what answers to a search at an instant: all of it counted, the wanted page of it in order."""
    scored: Iterable[tuple[Document, float | None]]
    if sought.text:
        match, question, scored = index.matching(sought.text)
    else:
        match, question = SearchMatch.ALL, None
        scored = ((document, None) for document in index.documents.values())
    best = max((score for _, score in scored if score is not None), default=1.0) if question else 1.0
    scenarios: Counter[Scenario] = Counter()
    subdistricts: Counter[str] = Counter()
    found: list[_Found] = []
    fits = _conditions(sought, now)
    within = _circle(sought.near)
    for document, score in scored:
        if not fits(document):
            continue
        distance = within(document.positions) if within is not None else None
        if within is not None and distance is None:
            continue
        scenarios[document.findable.scenario] += 1
        if document.subdistrict is not None:
            subdistricts[document.subdistrict] += 1
        worth = None
        if question is not None and score is not None:
            worth = score / best + _by_name(document, question)
            if not question.calls.isdisjoint(_kind_names(document.findable)):
                worth += _IS_THE_KIND
            if distance is not None:
                worth += _HERE / (1 + distance / _HALF_M)
        steps = -round(worth * _STEPS) if worth is not None else 0
        found.append(_Found((steps, distance or 0, *document.key), document, distance, worth))
    rest = found if sought.after is None else [one for one in found if one.key > sought.after]
    return Hits(
        items=[_hit(one, now) for one in nsmallest(sought.first, rest, key=lambda one: one.key)],
        total=len(found),
        more=len(rest) > sought.first,
        match=match,
        scenarios=dict(sorted(scenarios.items(), key=lambda each: (-each[1], _ORDER[each[0]]))),
        subdistricts=dict(sorted(subdistricts.items(), key=lambda each: (-each[1], each[0]))),
    )


_ORDER = {scenario: place for place, scenario in enumerate(Scenario)}


def _hit(one: _Found, now: datetime) -> Hit:
    record, findable = one.document.record, one.document.findable
    return Hit(
        record=record,
        key=one.key,
        scenario=findable.scenario,
        name=one.document.said.name,
        part_of=one.document.part_of,
        distance=one.distance,
        score=round(one.score, 4) if one.score is not None else None,
        open_now=findable.open_at(record, now) if findable.open_at is not None else None,
        free=findable.free(record),
        bookable=findable.bookable_at(record, now),
    )


def _by_name(document: Document, question: Question) -> float:
    """Give what a name adds that is, begins with or holds what was asked for, as written or as it sounds."""
    names = document.names
    if any(asked in names for asked in question.spellings):
        return _IS_THE_NAME
    held = sum(any(word in name or sound in name for name in names) for word, sound in question.words)
    worth = _IN_THE_NAME * held / len(question.words)
    if held and any(name.startswith(question.spellings) for name in names):
        worth += _BEGINS_THE_NAME
    return worth


@cache
def _kind_names(findable: Findable) -> frozenset[str]:
    """Give what a kind is called, as it is written and as it sounds."""
    runs = [runs_of(name) for name in findable.called]
    return frozenset("".join(run.text for run in each) for each in runs) | frozenset(map(sounding, runs))


def _conditions(sought: Sought, now: datetime) -> Callable[[Document], bool]:
    """Give the test of all that does not depend on where a document stands."""
    scenarios, subdistrict = sought.scenarios, sought.subdistrict
    open_now, free, bookable = sought.open_now, sought.free, sought.bookable

    def fits(document: Document) -> bool:
        findable, record = document.findable, document.record
        return (
            (scenarios is None or findable.scenario in scenarios)
            and (subdistrict is None or document.subdistrict == subdistrict)
            and (findable.shows is None or findable.shows(record, now))
            and (free is None or findable.free(record) is free)
            and (bookable is None or findable.bookable_at(record, now) is bookable)
            and (
                open_now is None
                or (findable.open_at is not None and findable.open_at(record, now) is open_now)
            )
        )

    return fits


def _circle(near: Near | None) -> Callable[[Iterable[Position]], int | None] | None:
    """Give what tells the metres to the nearest of a document's positions, None where none lies within."""
    if near is None:
        return None
    # Most of a district is far away: a comparison of degrees is a tenth of the work of a distance.
    d_lat = (near.radius + 1) / _M_PER_DEGREE
    d_lng = d_lat / max(0.01, math.cos(math.radians(min(89.0, abs(near.lat) + d_lat))))
    south, north, west, east = near.lat - d_lat, near.lat + d_lat, near.lng - d_lng, near.lng + d_lng

    def within(positions: Iterable[Position]) -> int | None:
        nearest: int | None = None
        for position in positions:
            if south <= position.lat <= north and west <= position.lng <= east:
                metres = near.distance_to(position)
                if metres is not None and metres <= near.radius and (nearest is None or metres < nearest):
                    nearest = metres
        return nearest

    return within
