"""Times and validity (the standard's package `time`) as opening hours, at one instant.

What depends on a public holiday or on the week of the month is passed over: no such calendar is sent
along. The times of day are the place's own, which is China's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import NamedTuple

from connectors.apds.wire import OverallPeriod, Period, PeriodsOrValidity, Times, Validity
from schema.core.hours import MIDNIGHT, WEEK, OpeningHours, Weekday, hours_on, within
from schema.core.scalars import in_china

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


class Opening(NamedTuple):
    """When a place is open, as a record has it."""

    open_24h: bool | None
    hours: tuple[OpeningHours, ...]
    closed: bool


def opening(times: Times | None, now: datetime) -> Opening:
    """Read when a place operates; nothing is taken for granted where the operator does not know."""
    if times is None:
        return Opening(None, (), closed=False)
    operating = times.operating_time or PeriodsOrValidity()
    closed = operating.validity is not None and not in_force(operating.validity, now)
    if times.available24hours and times.open_all_year:
        return Opening(True, (), closed=closed)
    hours = hours_of(_periods(operating), now)
    if not hours and (times.opening_times_unknown or times.opening_times_not_specified):
        return Opening(None, (), closed=closed)
    return Opening(False, hours, closed=closed)


def hours_of(periods: Sequence[Period], now: datetime) -> tuple[OpeningHours, ...]:
    """Give the spans of the periods that are in season."""
    return tuple(span for period in periods for span in _spans(period, now))


def in_force(validity: Validity, now: datetime) -> bool:
    """Say whether something holds now, its recurring periods aside: status, bounds and exceptions."""
    if validity.validity_status in ("suspended", "planned"):
        return False
    if validity.validity_status == "active":
        return True
    overall = validity.validity_time_specification
    return _bounded(overall, now) and not any(_holds(period, now) for period in overall.exception_periods)


def _periods(operating: PeriodsOrValidity) -> Sequence[Period]:
    if operating.periods or operating.validity is None:
        return operating.periods
    return operating.validity.validity_time_specification.valid_periods


def _bounded(overall: OverallPeriod, now: datetime) -> bool:
    return _between(overall.overall_start_time, overall.overall_end_time, now)


def _between(start: datetime | None, end: datetime | None, now: datetime) -> bool:
    return (start is None or in_china(start) <= now) and (end is None or now < in_china(end))


def _holds(period: Period, now: datetime) -> bool:
    return within(_spans(period, now), now)


def _spans(period: Period, now: datetime) -> tuple[OpeningHours, ...]:
    days = _days(period, now)
    if not days:
        return ()
    of_day = [
        (_clock(span.start_time_of_period), _clock(span.end_time_of_period))
        for span in period.recurring_time_period_of_day
    ] or [(MIDNIGHT, MIDNIGHT)]
    return tuple(
        hours_on(days, opens, closes) for opens, closes in of_day if opens is not None and closes is not None
    )


def _days(period: Period, now: datetime) -> frozenset[Weekday]:
    """Give the days of the week that a period holds on in the present month; none out of season."""
    if period.recurring_special_day or not _between(period.start_of_period, period.end_of_period, now):
        return frozenset()
    if not period.recurring_day_week_month_period:
        return frozenset(WEEK)
    month = _MONTHS[in_china(now).month - 1]
    return frozenset(
        day
        for rule in period.recurring_day_week_month_period
        if not rule.applicable_week and (not rule.applicable_month or month in rule.applicable_month)
        for day in WEEK
        if not rule.applicable_day or day.lower() in rule.applicable_day
    )


def _clock(value: str) -> time | None:
    """Read `8:00` or `08:00`, and `24:00` where systems mean the day's end; None for anything else."""
    if value == "24:00":
        return MIDNIGHT
    hour, _, minute = value.partition(":")
    try:
        return time(int(hour), int(minute))
    except ValueError:
        return None
