"""What this scenario adds to a community and to `nearby`."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from schema.classes.find import find_classes, find_courses
from schema.classes.lookups import CLASS_VENUES
from schema.classes.records import ParentChildClassRecord, ParentChildCourseRecord
from schema.classes.types import AGE, FREE, ParentChildClass, ParentChildCourse
from schema.community.gazetteer import CommunityRecord
from schema.core.agenda import DAY
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.geo import near
from schema.core.listed import After, First
from schema.core.nearby import NearbyKind

CLASSES_NEARBY: tuple[NearbyKind, ...] = (
    NearbyKind(
        "CLASS_VENUE", "亲子课堂地点", "Where classes for parents and children are given", CLASS_VENUES
    ),
)
_RADIUS = text("半径（米），最大 50000", "Metres, at most 50000")


@strawberry.type
class ClassesOfCommunity:
    """Fields of Community."""

    @relation(
        "社区中心附近的亲子课程（单次），由早到晚",
        "Single classes around the community's centre, the earliest first",
        Connection[ParentChildClass] | None,
    )
    @staticmethod
    async def classes(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        day: Annotated[date | None, strawberry.argument(description=DAY)] = None,
        age: Annotated[float | None, strawberry.argument(description=AGE)] = None,
        free: Annotated[bool, strawberry.argument(description=FREE)] = False,
        radius: Annotated[int, strawberry.argument(description=_RADIUS)] = 5000,
        first: First = 20,
        after: After = None,
    ) -> Page[ParentChildClassRecord]:
        """Out of the local copies: no source is called."""
        circle = near(root.position.lat, root.position.lng, radius)
        return await find_classes(info, day, circle, age, None, None, free, first, after)

    @relation(
        "社区中心附近的亲子系列课程，由早到晚",
        "Courses around the community's centre, the earliest first",
        Connection[ParentChildCourse] | None,
    )
    @staticmethod
    async def class_courses(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        age: Annotated[float | None, strawberry.argument(description=AGE)] = None,
        free: Annotated[bool, strawberry.argument(description=FREE)] = False,
        radius: Annotated[int, strawberry.argument(description=_RADIUS)] = 5000,
        first: First = 20,
        after: After = None,
    ) -> Page[ParentChildCourseRecord]:
        """Out of the local copies: no source is called."""
        circle = near(root.position.lat, root.position.lng, radius)
        return await find_courses(info, circle, age, None, None, free, first, after)
