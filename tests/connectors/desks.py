"""Desks under test: one case a kind of slot, opened over HTTP against its simulator, with its ledger.

What every desk must keep to is in `desk_checks.py`. A desk is opened as the gateway opens it, over the
source's own entry in sources.toml, in a fresh world: no check depends on another, none undoes what it did.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import pytest

from connectors.kit import (
    Booked,
    Connector,
    Desk,
    Order,
    Refusal,
    Refused,
    ReplicaConnector,
)
from gateway.composition import BoundSource, bind
from gateway.replica.files import path_of, prepare
from gateway.replica.replicas import Replicas
from gateway.sources import Limits, SourceConfig
from gateway.upstream.client import HttpUpstream, open_upstream
from gateway.upstream.transport import pooled_transport
from mocks.environment import environment
from mocks.server import RunningMocks
from mocks.world import Clock, World
from schema.core.record import Ref
from tests.conftest import NOW, simulated_sources

SlotId: TypeAlias = str | Callable[[World], str]
"""A slot's local id, or how to find one in the simulators' world."""
_PATIENT_MS, _IMPATIENT_MS = 20_000, 1_500
"""How long a system is waited for: longer than a busy machine makes it, or no longer than a test may take."""


@dataclass(frozen=True, kw_only=True)
class DeskCase:
    """What the checks must be told of one kind of slot at one source. What is None is not checked."""

    source: str
    """Its id in sources.toml, which is the simulator's, too."""
    kind: str
    slot: SlotId
    """One that can be booked."""
    commits: tuple[str, str]
    """The call that makes a booking: its method, and what its path begins with."""
    revokes: tuple[str, str]
    """The call that cancels one, likewise."""
    written: tuple[str, str]
    """What the simulator's ledger calls the two."""
    book: tuple[str, ...]
    """Each call of a booking, such as `POST /orders`; `{reference}` and `{id}` stand for the booking's."""
    find: tuple[str, ...]
    miss: tuple[str, ...]
    """The calls of a `find` that finds nothing."""
    cancel: tuple[str, ...]
    malformed: tuple[str, ...]
    """Ids that cannot be a slot's: nobody is asked for them."""
    gone: tuple[SlotId, ...]
    """Ids of slots that the system does not have, or does not give to anybody now."""
    few: SlotId | None = None
    """One with few places left: `places`."""
    places: int = 0
    too_many: int | None = None
    """A party that the slot cannot take, whatever is left; nobody is asked."""
    too_late: datetime | None = None
    """An instant at which `slot` cannot be cancelled any more."""
    accounts: tuple[str, ...] = ()
    """Numbers that the system knows people by, where it needs one: of as many people as the checks take."""
    remembers: bool = True
    """Whether the system still knows a booking that was cancelled."""
    leases: bool = False
    """Whether the standard has a lease."""
    copy: bool = False
    """Whether the desk reads the source's local copy."""

    def __str__(self) -> str:
        """Name it in a test's id."""
        return f"{self.source}-{self.kind}"


class Open:
    """A desk that is open, and what its simulator saw of it."""

    def __init__(self, case: DeskCase, desk: Desk, mocks: RunningMocks) -> None:
        self.case = case
        self.desk = desk
        self.mocks = mocks

    def order(self, person: int = 1, *, slot: SlotId | None = None, **changes: Any) -> Order:
        """Give the order of one of many people; each has a reference of their own."""
        local = self.case.slot if slot is None else slot
        fields = {
            "reference": f"0f8fad5b-d9cb-469f-a165-{person:012d}",
            "kind": self.case.kind,
            "slot": Ref(self.case.source, local if isinstance(local, str) else local(self.mocks.world)),
            "resident": f"{person:032x}",
            "account": self.case.accounts[person - 1] if self.case.accounts else None,
            "made": NOW,
        }
        return Order(**{**fields, **changes})

    def ledger(self) -> list[str]:
        """What was really committed, oldest first."""
        return [entry["kind"] for entry in self.mocks.ledger(self.case.source)]

    def calls(self) -> list[str]:
        """Give the calls since they were last given, token requests left out."""
        calls = [f"{call.method} {call.path}" for call in self.mocks.calls(self.case.source, token=False)]
        self.mocks.clear_calls()
        return calls

    def ail(self, call: tuple[str, str], **switches: Any) -> None:
        """Let one kind of call fail."""
        self.mocks.fault(self.case.source, method=call[0], path=call[1], **switches)

    async def refused(self, order: Order) -> Refusal:
        """Book, which must be refused, and say why. A refusal's words hold nothing of the order."""
        with pytest.raises(Refused) as caught:
            await self.desk.book(order)
        told = str(caught.value)
        assert not any(part and part in told for part in (order.resident, order.account, order.note))
        return caught.value.reason

    def named(self, calls: tuple[str, ...], order: Order, booked: Booked | None = None) -> list[str]:
        """Give a case's calls as they are for one order."""
        return [call.format(reference=order.reference, id=booked.id if booked else "") for call in calls]


