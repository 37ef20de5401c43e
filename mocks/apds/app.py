"""The routes of one APDS operator."""

import secrets

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.apds.places import Places
from mocks.apds.query import BadQueryError, Json, listing, status, text
from mocks.apds.rights import Rights
from mocks.asgi import json_response
from mocks.world import World
from mocks.world.parking import OPERATORS

_TOPICS = frozenset(
    {
        "AssignedRightCreated", "AssignedRightUpdated", "AssignedRightDeleted",
        "SessionCreated", "SessionUpdated", "SessionDeleted", "SystemEvents",
    }
)  # fmt: skip


def create_app(world: World, operator: str) -> Starlette:
    places, rights, organisation = (
        Places(world, operator),
        Rights(world, operator),
        _Organisation(world, operator),
    )
    return Starlette(
        routes=[
            Route("/places", places.find, methods=["GET"]),
            Route("/places/{id}", places.one, methods=["GET"]),
            Route("/rates", rights.tariffs.list_rates, methods=["GET"]),
            Route("/rates/{id}", rights.tariffs.one_rate, methods=["GET"]),
            Route("/rights/specs", rights.tariffs.list_specs, methods=["GET"]),
            Route("/rights/specs/{id}", rights.tariffs.one_spec, methods=["GET"]),
            Route("/rights/assigned", rights.find, methods=["GET"]),
            Route("/rights/assigned", rights.create, methods=["POST"]),
            Route("/rights/assigned/{id}", rights.one, methods=["GET"]),
            Route("/rights/assigned/{id}", rights.delete, methods=["DELETE"]),
            Route("/sessions", rights.sessions, methods=["GET"]),
            Route("/contacts", organisation.find, methods=["GET"]),
            Route("/webhooks", organisation.subscribe, methods=["POST"]),
        ],
        exception_handlers={BadQueryError: _bad_query, HTTPException: _http_error},
    )


class _Organisation:
    """Who runs the car parks, and who wants to be told; subscriptions are kept, nothing is ever sent."""

    def __init__(self, world: World, operator: str) -> None:
        self._world = world
        self._operator = operator

    async def find(self, request: Request) -> Response:
        wanted = request.query_params.get("type") or "operator"
        found = [self._operator] if wanted == "operator" else []
        return listing(request, found, self._contact, self._world.clock.now())

    async def subscribe(self, request: Request) -> Response:
        try:
            wish = orjson.loads(await request.body())
        except ValueError:
            wish = None
        endpoint, topics = (
            (wish.get("endpoint"), wish.get("topics")) if isinstance(wish, dict) else (None, None)
        )
        if not (isinstance(endpoint, str) and endpoint.startswith(("http://", "https://"))):
            return status(400, "The subscription needs an endpoint.")
        if not (isinstance(topics, list) and topics and set(map(str, topics)) <= _TOPICS):
            return status(400, f"The subscription needs topics among {', '.join(sorted(_TOPICS))}.")
        identity = secrets.token_hex(8)
        self._world.ledger.record(
            self._operator, "subscription.created", id=identity, endpoint=endpoint, topics=topics
        )
        return json_response(
            {"id": identity, "status": "ok", "code": 200, "message": "Subscription created."}
        )

    def _contact(self, operator: str) -> Json:
        return {
            "contactType": "contactPoint",
            "id": operator,
            "version": 1,
            "type": "operator",
            "organisationName": text(*OPERATORS[operator]),
        }


async def _bad_query(_: Request, error: Exception) -> Response:
    return status(400, str(error))


async def _http_error(_: Request, error: Exception) -> Response:
    code = error.status_code if isinstance(error, HTTPException) else 500
    return status(
        code, {404: "There is no such resource.", 405: "The method is not allowed."}.get(code, "Error.")
    )
