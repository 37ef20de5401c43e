"""Fixtures of commands: a gateway that takes them, over a scripted desk, and residents who ask."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import pytest

from connectors.fhir import CONNECTOR
from gateway.sources import SourceConfig
from mocks.server import RunningMocks
from schema.health.records import AppointmentSlotRecord
from tests.commands.scripted import SOURCE, ScriptedDesk
from tests.conftest import Graph, running_graph
from tests.faults.postgres import Postgres

StartWriting: TypeAlias = Callable[..., AbstractAsyncContextManager[Graph]]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the session, and for each process of it where tests run side by side."""
    with Postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where this test's commands are kept: an empty database, of either kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.create(f"ledger_{uuid4().hex[:12]}")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> ScriptedDesk:
    """The desk of every hospital in this test."""
    scripted = ScriptedDesk()
    monkeypatch.setattr(CONNECTOR, "books", (AppointmentSlotRecord,))
    monkeypatch.setattr(CONNECTOR, "desk", lambda _self, _kind: scripted)
    return scripted


@pytest.fixture
def hospital(sources: tuple[SourceConfig, ...]) -> tuple[SourceConfig, ...]:
    """The one source whose slots are booked here."""
    return tuple(source for source in sources if source.id == SOURCE)


@pytest.fixture
def start_writing(
    mocks: RunningMocks,
    hospital: tuple[SourceConfig, ...],
    desk: ScriptedDesk,
    tmp_path: Path,
    database_url: str,
) -> StartWriting:
    """Start a gateway that takes commands; the second in a test goes on with the first one's ledger."""

    @asynccontextmanager
    async def start(**settings: Any) -> AsyncIterator[Graph]:
        settings = {"database_url": database_url, "state_dir": tmp_path / "state", **settings}
        async with running_graph(hospital, **settings) as graph:
            yield graph

    return start


@pytest.fixture
async def graph(start_writing: StartWriting) -> AsyncIterator[Graph]:
    """A gateway that takes commands."""
    async with start_writing() as running:
        yield running


@pytest.fixture
async def slots(graph: Graph) -> list[str]:
    """Ids of free slots at different times, in order; none is asked for again within the test."""
    return await free_slots(graph)


async def free_slots(graph: Graph) -> list[str]:
    """Ids of free slots of one day, one for each time."""
    answer = await graph('{ slots(day: "2026-11-25", first: 200) { edges { node { id start } } } }')
    by_start: dict[str, str] = {}
    for edge in answer.data["slots"]["edges"]:
        by_start.setdefault(edge["node"]["start"], edge["node"]["id"])
    return [by_start[start] for start in sorted(by_start)]
