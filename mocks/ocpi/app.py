"""The routes of one charge point operator: versions, locations, tariffs, and the envelope around all."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mocks.asgi import json_response
from mocks.faults import switched
from mocks.ocpi.locations import Json, Locations, instant
from mocks.ocpi.tariffs import tariffs
from mocks.world import World
from mocks.world.charging import OPERATORS

_PAGE = {"charging-grid": 50, "charging-swift": 25}
_ROOT = "/ocpi/cpo/2.2.1"
_LOWERED = ("id", "uid", "evse_id")

Listed = list[tuple[datetime, Json]]
Endpoint = Callable[[Request], Awaitable[Response]]


class BadParameterError(Exception):
    """A parameter that the standard does not allow: status code 2001, and 200 by HTTP."""


def create_app(world: World, operator: str) -> Starlette:
    module = _Module(world, operator)
    routes = {
        "/ocpi/versions": module.versions,
        "/ocpi/2.2.1": module.details,
        f"{_ROOT}/locations": module.locations,
        f"{_ROOT}/locations/{{id}}": module.location,
        f"{_ROOT}/locations/{{id}}/{{uid}}": module.location,
        f"{_ROOT}/locations/{{id}}/{{uid}}/{{connector}}": module.location,
        f"{_ROOT}/tariffs": module.tariffs,
    }
    return Starlette(
        routes=[
            Route(path + end, _slashed(endpoint), methods=["GET"])
            for path, endpoint in routes.items()
            for end in ("", "/")
        ],
        exception_handlers={BadParameterError: _bad_parameter, HTTPException: _http_error},
    )


def refused(status: int, message: str) -> Response:
    """Whoever has no token is told so in the envelope."""
    return _envelope(None, 2001, message, status)


class _Module:
    """What the CPO shows to an eMSP."""

    def __init__(self, world: World, operator: str) -> None:
        self._world = world
        self._operator = operator
        self._locations = Locations(world, operator)

    async def versions(self, request: Request) -> Response:
        return self._answer(request, [{"version": "2.2.1", "url": _url(request, "/ocpi/2.2.1")}])

    async def details(self, request: Request) -> Response:
        endpoints = [
            {"identifier": name, "role": "SENDER", "url": _url(request, f"{_ROOT}/{name}")}
            for name in ("locations", "tariffs")
        ]
        return self._answer(request, {"version": "2.2.1", "endpoints": endpoints})

    async def locations(self, request: Request) -> Response:
        return self._page(request, f"{_ROOT}/locations", self._locations.all())

    async def tariffs(self, request: Request) -> Response:
        return self._page(request, f"{_ROOT}/tariffs", tariffs(self._operator, OPERATORS[self._operator][2]))

    async def location(self, request: Request) -> Response:
        found: Json | None = None
        wanted = request.path_params
        found = _one([location for _, location in self._locations.all()], "id", wanted["id"])
        if "uid" in wanted:
            found = _one(found["evses"] if found else [], "uid", wanted["uid"])
        if "connector" in wanted:
            found = _one(found["connectors"] if found else [], "id", wanted["connector"])
        if found is None:
            raise HTTPException(404, "2003 Unknown Location")
        return self._answer(request, found)

    def _page(self, request: Request, path: str, listed: Listed) -> Response:
        begin, end = _instant(request, "date_from"), _instant(request, "date_to")
        offset, most = _whole(request, "offset", 0), _PAGE[self._operator]
        limit = min(_whole(request, "limit", most), most)
        found = [item for at, item in listed if (begin is None or at >= begin) and (end is None or at < end)]
        headers = {"x-total-count": str(len(found)), "x-limit": str(most)}
        if offset + limit < len(found):
            query = {**request.query_params, "offset": offset + limit, "limit": limit}
            here = (
                "https://www.example.com/ocpi/cpo/VersionNumber.v_2_2_1/ModuleID.locations/"
                if switched(request.scope, "bad_link")
                else _url(request, path)
            )
            headers["link"] = f'<{here}?{urlencode(query)}>; rel="next"'
        return self._answer(request, found[offset : offset + limit], headers)

    def _answer(self, request: Request, data: Any, headers: Mapping[str, str] | None = None) -> Response:
        if switched(request.scope, "lower_ids"):
            data = _lowered(data)
        return _envelope(data, 1000, "Success", 200, headers, self._world.clock.now())


def _one(items: list[Json], name: str, value: str) -> Json | None:
    """Ids are case-insensitive."""
    return next((item for item in items if item[name].lower() == value.lower()), None)


def _slashed(endpoint: Endpoint) -> Endpoint:
    """Before an endpoint: the redirect of frameworks that keep their routes with a slash at the end."""

    async def answer(request: Request) -> Response:
        if switched(request.scope, "slash") and not request.url.path.endswith("/"):
            return RedirectResponse(str(request.url.replace(path=f"{request.url.path}/")), 307)
        return await endpoint(request)

    return answer


def _url(request: Request, path: str) -> str:
    root = request.scope.get("root_path", "")
    return f"{request.url.scheme}://{request.url.netloc}{root}{path}"


def _instant(request: Request, name: str) -> datetime | None:
    value = request.query_params.get(name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise BadParameterError(f"{name} is not a valid timestamp") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _whole(request: Request, name: str, default: int) -> int:
    value = request.query_params.get(name)
    if value is None:
        return default
    if not value.isdecimal():
        raise BadParameterError(f"{name} is not a number")
    return int(value)


def _lowered(data: Any) -> Any:
    if isinstance(data, list):
        return [_lowered(item) for item in data]
    if isinstance(data, dict):
        return {
            key: value.lower() if key in _LOWERED and isinstance(value, str) else _lowered(value)
            for key, value in data.items()
        }
    return data


def _envelope(
    data: Any, code: int, message: str, status: int = 200, headers: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Response:  # fmt: skip
    body: Json = {
        "status_code": code,
        "status_message": message,
        "timestamp": instant(now or datetime.now(UTC)),
    }
    return json_response(body if data is None else {"data": data, **body}, status, headers)


async def _bad_parameter(request: Request, error: Exception) -> Response:
    if switched(request.scope, "bare_errors"):
        return json_response({"detail": [{"msg": str(error)}]}, 422)
    return _envelope(None, 2001, str(error))


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "Error"
    if switched(request.scope, "bare_errors"):
        return json_response({"detail": "Not Found" if status == 404 else detail}, status)
    code = 2003 if detail.startswith("2003") else 2000 if status < 500 else 3000
    return _envelope(None, code, detail, status)