class Hall:
    """The simulators that desks are tried at, and the local copies that they read there."""

    def __init__(self, mocks: RunningMocks, state: Path) -> None:
        self.mocks = mocks
        self._state = state
        self._filled: set[str] = set()

    @asynccontextmanager
    async def open(
        self, case: DeskCase, *, reachable: bool = True, patient: bool = True
    ) -> AsyncIterator[Open]:
        """Open a case's desk in a fresh world; at an address where nobody listens, if told so.

        `patient` is for all but a system that is going to hang.
        """
        self.mocks.reset()
        self.mocks.world.clock.move_to(NOW)
        config = next(c for c in simulated_sources(self.mocks.url) if c.id == case.source)
        (bound,) = bind((config,), environment())
        copies = Replicas(self._state, self.mocks.world.clock.now)
        impatient = msgspec.structs.replace(
            config,
            url=config.url if reachable else f"http://127.0.0.1:{_closed_port()}",
            limits=Limits(timeout_ms=_PATIENT_MS if patient else _IMPATIENT_MS),
        )
        try:
            async with AsyncExitStack() as stack:
                if case.copy and case.source not in self._filled:
                    await self._fill(bound, copies)
                upstream = await stack.enter_async_context(_client(bound, impatient, self.mocks))
                connector = _connector(bound, upstream, copies)
                if isinstance(connector, ReplicaConnector) and case.copy:
                    copy, feeds = copies.copies[case.source], connector.feeds()
                    copy.open(path_of(prepare(self._state), config, feeds), feeds)
                    stack.callback(copy.close)
                self.mocks.clear_calls()
                yield Open(case, connector.desk(case.kind), self.mocks)
        finally:
            copies.close()
            self.mocks.clear_faults()

    async def _fill(self, bound: BoundSource, copies: Replicas) -> None:
        """Read a source's feeds to their ends, once for all checks."""
        async with _client(bound, bound.config, self.mocks) as upstream:
            connector = _connector(bound, upstream, copies)
            assert isinstance(connector, ReplicaConnector)
            async with copies.filling(bound.config, connector.feeds()):
                await copies.filled(30)
        self._filled.add(bound.config.id)


@contextmanager
def open_hall(state: Path) -> Iterator[Hall]:
    """Start simulators with a world of their own, the clock at NOW; copies lie under `state`."""
    with RunningMocks(World(7, Clock.frozen(NOW))) as mocks:
        yield Hall(mocks, state)


def _client(
    bound: BoundSource, config: SourceConfig, mocks: RunningMocks
) -> AbstractAsyncContextManager[HttpUpstream]:
    # The transport that the gateway has: what it says of a broken connection decides what is in doubt.
    return open_upstream(config, bound.secret, transport=pooled_transport(), now=mocks.world.clock.now)


def _connector(bound: BoundSource, upstream: HttpUpstream, copies: Replicas) -> Connector:
    if issubclass(bound.connector, ReplicaConnector):
        return bound.connector(upstream, bound.options, copies.of(bound.config.id))
    return bound.connector(upstream, bound.options)


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
