"""GraphQL over HTTP (the specification of September 2026, https://http-spec.graphql.org) as an ASGI app.

In the order in which a request is looked at: method (405), the page for a person, Accept and
Accept-Encoding (406), forgery (`gateway.http.csrf`, 403), who asks (`gateway.auth`, 401), Content-Type (415),
size (413), time (408), form (400), then the operation itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.auth.bearer import refuse_all
from gateway.execution.errors import internal_error, public_error
from gateway.execution.operation import Execute, Operation, Outcome
from gateway.http.body import read_body, while_connected
from gateway.http.coding import negotiate_coding
from gateway.http.csrf import check_get
from gateway.http.errors import DisconnectedError, HttpError
from gateway.http.headers import request_headers
from gateway.http.negotiation import JSON, negotiate
from gateway.http.parameters import (
    Remembering,
    check_body_headers,
    from_body,
    from_query_string,
    has_query,
)
from gateway.http.response import Reply, Wanted, reply_to, send_reply, status_of
from gateway.request import Request, request_scope
from schema.core.errors import Code
from schema.core.viewer import Viewer


class GraphQLEndpoint:
    """Serves `execute` at any path; `page` answers a browser that asks for no operation.

    `who` tells who asks by the `Authorization` header, or raises the HttpError that it deserves.
    """

    def __init__(
        self,
        execute: Execute,
        *,
        page: ASGIApp | None = None,
        who: Callable[[bytes], Awaitable[Viewer]] = refuse_all,
        max_body_bytes: int = 1_000_000,
        timeout_s: float = 10.0,
    ) -> None:
        self._execute = execute
        self._page = page
        self._who = who
        self._max_body_bytes = max_body_bytes
        self._timeout_s = timeout_s
        self._from_body = Remembering(from_body)
        self._from_query_string = Remembering(from_query_string)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = request_headers(scope)
        accepted = negotiate(headers.get(b"accept", b""))
        if (
            self._page is not None
            and scope["method"] == "GET"
            and accepted.prefers_html
            and not has_query(scope["query_string"])
        ):
            await self._page(scope, receive, send)
            return
        codings = negotiate_coding(headers.get(b"accept-encoding"))
        wanted = Wanted(accepted.media or JSON, codings, scope["method"], headers)
        try:
            # From here on: reading, preparing and executing share one deadline.
            with request_scope(self._timeout_s) as request:
                operation = await self._read(scope, wanted, accepted.media, receive, request)
                reply = await while_connected(receive, self._run(operation, wanted))
        except DisconnectedError:
            return
        except HttpError as error:
            outcome = Outcome(executed=False, errors=[public_error(error)])
            reply = await reply_to(wanted, outcome, status=error.status, headers=error.headers)
        except Exception as error:
            # Whoever judges tokens is not ours alone.
            reply = await reply_to(wanted, Outcome(executed=False, errors=[internal_error(error)]))
        await send_reply(send, reply, method=wanted.method)

    async def _read(
        self, scope: Scope, wanted: Wanted, media: bytes | None, receive: Receive, request: Request
    ) -> Operation:
        """Read the operation, or raise the HttpError that the request deserves."""
        headers = wanted.headers
        if scope["method"] not in {"GET", "POST"}:
            raise HttpError(
                405,
                Code.METHOD_NOT_ALLOWED,
                "Send GraphQL requests by GET or POST.",
                {b"allow": b"GET, POST"},
            )
        if media is None:
            raise HttpError(
                406,
                Code.NOT_ACCEPTABLE,
                "The response can be application/graphql-response+json or application/json; accept either.",
            )
        if wanted.codings.none:
            raise HttpError(
                406,
                Code.NOT_ACCEPTABLE,
                "The response can come as it is, or packed by zstd, br or gzip; accept any of these.",
            )
        if scope["method"] == "GET":
            check_get(headers)
        authorization = headers.get(b"authorization")
        # Before anything is read: whoever is refused is refused at once.
        viewer = None if authorization is None else await self._who(authorization)
        if scope["method"] == "GET":
            operation = self._from_query_string(scope["query_string"])
        else:
            check_body_headers(headers)
            body = await read_body(receive, headers, self._max_body_bytes, request.remaining())
            operation = self._from_body(body)
        # What was read is remembered for all who send the same.
        return operation if viewer is None else msgspec.structs.replace(operation, viewer=viewer)

    async def _run(self, operation: Operation, wanted: Wanted) -> Reply:
        """Give the response to the operation."""
        try:
            outcome = await self._execute(operation)
            refused = not outcome.executed and status_of(outcome, wanted.media) == 405
            return await reply_to(wanted, outcome, headers={b"allow": b"POST"} if refused else None)
        except Exception as error:
            # `Execute` promises not to raise, and JSON can hold whatever GraphQL can; a bug in either must
            # still not reach the client.
            return await reply_to(wanted, Outcome(executed=False, errors=[internal_error(error)]))
