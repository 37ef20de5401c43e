"""Desks: what every one of them must keep to, checked over HTTP against its simulator and its ledger.

A kind of slot is one `DeskCase`. Each check opens the desk as the gateway does, over the source's own entry
in sources.toml, and begins in a fresh world: none depends on another, and none has to undo what it did.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import pytest

from connectors.kit import (
    Booked,
    Code,
    Connector,
    Desk,
    Order,
    Refusal,
    Refused,
    ReplicaConnector,
    SourceError,
    Standing,
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
_PATIENCE_MS = 1_500
"""How long a system that hangs is waited for."""
_RACERS = 5
"""How many more ask at once than there are places."""


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
    async def open(self, case: DeskCase, *, reachable: bool = True) -> AsyncIterator[Open]:
        """Open a case's desk in a fresh world; at an address where nobody listens, if told so."""
        self.mocks.reset()
        self.mocks.world.clock.move_to(NOW)
        config = next(c for c in simulated_sources(self.mocks.url) if c.id == case.source)
        (bound,) = bind((config,), environment())
        copies = Replicas(self._state, self.mocks.world.clock.now)
        impatient = msgspec.structs.replace(
            config,
            url=config.url if reachable else f"http://127.0.0.1:{_closed_port()}",
            limits=Limits(timeout_ms=_PATIENCE_MS),
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


async def check_a_booking_and_its_end(desk: Open) -> None:
    """Booked once, found, cancelled once: with exactly the calls that the case names."""
    case, order = desk.case, desk.order()
    booked = await desk.desk.book(order)
    assert booked.standing is Standing.CONFIRMED
    assert desk.calls() == desk.named(case.book, order, booked)
    assert desk.ledger() == [case.written[0]]
    assert await desk.desk.find(order) == booked
    assert desk.calls() == desk.named(case.find, order, booked)
    cancelled = await desk.desk.cancel(order, booked)
    assert (cancelled.standing, cancelled.id) == (Standing.CANCELLED, booked.id)
    assert desk.calls() == desk.named(case.cancel, order, booked)
    assert await desk.desk.cancel(order, booked) == cancelled
    found = await desk.desk.find(order)
    assert (found is not None) is case.remembers
    assert found is None or (found.standing, found.id) == (Standing.CANCELLED, booked.id)
    assert desk.ledger() == list(case.written)


async def check_what_is_held(desk: Open) -> None:
    """Held until an instant to come, again if asked again, and booked then; or nobody is asked for it."""
    order = desk.order()
    until = await desk.desk.hold(order)
    if desk.case.leases:
        assert until is not None
        assert until > NOW
        assert await desk.desk.hold(order) is not None
    else:
        assert (until, desk.calls()) == (None, [])
    assert desk.case.written[0] not in desk.ledger()
    assert (await desk.desk.book(order)).standing is Standing.CONFIRMED
    assert desk.ledger().count(desk.case.written[0]) == 1


async def check_that_an_order_is_booked_once(desk: Open) -> None:
    """A system that is said to see to it gives the same booking again, also to several at the same time."""
    order = desk.order()
    first = await desk.desk.book(order)
    again = await asyncio.gather(*(desk.desk.book(order) for _ in range(3)))
    assert again == [first] * 3
    other = desk.order(2)
    together = await asyncio.gather(*(desk.desk.book(other) for _ in range(3)))
    assert together == [together[0]] * 3
    assert desk.ledger() == [desk.case.written[0]] * 2


async def check_that_an_unknown_order_is_not_found(desk: Open) -> None:
    """Nothing is found of what was never sent, beside what another has booked; nothing is written."""
    case, order = desk.case, desk.order(2)
    await desk.desk.book(desk.order(1))
    desk.calls()
    assert await desk.desk.find(order) is None
    assert desk.calls() == desk.named(case.miss, order)
    assert desk.ledger() == [case.written[0]]


async def check_that_no_slots_id_is_not_asked_for(desk: Open) -> None:
    """Refused as not offered, with nothing sent."""
    for malformed in desk.case.malformed:
        assert await desk.refused(desk.order(slot=malformed)) is Refusal.NOT_OFFERED, malformed
    assert desk.calls() == []


async def check_that_what_is_gone_is_not_offered(desk: Open) -> None:
    """Refused as not offered, with nothing written, and nothing to be found."""
    for gone in desk.case.gone:
        order = desk.order(slot=gone)
        assert await desk.refused(order) is Refusal.NOT_OFFERED, order.slot
        assert await desk.desk.find(order) is None
    assert desk.ledger() == []


async def check_the_last_places(desk: Open) -> None:
    """Of too many who ask at once as many as there are places for have one; what is given back is had."""
    case = desk.case
    orders = [desk.order(person, slot=case.few) for person in range(1, case.places + _RACERS + 1)]
    answers = await asyncio.gather(*(desk.desk.book(order) for order in orders), return_exceptions=True)
    won = [(o, a) for o, a in zip(orders, answers, strict=True) if isinstance(a, Booked)]
    lost = [(o, a) for o, a in zip(orders, answers, strict=True) if isinstance(a, BaseException)]
    assert [a.reason for _, a in lost if isinstance(a, Refused)] == [Refusal.FULL] * _RACERS
    assert len(won) == case.places
    assert desk.ledger() == [case.written[0]] * case.places
    late, _ = lost[0]
    assert await desk.desk.find(late) is None
    await desk.desk.cancel(*won[0])
    assert (await desk.desk.book(late)).standing is Standing.CONFIRMED
    assert desk.ledger() == [*[case.written[0]] * case.places, case.written[1], case.written[0]]


async def check_a_party_that_is_too_many(desk: Open) -> None:
    """Refused as not possible, with nothing sent."""
    assert await desk.refused(desk.order(party=desk.case.too_many)) is Refusal.NOT_POSSIBLE
    assert desk.calls() == []


IN_DOUBT: Mapping[str, tuple[dict[str, Any], Code, bool]] = {
    "resets the connection": ({"reset_after_commit": True}, Code.SOURCE_UNAVAILABLE, True),
    "hangs": ({"hang": True}, Code.SOURCE_TIMEOUT, False),
    "answers 503": ({"error_rate": 1.0}, Code.SOURCE_UNAVAILABLE, False),
    "answers 500": ({"error_rate": 1.0, "error_status": 500}, Code.SOURCE_UNAVAILABLE, False),
}
"""What may befall a write, the code that it has then, and whether the system did it nevertheless."""


async def check_a_booking_in_doubt(desk: Open, fault: str) -> None:
    """In doubt; `find` says whether it was done, and after it the order has one booking, not two."""
    switches, code, done = IN_DOUBT[fault]
    case, order = desk.case, desk.order()
    desk.ail(case.commits, **switches)
    with pytest.raises(SourceError) as caught:
        await desk.desk.book(order)
    desk.mocks.clear_faults()
    assert (caught.value.code, caught.value.in_doubt) == (code, True)
    found = await desk.desk.find(order)
    assert desk.ledger() == [case.written[0]] * done
    assert (found is not None) is done
    if found is None or desk.desk.repeatable:
        booked = await desk.desk.book(order)
        assert found in (None, booked)
        assert await desk.desk.find(order) == booked
    assert desk.ledger() == [case.written[0]]


async def check_a_booking_with_half_an_answer(desk: Open) -> None:
    """Booked where the answer says nothing that is needed, in doubt else; it is found in either case."""
    order, booked = desk.order(), None
    desk.ail(desk.case.commits, malformed=True)
    try:
        booked = await desk.desk.book(order)
    except SourceError as error:
        assert (error.code, error.in_doubt) == (Code.SOURCE_MALFORMED, True)  # noqa: PT017  # one of two ends
    desk.mocks.clear_faults()
    found = await desk.desk.find(order)
    assert found is not None
    assert booked in (None, found)
    assert desk.ledger() == [desk.case.written[0]]


NOT_DONE: Mapping[str, tuple[int, Code]] = {
    "asks for fewer calls": (429, Code.SOURCE_BUSY),
    "refuses our credential": (401, Code.SOURCE_REJECTED),
    "forbids it to us": (403, Code.SOURCE_REJECTED),
}
"""Statuses that say nothing of the wish, and the code that each of them has."""


async def check_a_booking_that_was_not_taken(desk: Open, status: str) -> None:
    """No refusal of the wish, and not in doubt: nothing was done."""
    number, code = NOT_DONE[status]
    desk.ail(desk.case.commits, error_rate=1.0, error_status=number)
    with pytest.raises(SourceError) as caught:
        await desk.desk.book(desk.order())
    assert (caught.value.code, caught.value.in_doubt) == (code, False)
    assert desk.ledger() == []


async def check_a_system_that_is_not_there(desk: Open) -> None:
    """Not in doubt: there was no connection to send anything over."""
    with pytest.raises(SourceError) as caught:
        await desk.desk.book(desk.order())
    assert (caught.value.code, caught.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, False)
    assert desk.ledger() == []


async def check_a_cancellation_in_doubt(desk: Open, fault: str) -> None:
    """In doubt; cancelled again, it is cancelled once."""
    switches, code, done = IN_DOUBT[fault]
    case, order = desk.case, desk.order()
    booked = await desk.desk.book(order)
    desk.ail(case.revokes, **switches)
    with pytest.raises(SourceError) as caught:
        await desk.desk.cancel(order, booked)
    desk.mocks.clear_faults()
    assert (caught.value.code, caught.value.in_doubt) == (code, True)
    assert desk.ledger() == [case.written[0], *[case.written[1]] * done]
    assert (await desk.desk.cancel(order, booked)).standing is Standing.CANCELLED
    assert desk.ledger() == list(case.written)


async def check_a_cancellation_too_late(desk: Open) -> None:
    """Refused, and the booking stands."""
    case, order = desk.case, desk.order()
    booked = await desk.desk.book(order)
    desk.mocks.world.clock.move_to(case.too_late)
    with pytest.raises(Refused) as caught:
        await desk.desk.cancel(order, booked)
    assert caught.value.reason is Refusal.TOO_LATE
    found = await desk.desk.find(order)
    assert found == booked
    assert desk.ledger() == [case.written[0]]
