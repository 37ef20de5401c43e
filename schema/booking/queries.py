"""What residents may ask of their bookings."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.booking.types import Booking
from schema.core.bookings import BookingRecord, BookingStatus
from schema.core.connection import Connection, Page, check_first, decode_cursor, page
from schema.core.context import Info, viewer_of
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.listed import After, First
from schema.core.scenario import Scenario


@strawberry.type
class MyBookings:
    """Fields of Me."""

    @relation(
        "我的预约，最新的在前；暂不可读时为空",
        "The viewer's bookings, the newest first; null where they cannot be read at the moment",
        type_=Connection[Booking] | None,
    )
    @staticmethod
    async def bookings(
        info: Info,
        status: Annotated[
            list[BookingStatus] | None,
            strawberry.argument(description=text("状态；空为全部", "How they stand; null for all")),
        ] = None,
        scenario: Annotated[
            Scenario | None,
            strawberry.argument(description=text("所属场景；空为全部", "The scenario; null for all")),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[BookingRecord]:
        """Read from the ledger, so that what was just done is there."""
        check_first(first)
        cursor = decode_cursor(after, tuple[int, str])
        found = [
            booking
            for booking in await info.context.bookings.all(viewer_of(info))
            if (status is None or booking.status in status)
            and (scenario is None or booking.scenario is scenario)
        ]
        return page(found, key=_newest_first, first=first, after=cursor, total=len(found))


@strawberry.type
class BookingQuery:
    """Fields of Query."""

    @relation(
        "按回执号查我的一次预约；没有或不是我的则为空",
        "A booking of the viewer's by its receipt number; null where there is none",
        type_=Booking | None,
        personal=True,
    )
    @staticmethod
    async def booking(
        info: Info,
        id: Annotated[  # noqa: A002  # the argument's name in the graph
            strawberry.ID, strawberry.argument(description=text("回执号", "Its receipt number"))
        ],
    ) -> BookingRecord | None:
        """Somebody else's is told from none by nothing."""
        return await info.context.bookings.one(viewer_of(info), id)


def _newest_first(booking: BookingRecord) -> tuple[int, str]:
    return -round(booking.made_at.timestamp() * 1000), booking.receipt
