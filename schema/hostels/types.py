"""YouthHostel and HostelNight."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, TypeAlias

import strawberry

from schema.community.service import PublicService
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import entity, relation
from schema.core.service import ServiceRecord
from schema.core.slot import Slot
from schema.hostels.find import MAX_NIGHTS, check_stay, nights_free
from schema.hostels.lookups import HOSTEL_BY_REF, NIGHT_BY_REF
from schema.hostels.records import HostelNightRecord, YouthHostelRecord

Arrival: TypeAlias = Annotated[
    date | None,
    strawberry.argument(description=text("入住日期；空为今天", "The first evening; null for today")),
]
Nights: TypeAlias = Annotated[
    int,
    strawberry.argument(
        description=text(f"入住几晚，1 至 {MAX_NIGHTS}", f"For so many nights, 1 to {MAX_NIGHTS}")
    ),
]


@entity(YouthHostelRecord, HOSTEL_BY_REF, "YouthHostel")
class YouthHostel(PublicService):
    """Its nights."""

    @relation(
        "从入住日起各晚的床位；来源未列出的日期没有",
        "Its beds night by night from an evening on, as far as the source tells them",
        list[Annotated["HostelNight", strawberry.lazy("schema.hostels.types")]],
    )
    @staticmethod
    def nights(
        root: strawberry.Parent[YouthHostelRecord], info: Info, arrival: Arrival = None, nights: Nights = 7
    ) -> Sequence[HostelNightRecord]:
        """By evening."""
        return root.nights(check_stay(info, arrival, nights), nights)

    @relation(
        "整段入住期间每晚都有的空床数；来源未列全时为空",
        "Beds that are free in every night of a stay; null where the source does not tell all of them",
    )
    @staticmethod
    def beds_free(
        root: strawberry.Parent[YouthHostelRecord], info: Info, arrival: Arrival = None, nights: Nights = 1
    ) -> int | None:
        """The fewest of any night."""
        return nights_free(root, check_stay(info, arrival, nights), nights)


@entity(HostelNightRecord, NIGHT_BY_REF, "HostelNight")
class HostelNight(Slot):
    """Where it is."""

    @relation("所属驿站", "The hostel", YouthHostel)
    @staticmethod
    def hostel(root: strawberry.Parent[HostelNightRecord]) -> ServiceRecord:
        """It came with the night."""
        return root.brought_service
