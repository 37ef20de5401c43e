"""Scalars: instants at +08:00, and a clear sentence for what does not fit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from schema.core.errors import InvalidInput
from schema.core.scalars import CHINA, SCALARS, in_china


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 11, 24, 2, 0, tzinfo=UTC), "2026-11-24T10:00:00+08:00"),
        (datetime(2026, 11, 23, 17, 30, 5, 999_999, tzinfo=UTC), "2026-11-24T01:30:05+08:00"),
        (datetime(2026, 11, 24, 10, 0), "2026-11-24T10:00:00+08:00"),  # noqa: DTZ001  # naive is meant
    ],
)
def test_an_instant_is_written_at_china_time(value: datetime, written: str) -> None:
    """Whatever offset a source uses; without one it is China's already."""
    assert SCALARS[datetime].serialize(value) == written  # type: ignore[misc]  # always set


@pytest.mark.parametrize(
    "written",
    ["2026-11-24T10:00:00+08:00", "2026-11-24T02:00:00Z", "2026-11-24T10:00", "2026-11-24T10:00:00"],
)
def test_an_instant_is_read_with_any_offset(written: str) -> None:
    """The same instant four times, each at +08:00."""
    read: Any = SCALARS[datetime].parse_value(written)  # type: ignore[misc]  # always set
    assert read == datetime(2026, 11, 24, 10, tzinfo=CHINA)
    assert read.utcoffset() == CHINA.utcoffset(None)


@pytest.mark.parametrize(
    ("scalar", "value", "written"),
    [
        (date, date(2026, 11, 24), "2026-11-24"),
        (time, time(8, 30), "08:30"),
        (Decimal, Decimal("12.50"), "12.50"),
    ],
)
def test_the_others_go_there_and_back(scalar: object, value: object, written: str) -> None:
    """A date, a time of day, an amount of money: as strings, with nothing lost."""
    definition: Any = SCALARS[scalar]
    assert definition.serialize(value) == written
    assert definition.parse_value(written) == value


@pytest.mark.parametrize("scalar", [datetime, date, time, Decimal])
@pytest.mark.parametrize("value", ["", "soon", "2026-13-01", "25:00", "0x1", 5, 1.5, None, True, [], {}])
def test_what_does_not_fit_gets_one_sentence(scalar: object, value: object) -> None:
    """BAD_USER_INPUT that shows the form and repeats nothing of what was sent."""
    definition: Any = SCALARS[scalar]
    with pytest.raises(InvalidInput, match=r"^Expected a string such as [-+:.\dT]+\.$"):
        definition.parse_value(value)


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_a_decimal_is_a_number(written: str) -> None:
    """Python's Decimal reads these; no amount is one of them."""
    definition: Any = SCALARS[Decimal]
    with pytest.raises(InvalidInput, match="Expected a string such as"):
        definition.parse_value(written)


@pytest.mark.parametrize("edge", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_for_ever_is_an_instant(edge: datetime) -> None:
    """Systems write "for ever" as 9999-12-31T23:59:59Z: it is kept, and can be written out again."""
    definition: Any = SCALARS[datetime]
    assert definition.serialize(edge).startswith(edge.date().isoformat())
    assert definition.parse_value(edge.isoformat()).date() == edge.date()


def test_in_china() -> None:
    """Aware instants are moved, naive ones marked."""
    assert in_china(datetime(2026, 1, 1, tzinfo=UTC)).isoformat() == "2026-01-01T08:00:00+08:00"
    assert in_china(datetime(2026, 1, 1)).isoformat() == "2026-01-01T00:00:00+08:00"  # noqa: DTZ001  # naive is meant
