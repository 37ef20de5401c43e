"""What writes have really committed, per simulator: the truth that a test compares an answer with."""

from typing import Any

from mocks.world.clock import Clock


class Ledger:
    """An append-only list of committed writes. A simulator records a write in the moment it commits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[str, list[dict[str, Any]]] = {}

    def record(self, simulator: str, kind: str, **what: Any) -> None:
        """Note that `simulator` committed a write of `kind` (JSON values only)."""
        entry = {"at": self._clock.now().isoformat(timespec="seconds"), "kind": kind, **what}
        self._entries.setdefault(simulator, []).append(entry)

    def entries(self, simulator: str) -> list[dict[str, Any]]:
        return list(self._entries.get(simulator, ()))

    def clear(self) -> None:
        """Forget the record; what was written stays written."""
        self._entries.clear()
