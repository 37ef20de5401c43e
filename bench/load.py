"""The load generator: one operation, posted over and over by a fixed number of clients."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from datetime import timedelta

import msgspec
from pyreqwest.client import Client, ClientBuilder


class Measurement(msgspec.Struct):
    """What one load showed; times in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


async def measure(url: str, document: str, seconds: float, clients: int) -> Measurement:
    """Post for so many seconds; any answer but 200 without errors is a failure of the benchmark."""
    body = json.dumps({"query": document}).encode()
    times: list[float] = []
    async with ClientBuilder().timeout(timedelta(seconds=30)).build() as client:
        await _post(client, url, body)
        end = time.perf_counter() + seconds
        started = time.perf_counter()
        await asyncio.gather(*(_repeat(client, url, body, end, times) for _ in range(clients)))
        elapsed = time.perf_counter() - started
    times.sort()
    return Measurement(
        len(times), elapsed, times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000
    )


async def _repeat(client: Client, url: str, body: bytes, end: float, times: list[float]) -> None:
    while (started := time.perf_counter()) < end:
        await _post(client, url, body)
        times.append(time.perf_counter() - started)


async def _post(client: Client, url: str, body: bytes) -> None:
    request = client.post(url).header("content-type", "application/json").body_bytes(body).build()
    response = await request.send()
    answer = bytes(await response.bytes())
    if response.status != 200 or answer.startswith(b'{"errors"') or b'"errors":[{' in answer:
        raise SystemExit(f"bench: {url} answered {response.status}: {answer[:300]!r}")


if __name__ == "__main__":
    target, question, duration, count = sys.argv[1:]
    result = asyncio.run(measure(target, question, float(duration), int(count)))
    sys.stdout.buffer.write(msgspec.json.encode(result))
    sys.stdout.flush()
    # pyreqwest 0.15's threads may still be letting go of the interpreter, which aborts a usual exit.
    os._exit(0)
