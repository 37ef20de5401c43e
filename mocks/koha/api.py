"""What every route of Koha's REST API does: read paths, headers and bodies, and answer errors its way."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.asgi import json_response
from mocks.koha.errors import KohaError, invalid

Endpoint = Callable[[Request], Awaitable[Response]]

_TYPES: dict[str, tuple[type, ...]] = {"integer": (int,), "string": (str,), "boolean": (bool,)}


def route(method: str, path: str, endpoint: Endpoint) -> Route:
    """A route below /api/v1 whose KohaErrors become answers."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except KohaError as error:
            return json_response(error.body, error.status)

    return Route(f"/api/v1{path}", answered, methods=[method])


def refusal(status: int, _: str) -> Response:
    return json_response({"error": "Authentication failure."}, status)


async def unknown_path(_: Request, __: Exception) -> Response:
    """What the OpenAPI plugin says to a path or method that the specification does not have."""
    return json_response({"errors": [{"message": "Not Found.", "path": "/"}], "status": 404}, 404)


def embeds(request: Request, allowed: Collection[str]) -> list[str]:
    """What `x-koha-embed` asks for; what is not allowed is refused with a bare string."""
    header = request.headers.get("x-koha-embed", "")
    wanted = [name.strip() for name in header.split(",") if name.strip()]
    if wanted and not allowed:
        raise KohaError(400, "Embedding objects is not allowed on this endpoint.")
    for name in wanted:
        if name not in allowed:
            raise KohaError(
                400, f"Embedding {name} is not authorised. Check your x-koha-embed headers or remove it."
            )
    return wanted


async def body(request: Request, properties: Mapping[str, str], required: Collection[str]) -> dict[str, Any]:
    """The request's JSON object. `properties` gives each one's type, with a `?` where null is allowed."""
    try:
        found = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise invalid(("/body", "Malformed JSON.")) from None
    if not isinstance(found, dict):
        raise invalid(("/body", "Expected object."))
    faults = [(f"/body/{name}", "Missing property.") for name in required if name not in found]
    if unknown := [name for name in found if name not in properties]:
        faults.append(("/body", f"Properties not allowed: {', '.join(unknown)}."))
    for name, value in found.items():
        wanted = properties.get(name, "?")
        if value is None and wanted.endswith("?"):
            continue
        kinds = _TYPES.get(wanted.rstrip("?"), (object,))
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            given = "null" if value is None else type(value).__name__
            faults.append((f"/body/{name}", f"Expected {wanted.rstrip('?')} - got {given}."))
    if faults:
        raise invalid(*faults)
    return found


def day(value: str | None, path: str) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        raise invalid((path, "Does not match date format.")) from None


def moment(value: str, path: str) -> datetime:
    """An RFC 3339 date and time, with its offset."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise invalid((path, "Does not match date-time format."))
    return found
