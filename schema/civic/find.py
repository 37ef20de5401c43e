"""Cases cut from a window: what is asked for by place, state, matter and day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from schema.civic.index import by_community
from schema.civic.lookups import CASES_SINCE, MAX_DAYS, case_window
from schema.civic.records import CaseRecord
from schema.community.gazetteer import CommunityRecord
from schema.core.connection import Page, SortKey, check_first, decode_cursor, page
from schema.core.context import Info
from schema.core.errors import InvalidInput
from schema.core.scalars import in_china

DEFAULT_DAYS = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def first_day(now: datetime, days: int) -> date:
    """Give the day so many days back, or say what is wrong with that."""
    if not 0 <= days <= MAX_DAYS:
        raise InvalidInput(f"`days` is between 0 and {MAX_DAYS}.")
    return now.date() - timedelta(days=days)


def check_since(now: datetime, since: date | None) -> date:
    """Give the first day asked for, or say what is wrong with it."""
    if since is None:
        return first_day(now, DEFAULT_DAYS)
    if not 0 <= (now.date() - since).days <= MAX_DAYS:
        raise InvalidInput(f"`since` is at most {MAX_DAYS} days back and not in the future.")
    return since


def _newest_first(case: CaseRecord) -> SortKey:
    return (-((case.requested_at - _EPOCH) // timedelta(microseconds=1)), case.ref.source, case.ref.id)


async def find_cases(
    info: Info,
    since: date,
    keep: Sequence[Callable[[CaseRecord], bool]],
    first: int,
    after: str | None,
    *,
    community: CommunityRecord | None = None,
    distance: Callable[[CaseRecord], int | None] = lambda _: None,
) -> Page[CaseRecord]:
    """Give a page of the cases since a day, of a community if one is given, that every filter keeps.

    Newest first.
    """
    size, cursor = check_first(first), decode_cursor(after, tuple[int, str, str])
    found = await info.context.search(CASES_SINCE, case_window(since, info.context.now.date()))
    info.context.report(info, found.failures)
    among = found.items if community is None else by_community(found.items).get(community.code, ())
    cases = [
        case
        for case in among
        if in_china(case.requested_at).date() >= since and all(test(case) for test in keep)
    ]
    return page(
        cases, key=_newest_first, first=size, after=cursor, total=found.count(cases), distance=distance
    )
