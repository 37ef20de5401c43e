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

import structlog

from gateway.search.document import Document
from gateway.search.index import Index, Matching, degrees
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
_IS_THE_KIND = STEPS
"""Whoever says what a kind of thing is called looks for such things."""
_HERE = STEPS // 2
"""What being on the spot adds, half of it at a distance of a kilometre."""
_HALF_M = 1_000

_log = structlog.get_logger("gateway.search")

_Check: TypeAlias = Callable[[Document], bool]
_ORDER = {scenario: place for place, scenario in enumerate(Scenario)}


class _Kept(NamedTuple):
    """The hits that fit every condition, side by side in three lists: an object for each would cost more."""

    documents: list[Document]
    scores: list[int]
    distances: list[int]
    """Empty where nothing says from where."""

    def key(self, place: int) -> SortKey:
        """Give the place of a hit in the order of all."""
        return (-self.scores[place], *self.tie(place))

    def tie(self, place: int) -> tuple[int, str, str, str]:
        """Give the place of a hit among those of the same score."""
        return (self.distances[place] if self.distances else 0, *self.documents[place].key)


def find(index: Index, sought: Sought, now: datetime) -> Hits:
    """Give what answers to a search at an instant: all of it counted, the wanted page of it in order."""
    around = index.around(sought.near) if sought.near is not None else None
    found = index.matching(sought.text) if sought.text else None
    rows: Iterable[tuple[int, float]]
    if found is None:
        rows = [(row, 0.0) for row in (index.documents if around is None else around)]
    else:
        rows = found.rows if around is None else [pair for pair in found.rows if pair[0] in around]
    kept = _kept(index, rows, found, sought, now)
    page, more = _page(kept, sought)
    scenarios: Counter[Scenario] = Counter()
    for findable, count in Counter([document.findable for document in kept.documents]).items():
        scenarios[findable.scenario] += count
    subdistricts = Counter([document.subdistrict for document in kept.documents])
    return Hits(
        items=[_hit(kept, place, now, scored=found is not None) for place in page],
        total=len(kept.documents),
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
) -> _Kept:
    """Give the hits that fit, each with its score."""
    all_documents = index.documents
    scale, namesakes, in_names = 0.0, frozenset[int](), frozenset[int]()
    if found is not None:
        scale = STEPS / max((score for _, score in found.rows), default=1.0)
        namesakes, in_names = index.called(found.question.spellings), found.in_names
    kinds: dict[Findable, tuple[int, Sequence[_Check]] | None] = {}
    within = _circle(sought.near)
    documents: list[Document] = []
    scores: list[int] = []
    distances: list[int] = []
    for row, text in rows:
        document = all_documents[row]
        findable = document.findable
        if findable in kinds:
            kind = kinds[findable]
        else:
            checks = _checks(findable, sought, now)
            worth = _for_kind(findable, found) if found is not None else 0
            kind = kinds[findable] = None if checks is None else (worth, checks)
        if kind is None:
            continue
        distance = 0
        if within is not None:
            nearest = within(document.positions)
            if nearest is None:
                continue
            distance = nearest
        if kind[1] and not all(fits(document) for fits in kind[1]):
            continue
        score = 0
        if found is not None:
            score = int(text * scale) + kind[0]
            if row in in_names:
                score += _IN_THE_NAME
            if row in namesakes:
                score += _IS_THE_NAME
            if within is not None:
                score += int(_HERE / (1 + distance / _HALF_M))
        documents.append(document)
        scores.append(score)
        if within is not None:
            distances.append(distance)
    return _Kept(documents, scores, distances)


def _page(kept: _Kept, sought: Sought) -> tuple[list[int], bool]:
    """Cut the wanted page: the best, or those that follow the cursor; and say whether there are more."""
    scores, after, wanted = kept.scores, sought.after, sought.first + 1
    if after is None:
        places = list(range(len(scores)))
    else:
        last, tie = -int(after[0]), after[1:]
        places = [
            place
            for place, score in enumerate(scores)
            if score < last or (score == last and kept.tie(place) > tie)
        ]
    if len(places) > wanted:
        least = nlargest(wanted, [scores[place] for place in places])[-1]
        places = [place for place in places if scores[place] >= least]
    page = nsmallest(wanted, places, key=kept.key)
    return page[: sought.first], len(page) == wanted


def _hit(kept: _Kept, place: int, now: datetime, *, scored: bool) -> Hit:
    document = kept.documents[place]
    record, findable = document.record, document.findable
    return Hit(
        record=record,
        key=kept.key(place),
        scenario=findable.scenario,
        name=document.said.name,
        part_of=document.part_of,
        distance=kept.distances[place] if kept.distances else None,
        score=kept.scores[place] / STEPS if scored else None,
        open_now=_known(findable, findable.open_at, record, now) if findable.open_at is not None else None,
        free=_known(findable, findable.free, record),
        bookable=_known(findable, findable.bookable_at, record, now),
    )


def _for_kind(findable: Findable, found: Matching) -> int:
    question = found.question
    calls = question.calls if found.match is SearchMatch.EXACT else question.nearly_calls
    return 0 if calls.isdisjoint(_kind_names(findable)) else _IS_THE_KIND


@cache
def _kind_names(findable: Findable) -> frozenset[str]:
    """Give what a kind is called, as it is written and as it sounds, without spaces."""
    runs = [runs_of(name) for name in findable.called]
    return frozenset("".join(run.text for run in each) for each in runs) | frozenset(map(sounding, runs))


def _known(findable: Findable, ask: Callable[..., bool | None], *of: object) -> bool | None:
    """Ask a scenario about a record, None where it fails: one bad record must not fail every search."""
    try:
        return ask(*of)
    except Exception:
        _note_failure(findable.record.kind)
        return None


@cache
def _note_failure(kind: str) -> None:
    """Log it once a kind, without the error, which may hold what the record says."""
    _log.error("a record could not be asked about in a search", kind=kind)


def _checks(findable: Findable, sought: Sought, now: datetime) -> Sequence[_Check] | None:
    """Give what has to be looked at in each document of a kind, None where all of it is left out."""
    checks: list[_Check] = []
    if sought.scenarios is not None and findable.scenario not in sought.scenarios:
        return None
    if (code := sought.subdistrict) is not None:
        checks.append(lambda document: document.subdistrict == code)
    if (shows := findable.shows) is not None:
        checks.append(lambda document: bool(_known(findable, shows, document.record, now)))
    if sought.free is not None:
        checks.append(lambda document: _known(findable, findable.free, document.record) is sought.free)
    if sought.bookable is not None:
        bookable_at = findable.bookable_at
        checks.append(lambda document: _known(findable, bookable_at, document.record, now) is sought.bookable)
    if sought.open_now is not None:
        open_at = findable.open_at
        if open_at is None:
            return None
        checks.append(lambda document: _known(findable, open_at, document.record, now) is sought.open_now)
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
