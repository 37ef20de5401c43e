"""What of this scenario `search` finds: who teaches where, and the classes and courses of a week."""

from __future__ import annotations

from collections.abc import Iterator

from schema.classes.lookups import CLASS_VENUES, CLASSES, COURSES, ClassesKey
from schema.classes.records import ClassVenueRecord, ParentChildClassRecord, ParentChildCourseRecord
from schema.core.agenda import Agenda
from schema.core.findable import Findable
from schema.core.hours import within
from schema.core.scenario import Scenario


def _words(taught: ParentChildClassRecord | ParentChildCourseRecord) -> Iterator[str | None]:
    yield from (taught.organiser, taught.description, *taught.topics, *taught.levels)
    for activity in taught.activities:
        yield from (activity.name, activity.name_en)


CLASSES_FINDABLE: tuple[Findable, ...] = (
    Findable(
        record=ClassVenueRecord,
        scenario=Scenario.CLASSES,
        called=("亲子学堂", "亲子", "family learning centre"),
        search=CLASS_VENUES,
        key=lambda _: None,
        words=lambda venue: (venue.address, venue.operator),
        open_at=lambda venue, now: within(venue.opening_hours, now) if venue.opening_hours else None,
    ),
    Findable(
        record=ParentChildClassRecord,
        scenario=Scenario.CLASSES,
        called=("亲子课", "亲子活动", "family class"),
        search=CLASSES,
        key=lambda now: ClassesKey(agenda=Agenda.coming(now)),
        words=_words,
        part_of=lambda taught: taught.venue,
        whole=ClassVenueRecord,
        shows=lambda taught, now: not taught.cancelled and now < taught.start,
    ),
    Findable(
        record=ParentChildCourseRecord,
        scenario=Scenario.CLASSES,
        called=("亲子课程", "课程", "course"),
        search=COURSES,
        key=lambda now: ClassesKey(agenda=Agenda.coming(now)),
        words=_words,
        part_of=lambda taught: taught.venue,
        whole=ClassVenueRecord,
        shows=lambda taught, now: not taught.cancelled and now < taught.start,
    ),
)
