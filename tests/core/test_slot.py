"""Slot: when a booking has a chance."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from schema.core.record import Ref
from schema.core.scalars import CHINA
from schema.core.scenario import Scenario
from schema.core.slot import SlotRecord, SlotUnit

NOW = datetime(2026, 11, 24, 10, tzinfo=CHINA)
SECOND = timedelta(seconds=1)


class CourtRecord(SlotRecord, frozen=True, kw_only=True):
    """A court's hour."""

    kind: ClassVar[str] = "court"
    scenario: ClassVar[Scenario] = Scenario.SPORTS
    unit: ClassVar[SlotUnit] = SlotUnit.TIME


@pytest.mark.parametrize(
    ("facts", "bookable"),
    [
        ({}, True),
        ({"places_left": 1}, True),
        ({"places_left": 0}, False),
        ({"offered": False}, False),
        ({"start": NOW}, False),
        ({"start": NOW + SECOND}, True),
        ({"start": NOW, "book_until": NOW + SECOND}, True),
        ({"start": NOW + SECOND, "book_until": NOW}, False),
        ({"end": NOW}, False),
        ({"book_from": NOW}, True),
        ({"book_from": NOW + SECOND}, False),
    ],
)
def test_a_slot_is_bookable_while_offered_open_and_not_full(facts: dict[str, Any], bookable: bool) -> None:
    """The instant at which booking ends is too late, that at which it opens is not too early."""
    slot = CourtRecord(ref=Ref("gym", "1"), as_of=NOW, **facts)
    assert slot.bookable_at(NOW) is bookable
