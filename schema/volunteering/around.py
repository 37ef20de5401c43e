"""What this scenario adds to a community and to `nearby`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.community.gazetteer import CommunityRecord
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.entity import relation
from schema.core.geo import near
from schema.core.listed import After, First, Radius
from schema.core.nearby import NearbyKind
from schema.volunteering.find import MissionFilter, find_missions
from schema.volunteering.lookups import MISSIONS
from schema.volunteering.queries import BOOKABLE, DOMAINS
from schema.volunteering.records import VolunteerDomain, VolunteerMissionRecord
from schema.volunteering.types import VolunteerMission

VOLUNTEERING_NEARBY: tuple[NearbyKind, ...] = (
    NearbyKind(
        "VOLUNTEER_MISSION", "未结束的志愿活动", "Missions for volunteers that are not over", MISSIONS
    ),
)


@strawberry.type
class VolunteeringOfCommunity:
    """Fields of Community."""

    @relation(
        "社区中心附近的志愿活动，由近及远；来源全部失败时为空",
        "Missions around the community's centre, the nearest first; null where no source could answer",
        Connection[VolunteerMission] | None,
    )
    @staticmethod
    async def volunteer_missions(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        radius: Radius = 3000,
        domains: Annotated[list[VolunteerDomain] | None, strawberry.argument(description=DOMAINS)] = None,
        bookable: Annotated[bool | None, strawberry.argument(description=BOOKABLE)] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[VolunteerMissionRecord]:
        """One call a platform."""
        circle = near(root.position.lat, root.position.lng, radius)
        return await find_missions(
            info, circle, MissionFilter(domains=domains, bookable=bookable), first, after
        )
