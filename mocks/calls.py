"""The log of every request at the wire: what a simulator was really asked, and how often."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

_KEPT = 20_000


@dataclass(slots=True)
class Call:
    """One request. `path` is the path inside the simulator; `status` is None while (or if) unanswered."""

    simulator: str
    method: str
    path: str
    query: str
    token: bool
    status: int | None = None
    ms: float | None = None
    fault: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Calls:
    """The last requests, oldest first; a request is noted when it arrives and completed when it ends."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=_KEPT)
        self._ended: Counter[tuple[str, str]] = Counter()

    def arrived(self, simulator: str, method: str, path: str, query: str, token: bool) -> Call:
        call = Call(simulator, method, path, query, token)
        self._calls.append(call)
        return call

    def ended(self, call: Call) -> None:
        """Count a request by its simulator and the fault that it met, however many there have been."""
        self._ended[call.simulator, call.fault or ("token" if call.token else "none")] += 1

    def counts(self) -> dict[str, dict[str, int]]:
        """`{simulator: {fault: requests}}`; those that met none as `none`, token requests as `token`."""
        found: dict[str, dict[str, int]] = {}
        for (simulator, fault), number in sorted(self._ended.items()):
            found.setdefault(simulator, {})[fault] = number
        return found

    def of(self, simulator: str | None = None) -> list[Call]:
        calls: Iterable[Call] = tuple(self._calls)
        return [call for call in calls if simulator in (None, "*", call.simulator)]

    def clear(self) -> None:
        self._calls.clear()
        self._ended.clear()
