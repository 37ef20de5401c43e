"""What charging adds to a community and to `nearby`."""

from __future__ import annotations

import strawberry

from schema.community.gazetteer import CommunityRecord
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.entity import relation
from schema.core.geo import near
from schema.core.listed import After, First, Radius
from schema.core.nearby import NearbyKind
from schema.parking.charging.arguments import FreeOnly, MinPower, WantedConnector
from schema.parking.charging.find import Wanted, find_stations
from schema.parking.charging.lookups import STATIONS_NEAR
from schema.parking.charging.records import ChargingStationRecord
from schema.parking.charging.types import ChargingStation

CHARGING_NEARBY: tuple[NearbyKind, ...] = (
    NearbyKind("CHARGING_STATION", "充电站", "Charging station", STATIONS_NEAR),
)


@strawberry.type
class ChargingOfCommunity:
    """Fields of Community."""

    @relation(
        "社区中心附近的充电站，由近及远",
        "Charging stations around the community's centre, the nearest first",
        Connection[ChargingStation] | None,
    )
    @staticmethod
    async def charging_stations(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        radius: Radius = 1000,
        free_only: FreeOnly = False,
        connector: WantedConnector = None,
        min_power: MinPower = None,
        first: First = 20,
        after: After = None,
    ) -> Page[ChargingStationRecord]:
        """From copies of the operators' feeds: nobody is called."""
        circle = near(root.position.lat, root.position.lng, radius)
        wanted = Wanted(free=free_only, connector=connector, min_power=min_power)
        return await find_stations(info, circle, first, after, wanted)
