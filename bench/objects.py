"""What an object costs by their number in one answer, and what a new operation costs before it runs.

In process and without a socket: an ASGI request to the endpoint, up to the last byte of its response.
`python -m bench.objects` writes what it measured as JSON.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import islice

import msgspec
import uvloop
from starlette.types import Message

from bench.gateway import Held, bound
from bench.posts.connector import held
from bench.posts.queries import POSTS_WITH_USERS
from bench.posts.types import posts_schema
from gateway.endpoint import GraphQLEndpoint
from gateway.server import settle_memory
from schema.community.gazetteer import COMMUNITIES
from schema.root import build_schema

SIZES = (10, 100, 1_000, 10_000, 100_000)
"""Objects in the answer: half of them posts, half their authors, ten posts an author."""
LEAST = 2

_BUDGET_S = 1.5
"""A size is repeated for so long, and at least three times."""

_PLAIN_LIMIT = 10_000
"""Beyond, Strawberry's executor takes seconds for an answer and would show nothing new."""


class Cost(msgspec.Struct, frozen=True):
    """What an answer of so many objects takes, in microseconds of the core."""

    objects: int
    gateway_us: float
    strawberry_us: float | None


class Figures(msgspec.Struct, frozen=True):
    """All that this module measures."""

    least_us: float
    """The smallest answer, a post and its author: what every request costs, and each level of it."""
    costs: list[Cost]
    prepare_ms: float
    """A new operation of 200 fields: parsed, measured, validated and made ready."""

    def each_us(self, cost: Cost) -> float:
        """One object's share, without what the request costs anyway."""
        return (cost.gateway_us - self.least_us) / (cost.objects - LEAST)


async def measure() -> Figures:
    """Take every size in turn."""
    settle_memory()
    least, _ = await _answer(LEAST)
    costs = [Cost(objects, *await _answer(objects)) for objects in SIZES]
    return Figures(least, costs, await _prepare())


async def _answer(objects: int) -> tuple[float, float | None]:
    schema = posts_schema()
    front = Held(schema, [bound(held(objects // 2), "posts")])
    endpoint = GraphQLEndpoint(front.engine)

    async def gateway() -> None:
        await _post(endpoint, POSTS_WITH_USERS)

    async def plain() -> None:
        async with front.open_context() as context:
            result = await schema.execute(POSTS_WITH_USERS, context_value=context)
        assert not result.errors
        msgspec.json.encode(result.data)

    async with front.open():
        return await _cpu_us(gateway), await _cpu_us(plain) if objects <= _PLAIN_LIMIT else None


async def _cpu_us(work: Callable[[], Awaitable[None]]) -> float:
    """Give the median time of the core that the work takes."""
    times: list[float] = []
    await work()
    end = time.perf_counter() + _BUDGET_S
    while len(times) < 3 or time.perf_counter() < end:
        started = time.process_time()
        await work()
        times.append(time.process_time() - started)
    return statistics.median(times) * 1_000_000


async def _post(endpoint: GraphQLEndpoint, document: str) -> None:
    """Put one request to the endpoint, as a server would; its answer must be data without errors."""
    request: list[Message] = [{"type": "http.request", "body": json.dumps({"query": document}).encode()}]
    response: list[Message] = []

    async def receive() -> Message:
        return request.pop() if request else await asyncio.Future()

    async def send(message: Message) -> None:
        response.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    await endpoint(scope, receive, send)
    assert response[0]["status"] == 200
    assert response[1]["body"].startswith(b'{"data":')


def two_hundred_fields(salt: int = 0) -> str:
    """Give an operation of 200 fields over our graph, another document for each salt."""
    block = """{ name subdistrict { name }
      parkingLots(first: 2) { edges { distance node {
        name openNow occupancy { free capacity } asOf source { name } } } }
      libraries(first: 1) { edges { node { name } } } }"""
    codes = list(islice(COMMUNITIES, 10))
    communities = " ".join(f'c{n}: community(code: "{code}") {block}' for n, code in enumerate(codes))
    return f"# {salt}\n{{ {communities} }}"


async def _prepare(count: int = 15) -> float:
    """Give what the first run of a document takes more than the second, in milliseconds (median).

    Over no source at all, so that running it is next to nothing.
    """
    front = Held(build_schema(), ())
    endpoint = GraphQLEndpoint(front.engine)
    spent: list[float] = []
    async with front.open():
        for salt in range(count):
            document = two_hundred_fields(salt)
            times = []
            for _ in range(2):
                started = time.process_time()
                await _post(endpoint, document)
                times.append(time.process_time() - started)
            spent.append(times[0] - times[1])
    return statistics.median(spent) * 1000


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(measure())))
