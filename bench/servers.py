"""The servers under load by name: `python -m bench.servers NAME PORT`, one process each.

`graph-…` serve the sources that the environment names, as `python -m gateway serve` does; `posts-…` serve
the public workload over BENCH_UPSTREAM; `lots-…` serve our graph over car parks held in memory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp
from strawberry.asgi import GraphQL

from bench.gateway import Held, application, bound
from bench.lots import Lots
from bench.posts.connector import Posts
from bench.posts.rivals import bare_app, constant_app, joined_app, strawberry_app
from bench.posts.types import posts_schema
from gateway.app import create_app
from gateway.composition import bind
from gateway.context import GatewayContext
from gateway.server import settle_memory
from gateway.settings import Settings
from gateway.sources import read_sources
from schema.root import build_schema

OpenContext = Callable[[], AbstractAsyncContextManager[GatewayContext]]


def graph_gateway() -> Starlette:
    """This gateway as it is served."""
    settings = Settings.load()
    settle_memory()
    return create_app(settings, read_sources(settings.sources))


def graph_strawberry() -> Starlette:
    """The same schema, connectors, loaders and cache behind Strawberry's own endpoint and executor."""
    settings = Settings.load()
    held = Held(
        build_schema(),
        bind(read_sources(settings.sources), os.environ),
        cached_answers=settings.cached_answers,
    )
    return _behind_strawberry(build_schema(), held)


def lots_gateway() -> Starlette:
    """This gateway's layers over car parks held in memory."""
    return application(Held(build_schema(), [bound(Lots, "lots")]))


def lots_strawberry() -> Starlette:
    """The same behind Strawberry's own endpoint and executor."""
    return _behind_strawberry(build_schema(), Held(build_schema(), [bound(Lots, "lots")]))


def posts_gateway(*, share: bool = False) -> Starlette:
    """This gateway's layers over the public workload's REST server."""
    sources = [bound(Posts, "posts", os.environ["BENCH_UPSTREAM"])]
    return application(Held(posts_schema(), sources, share=share))


def _behind_strawberry(schema: strawberry.Schema, held: Held) -> Starlette:
    class Endpoint(GraphQL[Any, None]):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async with held.open_context() as context:
                scope["context"] = context
                await super().__call__(scope, receive, send)

        async def get_context(self, request: Any, response: Any) -> Any:
            return request.scope["context"]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with held.open():
            yield

    return Starlette(routes=[Route("/graphql", Endpoint(schema, graphql_ide=None))], lifespan=lifespan)


SERVERS: Mapping[str, Callable[[], ASGIApp]] = {
    "graph-gateway": graph_gateway,
    "graph-strawberry": graph_strawberry,
    "lots-gateway": lots_gateway,
    "lots-strawberry": lots_strawberry,
    "posts-gateway": posts_gateway,
    "posts-gateway-sharing": lambda: posts_gateway(share=True),
    "posts-strawberry": lambda: strawberry_app(os.environ["BENCH_UPSTREAM"]),
    "posts-joined": lambda: joined_app(os.environ["BENCH_UPSTREAM"]),
    "posts-constant": constant_app,
    "posts-bare": bare_app,
}

if __name__ == "__main__":
    uvicorn.run(
        SERVERS[sys.argv[1]](),
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="auto",
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
