"""The servers under load: this gateway, and beside it the baselines that it is measured against."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from strawberry.asgi import GraphQL

from gateway.app import create_app
from gateway.composition import Composition, bind, compose
from gateway.settings import Settings
from gateway.sources import read_sources
from gateway.upstream.transport import pooled_transport
from schema.core.scalars import CHINA
from schema.root import build_schema


def gateway() -> Starlette:
    """This gateway, all its layers on."""
    settings = Settings.load()
    return create_app(settings, read_sources(settings.sources))


def starlette() -> Starlette:
    """Starlette alone, answering a constant: the floor of the framework."""

    async def answer(request: Request) -> Response:
        await request.body()
        return JSONResponse({"data": {"subdistricts": []}})

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])])


def strawberry() -> Starlette:
    """The same schema, connectors and cache behind Strawberry's own ASGI endpoint."""
    composition: Composition | None = None
    settings = Settings.load()

    class Endpoint(GraphQL[Any, None]):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            assert composition is not None
            async with composition.open_context() as context:
                scope["context"] = context
                await super().__call__(scope, receive, send)

        async def get_context(self, request: Any, response: Any) -> Any:
            return request.scope["context"]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        nonlocal composition
        bound = bind(read_sources(settings.sources), os.environ)
        async with compose(
            bound,
            transport=pooled_transport,
            now=lambda: datetime.now(CHINA),
            timeout_s=10,
            cached_answers=settings.cached_answers,
        ) as opened:
            composition = opened
            yield

    return Starlette(
        routes=[Route("/graphql", Endpoint(build_schema(), graphql_ide=None))], lifespan=lifespan
    )


SERVERS = {"gateway": gateway, "starlette": starlette, "strawberry": strawberry}

if __name__ == "__main__":
    name, port = sys.argv[1], int(sys.argv[2])
    os.chdir(Path(__file__).parent.parent)
    uvicorn.run(
        SERVERS[name](),
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_level="error",
        access_log=False,
    )
