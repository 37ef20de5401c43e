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
from schema.parking.find import find_lots
from schema.parking.lookups import LOTS_NEAR
from schema.parking.records import ParkingLotRecord
from schema.parking.types import ParkingLot

PARKING_NEARBY: tuple[NearbyKind, ...] = (NearbyKind("PARKING_LOT", "停车场", "Car park", LOTS_NEAR),)


@strawberry.type
class ParkingOfCommunity:
    """Fields of Community."""

    @relation(
        "社区中心附近的停车场，由近及远",
        "Car parks around the community's centre, the nearest first",
        Connection[ParkingLot] | None,
    )
    @staticmethod
    async def parking_lots(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        radius: Radius = 1000,
        first: First = 20,
        after: After = None,
    ) -> Page[ParkingLotRecord]:
        """One call an operator."""
        return await find_lots(info, near(root.position.lat, root.position.lng, radius), first, after)
