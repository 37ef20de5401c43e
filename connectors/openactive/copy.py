"""The copy of a system's feeds as lookups read it: what is where, and what begins when, with its parents."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from connectors.kit import Kept, Replica, Selection, Table
from connectors.openactive import feeds, mapping
from connectors.openactive.records import Held, Records
from connectors.openactive.times import instant
from connectors.openactive.wire import Event, Facility, Place, Slot
from schema.core.agenda import Agenda
from schema.core.geo import Near

T = TypeVar("T")
R = TypeVar("R")

_BATCH = 50
"""So many rows at least are read at a time: of those some may be left out."""
_METRES_PER_DEGREE = 111_000
_LAST = "\U0010ffff"


class Copy:
    """One source's tables; those that its options name no feed for are empty."""

    def __init__(self, replica: Replica, source: str, tables: Collection[str]) -> None:
        self._replica = replica
        self._source = source
        self._tables = tables

    def records(self, *tables: Table) -> Records | None:
        """Give the maker of records out of these tables, as true as the oldest of them is.

        None where there is none of them: then there is nothing to be made of them either.
        """
        names = [table.name for table in tables if table.name in self._tables]
        if not names:
            return None
        as_of = min(self._replica.as_of(name) for name in names)
        return Records(self._source, as_of, any(self._replica.stale(name) for name in names))

    async def facilities(self, *, near: Near | None, venues: Collection[str] | None) -> dict[str, Facility]:
        """Give facilities by id: those within a circle or of venues, or all."""
        kept = await self._parents(feeds.FACILITY, near, venues)
        found = {row.id: feeds.decode_facility(row.data) for row in kept}
        return {id_: one for id_, one in found.items() if _lies_in(near, one.location)}

    async def events(
        self, table: Table, *, near: Near | None, venues: Collection[str] | None
    ) -> dict[str, Event]:
        """Give series or courses by id: those within a circle or of venues, or all."""
        kept = await self._parents(table, near, venues)
        found = {row.id: feeds.decode_event(row.data) for row in kept}
        return {id_: e for id_, e in found.items() if _lies_in(near, mapping.inherited(e, "location"))}

    async def get(self, table: Table, ids: Collection[str]) -> Mapping[str, bytes]:
        """Give the data of items by id."""
        return await self._replica.get(table.name, ids) if table.name in self._tables else {}

    async def with_facilities(self, slots: Sequence[tuple[str, Slot]]) -> list[tuple[str, Slot, Held | None]]:
        """Bring slots together with what they are slots of."""
        uses = {slot.facility_use for _, slot in slots if isinstance(slot.facility_use, str)}
        uses |= {
            use.uri
            for _, slot in slots
            if isinstance(use := slot.facility_use, Facility) and use.uri is not None
        }
        courts = {uri: feeds.decode_court(data) for uri, data in (await self.get(feeds.COURT, uses)).items()}
        rows = await self.get(feeds.FACILITY, {court.facility for court in courts.values()})
        facilities = {id_: feeds.decode_facility(data) for id_, data in rows.items()}
        held = {
            uri: Held(id=court.facility, facility=facilities[court.facility], court=court.name)
            for uri, court in courts.items()
            if court.facility in facilities
        }
        return [
            (id_, slot, held.get((use if isinstance(use := slot.facility_use, str) else use.uri) or ""))
            for id_, slot in slots
        ]

    async def slots_left(self, start: datetime, end: datetime) -> dict[str, list[Slot]]:
        """Give the slots with places left that begin within a span, by the `@id` that they are of."""
        if feeds.SLOT.name not in self._tables:
            return {}
        span = (math.ceil(start.timestamp()), math.ceil(end.timestamp()))
        kept = await self._replica.select(
            Selection(table=feeds.SLOT.name, between={"start": span, "free": (1, None)})
        )
        found: dict[str, list[Slot]] = {}
        for slot in (feeds.decode_slot(row.data) for row in kept):
            use = slot.facility_use if isinstance(slot.facility_use, str) else slot.facility_use.uri
            found.setdefault(use or "", []).append(slot)
        return found

    async def with_series(self, sessions: Sequence[tuple[str, Event]]) -> list[tuple[str, Event]]:
        """Put its series into each session; those whose series, or any name, is not told are left out."""
        wanted = {s.super_event for _, s in sessions if isinstance(s.super_event, str)}
        series: dict[str, Event] = {}
        if wanted and feeds.SERIES.name in self._tables:
            kept = await self._replica.select(Selection(table=feeds.SERIES.name, equal={"uri": wanted}))
            for row in kept:
                event = feeds.decode_event(row.data)
                series[event.uri or row.id] = event
        whole: list[tuple[str, Event]] = []
        for id_, session in sessions:
            parent = session.super_event
            if isinstance(parent, str):
                if parent not in series:
                    continue
                session = msgspec.structs.replace(session, super_event=series[parent])  # noqa: PLW2901  # whole now
            if mapping.inherited(session, "name") is not None:
                whole.append((id_, session))
        return whole

    async def upcoming(
        self,
        table: Table,
        agenda: Agenda,
        *,
        of: tuple[str, Collection[str]] | None,
        free: bool,
        decode: Callable[[bytes], T],
        begins: Callable[[T], int],
        join: Callable[[Sequence[tuple[str, T]]], Awaitable[Sequence[R]]],
    ) -> list[R]:
        """Give what begins within an agenda, in its order: of some parents, named by a key, or of all.

        `join` makes what is wanted of rows and may leave some out: more are read until there are enough.
        """
        if table.name not in self._tables:
            return []
        after = self._after(agenda)
        found: list[R] = []
        while len(found) < agenda.count:
            size = max(_BATCH, agenda.count - len(found))
            kept = await self._replica.select(
                Selection(
                    table=table.name,
                    equal={of[0]: of[1]} if of else {},
                    between={
                        "start": (math.ceil(agenda.start.timestamp()), math.ceil(agenda.end.timestamp())),
                        **({"free": (1, None)} if free else {}),
                    },
                    order_by="start",
                    after=after,
                    limit=size,
                )
            )
            rows = [(row.id, decode(row.data)) for row in kept]
            found += await join(rows)
            if len(kept) < size:
                break
            after = (begins(rows[-1][1]), kept[-1].id)
        return found[: agenda.count]

    def _after(self, agenda: Agenda) -> tuple[int, str] | None:
        """Where to go on in this source after a place in the order of all."""
        if agenda.after is None:
            return None
        second, source, id_ = agenda.after
        if source == self._source:
            return second, id_
        # Of what begins in the same second, a source whose id comes later has shown nothing yet.
        return second, "" if source < self._source else _LAST

    async def _parents(
        self, table: Table, near: Near | None, venues: Collection[str] | None
    ) -> Sequence[Kept]:
        if table.name not in self._tables:
            return ()
        return await self._replica.select(
            Selection(
                table=table.name,
                equal={"venue": venues} if venues is not None else {},
                between=_box(near) if near else {},
            )
        )


def begins(opportunity: Slot | Event) -> int:
    """Give the second in which a slot or a session begins, by which it is ordered."""
    return int(instant(opportunity.start_date or "").timestamp())


def course_begins(course: Event) -> int:
    """Give the second in which a course's first lesson begins, by which it is ordered."""
    return int(mapping.lessons_of(course)[0].timestamp())


def _lies_in(near: Near | None, location: Place | str | None) -> bool:
    return near is None or near.holds(mapping.position(location if isinstance(location, Place) else None))


def _box(near: Near) -> dict[str, tuple[float | None, float | None]]:
    """Give the square around a circle, a little wider, for the indexes; the circle itself is cut after."""
    high = near.radius / _METRES_PER_DEGREE * 1.01
    wide = high / max(0.01, math.cos(math.radians(near.lat)))
    return {"lat": (near.lat - high, near.lat + high), "lng": (near.lng - wide, near.lng + wide)}
