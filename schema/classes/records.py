"""What a provider tells of classes for parents and children: single ones, courses, and where they are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from schema.core.docs import doc
from schema.core.hours import OpeningHours
from schema.core.record import PlaceRecord, Value
from schema.core.scenario import Scenario
from schema.sports.records import SessionRecord


class ClassVenueRecord(PlaceRecord, frozen=True, kw_only=True):
    """开设亲子课程的地点。
    A place where classes for parents and children are given.
    """

    kind: ClassVar[str] = "class-venue"

    address: Annotated[str | None, doc("地址", "Address")] = None
    phone: Annotated[str | None, doc("电话", "Telephone")] = None
    website: Annotated[str | None, doc("网页", "Web page")] = None
    operator: Annotated[str | None, doc("主办机构", "Who runs it")] = None
    opening_hours: Annotated[
        tuple[OpeningHours, ...],
        doc("开放时间；未知时为空列表", "When it is open; empty where nobody knows"),
    ] = ()


class _TaughtRecord(SessionRecord, frozen=True, kw_only=True):
    """What single classes and courses have in common."""

    scenario: ClassVar[Scenario] = Scenario.CLASSES

    topics: Annotated[tuple[str, ...], doc("来源所列类别", "The source's own categories")] = ()


class ParentChildClassRecord(_TaughtRecord, frozen=True, kw_only=True):
    """一次亲子课程，按名额预约。
    A single class for parents and children, booked by the place.
    """

    kind: ClassVar[str] = "parent-child-class"


class ClassLesson(Value, frozen=True, kw_only=True):
    """系列课程中的一课。
    One lesson of a course.
    """

    start: Annotated[datetime, doc("开始时刻", "When it begins")]
    end: Annotated[datetime | None, doc("结束时刻；来源未提供时为空", "When it ends; null where untold")]


class ParentChildCourseRecord(_TaughtRecord, frozen=True, kw_only=True):
    """亲子系列课程：报名一次，连续多课。
    A course for parents and children: one booking, several lessons.
    """

    kind: ClassVar[str] = "parent-child-course"

    lessons: Annotated[
        tuple[ClassLesson, ...],
        doc("各课时间；来源只给规律时为空列表", "Its lessons; empty where only a rule is told"),
    ] = ()
    lesson_times: Annotated[
        tuple[OpeningHours, ...],
        doc("每周上课时间；来源逐课列出时为空列表", "When in the week; empty where lessons are told singly"),
    ] = ()
