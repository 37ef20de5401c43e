"""Schedules of HSDS, which are rules of RFC 5545 with times of day, as ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, cast

from connectors.hsds import values, wire
from schema.core.schedule import CODES, DayKind, Frequency, OnDay, Schedule, computable

_BY_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_WORKING_WEEK = {0, 1, 2, 3, 4}
CLOSED, WORKING_DAYS, FREE_DAYS = "closed", "working-days", "free-days"
"""What a term of a schedule may say: the standard has no closures and no days but those of the week."""


def schedules(
    told: Sequence[wire.Schedule] | None, word: Callable[[wire.Attribute], str | None], working_days: bool
) -> tuple[Schedule, ...]:
    """Give the schedules that can be understood.

    `word` gives our word for what a term says; `working_days`: Monday to Friday means those.
    """
    found = (
        _schedule(one, {word(each) for each in one.attributes or ()}, working_days) for one in told or ()
    )
    return tuple(one for one in found if one is not None)


def _schedule(told: wire.Schedule, said: set[str | None], working_days: bool) -> Schedule | None:
    hours = values.number(told.timezone)
    opens, closes = (values.day_and_time(value, hours) for value in (told.opens_at, told.closes_at))
    closed = CLOSED in said
    if (opens is None or closes is None) and not closed:
        return None
    freq = (told.freq or "").strip().upper()
    by_day = _by_day(told.byday)
    rule = cast(Frequency, freq) if freq in _FREQUENCIES else "WEEKLY" if by_day else None
    start, valid_from = values.day(told.dtstart), values.day(told.valid_from)
    if closed and rule is None and start is None and valid_from is None:
        # A closure without a date would shut for ever what its directory calls open.
        return None
    interval = values.whole(told.interval) or 1
    if interval > 1 and start is None and valid_from is None:
        # Which of the weeks is meant, nobody can tell.
        return None
    kind = DayKind.WORKING if WORKING_DAYS in said else DayKind.FREE if FREE_DAYS in said else DayKind.ANY
    if working_days and kind is DayKind.ANY and not closed and rule == "WEEKLY" and interval == 1:
        plain = {on.weekday for on in by_day} == _WORKING_WEEK
        kind = DayKind.WORKING if plain and not (told.byweekno or told.count) else kind
    week_start = (told.wkst or "MO").strip().upper()
    schedule = Schedule(
        opens=opens[0] if opens else None,
        closes=closes[0] if closes else None,
        freq=rule,
        interval=interval,
        by_day=by_day if rule in ("MONTHLY", "YEARLY") else tuple(OnDay(on.weekday) for on in by_day),
        by_month_day=values.numbers(told.bymonthday, 31) if rule in ("MONTHLY", "YEARLY") else (),
        by_year_day=values.numbers(told.byyearday, 366) if rule == "YEARLY" else (),
        by_week=values.numbers(told.byweekno, 53) if rule in ("WEEKLY", "YEARLY") else (),
        week_start=_weekday(week_start if week_start in CODES else "MO"),
        count=values.whole(told.count) or None,
        start=start,
        until=values.day(told.until),
        valid_from=valid_from,
        valid_to=values.day(told.valid_to),
        shift=opens[1] if opens else 0,
        kind=kind,
        closed=closed,
    )
    return schedule if computable(schedule) else None


def _by_day(told: str | None) -> tuple[OnDay, ...]:
    matches = (_BY_DAY.fullmatch(part.strip().upper()) for part in (told or "").split(","))
    return tuple(
        OnDay(_weekday(match[2]), int(match[1]) if match[1] else None)
        for match in matches
        if match is not None
    )


def _weekday(code: str) -> Literal[0, 1, 2, 3, 4, 5, 6]:
    return cast(Literal[0, 1, 2, 3, 4, 5, 6], CODES.index(code))
