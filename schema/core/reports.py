"""Reports as a resident sees them, and what the graph asks of whoever keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol

import msgspec

from schema.core.booking import Refusal
from schema.core.bookings import Erased
from schema.core.docs import doc, enum_type
from schema.core.record import Position, Ref, Value
from schema.core.reporting import Answer, CaseRules
from schema.core.viewer import Viewer


class ReportKind(StrEnum):
    """What a resident has done."""

    REPORT = "REPORT"
    SUPPORT = "SUPPORT"
    RATING = "RATING"
    REOPENING = "REOPENING"


enum_type(
    ReportKind,
    "居民对事件所做的事",
    "What a resident has done about a case",
    REPORT=("上报", "Reported it"),
    SUPPORT=("附议：我也遇到", "Said: me too"),
    RATING=("评价", "Rated how it was dealt with"),
    REOPENING=("申请重新办理", "Asked for it to be dealt with again"),
)


class ReportStatus(StrEnum):
    """How far it has come."""

    PENDING = "PENDING"
    DONE = "DONE"
    REJECTED = "REJECTED"


enum_type(
    ReportStatus,
    "上报的状态",
    "How a report stands",
    PENDING=("已受理，正在提交平台", "Taken in, and being handed in at the platform"),
    DONE=("平台已收到", "The platform has it"),
    REJECTED=("未能提交", "Not handed in"),
)


class ReportRecord(Value, frozen=True, kw_only=True):
    """居民的一次上报、附议、评价或重新办理申请，受理即有回执号。
    What a resident has reported, supported, rated or asked to be dealt with again; it has its receipt before
    the platform is asked.
    """

    receipt: str
    kind: Annotated[ReportKind, doc("所做的事", "What was done")]
    status: Annotated[ReportStatus, doc("状态", "How it stands")]
    title: Annotated[str | None, doc("事项名称", "What it is about, by name")] = None
    description: Annotated[
        str | None,
        doc("情况描述、评价意见或重新办理的理由", "What was reported, the comment, or the reason given"),
    ] = None
    position: Annotated[Position | None, doc("位置", "Where it is")] = None
    address: Annotated[str | None, doc("地址", "Address")] = None
    anonymous: Annotated[
        bool,
        doc(
            "是否匿名：匿名时平台得不到上报人的任何信息，仅本人可在此查看",
            "Whether anonymous: then the platform is given nothing of the person, who alone sees it here",
        ),
    ] = False
    suggested: Annotated[
        bool,
        doc(
            "类别是否按描述自动建议（个人信息保护法第二十四条）；上报时指定类别即不采用建议",
            "Whether the category was suggested automatically from the text (PIPL, article 24); whoever names"
            " one is suggested none",
        ),
    ] = False
    photos: Annotated[tuple[str, ...], doc("照片地址", "Addresses of its pictures")] = ()
    score: Annotated[int | None, doc("评分，1 至 5", "The score, 1 to 5")] = None
    reason: Annotated[Refusal | None, doc("未能提交的原因", "Why it was not handed in")] = None
    number: Annotated[
        str | None,
        doc("平台的事件编号；尚未给出时为空", "The platform's number of the case; null while there is none"),
    ] = None
    made_at: Annotated[datetime, doc("受理时刻", "When it was taken in")]
    changed_at: Annotated[datetime, doc("最近一次变化的时刻", "When it last changed")]
    source: str
    category: str | None = None


class ReportWish(msgspec.Struct, frozen=True, kw_only=True):
    """What a resident wants to report, checked."""

    key: str
    given: tuple[object, ...]
    """What was sent under the key: another wish under it is a conflict."""
    category: Ref
    title: str | None
    description: str
    position: Position
    address: str | None
    photos: tuple[str, ...]
    """Their ids."""
    answers: tuple[Answer, ...]
    anonymous: bool
    suggested: bool
    even_if_duplicate: bool
    refusal: Refusal | None = None
    """Why it cannot be, as far as the graph knows without handing it in."""


class ActWish(msgspec.Struct, frozen=True, kw_only=True):
    """What a resident wants to do about a case, checked."""

    kind: ReportKind
    key: str
    case: Ref
    title: str | None
    score: int | None = None
    words: str | None = None
    refusal: Refusal | None = None
    """As in `ReportWish`."""


class ReportProgress(msgspec.Struct, frozen=True):
    """How far it has come by the time the resident is answered."""

    report: ReportRecord
    done: bool
    """Whether it is carried out or refused; else it goes on."""
    reason: Refusal | None = None
    """Why it was refused."""


class Reports(Protocol):
    """Keeps what residents report and sees to it that it is carried out.

    Each may raise PublicError: WRITES_UNAVAILABLE where nothing can be kept, IDEMPOTENCY_CONFLICT for a key
    that was used for something else, NOT_FOUND for a photo that is not the viewer's.
    """

    def rules(self, source: str) -> CaseRules | None:
        """Give the rules of a source that takes reports; None for any other."""
        ...

    async def known(self, viewer: Viewer, key: str, given: tuple[object, ...]) -> ReportProgress | None:
        """Give how far a report has come that was taken in under a key; None where none was."""
        ...

    async def report(self, viewer: Viewer, wish: ReportWish) -> ReportProgress:
        """Take a report in, and wait a little for its end."""
        ...

    async def act(self, viewer: Viewer, wish: ActWish) -> ReportProgress:
        """Take in what is to be done about a case, and wait a little for its end."""
        ...

    async def erase(self, viewer: Viewer) -> Erased:
        """Delete what is kept of the viewer's reports and photos, but for what is being carried out."""
        ...

    async def one(self, viewer: Viewer, receipt: str) -> ReportRecord | None:
        """Give a report of the viewer's."""
        ...

    async def all(self, viewer: Viewer) -> Sequence[ReportRecord]:
        """Give every report of the viewer's, the newest first."""
        ...
