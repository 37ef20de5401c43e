"""Upstream: the one way in which a connector reaches its system."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

import msgspec

from schema.core.errors import Code, SourceError

T = TypeVar("T")

Scalar: TypeAlias = str | int | float | bool
Params: TypeAlias = Mapping[str, Scalar | Sequence[Scalar]]
"""Query or form parameters; a sequence repeats the name."""


class Response(msgspec.Struct, Generic[T], frozen=True):
    """A successful (2xx) answer, decoded."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    data: T


class StatusError(SourceError):
    """The system answered with another status than 2xx. `body` is for the connector to interpret only."""

    def __init__(
        self,
        code: Code,
        source: str,
        status: int,
        body: bytes,
        headers: Mapping[str, str],
        *,
        in_doubt: bool = False,
    ) -> None:
        super().__init__(code, source, f"status {status}", in_doubt=in_doubt)
        self.status = status
        self.body = body
        self.headers = headers


class Upstream(Protocol):
    """One source's system, reached with its credential, limits and the request's deadline.

    A path is relative to the source's url; an absolute URL is followed only inside it (a `next`
    link). Every call raises SourceError where there is no successful answer to decode.
    """

    @property
    def source(self) -> str:
        """The source's id, for Refs."""
        ...

    def now(self) -> datetime:
        """The instant, +08:00."""
        ...

    async def get(
        self,
        path: str,
        *,
        decode: Callable[[bytes], T],
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response[T]:
        """Read; repeated by the gateway where it may help."""
        ...

    async def post(
        self,
        path: str,
        *,
        decode: Callable[[bytes], T],
        form: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response[T]:
        """Read by POST (a search whose parameters are too long for a URL); repeated like `get`."""
        ...

    async def send(
        self,
        method: Literal["POST", "PUT", "PATCH", "DELETE"],
        path: str,
        *,
        decode: Callable[[bytes], T],
        json: Any = None,
        form: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response[T]:
        """Write; sent once and never repeated by the gateway.

        The body is `json` (a struct or what JSON holds, as application/json unless `headers` say
        otherwise), or a `form`, or nothing. An error's `in_doubt` says whether the system may have done it:
        not where it was never reached, nor where it refused (4xx), but where it answered 5xx, nothing at
        all, or what `decode` cannot read.
        """
        ...
