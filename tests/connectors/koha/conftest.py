"""Libraries at whose desks tests book: the simulators in a world of their own, and orders for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
import pytest

from connectors.kit import Desk, Order, Refused
from connectors.koha.connector import KohaConnector
from gateway.upstream.client import open_upstream
from gateway.upstream.transport import pooled_transport
from mocks.environment import environment
from mocks.server import RunningMocks
from mocks.world import Clock, World
from schema.core.record import Ref
from tests.conftest import NOW, simulated_sources

REFERENCE = "8f14e45f-ceea-467f-a6f5-0a5c3c1e2b01"
OTHER = "8f14e45f-ceea-467f-a6f5-0a5c3c1e2b02"

Library: TypeAlias = Callable[..., Awaitable[KohaConnector]]


@pytest.fixture(scope="package")
def own_mocks() -> Iterator[RunningMocks]:
    """One server of the libraries for this folder."""
    only = ("library-district", "library-buji", "library-bantian")
    with RunningMocks(World(7, Clock.frozen(NOW)), only=only) as running:
        yield running


@pytest.fixture
def mocks(own_mocks: RunningMocks) -> RunningMocks:
    """The libraries as they are on the first day: nothing booked by another test, no fault, no call."""
    own_mocks.reset()
    return own_mocks


@pytest.fixture
async def library(mocks: RunningMocks) -> AsyncIterator[Library]:
    """Open one library as sources.toml has it; further arguments replace its options.

    `url` is where the simulators stand, unless they are to be missed.
    """
    async with AsyncExitStack() as stack:

        async def opened(
            id_: str = "library-district", *, url: str | None = None, **options: Any
        ) -> KohaConnector:
            config = next(s for s in simulated_sources(url or mocks.url) if s.id == id_)
            secret = environment()[config.credential.secret_env]  # type: ignore[union-attr]  # none is open
            upstream = await stack.enter_async_context(
                open_upstream(config, secret, transport=pooled_transport(), now=lambda: NOW)
            )
            given = msgspec.convert(config.options | options, KohaConnector.Options)
            return KohaConnector(upstream, given)

        yield opened


def order(slot: str, *, card: str | None = "044030700000003", **fields: Any) -> Order:
    """An order for a slot of the district library by its reader 3, whose own branch is LGNW."""
    kind = "thing-loan" if slot[:1] == "2" and slot[4:5] == "-" else "biblio-hold"
    given: dict[str, Any] = {
        "reference": REFERENCE,
        "kind": kind,
        "slot": Ref("library-district", slot),
        "resident": "0" * 32,
        "account": card,
        "made": NOW,
        **fields,
    }
    return Order(**given)


def asked(mocks: RunningMocks, simulator: str = "library-district") -> list[str]:
    """Every call since the log was cleared, in order of method and path: those side by side have none."""
    return sorted(f"{call.method} {call.path}" for call in mocks.calls(simulator, token=False))


def wrote(mocks: RunningMocks, simulator: str = "library-district") -> list[str]:
    """The kinds of what was committed, in order."""
    return [entry["kind"] for entry in mocks.ledger(simulator)]


def day(written: str) -> datetime:
    """An instant in the district."""
    return datetime.fromisoformat(f"{written}+08:00")


async def refused(wish: Awaitable[object]) -> Refused:
    """The refusal with which a wish ends."""
    with pytest.raises(Refused) as caught:
        await wish
    return caught.value


def holds(connector: KohaConnector) -> Desk:
    """The desk for titles."""
    return connector.desk("biblio-hold")


def loans(connector: KohaConnector) -> Desk:
    """The desk for things."""
    return connector.desk("thing-loan")
