"""What this scenario adds to a community and to `nearby`."""

from __future__ import annotations

import strawberry

from schema.community.gazetteer import CommunityRecord
from schema.community.service import Filter, listed_services
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.entity import relation
from schema.core.geo import near
from schema.core.listed import After, First, Radius
from schema.core.nearby import NearbyKind
from schema.hostels.lookups import HOSTELS
from schema.hostels.records import YouthHostelRecord
from schema.hostels.types import YouthHostel

HOSTELS_NEARBY: tuple[NearbyKind, ...] = (NearbyKind("YOUTH_HOSTEL", "青年驿站", "Youth hostel", HOSTELS),)


@strawberry.type
class HostelsOfCommunity:
    """Fields of Community."""

    @relation(
        "附近的青年驿站，由近及远",
        "Youth hostels around it, the nearest first",
        Connection[YouthHostel] | None,
    )
    @staticmethod
    async def youth_hostels(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        radius: Radius = 10000,
        filter: Filter = None,  # noqa: A002  # the field's name in the graph
        first: First = 20,
        after: After = None,
    ) -> Page[YouthHostelRecord]:
        """Around the community's centre; read from the replica."""
        circle = near(root.position.lat, root.position.lng, radius)
        return await listed_services(info, HOSTELS, circle, first, after, filter_=filter)
