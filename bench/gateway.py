"""This gateway's layers around a schema and connectors of the benchmark's own choosing.

`gateway.app` finds schema and connectors by name; here they are given. Everything between the socket and
the connector is the same: endpoint, engine, request, loaders, cache, router, upstream.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import strawberry
from starlette.applications import Starlette

from connectors.kit import Connector, NoOptions
from gateway.composition import BoundSource, Composition, OpenContext, compose
from gateway.endpoint import GraphQLEndpoint
from gateway.execution.engine import Engine
from gateway.execution.sharing import Sharing
from gateway.front import Front
from gateway.server import settle_memory
from gateway.sources import Limits, SourceConfig
from gateway.upstream.transport import pooled_transport
from schema.core.scalars import CHINA
from schema.core.viewer import Viewer

TIMEOUT_S = 60.0
"""A slow rival's queue must show as latency, not as errors."""


class Held:
    """A composition while it is open, and an engine over it.

    `share` runs identical queries in flight once, as `gateway.app` does unless it is told otherwise.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        sources: Sequence[BoundSource],
        *,
        share: bool = False,
        cached_answers: int = 20_000,
    ) -> None:
        self._sources = sources
        self._cached_answers = cached_answers
        self._composition: Composition | None = None
        self.engine = Engine(schema, self.open_context, sharing=Sharing(join_within_s=1.0) if share else None)

    def open_context(self, viewer: Viewer | None = None) -> OpenContext:
        """Open a request."""
        assert self._composition is not None
        return self._composition.open_context(viewer)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Open the sources' clients; nothing is asked ahead."""
        async with compose(
            self._sources,
            transport=pooled_transport,
            now=lambda: datetime.now(CHINA),
            timeout_s=TIMEOUT_S,
            cached_answers=self._cached_answers,
        ) as composition:
            self._composition = composition
            yield
            self._composition = None


def bound(connector: type[Connector], source: str, url: str = "http://127.0.0.1:9") -> BoundSource:
    """Bind a connector, without credential and options; one that holds its records asks no address."""
    # As many calls as there are clients: the bulkhead protects a source that this one need not fear for.
    limits = Limits(concurrency=1_000, timeout_ms=int(TIMEOUT_S * 1000))
    config = SourceConfig(id=source, name=source, connector=source, url=url, limits=limits)
    return BoundSource(config, connector, NoOptions(), "")


def application(held: Held) -> Starlette:
    """Serve it at /graphql as `gateway.app` does."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with held.open():
            settle_memory()
            yield

    return Front(GraphQLEndpoint(held.engine), lifespan=lifespan)
