"""The routes of a volunteering platform."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from mocks.asgi import json_response
from mocks.auth import ApiKey, protect
from mocks.engagement.applications import Applications, RefusedError
from mocks.engagement.rows import row
from mocks.world import World
from mocks.world.missions import Mission, Platform

_KM_PER_DEGREE = 111.195
_OLD_PAGE = 30
_YES_NO = {"yes": True, "no": False}


def create_app(world: World, identity: str, key: ApiKey, *, old: bool) -> ASGIApp:
    desk = _Desk(world, identity, old)
    app = Starlette(
        routes=[
            Route("/v0/mission", desk.find, methods=["GET"]),
            Route("/v0/mission/{id}", desk.one, methods=["GET"]),
            Route("/v0/mission/{id}/application", desk.apply, methods=["POST"]),
            Route("/v0/application/{reference}", desk.application, methods=["GET"]),
            Route("/v0/application/{reference}", desk.cancel, methods=["DELETE"]),
        ],
        exception_handlers={RefusedError: _refused, HTTPException: _http_error},
    )
    return protect(app, key, refusal=lambda _status, _message: PlainTextResponse("Unauthorized", 401))


class _Desk:
    """One endpoint each; the platform is read when a request comes."""

    def __init__(self, world: World, identity: str, old: bool) -> None:
        self._world = world
        self._id = identity
        self._old = old

    @cached_property
    def _platform(self) -> Platform:
        return self._world.volunteering[self._id]

    @cached_property
    def _by_id(self) -> Mapping[str, Mission]:
        return {mission.id: mission for mission in self._platform.missions}

    @cached_property
    def _applications(self) -> Applications:
        return Applications(self._world, self._id)

    async def find(self, request: Request) -> Response:
        limit = _number(request, "limit", 25, 10_000)
        skip = _number(request, "skip", 0)
        tests = _tests(request, self._platform.plan.publisher)
        found = [
            mission
            for mission in sorted(self._platform.missions, key=lambda m: (m.created, m.id), reverse=True)
            if mission.deleted is None and not mission.refused and all(test(mission) for test in tests)
        ]
        page = found[int(skip) :][: int(min(limit, _OLD_PAGE) if self._old else limit)]
        answer = {
            "ok": True,
            "total": len(found),
            "data": [self._row(mission) for mission in page],
            "limit": int(limit),
            "skip": int(skip),
        }
        return json_response(answer)

    async def one(self, request: Request) -> Response:
        return json_response({"ok": True, "data": self._row(self._mission(request))})

    async def apply(self, request: Request) -> Response:
        mission = self._mission(request)
        made, fresh = self._applications.apply(mission, _body(await request.body()))
        return json_response({"ok": True, "data": made}, 201 if fresh else 200)

    async def application(self, request: Request) -> Response:
        return json_response({"ok": True, "data": self._applications.get(request.path_params["reference"])})

    async def cancel(self, request: Request) -> Response:
        reference = request.path_params["reference"]
        return json_response({"ok": True, "data": self._applications.cancel(reference, self._by_id)})

    def _mission(self, request: Request) -> Mission:
        mission = self._by_id.get(request.path_params["id"])
        if mission is None:
            raise RefusedError(404, "NOT_FOUND")
        return mission

    def _row(self, mission: Mission) -> dict[str, Any]:
        return row(mission, self._platform.plan, self._applications.places_left(mission), old=self._old)


def _tests(request: Request, publisher: str) -> list[Callable[[Mission], bool]]:
    """One test a filter that was given; what is no filter of the API is ignored, as there."""
    tests: list[Callable[[Mission], bool]] = []
    values: dict[str, Callable[[Mission], str]] = {
        "clientId": lambda mission: mission.client_id,
        "domain": lambda mission: mission.kind.domain,
        "activity": lambda mission: mission.kind.activity,
        "remote": lambda mission: mission.kind.remote,
        "city": lambda mission: "深圳市" if mission.sites else "",
        "publisher": lambda _: publisher,
    }
    for name, value in values.items():
        if (wanted := _values(request, name)) is not None:
            tests.append(partial(_among, value, wanted))
    if (minors := _YES_NO.get(request.query_params.get("openToMinors", ""))) is not None:
        tests.append(lambda mission: mission.kind.minors is minors)
    if words := request.query_params.get("keywords"):
        tests.append(lambda mission: words in mission.title or words in mission.kind.description)
    if (span := _span(request)) is not None:
        tests.append(lambda mission: span(mission.start))
    if (box := _box(request)) is not None:
        tests.append(lambda mission: any(box(s.position) for s in mission.sites if s.position is not None))
    return tests


def _among(value: Callable[[Mission], str], wanted: set[str], mission: Mission) -> bool:
    return value(mission) in wanted


def _values(request: Request, name: str) -> set[str] | None:
    """Given once it may be a comma list; repeated, each is taken as it is."""
    given = request.query_params.getlist(name)
    if not given or given == [""]:
        return None
    parts = given[0].split(",") if len(given) == 1 else given
    return {part.strip() for part in parts} - {""}


def _span(request: Request) -> Callable[[datetime], bool] | None:
    """`gt:` and `lt:` a date; what cannot be read is no filter."""
    operation, _, written = request.query_params.get("startAt", "").partition(":")
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return (lambda start: start > at) if operation == "gt" else (lambda start: start < at)


def _box(request: Request) -> Callable[[tuple[float, float]], bool] | None:
    """The box around the circle asked for: wider than it at the corners. A 0 counts as not given."""
    lat, lon = (_number(request, name, 0, 180, -180) for name in ("lat", "lon"))
    if not (lat and lon):
        return None
    given = request.query_params.get("distance") or "50km"
    written = "10km" if given in ("0", "0km") else given
    try:
        km = float(written.removesuffix("km"))
    except ValueError:
        raise RefusedError(400, "INVALID_QUERY") from None
    high = km / _KM_PER_DEGREE
    wide = high / math.cos(math.radians(lat))
    return lambda position: abs(position[0] - lat) <= high and abs(position[1] - lon) <= wide


def _number(request: Request, name: str, default: float, most: float = math.inf, least: float = 0) -> float:
    given = request.query_params.get(name)
    if given is None:
        return default
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise RefusedError(400, "INVALID_QUERY")
    return value


def _body(raw: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise RefusedError(400, "INVALID_BODY")
    return body


async def _refused(_: Request, error: Exception) -> Response:
    status, code = (error.status, error.code) if isinstance(error, RefusedError) else (500, "SERVER_ERROR")
    return json_response({"ok": False, "code": code}, status)


async def _http_error(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return json_response({"ok": False, "code": "NOT_FOUND"}, status)
