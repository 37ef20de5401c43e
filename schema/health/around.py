"""What this scenario adds to a community and to `nearby`."""

from __future__ import annotations

import strawberry

from schema.community.gazetteer import CommunityRecord
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.entity import relation
from schema.core.geo import near
from schema.core.listed import After, First, Radius
from schema.core.nearby import NearbyKind
from schema.health.find import find_hospitals
from schema.health.lookups import HOSPITALS
from schema.health.records import HospitalRecord
from schema.health.types import Hospital

HEALTH_NEARBY: tuple[NearbyKind, ...] = (
    NearbyKind("HOSPITAL", "医院", "A hospital", HOSPITALS, key=lambda _circle, _now: None),
)


@strawberry.type
class HealthOfCommunity:
    """Fields of Community."""

    @relation(
        "附近的医院，由近及远",
        "Hospitals around it, the nearest first",
        Connection[Hospital] | None,
    )
    @staticmethod
    async def hospitals(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        radius: Radius = 5000,
        first: First = 20,
        after: After = None,
    ) -> Page[HospitalRecord]:
        """From the community's centre to the nearest campus."""
        circle = near(root.position.lat, root.position.lng, radius)
        return await find_hospitals(info, circle, first, after)
