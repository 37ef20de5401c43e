"""Single values as directories write them: numbers, instants, dates, times of day and spans of time."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta

from schema.core.record import Position
from schema.core.scalars import in_china

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
_ZONED_TIME = re.compile(r"(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?")
_CHINA_HOURS = 8.0
_FURTHEST_HOURS = 14.0
"""No place on earth is further from UTC."""


def number(value: float | str | None) -> float | None:
    """Give a number that may be text; None for what is none."""
    try:
        found = None if value is None else float(value)
    except ValueError:
        return None
    return found if found is not None and math.isfinite(found) else None


def whole(value: float | str | None) -> int | None:
    """Give a count, which is not below 0."""
    found = number(value)
    return None if found is None else max(0, int(found))


def text(value: str | None) -> str | None:
    """Give text without blanks around it; None for none."""
    return (value or "").strip() or None


def instant(value: str | None) -> datetime | None:
    """Give an instant at +08:00; one without an offset is there already."""
    try:
        return None if not value else in_china(datetime.fromisoformat(value))
    except ValueError:
        return None


def day(value: str | None) -> date | None:
    """Give a date, of which a time of day is no part."""
    try:
        return None if not value else date.fromisoformat(value[:10])
    except ValueError:
        return None


def day_and_time(value: str | None, hours: float | None) -> tuple[time, int] | None:
    """Give a time of day in China, and whether that is a day earlier or later (-1, 0, 1).

    `hours` is the offset from UTC that holds where the time has none of its own; without either it is
    local, as directories write it, though the standard would have UTC (`schedule.timezone`).
    """
    match = _ZONED_TIME.fullmatch((value or "").strip())
    if match is None:
        return None
    clock, zone = match.groups()
    try:
        at = datetime.combine(
            date(2001, 1, 1), time.fromisoformat(clock.zfill(5) if len(clock) < 5 else clock)
        )
    except ValueError:
        # 24:00 is how many write the end of a day.
        if not clock.startswith("24:00"):
            return None
        at = datetime(2001, 1, 1)  # noqa: DTZ001  # a time of day only
    own = _CHINA_HOURS if hours is None or abs(hours) > _FURTHEST_HOURS else hours
    if zone is not None:
        own = 0.0 if zone == "Z" else _offset(zone)
    moved = at + timedelta(hours=_CHINA_HOURS - own)
    return moved.time(), (moved.date() - at.date()).days


def _offset(zone: str) -> float:
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return (hours + minutes / 60) * (-1 if zone[0] == "-" else 1)


def span(scheme: str | None, identifier: str | None) -> tuple[datetime, datetime] | None:
    """Give the span that a unit is named by: an interval of ISO 8601, `start/end` or `start/duration`."""
    if (scheme or "").replace(" ", "").replace("-", "").upper() != "ISO8601":
        return None
    first, slash, second = (identifier or "").partition("/")
    start = instant(first)
    if start is None or not slash:
        return None
    match = _DURATION.fullmatch(second)
    if match is None:
        end = instant(second)
    else:
        days, hours, minutes = (int(part or 0) for part in match.groups())
        try:
            end = start + timedelta(days=days, hours=hours, minutes=minutes)
        except OverflowError:
            return None
    return None if end is None or end <= start else (start, end)


def position(latitude: float | str | None, longitude: float | str | None) -> Position | None:
    """Give a position; one off the earth, or at 0,0 where nobody is, is none."""
    lat, lng = number(latitude), number(longitude)
    if lat is None or lng is None or (lat, lng) == (0, 0) or abs(lat) > 90 or abs(lng) > 180:
        return None
    return Position(lat=lat, lng=lng)


def numbers(value: str | None, limit: int) -> tuple[int, ...]:
    """Give a comma list of whole numbers from -limit to limit, without 0."""
    found = []
    for part in (value or "").split(","):
        try:
            found.append(int(part))
        except ValueError:
            continue
    return tuple(n for n in found if n and abs(n) <= limit)
