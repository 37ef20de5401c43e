"""SportsVenue, SportsFacility, CourtSlot and SportsSession."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import strawberry

from schema.community.place import Place
from schema.core.agenda import DAY
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import Entity, entity, relation
from schema.core.listed import After, First
from schema.core.record import Ref
from schema.core.slot import Slot
from schema.sports.find import find_court_slots, find_sessions, open_now
from schema.sports.lookups import (
    COURT_SLOT_BY_REF,
    FACILITIES_OF_VENUE,
    FACILITY_BY_REF,
    SESSION_BY_REF,
    VENUE_BY_REF,
)
from schema.sports.records import (
    CourtSlotRecord,
    SportsFacilityRecord,
    SportsSessionRecord,
    SportsVenueRecord,
)

ACTIVITY = text(
    "运动项目：中文或英文名称（可为其一部分）或词表标识；空为全部",
    "Activity: its name or a part of it in Chinese or English, or its code; null for all",
)
FREE = text("只要仍可预约且有余量的", "Only what has places left and is not called off")


async def _venue(info: Info, ref: Ref | None) -> SportsVenueRecord | None:
    if ref is None:
        return None
    return await info.context.load(VENUE_BY_REF, ref)


@entity(SportsVenueRecord, VENUE_BY_REF, "SportsVenue")
class SportsVenue(Place):
    """Its courts, and what takes place there."""

    @relation("此刻是否开放；开放时间未知时为空", "Whether it is open now; null where its hours are unknown")
    @staticmethod
    def open_now(root: strawberry.Parent[SportsVenueRecord], info: Info) -> bool | None:
        """At the request's instant."""
        return open_now(root, info)

    @relation(
        "可租用的场地",
        "The courts that it lets, by kind",
        list[Annotated["SportsFacility", strawberry.lazy("schema.sports.types")]] | None,
    )
    @staticmethod
    async def facilities(
        root: strawberry.Parent[SportsVenueRecord], info: Info
    ) -> Sequence[SportsFacilityRecord]:
        """By id."""
        return await info.context.load(FACILITIES_OF_VENUE, root.ref) or ()

    @relation(
        "场地时段，由早到晚；已开始的不列出",
        "Court slots, the earliest first; those that have begun are left out",
        Connection[Annotated["CourtSlot", strawberry.lazy("schema.sports.types")]] | None,
    )
    @staticmethod
    async def court_slots(
        root: strawberry.Parent[SportsVenueRecord],
        info: Info,
        day: Annotated[date | None, strawberry.argument(description=DAY)] = None,
        activity: Annotated[str | None, strawberry.argument(description=ACTIVITY)] = None,
        free: Annotated[bool, strawberry.argument(description=FREE)] = False,
        first: First = 20,
        after: After = None,
    ) -> Page[CourtSlotRecord]:
        """Of this venue."""
        return await find_court_slots(info, day, None, activity, root.ref, None, free, first, after)

    @relation(
        "运动课程与活动，由早到晚；已开始的不列出",
        "Sessions, the earliest first; those that have begun are left out",
        Connection[Annotated["SportsSession", strawberry.lazy("schema.sports.types")]] | None,
    )
    @staticmethod
    async def sessions(
        root: strawberry.Parent[SportsVenueRecord],
        info: Info,
        day: Annotated[date | None, strawberry.argument(description=DAY)] = None,
        activity: Annotated[str | None, strawberry.argument(description=ACTIVITY)] = None,
        free: Annotated[bool, strawberry.argument(description=FREE)] = False,
        first: First = 20,
        after: After = None,
    ) -> Page[SportsSessionRecord]:
        """Of this venue."""
        return await find_sessions(info, day, None, activity, root.ref, free, first, after)


@entity(SportsFacilityRecord, FACILITY_BY_REF, "SportsFacility")
class SportsFacility(Entity):
    """Its venue, and when it can be had."""

    @relation("所在场馆", "Its venue", SportsVenue | None)
    @staticmethod
    async def venue(root: strawberry.Parent[SportsFacilityRecord], info: Info) -> SportsVenueRecord | None:
        """Null where the source does not say."""
        return await _venue(info, root.venue)

    @relation(
        "可租用的时段，由早到晚；已开始的不列出",
        "Its slots, the earliest first; those that have begun are left out",
        Connection[Annotated["CourtSlot", strawberry.lazy("schema.sports.types")]] | None,
    )
    @staticmethod
    async def slots(
        root: strawberry.Parent[SportsFacilityRecord],
        info: Info,
        day: Annotated[date | None, strawberry.argument(description=DAY)] = None,
        free: Annotated[bool, strawberry.argument(description=FREE)] = False,
        first: First = 20,
        after: After = None,
    ) -> Page[CourtSlotRecord]:
        """Of this facility, its single courts included."""
        return await find_court_slots(info, day, None, None, None, root.ref, free, first, after)


@entity(CourtSlotRecord, COURT_SLOT_BY_REF, "CourtSlot")
class CourtSlot(Slot):
    """Which courts and which venue it is of."""

    @relation("所属场地", "The courts that it is of", SportsFacility | None)
    @staticmethod
    async def facility(root: strawberry.Parent[CourtSlotRecord], info: Info) -> SportsFacilityRecord | None:
        """All facilities of a level in one reading."""
        if root.facility is None:
            return None
        return await info.context.load(FACILITY_BY_REF, root.facility)

    @relation("所在场馆", "Its venue", SportsVenue | None)
    @staticmethod
    async def venue(root: strawberry.Parent[CourtSlotRecord], info: Info) -> SportsVenueRecord | None:
        """All venues of a level in one reading."""
        return await _venue(info, root.venue)


@entity(SportsSessionRecord, SESSION_BY_REF, "SportsSession")
class SportsSession(Slot):
    """Where it takes place."""

    @relation("所在场馆；线上活动为空", "Its venue; null where it takes place online", SportsVenue | None)
    @staticmethod
    async def venue(root: strawberry.Parent[SportsSessionRecord], info: Info) -> SportsVenueRecord | None:
        """All venues of a level in one reading."""
        return await _venue(info, root.venue)
