"""The front: the graph ahead of Starlette, unless a layer stands before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.front import Front

seen: list[str] = []


class Graph:
    """Says whether Starlette has had its hands on the request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("routed" if "router" in scope else "ahead")(scope, receive, send)


async def beside(_: object) -> Response:
    """Something else that is served."""
    return PlainTextResponse("beside")


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    seen.append("started")
    yield
    seen.append("stopped")


def front() -> Front:
    return Front(Graph(), [Route("/livez", beside)], lifespan=lifespan)


class Guard:
    """A layer that notes who passes it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["path"])
        await self._app(scope, receive, send)


async def get(app: ASGIApp, path: str) -> tuple[int, str]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        response = await client.get(path)
        return response.status_code, response.text


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/graphql", (200, "ahead")),
        ("/graphql?query=x", (200, "ahead")),
        ("/livez", (200, "beside")),
        ("/graphql/x", (404, "Not Found")),
    ],
)
async def test_the_graph_is_ahead_of_routing(path: str, answer: tuple[int, str]) -> None:
    """It is reached at once; everything else goes through Starlette."""
    assert await get(front(), path) == answer


async def test_no_layer_is_passed_by() -> None:
    """A layer sees the graph's requests as it sees the others."""
    seen.clear()
    app = front()
    app.user_middleware.append(Middleware(Guard))
    assert await get(app, "/graphql") == (200, "routed")
    assert await get(app, "/livez") == (200, "beside")
    assert seen == ["/graphql", "/livez"]


async def test_below_another_path_the_graph_is_served_too() -> None:
    """A mounted gateway is routed to."""
    assert await get(Starlette(routes=[Mount("/city", front())]), "/city/graphql") == (200, "routed")


async def test_the_lifespan_runs() -> None:
    """Start and stop reach the application."""
    seen.clear()
    app = front()
    async with app.router.lifespan_context(app):
        assert seen == ["started"]
    assert seen == ["started", "stopped"]
