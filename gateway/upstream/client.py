"""One source's HTTP client with the layers below a connector, in the one order in which they apply.

deadline     a call gets what is left of the request's time, at most the source's own timeout
bulkhead     so many calls at once; a call that finds no place in time is SOURCE_BUSY
breaker      a source that is down is not asked
retry        reads only, with jitter, Retry-After and a budget
credentials  a token that was refused is replaced once
httpx        one pooled client a source
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple, TypeAlias, TypeVar

import httpx
import msgspec

from connectors.kit.upstream import Params, Response, StatusError
from gateway.request import current_request
from gateway.sources import SourceConfig
from gateway.upstream.breaker import Breaker
from gateway.upstream.credentials import Credentials, make_credentials
from gateway.upstream.retry import ATTEMPTS, RetryBudget, pause_before
from schema.core.errors import Code, SourceError

T = TypeVar("T")

_USER_AGENT = "longgang-community-graph"
_PASSING = frozenset({429, 502, 503, 504})
"""Statuses that say "not now" rather than "not so": worth a repeat, and a sign of a source that is down."""


MakeTransport: TypeAlias = Callable[[], httpx.AsyncBaseTransport]
"""Makes the transport under one source's client; tests put one in that respx can intercept."""


@asynccontextmanager
async def open_upstream(
    config: SourceConfig, secret: str, *, transport: httpx.AsyncBaseTransport, now: Callable[[], datetime]
) -> AsyncIterator[HttpUpstream]:
    """Open one source's client with its credentials; closes it at the end."""
    # httpx asks for every coding that it finds a library for, and unpacks without a limit: gzip is enough.
    headers = {"user-agent": _USER_AGENT, "accept": "application/json", "accept-encoding": "gzip"}
    # The deadline layer times each call as a whole; httpx's own timeouts would only get in its way.
    timeout = httpx.Timeout(None)
    async with httpx.AsyncClient(
        transport=transport, timeout=timeout, headers=headers, trust_env=False
    ) as client:
        yield HttpUpstream(config, client, make_credentials(config, secret, client), now)


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpUpstream:
    """connectors.kit.Upstream over HTTP."""

    def __init__(
        self,
        config: SourceConfig,
        client: httpx.AsyncClient,
        credentials: Credentials,
        now: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._client = client
        self._credentials = credentials
        self._now = now
        self._base = httpx.URL(config.url.rstrip("/") + "/")
        self._places = asyncio.Semaphore(config.limits.concurrency)
        self._breaker = Breaker(config.id)
        self._budget = RetryBudget()

    @property
    def source(self) -> str:
        """The source's id."""
        return self._config.id

    @property
    def down(self) -> bool:
        """Whether the breaker is open."""
        return self._breaker.open

    def now(self) -> datetime:
        """The instant, +08:00."""
        return self._now()

    async def get(
        self,
        path: str,
        *,
        decode: Callable[[bytes], T],
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response[T]:
        """Read by GET."""
        url = self._url(path)
        query = [(name, str(item)) for name, item in _pairs(params)]
        return await self._read("GET", url, query, headers or {}, b"", decode)

    async def post(
        self,
        path: str,
        *,
        decode: Callable[[bytes], T],
        form: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response[T]:
        """Read by POST of a form."""
        body = str(httpx.QueryParams([(name, str(item)) for name, item in _pairs(form)])).encode("ascii")
        sent = {"content-type": "application/x-www-form-urlencoded", **(headers or {})}
        return await self._read("POST", self._url(path), [], sent, body, decode)

    def _url(self, path: str) -> httpx.URL:
        url = self._base.join(path.removeprefix("/"))
        inside = (url.scheme, url.host, url.port) == (self._base.scheme, self._base.host, self._base.port)
        # The base itself counts as inside without its slash too: some servers page there (`/fhir?page=2`).
        if not inside or not f"{url.path}/".startswith(self._base.path) or b"/../" in url.raw_path:
            # A link that leads elsewhere would carry our credential there.
            raise SourceError(Code.SOURCE_MALFORMED, self.source, "a link that leads out of the source")
        return url

    async def _read(
        self,
        method: str,
        url: httpx.URL,
        query: list[tuple[str, str]],
        headers: Mapping[str, str],
        body: bytes,
        decode: Callable[[bytes], T],
    ) -> Response[T]:
        self._budget.earn()
        attempt = 0
        while True:
            retry_after: str | None = None
            try:
                answer = await self._attempt(method, url, query, headers, body)
            except StatusError as error:
                if error.status not in _PASSING:
                    raise
                failure: SourceError = error
                retry_after = error.headers.get("retry-after")
            except SourceError as error:
                if error.code is not Code.SOURCE_UNAVAILABLE or self._breaker.open:
                    raise
                failure = error
            else:
                try:
                    data = decode(answer.body)
                except msgspec.DecodeError as error:
                    # The decoder's own words may quote the payload: only its kind goes on.
                    detail = f"{type(error).__name__} in {method} {url.path}"
                    raise SourceError(Code.SOURCE_MALFORMED, self.source, detail) from None
                return Response(answer.status, answer.headers, data)
            attempt += 1
            pause = pause_before(attempt, retry_after)
            if attempt >= ATTEMPTS or pause >= current_request().remaining() or not self._budget.spend():
                raise failure
            await asyncio.sleep(pause)

    async def _attempt(
        self,
        method: str,
        url: httpx.URL,
        query: list[tuple[str, str]],
        headers: Mapping[str, str],
        body: bytes,
    ) -> _Answer:
        """Send once, and once more if the token was refused and a fresh one may help."""
        answer, credential = await self._authorized(method, url, query, headers, body)
        if answer.status == 401 and self._credentials.refused(credential):
            answer, _ = await self._authorized(method, url, query, headers, body)
        status = answer.status
        if status in _PASSING:
            self._breaker.failed(f"status {status}")
        else:
            self._breaker.succeeded()
        if not 200 <= status < 300:
            raise StatusError(_code_of(status), self.source, status, answer.body, answer.headers)
        return answer

    async def _authorized(
        self,
        method: str,
        url: httpx.URL,
        query: list[tuple[str, str]],
        headers: Mapping[str, str],
        body: bytes,
    ) -> tuple[_Answer, Mapping[str, str]]:
        """Send with the credential of the moment, and say which it was."""
        async with self._place():
            credential = await self._credentials.headers()
            added = [*query, *self._credentials.params().items()]
            sent = httpx.URL(url, params=[*url.params.multi_items(), *added]) if added else url
            return await self._send(method, sent, {**headers, **credential}, body), credential

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Wait for a place among the source's calls, no longer than one call may take."""
        if not self._breaker.allow():
            raise SourceError(Code.SOURCE_UNAVAILABLE, self.source, "breaker open")
        try:
            async with asyncio.timeout(self._time_left()):
                await self._places.acquire()
        except TimeoutError as error:
            raise SourceError(Code.SOURCE_BUSY, self.source, "no place in time") from error
        try:
            yield
        finally:
            self._places.release()

    async def _send(self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> _Answer:
        entry = current_request().ledger[self.source]
        entry.calls += 1
        time_left = self._time_left()
        started = time.perf_counter()
        try:
            async with asyncio.timeout(time_left):
                request = self._client.build_request(method, url, headers=headers, content=body or None)
                response = await self._client.send(request, stream=True)
                try:
                    return _Answer(response.status_code, response.headers, await self._body(response))
                finally:
                    await response.aclose()
        except TimeoutError as error:
            detail = f"no answer in {time_left:.2f} s"
            if time_left < self._config.limits.timeout_ms / 1000:
                # The request had less time than the source is allowed: no sign that the source is down.
                raise SourceError(Code.DEADLINE_EXCEEDED, self.source, detail) from error
            self._breaker.failed(detail)
            raise SourceError(Code.SOURCE_TIMEOUT, self.source, detail) from error
        except httpx.HTTPError as error:
            self._breaker.failed(type(error).__name__)
            raise SourceError(Code.SOURCE_UNAVAILABLE, self.source, type(error).__name__) from error
        finally:
            entry.ms += (time.perf_counter() - started) * 1000

    async def _body(self, response: httpx.Response) -> bytes:
        """Read the whole body, but no more than the source's limit."""
        limit = self._config.limits.max_body_bytes
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > limit:
                raise SourceError(Code.SOURCE_MALFORMED, self.source, f"a body over {limit} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    def _time_left(self) -> float:
        remaining = current_request().remaining()
        if remaining <= 0:
            raise SourceError(Code.DEADLINE_EXCEEDED, self.source, "not sent")
        return min(remaining, self._config.limits.timeout_ms / 1000)


def _pairs(params: Params | None) -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = []
    for name, value in (params or {}).items():
        if isinstance(value, str | int | float | bool):
            pairs.append((name, str(value).lower() if isinstance(value, bool) else value))
        else:
            pairs.extend((name, item) for item in value)
    return pairs


def _code_of(status: int) -> Code:
    if status == 429:
        return Code.SOURCE_BUSY
    return Code.SOURCE_UNAVAILABLE if status >= 500 else Code.SOURCE_REJECTED
