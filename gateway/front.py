"""The front: Starlette for whatever is on the side, and the graph ahead of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

GRAPH = "/graphql"


class Front(Starlette):
    """Serves `graph` at /graphql without Starlette's routing and handling of exceptions.

    Together they cost as much as the graph's own endpoint, which turns whatever happens into a response
    itself. Where a layer is put around the application (`add_middleware`), or it is mounted below another
    path, the graph is served within, as everything else is: nothing that asks who it is can be passed by.
    """

    def __init__(
        self,
        graph: ASGIApp,
        routes: Sequence[BaseRoute] = (),
        *,
        lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]],
    ) -> None:
        super().__init__(routes=[Route(GRAPH, graph), *routes], lifespan=lifespan)
        self._graph = graph

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run the lifespan."""
        if scope["type"] == "http" and scope["path"] == GRAPH and not self.user_middleware:
            await self._graph(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
