"""Schedules: rules, working days and closures on real days."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from time import perf_counter
from typing import Any, Literal

import msgspec
import pytest
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

from schema.core.hours import OpeningHours, Weekday
from schema.core.schedule import DayKind, OnDay, Schedule, open_at, open_days, plain_week
from schema.core.workdays import is_working_day

NINE, TWELVE, FIVE = time(9), time(12), time(17)
WORKING = Schedule(opens=NINE, closes=FIVE, freq="WEEKLY", kind=DayKind.WORKING)
SATURDAYS = Schedule(
    opens=NINE, closes=TWELVE, freq="WEEKLY", by_day=(OnDay(5),), interval=2, start=date(2026, 11, 21)
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def opened(*schedules: Schedule, first: str, days: int) -> list[str]:
    """The days on which anything is open, as `11-24 09:00–17:00`."""
    return [
        f"{day.date:%m-%d} {span.opens:%H:%M}–{span.closes:%H:%M}"
        for day in open_days(schedules, date.fromisoformat(first), days)
        for span in day.spans
    ]


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-02-14", True),  # a Saturday made up for the Spring Festival
        ("2026-02-17", False),  # the Spring Festival, a Tuesday
        ("2026-10-01", False),
        ("2026-11-24", True),
        ("2026-11-28", False),
        ("2031-10-01", True),  # not yet published, a Wednesday
        ("2031-10-04", False),
    ],
)
def test_working_days_are_chinas(day: str, worked: bool) -> None:
    """Holidays are off and make-up days on; a year not yet published has the plain week."""
    assert is_working_day(date.fromisoformat(day)) is worked


def test_working_days_hold_on_make_up_days_and_not_on_holidays() -> None:
    """The week of the National Day, and the Saturday worked for it."""
    assert opened(WORKING, first="2026-09-30", days=11) == [
        "09-30 09:00–17:00",
        "10-08 09:00–17:00",
        "10-09 09:00–17:00",
        "10-10 09:00–17:00",
    ]


def test_every_other_week_counts_from_the_first() -> None:
    """An interval of two weeks, long after it began, and before."""
    assert opened(SATURDAYS, first="2026-11-15", days=31) == [
        "11-21 09:00–12:00",
        "12-05 09:00–12:00",
    ]
    assert opened(SATURDAYS, first="2029-01-01", days=21) == ["01-13 09:00–12:00"]


def test_rules_by_the_month() -> None:
    """The second Monday, the last Friday, and the 15th of each month."""
    rules = (
        Schedule(opens=NINE, closes=TWELVE, freq="MONTHLY", by_day=(OnDay(0, 2), OnDay(4, -1))),
        Schedule(opens=NINE, closes=FIVE, freq="MONTHLY", by_month_day=(15,)),
    )
    assert opened(*rules, first="2026-11-01", days=30) == [
        "11-09 09:00–12:00",
        "11-15 09:00–17:00",
        "11-27 09:00–12:00",
    ]


def test_a_count_ends_a_rule_and_so_do_until_and_validity() -> None:
    """Three occurrences; the last day is included; validity cuts what the rule gives."""
    daily = Schedule(opens=NINE, closes=FIVE, freq="DAILY", start=date(2026, 11, 24))
    for changes in (
        {"count": 3},
        {"until": date(2026, 11, 26)},
        {"valid_to": date(2026, 11, 26)},
        {"start": None, "valid_from": date(2026, 11, 24), "valid_to": date(2026, 11, 26)},
    ):
        rule = msgspec.structs.replace(daily, **changes)
        assert [line[:5] for line in opened(rule, first="2026-11-20", days=20)] == ["11-24", "11-25", "11-26"]


def test_dates_without_a_rule() -> None:
    """One day, several days, and no date at all, which is every day."""
    day = Schedule(opens=NINE, closes=TWELVE, start=date(2026, 12, 31))
    days = Schedule(opens=NINE, closes=TWELVE, start=date(2026, 12, 30), until=date(2026, 12, 31))
    assert opened(day, first="2026-12-29", days=5) == ["12-31 09:00–12:00"]
    assert [line[:5] for line in opened(days, first="2026-12-29", days=5)] == ["12-30", "12-31"]
    assert len(opened(Schedule(opens=NINE, closes=TWELVE), first="2026-12-29", days=5)) == 5


def test_closures_cut_what_is_open() -> None:
    """A whole day, part of one, and a night of the day before."""
    whole = Schedule(freq="MONTHLY", by_month_day=(24,), closed=True)
    lunch = Schedule(opens=TWELVE, closes=time(13), freq="DAILY", closed=True)
    night = Schedule(opens=time(22), closes=time(10), start=date(2026, 11, 24), closed=True)
    assert opened(WORKING, whole, first="2026-11-23", days=3) == ["11-23 09:00–17:00", "11-25 09:00–17:00"]
    assert opened(WORKING, lunch, first="2026-11-23", days=1) == ["11-23 09:00–12:00", "11-23 13:00–17:00"]
    assert opened(WORKING, night, first="2026-11-25", days=1) == ["11-25 10:00–17:00"]
    assert open_at([WORKING, whole], at("2026-11-24T10:00")) is False
    assert open_at([whole], at("2026-11-24T10:00")) is None


def test_overlapping_spans_are_one() -> None:
    """Two schedules that meet, and one within another."""
    rules = [
        Schedule(opens=NINE, closes=TWELVE, freq="DAILY"),
        Schedule(opens=TWELVE, closes=FIVE, freq="DAILY"),
        Schedule(opens=time(10), closes=time(11), freq="DAILY"),
    ]
    assert opened(*rules, first="2026-11-24", days=1) == ["11-24 09:00–17:00"]


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        ("2026-11-24T21:59", False),
        ("2026-11-24T22:00", True),
        ("2026-11-25T05:59", True),
        ("2026-11-25T06:00", False),
    ],
)
def test_a_span_past_midnight_is_open_there(instant: str, is_open: bool) -> None:
    """From 22:00 to 06:00 on the next day, on Tuesdays."""
    night = Schedule(opens=time(22), closes=time(6), freq="WEEKLY", by_day=(OnDay(1),))
    assert open_at([night], at(instant)) is is_open


def test_no_hours_are_unknown_hours() -> None:
    """Without any schedule nobody knows."""
    assert open_at([], at("2026-11-24T10:00")) is None


def test_the_whole_day_never_closes() -> None:
    """Midnight to midnight, on every day of a week."""
    always = Schedule(freq="WEEKLY", by_day=tuple(OnDay(day) for day in (0, 1, 2, 3, 4, 5, 6)))
    assert open_at([always], at("2026-11-24T00:00")) is True
    assert open_at([always], at("2026-11-24T23:59")) is True


def test_the_plain_week_leaves_out_what_is_for_a_time() -> None:
    """Working days are Monday to Friday; by turns, by the month, in the past and to come are not in it."""
    free = Schedule(opens=NINE, closes=TWELVE, kind=DayKind.FREE)
    past = Schedule(opens=NINE, closes=TWELVE, freq="DAILY", until=date(2026, 11, 1))
    monthly = Schedule(opens=NINE, closes=TWELVE, freq="MONTHLY", by_month_day=(1,))
    week = plain_week([WORKING, free, SATURDAYS, past, monthly], date(2026, 11, 24))
    assert week == (
        OpeningHours(
            days=(
                Weekday.MONDAY,
                Weekday.TUESDAY,
                Weekday.WEDNESDAY,
                Weekday.THURSDAY,
                Weekday.FRIDAY,
            ),
            opens=NINE,
            closes=FIVE,
        ),
        OpeningHours(days=(Weekday.SATURDAY, Weekday.SUNDAY), opens=NINE, closes=TWELVE),
    )


def test_days_of_another_time_zone_are_shifted() -> None:
    """Sunday 22:00 UTC is Monday 06:00 here."""
    rule = Schedule(opens=time(6), closes=NINE, freq="WEEKLY", by_day=(OnDay(6),), shift=1)
    assert opened(rule, first="2026-11-22", days=7) == ["11-23 06:00–09:00"]
    assert [hours.days for hours in plain_week([rule], date(2026, 11, 24))] == [(Weekday.MONDAY,)]


def test_a_rule_that_began_long_ago() -> None:
    """It holds on the same days, though it is not counted from its beginning."""
    old = Schedule(opens=NINE, closes=FIVE, freq="WEEKLY", by_day=(OnDay(1),), start=date(2001, 1, 2))
    assert opened(old, first="2026-11-24", days=8) == ["11-24 09:00–17:00", "12-01 09:00–17:00"]


def test_rules_give_the_days_that_the_standards_library_gives() -> None:
    """Four hundred rules of RFC 5545, made at random, against dateutil, which walks them from their start."""
    chance = random.Random(7)  # noqa: S311  # rules for a test, the same each time
    frequencies: dict[str, Literal[0, 1, 2, 3]] = {
        "DAILY": DAILY,
        "WEEKLY": WEEKLY,
        "MONTHLY": MONTHLY,
        "YEARLY": YEARLY,
    }
    first = date(2026, 12, 20)
    for _ in range(400):
        name = chance.choice(list(frequencies))
        by: dict[str, Any] = {
            "interval": chance.choice([1, 1, 2, 3]),
            "start": date(2023, chance.randint(1, 12), 31 - chance.randint(3, 30)),
        }
        by["week_start"] = chance.choice([0, 6])
        if chance.random() < 0.3:
            by["count"] = chance.choice([1, 30, 170])
        if chance.random() < 0.5:
            nth = chance.random() < 0.5 and name in ("MONTHLY", "YEARLY")
            by["by_day"] = tuple(OnDay(day, chance.choice([-1, 1, 2, 5]) if nth else None) for day in (1, 5))
        for field, most, of in (
            ("by_month_day", 31, ("MONTHLY", "YEARLY")),
            ("by_year_day", 366, ("YEARLY",)),
            ("by_week", 53, ("WEEKLY", "YEARLY")),
        ):
            if chance.random() < 0.25 and name in of and not any(on.nth for on in by.get("by_day", ())):
                by[field] = tuple(chance.randint(1, most) * chance.choice([1, -1]) for _ in range(most // 4))
        rule = Schedule(freq=name, **by)  # type: ignore[arg-type]  # one of the frequencies
        days = rrule(
            frequencies[name],
            dtstart=datetime.combine(by["start"], time()),
            interval=by["interval"],
            count=by.get("count"),
            wkst=rule.week_start,
            byweekday=[weekday(on.weekday, on.nth) for on in rule.by_day] or None,
            bymonthday=rule.by_month_day or None,
            byyearday=rule.by_year_day or None,
            byweekno=rule.by_week or None,
        )
        end = first + timedelta(days=39)
        told = days.between(datetime.combine(first, time()), datetime.combine(end, time()), inc=True)
        assert [day.date for day in open_days([rule], first, 40) if day.spans] == [
            each.date() for each in told
        ], rule


HUGE = 1_000_000_000


@pytest.mark.parametrize(
    "odd",
    [
        Schedule(freq="WEEKLY", by_day=(OnDay(0),), interval=HUGE, start=date(2026, 1, 5)),
        Schedule(freq="YEARLY", interval=0),
        Schedule(freq="DAILY", count=HUGE, start=date.min),
        Schedule(freq="DAILY", count=10_000, start=date.min),
        Schedule(freq="YEARLY", by_year_day=(1,), by_month_day=(31,), start=date.min),
        Schedule(freq="MONTHLY", by_month_day=(31,), count=10_000, start=date.max),
        Schedule(freq="WEEKLY", by_day=(OnDay(0),), shift=10**12),
        Schedule(freq="YEARLY", by_week=(1,), start=date.min, interval=1000),
    ],
)
@pytest.mark.parametrize("today", [date.min, date(2026, 11, 24), date.max])
def test_no_schedule_raises_or_takes_long(odd: Schedule, today: date) -> None:
    """What cannot be computed holds on no day, and what lies at the ends of the calendar on none either."""
    began = perf_counter()
    now = datetime.combine(today, time(12), at("2026-11-24T10:00").tzinfo)
    assert open_at([odd, WORKING], now) is (today.year == 2026)
    assert len(open_days([odd], today, 7)) <= 7
    plain_week([odd], today)
    assert perf_counter() - began < 0.5


def test_a_closure_in_the_night_leaves_the_rest_to_the_next_day() -> None:
    """What begins where it ends is in that day's hours whichever day is the first that is asked for."""
    nights = Schedule(opens=time(22), closes=time(6), freq="DAILY")
    shut = [
        Schedule(opens=time(20), start=date(2026, 11, 23), closed=True),
        Schedule(closes=time(2), start=date(2026, 11, 24), closed=True),
    ]
    hours = [nights, *shut]
    assert open_at(hours, at("2026-11-24T03:00")) is True
    assert opened(*hours, first="2026-11-24", days=1) == ["11-24 02:00–06:00", "11-24 22:00–06:00"]
    assert opened(*hours, first="2026-11-23", days=2) == ["11-24 02:00–06:00", "11-24 22:00–06:00"]
