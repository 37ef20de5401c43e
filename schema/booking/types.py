"""Booking in the graph, and what comes back from a change of one."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.booking.words import ACCEPTED, REFUSALS
from schema.core.booking import Refusal
from schema.core.bookings import BookingRecord, BookingStatus, Progress
from schema.core.context import Info, SourceInfo
from schema.core.docs import text
from schema.core.entity import NODES, Source, part, relation
from schema.core.slot import Slot, SlotRecord


@part(BookingRecord, "Booking")
class Booking:
    """A booking of the viewer's."""

    @relation("回执号", "Its receipt number", type_=strawberry.ID)
    @staticmethod
    def id(root: strawberry.Parent[BookingRecord]) -> str:
        """The receipt."""
        return root.receipt

    @relation(
        "预约的对象，按现在的情况；已不存在或来源不可用时为空",
        "What is booked, as it is now; null where it is gone or its source fails",
        type_=Slot | None,
    )
    @staticmethod
    async def slot(root: strawberry.Parent[BookingRecord], info: Info) -> SlotRecord | None:
        """Read again by its id."""
        record: SlotRecord | None = await NODES[root.kind].read(info.context, root.slot)
        return record

    @relation("办理预约的来源", "The source that carries it out", type_=Source | None)
    @staticmethod
    def source(root: strawberry.Parent[BookingRecord], info: Info) -> SourceInfo | None:
        """Null where the source is not configured any more."""
        return info.context.sources.get(root.slot.source)

    @relation("reason 的中文说明", "The reason in words, in Chinese", type_=str | None)
    @staticmethod
    def message(root: strawberry.Parent[BookingRecord]) -> str | None:
        """Null where there is no reason."""
        return REFUSALS[root.reason][0] if root.reason else None

    @relation("reason 的英文说明", "The reason in words, in English", type_=str | None)
    @staticmethod
    def message_en(root: strawberry.Parent[BookingRecord]) -> str | None:
        """Null where there is no reason."""
        return REFUSALS[root.reason][1] if root.reason else None


_BOOKING = text("该预约", "The booking")
_ZH = text("中文说明", "In words, in Chinese")
_EN = text("英文说明", "In words, in English")


@strawberry.type(description=text("预约成功", "It is booked"))
class BookingConfirmed:
    """The source has confirmed."""

    booking: Booking = strawberry.field(description=_BOOKING)


@strawberry.type(description=text("已进入候补", "It is on a waiting list"))
class BookingWaitlisted:
    """A place on a waiting list, the source's or our own."""

    booking: Booking = strawberry.field(description=_BOOKING)


@strawberry.type(description=text("已取消", "It is cancelled"))
class BookingCancelled:
    """The source has cancelled, or never knew of it."""

    booking: Booking = strawberry.field(description=_BOOKING)


@strawberry.type(description=text("已受理，仍在办理", "It is taken in and still being carried out"))
class BookingAccepted:
    """It is kept, and goes on without the resident."""

    booking: Booking = strawberry.field(description=_BOOKING)
    message: str = strawberry.field(description=_ZH, default=ACCEPTED[0])
    message_en: str = strawberry.field(description=_EN, default=ACCEPTED[1])


@strawberry.type(description=text("未能办理", "It was not carried out"))
class BookingRejected:
    """Why, and what it leaves."""

    reason: Refusal = strawberry.field(description=text("原因", "Why"))
    message: str = strawberry.field(description=_ZH)
    message_en: str = strawberry.field(description=_EN)
    booking: Booking = strawberry.field(description=_BOOKING)


BookingResult = Annotated[
    BookingConfirmed | BookingWaitlisted | BookingCancelled | BookingAccepted | BookingRejected,
    strawberry.union(
        "BookingResult", description=text("预约操作的结果", "What came of a change of a booking")
    ),
]


def result_of(
    progress: Progress,
) -> BookingConfirmed | BookingWaitlisted | BookingCancelled | BookingAccepted | BookingRejected:
    """Show how far a change has come."""
    booking: Booking = progress.booking  # type: ignore[assignment]  # a record is its type's object at run time
    if progress.reason is not None and progress.booking.status is not BookingStatus.WAITLISTED:
        zh, en = REFUSALS[progress.reason]
        return BookingRejected(reason=progress.reason, message=zh, message_en=en, booking=booking)
    if not progress.done:
        return BookingAccepted(booking=booking)
    match progress.booking.status:
        case BookingStatus.CONFIRMED:
            return BookingConfirmed(booking=booking)
        case BookingStatus.WAITLISTED:
            return BookingWaitlisted(booking=booking)
        case BookingStatus.CANCELLED | BookingStatus.REJECTED:
            return BookingCancelled(booking=booking)
        case _:
            return BookingAccepted(booking=booking)
