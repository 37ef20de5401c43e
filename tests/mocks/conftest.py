"""The simulators over real HTTP, in a world of their own: what these tests write, no other test sees."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime

import httpx
import pytest

from mocks.server import RunningMocks
from mocks.world import Clock, World

NOW = datetime.fromisoformat("2026-11-24T10:00:00+08:00")


@pytest.fixture(scope="session")
def running_mocks() -> Iterator[RunningMocks]:
    """One server of all simulators for this folder, its clock at NOW, a Tuesday morning."""
    with RunningMocks(World(7, Clock.frozen(NOW))) as running:
        yield running


@pytest.fixture
def mocks(running_mocks: RunningMocks) -> Iterator[RunningMocks]:
    """The simulators at NOW, with no fault and an empty log of calls."""
    _settle(running_mocks)
    yield running_mocks
    _settle(running_mocks)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=5) as client:
        yield client


@pytest.fixture
def connect(mocks: RunningMocks, http: httpx.AsyncClient) -> Callable[..., Awaitable[httpx.AsyncClient]]:
    """A client of one parking operator that holds a token."""

    async def connected(operator: str = "parking-city") -> httpx.AsyncClient:
        answer = await http.post(
            f"{mocks.url}/{operator}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(operator, f"secret-of-{operator}"),
        )
        http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        http.base_url = httpx.URL(f"{mocks.url}/{operator}")
        return http

    return connected


def _settle(running: RunningMocks) -> None:
    running.clear_faults()
    running.clear_calls()
    running.tokens(lifetime_s=300)
    running.world.clock.move_to(NOW)
