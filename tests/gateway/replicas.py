"""A replica without a gateway around it: its tables, a feed that a test scripts, a clock that it moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.kit import Feed, FeedPage, Item, Key, Removal, Selection, Table
from gateway.replica.files import path_of, prepare
from gateway.replica.layout import lay_out
from gateway.replica.local import LocalReplica
from gateway.replica.replicas import Replicas
from gateway.replica.store import FeedState, Store
from gateway.sources import SourceConfig
from schema.core.scalars import CHINA

NOW = datetime(2026, 11, 24, 10, tzinfo=CHINA)
THINGS = Table(name="thing", keys=("name", "size", "place"))
OTHERS = Table(name="other")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = NOW.timestamp()

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, CHINA)


class Script:
    """A feed that does what a test says: each step is a page, what is raised, or what is waited for first.

    After the last step it stays at its end. `asked` are the cursors that it was read from.
    """

    def __init__(self, *steps: FeedPage | Exception | asyncio.Event, pause_s: float = 0.005) -> None:
        self.steps = list(steps)
        self.asked: list[str | None] = []
        self.pause_s = pause_s
        self.reread_s: float | None = None

    @property
    def feed(self) -> Feed:
        """The feed as the gateway gets it."""
        return Feed(
            name="things",
            tables=(THINGS, OTHERS),
            read=self.read,
            pause_s=self.pause_s,
            reread_s=self.reread_s,
        )

    async def read(self, cursor: str | None) -> FeedPage:
        """Take the next step."""
        self.asked.append(cursor)
        if not self.steps:
            return FeedPage(changes=(), cursor=cursor or "end", more=False)
        step = self.steps.pop(0)
        if isinstance(step, asyncio.Event):
            await step.wait()
            step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, FeedPage)
        return step

    async def done(self) -> None:
        """Wait until every step was taken and the end was read once more."""
        await until(lambda: not self.steps)
        asked = len(self.asked)
        await until(lambda: len(self.asked) >= asked + 2)


async def until(reached: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for something that no event tells of; TimeoutError after so many seconds."""
    async with asyncio.timeout(seconds):
        while not reached():  # noqa: ASYNC110  # what is waited for may be another process's doing
            await asyncio.sleep(0.002)


def item(id_: str, version: int = 1, /, data: str | None = None, **keys: Key) -> Item:
    """A thing; its data are its id and version unless said otherwise."""
    text = f"{id_}@{version}" if data is None else data
    return Item(table="thing", id=id_, version=version, data=text.encode(), keys=keys)


def gone(id_: str, version: int) -> Removal:
    """A thing that is no longer there."""
    return Removal(table="thing", id=id_, version=version)


def page(*changes: Item | Removal, cursor: str = "end", more: bool = False) -> FeedPage:
    """A page, the last one unless said otherwise."""
    return FeedPage(changes=changes, cursor=cursor, more=more)


def fill(path: Path, *pages: Sequence[Item | Removal], state: FeedState | None = None) -> None:
    """Write pages into a file as a consumer would, one transaction each, and end there."""
    now = NOW.timestamp()
    ended = FeedState(cursor="end", sweeping=False, read_at=now, ended_at=now, swept_at=now)
    with closing(Store(path, lay_out([Script().feed]))) as store:
        for changes in pages:
            store.commit("things", changes, state or ended, now)
        store.index(["thing", "other"])


CONFIG = SourceConfig(id="test", name="T", connector="x", url="http://feed.test/")


def path_in(state_dir: Path) -> Path:
    """Where the copy lies that `consuming` fills."""
    return path_of(prepare(state_dir), CONFIG, [Script().feed])


@asynccontextmanager
async def consuming(
    state_dir: Path, script: Script, now: Callable[[], datetime] = lambda: NOW
) -> AsyncIterator[LocalReplica]:
    """Fill and read a copy as a gateway does, until the end of the block."""
    replicas = Replicas(state_dir, now)
    replica = replicas.of(CONFIG.id)
    try:
        async with replicas.filling(CONFIG, [script.feed]):
            yield replica
    finally:
        replicas.close()


@asynccontextmanager
async def reading(path: Path, now: Callable[[], datetime] = lambda: NOW) -> AsyncIterator[LocalReplica]:
    """Read a file."""
    with ThreadPoolExecutor(2) as pool:
        replica = LocalReplica("test", now, pool)
        replica.open(path, [Script().feed])
        try:
            yield replica
        finally:
            replica.close()


async def ids(replica: LocalReplica, **selection: Any) -> list[str]:
    """The ids of the things selected, in order."""
    return [kept.id for kept in await replica.select(Selection(table="thing", **selection))]


async def held(replica: LocalReplica) -> dict[str, str]:
    """Every thing that is kept, with its data."""
    return {kept.id: kept.data.decode() for kept in await replica.select(Selection(table="thing"))}
