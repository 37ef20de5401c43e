"""Schedules: recurring times (RFC 5545 rules), working days and closures, turned into hours of real days."""

from __future__ import annotations

from bisect import bisect_right
from calendar import isleap, monthrange
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias

import msgspec

from schema.core.docs import doc
from schema.core.hours import MIDNIGHT, WEEK, OpeningHours, hours_on
from schema.core.record import Value
from schema.core.scalars import CHINA, in_china
from schema.core.workdays import is_working_day

Frequency: TypeAlias = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""The days of the week as RFC 5545 writes them, in the order of `date.weekday()`."""
_ANCHOR = date(2001, 1, 1)
"""A Monday, on which rules begin that name no first day."""
_DAY = timedelta(days=1)
_EDGE = 2
"""Days at either end of the calendar on which nothing is open: the days around them could not be named."""
MAX_INTERVAL = 1_000
MAX_COUNT = 10_000
"""No directory means more; a rule with more holds on no day, and says nothing of closures either."""
_COUNTED_DAYS = 18_263
"""Fifty years: so far the days of a rule with a count are counted, and then it is over."""


class DayKind(StrEnum):
    """On which days of its dates a schedule holds."""

    ANY = "ANY"
    WORKING = "WORKING"
    FREE = "FREE"


class OnDay(msgspec.Struct, frozen=True):
    """A day of the week, with its place in the month where the rule is by months: -1 is the last."""

    weekday: Literal[0, 1, 2, 3, 4, 5, 6]
    nth: int | None = None


_EVERY_DAY = (OnDay(0), OnDay(1), OnDay(2), OnDay(3), OnDay(4), OnDay(5), OnDay(6))


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """One recurring span of local time, or of closure; the hours of a place are several of them together."""

    opens: time | None = None
    closes: time | None = None
    """Both None is the whole day; not later than `opens` is on the next day."""
    freq: Frequency | None = None
    """None: every day from `start` to `until`, or `start` alone where there is no `until`."""
    interval: int = 1
    by_day: tuple[OnDay, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_year_day: tuple[int, ...] = ()
    by_week: tuple[int, ...] = ()
    week_start: Literal[0, 1, 2, 3, 4, 5, 6] = 0
    count: int | None = None
    start: date | None = None
    until: date | None = None
    """The last day, which is included."""
    valid_from: date | None = None
    valid_to: date | None = None
    """Days before and after these are none of its business, whatever its rule says."""
    shift: int = 0
    """Days to add to what the rule gives, where it is written in the days of another time zone."""
    kind: DayKind = DayKind.ANY
    """WORKING and FREE hold on the days that people in China work or do not, in place of days of the week."""
    closed: bool = False
    """A closure: what it covers is not open, whatever the others say."""


class OpenSpan(Value, frozen=True, kw_only=True):
    """某一天实际开放的一段时间。
    A span of time during which something is really open.
    """

    opens: Annotated[datetime, doc("开始时刻", "When it opens")]
    closes: Annotated[datetime, doc("结束时刻", "When it closes")]


class OpenDay(Value, frozen=True, kw_only=True):
    """某一天的实际开放安排，已计入节假日、调休与闭馆。
    The hours of one day, with holidays, make-up days and closures taken into account.
    """

    date: Annotated[date, doc("日期", "The day")]
    working_day: Annotated[
        bool,
        doc(
            "是否为工作日（含调休上班日；尚未公布的年份按周一至周五）",
            "Whether people in China work that day; of years not yet published, Monday to Friday",
        ),
    ]
    spans: Annotated[
        tuple[OpenSpan, ...], doc("开放时段，由早到晚；不开放为空列表", "When it is open; empty: not at all")
    ]


def open_days(schedules: Sequence[Schedule], first: date, days: int) -> tuple[OpenDay, ...]:
    """Give the hours of so many days; a span that ends past midnight stands on the day it begins."""
    by_day: dict[date, list[OpenSpan]] = {day: [] for day in _window(first.toordinal(), days)}
    for span in _merged(schedules, first.toordinal(), days):
        by_day[span.opens.date()].append(span)
    return tuple(
        OpenDay(date=day, working_day=is_working_day(day), spans=tuple(spans))
        for day, spans in by_day.items()
    )


def open_at(schedules: Sequence[Schedule], at: datetime) -> bool | None:
    """Say whether it is open at an instant; None where there are no hours to tell it by."""
    if not any(not schedule.closed for schedule in schedules):
        return None
    local = in_china(at)
    spans = _merged(schedules, local.toordinal() - 1, 2)
    return any(span.opens <= local < span.closes for span in spans)


def plain_week(schedules: Sequence[Schedule], today: date) -> tuple[OpeningHours, ...]:
    """Give what holds every week as of today: what is by the month, by turns or for a time is not in it."""
    week: dict[tuple[time, time], set[int]] = {}
    for schedule in schedules:
        if schedule.closed or not _is_weekly(schedule, today):
            continue
        days: Iterable[int] = [on.weekday for on in schedule.by_day] or range(7)
        if schedule.kind is not DayKind.ANY:
            days = range(5) if schedule.kind is DayKind.WORKING else (5, 6)
        span = (schedule.opens or MIDNIGHT, schedule.closes or MIDNIGHT)
        week.setdefault(span, set()).update((day + schedule.shift) % 7 for day in days)
    spans = [hours_on([WEEK[day] for day in days], *span) for span, days in week.items()]
    return tuple(sorted(spans, key=lambda hours: (WEEK.index(hours.days[0]), hours.opens)))


def _is_weekly(schedule: Schedule, today: date) -> bool:
    if schedule.kind is DayKind.ANY and (
        schedule.freq not in ("WEEKLY", "DAILY")
        or schedule.interval != 1
        or schedule.count is not None
        or schedule.by_week
        or schedule.by_month_day
        or schedule.by_year_day
        or (schedule.freq == "WEEKLY" and not schedule.by_day and schedule.start is not None)
    ):
        return False
    first = max((day for day in (schedule.start, schedule.valid_from) if day), default=today)
    last = min((day for day in (schedule.until, schedule.valid_to) if day), default=today)
    return first <= today <= last


def computable(schedule: Schedule) -> bool:
    """Say whether the days of a schedule can be told with bounded work."""
    return 1 <= schedule.interval <= MAX_INTERVAL and (schedule.count is None or schedule.count <= MAX_COUNT)


def _window(first: int, days: int) -> list[date]:
    """Give so many days from an ordinal on, without those at the ends of the calendar."""
    begin, end = date.min.toordinal() + _EDGE, date.max.toordinal() - _EDGE
    return [date.fromordinal(n) for n in range(max(first, begin), min(first + days, end))]


def _merged(schedules: Iterable[Schedule], first: int, days: int) -> list[OpenSpan]:
    """Give the open spans that begin on these days, overlaps joined, closures cut out."""
    opened: list[tuple[datetime, datetime]] = []
    closed: list[tuple[datetime, datetime]] = []
    for schedule in schedules:
        # A closure of the day before may reach into the first, and what it leaves of that night begin there.
        spans = [_span(schedule, day) for day in _dates(schedule, first - 1, days + 1)]
        (closed if schedule.closed else opened).extend(spans)
    joined: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(opened):
        if joined and begin <= joined[-1][1] and begin.date() == joined[-1][0].date():
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    for shut, again in closed:
        joined = [rest for begin, end in joined for rest in _without(begin, end, shut, again)]
    return [
        OpenSpan(opens=begin, closes=end)
        for begin, end in joined
        if first <= begin.toordinal() < first + days
    ]


def _without(
    begin: datetime, end: datetime, shut: datetime, again: datetime
) -> list[tuple[datetime, datetime]]:
    parts = [(begin, min(end, shut)), (max(begin, again), end)]
    return [part for part in parts if part[0] < part[1]]


def _span(schedule: Schedule, day: date) -> tuple[datetime, datetime]:
    opens, closes = schedule.opens or MIDNIGHT, schedule.closes or MIDNIGHT
    end = day if closes > opens else day + _DAY
    return datetime.combine(day, opens, CHINA), datetime.combine(end, closes, CHINA)


@lru_cache(maxsize=20_000)
def _dates(schedule: Schedule, first: int, days: int) -> tuple[date, ...]:
    """Give the days among so many on which a schedule holds; kept, for it is asked all day long."""
    if not computable(schedule):
        return ()
    return tuple(
        day
        for day in _window(first, days)
        for own in _window(day.toordinal() - schedule.shift, 1)
        if _holds(schedule, own)
        # Not by the rule itself, for it may have a count as well.
        and (schedule.until is None or own <= schedule.until)
        and (schedule.valid_from is None or schedule.valid_from <= own)
        and (schedule.valid_to is None or own <= schedule.valid_to)
    )


def _holds(schedule: Schedule, day: date) -> bool:
    if schedule.kind is not DayKind.ANY:
        return is_working_day(day) is (schedule.kind is DayKind.WORKING) and _within(schedule, day)
    if schedule.freq is None:
        return _in_dates(schedule, day)
    return _in_rule(schedule, day) and (schedule.count is None or day <= _last(schedule))


def _within(schedule: Schedule, day: date) -> bool:
    return (schedule.start is None or schedule.start <= day) and (
        schedule.until is None or day <= schedule.until
    )


def _in_dates(schedule: Schedule, day: date) -> bool:
    if schedule.start is None or schedule.until is not None or schedule.valid_to is not None:
        return _within(schedule, day)
    return day == schedule.start


def _start(schedule: Schedule) -> date:
    return schedule.start or schedule.valid_from or _ANCHOR


@lru_cache(maxsize=20_000)
def _last(schedule: Schedule) -> date:
    """Give the last day of a rule with a count."""
    start, left = _start(schedule), schedule.count or 0
    day = start
    for day in _window(start.toordinal(), _COUNTED_DAYS):
        left -= _in_rule(schedule, day)
        if left <= 0:
            break
    return day


def _in_rule(schedule: Schedule, day: date) -> bool:
    """Say whether a rule gives a day (RFC 5545, 3.3.10), its count and its last day aside.

    Each day is looked at by itself: walking there from the rule's beginning has no bound, and a rule that
    gives no day at all is walked to the end of the calendar.
    """
    start = _start(schedule)
    return (
        start <= day
        and _periods(schedule, start, day) % schedule.interval == 0
        and _on_day(schedule, start, day)
        and (not schedule.by_month_day or _among(schedule.by_month_day, *_in_month(day)))
        and (not schedule.by_year_day or _among(schedule.by_year_day, *_in_year(day)))
        and (not schedule.by_week or _among(schedule.by_week, *_week(day, schedule.week_start)))
    )


def _periods(schedule: Schedule, start: date, day: date) -> int:
    """Count the days, weeks, months or years from a rule's beginning."""
    if schedule.freq == "YEARLY":
        return day.year - start.year
    if schedule.freq == "MONTHLY":
        return (day.year - start.year) * 12 + day.month - start.month
    if schedule.freq == "WEEKLY":
        return (_week_of(day, schedule.week_start) - _week_of(start, schedule.week_start)) // 7
    return (day - start).days


