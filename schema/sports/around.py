"""What this scenario adds to a community and to `nearby`."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from schema.community.gazetteer import CommunityRecord
from schema.core.agenda import DAY
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.geo import near
from schema.core.listed import After, First
from schema.core.nearby import NearbyKind
from schema.sports.find import find_sessions, find_venues
from schema.sports.lookups import VENUES, VenuesKey
from schema.sports.records import SportsSessionRecord, SportsVenueRecord
from schema.sports.types import ACTIVITY, FREE, SportsSession, SportsVenue

SPORTS_NEARBY: tuple[NearbyKind, ...] = (
    NearbyKind(
        "SPORTS_VENUE",
        "运动场馆",
        "A sports venue",
        VENUES,
        key=lambda circle, _: VenuesKey(near=circle.covering()),
    ),
)
_RADIUS = text("半径（米），最大 50000", "Metres, at most 50000")


@strawberry.type
class SportsOfCommunity:
    """Fields of Community."""

    @relation(
        "社区中心附近的运动场馆，由近及远",
        "Sports venues around the community's centre, the nearest first",
        Connection[SportsVenue] | None,
    )
    @staticmethod
    async def sports_venues(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        activity: Annotated[str | None, strawberry.argument(description=ACTIVITY)] = None,
        radius: Annotated[int, strawberry.argument(description=_RADIUS)] = 3000,
        first: First = 20,
        after: After = None,
    ) -> Page[SportsVenueRecord]:
        """Out of the local copies: no source is called."""
        circle = near(root.position.lat, root.position.lng, radius)
        return await find_venues(info, circle, activity, first, after)

    @relation(
        "社区中心附近的运动课程与活动，由早到晚",
        "Sports sessions around the community's centre, the earliest first",
        Connection[SportsSession] | None,
    )
    @staticmethod
    async def sports_sessions(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        day: Annotated[date | None, strawberry.argument(description=DAY)] = None,
        activity: Annotated[str | None, strawberry.argument(description=ACTIVITY)] = None,
        free: Annotated[bool, strawberry.argument(description=FREE)] = False,
        radius: Annotated[int, strawberry.argument(description=_RADIUS)] = 3000,
        first: First = 20,
        after: After = None,
    ) -> Page[SportsSessionRecord]:
        """Out of the local copies: no source is called."""
        circle = near(root.position.lat, root.position.lng, radius)
        return await find_sessions(info, day, circle, activity, None, free, first, after)
