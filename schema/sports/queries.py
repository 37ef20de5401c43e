"""Fields of Query."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from schema.core.agenda import DAY
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import local_ref, relation
from schema.core.geo import NearInput
from schema.core.listed import After, First
from schema.sports.find import find_court_slots, find_sessions, find_venues
from schema.sports.records import (
    CourtSlotRecord,
    SportsFacilityRecord,
    SportsSessionRecord,
    SportsVenueRecord,
)
from schema.sports.types import ACTIVITY, FREE, CourtSlot, SportsSession, SportsVenue

_NEAR = text("范围；空为全部", "A circle; null for all")
_VENUE = text("场馆的全局 ID；空为全部", "Global id of a venue; null for all")
_FACILITY = text("场地的全局 ID；空为全部", "Global id of a facility; null for all")


@strawberry.type
class SportsQuery:
    """Fields of Query."""

    @relation(
        "运动场馆，给出位置时由近及远",
        "Sports venues; the nearest first where a point is given",
        Connection[SportsVenue] | None,
    )
    @staticmethod
    async def sports_venues(
        info: Info,
        near: Annotated[NearInput | None, strawberry.argument(description=_NEAR)] = None,
        activity: Annotated[str | None, strawberry.argument(description=ACTIVITY)] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[SportsVenueRecord]:
        """Out of the local copies: no source is called."""
        return await find_venues(info, near.resolve() if near else None, activity, first, after)

    @relation(
        "可租用场地的时段，由早到晚；已开始的不列出",
        "Court slots, the earliest first; those that have begun are left out",
        Connection[CourtSlot] | None,
    )
    @staticmethod
    async def court_slots(
        info: Info,
        day: Annotated[date | None, strawberry.argument(description=DAY)] = None,
        near: Annotated[NearInput | None, strawberry.argument(description=_NEAR)] = None,
        activity: Annotated[str | None, strawberry.argument(description=ACTIVITY)] = None,
        venue: Annotated[strawberry.ID | None, strawberry.argument(description=_VENUE)] = None,
        facility: Annotated[strawberry.ID | None, strawberry.argument(description=_FACILITY)] = None,
        free: Annotated[bool, strawberry.argument(description=FREE)] = False,
        first: First = 20,
        after: After = None,
    ) -> Page[CourtSlotRecord]:
        """How many there are in all is not counted."""
        return await find_court_slots(
            info,
            day,
            near.resolve() if near else None,
            activity,
            local_ref(venue, SportsVenueRecord) if venue is not None else None,
            local_ref(facility, SportsFacilityRecord) if facility is not None else None,
            free,
            first,
            after,
        )

    @relation(
        "运动课程与活动，由早到晚；已开始的不列出",
        "Sessions, the earliest first; those that have begun are left out",
        Connection[SportsSession] | None,
    )
    @staticmethod
    async def sports_sessions(
        info: Info,
        day: Annotated[date | None, strawberry.argument(description=DAY)] = None,
        near: Annotated[NearInput | None, strawberry.argument(description=_NEAR)] = None,
        activity: Annotated[str | None, strawberry.argument(description=ACTIVITY)] = None,
        venue: Annotated[strawberry.ID | None, strawberry.argument(description=_VENUE)] = None,
        free: Annotated[bool, strawberry.argument(description=FREE)] = False,
        first: First = 20,
        after: After = None,
    ) -> Page[SportsSessionRecord]:
        """How many there are in all is not counted."""
        return await find_sessions(
            info,
            day,
            near.resolve() if near else None,
            activity,
            local_ref(venue, SportsVenueRecord) if venue is not None else None,
            free,
            first,
            after,
        )
