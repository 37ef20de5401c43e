"""Cases of the district's event platform: about 22 a day, each going its way through the platform's states.

待派单 → 处理中 → 待核查 → 已结案, or 待核查 → 退回整改 → 待核查 → …; only 已结案 is closed. A case is a
function of the seed and its date, so a case keeps its id and story from one process to the next.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from mocks.world.addresses import POSTCODES, full_address, street_of
from mocks.world.clock import CHINA
from mocks.world.geography import COMMUNITIES, Community, distance_m, position_in
from mocks.world.matters import MATTERS, Matter

if TYPE_CHECKING:
    from mocks.world.world import World

DAYS = 180
WAITING, WORKING, CHECKING, CLOSED, RETURNED = "待派单", "处理中", "待核查", "已结案", "退回整改"
_PHOTOS = "https://media.events.longgang.example"
_FIRST_REPORTED = 501  # numbers of the day below this belong to the seeded cases


@dataclass(frozen=True, slots=True)
class Step:
    """One change of state."""

    id: int
    at: datetime
    state: str
    note: str
    media_url: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `position` is None where nobody located it; `steps` holds its future, too."""

    id: int
    matter: Matter
    community: Community | None
    description: str
    address: str
    zipcode: str
    position: tuple[float, float] | None
    agency: str
    requested: datetime
    expected: datetime
    media_url: str | None
    steps: tuple[Step, ...]

    def steps_until(self, now: datetime) -> tuple[Step, ...]:
        return self.steps[: bisect_right(self.steps, now, key=lambda step: step.at)]

    def latest(self, now: datetime) -> Step:
        return self.steps_until(now)[-1]


class Cases:
    """Every case that the platform knows now: the seeded ones of 180 days and those reported to it."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._days: dict[date, tuple[Case, ...]] = {}
        self._reported: dict[int, Case] = {}
        self._reopened: dict[int, Case] = {}

    def get(self, case_id: int) -> Case | None:
        reported = self._reported.get(case_id)
        day = _day_of(case_id)
        if reported is not None or day is None or not self._known(day):
            return reported
        now = self._world.clock.now()
        return next((c for c in self._on(day) if c.id == case_id and c.requested <= now), None)

    def requested(self, start: datetime, end: datetime) -> Iterator[Case]:
        """Cases that came in from `start` to `end`, newest first."""
        now = self._world.clock.now()
        end = min(end, now)
        inside = [c for c in self._reported.values() if start <= c.requested <= end]
        inside += (c for day in self._span(start, end) for c in self._on(day) if start <= c.requested <= end)
        return iter(sorted(inside, key=lambda case: (case.requested, case.id), reverse=True))

    def changes(self, start: datetime, end: datetime) -> list[tuple[Case, Step]]:
        """Changes of state from `start` to `end`, oldest first; a case's first state is not a change."""
        now = self._world.clock.now()
        end = min(end, now)
        cases: list[Case] = [*self._reported.values()]
        cases += (case for day in self._span(now - timedelta(days=DAYS), now) for case in self._on(day))
        found = [(case, step) for case in cases for step in case.steps[1:] if start <= step.at <= end]
        return sorted(found, key=lambda change: (change[1].at, change[1].id))

    def report(
        self, matter: Matter, description: str, address: str, position: tuple[float, float] | None,
        media_url: str | None, zipcode: str = "",
    ) -> Case:  # fmt: skip
        """A new case, waiting to be dispatched; it is dispatched when the clock goes on."""
        now = self._world.clock.now().replace(microsecond=0)
        number = _FIRST_REPORTED + sum(
            case.requested.date() == now.date() for case in self._reported.values()
        )
        case_id = _first_id(now.date()) + number
        community = nearest(position) if position else _mentioned(address)
        agency = _agency(matter, community)
        rng = self._world.rng(f"case/{case_id}")
        case = Case(
            id=case_id,
            matter=matter,
            community=community,
            description=description,
            address=address or (f"深圳市龙岗区{community.subdistrict}{community.name}" if community else ""),
            zipcode=zipcode or (POSTCODES[community.subdistrict] if community else ""),
            position=position,
            agency=agency,
            requested=now,
            expected=now + timedelta(hours=matter.hours),
            media_url=media_url,
            steps=tuple(_story(case_id, matter, agency, now, rng)),
        )
        self._reported[case_id] = case
        return case

    def reopen(self, case: Case, reason: str) -> Case:
        """A closed case goes back to its agency, and on from there as the clock does."""
        now = self._world.clock.now().replace(microsecond=0)
        before = case.steps_until(now)
        rng = self._world.rng(f"case/{case.id}/reopened/{len(before)}")
        dealt_with = now + timedelta(seconds=round(case.matter.hours * 3_600 * rng.uniform(0.3, 1.0)))
        verified = dealt_with + timedelta(seconds=rng.randint(1_800, 86_400))
        later = (
            (now, RETURNED, f"群众申请重新办理：{reason}"),
            (dealt_with, CHECKING, "整改完成，等待复核。"),
            (verified, CLOSED, "核查通过，予以结案。"),
        )
        steps = (
            Step(case.id * 10 + number, when, state, note)
            for number, (when, state, note) in enumerate(later, len(before) + 1)
        )
        reopened = replace(case, steps=(*before, *steps))
        (self._reported if case.id in self._reported else self._reopened)[case.id] = reopened
        return reopened

    def _known(self, day: date) -> bool:
        today = self._world.clock.now().date()
        return today - timedelta(days=DAYS) < day <= today

    def _span(self, start: datetime, end: datetime) -> Iterable[date]:
        last = end.date()
        first = max(start.date(), self._world.clock.now().date() - timedelta(days=DAYS - 1))
        return (first + timedelta(days=number) for number in range(max(0, (last - first).days + 1)))

    def _on(self, day: date) -> tuple[Case, ...]:
        if day not in self._days:
            rng = self._world.rng(f"cases/{day.isoformat()}")
            weekend = day.weekday() >= 5
            instants = sorted(
                rng.randrange(6 * 3_600, 24 * 3_600) for _ in range(rng.randint(16, 26) + 6 * weekend)
            )
            midnight = datetime(day.year, day.month, day.day, tzinfo=CHINA)
            self._days[day] = tuple(
                _seeded(_first_id(day) + number, midnight + timedelta(seconds=second), rng)
                for number, second in enumerate(instants, 1)
            )
        if not self._reopened:
            return self._days[day]
        return tuple(self._reopened.get(case.id, case) for case in self._days[day])


