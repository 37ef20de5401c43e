"""Opening hours: which instants a span holds."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from schema.core.hours import WEEK, Weekday, hours_on, within

DAYTIME = hours_on(WEEK[:5], time(8), time(20))
NIGHT = hours_on([Weekday.FRIDAY], time(22), time(6))
SATURDAY = hours_on([Weekday.SATURDAY], time(0), time(0))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-24T08:00:00+08:00", True),
        ("2026-11-24T07:59:59+08:00", False),
        ("2026-11-24T19:59:59+08:00", True),
        ("2026-11-24T20:00:00+08:00", False),
        ("2026-11-24T00:30:00+00:00", True),
        ("2026-11-28T10:00:00+08:00", False),
    ],
)
def test_a_span_holds_its_beginning_and_not_its_end(at: str, expected: bool) -> None:
    """In local time, on its days only."""
    assert within([DAYTIME], datetime.fromisoformat(at)) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-27T22:00:00+08:00", True),
        ("2026-11-28T05:59:00+08:00", True),
        ("2026-11-28T06:00:00+08:00", False),
        ("2026-11-27T05:00:00+08:00", False),
        ("2026-11-28T23:00:00+08:00", False),
    ],
)
def test_a_span_past_midnight_ends_on_the_next_day(at: str, expected: bool) -> None:
    """Friday night is Saturday morning, too."""
    assert within([NIGHT], datetime.fromisoformat(at)) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-28T00:00:00+08:00", True),
        ("2026-11-28T23:59:59+08:00", True),
        ("2026-11-29T00:00:00+08:00", False),
        ("2026-11-27T23:59:59+08:00", False),
    ],
)
def test_from_midnight_to_midnight_is_the_whole_day(at: str, expected: bool) -> None:
    """And not a minute of its neighbours."""
    assert within([SATURDAY], datetime.fromisoformat(at)) is expected


def test_one_of_several_spans_is_enough() -> None:
    """None holds nothing."""
    assert within([NIGHT, DAYTIME], datetime(2026, 11, 24, 2, tzinfo=UTC))
    assert not within([], datetime(2026, 11, 24, 2, tzinfo=UTC))


def test_days_stand_in_the_order_of_the_week() -> None:
    """However they were told."""
    assert hours_on([Weekday.SUNDAY, Weekday.MONDAY], time(8), time(9)).days == (
        Weekday.MONDAY,
        Weekday.SUNDAY,
    )
