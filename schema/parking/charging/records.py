"""What an operator tells of a charging station, of its points, and of what charging costs there."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

import msgspec

from schema.core.docs import doc
from schema.core.hours import OpeningHours
from schema.core.record import PlaceRecord, Position, Record, Ref, Value
from schema.core.slot import Price
from schema.parking.charging.words import (
    ChargingBayRule,
    ChargingConnectorFormat,
    ChargingConnectorType,
    ChargingCurrent,
    ChargingEnergySource,
    ChargingFacility,
    ChargingPriceUnit,
    ChargingStatus,
    ChargingTariffType,
)
from schema.parking.records import ParkingGrade, ParkingLayout


class ChargingConnector(Value, frozen=True, kw_only=True):
    """充电接口（枪或插座）。
    A connector of a charging point: a cable or a socket.
    """

    type: Annotated[ChargingConnectorType, doc("接口类型", "What it fits")]
    format: Annotated[ChargingConnectorFormat, doc("接口形式", "Whether a cable is attached")]
    current: Annotated[ChargingCurrent, doc("电流类型", "What flows")]
    power: Annotated[
        float,
        doc(
            "最大功率（千瓦）；来源未给出时由电压与电流算得",
            "At most so many kW; where untold, from volts and amperes",
        ),
    ]
    tariffs: tuple[Ref, ...] = ()


class ChargingPoint(Value, frozen=True, kw_only=True):
    """充电桩（一次只能为一辆车充电）。
    A charging point: it charges one car at a time.
    """

    uid: Annotated[str, doc("来源系统内的编号", "The source's id of it")]
    code: Annotated[str | None, doc("桩体上的统一编号", "The number that stands on it")] = None
    label: Annotated[str | None, doc("车位或桩位标识", "What it is called on the spot")] = None
    floor: Annotated[str | None, doc("所在楼层", "The floor that it is on")] = None
    status: Annotated[ChargingStatus, doc("状态", "What it does")]
    changed_at: Annotated[datetime, doc("状态最近变化时刻", "When that last changed")]
    rules: Annotated[
        tuple[ChargingBayRule, ...],
        doc("停放限制；空列表为未说明", "Who may stand there; empty where untold"),
    ] = ()
    connectors: tuple[ChargingConnector, ...] = ()


class ChargingEnergyShare(Value, frozen=True, kw_only=True):
    """一种电能来源的占比。
    How much of the energy comes from one kind of source.
    """

    source: Annotated[ChargingEnergySource, doc("来源", "The kind of source")]
    percent: Annotated[float, doc("占比（0 至 100）", "Its share, 0 to 100")]


class ChargingEnergy(Value, frozen=True, kw_only=True):
    """充电站的电能构成。
    Where a charging station's energy comes from.
    """

    green: Annotated[bool, doc("是否全部为绿电", "Whether all of it is from regenerative sources")]
    shares: Annotated[
        tuple[ChargingEnergyShare, ...], doc("各来源占比；未给出时为空列表", "By source; empty where untold")
    ] = ()
    supplier: Annotated[str | None, doc("供电方", "Who supplies it")] = None
    product: Annotated[str | None, doc("电能产品", "What the product is called")] = None


class ExceptionalPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A span in which a station is open, or closed, whatever its hours are; internal."""

    begin: datetime
    end: datetime
    open: bool


