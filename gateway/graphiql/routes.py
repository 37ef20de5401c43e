"""Where the page and its files are served."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.graphiql.files import PREFIX, read_assets
from gateway.graphiql.page import Example, graphiql_page


def graphiql_routes(examples: Sequence[Example]) -> list[BaseRoute]:
    """Give the routes of the page, at `/`, and of its files."""
    assets = read_assets()
    page = graphiql_page(examples)

    async def serve_page(_request: Request) -> Response:
        return page

    async def serve_asset(request: Request) -> Response:
        asset = assets.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        return asset.response(request)

    return [Route("/", serve_page), Route(PREFIX + "/{name}", serve_asset)]
