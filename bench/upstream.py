"""What one GET of 27 KB costs by each way of reaching a system: `python -m bench.upstream URL SECONDS`.

The ways: httpx over its own transport and over pyreqwest's for httpx; our HttpUpstream, which is every
layer below a connector, over either of its transports, httpx's and pyreqwest's, the latter without and with
decoding; and pyreqwest's own interface with nothing around it. One loop on one core, so many calls in flight.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeAlias

import httpx
import msgspec
import uvloop
from pyreqwest.client import ClientBuilder
from pyreqwest.compatibility import httpx as compatible

from bench.posts.records import PostRecord
from connectors.kit import json_of
from gateway.request import request_scope
from gateway.sources import Limits, SourceConfig
from gateway.upstream.client import open_upstream
from gateway.upstream.transport import HttpxTransport, Transport, pooled_transport
from schema.core.scalars import CHINA

IN_FLIGHT = 16
DECODED = "HttpUpstream, decoded by msgspec"
BYTES = "HttpUpstream, bytes"
PYREQWEST = "pyreqwest's own interface"

Get: TypeAlias = Callable[[], Awaitable[object]]


class Cost(msgspec.Struct, frozen=True):
    """How fast one way is."""

    way: str
    rate: float
    """GETs a second."""
    cpu_us: float
    """Time of the core that one takes, the transport's own threads included."""


@asynccontextmanager
async def _httpx(url: str, transport: httpx.AsyncBaseTransport | None) -> AsyncIterator[Get]:
    async with httpx.AsyncClient(transport=transport, trust_env=False) as client:

        async def get() -> bytes:
            return (await client.get(f"{url}/posts")).content

        yield get


@asynccontextmanager
async def _upstream(url: str, decode: Callable[[bytes], object], transport: Transport) -> AsyncIterator[Get]:
    config = SourceConfig(
        id="posts", name="posts", connector="posts", url=url, limits=Limits(concurrency=IN_FLIGHT)
    )
    async with open_upstream(config, "", transport=transport, now=lambda: datetime.now(CHINA)) as upstream:

        async def get() -> object:
            with request_scope(10):
                return (await upstream.get("/posts", decode=decode)).data

        yield get


@asynccontextmanager
async def _pyreqwest(url: str) -> AsyncIterator[Get]:
    async with ClientBuilder().no_proxy().timeout(timedelta(seconds=30)).build() as client:

        async def get() -> bytes:
            return bytes(await (await client.get(f"{url}/posts").build().send()).bytes())

        yield get


def ways(url: str) -> dict[str, AbstractAsyncContextManager[Get]]:
    """Every way by its name, not yet open."""
    return {
        "httpx over its own transport": _httpx(url, None),
        "httpx over pyreqwest": _httpx(url, compatible.HttpxTransport(ClientBuilder().no_proxy().build())),
        "HttpUpstream over httpx, bytes": _upstream(url, bytes, HttpxTransport()),
        DECODED: _upstream(url, json_of(list[PostRecord]), pooled_transport()),
        BYTES: _upstream(url, bytes, pooled_transport()),
        PYREQWEST: _pyreqwest(url),
    }


async def measure(url: str, seconds: float) -> list[Cost]:
    """Take each way in turn for so many seconds."""
    costs = []
    for way, opened in ways(url).items():
        async with opened as get:
            await get()
            costs.append(await _measure(way, get, seconds))
    return costs


async def _measure(way: str, get: Get, seconds: float) -> Cost:
    count = 0
    started, cpu = time.perf_counter(), time.process_time()

    async def repeat() -> None:
        nonlocal count
        while time.perf_counter() < started + seconds:
            await get()
            count += 1

    await asyncio.gather(*(repeat() for _ in range(IN_FLIGHT)))
    return Cost(way, count / (time.perf_counter() - started), (time.process_time() - cpu) / count * 1_000_000)


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(measure(sys.argv[1], float(sys.argv[2])))))
    sys.stdout.flush()
    # pyreqwest 0.15's threads may still be letting go of the interpreter, which aborts a usual exit.
    os._exit(0)
