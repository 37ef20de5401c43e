"""Connectors by themselves against the simulators: over the gateway's own upstream and transport."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from connectors.kit import Connector, Order
from gateway.composition import find_connector
from gateway.sources import Limits
from gateway.upstream.client import open_upstream
from gateway.upstream.credentials import read_secret
from gateway.upstream.transport import pooled_transport
from mocks.environment import environment
from mocks.server import RunningMocks
from schema.core.record import Ref
from tests.conftest import NOW, simulated_sources

RESIDENT = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


@asynccontextmanager
async def at_simulator(
    mocks: RunningMocks, source: str, *, url: str = "", timeout_ms: int = 3000
) -> AsyncIterator[Connector]:
    """Open a configured source's connector; its time is the simulators'.

    `url`: another server in the simulators' place; `timeout_ms`: how long a call may take.
    """
    config = next(config for config in simulated_sources(url or mocks.url) if config.id == source)
    config = msgspec.structs.replace(config, limits=Limits(timeout_ms=timeout_ms))
    connector = find_connector(config)
    async with open_upstream(
        config,
        read_secret(config, environment()),
        transport=pooled_transport(),
        now=mocks.world.clock.now,
    ) as upstream:
        yield connector(upstream, msgspec.convert(config.options, connector.Options))


def order(kind: str, source: str, slot: str, number: int = 1, **fields: Any) -> Order:
    """A wish of the resident's; `number` makes another reference."""
    return Order(
        **{
            "reference": f"6b1f0a52-5d0e-4f57-9d6e-{number:012d}",
            "kind": kind,
            "slot": Ref(source, slot),
            "resident": RESIDENT,
            "made": NOW,
            **fields,
        }
    )
