"""Fixtures of all tests: the simulators over real HTTP, and a gateway in front of them."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from gateway.app import create_app
from gateway.auth.development import DevelopmentIssuer
from gateway.replica.files import Lock, lock_of
from gateway.settings import Settings
from gateway.sources import SourceConfig, read_sources
from mocks.environment import environment as credentials
from mocks.server import RunningMocks
from mocks.world import Clock, World

# How fast inputs are made says how busy the machine is, and nothing of ours.
hypothesis_settings.register_profile("busy", suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("busy")

ROOT = Path(__file__).parent.parent
NOW = datetime.fromisoformat("2026-11-24T10:00:00+08:00")
"""The instant at which simulators and gateway stand still in every test: a Tuesday morning."""


class Answer:
    """A GraphQL response."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.data: Any = body.get("data")
        self.errors: list[dict[str, Any]] = body.get("errors", [])
        self.extensions: dict[str, Any] = body.get("extensions", {})

    @property
    def codes(self) -> list[str]:
        """The code of every error, in order."""
        return [error["extensions"]["code"] for error in self.errors]

    def source(self, source: str) -> dict[str, Any]:
        """What `extensions.sources` says of one source."""
        entry: dict[str, Any] = next(s for s in self.extensions["sources"] if s["id"] == source)
        return entry


class Graph:
    """A client of a running gateway, over HTTP."""

    def __init__(
        self, http: httpx.AsyncClient, sign: Callable[..., str] | None = None, headers: Mapping[str, str] = {}
    ) -> None:
        self.http = http
        self.headers = headers
        self._sign = sign

    def of(self, sub: str, **claims: Any) -> Graph:
        """Give the client of somebody who has a token of the development issuer."""
        if self._sign is None:
            raise TypeError("this graph has no issuer")
        token = self._sign({"sub": sub, **claims}, issued=int(NOW.timestamp()) - 60, seconds=3600)
        return Graph(self.http, self._sign, {"authorization": f"Bearer {token}"})

    async def __call__(self, document: str, /, **variables: Any) -> Answer:
        """Run one operation; the HTTP status must be 200."""
        response = await self.http.post(
            "/graphql", json={"query": document, "variables": variables}, headers=self.headers
        )
        assert response.status_code == 200, response.text
        return Answer(response.json())


StartGraph: TypeAlias = Callable[..., AbstractAsyncContextManager[Graph]]


@pytest.fixture(scope="session")
def running_mocks() -> Iterator[RunningMocks]:
    """One server of all simulators for the session, its clock at NOW."""
    with RunningMocks(World(7, Clock.frozen(NOW))) as running:
        yield running


@pytest.fixture
def mocks(running_mocks: RunningMocks) -> Iterator[RunningMocks]:
    """The simulators with no fault and an empty log of calls."""
    running_mocks.clear_faults()
    running_mocks.clear_calls()
    yield running_mocks
    running_mocks.clear_faults()


@pytest.fixture
def sources(running_mocks: RunningMocks) -> tuple[SourceConfig, ...]:
    """The committed sources.toml, pointed at the running simulators."""
    return simulated_sources(running_mocks.url)


def simulated_sources(url: str, directory: Path | None = None) -> tuple[SourceConfig, ...]:
    """Read sources.toml with the simulators' address put in."""
    text = (ROOT / "sources.toml").read_text(encoding="utf-8").replace("http://127.0.0.1:8100", url)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(directory or temporary) / "sources.toml"
        path.write_text(text, encoding="utf-8")
        return read_sources(path)


@asynccontextmanager
async def running_graph(
    sources: tuple[SourceConfig, ...], environment: Mapping[str, str] | None = None, **settings: Any
) -> AsyncIterator[Graph]:
    """A gateway over these sources, its clock at NOW; nobody is asked but for a request.

    Unless by `warm_up_ms` or `search_refresh_s`, and but for copies of feeds. Without a `state_dir` it has
    one of its own, begins with no copy of any feed and reads them all.
    """
    with tempfile.TemporaryDirectory() as directory:
        settings = {
            "warm_up_ms": 0,
            "search_refresh_s": 0,
            "database_url": "none",
            "state_dir": Path(directory),
            **settings,
        }
        secrets = credentials() if environment is None else environment
        app = create_app(Settings(**settings), sources, environment=secrets, now=lambda: NOW)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as http,
        ):
            yield Graph(http, DevelopmentIssuer.open(Settings(**settings)).sign)


@pytest.fixture(scope="session")
async def filled_copies(
    running_mocks: RunningMocks, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Path]:
    """A state directory with a whole copy of every configured feed, made once a session.

    The fixture holds the copies' locks: a gateway that is given this directory takes it that another
    process fills them, reads them and never asks their sources.
    """
    state = tmp_path_factory.mktemp("state")
    async with running_graph(
        simulated_sources(running_mocks.url), state_dir=state, warm_up_ms=60_000, cached_answers=0
    ):
        pass
    running_mocks.clear_calls()
    locks = [Lock.take(lock_of(copy)) for copy in (state / "replicas").glob("*.sqlite3")]
    assert None not in locks
    yield state
    for lock in filter(None, locks):
        lock.release()


@pytest.fixture
def start_graph(sources: tuple[SourceConfig, ...], filled_copies: Path) -> StartGraph:
    """Start a gateway with other settings or sources.

    Its copies of feeds are whole and nobody asks their sources, so that counts at the wire are those of
    the test's own requests. With `feeds=True` it begins with no copy, fills them itself and waits for that
    (`warm_up_ms`, which reads small lists ahead, too): their calls are in the log then.
    """

    def start(only: tuple[SourceConfig, ...] | None = None, *, feeds: bool = False, **settings: Any) -> Any:
        settings = {**({"warm_up_ms": 10_000} if feeds else {"state_dir": filled_copies}), **settings}
        return running_graph(sources if only is None else only, **settings)

    return start


@pytest.fixture
async def graph(mocks: RunningMocks, start_graph: StartGraph) -> AsyncIterator[Graph]:
    """A gateway of the test's own: empty caches, no fault, an empty log of calls."""
    async with start_graph() as running:
        yield running
