"""What this scenario adds to a community and to `nearby`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.community.gazetteer import CommunityRecord
from schema.core.connection import AFTER, FIRST, Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.geo import near
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
        radius: Annotated[
            int, strawberry.argument(description=text("半径（米），最大 50000", "Metres, at most 50000"))
        ] = 1000,
        first: Annotated[int, strawberry.argument(description=FIRST)] = 20,
        after: Annotated[str | None, strawberry.argument(description=AFTER)] = None,
    ) -> Page[ParkingLotRecord]:
        """One call an operator."""
        return await find_lots(info, near(root.position.lat, root.position.lng, radius), first, after)
