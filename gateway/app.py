"""The application: what answers on which path, and the layers that every request goes through."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.composition import Composition, bind, compose
from gateway.context import GatewayContext
from gateway.endpoint import GraphQLEndpoint
from gateway.examples import read_examples
from gateway.execution.engine import Engine
from gateway.graphiql import graphiql_page, graphiql_routes
from gateway.settings import Settings
from gateway.sources import ConfigurationError, SourceConfig
from gateway.upstream.transport import MakeTransport, pooled_transport
from schema.core.scalars import CHINA
from schema.root import build_schema


class Health:
    """What the probes say: alive as long as the loop turns, ready between start and stop."""

    def __init__(self) -> None:
        self.ready = False

    async def livez(self, _: Request) -> Response:
        """Answer as long as the process can."""
        return JSONResponse({"status": "alive"})

    async def readyz(self, _: Request) -> Response:
        """Say whether new requests are welcome. A source that is down does not make us unready."""
        if self.ready:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready"}, 503)


def create_app(
    settings: Settings,
    sources: Sequence[SourceConfig],
    *,
    environment: Mapping[str, str] = os.environ,
    now: Callable[[], datetime] = lambda: datetime.now(CHINA),
    transport: MakeTransport = pooled_transport,
) -> Starlette:
    """Build the application; ConfigurationError at once where a source cannot work."""
    bound = bind(sources, environment)
    for source in sources:
        if settings.request_timeout_ms <= source.limits.timeout_ms:
            # Every hang would end as the request's deadline, and the breaker would never hear of one.
            raise ConfigurationError(
                f"GATEWAY_REQUEST_TIMEOUT_MS={settings.request_timeout_ms} must be longer than"
                f" limits.timeout_ms={source.limits.timeout_ms} of source {source.id!r}."
            )
    health = Health()
    composition: Composition | None = None

    @asynccontextmanager
    async def open_context() -> AsyncIterator[GatewayContext]:
        if composition is None:
            raise RuntimeError("the application has not been started (ASGI lifespan)")
        async with composition.open_context() as context:
            yield context

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        nonlocal composition
        async with compose(
            bound,
            transport=transport,
            now=now,
            timeout_s=settings.request_timeout_ms / 1000,
            cached_answers=settings.cached_answers,
            search_documents=settings.search_documents,
            search_refresh_s=settings.search_refresh_s,
        ) as composed:
            composition = composed
            if settings.warm_up_ms and settings.cached_answers:
                await composed.warm_up(settings.warm_up_ms / 1000)
            health.ready = True
            try:
                yield
            finally:
                health.ready = False
                composition = None

    engine = Engine(
        build_schema(),
        open_context,
        max_tokens=settings.max_tokens,
        max_depth=settings.max_depth,
        max_cost=settings.max_cost,
        cached_documents=settings.cached_documents,
    )
    examples = read_examples()
    endpoint = GraphQLEndpoint(
        engine,
        page=graphiql_page(examples),
        max_body_bytes=settings.max_body_bytes,
        timeout_s=settings.request_timeout_ms / 1000,
    )
    # Layers around every request, outermost first. There are none yet: who asks (auth), what they
    # may see (privacy), how much (limits) and what is measured (telemetry) have their place here.
    app = Starlette(
        routes=[
            Route("/livez", health.livez),
            Route("/readyz", health.readyz),
            Route("/graphql", endpoint),
            *graphiql_routes(examples),
        ],
        lifespan=lifespan,
    )
    app.state.health = health
    app.state.engine = engine
    return app
