"""The world's clock: real by default, frozen where a test wants exact answers."""

from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


class Clock:
    """What time it is in Longgang, always aware and always at +08:00."""

    def __init__(self, at: datetime | None = None) -> None:
        self._at = None if at is None else _in_china(at)

    @classmethod
    def frozen(cls, at: datetime) -> "Clock":
        """A clock that stands at `at` until it is moved."""
        return cls(at)

    def now(self) -> datetime:
        return datetime.now(CHINA) if self._at is None else self._at

    def move_to(self, at: datetime | None) -> None:
        """Stand at `at` from now on; `None` lets real time run again."""
        self._at = None if at is None else _in_china(at)


def _in_china(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} lacks a zone: write 2026-11-24T10:00+08:00")
    return at.astimezone(CHINA)
