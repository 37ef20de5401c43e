"""The changes of bookings: one way to book anything, whatever the scenario."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.booking.check import check_key, check_note, check_party, refusal_of
from schema.booking.types import BookingResult, result_of
from schema.core.booking import Refusal
from schema.core.bookings import Erased, Progress, Wish
from schema.core.context import Context, Info, viewer_of
from schema.core.docs import text
from schema.core.entity import NODES, relation
from schema.core.errors import InvalidInput, NotFound, SourceError
from schema.core.ids import decode_id
from schema.core.slot import SlotRecord
from schema.core.viewer import Viewer

_KEY = text(
    "幂等键，由客户端为每次操作生成（如 UUID）；重发时用同一个",
    "Idempotency key, made by the client for each change, such as a UUID; the same again to send it again",
)


@strawberry.input(description=text("预约", "What to book"))
class BookInput:
    """What to book, for how many."""

    slot: strawberry.ID = strawberry.field(description=text("Slot 的 ID", "Id of a Slot"))
    idempotency_key: str = strawberry.field(description=_KEY)
    party: int = strawberry.field(
        default=1, description=text("人数，1 到 50", "For how many people, 1 to 50")
    )
    note: str | None = strawberry.field(
        default=None,
        description=text(
            "给办理机构的备注，最多 500 字", "A note for the institution, at most 500 characters"
        ),
    )
    waitlist: bool = strawberry.field(
        default=False,
        description=text("满员时是否候补", "Whether to go on the waiting list where no place is left"),
    )


@strawberry.input(description=text("取消预约", "What to cancel"))
class CancelBookingInput:
    """Which booking."""

    booking: strawberry.ID = strawberry.field(description=text("预约的 ID（回执号）", "The booking's id"))
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description=text("改约", "What to move, and where to"))
class RescheduleBookingInput:
    """Which booking, and to which slot."""

    booking: strawberry.ID = strawberry.field(description=text("预约的 ID（回执号）", "The booking's id"))
    slot: strawberry.ID = strawberry.field(description=text("新的 Slot 的 ID", "Id of the new Slot"))
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.type(description=text("删除的结果", "What was deleted"))
class ErasedMe:
    """How much is gone, and what is left."""

    deleted: int = strawberry.field(
        description=text("已删除的预约和上报数", "How many bookings and reports were deleted")
    )
    left: int = strawberry.field(
        description=text(
            "仍有效或正在办理而保留的数；取消或办完后可再删除",
            "How many are left, since they still stand or are being carried out: cancel them first, or wait",
        )
    )


@strawberry.type
class BookingMutation:
    """Every change needs to know who asks."""

    @relation(
        "预约任何 Slot。受理后即使来源系统暂不可用也会继续办理",
        "Book any Slot. What is taken in is carried out, also where the source is down at the moment",
        type_=BookingResult | None,
    )
    @staticmethod
    async def book(
        info: Info,
        input: Annotated[  # noqa: A002  # the argument's name in the graph
            BookInput, strawberry.argument(description=text("预约什么", "What to book"))
        ],
    ) -> object:
        """Check, take in, wait a little."""
        viewer = viewer_of(info)
        wish = await _wish(
            info.context,
            viewer,
            slot=input.slot,
            key=check_key(input.idempotency_key),
            party=check_party(input.party),
            note=check_note(input.note),
            waitlist=input.waitlist,
        )
        return _answer(info, await info.context.bookings.book(viewer, wish))

    @relation(
        "删除我的上报、照片和已结束的预约（个人信息保护法第四十七条）；仍有效的预约和正在提交的上报保留",
        "Delete the viewer's reports, photos and bookings that are over (PIPL, article 47); bookings that"
        " stand and reports that are being handed in are left",
        type_=ErasedMe | None,
    )
    @staticmethod
    async def erase_me(info: Info) -> object:
        """From the ledger; sources keep what they keep."""
        viewer = viewer_of(info)
        booked = await info.context.bookings.erase(viewer)
        reported = await info.context.reports.erase(viewer)
        return Erased(booked.deleted + reported.deleted, booked.left + reported.left)

    @relation("取消预约", "Cancel a booking", type_=BookingResult | None)
    @staticmethod
    async def cancel_booking(
        info: Info,
        input: Annotated[  # noqa: A002  # as above
            CancelBookingInput,
            strawberry.argument(description=text("取消哪次预约", "Which booking to cancel")),
        ],
    ) -> object:
        """Take in, wait a little."""
        viewer, key = viewer_of(info), check_key(input.idempotency_key)
        return _answer(info, await info.context.bookings.cancel(viewer, input.booking, key))

    @relation(
        "改约：先订新的，成功后再取消原预约；原预约不能取消时新的作废",
        "Move a booking: the new one is booked, then the old one cancelled; where that cannot be, the new one"
        " is given up",
        type_=BookingResult | None,
    )
    @staticmethod
    async def reschedule_booking(
        info: Info,
        input: Annotated[  # noqa: A002  # as above
            RescheduleBookingInput,
            strawberry.argument(
                description=text("改哪次预约、改到哪里", "Which booking to move, and where to")
            ),
        ],
    ) -> object:
        """Book with the old one to be given up."""
        viewer, key = viewer_of(info), check_key(input.idempotency_key)
        before = await info.context.bookings.one(viewer, input.booking)
        if before is None:
            raise NotFound("There is no such booking of yours.")
        wish = await _wish(
            info.context,
            viewer,
            slot=input.slot,
            key=key,
            party=before.party,
            note=before.note,
            waitlist=False,
            replaces=before.receipt,
        )
        return _answer(info, await info.context.bookings.book(viewer, wish))


def _answer(info: Info, progress: Progress) -> object:
    """Show how far a change has come, and its slot as it is now."""
    info.context.forget()
    return result_of(progress)


async def _wish(
    context: Context,
    viewer: Viewer,
    *,
    slot: str,
    key: str,
    party: int,
    note: str | None,
    waitlist: bool,
    replaces: str | None = None,
) -> Wish:
    """Make the wish, with what the graph can say of it; NotFound where there is no such slot."""
    kind, ref = decode_id(slot)
    node = NODES.get(kind)
    if node is None or not issubclass(node.record, SlotRecord):
        raise InvalidInput("This is not the id of something that can be booked.")
    takes = context.bookings.takes(node.record, ref.source)
    refusal: Refusal | None = None
    record: SlotRecord | None = None
    try:
        record = await node.read(context, ref)
    except SourceError:
        # It may be booked all the same once its source is back; what that says then counts.
        if not takes:
            raise
    else:
        if record is None:
            raise NotFound("There is no such slot, or no longer.")
        if takes:
            refusal = refusal_of(record, viewer, context.now, party=party, waitlist=waitlist)
    return Wish(
        kind=node.record,
        ref=ref,
        slot=record,
        key=key,
        party=party,
        note=note,
        waitlist=waitlist,
        refusal=refusal if takes else Refusal.NOT_POSSIBLE,
        replaces=replaces,
    )
