"""Wire: sends a source's calls within its limits and tells its breaker which of them failed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import httpx
from pyreqwest.exceptions import PyreqwestError

from gateway.sources import SourceConfig
from gateway.upstream.breaker import Breaker
from schema.core.errors import Code, SourceError

PASSING = frozenset({429, 502, 503, 504})
"""Statuses that say "not now" rather than "not so": worth a repeat, and a sign of a source that is down."""
_GRACE_S = 0.1
"""pyreqwest does not hear of a cancellation, and would keep the connection of a source that hangs for
ever: its own limit ends what we have left, so much later than ours that ours is always first."""


class Call(NamedTuple):
    """What is sent."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    body: bytes = b""


class Answer(NamedTuple):
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def form_call(url: httpx.URL, pairs: Iterable[tuple[str, str]], headers: Mapping[str, str]) -> Call:
    """Make the POST of a form."""
    body = str(httpx.QueryParams(list(pairs))).encode("ascii")
    return Call("POST", url, {"content-type": "application/x-www-form-urlencoded", **headers}, body)


class Wire:
    """One source's HTTP: data and tokens go the same way.

    The breaker hears here of calls that failed. Statuses the caller notes: that a token was given says
    nothing of the system behind it.
    """

    def __init__(self, config: SourceConfig, client: httpx.AsyncClient, breaker: Breaker) -> None:
        self.breaker = breaker
        self.timeout_s = config.limits.timeout_ms / 1000
        self._source = config.id
        self._max_body_bytes = config.limits.max_body_bytes
        self._client = client

    async def send(self, call: Call, timeout_s: float) -> Answer:
        """Send once; SourceError where no whole answer came. No detail holds more than a type's name."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(call, timeout_s)
        except TimeoutError as error:
            detail = f"no answer in {timeout_s:.2f} s"
            if timeout_s < self.timeout_s:
                # The request had less time than the source is allowed: no sign that the source is down.
                raise SourceError(Code.DEADLINE_EXCEEDED, self._source, detail) from error
            raise self._failed(Code.SOURCE_TIMEOUT, detail) from error
        except ValueError as error:
            # A header that is no text, on either side. The same would come again; and no cause goes on,
            # for its words may quote the value, which may be a secret.
            raise self._failed(Code.SOURCE_MALFORMED, type(error).__name__) from None
        except (httpx.HTTPError, httpx.InvalidURL, PyreqwestError) as error:
            # Without its cause, too: pyreqwest's words quote the URL, which may hold a key.
            raise self._failed(Code.SOURCE_UNAVAILABLE, type(error).__name__) from None

    def note(self, status: int) -> None:
        """Tell the breaker of a status: one that is not a passing one shows that the system is there."""
        if status in PASSING:
            self.breaker.failed(f"status {status}")
        else:
            self.breaker.succeeded()

    def _failed(self, code: Code, detail: str) -> SourceError:
        self.breaker.failed(detail)
        return SourceError(code, self._source, detail)

    async def _exchange(self, call: Call, timeout_s: float) -> Answer:
        request = self._client.build_request(
            call.method,
            call.url,
            headers=call.headers,
            content=call.body or None,
            timeout=httpx.Timeout(None, read=timeout_s + _GRACE_S),
        )
        response = await self._client.send(request, stream=True)
        try:
            return Answer(response.status_code, response.headers, await self._body(response))
        finally:
            await response.aclose()

    async def _body(self, response: httpx.Response) -> bytes:
        """Read the whole body, but no more than the source's limit."""
        limit = self._max_body_bytes
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > limit:
                self.note(response.status_code)
                raise SourceError(Code.SOURCE_MALFORMED, self._source, f"a body over {limit} bytes")
            chunks.append(chunk)
        return b"".join(chunks)
