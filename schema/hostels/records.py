"""What directories tell of youth hostels and of the nights in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, ClassVar

from schema.core.docs import doc
from schema.core.scenario import Scenario
from schema.core.service import ServiceRecord, ServiceSlotRecord, slots_of
from schema.core.slot import SlotUnit


class YouthHostelRecord(ServiceRecord, frozen=True, kw_only=True):
    """青年驿站：来深求职毕业生的短期免费住宿。
    A youth hostel: a short stay, free of charge, for graduates who look for work.
    """

    kind: ClassVar[str] = "youth-hostel"

    free_nights: Annotated[
        int | None,
        doc(
            "每人最多可免费入住的天数；来源未说明时为空",
            "How many nights are free of charge for one person; null where the source does not say",
        ),
    ] = None
    beds: Annotated[
        int | None,
        doc("床位总数；来源未提供时为空", "How many beds it has; null where the source does not say"),
    ] = None

    def nights(self, first: date, nights: int) -> Sequence[HostelNightRecord]:
        """Give its nights from an evening on, as far as its directory tells them."""
        wanted = [
            one
            for one in self.dated
            if one.start is not None and 0 <= (one.start.date() - first).days < nights
        ]
        return slots_of(self, HostelNightRecord, wanted)


class HostelNightRecord(ServiceSlotRecord, frozen=True, kw_only=True):
    """青年驿站某一晚的床位。
    The beds of a youth hostel in one night.
    """

    kind: ClassVar[str] = "hostel-night"
    scenario: ClassVar[Scenario] = Scenario.HOSTELS
    unit: ClassVar[SlotUnit] = SlotUnit.NIGHT
    usual_price: ClassVar[bool] = True

    start: Annotated[datetime, doc("可入住的时刻", "When one may move in")]
    end: Annotated[datetime, doc("须退房的时刻", "When one has to leave")]
