"""Hospital wards and their beds; 无陪护 wards care for patients without a family member at the bedside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from mocks.world.specialties import Specialty

BedState = Literal["O", "U", "K", "I", "H", "C"]

_STATES: tuple[BedState, ...] = ("O", "U", "K", "I", "H", "C")
_WEIGHTS = (80, 11, 2, 2, 4, 1)
_NEXT: dict[BedState, BedState] = {"O": "H", "U": "O", "K": "H", "I": "K", "H": "U", "C": "U"}


@dataclass(frozen=True, slots=True)
class Bed:
    id: str
    label: str
    state: BedState
    changed: datetime


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward area (病区) of one specialty; `carers` is patients to one carer, `fee` yuan a day."""

    id: str
    name: str
    english: str
    specialty: Specialty
    campus: str
    floor: int
    unaccompanied: bool
    carers: int
    fee: int
    beds: tuple[Bed, ...]


def wards(
    rng: Random,
    now: datetime,
    specialties: Sequence[Specialty],
    campuses: Sequence[str],
    unaccompanied: int,
    others: int,
) -> tuple[Ward, ...]:
    """So many wards with and without 无陪护 care, spread over the specialties that have inpatients."""
    kinds = [True] * unaccompanied + [False] * others
    rng.shuffle(kinds)
    times: dict[str, int] = {}
    found: list[Ward] = []
    for number, kind in enumerate(kinds, 1):
        specialty = specialties[(number - 1) % len(specialties)]
        times[specialty.code] = times.get(specialty.code, 0) + 1
        area = "一二三四"[times[specialty.code] - 1]
        found.append(
            Ward(
                f"ward-{number:02d}",
                f"{specialty.name}{area}病区",
                f"{specialty.english} Ward {times[specialty.code]}",
                specialty,
                campuses[number % len(campuses)],
                3 + number,
                kind,
                rng.choice((3, 4, 5)),
                rng.choice((160, 180, 200, 220, 260)),
                tuple(_beds(rng, now, number, rng.randrange(24, 43))),
            )
        )
    return tuple(found)


def next_state(state: BedState) -> BedState:
    """What usually becomes of a bed: occupied → being cleaned → unoccupied → occupied."""
    return _NEXT[state]


def _beds(rng: Random, now: datetime, ward: int, count: int) -> Iterator[Bed]:
    for number in range(1, count + 1):
        changed = now - timedelta(minutes=rng.randrange(5, 3 * 24 * 60))
        yield Bed(
            f"bed-{ward:02d}-{number:02d}",
            f"{number}床",
            rng.choices(_STATES, _WEIGHTS)[0],
            changed.replace(second=0, microsecond=0),
        )
