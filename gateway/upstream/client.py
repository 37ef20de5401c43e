"""One source's HTTP client with the layers below a connector, outermost first.

retry        reads only, with jitter, Retry-After and a budget; a write is one attempt, for the commands
             (gateway.commands) say what becomes of it. Outermost: between two attempts a read holds no
             place, and each attempt asks the breaker anew
bulkhead     so many attempts at once; one that finds no place in time is SOURCE_BUSY
breaker      a source that is down is not asked. Its leave is taken inside the place, or the one trial
             of a pause could be lost in the queue; a caller that it refuses does not queue at all
credentials  one token for all, fetched under the place and the leave of the attempt that needs it; a
             token that was refused is replaced once within the same attempt
deadline     each call gets what is left of the request's time, at most the source's own timeout
transport    one pool of connections a source; it keeps the deadline and the limit of the body
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec

from connectors.kit.upstream import Params, Response, StatusError
from gateway.request import Request, current_request
from gateway.sources import SourceConfig
from gateway.upstream.address import AddressError, Base, path_of
from gateway.upstream.breaker import Breaker
from gateway.upstream.credentials import Credentials, make_credentials
from gateway.upstream.retry import ATTEMPTS, RetryBudget, pause_before
from gateway.upstream.transport import Answer, Transport
from gateway.upstream.wire import PASSING, Call, Wire, form_call, json_call
from schema.core.errors import Code, SourceError

T = TypeVar("T")

_USER_AGENT = "longgang-community-graph"


@asynccontextmanager
async def open_upstream(
    config: SourceConfig, secret: str, *, transport: Transport, now: Callable[[], datetime]
) -> AsyncIterator[HttpUpstream]:
    """Open one source's client with its credentials; closes it at the end."""
    # httpx asks for every coding that it finds a library for, and unpacks without a limit: gzip is enough.
    headers = {"user-agent": _USER_AGENT, "accept": "application/json", "accept-encoding": "gzip"}
    wire = Wire(config, transport, Breaker(config.id), headers)
    try:
        yield HttpUpstream(config, wire, make_credentials(config, secret, wire), now)
    finally:
        await transport.close()


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
        self._base = Base(config.url, credentials.params())
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
        return await self._read(form_call(self._url(path), form or {}, headers or {}), decode)

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
        """Write: one attempt, whose failures say whether it may have been done."""
        url, given = self._url(path), headers or {}
        if form is not None:
            call = form_call(url, form, given, method, writes=True)
        elif json is not None:
            call = json_call(url, json, given, method)
        else:
            call = Call(method, url, given, writes=True)
        answer = await self._attempt(call, current_request())
        try:
            data = decode(answer.body)
        except msgspec.DecodeError as error:
            detail = f"{type(error).__name__} in {method} {path_of(url)}"
            raise SourceError(Code.SOURCE_MALFORMED, self.source, detail, in_doubt=True) from None
        return Response(answer.status, answer.headers, data)

    def _url(self, path: str, params: Params | None = None) -> str:
        try:
            return self._base.locate(path, params)
        except AddressError as error:
            raise SourceError(Code.SOURCE_MALFORMED, self.source, str(error)) from None

    async def _read(self, call: Call, decode: Callable[[bytes], T]) -> Response[T]:
        request = current_request()
        self._budget.earn()
        attempt = 0
        while True:
            retry_after: str | None = None
            try:
                answer = await self._attempt(call, request)
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
                    detail = f"{type(error).__name__} in {call.method} {path_of(call.url)}"
                    raise SourceError(Code.SOURCE_MALFORMED, self.source, detail) from None
                return Response(answer.status, answer.headers, data)
            attempt += 1
            pause = pause_before(attempt, retry_after)
            if attempt >= ATTEMPTS or pause >= request.remaining() or not self._budget.spend():
                raise failure
            await asyncio.sleep(pause)

    async def _attempt(self, call: Call, request: Request) -> Answer:
        """Send once, and once more if the token was refused and a fresh one may help."""
        await self._take_place(request)
        try:
            self._time_left(request)  # whoever has none must not use up a trial
            if not self._breaker.allow():
                raise self._left_alone()
            answer, credential = await self._authorized(call, request)
            if answer.status == 401 and self._credentials.refused(credential):
                answer, _ = await self._authorized(call, request)
                if answer.status == 401:
                    self._credentials.refused_afresh()
        finally:
            self._places.release()
        status = answer.status
        if not 200 <= status < 300:
            # Who says 503 may have been asked by another than the one who did it: a proxy before the system.
            in_doubt = call.writes and status >= 500
            raise StatusError(
                _code_of(status), self.source, status, answer.body, answer.headers, in_doubt=in_doubt
            )
        return answer

    async def _take_place(self, request: Request) -> None:
        """Give an attempt its place among the source's, which it gives back.

        It waits for the place no longer than one call may take.
        """
        if self._breaker.refuses:
            raise self._left_alone()
        if not self._places.locked():
            await self._places.acquire()  # without waiting
            return
        try:
            async with asyncio.timeout(self._time_left(request)):
                await self._places.acquire()
        except TimeoutError as error:
            raise SourceError(Code.SOURCE_BUSY, self.source, "no place in time") from error

    def _left_alone(self) -> SourceError:
        return SourceError(Code.SOURCE_UNAVAILABLE, self.source, "breaker open")

    async def _authorized(self, call: Call, request: Request) -> tuple[Answer, Mapping[str, str]]:
        """Send with the credential of the moment, and say which it was."""
        credential = await self._credentials.headers()
        time_left = self._time_left(request)
        entry = request.ledger[self.source]
        entry.calls += 1
        started = time.perf_counter()
        try:
            answer = await self._wire.send(call, time_left, credential)
        finally:
            entry.ms += (time.perf_counter() - started) * 1000
        self._wire.note(answer.status)
        return answer, credential

    def _time_left(self, request: Request) -> float:
        remaining = request.remaining()
        if remaining <= 0:
            raise SourceError(Code.DEADLINE_EXCEEDED, self.source, "not sent")
        return min(remaining, self._wire.timeout_s)


def _code_of(status: int) -> Code:
    if status == 429:
        return Code.SOURCE_BUSY
    return Code.SOURCE_UNAVAILABLE if status >= 500 else Code.SOURCE_REJECTED
