"""Nothing outlives a request: a client that leaves takes its calls along, unless others wait for them."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from starlette.types import Message

from gateway.app import create_app
from gateway.loading.batch import Loaders
from gateway.loading.cache import Cache
from gateway.loading.route import Router
from gateway.request import request_scope
from gateway.settings import Settings
from gateway.sources import Limits, SourceConfig
from gateway.upstream.transport import HttpxTransport, MakeTransport, pooled_transport
from mocks.calls import Call
from mocks.environment import environment
from mocks.server import RunningMocks
from schema.core.errors import Code, SourceError
from schema.core.lookup import Freshness, Lookup
from schema.core.record import Ref
from tests.conftest import NOW

PUBLIC: Lookup[Ref, Any] = Lookup("test.public", Freshness(fresh=10, stale=100))
PRIVATE: Lookup[Ref, Any] = Lookup("test.private")
A1 = Ref("a", "1")
EVERYWHERE = "{ parkingLots(near: {lat: 22.7, lng: 114.2, radius: 500}) { totalCount } }"
TARIFFS = """{ parkingLots(near: {lat: 22.59879, lng: 114.11969}) { edges { node { tariffs { name } } } } }"""
SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/graphql",
    "query_string": b"",
    "headers": [(b"content-type", b"application/json")],
}


@pytest.fixture(autouse=True)
def complaints() -> Iterator[list[str]]:
    """What asyncio complains of in the test's loop, which must be nothing."""
    heard: list[str] = []
    yield heard
    gc.collect()
    assert heard == []


@pytest.fixture(autouse=True)
async def listening(complaints: list[str]) -> AsyncIterator[None]:
    """The loop's complaints go to `complaints`."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(str(context["message"])))
    yield
    gc.collect()
    await turns()
    loop.set_exception_handler(None)


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what the simulators' thread is to do."""
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


# The layers by themselves


