"""A response: status, headers and the bytes of an outcome, in the form that the client takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from starlette.types import Send

from gateway.execution.operation import Outcome
from gateway.http.caching import NO_STORE, PRIVATE, cache_control, entity_tag, is_known
from gateway.http.coding import AcceptedCodings
from gateway.http.headers import Headers
from gateway.http.negotiation import GRAPHQL_JSON, JSON
from schema.core.errors import Code

PARTIAL_SUCCESS = 294
"""Data and errors both (GraphQL over HTTP, section 6.1), in the GraphQL media type only."""

_STATUS = {Code.METHOD_NOT_ALLOWED.value: 405, Code.INTERNAL.value: 500}
"""Errors of a request whose status is the same in either media type."""

_HEADERS = (
    (b"vary", b"accept, accept-encoding"),
    (b"x-content-type-options", b"nosniff"),
    # A foreign page must not load an answer as if it were an image or a script.
    (b"cross-origin-resource-policy", b"same-origin"),
)

_BODY_HEADERS = {
    media: (*_HEADERS, (b"content-type", media + b"; charset=utf-8")) for media in (JSON, GRAPHQL_JSON)
}


class Wanted(NamedTuple):
    """What a request wants of its response; `headers` are the request's own."""

    media: bytes
    codings: AcceptedCodings
    method: str
    headers: Headers


class Reply(NamedTuple):
    """What is sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def status_of(outcome: Outcome, media: bytes) -> int:
    """Give the status, which depends on the media type (GraphQL over HTTP, section 5.4 and its appendix).

    The specification of September 2026 would have 422 where we say 400 for a document that does not
    validate; the reference audit asks for 400, and so do the clients in use.
    """
    if outcome.executed:
        return PARTIAL_SUCCESS if outcome.errors and media == GRAPHQL_JSON else 200
    code: str = outcome.errors[0]["extensions"]["code"]
    return _STATUS.get(code) or (400 if media == GRAPHQL_JSON else 200)


async def reply_to(
    wanted: Wanted,
    outcome: Outcome,
    *,
    status: int | None = None,
    headers: Mapping[bytes, bytes] | None = None,
) -> Reply:
    """Put an outcome into the form that is wanted: packed if that is worth it, not at all if it is known.

    `status` stands for the outcome's own where HTTP refuses the request; TypeError if JSON cannot hold it.
    """
    written = outcome.written
    coding = wanted.codings.choose(len(written.body))
    kept_for = cache_control(outcome, wanted.method)
    head = [*_BODY_HEADERS[wanted.media], (b"cache-control", kept_for)]
    if kept_for is not NO_STORE and kept_for is not PRIVATE:
        tag = entity_tag(outcome, wanted.media, coding)
        if is_known(tag, wanted.headers.get(b"if-none-match", b"")):
            return Reply(304, [*_HEADERS, (b"cache-control", kept_for), (b"etag", tag)], b"")
        head.append((b"etag", tag))
    body = written.body
    if coding is not None:
        body = await written.form(coding.name, coding.pack)
        head.append((b"content-encoding", coding.name))
    head.append((b"content-length", b"%d" % len(body)))
    if headers:
        head += headers.items()
    return Reply(status or status_of(outcome, wanted.media), head, body)


async def send_reply(send: Send, reply: Reply, *, method: str) -> None:
    """Send a whole response; of one to HEAD, the headers only."""
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})
