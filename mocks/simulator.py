"""What a simulator is: an ASGI app that speaks one standard as one system of Longgang would.

Each standard's package exports `simulators(world) -> list[Simulator]`; the server finds the packages.
The world is read when a request comes, never while the list is made: starting must cost nothing.
A committed write is noted with `world.ledger.record(simulator_id, kind, **what)`.
"""

from dataclasses import dataclass

from starlette.types import ASGIApp

from mocks.auth import Guard


@dataclass(frozen=True)
class Simulator:
    """`switches` names faults of its own beyond the common ones (see mocks.faults.switched)."""

    id: str
    standard: str
    name: str
    app: ASGIApp
    auth: tuple[Guard, ...] = ()
    switches: frozenset[str] = frozenset()
