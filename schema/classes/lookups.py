"""What classes ask of their sources, each of which is a local copy that nobody need be called for."""

from __future__ import annotations

import msgspec

from schema.classes.records import ClassVenueRecord, ParentChildClassRecord, ParentChildCourseRecord
from schema.core.agenda import Agenda
from schema.core.geo import Near
from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Ref

_RARELY_CHANGED = Freshness(fresh=60, stale=3_600)
_PLACES = Freshness(fresh=15)
"""Places change with every booking; the copy at hand is read each time, and others keep it no longer."""


class ClassesKey(msgspec.Struct, frozen=True, kw_only=True):
    """What begins within an agenda. `venue` is an id within the source asked; `age` is in years."""

    agenda: Agenda
    near: Near | None = None
    age: float | None = None
    activity: str | None = None
    venue: str | None = None
    free: bool = False
    """Only what has places left and is offered."""


CLASS_VENUE_BY_REF: Lookup[Ref, ClassVenueRecord] = Lookup("classes.venue_by_ref", _RARELY_CHANGED)
CLASS_VENUES: Search[Near | None, ClassVenueRecord] = Search(
    "classes.venues", _RARELY_CHANGED, primes=CLASS_VENUE_BY_REF
)
"""Venues within a circle, or all."""

CLASS_BY_REF: Lookup[Ref, ParentChildClassRecord] = Lookup("classes.class_by_ref", _PLACES)
CLASSES: Search[ClassesKey, ParentChildClassRecord] = Search("classes.classes", _PLACES, primes=CLASS_BY_REF)
COURSE_BY_REF: Lookup[Ref, ParentChildCourseRecord] = Lookup("classes.course_by_ref", _PLACES)
COURSES: Search[ClassesKey, ParentChildCourseRecord] = Search(
    "classes.courses", _PLACES, primes=COURSE_BY_REF
)
"""Courses whose first lesson lies within the agenda."""
