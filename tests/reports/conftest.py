"""Fixtures of reports: the event platform in a world of these tests' own, and a gateway before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import msgspec
import pytest

from gateway.sources import Limits, SourceConfig
from mocks.server import RunningMocks
from mocks.world import Clock, World
from tests.conftest import NOW, Graph, running_graph, simulated_sources
from tests.faults.postgres import Postgres

StartReporting: TypeAlias = Callable[..., AbstractAsyncContextManager[Graph]]


@pytest.fixture(scope="session")
def running_mocks() -> Iterator[RunningMocks]:
    """One server of the platform for this folder, its clock at NOW."""
    with RunningMocks(World(7, Clock.frozen(NOW)), only=("events",)) as running:
        yield running


@pytest.fixture
def mocks(running_mocks: RunningMocks) -> Iterator[RunningMocks]:
    """The platform as if nobody had ever reported there, with no fault and an empty log of calls."""
    running_mocks.reset()
    running_mocks.world.clock.move_to(NOW)
    yield running_mocks
    running_mocks.clear_faults()


@pytest.fixture
def platform(running_mocks: RunningMocks) -> tuple[SourceConfig, ...]:
    """The platform as a source: impatient, so that doubts are settled soon."""
    return platform_of(running_mocks.url)


def platform_of(url: str, **options: Any) -> tuple[SourceConfig, ...]:
    """Give the platform as a source, with other options than in sources.toml."""
    return tuple(
        msgspec.structs.replace(
            source,
            limits=Limits(timeout_ms=700),
            options={**source.options, "listed_within_s": 0, **options},
        )
        for source in simulated_sources(url)
        if source.id == "events"
    )


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the session."""
    with Postgres() as running:
        yield running


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where this test's reports are kept: in SQLite, or where BOTH says so in an empty PostgreSQL."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.create(f"reports_{uuid4().hex[:12]}")


BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
"""For what depends on the database."""


@pytest.fixture
def start_reporting(
    mocks: RunningMocks, platform: tuple[SourceConfig, ...], tmp_path: Path, database_url: str
) -> StartReporting:
    """Start a gateway that takes reports; twice in a test, the second goes on with the first one's ledger."""

    @asynccontextmanager
    async def start(only: tuple[SourceConfig, ...] | None = None, **settings: Any) -> AsyncIterator[Graph]:
        settings = {"database_url": database_url, "state_dir": tmp_path / "state", **settings}
        async with running_graph(platform if only is None else only, **settings) as graph:
            yield graph

    return start


@pytest.fixture
async def graph(start_reporting: StartReporting) -> AsyncIterator[Graph]:
    """A gateway that takes reports."""
    async with start_reporting() as running:
        yield running
