"""ParkingLot, ParkingRight and Tariff: their records' fields, and what leads from one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.community.place import Place
from schema.core.context import Info
from schema.core.entity import Entity, entity, relation
from schema.core.errors import SourceError
from schema.core.slot import Slot
from schema.parking.charging.find import stations_at
from schema.parking.charging.records import ChargingStationRecord
from schema.parking.find import open_at
from schema.parking.lookups import (
    AREA_BY_REF,
    LOT_BY_REF,
    RIGHT_BY_REF,
    RIGHTS,
    RIGHTS_OFFERED,
    TARIFF_BY_REF,
    TARIFFS_OF_LOTS,
    AllRights,
    TariffsKey,
)
from schema.parking.records import BayPurpose, ParkingLotRecord, TariffRecord
from schema.parking.rights import ParkingRightRecord, slots_at
from schema.parking.wording import summary_en, summary_zh

if TYPE_CHECKING:
    from schema.parking.charging.types import ChargingStation


@entity(TariffRecord, TARIFF_BY_REF, "Tariff")
class Tariff(Entity):
    """A rate table."""

    @relation(
        "一句话说明（中文）；来源未给出各段收费时为空串",
        "In one sentence, in Chinese; empty where no steps are told",
    )
    @staticmethod
    def summary(root: strawberry.Parent[TariffRecord]) -> str:
        """Made from the steps, the cap and the hours."""
        return summary_zh(root)

    @relation(
        "一句话说明（英文）；来源未给出各段收费时为空串",
        "In one sentence, in English; empty where no steps are told",
    )
    @staticmethod
    def summary_en(root: strawberry.Parent[TariffRecord]) -> str:
        """Made from the steps, the cap and the hours."""
        return summary_en(root)


@entity(ParkingLotRecord, LOT_BY_REF, "ParkingLot")
class ParkingLot(Place):
    """A place of an operator."""

    @relation("此刻是否开放；开放时间未知时为空", "Whether it is open now; null where its hours are unknown")
    @staticmethod
    def open_now(root: strawberry.Parent[ParkingLotRecord], info: Info) -> bool | None:
        """At the request's instant."""
        return open_at(root, info.context.now)

    @relation("充电车位数；来源未给出时为空", "How many bays have a charging point; null where untold")
    @staticmethod
    async def ev_bays(root: strawberry.Parent[ParkingLotRecord], info: Info) -> int | None:
        """The operator's own count, else the supply of the parts set aside for electric vehicles."""
        return root.ev_points if root.ev_points is not None else await _bays(root, info, BayPurpose.EV)

    @relation(
        "场内充电站；没有已知的充电站时为空列表",
        "The charging stations that stand in it; empty where none is known",
        type_=list[Annotated["ChargingStation", strawberry.lazy("schema.parking.charging.types")]] | None,
    )
    @staticmethod
    async def charging(
        root: strawberry.Parent[ParkingLotRecord], info: Info
    ) -> Sequence[ChargingStationRecord]:
        """From copies of the operators' feeds: nobody is called (see `charging.joining`)."""
        return await stations_at(info, root)

    @relation("无障碍车位数；来源未给出时为空", "How many bays are for disabled drivers; null where untold")
    @staticmethod
    async def accessible_bays(root: strawberry.Parent[ParkingLotRecord], info: Info) -> int | None:
        """The supply of the parts set aside for them, asked for once an hour."""
        return 0 if root.accessible is False else await _bays(root, info, BayPurpose.ACCESSIBLE)

    @relation(
        "收费标准，临停在前、月卡在后；来源未能给出时为空",
        "What parking costs, visits before passes; null where the operator failed",
        type_=list[Tariff] | None,
    )
    @staticmethod
    async def tariffs(root: strawberry.Parent[ParkingLotRecord], info: Info) -> Sequence[TariffRecord]:
        """One call an operator for every car park of a level, as far as its rights are known."""
        key = TariffsKey.of(root, await _tariffs_by_right(root, info))
        return await info.context.load(TARIFFS_OF_LOTS, key) or ()

    @relation(
        "可事先取得的停车权利：长期的在前，其后由早到晚；来源未能给出时为空",
        "What can be obtained beforehand: passes first, then the earliest; null where the operator failed",
        type_=list[Annotated["ParkingRight", strawberry.lazy("schema.parking.types")]] | None,
    )
    @staticmethod
    async def slots(root: strawberry.Parent[ParkingLotRecord], info: Info) -> Sequence[ParkingRightRecord]:
        """One call an operator for every car park of a level, beside that for their tariffs."""
        found = await info.context.search(RIGHTS_OFFERED, AllRights(), {root.ref.source})
        offers = [offer for offer in found.items if offer.holds_at(root)]
        if not offers:
            return ()
        key = TariffsKey.of(root, await _tariffs_by_right(root, info))
        tariffs = await info.context.load(TARIFFS_OF_LOTS, key) or ()
        return slots_at(root, offers, tariffs, info.context.now)


@entity(ParkingRightRecord, RIGHT_BY_REF, "ParkingRight")
class ParkingRight(Slot):
    """Where it holds, and what it costs."""

    @relation("停车场", "The car park at which it holds", ParkingLot)
    @staticmethod
    def lot(root: strawberry.Parent[ParkingRightRecord]) -> ParkingLotRecord:
        """Brought along: no call."""
        return root.lot

    @relation("收费标准", "At what tariffs it is had", list[Tariff])
    @staticmethod
    def tariffs(root: strawberry.Parent[ParkingRightRecord]) -> Sequence[TariffRecord]:
        """Brought along: no call."""
        return root.tariffs


async def _tariffs_by_right(lot: ParkingLotRecord, info: Info) -> dict[str, Sequence[str]]:
    """Give the ids of tariffs by the rights of a car park's operator, as far as it tells."""
    if not lot.rights:
        return {}
    try:
        found = await info.context.search(RIGHTS, AllRights(), {lot.ref.source})
    except SourceError:
        # The rights only save calls: without them each group of car parks is asked for by itself.
        return {}
    return {one.right: one.tariffs for one in found.items}


async def _bays(lot: ParkingLotRecord, info: Info, purpose: BayPurpose) -> int | None:
    """Add up the bays of the parts set aside for a purpose, None where no part tells any."""
    areas = await info.context.load_many(AREA_BY_REF, lot.areas) if lot.areas else ()
    told = [
        area.bays for area in areas if area is not None and area.purpose is purpose and area.bays is not None
    ]
    return sum(told) if told else None
