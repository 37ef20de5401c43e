"""Slot: the one interface of whatever can be booked, so that one component can list any of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

import strawberry

from schema.core.context import Info
from schema.core.docs import doc, enum_type
from schema.core.entity import Entity, interface, relation
from schema.core.record import Record, Value
from schema.core.scenario import Scenario


class SlotUnit(StrEnum):
    """What one booking takes."""

    TIME = "TIME"
    NIGHT = "NIGHT"
    COPY = "COPY"
    PLACE = "PLACE"


enum_type(
    SlotUnit,
    "一次预约所占用的单位",
    "What one booking takes",
    TIME=("一段时间，如号源、球场", "A span of time, such as a doctor's or a court's"),
    NIGHT=("一晚床位", "A bed for one night"),
    COPY=("一册书或一件物品", "A copy of a book or a thing"),
    PLACE=("一个名额，如课程、志愿活动、托位", "A place, as in a class, a mission or a nursery"),
)


class Price(Value, frozen=True, kw_only=True):
    """价格；金额为 0 即免费。
    A price; an amount of 0 is free of charge.
    """

    amount: Annotated[Decimal, doc("金额", "Amount")]
    currency: Annotated[str, doc("货币，ISO 4217", "Currency, ISO 4217")] = "CNY"
    note: Annotated[str | None, doc("说明，如每人、每月", "What it is for, such as a person or a month")] = (
        None
    )


class Eligibility(Value, frozen=True, kw_only=True):
    """谁可以使用；各项为空表示不限。
    Who may have it; whatever is null is no condition.
    """

    minimum_age: Annotated[float | None, doc("最小年龄（岁）", "Youngest age in years")] = None
    maximum_age: Annotated[float | None, doc("最大年龄（岁）", "Oldest age in years")] = None
    residence: Annotated[str | None, doc("居住或户籍要求", "Where one must live or be registered")] = None
    graduated_since: Annotated[
        int | None, doc("须在此年或以后毕业", "The year in which, or after which, one graduated")
    ] = None
    note: Annotated[str | None, doc("来源给出的完整条件", "The conditions in the source's words")] = None


class SlotRecord(Record, frozen=True, kw_only=True):
    """Something that can be booked, as one source tells it."""

    scenario: ClassVar[Scenario]
    unit: ClassVar[SlotUnit]
    attended: ClassVar[bool] = False
    """Whether who books it is there from its beginning to its end, and nowhere else meanwhile."""

    title: Annotated[str | None, doc("可预约的内容", "What it is that can be booked")] = None
    start: Annotated[
        datetime | None, doc("开始时刻；不限时间则为空", "When it begins; null where it has no time")
    ] = None
    end: Annotated[
        datetime | None, doc("结束时刻；不限时间则为空", "When it ends; null where it has no time")
    ] = None
    places_left: Annotated[
        int | None, doc("剩余名额；来源未提供时为空", "Places left; null where the source does not say")
    ] = None
    places_total: Annotated[
        int | None, doc("名额总数；来源未提供时为空", "Places in all; null where the source does not say")
    ] = None
    price: Annotated[
        Price | None, doc("价格；来源未提供时为空", "Price; null where the source does not say")
    ] = None
    eligibility: Annotated[
        Eligibility | None, doc("谁可以预约；空为不限", "Who may book; null where anyone may")
    ] = None
    book_from: Annotated[
        datetime | None, doc("开放预约的时刻；空为已开放", "From when it can be booked; null where it can")
    ] = None
    book_until: Annotated[
        datetime | None,
        doc("预约截止时刻；空为开始之前均可", "Until when it can be booked; null where until it begins"),
    ] = None
    offered: bool = True
    """Whether the source offers it at all: not called off, not held for others, not for information only."""

    @property
    def counts_places(self) -> bool:
        """Whether each who comes along takes a place: not so where one booking takes a whole thing."""
        return self.unit in (SlotUnit.PLACE, SlotUnit.NIGHT)

    @property
    def last_call(self) -> datetime | None:
        """Until when it can be booked; None where nothing says."""
        return self.book_until or self.start or self.end

    def bookable_at(self, now: datetime) -> bool:
        """Whether a booking made at that instant has a chance."""
        until = self.last_call
        return (
            self.offered
            and self.places_left != 0
            and (self.book_from is None or self.book_from <= now)
            and (until is None or now < until)
        )


@interface(SlotRecord, "Slot", "可预约的对象：时段、床位、馆藏或名额", "Whatever can be booked")
class Slot(Entity):
    """What every bookable thing tells alike."""

    @relation("所属场景", "The scenario that it belongs to", type_=Scenario)
    @staticmethod
    def scenario(root: strawberry.Parent[SlotRecord]) -> Scenario:
        """The record's."""
        return root.scenario

    @relation("一次预约所占用的单位", "What one booking takes", type_=SlotUnit)
    @staticmethod
    def unit(root: strawberry.Parent[SlotRecord]) -> SlotUnit:
        """The record's."""
        return root.unit

    @relation(
        "此刻能否预约：仍开放、有名额、未截止", "Whether it can be booked now: offered, not full, not over"
    )
    @staticmethod
    def bookable(root: strawberry.Parent[SlotRecord], info: Info) -> bool:
        """As of the request's instant."""
        return root.bookable_at(info.context.now)
