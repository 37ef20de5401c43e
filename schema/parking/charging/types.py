"""ChargingStation with its points and connectors, ChargingTariff, and what leads from one to the other."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from schema.community.gazetteer import DISTRICT
from schema.community.place import Place
from schema.core.context import Info
from schema.core.entity import Entity, entity, part, relation, value_type
from schema.core.record import Ref
from schema.core.slot import Price
from schema.parking.charging.find import free_points, max_power, open_at, total_points
from schema.parking.charging.joining import best_lot
from schema.parking.charging.lookups import CHARGING_TARIFF_BY_REF, STATION_BY_REF
from schema.parking.charging.prices import cheapest, energy_price, in_force, summary_en, summary_zh
from schema.parking.charging.records import (
    IN_NO_LOT,
    ChargingStationRecord,
    ChargingTariffRecord,
)
from schema.parking.charging.records import ChargingConnector as ChargingConnectorValue
from schema.parking.charging.records import ChargingPoint as ChargingPointValue
from schema.parking.lookups import LOT_BY_REF, LOTS_NEAR
from schema.parking.records import ParkingLotRecord
from schema.parking.types import ParkingLot


@entity(ChargingTariffRecord, CHARGING_TARIFF_BY_REF, "ChargingTariff")
class ChargingTariff(Entity):
    """Prices by energy, by time and by session."""

    @relation(
        "此刻开始充电时每千瓦时的价格（含税）；不按电量计价或未生效时为空",
        "What the first kWh costs if one begins now, tax included; null where energy has no price, or the"
        " tariff does not hold",
        type_=value_type(Price) | None,
    )
    @staticmethod
    def energy_price_now(root: strawberry.Parent[ChargingTariffRecord], info: Info) -> Price | None:
        """At the request's instant."""
        return energy_price(root, info.context.now)

    @relation("一句话说明（中文）", "In one sentence, in Chinese")
    @staticmethod
    def summary(root: strawberry.Parent[ChargingTariffRecord]) -> str:
        """Made from the prices."""
        return summary_zh(root)

    @relation("一句话说明（英文）", "In one sentence, in English")
    @staticmethod
    def summary_en(root: strawberry.Parent[ChargingTariffRecord]) -> str:
        """Made from the prices."""
        return summary_en(root)


async def _tariffs(info: Info, refs: Sequence[Ref]) -> list[ChargingTariffRecord]:
    """Give the tariffs that hold now, each once, in the source's order."""
    found = await info.context.load_many(CHARGING_TARIFF_BY_REF, list(dict.fromkeys(refs)))
    return [tariff for tariff in found if tariff is not None and in_force(tariff, info.context.now)]


@part(ChargingConnectorValue, "ChargingConnector")
class ChargingConnector:
    """What can be plugged in, and what it costs."""

    @relation(
        "适用资费；来源未能给出时为空",
        "What it costs; null where the operator failed",
        type_=list[ChargingTariff] | None,
    )
    @staticmethod
    async def tariffs(
        root: strawberry.Parent[ChargingConnectorValue], info: Info
    ) -> Sequence[ChargingTariffRecord]:
        """Those that hold now; nobody is called."""
        return await _tariffs(info, root.tariffs)


@part(ChargingPointValue, "ChargingPoint")
class ChargingPoint:
    """Where one car charges."""

    @relation(
        "接口；同一时间只能使用其中一个",
        "Its connectors, one of which can be used at a time",
        list[ChargingConnector],
    )
    @staticmethod
    def connectors(root: strawberry.Parent[ChargingPointValue]) -> Sequence[ChargingConnectorValue]:
        """As the source has them."""
        return root.connectors


@entity(ChargingStationRecord, STATION_BY_REF, "ChargingStation")
class ChargingStation(Place):
    """A location of a charge point operator."""

    @relation("此刻是否开放；开放时间未知时为空", "Whether it is open now; null where its hours are unknown")
    @staticmethod
    def open_now(root: strawberry.Parent[ChargingStationRecord], info: Info) -> bool | None:
        """At the request's instant, exceptions included."""
        return open_at(root, info.context.now)

    @relation(
        "充电桩；已拆除的不列出",
        "Its charging points; those that were removed are not there",
        list[ChargingPoint],
    )
    @staticmethod
    def points(root: strawberry.Parent[ChargingStationRecord]) -> Sequence[ChargingPointValue]:
        """As the source has them."""
        return root.points

    @relation("充电桩总数（不含建设中）", "How many points it has, without those only planned")
    @staticmethod
    def total_points(root: strawberry.Parent[ChargingStationRecord]) -> int:
        """Broken ones included."""
        return total_points(root)

    @relation("空闲充电桩数；状态全部未知时为空", "How many points are free; null where no status is known")
    @staticmethod
    def free_points(root: strawberry.Parent[ChargingStationRecord]) -> int | None:
        """AVAILABLE ones."""
        return free_points(root)

    @relation(
        "最大功率（千瓦）；没有接口时为空", "The most kW that a connector has; null where there is none"
    )
    @staticmethod
    def max_power(root: strawberry.Parent[ChargingStationRecord]) -> float | None:
        """Of all connectors."""
        return max_power(root)

    @relation(
        "各接口适用的资费，不重复；来源未能给出时为空",
        "What its connectors cost, each tariff once; null where the operator failed",
        type_=list[ChargingTariff] | None,
    )
    @staticmethod
    async def tariffs(
        root: strawberry.Parent[ChargingStationRecord], info: Info
    ) -> Sequence[ChargingTariffRecord]:
        """Those that hold now; nobody is called."""
        return await _tariffs(info, _refs(root))

    @relation(
        "此刻每千瓦时的最低价格（含税）；来源未给出时为空",
        "The lowest price of a kWh just now, tax included; null where the operator tells none",
        type_=value_type(Price) | None,
    )
    @staticmethod
    async def energy_price_now(root: strawberry.Parent[ChargingStationRecord], info: Info) -> Price | None:
        """Over all of its connectors' tariffs."""
        now = info.context.now
        return cheapest(energy_price(tariff, now) for tariff in await _tariffs(info, _refs(root)))

    @relation(
        "所在停车场；不在已知停车场内时为空",
        "The car park that it stands in; null where it stands in none that is known",
        type_=ParkingLot | None,
    )
    @staticmethod
    async def parking_lot(
        root: strawberry.Parent[ChargingStationRecord], info: Info
    ) -> ParkingLotRecord | None:
        """One call a parking operator for all stations that anybody asks for (see `joining`)."""
        if root.lot == IN_NO_LOT:
            return None
        if root.lot is not None:
            return await info.context.load(LOT_BY_REF, root.lot)
        if root.position is None:
            return None
        found = await info.context.search(LOTS_NEAR, DISTRICT)
        info.context.report(info, found.failures)
        return best_lot(root, found.items)


def _refs(station: ChargingStationRecord) -> list[Ref]:
    return [ref for point in station.points for connector in point.connectors for ref in connector.tariffs]
