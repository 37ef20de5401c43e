"""Fields of Query."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.geo import NearInput
from schema.core.listed import After, First
from schema.parking.find import find_lots
from schema.parking.records import ParkingLotRecord
from schema.parking.types import ParkingLot


@strawberry.type
class ParkingQuery:
    """Fields of Query."""

    @relation(
        "附近的停车场，由近及远", "Car parks around a point, the nearest first", Connection[ParkingLot] | None
    )
    @staticmethod
    async def parking_lots(
        info: Info,
        near: Annotated[NearInput, strawberry.argument(description=text("在哪里找", "Where to look"))],
        open_now: Annotated[
            bool | None,
            strawberry.argument(
                description=text(
                    "true 只要此刻开放的，false 只要此刻关闭的；开放时间未知的均不列出；空为不限",
                    "true: open now; false: closed now; null: any. Unknown hours are neither",
                )
            ),
        ] = None,
        min_free: Annotated[
            int | None,
            strawberry.argument(
                description=text(
                    "至少有这么多空位；不上报空位的不列出；空为不限",
                    "At least so many free bays; those that report none are left out; null: any",
                )
            ),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[ParkingLotRecord]:
        """One call an operator."""
        return await find_lots(info, near.resolve(), first, after, open_now, min_free)
