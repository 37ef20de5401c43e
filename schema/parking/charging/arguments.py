"""Arguments that charging stations are narrowed by."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.core.docs import text
from schema.parking.charging.words import ChargingConnectorType

FreeOnly = Annotated[
    bool,
    strawberry.argument(description=text("只要有空闲充电桩的", "Only those with a point that is free now")),
]
WantedConnector = Annotated[
    ChargingConnectorType | None,
    strawberry.argument(
        description=text("只要有此类接口的；空为不限", "Only those with such a connector; null: any")
    ),
]
MinPower = Annotated[
    float | None,
    strawberry.argument(
        description=text(
            "至少有此功率（千瓦）的接口；与空闲、接口条件须由同一充电桩满足；空为不限",
            "With at least so many kW, at the same point as the other conditions; null: any",
        )
    ),
]
