"""Bookings: what a gateway asks of a connector that takes them, and what it is told.

Every bookable thing is a Slot, and every system that takes bookings is asked in the same way: it may hold a
slot for a while, it books, it says what became of a reference, it cancels. What a standard calls it, an
Appointment, a hold, an Order or an assigned right, only its connector knows.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from schema.core.docs import doc, enum_type
from schema.core.record import Ref


class Refusal(StrEnum):
    """Why a booking, a change or a report is not carried out."""

    FULL = "FULL"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    ACCOUNT_NEEDED = "ACCOUNT_NEEDED"
    TOO_EARLY = "TOO_EARLY"
    TOO_LATE = "TOO_LATE"
    DUPLICATE = "DUPLICATE"
    OVERLAPPING = "OVERLAPPING"
    NOT_OFFERED = "NOT_OFFERED"
    CHANGED = "CHANGED"
    NOT_POSSIBLE = "NOT_POSSIBLE"
    SOURCE_REFUSED = "SOURCE_REFUSED"
    SOURCE_SILENT = "SOURCE_SILENT"


enum_type(
    Refusal,
    "未能办理的原因",
    "Why it is not carried out",
    FULL=("名额已满", "No place is left"),
    NOT_ELIGIBLE=("不符合条件", "The conditions are not met"),
    ACCOUNT_NEEDED=("需先绑定该机构的账号", "An account with the source is needed, and none is linked"),
    TOO_EARLY=("尚未开放", "It is not open yet"),
    TOO_LATE=("已过截止时间", "It is too late"),
    DUPLICATE=("已经预约过", "It is booked, or has been reported, already"),
    OVERLAPPING=("与已有预约时间冲突", "It is at the time of another booking"),
    NOT_OFFERED=("已不再提供", "It is not offered, or no longer"),
    CHANGED=("价格或条件已变化", "Its price has gone up since it was looked at"),
    NOT_POSSIBLE=("该对象不支持此操作", "What is asked for is not possible with it"),
    SOURCE_REFUSED=("来源系统拒绝办理", "The source refused it, for a reason of its own"),
    SOURCE_SILENT=("来源系统在期限内未能办理", "The source could not be reached until the time was up"),
)


class Refused(Exception):  # noqa: N818  # an answer, not an error: the system says no
    """The system was asked and says no: nothing is booked, and asking again would not help.

    `detail` is for the log: it holds no personal data and nothing of an upstream's body but its own codes.
    """

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A wish for a slot, the same in every attempt to carry it out."""

    reference: str
    """Ours: a UUID (RFC 9562); given to the system wherever it takes one, and asked by later."""
    kind: str
    """The slot's kind: the first part of its global id."""
    slot: Ref
    party: int = 1
    """For how many people; at least 1."""
    note: str | None = None
    """What the resident wants the system's people to read."""
    waitlist: bool = False
    """Whether a place on the system's waiting list will do where no other is left."""
    resident: str
    """Who books, as this source may know it: 32 hexadecimal digits that are the same for each of the person's
    bookings at this source, and others at every other source."""
    account: str | None = None
    """The person's own number at this source where one is linked: a library card, a volunteer number."""
    made: datetime
    """When the resident asked for it, +08:00."""


class Standing(StrEnum):
    """How a booking stands in the system that took it."""

    CONFIRMED = "CONFIRMED"
    WAITLISTED = "WAITLISTED"
    CANCELLED = "CANCELLED"


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """A booking as the system that took it tells it."""

    standing: Standing
    id: str
    """The system's own id of it, for later calls."""
    number: str | None = None
    """What its people call it by, where that is another: an order number, a pick-up code."""
    version: str | None = None
    """For an optimistic lock: what a later change must name."""
    start: datetime | None = None
    end: datetime | None = None
    """When it is, where the system says so more exactly than the slot."""
    expires: datetime | None = None
    """When it lapses if it is not used: a copy on the hold shelf, a right to park."""
    position: int | None = None
    """Which place on the waiting list, from 1."""
    where: Annotated[str | None, doc("到哪里办理或领取", "Where to go with it")] = None
