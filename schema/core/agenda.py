"""Agenda: what begins within a span of time, in the order of beginning, page by page over several sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeAlias, TypeVar

import msgspec

from schema.core.connection import Page, check_first, decode_cursor, page
from schema.core.docs import text
from schema.core.errors import InvalidInput
from schema.core.scalars import CHINA, in_china
from schema.core.slot import SlotRecord

HORIZON_DAYS = 60
MOST_COMING = 2_000
DAY = text(
    f"日期，今天起 {HORIZON_DAYS} 天内；空为这 {HORIZON_DAYS} 天",
    f"The day, at most {HORIZON_DAYS} days from today; null for all of them",
)

Mark: TypeAlias = tuple[int, str, str]
"""A place in the order: second of the beginning since 1970, source, id."""
S = TypeVar("S", bound=SlotRecord)


class Agenda(msgspec.Struct, frozen=True, kw_only=True):
    """What begins from `start` on and before `end`: the first `count` after a place in the order.

    A source gives as many as asked for wherever it has them, so that the first `count` of all sources'
    together are right, and a shorter answer says that there are no more.
    """

    start: datetime
    end: datetime
    count: int
    after: Mark | None = None

    @classmethod
    def ask(cls, now: datetime, day: date | None, first: int, after: str | None) -> Agenda:
        """Check a client's arguments; what has begun is left out. One more is asked for than is shown."""
        today = in_china(now).date()
        if day is not None and not today <= day <= today + timedelta(days=HORIZON_DAYS):
            raise InvalidInput(f"`day` is between today and {HORIZON_DAYS} days from now.")
        midnight = datetime.combine(today if day is None else day, time(), CHINA)
        days = HORIZON_DAYS + 1 if day is None else 1
        mark = decode_cursor(after, tuple[int, str, str])
        return cls(
            start=max(in_china(now) + timedelta(microseconds=1), midnight),
            end=midnight + timedelta(days=days),
            count=check_first(first) + 1,
            after=mark,
        )

    @classmethod
    def coming(cls, now: datetime) -> Agenda:
        """What begins within a week, as much of it as `search` keeps of one source."""
        return cls(start=in_china(now), end=in_china(now) + timedelta(days=7), count=MOST_COMING)

    def cut(self, slots: Sequence[S], distance: Callable[[S], int | None] = lambda _: None) -> Page[S]:
        """Give the page of what all sources answered; how many there are in all is not counted."""
        return page(slots, key=mark_of, first=self.count - 1, after=self.after, distance=distance)


def mark_of(slot: SlotRecord) -> Mark:
    """Give a slot's place in the order; one that has no beginning comes first."""
    return int(slot.start.timestamp()) if slot.start else 0, slot.ref.source, slot.ref.id
