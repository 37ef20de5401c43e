"""Fields of Query for charging."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.geo import NearInput
from schema.core.listed import After, First
from schema.parking.charging.arguments import FreeOnly, MinPower, WantedConnector
from schema.parking.charging.find import Wanted, find_stations
from schema.parking.charging.records import ChargingStationRecord
from schema.parking.charging.types import ChargingStation


@strawberry.type
class ChargingQuery:
    """Fields of Query."""

    @relation(
        "附近的充电站，由近及远",
        "Charging stations around a point, the nearest first",
        Connection[ChargingStation] | None,
    )
    @staticmethod
    async def charging_stations(
        info: Info,
        near: Annotated[NearInput, strawberry.argument(description=text("在哪里找", "Where to look"))],
        free_only: FreeOnly = False,
        connector: WantedConnector = None,
        min_power: MinPower = None,
        open_now: Annotated[
            bool | None,
            strawberry.argument(
                description=text(
                    "true 只要此刻开放的，false 只要此刻关闭的；开放时间未知的均不列出；空为不限",
                    "true: open now; false: closed now; null: any. Unknown hours are neither",
                )
            ),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[ChargingStationRecord]:
        """From copies of the operators' feeds: nobody is called."""
        wanted = Wanted(free=free_only, connector=connector, min_power=min_power)
        return await find_stations(info, near.resolve(), first, after, wanted, open_now)
