"""One source's HTTP client with the layers below a connector, outermost first.

retry        reads only, with jitter, Retry-After and a budget. Outermost: between two attempts a read
             holds no place, and each attempt asks the breaker anew
bulkhead     so many attempts at once; one that finds no place in time is SOURCE_BUSY
breaker      a source that is down is not asked. Its leave is taken inside the place, or the one trial
             of a pause could be lost in the queue; a caller that it refuses does not queue at all
credentials  one token for all, fetched under the place and the leave of the attempt that needs it; a
             token that was refused is replaced once within the same attempt
deadline     each call gets what is left of the request's time, at most the source's own timeout
httpx        one pooled client a source, which keeps no cookies
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeAlias, TypeVar

import httpx
import msgspec

from connectors.kit.upstream import Params, Response, StatusError
from gateway.request import current_request
from gateway.sources import SourceConfig
from gateway.upstream.address import leads_astray
from gateway.upstream.breaker import Breaker
from gateway.upstream.credentials import Credentials, make_credentials
from gateway.upstream.retry import ATTEMPTS, RetryBudget, pause_before
from gateway.upstream.wire import PASSING, Answer, Call, Wire, form_call
from schema.core.errors import Code, SourceError

T = TypeVar("T")

_USER_AGENT = "longgang-community-graph"

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
    # A session of one resident's call must not be continued by the next one's.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    async with httpx.AsyncClient(
        transport=transport, timeout=timeout, headers=headers, cookies=no_cookies, trust_env=False
    ) as client:
        wire = Wire(config, client, Breaker(config.id))
        yield HttpUpstream(config, wire, make_credentials(config, secret, wire), now)


class HttpUpstream:
    """connectors.kit.Upstream over HTTP."""

    def __init__(
        self, config: SourceConfig, wire: Wire, credentials: Credentials, now: Callable[[], datetime]
    ) -> None:
        self._config = config
        self._wire = wire
        self._breaker = wire.breaker
        self._credentials = credentials
        self._now = now
        self._base = httpx.URL(config.url.rstrip("/") + "/")
        self._places = asyncio.Semaphore(config.limits.concurrency)
        self._budget = RetryBudget()

    @property
    def source(self) -> str:
        """The source's id."""
        return self._config.id

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
        return await self._read(Call("GET", self._url(path, params), headers or {}), decode)

    async def post(
        self,
        path: str,
        *,
        decode: Callable[[bytes], T],
        form: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response[T]:
        """Read by POST of a form."""
        return await self._read(form_call(self._url(path), _pairs(form), headers or {}), decode)

    def _url(self, path: str, params: Params | None = None) -> httpx.URL:
        try:
            url = self._base.join(path.removeprefix("/"))
            if query := _pairs(params):
                url = httpx.URL(url, params=[*url.params.multi_items(), *query])
            if key := self._credentials.params():
                # Put in place of one that a `next` link echoes.
                url = url.copy_merge_params(key)
        except (httpx.InvalidURL, ValueError):
            raise SourceError(Code.SOURCE_MALFORMED, self.source, "a link that is no address") from None
        inside = (url.scheme, url.host, url.port) == (self._base.scheme, self._base.host, self._base.port)
        # The base itself counts as inside without its slash too: some servers page there (`/fhir?page=2`).
        inside = inside and f"{url.path}/".startswith(self._base.path)
        if not inside or url.userinfo or leads_astray(url.path):
            # A link that leads elsewhere would carry our credential there.
            raise SourceError(Code.SOURCE_MALFORMED, self.source, "a link that leads out of the source")
        return url

    async def _read(self, call: Call, decode: Callable[[bytes], T]) -> Response[T]:
        self._budget.earn()
        attempt = 0
        while True:
            retry_after: str | None = None
            try:
                answer = await self._attempt(call)
            except StatusError as error:
                if error.status not in PASSING or self._breaker.open:
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
                    detail = f"{type(error).__name__} in {call.method} {call.url.path}"
                    raise SourceError(Code.SOURCE_MALFORMED, self.source, detail) from None
                return Response(answer.status, answer.headers, data)
            attempt += 1
            pause = pause_before(attempt, retry_after)
            if attempt >= ATTEMPTS or pause >= current_request().remaining() or not self._budget.spend():
                raise failure
            await asyncio.sleep(pause)

    async def _attempt(self, call: Call) -> Answer:
        """Send once, and once more if the token was refused and a fresh one may help."""
        async with self._place():
            answer, credential = await self._authorized(call)
            if answer.status == 401 and self._credentials.refused(credential):
                answer, _ = await self._authorized(call)
                if answer.status == 401:
                    self._credentials.refused_afresh()
        status = answer.status
        if not 200 <= status < 300:
            raise StatusError(_code_of(status), self.source, status, answer.body, answer.headers)
        return answer

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Give an attempt its place among the source's and the breaker's leave.

        It waits for the place no longer than one call may take.
        """
        if self._breaker.refuses:
            raise self._left_alone()
        try:
            async with asyncio.timeout(self._time_left()):
                await self._places.acquire()
        except TimeoutError as error:
            raise SourceError(Code.SOURCE_BUSY, self.source, "no place in time") from error
        try:
            self._time_left()  # whoever has none must not use up a trial
            if not self._breaker.allow():
                raise self._left_alone()
            yield
        finally:
            self._places.release()

    def _left_alone(self) -> SourceError:
        return SourceError(Code.SOURCE_UNAVAILABLE, self.source, "breaker open")

    async def _authorized(self, call: Call) -> tuple[Answer, Mapping[str, str]]:
        """Send with the credential of the moment, and say which it was."""
        credential = await self._credentials.headers()
        time_left = self._time_left()
        entry = current_request().ledger[self.source]
        entry.calls += 1
        started = time.perf_counter()
        try:
            answer = await self._wire.send(call._replace(headers={**call.headers, **credential}), time_left)
        finally:
            entry.ms += (time.perf_counter() - started) * 1000
        self._wire.note(answer.status)
        return answer, credential

    def _time_left(self) -> float:
        remaining = current_request().remaining()
        if remaining <= 0:
            raise SourceError(Code.DEADLINE_EXCEEDED, self.source, "not sent")
        return min(remaining, self._wire.timeout_s)


def _pairs(params: Params | None) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in (params or {}).items():
        if isinstance(value, str | int | float | bool):
            pairs.append((name, str(value).lower() if isinstance(value, bool) else str(value)))
        else:
            pairs.extend((name, str(item)) for item in value)
    return pairs


def _code_of(status: int) -> Code:
    if status == 429:
        return Code.SOURCE_BUSY
    return Code.SOURCE_UNAVAILABLE if status >= 500 else Code.SOURCE_REJECTED
