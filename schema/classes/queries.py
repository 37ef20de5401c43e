"""Fields of Query."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from schema.classes.find import find_classes, find_courses
from schema.classes.records import ClassVenueRecord, ParentChildClassRecord, ParentChildCourseRecord
from schema.classes.types import ACTIVITY, AGE, FREE, ParentChildClass, ParentChildCourse
from schema.core.agenda import DAY
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import local_ref, relation
from schema.core.geo import NearInput
from schema.core.listed import After, First

_NEAR = text("范围；空为全部", "A circle; null for all")
_VENUE = text("上课地点的全局 ID；空为全部", "Global id of a venue; null for all")


@strawberry.type
class ClassesQuery:
    """Fields of Query."""

    @relation(
        "亲子课程（单次），由早到晚；已开始的不列出",
        "Single classes for parents and children, the earliest first; those that have begun are left out",
        Connection[ParentChildClass] | None,
    )
    @staticmethod
    async def classes(
        info: Info,
        day: Annotated[date | None, strawberry.argument(description=DAY)] = None,
        near: Annotated[NearInput | None, strawberry.argument(description=_NEAR)] = None,
        age: Annotated[float | None, strawberry.argument(description=AGE)] = None,
        activity: Annotated[str | None, strawberry.argument(description=ACTIVITY)] = None,
        venue: Annotated[strawberry.ID | None, strawberry.argument(description=_VENUE)] = None,
        free: Annotated[bool, strawberry.argument(description=FREE)] = False,
        first: First = 20,
        after: After = None,
    ) -> Page[ParentChildClassRecord]:
        """How many there are in all is not counted."""
        circle = near.resolve() if near else None
        of = local_ref(venue, ClassVenueRecord) if venue is not None else None
        return await find_classes(info, day, circle, age, activity, of, free, first, after)

    @relation(
        "亲子系列课程，由早到晚；已开课的不列出",
        "Courses for parents and children, the earliest first; those that have begun are left out",
        Connection[ParentChildCourse] | None,
    )
    @staticmethod
    async def class_courses(
        info: Info,
        near: Annotated[NearInput | None, strawberry.argument(description=_NEAR)] = None,
        age: Annotated[float | None, strawberry.argument(description=AGE)] = None,
        activity: Annotated[str | None, strawberry.argument(description=ACTIVITY)] = None,
        venue: Annotated[strawberry.ID | None, strawberry.argument(description=_VENUE)] = None,
        free: Annotated[bool, strawberry.argument(description=FREE)] = False,
        first: First = 20,
        after: After = None,
    ) -> Page[ParentChildCourseRecord]:
        """How many there are in all is not counted."""
        circle = near.resolve() if near else None
        of = local_ref(venue, ClassVenueRecord) if venue is not None else None
        return await find_courses(info, circle, age, activity, of, free, first, after)
