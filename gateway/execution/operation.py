"""What goes into an execution and what comes out, independent of HTTP."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One GraphQL request as the client sent it (GraphQL over HTTP, section "Request Parameters")."""

    document: str
    name: str | None = None
    variables: dict[str, Any] = {}
    read_only: bool = False
    """True for GET: anything but a query is refused."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A GraphQL response. `executed` is False for a request error: then `data` is absent from the body."""

    executed: bool
    data: dict[str, Any] | None = None
    errors: list[dict[str, Any]] = []
    extensions: dict[str, Any] = {}


class Execute(Protocol):
    """Runs one operation; never raises but for cancellation."""

    async def __call__(self, operation: Operation, /) -> Outcome:
        """Give the operation's response."""
        ...
