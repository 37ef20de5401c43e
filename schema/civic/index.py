"""Cases by community: worked out once for a window's answer, not once for each community that asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schema.civic.records import CaseRecord
from schema.community.gazetteer import community_at

_KEPT = 8
_recent: list[tuple[Sequence[CaseRecord], Mapping[str, Sequence[CaseRecord]]]] = []


def by_community(cases: Sequence[CaseRecord]) -> Mapping[str, Sequence[CaseRecord]]:
    """Give the cases of each community by its code; those that lie in none are left out.

    A cached window gives the same records again and again: comparing them is a thousandth of the work
    of finding where they lie.
    """
    for known, index in _recent:
        if len(known) == len(cases) and all(a is b for a, b in zip(known, cases, strict=True)):
            return index
    found: dict[str, list[CaseRecord]] = {}
    for case in cases:
        community = community_at(case.position)
        if community is not None:
            found.setdefault(community.code, []).append(case)
    _recent.insert(0, (tuple(cases), found))
    del _recent[_KEPT:]
    return found
