"""Download: a resident's bookings as a file, `GET /me/bookings.ics`, for who shows a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.composition import OpenContext
from gateway.execution.errors import internal_error, public_error
from gateway.http.caching import PRIVATE
from gateway.http.errors import HttpError
from gateway.http.headers import request_headers
from gateway.request import request_scope
from schema.core.errors import Code, PublicError, Unauthenticated
from schema.core.viewer import Viewer

PATH = "/me/bookings.ics"
_STATUS = {Code.UNAUTHENTICATED: 401, Code.WRITES_UNAVAILABLE: 503}
_HEADERS = {
    "cache-control": PRIVATE.decode(),
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}


def bookings_route(
    who: Callable[[bytes], Awaitable[Viewer]],
    open_context: Callable[[Viewer | None], OpenContext],
    timeout_s: float,
) -> Route:
    """Give the route. Errors have the form that they have in the graph, and HTTP's own status."""

    async def answer(request: Request) -> Response:
        try:
            with request_scope(timeout_s):
                return await _calendar(request, who, open_context)
        except HttpError as error:
            headers = {name.decode(): value.decode() for name, value in error.headers.items()}
            return _refusal(public_error(error), error.status, headers)
        except PublicError as error:
            headers = {"www-authenticate": "Bearer"} if error.code is Code.UNAUTHENTICATED else {}
            return _refusal(public_error(error), _STATUS.get(error.code, 500), headers)
        except Exception as error:
            return _refusal(internal_error(error), 500, {})

    return Route(PATH, answer, methods=["GET"])


async def _calendar(
    request: Request,
    who: Callable[[bytes], Awaitable[Viewer]],
    open_context: Callable[[Viewer | None], OpenContext],
) -> Response:
    authorization = request_headers(request.scope).get(b"authorization")
    if authorization is None:
        raise Unauthenticated
    viewer = await who(authorization)
    async with open_context(viewer) as context:
        bookings = await context.bookings.all(viewer)
    # Late: it takes a quarter of a second to import, which the start of what keeps bookings has done.
    from gateway.calendar import calendar_of

    return Response(
        calendar_of(bookings),
        headers={
            **_HEADERS,
            "content-type": "text/calendar; charset=utf-8",
            "content-disposition": 'attachment; filename="bookings.ics"',
        },
    )


def _refusal(error: object, status: int, headers: Mapping[str, str]) -> Response:
    return JSONResponse({"errors": [error]}, status, {**_HEADERS, **headers})
