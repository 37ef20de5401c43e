"""What goes into an execution and what comes out, independent of HTTP."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from gateway.execution.written import Written
from schema.core.viewer import Viewer


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One GraphQL request as the client sent it (GraphQL over HTTP, section "Request Parameters")."""

    document: str
    """Empty where only its digest was sent."""
    digest: str | None = None
    """SHA-256 of the document's UTF-8, in hexadecimal, where the client sent it."""
    name: str | None = None
    variables: dict[str, Any] = {}
    read_only: bool = False
    """True for GET: anything but a query is refused."""
    viewer: Viewer | None = None
    """Who asks, where a good token came with it."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A GraphQL response. `executed` is False for a request error: then `data` is absent from the body."""

    executed: bool
    data: dict[str, Any] | None = None
    errors: list[dict[str, Any]] = []
    extensions: dict[str, Any] = {}
    fresh_s: float = 0.0
    """For how many seconds anybody may use it again; 0: not at all."""
    personal: bool = False
    """Whether it may depend on who asked: then it is for nobody else."""

    @property
    def written(self) -> Written:
        """The response as bytes, written at first use; TypeError if it holds what JSON cannot."""
        # Not cached_property: before Python 3.12, that takes a lock each time.
        kept: Written | None = self.__dict__.get("written")
        if kept is None:
            kept = Written(self.executed, self.data, self.errors, self.extensions)
            self.__dict__["written"] = kept
        return kept


class Execute(Protocol):
    """Runs one operation; never raises but for cancellation."""

    async def __call__(self, operation: Operation, /) -> Outcome:
        """Give the operation's response."""
        ...
