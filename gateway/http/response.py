"""A response: status, headers and the JSON of an outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.types import Send

from gateway.execution.operation import Outcome
from gateway.http.negotiation import GRAPHQL_JSON
from schema.core.errors import Code

PARTIAL_SUCCESS = 294
"""Data and errors both (GraphQL over HTTP, section 6.1), in the GraphQL media type only."""

_STATUS = {Code.METHOD_NOT_ALLOWED.value: 405, Code.INTERNAL.value: 500}
"""Errors of a request whose status is the same in either media type."""

_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"vary", b"accept"),
    (b"x-content-type-options", b"nosniff"),
    # A foreign page must not load an answer as if it were an image or a script.
    (b"cross-origin-resource-policy", b"same-origin"),
)


def status_of(outcome: Outcome, media: bytes) -> int:
    """Give the status, which depends on the media type (GraphQL over HTTP, section 5.4 and its appendix).

    The specification of September 2026 would have 422 where we say 400 for a document that does not
    validate; the reference audit asks for 400, and so do the clients in use.
    """
    if outcome.executed:
        return PARTIAL_SUCCESS if outcome.errors and media == GRAPHQL_JSON else 200
    code: str = outcome.errors[0]["extensions"]["code"]
    return _STATUS.get(code) or (400 if media == GRAPHQL_JSON else 200)


def encode(outcome: Outcome) -> bytes:
    """Write an outcome as JSON: `data` is left out, not null, where nothing was executed."""
    body: dict[str, Any] = {}
    if outcome.errors:
        body["errors"] = outcome.errors
    if outcome.executed:
        body["data"] = outcome.data
    if outcome.extensions:
        body["extensions"] = outcome.extensions
    try:
        return orjson.dumps(body)
    except TypeError:
        # A source's text may hold half a character (a lone surrogate): one field's fault, not the answer's.
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


async def send_response(
    send: Send,
    status: int,
    media: bytes,
    body: bytes,
    headers: Mapping[bytes, bytes] | None = None,
    *,
    head: bool = False,
) -> None:
    """Send a whole response; of one to HEAD, the headers only."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", media + b"; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
                *_HEADERS,
                *(headers or {}).items(),
            ],
        }
    )
    await send({"type": "http.response.body", "body": b"" if head else body})
