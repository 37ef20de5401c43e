"""Ranking: which of the documents that answer to a text may be shown, in what order, and how many.

A search may have as many hits as there are documents. What is done for each of them is kept to a few reads;
places in the order are made for those alone that may be on the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from heapq import nlargest, nsmallest
from typing import NamedTuple, TypeAlias

from gateway.search.document import Document
from gateway.search.index import Index, Matching, degrees
from gateway.search.question import Question
from gateway.search.words import runs_of, sounding
from schema.core.connection import SortKey
from schema.core.findable import Findable, Hit, Hits, SearchMatch, Sought
from schema.core.geo import Near
from schema.core.record import Position
from schema.core.scenario import Scenario

STEPS = 10_000
"""Scores are kept in so many steps of 1, so that equal ones are equal in every cursor. The best text is 1."""
_IS_THE_NAME = STEPS
_IN_THE_NAME = STEPS * 3 // 10
"""Where every word stands in the name."""
_IS_THE_KIND = STEPS // 2
"""Whoever says what a kind of thing is called looks for such things."""
_HERE = STEPS // 2
"""What being on the spot adds, half of it at a distance of a kilometre."""
_HALF_M = 1_000

_Check: TypeAlias = Callable[[Document], bool]
_ORDER = {scenario: place for place, scenario in enumerate(Scenario)}


class _Kept(NamedTuple):
    """A hit that fits every condition."""

    score: int
    document: Document
    distance: int | None

    @property
    def key(self) -> SortKey:
        return (-self.score, self.distance or 0, *self.document.key)


def find(index: Index, sought: Sought, now: datetime) -> Hits:
    """Give what answers to a search at an instant: all of it counted, the wanted page of it in order."""
    around = index.around(sought.near) if sought.near is not None else None
    found = index.matching(sought.text) if sought.text else None
    rows: Iterable[tuple[int, float]]
    if found is None:
        rows = ((row, 0.0) for row in (index.documents if around is None else around))
    else:
        rows = found.rows if around is None else [pair for pair in found.rows if pair[0] in around]
    kept = _kept(index, rows, found, sought, now)
    page, more = _page(kept, sought)
    findables = Counter([one.document.findable for one in kept])
    scenarios: Counter[Scenario] = Counter()
    for findable, count in findables.items():
        scenarios[findable.scenario] += count
    subdistricts = Counter([one.document.subdistrict for one in kept])
    return Hits(
        items=[_hit(one, now, scored=found is not None) for one in page],
        total=len(kept),
        more=more,
        match=found.match if found is not None else SearchMatch.ALL,
        scenarios=dict(sorted(scenarios.items(), key=lambda each: (-each[1], _ORDER[each[0]]))),
        subdistricts={
            code: count
            for code, count in sorted(subdistricts.items(), key=lambda each: (-each[1], each[0] or ""))
            if code is not None
        },
    )


def _kept(
    index: Index, rows: Iterable[tuple[int, float]], found: Matching | None, sought: Sought, now: datetime
) -> list[_Kept]:
    """Give the hits that fit, each with its score."""
    documents = index.documents
    scale, namesakes, in_names = 0.0, frozenset[int](), frozenset[int]()
    if found is not None:
        scale = STEPS / max((score for _, score in found.rows), default=1.0)
        namesakes, in_names = index.called(found.question.spellings), found.in_names
    kinds: dict[Findable, tuple[int, Sequence[_Check]] | None] = {}
    within = _circle(sought.near)
    kept: list[_Kept] = []
    for row, text in rows:
        document = documents[row]
        findable = document.findable
        if findable not in kinds:
            checks = _checks(findable, sought, now)
            worth = _for_kind(findable, found.question) if found is not None else 0
            kinds[findable] = None if checks is None else (worth, checks)
        kind = kinds[findable]
        if kind is None:
            continue
        score = round(text * scale) + kind[0]
        if row in in_names:
            score += _IN_THE_NAME
        if row in namesakes:
            score += _IS_THE_NAME
        distance = None
        if within is not None:
            distance = within(document.positions)
            if distance is None:
                continue
            if found is not None:
                score += round(_HERE / (1 + distance / _HALF_M))
        if kind[1] and not all(fits(document) for fits in kind[1]):
            continue
        kept.append(_Kept(score, document, distance))
    return kept


def _page(kept: Sequence[_Kept], sought: Sought) -> tuple[list[_Kept], bool]:
    """Cut the wanted page: the best, or those that follow the cursor; and say whether there are more."""
    after, wanted = sought.after, sought.first + 1
    if after is not None:
        last = -int(after[0])
        kept = [one for one in kept if one.score < last or (one.score == last and one.key > after)]
    if len(kept) > wanted:
        least = nlargest(wanted, [one.score for one in kept])[-1]
        kept = [one for one in kept if one.score >= least]
    page = nsmallest(wanted, kept, key=lambda one: one.key)
    return page[: sought.first], len(page) == wanted


def _hit(one: _Kept, now: datetime, *, scored: bool) -> Hit:
    record, findable = one.document.record, one.document.findable
    return Hit(
        record=record,
        key=one.key,
        scenario=findable.scenario,
        name=one.document.said.name,
        part_of=one.document.part_of,
        distance=one.distance,
        score=one.score / STEPS if scored else None,
        open_now=findable.open_at(record, now) if findable.open_at is not None else None,
        free=findable.free(record),
        bookable=findable.bookable_at(record, now),
    )


def _for_kind(findable: Findable, question: Question) -> int:
    return 0 if question.calls.isdisjoint(_kind_names(findable)) else _IS_THE_KIND


@cache
def _kind_names(findable: Findable) -> frozenset[str]:
    """Give what a kind is called, as it is written and as it sounds, without spaces."""
    runs = [runs_of(name) for name in findable.called]
    return frozenset("".join(run.text for run in each) for each in runs) | frozenset(map(sounding, runs))


def _checks(findable: Findable, sought: Sought, now: datetime) -> Sequence[_Check] | None:
    """Give what has to be looked at in each document of a kind, None where all of it is left out."""
    checks: list[_Check] = []
    if sought.scenarios is not None and findable.scenario not in sought.scenarios:
        return None
    if (code := sought.subdistrict) is not None:
        checks.append(lambda document: document.subdistrict == code)
    if (shows := findable.shows) is not None:
        checks.append(lambda document: shows(document.record, now))
    if sought.free is not None:
        checks.append(lambda document: findable.free(document.record) is sought.free)
    if sought.bookable is not None:
        checks.append(lambda document: findable.bookable_at(document.record, now) is sought.bookable)
    if sought.open_now is not None:
        open_at = findable.open_at
        if open_at is None:
            return None
        checks.append(lambda document: open_at(document.record, now) is sought.open_now)
    return checks


def _circle(near: Near | None) -> Callable[[Iterable[Position]], int | None] | None:
    """Give what tells the metres to the nearest of a document's positions, None where none lies within."""
    if near is None:
        return None
    # A comparison of degrees is a tenth of the work of a distance.
    d_lat, d_lng = degrees(near)
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
