"""OpenActive: its feeds, and the lookups of sports and of parent-child classes over their copy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from connectors.kit import (
    Desk,
    Feed,
    FeedPage,
    FeedReset,
    Replica,
    ReplicaConnector,
    StatusError,
    Table,
    Upstream,
    answers,
    gather_all,
)
from connectors.openactive import feeds, mapping
from connectors.openactive.copy import Copy, begins, course_begins
from connectors.openactive.desk import OrderDesk
from connectors.openactive.options import OpenActiveOptions
from connectors.openactive.records import At, Records, done_at, places_of, uses_of
from connectors.openactive.wire import Event, Facility, Slot
from schema.classes.lookups import (
    CLASS_BY_REF,
    CLASS_VENUE_BY_REF,
    CLASS_VENUES,
    CLASSES,
    COURSE_BY_REF,
    COURSES,
    ClassesKey,
)
from schema.classes.records import ClassVenueRecord, ParentChildClassRecord, ParentChildCourseRecord
from schema.core.geo import Near
from schema.core.record import Ref
from schema.sports.lookups import (
    COURT_SLOT_BY_REF,
    COURT_SLOTS,
    FACILITIES,
    FACILITIES_OF_VENUE,
    FACILITY_BY_REF,
    SESSION_BY_REF,
    SESSIONS,
    VENUE_BY_REF,
    VENUES,
    SportsKey,
    VenuesKey,
)
from schema.sports.records import (
    CourtSlotRecord,
    SportsFacilityRecord,
    SportsSessionRecord,
    SportsVenueRecord,
)

Q = TypeVar("Q", SportsKey, ClassesKey, VenuesKey, Near | None)
R = TypeVar("R")

_ACCEPT = "application/vnd.openactive.rpde+json; version=1, application/json"
_FORGOTTEN = (400, 404, 410)
_SPORTS_PLACES = (feeds.FACILITY, feeds.SERIES)
_CLASS_PLACES = (feeds.SERIES, feeds.COURSE)


class OpenActive(ReplicaConnector):
    """One booking system's open data."""

    standard = "OpenActive RPDE 1.0"
    Options = OpenActiveOptions
    books = (CourtSlotRecord, SportsSessionRecord, ParentChildClassRecord, ParentChildCourseRecord)

    def __init__(self, upstream: Upstream, options: OpenActiveOptions, replica: Replica) -> None:
        super().__init__(upstream, options, replica)
        self._feeds = options.tables()
        tables = {table.name for found in self._feeds.values() for table in found}
        self._copy = Copy(replica, upstream.source, tables)

    def desk(self, kind: str) -> Desk:
        """Orders of the Open Booking API, whatever is booked."""
        return OrderDesk(self.upstream, self._copy, self.options, kind)

    def feeds(self) -> Sequence[Feed]:
        """One for each path; several kinds of item may come by one."""
        return [
            Feed(
                name=path,
                tables=tuple(tables),
                read=partial(self._read, path, tables),
                pause_s=self.options.pause_s,
                reread_s=self.options.reread_h * 3_600,
            )
            for path, tables in self._feeds.items()
        ]

    async def _read(self, path: str, tables: Sequence[Table], cursor: str | None) -> FeedPage:
        """Read the page that the last one's `next` names, whatever it looks like."""
        decode = partial(feeds.read_page, tables=tables, source=self.upstream.source)
        try:
            page = await self.upstream.get(cursor or path, decode=decode, headers={"accept": _ACCEPT})
        except StatusError as error:
            if cursor is not None and error.status in _FORGOTTEN:
                raise FeedReset from None
            raise
        return page.data

    # Venues

    @answers(VENUE_BY_REF)
    async def venues_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, SportsVenueRecord]:
        """Out of whatever is told of there."""
        return await self._venues_of(keys, _SPORTS_PLACES, Records.sports_venue)

    @answers(VENUES)
    async def venues(self, keys: Sequence[VenuesKey]) -> Mapping[VenuesKey, Sequence[SportsVenueRecord]]:
        """Out of whatever is told of, by where it is."""

        async def find(key: VenuesKey) -> Sequence[SportsVenueRecord]:
            found = await self._venues(_SPORTS_PLACES, Records.sports_venue, near=key.near)
            wanted = key.activity
            return [v for v in found if wanted is None or any(a.answers_to(wanted) for a in v.activities)]

        return await _each(keys, find)

    @answers(CLASS_VENUE_BY_REF)
    async def class_venues_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, ClassVenueRecord]:
        """Out of whatever is told of there."""
        return await self._venues_of(keys, _CLASS_PLACES, Records.class_venue)

    @answers(CLASS_VENUES)
    async def class_venues(
        self, keys: Sequence[Near | None]
    ) -> Mapping[Near | None, Sequence[ClassVenueRecord]]:
        """Out of whatever is told of, by where it is."""

        async def find(near: Near | None) -> Sequence[ClassVenueRecord]:
            return await self._venues(_CLASS_PLACES, Records.class_venue, near=near)

        return await _each(keys, find)

    # Courts

    @answers(FACILITY_BY_REF)
    async def facilities(self, keys: Sequence[Ref]) -> Mapping[Ref, SportsFacilityRecord]:
        """By id."""
        records = self._copy.records(feeds.FACILITY)
        rows = await self._copy.get(feeds.FACILITY, {key.id for key in keys})
        if records is None:
            return {}
        return {
            key: records.facility(key.id, feeds.decode_facility(rows[key.id]))
            for key in keys
            if key.id in rows
        }

    @answers(FACILITIES)
    async def all_facilities(
        self, keys: Sequence[SportsKey]
    ) -> Mapping[SportsKey, Sequence[SportsFacilityRecord]]:
        """With what of each can be booked: all slots that are left, in one reading."""

        async def find(key: SportsKey) -> Sequence[SportsFacilityRecord]:
            records = self._copy.records(feeds.FACILITY)
            if records is None:
                return ()
            left = await self._copy.slots_left(key.agenda.start, key.agenda.end)
            found = sorted((await self._copy.facilities(near=None, venues=None)).items())
            return [records.facility(id_, one, left if self.options.slots else None) for id_, one in found]

        return await _each(keys, find)

    @answers(FACILITIES_OF_VENUE)
    async def facilities_of_venue(
        self, keys: Sequence[Ref]
    ) -> Mapping[Ref, tuple[SportsFacilityRecord, ...]]:
        """All venues' in one reading."""
        records = self._copy.records(feeds.FACILITY)
        if records is None:
            return {}
        found = await self._copy.facilities(near=None, venues={key.id for key in keys})
        made = [records.facility(id_, facility) for id_, facility in sorted(found.items())]
        return {key: tuple(one for one in made if one.venue == key) for key in keys}

    @answers(COURT_SLOT_BY_REF)
    async def court_slots_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, CourtSlotRecord]:
        """By id."""
        rows = await self._copy.get(feeds.SLOT, {key.id for key in keys})
        slots = [(id_, feeds.decode_slot(data)) for id_, data in rows.items()]
        return _by_ref(await self._court_slots(slots))

    @answers(COURT_SLOTS)
    async def court_slots(self, keys: Sequence[SportsKey]) -> Mapping[SportsKey, Sequence[CourtSlotRecord]]:
        """Of the facilities that are wanted, by their beginnings."""

        async def find(key: SportsKey) -> Sequence[CourtSlotRecord]:
            of = None
            if (key.near, key.activity, key.venue, key.facility) != (None,) * 4:
                facilities = await self._copy.facilities(near=key.near, venues=_only(key.venue))
                of = (
                    "facility_use",
                    [
                        uri
                        for id_, facility in facilities.items()
                        if key.facility in (None, id_) and done_at(facility, key.activity)
                        for uri in uses_of(facility)
                    ],
                )
            return await self._copy.upcoming(
                feeds.SLOT,
                key.agenda,
                of=of,
                free=key.free,
                decode=feeds.decode_slot,
                begins=begins,
                join=self._court_slots,
            )

        return await _each(keys, find)

    # Sessions, classes and courses

    @answers(SESSION_BY_REF)
    async def sessions_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, SportsSessionRecord]:
        """By id."""
        return _by_ref(await self._sessions(Records.sports_session, await self._held_sessions(keys)))

    @answers(SESSIONS)
    async def sessions(self, keys: Sequence[SportsKey]) -> Mapping[SportsKey, Sequence[SportsSessionRecord]]:
        """Of the series that are wanted, by their beginnings."""

        async def find(key: SportsKey) -> Sequence[SportsSessionRecord]:
            return await self._upcoming_sessions(key, partial(self._sessions, Records.sports_session))

        return await _each(keys, find)

    @answers(CLASS_BY_REF)
    async def classes_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, ParentChildClassRecord]:
        """By id."""
        return _by_ref(await self._sessions(Records.single_class, await self._held_sessions(keys)))

    @answers(CLASSES)
    async def classes(
        self, keys: Sequence[ClassesKey]
    ) -> Mapping[ClassesKey, Sequence[ParentChildClassRecord]]:
        """Of the series that are wanted, by their beginnings."""

        async def find(key: ClassesKey) -> Sequence[ParentChildClassRecord]:
            async def join(rows: Sequence[tuple[str, Event]]) -> Sequence[ParentChildClassRecord]:
                made = await self._sessions(Records.single_class, rows)
                return [one for one in made if mapping.fits(one.eligibility, key.age)]

            return await self._upcoming_sessions(key, join)

        return await _each(keys, find)

    @answers(COURSE_BY_REF)
    async def courses_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, ParentChildCourseRecord]:
        """By id."""
        rows = await self._copy.get(feeds.COURSE, {key.id for key in keys})
        return _by_ref(await self._courses([(id_, feeds.decode_event(data)) for id_, data in rows.items()]))

    @answers(COURSES)
    async def courses(
        self, keys: Sequence[ClassesKey]
    ) -> Mapping[ClassesKey, Sequence[ParentChildCourseRecord]]:
        """By their first lessons; where and what they are is told by themselves."""

        async def find(key: ClassesKey) -> Sequence[ParentChildCourseRecord]:
            async def join(rows: Sequence[tuple[str, Event]]) -> Sequence[ParentChildCourseRecord]:
                return [
                    one
                    for one in await self._courses([row for row in rows if done_at(row[1], key.activity)])
                    if mapping.fits(one.eligibility, key.age)
                    and (key.near is None or key.near.holds(one.position))
                ]

            return await self._copy.upcoming(
                feeds.COURSE,
                key.agenda,
                of=("venue", [key.venue]) if key.venue is not None else None,
                free=key.free,
                decode=feeds.decode_event,
                begins=course_begins,
                join=join,
            )

        return await _each(keys, find)

    async def _venues_of(
        self, keys: Sequence[Ref], tables: Sequence[Table], make: Callable[[Records, str, At], R]
    ) -> Mapping[Ref, R]:
        return _by_ref(await self._venues(tables, make, venues={key.id for key in keys}))

    async def _venues(
        self,
        tables: Sequence[Table],
        make: Callable[[Records, str, At], R],
        *,
        near: Near | None = None,
        venues: Collection[str] | None = None,
    ) -> list[R]:
        records = self._copy.records(*tables)
        if records is None:
            return []
        told: list[Facility | Event] = []
        for table in tables:
            if table is feeds.FACILITY:
                told += (await self._copy.facilities(near=near, venues=venues)).values()
            else:
                told += (await self._copy.events(table, near=near, venues=venues)).values()
        return [make(records, id_, found) for id_, found in places_of(told).items()]

    async def _court_slots(self, slots: Sequence[tuple[str, Slot]]) -> list[CourtSlotRecord]:
        records = self._copy.records(feeds.SLOT)
        if records is None:
            return []
        return [records.slot(*found) for found in await self._copy.with_facilities(slots)]

    async def _held_sessions(self, keys: Sequence[Ref]) -> list[tuple[str, Event]]:
        rows = await self._copy.get(feeds.SESSION, {key.id for key in keys})
        return [(id_, feeds.decode_event(data)) for id_, data in rows.items()]

    async def _sessions(
        self, make: Callable[[Records, str, Event], R], sessions: Sequence[tuple[str, Event]]
    ) -> list[R]:
        records = self._copy.records(feeds.SESSION)
        if records is None:
            return []
        return [make(records, id_, event) for id_, event in await self._copy.with_series(sessions)]

    async def _courses(self, courses: Sequence[tuple[str, Event]]) -> list[ParentChildCourseRecord]:
        records = self._copy.records(feeds.COURSE)
        if records is None:
            return []
        return [
            records.course(id_, course)
            for id_, course in courses
            if mapping.inherited(course, "name") is not None
        ]

    async def _upcoming_sessions(
        self,
        key: SportsKey | ClassesKey,
        join: Callable[[Sequence[tuple[str, Event]]], Awaitable[Sequence[R]]],
    ) -> list[R]:
        of = None
        if (key.near, key.activity, key.venue) != (None,) * 3:
            series = await self._copy.events(feeds.SERIES, near=key.near, venues=_only(key.venue))
            uris = [one.uri or id_ for id_, one in series.items() if done_at(one, key.activity)]
            of = ("series", uris)
        return await self._copy.upcoming(
            feeds.SESSION,
            key.agenda,
            of=of,
            free=key.free,
            decode=feeds.decode_event,
            begins=begins,
            join=join,
        )


def _only(venue: str | None) -> Collection[str] | None:
    return None if venue is None else [venue]


def _by_ref(records: Sequence[Any]) -> dict[Ref, Any]:
    return {record.ref: record for record in records}


async def _each(keys: Sequence[Q], find: Callable[[Q], Awaitable[Sequence[R]]]) -> Mapping[Q, Sequence[R]]:
    async def one(key: Q) -> Sequence[R]:
        return await find(key)

    return dict(zip(keys, await gather_all(*map(one, keys)), strict=True))
