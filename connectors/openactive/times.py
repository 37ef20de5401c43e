"""Instants, days and durations as OpenActive writes them (ISO 8601)."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

import msgspec

from schema.core.scalars import in_china

_DURATION = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


class Duration(msgspec.Struct, frozen=True):
    """A span: months are counted by the calendar, the rest is exact."""

    months: int
    rest: timedelta

    def before(self, at: datetime) -> datetime:
        """The instant so long before another; OverflowError where the calendar has none."""
        return _months_on(at, -self.months) - self.rest

    def after(self, at: datetime) -> datetime:
        """The instant so long after another; OverflowError where the calendar has none."""
        return _months_on(at, self.months) + self.rest


def duration(written: str | None) -> Duration | None:
    """Read a duration such as PT1H30M or P1M; None where there is none that can be read."""
    match = _DURATION.fullmatch(written or "")
    if match is None or not any(match.groups()):
        return None
    parts = {name: int(value or 0) for name, value in match.groupdict().items()}
    months = parts.pop("years") * 12 + parts.pop("months")
    try:
        return Duration(months, timedelta(**parts))
    except OverflowError:
        return None


def instant(written: str) -> datetime:
    """Read an instant, one without a zone as the district's; a day is its midnight there.

    ValueError where it is neither.
    """
    return in_china(datetime.fromisoformat(written))


def end_of(start: datetime, end: str | None, length: str | None) -> datetime | None:
    """Say when something ends: as written, else by how long it takes, else None."""
    if end is not None:
        try:
            return instant(end)
        except ValueError:
            pass
    taken = duration(length)
    try:
        return None if taken is None else taken.after(start)
    except OverflowError:
        return None


def before(start: datetime, written: str | None) -> datetime | None:
    """Give the instant that a duration before the beginning names; None where none is named."""
    ahead = duration(written)
    try:
        return None if ahead is None else ahead.before(start)
    except OverflowError:
        return None


def clock(written: str) -> time:
    """Read a time of day such as 09:00, T09:00 or 24:00 (midnight); ValueError where it is none."""
    bare = written.removeprefix("T")
    return time() if bare[:5] == "24:00" else time.fromisoformat(bare).replace(tzinfo=None)


def in_force(on: date, since: str | None, until: str | None) -> bool:
    """Whether something with such a beginning and end holds on a day; one that cannot be read does not."""
    try:
        return (since is None or date.fromisoformat(since[:10]) <= on) and (
            until is None or on <= date.fromisoformat(until[:10])
        )
    except ValueError:
        return False


def _months_on(at: datetime, months: int) -> datetime:
    if not months:
        return at
    index = at.year * 12 + at.month - 1 + months
    year, month = divmod(index, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("beyond the calendar")
    for day in (at.day, 30, 29, 28):
        try:
            return at.replace(year=year, month=month + 1, day=min(day, at.day))
        except ValueError:
            continue
    raise OverflowError("beyond the calendar")
