"""What an operator tells of a car park, of how full it is, and of what parking costs there."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec

from schema.core.docs import doc, enum_type
from schema.core.hours import OpeningHours
from schema.core.record import PlaceRecord, Record, Ref, Value


class ParkingLayout(StrEnum):
    """How a car park is built."""

    ON_STREET = "ON_STREET"
    SURFACE = "SURFACE"
    STRUCTURE = "STRUCTURE"


enum_type(
    ParkingLayout,
    "停车场形式",
    "How a car park is built",
    ON_STREET=("路侧泊位", "Bays along a street"),
    SURFACE=("地面停车场", "Off-street, on one level at grade"),
    STRUCTURE=("停车楼或车库", "Off-street, in a building of several levels"),
)


class ParkingGrade(StrEnum):
    """Where a car park lies against the ground."""

    GROUND_LEVEL = "GROUND_LEVEL"
    ABOVE_GROUND = "ABOVE_GROUND"
    UNDERGROUND = "UNDERGROUND"


enum_type(
    ParkingGrade,
    "停车场所在层面",
    "Where a car park lies against the ground",
    GROUND_LEVEL=("地面", "At ground level"),
    ABOVE_GROUND=("地上各层（可含地面层）", "Above the ground, ground level perhaps included"),
    UNDERGROUND=("地下", "On floors below the ground"),
)


class TariffBasis(StrEnum):
    """By what a tariff charges."""

    HOURLY = "HOURLY"
    DAILY = "DAILY"
    EVENT = "EVENT"
    CONTRACT = "CONTRACT"


enum_type(
    TariffBasis,
    "计费方式",
    "By what a tariff charges",
    HOURLY=("按时长", "By the time parked"),
    DAILY=("按天", "By the calendar day"),
    EVENT=("按活动", "For an event"),
    CONTRACT=("合约用户，如居民月卡", "For those with a contract, such as a residents' monthly pass"),
)


class BayPurpose(StrEnum):
    """What bays are set aside for; internal."""

    EV = "EV"
    ACCESSIBLE = "ACCESSIBLE"


class ParkingOccupancy(Value, frozen=True, kw_only=True):
    """某一时刻的车位占用情况。
    How full a car park is at an instant.
    """

    free: Annotated[
        int | None, doc("空闲车位数；来源未给出总数时为空", "Free bays; null where no capacity is told")
    ]
    occupied: Annotated[int | None, doc("占用车位数", "Bays taken")]
    capacity: Annotated[int | None, doc("当时可用的车位总数", "Bays that can be used at that instant")]
    percent: Annotated[float | None, doc("占用率（0 至 100）", "Share of bays taken, 0 to 100")]
    at: Annotated[datetime, doc("统计时刻", "When it was counted")]


class ParkingLotRecord(PlaceRecord, frozen=True, kw_only=True):
    """停车场：位置、实时空位、开放时间与收费。
    A car park: where it is, how full, when it is open and what it costs.
    """

    kind: ClassVar[str] = "parking-lot"

    address: Annotated[str | None, doc("地址", "Address")] = None
    layout: Annotated[ParkingLayout | None, doc("形式", "How it is built")] = None
    grade: Annotated[ParkingGrade | None, doc("所在层面", "Where it lies against the ground")] = None
    capacity: Annotated[int | None, doc("车位总数", "How many bays it has")] = None
    occupancy: Annotated[
        ParkingOccupancy | None,
        doc("实时占用；该停车场不上报时为空", "How full it is; null where this car park does not report it"),
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

    closed: bool = False
    """Whether the operator says that it is closed just now, whatever its hours are."""
    ev_points: int | None = None
    """Charging points, where the operator counts them."""
    accessible: bool | None = None
    """Whether there is anything for disabled drivers, where the operator says so."""
    areas: tuple[Ref, ...] = ()
    """Its parts that may be set aside for a purpose; see AREA_BY_REF."""
    rights: tuple[str, ...] = ()
    """What the operator grants here, each by id and version: equal rights, equal tariffs."""


class BayAreaRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a car park: what its bays are set aside for and how many they are; internal."""

    purpose: BayPurpose | None
    bays: int | None


class RightRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What parking costs under a right that an operator grants; internal."""

    right: str
    """Its id and version, as `ParkingLotRecord.rights` has them."""
    tariffs: tuple[str, ...]
    """The local ids of its tariffs, at least one."""


class TariffLine(Value, frozen=True, kw_only=True):
    """收费标准中的一段。
    One step of a tariff.
    """

    from_minutes: Annotated[
        int | None,
        doc(
            "自停车后第几分钟起；与时长无关时为空",
            "From this minute of the stay; null where time plays no part",
        ),
    ]
    to_minutes: Annotated[
        int | None,
        doc("至第几分钟止；不设上限时为空", "Up to this minute of the stay; null where there is no end"),
    ]
    amount: Annotated[Decimal, doc("金额（人民币元）", "Amount in CNY")]
    per_minutes: Annotated[
        int | None,
        doc(
            "每多少分钟收取一次；本段只收一次时为空",
            "Charged once in so many minutes; null: once for the step",
        ),
    ] = None
    per_months: Annotated[
        int | None, doc("每多少个月收取一次（月卡等）", "Charged once in so many months, for passes")
    ] = None


class TariffRecord(Record, frozen=True, kw_only=True):
    """收费标准。
    What parking costs.
    """

    kind: ClassVar[str] = "tariff"

    name: Annotated[str, doc("名称", "Name")]
    name_en: Annotated[str | None, doc("英文名称", "Name in English")] = None
    basis: Annotated[TariffBasis | None, doc("计费方式", "By what it charges")] = None
    free_minutes: Annotated[
        int | None,
        doc(
            "停车之初的免费时长（分钟）；未知或一直免费时为空",
            "Minutes free at the start; null where unknown or free without end",
        ),
    ] = None
    lines: Annotated[
        tuple[TariffLine, ...],
        doc(
            "各段收费，按先后顺序；来源未给出或非人民币时为空列表",
            "Its steps in order; empty where untold or not in CNY",
        ),
    ] = ()
    daily_cap: Annotated[Decimal | None, doc("每日封顶金额（元）", "At most so much a day, in CNY")] = None
    monthly: Annotated[
        Decimal | None,
        doc("月卡价格（元）；不是月卡时为空", "Price of a month's pass in CNY; null where it is none"),
    ] = None
    applicable_hours: Annotated[
        tuple[OpeningHours, ...],
        doc(
            "适用时段，其余时间按其他资费或不收费；全天适用时为空列表",
            "When it applies; at other times another tariff does, or none. Empty: always",
        ),
    ] = ()
