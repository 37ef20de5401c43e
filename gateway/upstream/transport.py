"""Transports: how one call becomes bytes on a connection and back. Ours is pyreqwest (see docs/decisions)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import NamedTuple, Protocol, TypeAlias

import httpx
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import ConnectError, ConnectTimeoutError, PyreqwestError

FAULTS = (httpx.HTTPError, httpx.InvalidURL, PyreqwestError)
"""What either transport raises where no whole answer came. Their words may quote a URL, and a key in it."""
_NO_CONNECTION = "client error (Connect)"
"""How hyper, beneath pyreqwest, says so; once there is one, it says `client error (SendRequest)`."""


def unreached(error: Exception) -> bool:
    """Whether one of FAULTS says that nothing was sent: there was no connection.

    pyreqwest's ConnectError alone does not: a connection that broke after the request went out is one, too.
    """
    if isinstance(error, (ConnectError, ConnectTimeoutError)):
        causes = error.details["causes"] or ()
        return any(cause["message"] == _NO_CONNECTION for cause in causes)
    return isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))


class Headers(Mapping[str, str]):
    """An answer's headers: found in any case, given in lower case.

    One that was sent several times is joined by commas (RFC 9110, section 5.3).
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str | list[str]]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        """Give a header's value; KeyError if it was not sent."""
        value = self._values[name.lower()]
        return value if isinstance(value, str) else ", ".join(value)

    def __iter__(self) -> Iterator[str]:
        """Give each name once."""
        return iter(self._values)

    def __len__(self) -> int:
        """How many different ones there are."""
        return len(self._values)


class Answer(NamedTuple):
    """What came back, whatever its status; the body is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class BodyTooLongError(Exception):
    """An answer's body was longer than allowed, and was not read further."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


class Transport(Protocol):
    """One source's connections. They follow no redirect, keep no cookie, take no proxy of the environment."""

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        timeout_s: float,
        max_body_bytes: int,
    ) -> Answer:
        """Send once and read the whole answer.

        TimeoutError if that takes longer than `timeout_s`; BodyTooLongError as soon as the unpacked body
        is known to be longer than `max_body_bytes`; ValueError for a header that is no ASCII text, sent or
        received; one of FAULTS for everything else. Whoever is cancelled returns at once.
        """
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


MakeTransport: TypeAlias = Callable[[], Transport]
"""Makes one source's transport; tests take HttpxTransport, which respx can intercept."""


class PyreqwestTransport:
    """Over pyreqwest's own interface.

    pyreqwest 0.15 does not hear of a cancellation: whoever is cancelled leaves at once, the connection
    ends with `timeout_s`. It may even swallow one that comes between two of its steps, and answer: the
    task would then go on as if nobody had cancelled it.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        timeout_s: float,
        max_body_bytes: int,
    ) -> Answer:
        """Send; the time is kept by pyreqwest, which ends the connection with it."""
        task = asyncio.current_task()
        earlier = task.cancelling() if task else 0
        try:
            return await self._send(method, url, headers, body, timeout_s, max_body_bytes)
        finally:
            if task and task.cancelling() > earlier:
                raise asyncio.CancelledError

    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_s: float,
        max_body_bytes: int,
    ) -> Answer:
        builder = self._client.request(method, url).headers(headers).timeout(timedelta(seconds=timeout_s))
        if body:
            builder = builder.body_bytes(body)
        async with builder.build_streamed() as response:
            status = response.status
            answered = _headers(status, response.headers.dict_multi_value, max_body_bytes)
            chunks: list[bytes] = []
            size = 0
            reader = response.body_reader
            while (chunk := await reader.read_chunk()) is not None:
                size += len(chunk)
                if size > max_body_bytes:
                    raise BodyTooLongError(status)
                chunks.append(bytes(chunk))
        return Answer(status, answered, chunks[0] if len(chunks) == 1 else b"".join(chunks))

    async def close(self) -> None:
        """Close the pool."""
        await self._client.close()


class HttpxTransport:
    """Over `httpx.AsyncClient`, by httpx's own transport or another of its interface."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            transport=transport or httpx.AsyncHTTPTransport(trust_env=False),
            timeout=None,  # noqa: S113  # each call is timed as a whole
            # A session of one resident's call must not be continued by the next one's.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            trust_env=False,
        )

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        timeout_s: float,
        max_body_bytes: int,
    ) -> Answer:
        """Send; a cancellation closes the connection at once."""
        async with (
            asyncio.timeout(timeout_s),
            self._client.stream(method, url, headers=headers, content=body or None) as response,
        ):
            status = response.status_code
            answered = _headers(status, lambda: _by_name(response.headers), max_body_bytes)
            chunks: list[bytes] = []
            size = 0
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > max_body_bytes:
                    raise BodyTooLongError(status)
                chunks.append(chunk)
        return Answer(status, answered, b"".join(chunks))

    async def close(self) -> None:
        """Close the client and what is under it."""
        await self._client.aclose()


def pooled_transport() -> Transport:
    """Give pyreqwest's transport, with a pool of its own."""
    return PyreqwestTransport(
        ClientBuilder()
        .follow_redirects(False)
        .no_proxy()
        .tcp_nodelay(True)
        .pool_idle_timeout(timedelta(seconds=15))
        .build()
    )


def _headers(status: int, read: Callable[[], Mapping[str, str | list[str]]], max_body_bytes: int) -> Headers:
    """Read an answer's headers, and see whether they tell that its body is too long.

    Of a refusal the status speaks, also where a header beside it is no text.
    """
    try:
        values = read()
    except ValueError:
        if 200 <= status < 300:
            # Without its words, which quote the value.
            raise ValueError from None
        return Headers({})
    length = values.get("content-length")
    # A packed body's length says nothing of what is in it.
    if isinstance(length, str) and int(length) > max_body_bytes and "content-encoding" not in values:
        raise BodyTooLongError(status)
    return Headers(values)


def _by_name(headers: httpx.Headers) -> dict[str, str | list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in headers.raw:
        values.setdefault(name.decode("ascii").lower(), []).append(value.decode("ascii"))
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}
