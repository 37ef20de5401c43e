"""Bookings as a resident sees them, and what the graph asks of whoever keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol

import msgspec

from schema.core.booking import Refusal
from schema.core.docs import doc, enum_type
from schema.core.record import Ref, Value
from schema.core.scenario import Scenario
from schema.core.slot import SlotRecord
from schema.core.viewer import Viewer


class BookingStatus(StrEnum):
    """How a booking stands."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    WAITLISTED = "WAITLISTED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"


enum_type(
    BookingStatus,
    "预约状态",
    "How a booking stands",
    PENDING=("已受理，正在办理", "Taken in, and being carried out"),
    CONFIRMED=("预约成功", "Booked"),
    WAITLISTED=("候补中，有名额时自动转正", "On a waiting list; booked as soon as a place is free"),
    CANCELLING=("正在取消", "Being cancelled"),
    CANCELLED=("已取消", "Cancelled"),
    REJECTED=("未能预约", "Not booked"),
)


class BookingRecord(Value, frozen=True, kw_only=True):
    """居民的一次预约，受理即有回执号；各场景相同。
    A resident's booking, the same in every scenario; it has its receipt before any system is asked.
    """

    receipt: str
    status: Annotated[BookingStatus, doc("状态", "How it stands")]
    scenario: Annotated[Scenario, doc("所属场景", "The scenario that it belongs to")]
    title: Annotated[str | None, doc("预约的内容", "What is booked")] = None
    start: Annotated[
        datetime | None, doc("开始时刻；不限时间则为空", "When it begins; null where it has no time")
    ] = None
    end: Annotated[
        datetime | None, doc("结束时刻；不限时间则为空", "When it ends; null where it has no time")
    ] = None
    party: Annotated[int, doc("人数", "For how many people")] = 1
    note: Annotated[str | None, doc("备注", "The resident's note")] = None
    reason: Annotated[
        Refusal | None,
        doc("未能预约或取消的原因", "Why it was not booked, or the last change of it not made"),
    ] = None
    number: Annotated[
        str | None, doc("来源系统的预约号或取件号", "The source's own number of it, such as an order number")
    ] = None
    where: Annotated[str | None, doc("到哪里办理或领取", "Where to go with it")] = None
    position: Annotated[
        int | None, doc("候补名单上的位次，从 1 起", "Which place on the waiting list, from 1")
    ] = None
    held_until: Annotated[
        datetime | None,
        doc("名额暂留至此刻（来源支持时）", "Until when the source keeps the place while it is carried out"),
    ] = None
    expires: Annotated[datetime | None, doc("逾期不用即失效的时刻", "When it lapses if it is not used")] = (
        None
    )
    made_at: Annotated[datetime, doc("受理时刻", "When it was taken in")]
    changed_at: Annotated[datetime, doc("最近一次变化的时刻", "When it last changed")]
    replaces: Annotated[
        str | None, doc("改约时，被替换的预约的回执号", "The booking that it takes the place of, when moved")
    ] = None
    kind: str
    slot: Ref


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a resident wants to book."""

    kind: type[SlotRecord]
    ref: Ref
    slot: SlotRecord | None
    """The slot as it was just read; None where its source could not be asked."""
    key: str
    party: int
    note: str | None
    waitlist: bool
    refusal: Refusal | None = None
    """Why it cannot be, as far as the graph knows without asking the source to book."""
    replaces: str | None = None
    """The receipt of the booking that is to be given up for it."""


class Progress(msgspec.Struct, frozen=True):
    """How far a change of a booking has come by the time the resident is answered."""

    booking: BookingRecord
    done: bool
    """Whether it is carried out or refused; else it goes on."""
    reason: Refusal | None = None
    """Why it was refused."""


class Erased(msgspec.Struct, frozen=True):
    """What was deleted of a resident's bookings."""

    deleted: int
    left: int


class Bookings(Protocol):
    """Keeps residents' bookings and sees to it that they are carried out.

    Each may raise PublicError: WRITES_UNAVAILABLE where nothing can be kept, IDEMPOTENCY_CONFLICT for a key
    that was used for something else, NOT_FOUND for a booking that is not the viewer's.
    """

    def takes(self, kind: type[SlotRecord], source: str) -> bool:
        """Whether a source takes bookings of such slots."""
        ...

    async def book(self, viewer: Viewer, wish: Wish) -> Progress:
        """Take a wish in, and wait a little for its end."""
        ...

    async def cancel(self, viewer: Viewer, receipt: str, key: str) -> Progress:
        """Take in that a booking is to be cancelled, and wait a little for its end."""
        ...

    async def erase(self, viewer: Viewer) -> Erased:
        """Delete what is kept of the viewer's bookings, but for those that still stand."""
        ...

    async def one(self, viewer: Viewer, receipt: str) -> BookingRecord | None:
        """Give a booking of the viewer's."""
        ...

    async def all(self, viewer: Viewer) -> Sequence[BookingRecord]:
        """Give every booking of the viewer's, the newest first."""
        ...
