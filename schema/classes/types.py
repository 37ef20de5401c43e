"""ClassVenue, ParentChildClass and ParentChildCourse."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from schema.classes.find import find_classes, find_courses
from schema.classes.lookups import CLASS_BY_REF, CLASS_VENUE_BY_REF, COURSE_BY_REF
from schema.classes.records import ClassVenueRecord, ParentChildClassRecord, ParentChildCourseRecord
from schema.community.place import Place
from schema.core.agenda import DAY
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import entity, relation
from schema.core.listed import After, First
from schema.core.record import Ref
from schema.core.slot import Slot

AGE = text("孩子的年龄（岁）；空为不限", "The child's age in years; null for any")
FREE = text("只要仍可预约且有名额的", "Only what has places left and is not called off")
ACTIVITY = text(
    "活动项目：中文或英文名称（可为其一部分）或词表标识；空为全部",
    "Activity: its name or a part of it in Chinese or English, or its code; null for all",
)


async def _venue(info: Info, ref: Ref | None) -> ClassVenueRecord | None:
    if ref is None:
        return None
    return await info.context.load(CLASS_VENUE_BY_REF, ref)


@entity(ClassVenueRecord, CLASS_VENUE_BY_REF, "ClassVenue")
class ClassVenue(Place):
    """What is given there."""

    @relation(
        "单次课程，由早到晚；已开始的不列出",
        "Single classes, the earliest first; those that have begun are left out",
        Connection[Annotated["ParentChildClass", strawberry.lazy("schema.classes.types")]] | None,
    )
    @staticmethod
    async def classes(
        root: strawberry.Parent[ClassVenueRecord],
        info: Info,
        day: Annotated[date | None, strawberry.argument(description=DAY)] = None,
        age: Annotated[float | None, strawberry.argument(description=AGE)] = None,
        free: Annotated[bool, strawberry.argument(description=FREE)] = False,
        first: First = 20,
        after: After = None,
    ) -> Page[ParentChildClassRecord]:
        """Of this venue."""
        return await find_classes(info, day, None, age, None, root.ref, free, first, after)

    @relation(
        "系列课程，由早到晚；已开课的不列出",
        "Courses, the earliest first; those that have begun are left out",
        Connection[Annotated["ParentChildCourse", strawberry.lazy("schema.classes.types")]] | None,
    )
    @staticmethod
    async def courses(
        root: strawberry.Parent[ClassVenueRecord],
        info: Info,
        age: Annotated[float | None, strawberry.argument(description=AGE)] = None,
        free: Annotated[bool, strawberry.argument(description=FREE)] = False,
        first: First = 20,
        after: After = None,
    ) -> Page[ParentChildCourseRecord]:
        """Of this venue."""
        return await find_courses(info, None, age, None, root.ref, free, first, after)


@entity(ParentChildClassRecord, CLASS_BY_REF, "ParentChildClass")
class ParentChildClass(Slot):
    """Where it is given."""

    @relation("上课地点；线上课程为空", "Where it is given; null where it is online", ClassVenue | None)
    @staticmethod
    async def venue(root: strawberry.Parent[ParentChildClassRecord], info: Info) -> ClassVenueRecord | None:
        """All venues of a level in one reading."""
        return await _venue(info, root.venue)


@entity(ParentChildCourseRecord, COURSE_BY_REF, "ParentChildCourse")
class ParentChildCourse(Slot):
    """Where it is given."""

    @relation("上课地点；线上课程为空", "Where it is given; null where it is online", ClassVenue | None)
    @staticmethod
    async def venue(root: strawberry.Parent[ParentChildCourseRecord], info: Info) -> ClassVenueRecord | None:
        """All venues of a level in one reading."""
        return await _venue(info, root.venue)
