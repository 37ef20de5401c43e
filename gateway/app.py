"""The application: what answers on which path, and the layers that every request goes through."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from importlib import import_module

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.kit import ReplicaConnector
from gateway.auth.identity import Verify
from gateway.auth.who import WhoAsks
from gateway.composition import Composition, OpenContext, bind, compose
from gateway.download import bookings_route
from gateway.endpoint import GraphQLEndpoint
from gateway.examples import read_examples
from gateway.execution.engine import Engine
from gateway.execution.sharing import Sharing
from gateway.front import Front
from gateway.graphiql import graphiql_page, graphiql_routes
from gateway.photos.endpoint import PhotoEndpoint
from gateway.replica.files import prepare
from gateway.settings import Settings
from gateway.sources import ConfigurationError, SourceConfig
from gateway.upstream.transport import MakeTransport, pooled_transport
from schema.core.scalars import CHINA
from schema.core.viewer import Viewer
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
    verify: Verify | None = None,
) -> Starlette:
    """Build the application; ConfigurationError at once where a source or the sign-on cannot work.

    `verify` judges tokens in place of the sign-on that the settings name.
    """
    bound = bind(sources, environment)
    for source in sources:
        if settings.request_timeout_ms <= source.limits.timeout_ms:
            # Every hang would end as the request's deadline, and the breaker would never hear of one.
            raise ConfigurationError(
                f"GATEWAY_REQUEST_TIMEOUT_MS={settings.request_timeout_ms} must be longer than"
                f" limits.timeout_ms={source.limits.timeout_ms} of source {source.id!r}."
            )
    if any(issubclass(source.connector, ReplicaConnector) for source in bound):
        prepare(settings.state_dir)
    who = WhoAsks(settings, now=now, transport=transport, verify=verify)
    health = Health()
    photos = PhotoEndpoint(
        who.bearer,
        settings.public_base,
        max_bytes=settings.max_photo_bytes,
        timeout_s=settings.request_timeout_ms / 1000,
    )
    composition: Composition | None = None

    def open_context(viewer: Viewer | None) -> OpenContext:
        if composition is None:
            raise RuntimeError("the application has not been started (ASGI lifespan)")
        return composition.open_context(viewer)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        nonlocal composition
        async with (
            who.running(),
            compose(
                bound,
                transport=transport,
                now=now,
                timeout_s=settings.request_timeout_ms / 1000,
                cached_answers=settings.cached_answers,
                state_dir=settings.state_dir,
                search_documents=settings.search_documents,
                search_refresh_s=settings.search_refresh_s,
            ) as composed,
        ):
            composition = composed
            if settings.warm_up_ms:
                await composed.warm_up(settings.warm_up_ms / 1000)
            async with AsyncExitStack() as stack:
                if settings.database_url != "none":
                    # Late: what keeps commands takes half a second to import, and what shows them as a file.
                    from gateway.commands.opening import open_commands

                    import_module("gateway.calendar")

                    kept = await stack.enter_async_context(open_commands(settings, composed, who.pseudonyms))
                    composition = replace(composed, bookings=kept.bookings, reports=kept.reports)
                    photos.store = kept.photos
                health.ready = True
                try:
                    yield
                finally:
                    health.ready = False
                    photos.store = None
            composition = None

    # At most a tenth of its own time is what a request may lose by joining another's run.
    join_within_s = min(settings.share_ms, settings.request_timeout_ms / 10) / 1000
    engine = Engine(
        build_schema(),
        open_context,
        sharing=Sharing(join_within_s=join_within_s) if settings.share_ms else None,
        max_tokens=settings.max_tokens,
        max_depth=settings.max_depth,
        max_cost=settings.max_cost,
        cached_documents=settings.cached_documents,
    )
    examples = read_examples()
    endpoint = GraphQLEndpoint(
        engine,
        page=graphiql_page(examples),
        who=who.bearer,
        max_body_bytes=settings.max_body_bytes,
        timeout_s=settings.request_timeout_ms / 1000,
    )
    # Layers that every request goes through, outermost first:
    #   telemetry   what is measured. To come: around the endpoint, so that refusals are measured too
    #   who asks    gateway.auth, in the endpoint: before a body is read, and before what depends on a person
    #   limits      how much one may ask: by viewer, else by address. To come: in the endpoint, once it is
    #               known who asks; what one operation may cost is held by the engine already
    #   privacy     what the viewer may see: consent, masking, audit. To come: in the engine, where an
    #               operation is planned; the audit is written before a value is released
    app = Front(
        endpoint,
        [
            Route("/livez", health.livez),
            Route("/readyz", health.readyz),
            Route("/photos", photos.upload),
            Route("/photos/{id}", photos.show),
            bookings_route(who.bearer, open_context, settings.request_timeout_ms / 1000),
            *graphiql_routes(examples),
        ],
        lifespan=lifespan,
    )
    app.state.health = health
    app.state.who = who
    app.state.engine = engine
    return app
