"""Desks of the simulators that speak OpenActive: over a whole copy, in a world where nobody has booked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from connectors.kit import Desk
from connectors.openactive.connector import OpenActive
from connectors.openactive.options import OpenActiveOptions
from gateway.replica.replicas import Replicas
from gateway.request import request_scope
from gateway.sources import SourceConfig
from gateway.upstream.client import open_upstream
from gateway.upstream.transport import HttpxTransport, Transport
from mocks.server import RunningMocks
from tests.conftest import NOW

OpenDesk = Callable[..., Awaitable[Desk]]


@asynccontextmanager
async def desks(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], copies: Path
) -> AsyncIterator[OpenDesk]:
    """Open desks of sources: `await make("sports-dayun", "court-slot", url=…)`; their clock is the world's.

    Further arguments are fields of the source. `copies` is what the fixture filled_copies gives. The world
    is made anew before and after, at NOW.
    """
    mocks.reset()
    try:
        async with AsyncExitStack() as stack:
            stack.enter_context(request_scope(60))

            async def make(
                source: str = "sports-dayun",
                kind: str = "court-slot",
                *,
                transport: Transport | None = None,
                **change: Any,
            ) -> Desk:
                config = next(one for one in sources if one.id == source)
                asked = msgspec.structs.replace(config, **change)
                upstream = await stack.enter_async_context(
                    open_upstream(
                        asked,
                        f"secret-of-{source}",
                        transport=transport or HttpxTransport(),
                        now=mocks.world.clock.now,
                    )
                )
                replicas = Replicas(copies, lambda: NOW)
                stack.callback(replicas.close)
                options = msgspec.convert(asked.options, OpenActiveOptions)
                connector = OpenActive(upstream, options, replicas.of(source))
                await stack.enter_async_context(replicas.filling(config, connector.feeds()))
                return connector.desk(kind)

            yield make
    finally:
        mocks.world.clock.move_to(NOW)
        mocks.reset()
