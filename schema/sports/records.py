"""What an operator tells of its venues, of the courts that it lets, and of what takes place there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from schema.core.docs import doc, enum_type
from schema.core.hours import OpeningHours
from schema.core.record import PlaceRecord, Position, Record, Ref, Value
from schema.core.scenario import Scenario
from schema.core.slot import Price, SlotRecord, SlotUnit


class SportsAmenity(StrEnum):
    """What a venue offers besides its courts."""

    CHANGING_FACILITIES = "CHANGING_FACILITIES"
    SHOWERS = "SHOWERS"
    LOCKERS = "LOCKERS"
    TOWELS = "TOWELS"
    TOILETS = "TOILETS"
    PARKING = "PARKING"
    CRECHE = "CRECHE"
    BABY_CHANGING = "BABY_CHANGING"


enum_type(
    SportsAmenity,
    "场馆配套设施",
    "What a venue offers besides its courts",
    CHANGING_FACILITIES=("更衣室", "Changing rooms"),
    SHOWERS=("淋浴", "Showers"),
    LOCKERS=("储物柜", "Lockers"),
    TOWELS=("毛巾", "Towels"),
    TOILETS=("洗手间", "Toilets"),
    PARKING=("停车", "Parking"),
    CRECHE=("儿童看护", "A crèche"),
    BABY_CHANGING=("母婴设施", "Baby changing"),
)


class SportsActivity(Value, frozen=True, kw_only=True):
    """运动或活动项目。
    What is done: a concept of a published list of activities.
    """

    code: Annotated[str, doc("项目在公开词表中的标识", "Its identifier in the published list")]
    name: Annotated[str, doc("名称；词表无中文时为原名", "Name in Chinese, else the list's own label")]
    name_en: Annotated[str | None, doc("英文名称", "Name in English")] = None

    def answers_to(self, wanted: str) -> bool:
        """Whether a resident's word, in either language, or a code means this activity."""
        word = wanted.strip().casefold()
        return word == self.code.casefold() or any(
            word in name.casefold() for name in (self.name, self.name_en) if name
        )


class SportsVenueRecord(PlaceRecord, frozen=True, kw_only=True):
    """运动场馆：位置、开放时间、可做的运动与配套。
    A sports venue: where it is, when it is open, what can be done there and what else it offers.
    """

    kind: ClassVar[str] = "sports-venue"

    address: Annotated[str | None, doc("地址", "Address")] = None
    phone: Annotated[str | None, doc("电话", "Telephone")] = None
    website: Annotated[str | None, doc("网页", "Web page")] = None
    operator: Annotated[str | None, doc("运营机构", "Who runs it")] = None
    opening_hours: Annotated[
        tuple[OpeningHours, ...],
        doc("开放时间；未知时为空列表", "When it is open; empty where nobody knows"),
    ] = ()
    activities: Annotated[
        tuple[SportsActivity, ...],
        doc("可做的运动，含课程与活动", "What can be done there, sessions included"),
    ] = ()
    amenities: Annotated[
        tuple[SportsAmenity, ...],
        doc("已知具备的配套；未列出的不一定没有", "What it is known to offer; others may be there, too"),
    ] = ()


class SportsFacilityRecord(Record, frozen=True, kw_only=True):
    """场馆中同一类可租用的场地，如羽毛球场。
    Courts of one kind that a venue lets, such as its badminton courts.
    """

    kind: ClassVar[str] = "sports-facility"

    name: Annotated[str, doc("名称", "Name")]
    description: Annotated[str | None, doc("说明", "More about it")] = None
    activities: Annotated[tuple[SportsActivity, ...], doc("适用的运动", "What can be done on them")] = ()
    courts: Annotated[
        tuple[str, ...],
        doc(
            "可单独预约的各片场地；不分片预约时为空列表",
            "The courts, where each is booked by itself; empty where not",
        ),
    ] = ()
    prices: Annotated[
        tuple[Price, ...], doc("各种价格；每个时段的价格以时段为准", "Prices; a slot's own are decisive")
    ] = ()
    opening_hours: Annotated[
        tuple[OpeningHours, ...],
        doc("可租用的时间；未知时为空列表", "When they are let; empty if unknown"),
    ] = ()
    website: Annotated[str | None, doc("网页", "Web page")] = None
    venue: Ref | None = None
    bookings: tuple[tuple[datetime | None, datetime], ...] | None = None
    """From and until when its slots with places left can be booked, each span once; None: not looked for."""

    def bookable_at(self, now: datetime) -> bool | None:
        """Whether any of its slots can be booked at that instant, None where nobody looked."""
        if self.bookings is None:
            return None
        return any((start is None or start <= now) and now < end for start, end in self.bookings)


class CourtSlotRecord(SlotRecord, frozen=True, kw_only=True):
    """可租用场地的一个时段。
    A span of time for which a court can be had.
    """

    kind: ClassVar[str] = "court-slot"
    scenario: ClassVar[Scenario] = Scenario.SPORTS
    unit: ClassVar[SlotUnit] = SlotUnit.TIME
    attended: ClassVar[bool] = True

    start: Annotated[datetime, doc("开始时刻", "When it begins")]
    court: Annotated[
        str | None,
        doc("哪一片场地；不分片预约时为空", "Which court; null where none is booked singly"),
    ] = None
    activities: Annotated[tuple[SportsActivity, ...], doc("适用的运动", "What can be done")] = ()
    prices: Annotated[
        tuple[Price, ...],
        doc("各种价格，含不能在线预订的", "Every price, those that cannot be booked online included"),
    ] = ()
    cancel_until: Annotated[
        datetime | None,
        doc("最晚可取消的时刻；来源未提供时为空", "Until when it can be called off; null where untold"),
    ] = None
    facility: Ref | None = None
    venue: Ref | None = None
    position: Position | None = None


class SessionRecord(SlotRecord, frozen=True, kw_only=True):
    """What is led and booked by the place: sessions of sports, classes for parents and children."""

    unit: ClassVar[SlotUnit] = SlotUnit.PLACE
    attended: ClassVar[bool] = True

    start: Annotated[datetime, doc("开始时刻", "When it begins")]
    description: Annotated[str | None, doc("说明", "More about it")] = None
    activities: Annotated[tuple[SportsActivity, ...], doc("项目", "What is done")] = ()
    levels: Annotated[tuple[str, ...], doc("适合的水平", "For which levels")] = ()
    organiser: Annotated[str | None, doc("主办方", "Who organises it")] = None
    leader: Annotated[str | None, doc("教练、老师或带领者", "Who leads it")] = None
    cancelled: Annotated[bool, doc("是否已取消或延期", "Whether it is called off or put off")] = False
    prices: Annotated[tuple[Price, ...], doc("各种价格", "Every price")] = ()
    cancel_until: Annotated[
        datetime | None,
        doc("最晚可取消的时刻；来源未提供时为空", "Until when a place can be given back; null where untold"),
    ] = None
    website: Annotated[str | None, doc("网页", "Web page")] = None
    venue: Ref | None = None
    position: Position | None = None


class SportsSessionRecord(SessionRecord, frozen=True, kw_only=True):
    """一场运动课程或活动，按名额预约。
    One session of a class or an activity, booked by the place.
    """

    kind: ClassVar[str] = "sports-session"
    scenario: ClassVar[Scenario] = Scenario.SPORTS