class ChargingStationRecord(PlaceRecord, frozen=True, kw_only=True):
    """充电站：位置、充电桩实时状态、接口与功率、价格。
    A charging station: where it is, what its points do just now, their connectors and what it costs.
    """

    kind: ClassVar[str] = "charging-station"

    address: Annotated[str | None, doc("地址", "Address")] = None
    operator: Annotated[str | None, doc("运营商", "Who runs it")] = None
    layout: Annotated[ParkingLayout | None, doc("所在停车场形式", "How the car park around it is built")] = (
        None
    )
    grade: Annotated[ParkingGrade | None, doc("所在层面", "Where it lies against the ground")] = None
    directions: Annotated[
        str | None, doc("如何到达（中文优先）", "How to get there, in Chinese if there is any")
    ] = None
    facilities: Annotated[tuple[ChargingFacility, ...], doc("周边设施", "What else is there")] = ()
    photos: Annotated[tuple[str, ...], doc("照片地址", "Addresses of photos of the place")] = ()
    energy: Annotated[
        ChargingEnergy | None, doc("电能构成；未给出时为空", "Where its energy comes from; null where untold")
    ] = None
    opening_hours: Annotated[
        tuple[OpeningHours, ...],
        doc(
            "开放时间；全天开放或未知时为空列表",
            "When it is open; empty where it never closes or nobody knows",
        ),
    ] = ()
    open_24h: Annotated[
        bool | None, doc("是否每天 24 小时开放；未知时为空", "Whether it never closes; null where unknown")
    ] = None
    charging_when_closed: Annotated[
        bool | None,
        doc(
            "关闭后已接入的车辆是否继续充电", "Whether cars that are plugged in go on charging when it closes"
        ),
    ] = None
    changed_at: Annotated[datetime, doc("来源最近更新时刻", "When the source last changed anything of it")]

    points: tuple[ChargingPoint, ...] = ()
    exceptions: tuple[ExceptionalPeriod, ...] = ()
    lot: Ref | None = None
    """The car park that configuration says it stands in; `IN_NO_LOT` where it says that it stands in none."""


IN_NO_LOT = Ref("", "")


class ChargingPriceLine(Value, frozen=True, kw_only=True):
    """充电资费中的一项；同一计价单位取第一个符合条件的一项。
    One price of a tariff; of several for the same unit the first whose conditions hold applies.
    """

    unit: Annotated[ChargingPriceUnit, doc("计价单位", "What it is for")]
    price: Annotated[Price, doc("价格（含税）", "The price, tax included")]
    hours: Annotated[
        tuple[OpeningHours, ...], doc("适用时段；空列表为全天", "When it applies; empty: at all times")
    ] = ()
    from_date: Annotated[date | None, doc("自此日起适用", "From this day on")] = None
    until_date: Annotated[date | None, doc("至此日止（不含）", "Before this day")] = None
    from_kwh: Annotated[Decimal | None, doc("本次已充至此电量起适用", "Once so much was charged, in kWh")] = (
        None
    )
    to_kwh: Annotated[Decimal | None, doc("本次充至此电量止", "Until so much was charged, in kWh")] = None
    from_minutes: Annotated[int | None, doc("本次满此分钟数起适用", "From this minute of the session")] = None
    to_minutes: Annotated[int | None, doc("本次至此分钟数止", "Up to this minute of the session")] = None
    from_kw: Annotated[
        Decimal | None, doc("充电功率不低于此值时适用", "Where power is at least so many kW")
    ] = None
    to_kw: Annotated[Decimal | None, doc("充电功率低于此值时适用", "Where power is below so many kW")] = None
    reservation: Annotated[bool, doc("是否为预约费", "Whether it is for a reservation")] = False
    otherwise_limited: bool = False
    """Whether the source ties it to what is not told here."""


class ChargingTariffRecord(Record, frozen=True, kw_only=True):
    """充电资费。
    What charging costs.
    """

    kind: ClassVar[str] = "charging-tariff"

    name: Annotated[str | None, doc("名称或说明", "Its name, or what it says of itself")] = None
    name_en: Annotated[str | None, doc("英文名称或说明", "The same in English")] = None
    type: Annotated[
        ChargingTariffType | None, doc("适用方式；未说明时为空", "Whom it is for; null where untold")
    ] = None
    lines: Annotated[
        tuple[ChargingPriceLine, ...], doc("各项价格，按来源的先后", "Its prices, in the source's order")
    ]
    minimum: Annotated[
        Price | None, doc("每次最低收费（含税）", "At least so much a session, tax included")
    ] = None
    maximum: Annotated[
        Price | None, doc("每次最高收费（含税）", "At most so much a session, tax included")
    ] = None
    valid_from: Annotated[datetime | None, doc("生效时刻", "From when it holds")] = None
    valid_until: Annotated[datetime | None, doc("失效时刻", "Until when it holds")] = None


class ChargingSite(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a station as joins it to a car park; internal."""

    ref: Ref
    name: str
    position: Position | None
    layout: ParkingLayout | None = None
    grade: ParkingGrade | None = None
    lot: Ref | None = None
