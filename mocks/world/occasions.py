"""When courts can be had and programmes take place, and how they fill up as the clock moves on.

An occasion is made for its day alone, so that any day is the same in every process. It opens for booking
some days ahead; strangers take its places at instants of their own; when it has ended it is withdrawn.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

from mocks.world.clock import CHINA
from mocks.world.leisure import FAMILY, Facility, Programme

if TYPE_CHECKING:
    from mocks.world.world import World

SLOT_DAYS = 7
"""So many days ahead courts can be booked."""
SESSION_DAYS = 14
COURSE_WEEKS = 4
WITHDRAWN_DAYS = 7
"""So long a feed still tells that something is gone (RPDE: a week at least)."""
_MONDAY = date(2026, 1, 5)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One thing that can be booked. `court` is a number where each court is let by itself, else 0.

    `taken` are the instants at which a stranger takes a place, in milliseconds since 1970 and ascending.
    """

    id: str
    of: Facility | Programme
    start: datetime
    end: datetime
    places: int
    opens: int
    taken: tuple[int, ...]
    court: int = 0
    called_off: int | None = None

    @property
    def ends(self) -> int:
        return millis(self.end)

    def taken_at(self, now: int) -> int:
        """How many places strangers have at an instant."""
        return bisect_right(self.taken, now)

    def changed_at(self, now: int) -> int:
        """When it last changed by itself."""
        if now >= self.ends:
            return self.ends
        changes = [self.opens]
        if number := self.taken_at(now):
            changes.append(self.taken[number - 1])
        if self.called_off is not None and self.called_off <= now:
            changes.append(self.called_off)
        return max(changes)


class Occasions:
    """What one operator's feeds tell at an instant, withdrawn things included."""

    def __init__(self, world: "World", operator: str) -> None:
        self._world = world
        self._operator = operator
        self._days: dict[tuple[str, date], tuple[Occasion, ...]] = {}

    def slots(self, now: datetime) -> Iterator[Occasion]:
        """Courts by the hour."""
        for day in _days(now, WITHDRAWN_DAYS, SLOT_DAYS):
            yield from self._made("slots", day)

    def sessions(self, now: datetime) -> Iterator[Occasion]:
        """Single sessions of programmes."""
        for day in _days(now, WITHDRAWN_DAYS, SESSION_DAYS):
            yield from self._made("sessions", day)

    def courses(self, now: datetime) -> Iterator[Occasion]:
        """Courses, lessons a week apart; `start` is the first lesson's, `end` the last one's."""
        for day in _days(now, 12 * 7, COURSE_WEEKS * 7):
            for course in self._made("courses", day):
                if course.opens <= millis(now) < course.ends + WITHDRAWN_DAYS * 86_400_000:
                    yield course

    def _made(self, kind: str, day: date) -> tuple[Occasion, ...]:
        found = self._days.get((kind, day))
        if found is None:
            make = {"slots": self._slots, "sessions": self._sessions, "courses": self._courses}[kind]
            found = self._days[kind, day] = tuple(make(day))
        return found

    def _slots(self, day: date) -> Iterator[Occasion]:
        midnight = datetime.combine(day, time(), CHINA)
        opens = millis(midnight - timedelta(days=SLOT_DAYS))
        for facility in self._world.leisure.facilities.get(self._operator, ()):
            rng = self._world.rng(f"{facility.id}/{day.isoformat()}")
            apart = len(facility.courts) if self._operator == "sports-street" else 0
            for hour in range(facility.venue.opens.hour, facility.venue.closes.hour):
                start = midnight + timedelta(hours=hour)
                wanted = _demand(day, hour)
                for court in range(1, apart + 1) or (0,):
                    places = 1 if apart else len(facility.courts)
                    name = f"{facility.id}-{day:%Y%m%d}-{hour:02d}" + (f"-{court}" if court else "")
                    taken = _takings(rng, places, wanted, opens, millis(start))
                    yield Occasion(
                        name, facility, start, start + timedelta(hours=1), places, opens, taken, court
                    )

    def _sessions(self, day: date) -> Iterator[Occasion]:
        midnight = datetime.combine(day, time(), CHINA)
        opens = millis(midnight - timedelta(days=SESSION_DAYS))
        for programme in self._world.leisure.programmes[self._operator]:
            if day.weekday() not in programme.weekdays:
                continue
            rng = self._world.rng(f"{programme.id}/{day.isoformat()}")
            start = datetime.combine(day, programme.starts, CHINA)
            taken = _takings(rng, programme.places, 0.35 + rng.random() * 0.7, opens, millis(start))
            called_off = rng.randrange(opens, millis(start)) if rng.random() < 0.05 else None
            yield Occasion(
                f"{programme.id}-{day:%Y%m%d}",
                programme,
                start,
                start + timedelta(minutes=programme.minutes),
                programme.places,
                opens,
                taken,
                called_off=called_off,
            )

    def _courses(self, day: date) -> Iterator[Occasion]:
        if self._operator != FAMILY.id:
            return
        for number, course in enumerate(self._world.leisure.courses):
            if day.weekday() not in course.weekdays or (day - _MONDAY).days // 7 % 5 != number % 5:
                continue  # each course begins anew every fifth week
            rng = self._world.rng(f"{course.id}/{day.isoformat()}")
            first = datetime.combine(day, course.starts, CHINA)
            last = first + timedelta(weeks=course.lessons - 1, minutes=course.minutes)
            opens = millis(first - timedelta(weeks=COURSE_WEEKS, hours=9))
            taken = _takings(rng, course.places, 1 + rng.random() * 1.5, opens, millis(first))
            yield Occasion(f"{course.id}-{day:%Y%m%d}", course, first, last, course.places, opens, taken)


def millis(at: datetime) -> int:
    """Milliseconds since 1970."""
    return round(at.timestamp() * 1000)


def lessons(course: Occasion) -> list[tuple[datetime, datetime]]:
    """Beginning and end of each lesson of a course."""
    assert isinstance(course.of, Programme)  # noqa: S101  # whoever asks has a course
    length = timedelta(minutes=course.of.minutes)
    starts = [course.start + timedelta(weeks=week) for week in range(course.of.lessons)]
    return [(start, start + length) for start in starts]


def _days(now: datetime, before: int, after: int) -> Iterator[date]:
    today = now.date()
    return (today + timedelta(days=offset) for offset in range(-before, after + 1))


def _demand(day: date, hour: int) -> float:
    """Evenings and weekends are wanted most: a share of the places that is taken in the end."""
    busy = 1.15 if hour >= 18 else 0.45
    return busy + (0.3 if day.weekday() >= 5 else 0)


def _takings(rng: Random, places: int, wanted: float, opens: int, starts: int) -> tuple[int, ...]:
    count = min(places, int(places * wanted * rng.random() + rng.random()))
    return tuple(sorted(rng.randrange(opens + 60_000, starts) for _ in range(count)))
