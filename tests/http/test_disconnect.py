"""A client that leaves, or is too slow: its operation is cancelled, and nothing else is."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import orjson
import pytest
from starlette.types import Message

from gateway.endpoint import GraphQLEndpoint
from gateway.execution.engine import Engine
from gateway.execution.operation import Operation, Outcome
from gateway.http.body import while_connected
from gateway.http.errors import DisconnectedError
from gateway.request import current_request, request_scope

BODY = b'{"query":"{ wait(gate: \\"test\\") }"}'
SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/graphql",
    "query_string": b"",
    "headers": [(b"content-type", b"application/json")],
}


class Client:
    """The far end of one ASGI request."""

    def __init__(self, body: bytes = BODY) -> None:
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


async def test_leaving_cancels_the_execution(engine: Engine, gate: tuple[str, Any]) -> None:
    """A resolver that waits is cancelled when its client leaves, and nothing is sent."""
    client = Client()
    task = asyncio.create_task(GraphQLEndpoint(engine)(SCOPE, client.receive, client.send))
    await gate[1].started.wait()
    client.leave()
    await asyncio.wait_for(task, 1)
    assert gate[1].cancelled.is_set()
    assert client.sent == []
    assert not task.cancelled()


async def test_leaving_during_the_body_ends_the_request(engine: Engine) -> None:
    """A client that leaves before its body is whole gets no answer."""
    client = Client()
    client._messages.get_nowait()
    client._messages.put_nowait({"type": "http.request", "body": b"{", "more_body": True})
    client.leave()
    await GraphQLEndpoint(engine)(SCOPE, client.receive, client.send)
    assert client.sent == []


async def test_a_body_that_does_not_come_is_408(engine: Engine) -> None:
    """Reading ends with the request's time, and the connection with it."""
    client = Client()
    client._messages.get_nowait()
    client._messages.put_nowait({"type": "http.request", "body": b"{", "more_body": True})
    endpoint = GraphQLEndpoint(engine, timeout_s=0.05)
    await asyncio.wait_for(endpoint(SCOPE, client.receive, client.send), 5)
    start, body = client.sent
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]
    assert orjson.loads(body["body"]) == {
        "errors": [
            {
                "message": "The request's time was up before its body had come.",
                "extensions": {"code": "DEADLINE_EXCEEDED"},
            }
        ]
    }


async def test_the_deadline_runs_from_the_arrival() -> None:
    """What reading took is gone for executing, and opening a context opens no new deadline."""
    left: list[float] = []

    async def execute(_operation: Operation, /) -> Outcome:
        with request_scope(60):
            left.append(current_request().remaining())
        return Outcome(executed=True, data={})

    client = Client()

    async def receive() -> Message:
        await asyncio.sleep(0.2)
        return await client.receive()

    arrived = time.monotonic()
    await GraphQLEndpoint(execute, timeout_s=5)(SCOPE, receive, client.send)
    assert client.sent[0]["status"] == 200
    assert 5 - (time.monotonic() - arrived) <= left[0] <= 4.8


async def test_the_server_s_own_cancellation_goes_through(engine: Engine, gate: tuple[str, Any]) -> None:
    """A cancellation that is not ours is not swallowed."""
    client = Client()
    task = asyncio.create_task(GraphQLEndpoint(engine)(SCOPE, client.receive, client.send))
    await gate[1].started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gate[1].cancelled.is_set()


@pytest.mark.parametrize("way", ["returns", "raises"])
async def test_an_execution_that_resists_is_not_answered(way: str) -> None:
    """Whatever an execution makes of its cancellation, a client that left gets nothing."""
    started = asyncio.Event()

    async def execute(_operation: Operation, /) -> Outcome:
        started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if way == "raises":
                raise RuntimeError("hunter2") from None
        return Outcome(executed=True, data={})

    client = Client()
    task = asyncio.create_task(GraphQLEndpoint(execute)(SCOPE, client.receive, client.send))
    await started.wait()
    client.leave()
    await asyncio.wait_for(task, 1)
    assert client.sent == []
    assert task.cancelling() == 0


async def test_leaving_after_the_answer_changes_nothing() -> None:
    """Work that is done is not undone, and no watcher stays behind."""
    client = Client()
    before = asyncio.all_tasks()

    async def work() -> int:
        return 1

    assert await while_connected(client.receive, work()) == 1
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_work_that_leaves_with_the_client_raises_disconnected() -> None:
    """The caller learns that nobody is left to answer."""
    client = Client()
    client.leave()
    with pytest.raises(DisconnectedError):
        await while_connected(client.receive, asyncio.sleep(60))


async def test_a_real_connection_that_closes_cancels(server_url: str, gate: tuple[str, Any]) -> None:
    """uvicorn tells of a closed connection, and the resolver stops."""
    async with httpx.AsyncClient(timeout=0.3) as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.post(
                f"{server_url}/graphql", content=BODY, headers={"content-type": "application/json"}
            )
    # The server has a loop of its own, so that its event cannot be awaited here.
    for _ in range(100):
        if gate[1].cancelled.is_set():
            break
        await asyncio.sleep(0.05)
    assert gate[1].cancelled.is_set()
