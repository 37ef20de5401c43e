"""The control API under `/_control/`: for tests and demonstrations, never part of a standard."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.asgi import json_response
from mocks.auth import ClientCredentials
from mocks.calls import Calls
from mocks.faults import Faults
from mocks.simulator import Simulator
from mocks.world import World


class Controlled(Protocol):
    """What the control API needs of the running simulators."""

    world: World
    simulators: tuple[Simulator, ...]
    call_log: Calls
    faults: Faults

    def base_url(self, simulator_id: str, server_url: str) -> str:
        """Where a simulator answers, on a server reached at `server_url`."""
        ...

    def reset(self) -> None:
        """Begin anew with a fresh world."""
        ...


def set_tokens(
    simulators: tuple[Simulator, ...], simulator: str, lifetime_s: float | None, revoke: bool
) -> None:
    """Change how long new tokens live, and revoke the live ones; LookupError for an unknown id."""
    for guard in [guard for found in _named(simulators, simulator) for guard in found.auth]:
        if isinstance(guard, ClientCredentials):
            guard.lifetime_s = guard.lifetime_s if lifetime_s is None else lifetime_s
            if revoke:
                guard.revoke()


def create_control(mocks: Controlled) -> Starlette:
    """The routes are thin: each has a Python twin on RunningMocks."""

    async def simulators(request: Request) -> Response:
        server = f"{request.url.scheme}://{request.url.netloc}"
        return json_response(
            [
                {
                    "id": s.id,
                    "standard": s.standard,
                    "name": s.name,
                    "url": mocks.base_url(s.id, server),
                    "auth": [guard.kind for guard in s.auth],
                }
                for s in mocks.simulators
            ]
        )

    async def calls(request: Request) -> Response:
        wanted = request.query_params.get("simulator")
        return json_response([call.as_json() for call in mocks.call_log.of(wanted)])

    async def counts(_: Request) -> Response:
        return json_response(mocks.call_log.counts())

    async def clear_calls(_: Request) -> Response:
        mocks.call_log.clear()
        return Response(status_code=204)

    async def put_faults(request: Request) -> Response:
        switches = await _json_object(request)
        mocks.faults.set(request.path_params["simulator"], switches)
        return json_response(switches)

    async def clear_faults(request: Request) -> Response:
        mocks.faults.clear(request.path_params.get("simulator", "*"))
        return Response(status_code=204)

    async def tokens(request: Request) -> Response:
        wish = msgspec.convert(await _json_object(request), _Tokens)
        set_tokens(mocks.simulators, request.path_params["simulator"], wish.lifetime_s, wish.revoke)
        return Response(status_code=204)

    async def ledger(request: Request) -> Response:
        found = _named(mocks.simulators, request.path_params["simulator"])
        entries = [{"simulator": s.id, **entry} for s in found for entry in mocks.world.ledger.entries(s.id)]
        return json_response(entries)

    async def clear_ledger(_: Request) -> Response:
        mocks.world.ledger.clear()
        return Response(status_code=204)

    async def reset(_: Request) -> Response:
        mocks.reset()
        return Response(status_code=204)

    async def clock(request: Request) -> Response:
        at = (await _json_object(request)).get("at")
        mocks.world.clock.move_to(None if at is None else datetime.fromisoformat(str(at)))
        return json_response({"now": mocks.world.clock.now().isoformat()})

    def route(method: str, path: str, endpoint: Callable[[Request], Any]) -> Route:
        return Route(f"/_control{path}", endpoint, methods=[method])

    return Starlette(
        routes=[
            route("GET", "/simulators", simulators),
            route("GET", "/calls", calls),
            route("DELETE", "/calls", clear_calls),
            route("GET", "/counts", counts),
            route("PUT", "/faults/{simulator}", put_faults),
            route("DELETE", "/faults/{simulator}", clear_faults),
            route("DELETE", "/faults", clear_faults),
            route("POST", "/tokens/{simulator}", tokens),
            route("GET", "/ledger/{simulator}", ledger),
            route("DELETE", "/ledger", clear_ledger),
            route("PUT", "/clock", clock),
            route("POST", "/reset", reset),
        ],
        exception_handlers={LookupError: _not_found, ValueError: _bad_request},
    )


class _Tokens(msgspec.Struct, forbid_unknown_fields=True):
    lifetime_s: float | None = None
    revoke: bool = False


def _named(simulators: tuple[Simulator, ...], wanted: str) -> list[Simulator]:
    found = [s for s in simulators if wanted in ("*", s.id)]
    if not found:
        raise LookupError(f"no simulator is called {wanted}")
    return found


async def _json_object(request: Request) -> dict[str, Any]:
    body = json.loads(await request.body() or b"{}")
    if not isinstance(body, dict):
        raise ValueError("a JSON object is expected")  # noqa: TRY004 — the client's fault, not a type's
    return body


def _not_found(_: Request, error: Exception) -> Response:
    return json_response({"error": str(error)}, 404)


def _bad_request(_: Request, error: Exception) -> Response:
    return json_response({"error": str(error)}, 400)
