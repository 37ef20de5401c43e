"""Breaker: a source that keeps failing is left alone for a while, and its callers told at once."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

_log = structlog.get_logger("gateway.upstream")


class Breaker:
    """Opens after `threshold` failures in a row; after `pause_s` one call tries whether it is back.

    Logs once when a source goes down and once when it is back.
    """

    def __init__(
        self,
        source: str,
        threshold: int = 5,
        pause_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._threshold = threshold
        self._pause_s = pause_s
        self._clock = clock
        self._failures = 0
        self._retry_at: float | None = None

    @property
    def open(self) -> bool:
        """Whether the source counts as down."""
        return self._retry_at is not None

    @property
    def refuses(self) -> bool:
        """Whether a call could not go out now; asking uses no trial up."""
        return self._retry_at is not None and self._clock() < self._retry_at

    def allow(self) -> bool:
        """Whether a call may go out; while open, one each pause."""
        if self.refuses:
            return False
        if self._retry_at is not None:
            self._retry_at = self._clock() + self._pause_s
        return True

    def succeeded(self) -> None:
        """Note a call that reached the system, whatever it said."""
        self._failures = 0
        if self._retry_at is not None:
            self._retry_at = None
            _log.info("source back", source=self._source)

    def failed(self, detail: str) -> None:
        """Note a call that did not."""
        self._failures += 1
        if self._retry_at is None and self._failures >= self._threshold:
            self._retry_at = self._clock() + self._pause_s
            _log.warning("source down", source=self._source, detail=detail)
