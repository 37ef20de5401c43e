"""What consuming a long feed costs: `python -m bench.feed.consuming URL ITEMS` writes figures as JSON.

A copy is filled from nothing and read; then the feed begins anew, and is read once more beside reads.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import msgspec
import structlog
import uvloop

from bench.feed.connector import Sessions
from bench.feed.figures import FeedFigures, Read
from bench.feed.server import FIRST_DAY, ORGANISERS, PAGE, left
from connectors.kit import Selection
from gateway.replica.replicas import Replicas
from gateway.sources import SourceConfig
from gateway.upstream.client import open_upstream
from gateway.upstream.transport import pooled_transport
from schema.core.scalars import CHINA

_READS = 2_000
_PAUSE_S = 0.002
"""Between reads: what is measured is what one of them takes, not what the loop can bear of them."""


async def measure(url: str, count: int, directory: Path) -> FeedFigures:
    """Fill, read, fill once more beside reads."""
    config = SourceConfig(id="feed", name="feed", connector="feed", url=url)
    async with _consumer(config, directory) as (connector, replicas):
        replica = replicas.copies["feed"]
        before, started, cpu = _memory("VmRSS"), time.perf_counter(), time.process_time()
        _reset_peak()
        await replica.filled()
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        assert await replica.count(Selection(table="session")) == left(count)
        reads = [
            await _reads(what, "nothing is written", read) for what, read in _questions(connector, count)
        ]
        as_of = replica.as_of("session")
        connector.again = True
        again = time.perf_counter()
        await _until(lambda: not connector.again)
        for what, read in _questions(connector, count):
            reads.append(await _reads(what, "the feed is read anew", read))
        await _until(lambda: replica.as_of("session") != as_of)
        return FeedFigures(
            items=count,
            page=PAGE,
            rate=count / seconds,
            cpu_us=cpu / count * 1_000_000,
            again_rate=count / (time.perf_counter() - again),
            grown_mb=(_memory("VmHWM") - before) / 1e6,
            file_mb=_size(directory) / 1e6,
            reads=reads,
        )


@asynccontextmanager
async def _consumer(config: SourceConfig, directory: Path) -> AsyncIterator[tuple[Sessions, Replicas]]:
    def now() -> datetime:
        return datetime.now(CHINA)

    async with open_upstream(config, "", transport=pooled_transport(), now=now) as upstream:
        replicas = Replicas(directory, now)
        connector = Sessions(upstream, None, replicas.of(config.id))
        async with replicas.filling(config, connector.feeds()):
            yield connector, replicas
        replicas.close()


def _questions(connector: Sessions, count: int) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    chance = random.Random(7)  # noqa: S311  # the same ids in each run
    replica = connector.replica

    def one() -> Awaitable[object]:
        return replica.get("session", [f"session-{chance.randrange(count):07d}"])

    def fifty() -> Awaitable[object]:
        return replica.get("session", [f"session-{chance.randrange(count):07d}" for _ in range(50)])

    def organiser() -> Awaitable[object]:
        return replica.select(
            Selection(
                table="session", equal={"organiser": [f"org-{chance.randrange(ORGANISERS)}"]},
                order_by="start", limit=20,
            )
        )  # fmt: skip

    def hour() -> Awaitable[object]:
        first = FIRST_DAY + chance.randrange(100_000) * 60.0
        return replica.select(
            Selection(table="session", between={"start": (first, first + 3600)}, order_by="start", limit=50)
        )

    return [
        ("one by its id", one),
        ("50 by their ids", fifty),
        ("the next 20 of an organiser", organiser),
        ("the first 50 of an hour", hour),
    ]


async def _reads(what: str, while_: str, read: Callable[[], Awaitable[object]]) -> Read:
    spent = []
    for _ in range(_READS // 4):
        started = time.perf_counter()
        await read()
        spent.append((time.perf_counter() - started) * 1_000_000)
        await asyncio.sleep(_PAUSE_S)
    spent.sort()
    return Read(what, while_, spent[len(spent) // 2], spent[len(spent) * 99 // 100])


async def _until(reached: Callable[[], bool]) -> None:
    while not reached():  # noqa: ASYNC110  # no event tells of it
        await asyncio.sleep(0.01)


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*.sqlite3*"))


def _memory(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    # What the gateway logs goes to standard error: standard output is for what was measured.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory() as held:
        figures = uvloop.run(measure(sys.argv[1], int(sys.argv[2]), Path(held)))
    sys.stdout.buffer.write(msgspec.json.encode(figures))
    sys.stdout.flush()
    # pyreqwest 0.15's threads may still be letting go of the interpreter, which aborts a usual exit.
    os._exit(0)
