"""Retry: when a read is repeated, how long to wait before, and when the budget says no."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

ATTEMPTS = 3
_FIRST_PAUSE_S = 0.05
_MAX_PAUSE_S = 1.0


class RetryBudget:
    """Repeats may be at most a share of first attempts, so that a sick source is not stormed."""

    def __init__(self, share: float = 0.2, reserve: float = 10.0) -> None:
        self._share = share
        self._reserve = reserve
        self._tokens = reserve

    def earn(self) -> None:
        """Note a first attempt."""
        self._tokens = min(self._reserve, self._tokens + self._share)

    def spend(self) -> bool:
        """Take a repeat out of the budget, if there is one."""
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


def pause_before(attempt: int, retry_after: str | None) -> float:
    """Seconds to wait before repeat number `attempt` (1, 2, …): what the source asked for, or full jitter."""
    if retry_after is not None and (asked := _seconds(retry_after)) is not None:
        return asked
    return random.uniform(0, min(_MAX_PAUSE_S, _FIRST_PAUSE_S * 2**attempt))  # noqa: S311  # jitter, not a secret


def _seconds(retry_after: str) -> float | None:
    """Read Retry-After (RFC 9110, section 10.2.3): seconds or a date; None if it is neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        at = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