class Held:
    """A source's fetch that waits for its gate, and how its calls ended."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.failure: SourceError | None = None
        self.ended: list[str] = []
        self.asked = 0
        self.lingers = 0.0

    async def fetch(self, keys: Sequence[Any]) -> Mapping[Any, Any]:
        self.asked += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            if self.lingers:
                await asyncio.sleep(self.lingers)
            self.ended.append("cancelled")
            raise
        self.ended.append("answered")
        if self.failure is not None:
            raise self.failure
        return dict.fromkeys(keys, "answer")


@asynccontextmanager
async def resident(cache: Cache, lookup: Lookup[Ref, Any]) -> AsyncIterator[Callable[[], Any]]:
    """A request that loads A1; what it is given makes the client leave, and close its request."""
    with request_scope(5):
        loaders = Loaders(cache.fetch, lambda _: ["a"])
        waiting = asyncio.create_task(loaders.load(lookup, A1))

    async def leave() -> None:
        waiting.cancel()
        await asyncio.wait([waiting])
        loaders.close()

    leave.waiting = waiting  # type: ignore[attr-defined]  # for those who stay
    yield leave
    await leave()


def cache_of(held: Held) -> Cache:
    return Cache(Router({"a": {PUBLIC: held.fetch, PRIVATE: held.fetch}}))


@pytest.mark.parametrize("lookup", [PUBLIC, PRIVATE])
async def test_the_last_to_leave_ends_the_call(lookup: Lookup[Ref, Any]) -> None:
    """Of a lookup that is cached and of one that is not; a later request makes a call of its own."""
    held = Held()
    cache = cache_of(held)
    before = asyncio.all_tasks()
    async with resident(cache, lookup) as leave:
        await until(lambda: held.asked == 1)
        await leave()
        await turns()
        assert held.ended == ["cancelled"]
        assert (cache._flights, cache._entries) == ({}, {})
        assert asyncio.all_tasks() == before
    held.gate.set()
    async with resident(cache, lookup) as stay:
        assert await stay.waiting == "answer"  # type: ignore[attr-defined]  # see `resident`
    assert held.asked == 2


@pytest.mark.parametrize("first", [0, 1])
async def test_a_call_goes_on_while_anyone_waits(first: int) -> None:
    """Whoever of two leaves first, the call ends with the second."""
    held = Held()
    cache = cache_of(held)
    async with resident(cache, PUBLIC) as leader:
        await until(lambda: held.asked == 1)
        async with resident(cache, PUBLIC) as follower:
            await turns()
            leavers = (leader, follower) if first == 0 else (follower, leader)
            await leavers[0]()
            await turns()
            assert held.ended == []
            await leavers[1]()
            await turns()
            assert held.ended == ["cancelled"]
    assert held.asked == 1


async def test_a_request_that_comes_as_a_call_is_ended_makes_its_own() -> None:
    """It does not join what is being cancelled."""
    held = Held()
    cache = cache_of(held)
    async with resident(cache, PUBLIC) as leave:
        await until(lambda: held.asked == 1)
        held.lingers = 0.05
        await leave()
        await turns()
        async with resident(cache, PUBLIC) as stay:
            held.gate.set()
            assert await stay.waiting == "answer"  # type: ignore[attr-defined]  # see `resident`
        await until(lambda: len(held.ended) == 2)
    assert held.ended == ["answered", "cancelled"]


async def test_what_is_queued_is_not_sent_after_the_end() -> None:
    """The keys of a level that was not dispatched yet are asked of nobody, nor is anything asked later."""
    held = Held()
    with request_scope(5):
        loaders = Loaders(cache_of(held).fetch, lambda _: ["a"])
        waiting = asyncio.create_task(loaders.load(PRIVATE, A1))
        await asyncio.sleep(0)
        loaders.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await turns()
        with pytest.raises(asyncio.CancelledError):
            await loaders.load(PRIVATE, Ref("a", "2"))
    await turns()
    assert held.asked == 0


async def test_a_failure_whose_waiters_have_left_is_no_complaint() -> None:
    """The request goes on, and ends in order, while the one field that wanted the key has gone."""
    held = Held()
    held.failure = SourceError(Code.SOURCE_UNAVAILABLE, "a")
    with request_scope(5):
        loaders = Loaders(cache_of(held).fetch, lambda _: ["a"])
        waiting = asyncio.create_task(loaders.load(PRIVATE, A1))
        await until(lambda: held.asked == 1)
        waiting.cancel()
        await turns()
        held.gate.set()
        await turns()
        loaders.close()
    assert held.ended == ["answered"]


# End to end


class Client:
    """The far end of one ASGI request."""

    def __init__(self, document: str) -> None:
        body = json.dumps({"query": document}).encode()
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._messages.put_nowait({"type": "http.request", "body": body, "more_body": False})
        self.sent: list[Message] = []

    def leave(self) -> None:
        """Close the connection."""
        self._messages.put_nowait({"type": "http.disconnect"})

    async def receive(self) -> Message:
        """Give the server the next message."""
        return await self._messages.get()

    async def send(self, message: Message) -> None:
        """Note what the server sends."""
        self.sent.append(message)


@pytest.mark.parametrize("path", ["/places", "/rates"])
@pytest.mark.parametrize(("transport", "ends_within"), [(HttpxTransport, 0.5), (pooled_transport, 1.5)])
async def test_a_client_that_leaves_takes_its_calls_along(
    mocks: RunningMocks,
    sources: tuple[SourceConfig, ...],
    path: str,
    transport: MakeTransport,
    ends_within: float,
) -> None:
    """At either level of the query the hanging call ends unanswered, and no other follows it.

    At once where the transport hears of it; pyreqwest's connection ends with the source's own limit,
    which counts from the sending and is a second here.
    """
    only = tuple(
        msgspec.structs.replace(source, limits=Limits(timeout_ms=1_000))
        for source in sources
        if source.connector == "apds"
    )
    app = create_app(
        Settings(warm_up_ms=0, search_refresh_s=0),
        only,
        environment=environment(),
        now=lambda: NOW,
        transport=transport,
    )

    def hanging() -> list[Call]:
        return [call for call in mocks.calls("parking-city") if call.fault == "hang"]

    async with app.router.lifespan_context(app):
        # Simulators build their worlds when first asked, which is no part of what is measured here.
        await app(SCOPE, (warm := Client(EVERYWHERE)).receive, warm.send)
        await turns()
        mocks.clear_calls()
        mocks.fault("parking-city", hang=True, path=path)
        before = asyncio.all_tasks()
        client = Client(TARIFFS)
        request = asyncio.create_task(app(SCOPE, client.receive, client.send))
        await until(lambda: bool(hanging()))
        await asyncio.sleep(0.1)
        count = len(mocks.calls())
        assert [call.ms for call in hanging()] == [None]
        client.leave()
        await asyncio.wait_for(request, 0.5)
        await turns()
        assert asyncio.all_tasks() == before
        left = time.monotonic()
        await until(lambda: hanging()[0].ms is not None)
        assert time.monotonic() - left < ends_within
        await asyncio.sleep(0.2)
        assert client.sent == []
        assert (len(mocks.calls()), len(hanging()), hanging()[0].status) == (count, 1, None)
