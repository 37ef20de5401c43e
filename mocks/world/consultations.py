"""The consultation times of one day: which doctor sees patients when, and what is already taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, Literal

from mocks.world.clock import CHINA
from mocks.world.hospitals import Hospital, Role

if TYPE_CHECKING:
    from mocks.world.world import World

Status = Literal["free", "busy", "busy-unavailable", "busy-tentative"]

HORIZON_DAYS = 14
_HALVES = {False: (time(8), time(12)), True: (time(14), time(17, 30))}


@dataclass(frozen=True, slots=True)
class Consultation:
    """One time that can be booked with one doctor in one department."""

    id: str
    role: Role
    start: datetime
    end: datetime
    status: Status
    changed: datetime


def consultations(world: "World", hospital: Hospital, day: date) -> Iterator[Consultation]:
    """All of the hospital's times on `day`; the sooner the day, the fewer are free."""
    rng = world.rng(f"{hospital.id}/consultations/{day.isoformat()}")
    now = world.clock.now().replace(second=0, microsecond=0)
    ahead = max(0, (day - now.date()).days)
    free = min(0.8, 0.12 + 0.055 * ahead)
    for doctor in hospital.doctors:
        if doctor.gone:
            continue
        for role in doctor.roles:
            for afternoon, (opens, closes) in _HALVES.items():
                if (day.weekday(), afternoon) in role.halves:
                    suspended = rng.random() < 0.04
                    yield from _clinic(rng, role, day, opens, closes, free, now, suspended)


def _clinic(
    rng: Random,
    role: Role,
    day: date,
    opens: time,
    closes: time,
    free: float,
    now: datetime,
    suspended: bool,
) -> Iterator[Consultation]:
    start = datetime.combine(day, opens, CHINA)
    last = datetime.combine(day, closes, CHINA)
    step = timedelta(minutes=role.minutes)
    prefix = f"slot-{role.id}-{day:%Y%m%d}"
    while start + step <= last:
        lot = rng.random()
        status: Status = "busy"
        if suspended:
            status = "busy-unavailable"
        elif lot < free:
            status = "free"
        elif lot > 0.97:
            status = "busy-tentative"
        changed = now - timedelta(minutes=rng.randrange(1, 4000))
        yield Consultation(f"{prefix}-{start:%H%M}", role, start, start + step, status, changed)
        start += step
