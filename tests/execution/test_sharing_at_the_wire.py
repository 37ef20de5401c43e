"""Sharing through the whole gateway: what residents who ask the same at once cost the sources."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from gateway.app import create_app
from gateway.settings import Settings
from gateway.sources import Limits, SourceConfig
from gateway.upstream.transport import Answer, pooled_transport
from mocks.environment import environment
from mocks.server import RunningMocks
from tests.conftest import NOW

MATTERS = "{ serviceTypes(first: 100) { totalCount } }"
SEARCH = "query Q($first: Int!) { serviceTypes(first: $first) { edges { node { name } } } }"


class Wire:
    """The way to the sources: counts what goes out, and lets nothing come back while it is held."""

    calls: Counter[str]
    cancelled: Counter[str]
    open: asyncio.Event

    def __init__(self) -> None:
        self._inner = pooled_transport()

    async def send(self, method: str, url: str, *args: Any, timeout_s: float, **limits: Any) -> Answer:
        path = urlsplit(url).path
        self.calls[path] += 1
        opened = self.open
        try:
            async with asyncio.timeout(timeout_s):
                await opened.wait()
            if opened is not Wire.open:
                raise httpx.ReadError("dropped")
            return await self._inner.send(method, url, *args, timeout_s=timeout_s, **limits)
        except asyncio.CancelledError:
            self.cancelled[path] += 1
            raise

    async def close(self) -> None:
        await self._inner.close()

    @classmethod
    def drop(cls) -> None:
        """Break the connections of what is held; what comes afterwards is held again."""
        held, cls.open = cls.open, asyncio.Event()
        held.set()


@pytest.fixture(autouse=True)
def wire(mocks: RunningMocks) -> type[Wire]:
    """The wire of all sources, held."""
    Wire.calls, Wire.cancelled, Wire.open = Counter(), Counter(), asyncio.Event()
    return Wire


@asynccontextmanager
async def gateway(sources: tuple[SourceConfig, ...], **settings: Any) -> AsyncIterator[Starlette]:
    """A gateway over the event platform alone, which asks nobody by itself."""
    app = create_app(
        Settings(warm_up_ms=0, search_refresh_s=0, **settings),
        tuple(source for source in sources if source.connector == "open311"),
        environment=environment(),
        now=lambda: NOW,
        transport=Wire,
    )
    async with app.router.lifespan_context(app):
        yield app


class Resident:
    """One client, who may leave."""

    def __init__(self, app: Starlette, document: str, **variables: Any) -> None:
        body = json.dumps({"query": document, "variables": variables}).encode()
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._messages.put_nowait({"type": "http.request", "body": body, "more_body": False})
        self._sent: list[Message] = []
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "root_path": "",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json"), (b"host", b"gateway")],
        }

        async def send(message: Message) -> None:
            self._sent.append(message)

        self.task = asyncio.create_task(app(scope, self._messages.get, send))

    def leave(self) -> None:
        """Close the connection."""
        self._messages.put_nowait({"type": "http.disconnect"})

    async def answer(self) -> bytes:
        """The body; empty for one who left."""
        await self.task
        return b"".join(message.get("body", b"") for message in self._sent)


async def until_asked(calls: Counter[str]) -> None:
    """Let the gateway go on until something was counted."""
    for _ in range(5000):
        if calls:
            return
        await asyncio.sleep(0.001)
    raise AssertionError("nothing was asked")


async def test_a_hundred_who_ask_the_same_cost_one_call(
    sources: tuple[SourceConfig, ...], wire: type[Wire]
) -> None:
    """They get the same bytes, the ledger of the one run included; the next one finds the cache."""
    async with gateway(sources) as app:
        residents = [Resident(app, MATTERS) for _ in range(100)]
        await until_asked(wire.calls)
        wire.open.set()
        answers = {await resident.answer() for resident in residents}
        assert len(answers) == 1
        body = json.loads(answers.pop())
        assert body["data"] == {"serviceTypes": {"totalCount": 14}}
        [source] = body["extensions"]["sources"]
        assert (source["calls"], source["cached"], source["outcome"]) == (1, 0, "OK")
        assert wire.calls == {"/events/services.json": 1}
        later = json.loads(await Resident(app, MATTERS).answer())
        assert later["extensions"]["sources"][0]["outcome"] == "CACHED"


async def test_sharing_can_be_turned_off(sources: tuple[SourceConfig, ...], wire: type[Wire]) -> None:
    """`GATEWAY_SHARE_MS=0`: each has a run of its own; the cache still lets one call serve them."""
    async with gateway(sources, share_ms=0) as app:
        residents = [Resident(app, MATTERS) for _ in range(3)]
        await until_asked(wire.calls)
        wire.open.set()
        bodies = [json.loads(await resident.answer()) for resident in residents]
        ledgers = [body["extensions"]["sources"][0] for body in bodies]
        assert sorted((entry["calls"], entry["cached"]) for entry in ledgers) == [(0, 1), (0, 1), (1, 0)]
        assert wire.calls == {"/events/services.json": 1}


async def test_other_variables_are_another_run(sources: tuple[SourceConfig, ...], wire: type[Wire]) -> None:
    """Two questions, fifty times each: each its own answer."""
    async with gateway(sources) as app:
        residents = [Resident(app, SEARCH, first=1 + index % 2) for index in range(100)]
        await until_asked(wire.calls)
        wire.open.set()
        bodies = [json.loads(await resident.answer())["data"] for resident in residents]
        assert [len(body["serviceTypes"]["edges"]) for body in bodies] == [1, 2] * 50


async def test_a_leader_who_leaves_does_not_harm_the_others(
    sources: tuple[SourceConfig, ...], wire: type[Wire]
) -> None:
    """The one call goes on and answers all who stayed."""
    async with gateway(sources) as app:
        leader, *others = (Resident(app, MATTERS) for _ in range(5))
        await until_asked(wire.calls)
        leader.leave()
        assert await leader.answer() == b""
        wire.open.set()
        answers = [json.loads(await resident.answer()) for resident in others]
        assert [body["data"] for body in answers] == [{"serviceTypes": {"totalCount": 14}}] * 4
        assert (wire.calls, wire.cancelled) == ({"/events/services.json": 1}, {})


@pytest.mark.parametrize("settings", [{}, {"cached_answers": 0}, {"share_ms": 0}])
async def test_when_all_have_left_the_call_is_ended(
    sources: tuple[SourceConfig, ...], wire: type[Wire], settings: dict[str, int]
) -> None:
    """Nobody is left to answer: the source is spared too, and asked anew by whoever comes."""
    async with gateway(sources, **settings) as app:
        residents = [Resident(app, MATTERS) for _ in range(5)]
        await until_asked(wire.calls)
        for resident in residents:
            resident.leave()
        assert [await resident.answer() for resident in residents] == [b""] * 5
        await until_asked(wire.cancelled)
        assert wire.calls == wire.cancelled == {"/events/services.json": 1}
        wire.open.set()
        assert json.loads(await Resident(app, MATTERS).answer())["data"] == {
            "serviceTypes": {"totalCount": 14}
        }
        assert wire.calls == {"/events/services.json": 2}


async def test_errors_are_shared_alike(
    sources: tuple[SourceConfig, ...], mocks: RunningMocks, wire: type[Wire]
) -> None:
    """A source that is down is one failure, told to each."""
    mocks.fault("events", error_rate=1, error_status=500)
    wire.open.set()
    async with gateway(sources) as app:
        residents = [Resident(app, MATTERS) for _ in range(20)]
        answers = {await resident.answer() for resident in residents}
        assert len(answers) == 1
        [error] = json.loads(answers.pop())["errors"]
        assert error["extensions"] == {"code": "SOURCE_UNAVAILABLE", "source": "events"}


async def test_a_run_has_the_time_of_one_request(sources: tuple[SourceConfig, ...], wire: type[Wire]) -> None:
    """It ends at its deadline for all who joined; who comes after a tenth of it is not among them."""
    # A source's own limit is always shorter: it is a second attempt that the deadline ends.
    quick = tuple(msgspec.structs.replace(source, limits=Limits(timeout_ms=1000)) for source in sources)
    async with gateway(quick, request_timeout_ms=1500, cached_answers=0) as app:
        first, second = (Resident(app, MATTERS) for _ in range(2))
        await asyncio.sleep(0.3)
        late = Resident(app, MATTERS)
        await asyncio.sleep(0.5)
        wire.drop()
        assert await first.answer() == await second.answer()
        assert json.loads(await first.answer())["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
        assert not late.task.done()
        wire.open.set()
        assert json.loads(await late.answer())["data"] == {"serviceTypes": {"totalCount": 14}}