def _on_day(schedule: Schedule, start: date, day: date) -> bool:
    """Say whether a rule gives the day of the week; without any `by` it is by its first day."""
    if schedule.by_day:
        return any(on.weekday == day.weekday() and _nth(schedule, on, day) for on in schedule.by_day)
    if schedule.by_month_day or schedule.by_year_day or schedule.by_week or schedule.freq == "DAILY":
        return True
    if schedule.freq == "WEEKLY":
        return schedule.start is None or day.weekday() == start.weekday()
    return day.day == start.day and (schedule.freq == "MONTHLY" or day.month == start.month)


def _nth(schedule: Schedule, on: OnDay, day: date) -> bool:
    if not on.nth or schedule.freq not in ("MONTHLY", "YEARLY"):
        return True
    place, days = _in_month(day) if schedule.freq == "MONTHLY" else _in_year(day)
    return on.nth == (place - 1) // 7 + 1 if on.nth > 0 else -on.nth == (days - place) // 7 + 1


def _among(wanted: tuple[int, ...], place: int, of: int) -> bool:
    """Say whether a place, counted from the beginning or from the end (-1), is wanted."""
    return place in wanted or place - of - 1 in wanted


def _in_month(day: date) -> tuple[int, int]:
    return day.day, monthrange(day.year, day.month)[1]


def _in_year(day: date) -> tuple[int, int]:
    return day.timetuple().tm_yday, 365 + isleap(day.year)


def _week_of(day: date, week_start: int) -> int:
    """Give the ordinal of the day on which a day's week begins; that of 0001-01-01, a Monday, is 1."""
    return day.toordinal() - (day.toordinal() - 1 - week_start) % 7


def _week(day: date, week_start: int) -> tuple[int, int]:
    """Give the number of a day's week, and how many weeks that year has: the first has its 4 January."""

    def first(fourth: int) -> int:
        return fourth - (fourth - 1 - week_start) % 7

    own = date(day.year, 1, 4).toordinal()
    before, after = own - 365 - isleap(day.year - 1), own + 365 + isleap(day.year)
    further = after + 365 + isleap(day.year + 1)
    begins = [first(fourth) for fourth in (before, own, after, further)]
    place = bisect_right(begins, day.toordinal())
    begin, end = begins[place - 1], begins[place]
    return (day.toordinal() - begin) // 7 + 1, (end - begin) // 7
