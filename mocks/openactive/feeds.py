"""RPDE 1.0: an operator's feeds, each item by the instant of its last change and its id."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import urlencode
from zlib import crc32

from mocks.openactive.models import Json, Models
from mocks.openactive.taken import Places
from mocks.world import World
from mocks.world.leisure import FAMILY, STREET, Operator
from mocks.world.occasions import Occasion, Occasions, millis

PAGE = 500
_LICENSE = "https://creativecommons.org/licenses/by/4.0/"
_SET_UP = datetime.fromisoformat("2026-11-02T09:00:00+08:00")
"""When the operators entered what changes rarely."""

Cursor: TypeAlias = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a feed; without `data` it is withdrawn."""

    modified: int
    id: str
    kind: str
    data: Callable[[], Json] | None

    @property
    def cursor(self) -> Cursor:
        return self.modified, self.id


class Feeds:
    """The feeds that one operator publishes, by name."""

    def __init__(self, world: World, operator: Operator, models: Models, places: Places) -> None:
        self._world = world
        self._operator = operator
        self._models = models
        self._places = places
        self.occasions = Occasions(world, operator.id)
        self._unit = unit_of(operator)
        sources: dict[str, Callable[[datetime], Iterable[Entry]]] = {
            "facility-uses": self._facilities,
            "slots": self._slots,
            "session-series": self._series,
            "scheduled-sessions": self._sessions,
            "course-instances": self._courses,
        }
        left_out = {
            STREET.id: {"session-series", "course-instances"},
            FAMILY.id: {"facility-uses", "slots"},
        }.get(operator.id, {"course-instances"})
        self._sources = {name: make for name, make in sources.items() if name not in left_out}
        self._made: dict[str, tuple[tuple[int, int], list[Entry]]] = {}

    @property
    def names(self) -> list[str]:
        return list(self._sources)

    def page(self, name: str, after: Cursor | None, edition: int, modes: frozenset[str]) -> Json | None:
        """What follows a cursor, with `next` as the part after the feed's address; None at the end."""
        entries = self._entries(name)
        if edition == 2:
            entries = [one for one in entries if crc32(one.id.encode()) % 10]
        first = 0 if after is None else bisect_right(entries, after, key=lambda one: one.cursor)
        chosen = entries[first : first + PAGE]
        if not chosen:
            return None
        last = chosen[-1].cursor
        if "repeated" in modes and first and after is not None:
            chosen = [entries[first - 1], *chosen]
        if "shuffled" in modes:
            chosen.reverse()
        items = [self._item(one, as_text="modified_text" in modes) for one in chosen]
        return {"next": query(last, edition), "items": items, "license": _LICENSE}

    def end(self, url: str) -> Json:
        """The last page, which leads to itself."""
        return {"next": url, "items": [], "license": _LICENSE}

    def find(self, key: str) -> Occasion | None:
        """What can be booked now, by the end of its `@id`."""
        now = self._world.clock.now()
        groups = (self.occasions.slots(now), self.occasions.sessions(now), self.occasions.courses(now))
        return next((one for group in groups for one in group if one.id == key), None)

    def _item(self, entry: Entry, *, as_text: bool) -> dict[str, Any]:
        item: dict[str, Any] = {
            "state": "updated" if entry.data else "deleted",
            "kind": entry.kind,
            "id": entry.id,
            "modified": str(entry.modified) if as_text else entry.modified,
        }
        if entry.data:
            item["data"] = entry.data()
        return item

    def _entries(self, name: str) -> list[Entry]:
        now = self._world.clock.now()
        self._places.sweep(millis(now))
        version = (millis(now), self._places.revision)
        held = self._made.get(name)
        if held is None or held[0] != version:
            held = (version, sorted(self._sources[name](now), key=lambda one: one.cursor))
            self._made[name] = held
        return held[1]

    def _facilities(self, _: datetime) -> Iterable[Entry]:
        yield self._gone("FacilityUse", f"{self._operator.id}-closed")
        for number, one in enumerate(self._world.leisure.facilities[self._operator.id]):
            yield self._fixed("FacilityUse", one.id, number, partial(self._models.facility, one))

    def _series(self, _: datetime) -> Iterable[Entry]:
        yield self._gone("SessionSeries", f"{self._operator.id}-ended")
        for number, one in enumerate(self._world.leisure.programmes[self._operator.id]):
            yield self._fixed("SessionSeries", one.id, number, partial(self._models.series, one))

    def _slots(self, now: datetime) -> Iterable[Entry]:
        kind = "IndividualFacilityUse/Slot" if self._operator.courts_apart else "FacilityUse/Slot"
        return self._occasions(kind, self.occasions.slots(now), now, self._models.slot)

    def _sessions(self, now: datetime) -> Iterable[Entry]:
        embedded = self._operator is STREET
        at = self._complete(now)

        def data(session: Occasion, left: int) -> Json:
            off = session.called_off is not None and session.called_off <= at
            return self._models.session(session, left, cancelled=off, with_series=embedded)

        kind = "ScheduledSession.SessionSeries" if embedded else "ScheduledSession"
        return self._occasions(kind, self.occasions.sessions(now), now, data)

    def _courses(self, now: datetime) -> Iterable[Entry]:
        return self._occasions("CourseInstance", self.occasions.courses(now), now, self._models.course)

    def _occasions(
        self, kind: str, found: Iterable[Occasion], now: datetime, data: Callable[[Occasion, int], Json]
    ) -> Iterable[Entry]:
        at = self._complete(now)
        for one in found:
            changed = one.changed_at(at)
            if at >= one.ends:
                yield Entry(changed // self._unit, one.id, kind, None)
                continue
            changed = max(changed, self._places.changed.get(one.id, 0))
            yield Entry(
                changed // self._unit,
                one.id,
                kind,
                partial(self._told, one, at, data),
            )

    def _told(self, one: Occasion, at: int, data: Callable[[Occasion, int], Json]) -> Json:
        return data(one, self._places.left(one, at))

    def _complete(self, now: datetime) -> int:
        """The last instant of the unit before: in this one more may happen, with the same number."""
        return millis(now) // self._unit * self._unit - 1

    def _fixed(self, kind: str, key: str, number: int, data: Callable[[], Json]) -> Entry:
        return Entry((millis(_SET_UP) + number * 60_000) // self._unit, key, kind, data)

    def _gone(self, kind: str, key: str) -> Entry:
        return Entry((millis(_SET_UP) - 60_000) // self._unit, key, kind, None)


def unit_of(operator: Operator) -> int:
    """Milliseconds that one step of an operator's `modified` takes."""
    return 1000 if operator is STREET else 1


def query(cursor: Cursor, edition: int) -> str:
    """A cursor as the query of a feed's address."""
    pairs = {"afterTimestamp": str(cursor[0]), "afterId": cursor[1]}
    return urlencode(pairs | ({"edition": str(edition)} if edition != 1 else {}))
