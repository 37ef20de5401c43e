"""Schedules: recurring times (RFC 5545 rules), working days and closures, turned into hours of real days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias

import msgspec
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

from schema.core.docs import doc
from schema.core.hours import MIDNIGHT, WEEK, OpeningHours, hours_on
from schema.core.record import Value
from schema.core.scalars import CHINA, in_china
from schema.core.workdays import is_working_day

Frequency: TypeAlias = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""The days of the week as RFC 5545 writes them, in the order of `date.weekday()`."""
_FREQUENCIES: dict[str, Literal[0, 1, 2, 3]] = {
    "DAILY": DAILY,
    "WEEKLY": WEEKLY,
    "MONTHLY": MONTHLY,
    "YEARLY": YEARLY,
}
_ANCHOR = date(2001, 1, 1)
"""A Monday, on which rules begin that name no first day."""
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)


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
    by_day: dict[date, list[OpenSpan]] = {first + n * _DAY: [] for n in range(days)}
    for span in _merged(schedules, first, days):
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
    spans = _merged(schedules, local.date() - _DAY, 2)
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


def _merged(schedules: Iterable[Schedule], first: date, days: int) -> list[OpenSpan]:
    """Give the open spans that begin on these days, overlaps joined, closures cut out."""
    opened: list[tuple[datetime, datetime]] = []
    closed: list[tuple[datetime, datetime]] = []
    for schedule in schedules:
        # A closure of the day before may reach into the first.
        since, count = (first - _DAY, days + 1) if schedule.closed else (first, days)
        spans = [_span(schedule, day) for day in _dates(schedule, since, count)]
        (closed if schedule.closed else opened).extend(spans)
    joined: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(opened):
        if joined and begin <= joined[-1][1] and begin.date() == joined[-1][0].date():
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    for shut, again in closed:
        joined = [rest for begin, end in joined for rest in _without(begin, end, shut, again)]
    last = first + days * _DAY
    return [OpenSpan(opens=begin, closes=end) for begin, end in joined if begin.date() < last]


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
def _dates(schedule: Schedule, first: date, days: int) -> tuple[date, ...]:
    """Give the days among so many on which a schedule holds; kept, for it is asked all day long."""
    window = [first + n * _DAY for n in range(days)]
    meant = [day - schedule.shift * _DAY for day in window]
    if schedule.kind is not DayKind.ANY:
        wanted = schedule.kind is DayKind.WORKING
        held = {day for day in meant if is_working_day(day) is wanted and _within(schedule, day)}
    elif schedule.freq is None:
        held = {day for day in meant if _in_dates(schedule, day)}
    else:
        held = _by_rule(schedule, meant[0], meant[-1])
    return tuple(
        day
        for day, own in zip(window, meant, strict=True)
        if own in held
        # Not by the rule itself, for it may have a count as well.
        and (schedule.until is None or own <= schedule.until)
        and (schedule.valid_from is None or schedule.valid_from <= own)
        and (schedule.valid_to is None or own <= schedule.valid_to)
    )


def _within(schedule: Schedule, day: date) -> bool:
    return (schedule.start is None or schedule.start <= day) and (
        schedule.until is None or day <= schedule.until
    )


def _in_dates(schedule: Schedule, day: date) -> bool:
    if schedule.start is None or schedule.until is not None or schedule.valid_to is not None:
        return _within(schedule, day)
    return day == schedule.start


def _by_rule(schedule: Schedule, first: date, last: date) -> set[date]:
    start = schedule.start or schedule.valid_from or _ANCHOR
    by_day = schedule.by_day
    if not by_day and schedule.freq == "WEEKLY" and schedule.start is None:
        by_day = _EVERY_DAY
    if schedule.count is None and schedule.freq in ("DAILY", "WEEKLY") and start < first:
        # An equal rule that begins shortly before, for the days since are counted one by one.
        step = (_DAY if schedule.freq == "DAILY" else _WEEK) * schedule.interval
        start += max(0, (first - start) // step - 1) * step
    rule = rrule(
        _FREQUENCIES[schedule.freq or "DAILY"],
        dtstart=datetime.combine(start, MIDNIGHT),
        interval=schedule.interval,
        count=schedule.count,
        wkst=schedule.week_start,
        byweekday=[weekday(on.weekday, on.nth) if on.nth else weekday(on.weekday) for on in by_day] or None,
        bymonthday=schedule.by_month_day or None,
        byyearday=schedule.by_year_day or None,
        byweekno=schedule.by_week or None,
    )
    found = rule.between(datetime.combine(first, MIDNIGHT), datetime.combine(last, MIDNIGHT), inc=True)
    return {instant.date() for instant in found}
