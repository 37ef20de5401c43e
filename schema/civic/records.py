"""What the event platform tells: cases, their ways through the platform, and the matters they are about."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from schema.core.docs import doc, enum_type
from schema.core.record import PlaceRecord, Record, Ref, Value


class CaseState(StrEnum):
    """Where a case stands on its way: 待派单 → 处理中 → 待核查 → 已结案 or 退回整改 (and 待核查 again)."""

    PENDING_DISPATCH = "待派单"
    IN_PROGRESS = "处理中"
    PENDING_VERIFICATION = "待核查"
    CLOSED = "已结案"
    SENT_BACK = "退回整改"
    UNKNOWN = ""


enum_type(
    CaseState,
    "事件状态",
    "State of a case",
    PENDING_DISPATCH=("待派单", "Accepted, not yet dispatched to an agency"),
    IN_PROGRESS=("处理中", "An agency is dealing with it"),
    PENDING_VERIFICATION=("待核查", "Dealt with, not yet verified"),
    CLOSED=("已结案", "Verified and closed"),
    SENT_BACK=("退回整改", "Verification failed; sent back to the agency"),
    UNKNOWN=("未结案，平台未说明处于哪一步", "Open; the platform does not say at which step"),
)


class AttributeType(StrEnum):
    """What kind of answer a question wants when its matter is reported."""

    STRING = "string"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    SINGLE_VALUE_LIST = "singlevaluelist"
    MULTI_VALUE_LIST = "multivaluelist"


enum_type(
    AttributeType,
    "填写类型",
    "Kind of answer that a question wants",
    STRING=("单行文字", "One line of text"),
    NUMBER=("数字", "A number"),
    DATETIME=("日期时间", "An instant, ISO 8601"),
    TEXT=("多行文字", "Text with line breaks"),
    SINGLE_VALUE_LIST=("单选", "One of the values"),
    MULTI_VALUE_LIST=("多选", "Any of the values"),
)


class AttributeValue(Value, frozen=True, kw_only=True):
    """可选的一项答案。
    One answer to choose.
    """

    key: Annotated[str, doc("提交时使用的值", "What is sent")]
    name: Annotated[str, doc("显示名称", "What is shown")]


class ServiceAttribute(Value, frozen=True, kw_only=True):
    """上报某类事项时要填写的一项。
    A question that goes with a kind of matter when it is reported.
    """

    code: Annotated[str, doc("编号", "Its code")]
    description: Annotated[str, doc("问题", "The question")]
    datatype: Annotated[AttributeType, doc("填写类型", "Kind of answer that it wants")]
    variable: Annotated[
        bool, doc("需要填写为真；仅作说明为假", "Whether it wants an answer; false: it only informs")
    ]
    required: Annotated[bool, doc("是否必填", "Whether an answer is required")]
    order: Annotated[int, doc("显示顺序，1 为最先", "Its place among the questions; 1 comes first")]
    values: Annotated[tuple[AttributeValue, ...], doc("可选答案", "The answers to choose from")] = ()


class ServiceTypeRecord(Record, frozen=True, kw_only=True):
    """可上报的事项类别，按 GB/T 47678.5-2026 编码。
    A kind of matter that can be reported, coded by GB/T 47678.5-2026.
    """

    kind: ClassVar[str] = "service-type"

    code: Annotated[
        str,
        doc(
            "事项代码：11 位，区划 6 位、大类 2 位、小类 3 位",
            "Matter code, 11 digits: division 6, class 2, matter 3",
        ),
    ]
    name: Annotated[str, doc("名称", "Name")]
    group: Annotated[str | None, doc("大类", "The class (大类) that it is part of")] = None
    description: Annotated[str | None, doc("说明", "What it covers")] = None
    keywords: Annotated[tuple[str, ...], doc("关键词", "Keywords")] = ()
    has_attributes: bool = False
    """Whether the platform has questions for it, so that it is worth asking for them."""


class CaseUpdate(Value, frozen=True, kw_only=True):
    """事件办理过程中的一步。
    A step on a case's way.
    """

    at: Annotated[datetime, doc("时刻", "When")]
    state: Annotated[CaseState, doc("此后的状态", "The state from then on")]
    description: Annotated[str | None, doc("平台的说明", "What the platform says of it")] = None
    media_url: Annotated[str | None, doc("照片地址", "Address of a picture")] = None


class CaseRecord(PlaceRecord, frozen=True, kw_only=True):
    """一网统管平台上的一件城市管理事件。
    A case on the district's event platform: something wrong in the street, and how it is dealt with.
    """

    kind: ClassVar[str] = "case"

    service_code: str | None = None
    state: Annotated[CaseState, doc("状态", "Where it stands")]
    open: Annotated[bool, doc("是否未结案", "Whether it is not closed yet")]
    description: Annotated[str | None, doc("情况描述", "What was reported")] = None
    address: Annotated[str | None, doc("地址", "Address")] = None
    agency: Annotated[str | None, doc("承办单位", "The agency that deals with it")] = None
    requested_at: Annotated[datetime, doc("上报时刻", "When it was reported")]
    updated_at: Annotated[datetime | None, doc("最近更新时刻", "When it last changed")] = None
    expected_at: Annotated[datetime | None, doc("应办结时刻", "When it should be dealt with")] = None
    media_url: Annotated[str | None, doc("照片地址", "Address of a picture")] = None


def service_type_ref(case: CaseRecord) -> Ref | None:
    """Give the Ref of what a case is about, None where the platform does not say."""
    return Ref(case.ref.source, case.service_code) if case.service_code else None
