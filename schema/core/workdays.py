"""Working days in China: holidays left out and make-up days put in, as they are published year by year."""

from __future__ import annotations

from datetime import date
from functools import cache

import chinese_calendar

_WEEKEND = 5


@cache
def _published(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 6, 1))
    except NotImplementedError:
        return False
    return True


def is_working_day(day: date) -> bool:
    """Say whether people work on a day; of a year not yet published, Monday to Friday."""
    if not _published(day.year):
        return day.weekday() < _WEEKEND
    worked: bool = chinese_calendar.is_workday(day)
    return worked
