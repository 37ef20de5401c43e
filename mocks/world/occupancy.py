"""How full a car park is at a moment: a day's rhythm by kind of place, moving every three minutes."""

import math
from datetime import datetime
from zlib import crc32

STEP_S = 180
_KNOT_S = 2_700  # a slow drift of its own for each car park, between knots 45 minutes apart

# Share of bays taken on the hour, every three hours from midnight; the last value is midnight's again.
_RHYTHMS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "residential": (
        (0.95, 0.96, 0.92, 0.58, 0.47, 0.46, 0.62, 0.88, 0.95),
        (0.94, 0.95, 0.93, 0.80, 0.70, 0.68, 0.74, 0.88, 0.94),
    ),
    "office": (
        (0.12, 0.10, 0.14, 0.82, 0.88, 0.90, 0.62, 0.24, 0.12),
        (0.10, 0.09, 0.10, 0.22, 0.28, 0.27, 0.20, 0.13, 0.10),
    ),
    "metro": (
        (0.10, 0.08, 0.22, 0.93, 0.95, 0.92, 0.66, 0.22, 0.10),
        (0.09, 0.07, 0.12, 0.40, 0.52, 0.55, 0.44, 0.20, 0.09),
    ),
    "shop": (
        (0.14, 0.10, 0.12, 0.34, 0.62, 0.58, 0.84, 0.66, 0.14),
        (0.15, 0.11, 0.12, 0.44, 0.83, 0.90, 0.95, 0.72, 0.15),
    ),
    "street": (
        (0.72, 0.74, 0.66, 0.78, 0.80, 0.79, 0.84, 0.80, 0.72),
        (0.74, 0.75, 0.70, 0.68, 0.76, 0.79, 0.85, 0.82, 0.74),
    ),
    "park": (
        (0.05, 0.04, 0.18, 0.26, 0.22, 0.30, 0.46, 0.28, 0.05),
        (0.06, 0.05, 0.24, 0.72, 0.80, 0.92, 0.74, 0.34, 0.06),
    ),
}
RHYTHMS = frozenset(_RHYTHMS)


def step_of(at: datetime) -> datetime:
    """The beginning of the three-minute step that `at` lies in."""
    return datetime.fromtimestamp(at.timestamp() // STEP_S * STEP_S, at.tzinfo)


def occupied(seed: int, key: str, rhythm: str, capacity: int, at: datetime) -> int:
    """Bays taken, the same in every process for the same seed, key and step."""
    step = int(at.timestamp() // STEP_S)
    share = _expected(rhythm, step_of(at)) + _drift(f"{seed}/{key}", step * STEP_S)
    wobble = (_unit(f"{seed}/{key}/{step}") - 0.5) * 0.03
    return max(0, min(capacity, round((share + wobble) * capacity)))


def _expected(rhythm: str, at: datetime) -> float:
    workday, weekend = _RHYTHMS[rhythm]
    points = weekend if at.weekday() >= 5 else workday
    hours = at.hour + at.minute / 60
    index = int(hours // 3)
    return _between(points[index], points[index + 1], hours / 3 - index)


def _drift(key: str, second: int) -> float:
    knot, rest = divmod(second, _KNOT_S)
    ends = ((_unit(f"{key}~{number}") - 0.5) * 0.18 for number in (knot, knot + 1))
    return _between(next(ends), next(ends), rest / _KNOT_S)


def _between(one: float, other: float, share: float) -> float:
    return one + (other - one) * (1 - math.cos(share * math.pi)) / 2


def _unit(text: str) -> float:
    return crc32(text.encode()) / 0xFFFFFFFF
