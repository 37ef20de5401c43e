"""Switches that make a simulator ail as real systems do, while it runs.

- `latency_ms`: each answer comes that much later.
- `error_rate` (0 to 1, seeded), `error_status`, `retry_after`: a proxy's HTML page instead of an answer.
- `hang`: accept the request and never answer until the client leaves.
- `malformed`: the real answer with its body cut in half.
- `reset_after_commit`: carry the request out, then reset the connection (RST) with no answer.
- `in_turn`: by turns a proxy's page, no answer until the client leaves, and a reset after the commit.
- `path` (a prefix inside the simulator), `method`: only such requests; `rate` (0 to 1, seeded): only such a
  share of them; `count`: only the next so many.
- `tokens`: token requests ail too; without it they are spared, so that a test's count is exact.
A simulator may name switches of its own; its routes ask `switched(request.scope, "xml_only")`.
"""

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

import msgspec
from msgspec.structs import replace
from starlette.responses import Response
from starlette.types import Scope

from mocks.simulator import Simulator

_SCOPE_KEY = "mocks.fault"


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The switches of one simulator, set together."""

    latency_ms: float = 0
    error_rate: float = 0
    error_status: int = 503
    retry_after: int | None = None
    hang: bool = False
    malformed: bool = False
    reset_after_commit: bool = False
    in_turn: bool = False
    path: str = ""
    method: str | None = None
    rate: float = 1
    count: int | None = None
    tokens: bool = False
    own: dict[str, bool] = {}

    def matches(self, method: str, path: str, token: bool) -> bool:
        if token and not self.tokens:
            return False
        return path.startswith(self.path) and self.method in (None, method)


_COMMON = frozenset(Fault.__struct_fields__) - {"own"}


class Faults:
    """Which simulator ails now. Setting replaces what was set before, and seeds the rates anew."""

    def __init__(self, seed: int, simulators: Iterable[Simulator]) -> None:
        self._seed = seed
        self._own = {simulator.id: simulator.switches for simulator in simulators}
        self._faults: dict[str, tuple[Fault, Random]] = {}
        self._left: dict[str, int] = {}
        self._turns: dict[str, int] = {}

    def set(self, simulator: str, switches: Mapping[str, Any]) -> None:
        """Raise LookupError for an unknown simulator and ValueError for a switch that it lacks."""
        unknown = set(switches) - _COMMON
        names = [
            n for n in self._named(simulator) if simulator != "*" or not unknown or unknown <= self._own[n]
        ]
        for name in names:
            if wrong := unknown - self._own[name]:
                raise ValueError(f"{name} has no switch {', '.join(sorted(wrong))}")
        if not names:
            raise ValueError(f"no simulator has the switches {', '.join(sorted(unknown))}")
        own = {name: bool(switches[name]) for name in unknown}
        common = {name: value for name, value in switches.items() if name in _COMMON}
        fault = msgspec.convert({**common, "own": own}, Fault)
        for name in names:
            self._faults[name] = (fault, Random(f"{self._seed}/faults/{name}"))
            self._left.pop(name, None)
            self._turns[name] = 0
            if fault.count is not None:
                self._left[name] = fault.count

    def clear(self, simulator: str = "*") -> None:
        for name in self._named(simulator):
            self._faults.pop(name, None)
            self._left.pop(name, None)

    def take(self, simulator: str, method: str, path: str, token: bool) -> tuple[Fault, bool] | None:
        """The fault that this request meets, and whether it meets an error; counts it."""
        fault, rng = self._faults.get(simulator, (None, None))
        if fault is None or rng is None or not fault.matches(method, path, token):
            return None
        if fault.rate < 1 and rng.random() >= fault.rate:
            return None
        if fault.count is not None:
            left = self._left.get(simulator, 0)
            if left <= 0:
                return None
            self._left[simulator] = left - 1
        if fault.in_turn:
            turn = self._turns[simulator] % 3
            self._turns[simulator] += 1
            return replace(fault, hang=turn == 1, reset_after_commit=turn == 2), turn == 0
        return fault, fault.error_rate > 0 and rng.random() < fault.error_rate

    def _named(self, simulator: str) -> list[str]:
        if simulator == "*":
            return list(self._own)
        if simulator not in self._own:
            raise LookupError(f"no simulator is called {simulator}")
        return [simulator]


def marked(scope: Scope, fault: Fault) -> Scope:
    """The scope as the simulator's own switches see it."""
    return {**scope, _SCOPE_KEY: fault} if fault.own else scope


def switched(scope: Scope, switch: str) -> bool:
    """Whether a switch of the simulator's own is on for this request."""
    fault = scope.get(_SCOPE_KEY)
    return isinstance(fault, Fault) and fault.own.get(switch, False)


def proxy_error(fault: Fault) -> Response:
    """What a reverse proxy says when the system behind it does not answer well."""
    page = (
        f"<html>\r\n<head><title>{fault.error_status} Service Temporarily Unavailable</title></head>\r\n"
        f"<body><center><h1>{fault.error_status} Service Temporarily Unavailable</h1></center>"
        "<hr><center>nginx</center></body>\r\n</html>\r\n"
    )
    headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
    return Response(page, fault.error_status, headers, media_type="text/html")
