"""Requests that HTTP itself refuses, before any GraphQL is looked at; and those whose client has left."""

from __future__ import annotations

from collections.abc import Mapping

from schema.core.errors import Code, PublicError


class HttpError(PublicError):
    """An answer with a 4xx status, a code and a sentence; `headers` go with it."""

    def __init__(
        self, status: int, code: Code, message: str, headers: Mapping[bytes, bytes] | None = None
    ) -> None:
        super().__init__(code, message)
        self.status = status
        self.headers = headers or {}


def bad_request(message: str) -> HttpError:
    """A request that is not a well-formed GraphQL-over-HTTP request."""
    return HttpError(400, Code.BAD_REQUEST, message)


class DisconnectedError(Exception):
    """The client closed the connection: nobody is left to answer."""