def _seeded(case_id: int, requested: datetime, rng: Random) -> Case:
    matter = rng.choices(MATTERS, [matter.share for matter in MATTERS])[0]
    community = rng.choice(COMMUNITIES)
    street, number = street_of(community, rng), rng.randint(1, 320)
    words: Mapping[str, str] = {"路": street, "号": str(number), "社区": community.name}
    agency = _agency(matter, community)
    position = position_in(community, rng)
    return Case(
        id=case_id,
        matter=matter,
        community=community,
        description=rng.choice(matter.situations).format_map(words),
        address=full_address(community, street, number),
        zipcode=POSTCODES[community.subdistrict],
        position=None if rng.random() < 0.03 else position,
        agency=agency,
        requested=requested,
        expected=requested + timedelta(hours=matter.hours),
        media_url=f"{_PHOTOS}/{case_id}-1.jpg" if rng.random() < 0.45 else None,
        steps=tuple(_story(case_id, matter, agency, requested, rng)),
    )


def _story(case_id: int, matter: Matter, agency: str, requested: datetime, rng: Random) -> Iterator[Step]:
    """The case's way through the states; a few stall on it."""
    at, number = requested, 0

    def step(state: str, note: str, after: float, photo: bool = False) -> Step:
        nonlocal at, number
        at += timedelta(seconds=round(after * 3_600))
        number += 1
        return Step(
            case_id * 10 + number, at, state, note, f"{_PHOTOS}/{case_id}-{number}.jpg" if photo else None
        )

    yield step(WAITING, "事件已受理，等待派单。", 0)
    if rng.random() < 0.006:
        return
    yield step(WORKING, f"已派单至{agency}。", rng.uniform(0.1, 5))
    if rng.random() < 0.02:
        return
    yield step(CHECKING, "处置完成，等待核查。", matter.hours * rng.uniform(0.2, 1.25), rng.random() < 0.5)
    if rng.random() < 0.14:
        yield step(RETURNED, "核查未通过，退回整改。", rng.uniform(1, 20))
        if rng.random() < 0.12:
            return
        yield step(CHECKING, "整改完成，等待复核。", matter.hours * rng.uniform(0.3, 1.0), rng.random() < 0.5)
    if rng.random() < 0.01:
        return
    yield step(CLOSED, "核查通过，予以结案。", rng.uniform(0.5, 24))


def _agency(matter: Matter, community: Community | None) -> str:
    return matter.agency.format_map({"街道": community.subdistrict if community else "龙岗区"})


def _first_id(day: date) -> int:
    """261124000 for 2026-11-24: an id tells the date and the number of the day."""
    return int(f"{day:%y%m%d}000")


def _day_of(case_id: int) -> date | None:
    try:
        return datetime.strptime(f"{case_id // 1_000:06d}", "%y%m%d").replace(tzinfo=CHINA).date()
    except ValueError:
        return None


def _mentioned(address: str) -> Community | None:
    """The community that an address names; 凤凰社区 exists twice, so the sub-district decides first."""
    named = [community for community in COMMUNITIES if community.name in address]
    return next(
        (community for community in named if community.subdistrict in address), next(iter(named), None)
    )


def nearest(position: tuple[float, float]) -> Community:
    return min(COMMUNITIES, key=lambda c: distance_m(*position, c.lat, c.lng))
