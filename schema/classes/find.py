"""Classes and courses as parents ask for them."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from schema.classes.lookups import CLASSES, COURSES, ClassesKey
from schema.classes.records import ParentChildClassRecord, ParentChildCourseRecord
from schema.core.agenda import Agenda
from schema.core.connection import Page
from schema.core.context import Info
from schema.core.errors import InvalidInput
from schema.core.geo import Near
from schema.core.lookup import Search
from schema.core.record import Ref

R = TypeVar("R", ParentChildClassRecord, ParentChildCourseRecord)
OLDEST = 120


async def find_classes(
    info: Info,
    day: date | None,
    circle: Near | None,
    age: float | None,
    activity: str | None,
    of: Ref | None,
    free: bool,
    first: int,
    after: str | None,
) -> Page[ParentChildClassRecord]:
    """Give a page of single classes, the earliest first, of all or of a venue."""
    agenda = Agenda.ask(info.context.now, day, first, after)
    return await _fill(info, CLASSES, _key(agenda, circle, age, activity, of, free), of)


async def find_courses(
    info: Info,
    circle: Near | None,
    age: float | None,
    activity: str | None,
    of: Ref | None,
    free: bool,
    first: int,
    after: str | None,
) -> Page[ParentChildCourseRecord]:
    """Give a page of courses that are yet to begin, the earliest first, of all or of a venue."""
    agenda = Agenda.ask(info.context.now, None, first, after)
    return await _fill(info, COURSES, _key(agenda, circle, age, activity, of, free), of)


def _key(
    agenda: Agenda, circle: Near | None, age: float | None, activity: str | None, of: Ref | None, free: bool
) -> ClassesKey:
    if age is not None and not 0 <= age <= OLDEST:
        raise InvalidInput(f"`age` is between 0 and {OLDEST}.")
    return ClassesKey(
        agenda=agenda, near=circle, age=age, activity=activity, venue=of.id if of else None, free=free
    )


async def _fill(info: Info, search: Search[ClassesKey, R], key: ClassesKey, of: Ref | None) -> Page[R]:
    found = await info.context.search(search, key, None if of is None else [of.source])
    info.context.report(info, found.failures)
    near = key.near
    return key.agenda.cut(found.items, lambda slot: near.distance_to(slot.position) if near else None)
