"""Photos over HTTP: `POST /photos` takes one of somebody who has a token, `GET /photos/{id}` gives it to all.

Whoever has its address may see a photo: the platform that a report goes to fetches it there.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from gateway.http.body import read_body
from gateway.http.errors import DisconnectedError, HttpError
from gateway.http.headers import Headers, media_type, request_headers
from gateway.logs import fault_of
from gateway.request import request_scope
from schema.core.errors import Code, PublicError
from schema.core.viewer import Viewer

_log = structlog.get_logger("gateway.photos")

_AT_ONCE = 2
"""Photos decoded at a time: each may take 250 MB of memory, for a second."""
_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
)
_SHOWN = (
    *_SAFE,
    (b"content-type", b"image/jpeg"),
    (b"content-disposition", b"inline"),
    # An id is never given to another photo.
    (b"cache-control", b"public, max-age=31536000, immutable"),
    # The platform shows it on pages of its own.
    (b"cross-origin-resource-policy", b"cross-origin"),
)
_ID = re.compile(r"[A-Za-z0-9_-]{32}")
_CHALLENGE = {b"www-authenticate": b"Bearer"}


class PhotoStore(Protocol):
    """Where photos are kept. PublicError where it is away."""

    async def add(self, viewer: Viewer, content: bytes) -> str | None:
        """Keep a photo and give its id; None where its resident has had his photos of the day."""
        ...

    async def find(self, id_: str) -> bytes | None:
        """Give a photo by its id."""
        ...


class PhotoEndpoint:
    """The two ASGI apps. `store` is set while there is one; `who` tells who asks by a header's value."""

    def __init__(
        self,
        who: Callable[[bytes], Awaitable[Viewer]],
        public_base: str,
        *,
        max_bytes: int,
        timeout_s: float,
    ) -> None:
        self.store: PhotoStore | None = None
        self._who = who
        self._base = public_base
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._places = asyncio.Semaphore(_AT_ONCE)
        self.upload = _App(self._upload)
        self.show = _App(self._show)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            raise HttpError(405, Code.METHOD_NOT_ALLOWED, "Send a photo by POST.", {b"allow": b"POST"})
        headers = request_headers(scope)
        with request_scope(self._timeout_s) as request:
            viewer = await self._viewer(headers)
            # Late: few requests bring a photo, and its libraries take a while to import.
            from gateway.photos.picture import check_media, redrawn

            # Late: few requests bring a photo, and its libraries take a while to import.

            media, _ = media_type(headers.get(b"content-type", b""))
            format_ = check_media(media)
            if headers.get(b"content-encoding", b"identity") != b"identity":
                raise HttpError(415, Code.UNSUPPORTED_MEDIA_TYPE, "A photo is sent as it is, not packed.")
            body = await read_body(receive, headers, self._max_bytes, request.remaining())
            async with self._places:
                content = await asyncio.to_thread(redrawn, body, format_)
            id_ = await self._kept().add(viewer, content)
        if id_ is None:
            raise HttpError(429, Code.QUOTA_EXCEEDED, "That is enough photos for a day; try again tomorrow.")
        answer = {"id": id_, "url": f"{self._base}/photos/{id_}"}
        await _send_json(send, 201, answer, {b"cache-control": b"no-store"})

    async def _show(self, scope: Scope, receive: Receive, send: Send) -> None:  # as every ASGI app
        if scope["method"] not in ("GET", "HEAD"):
            raise HttpError(405, Code.METHOD_NOT_ALLOWED, "A photo is read by GET.", {b"allow": b"GET, HEAD"})
        id_, content = scope["path_params"]["id"], None
        if _ID.fullmatch(id_):
            with request_scope(self._timeout_s):
                content = await self._kept().find(id_)
        if content is None:
            raise HttpError(404, Code.NOT_FOUND, "There is no such photo, or no longer.")
        head = [*_SHOWN, (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})

    async def _viewer(self, headers: Headers) -> Viewer:
        authorization = headers.get(b"authorization")
        if authorization is None:
            sentence = "Say who asks: send a token as `Authorization: Bearer …`."
            raise HttpError(401, Code.UNAUTHENTICATED, sentence, _CHALLENGE)
        return await self._who(authorization)

    def _kept(self) -> PhotoStore:
        if self.store is None:
            raise PublicError(Code.WRITES_UNAVAILABLE, "This gateway takes no bookings and reports.")
        return self.store


class _App:
    """Turns whatever an ASGI app raises into a response."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except DisconnectedError:
            return
        except HttpError as error:
            await _send_error(send, error.status, error, error.headers)
        except PublicError as error:
            # The store is away: the same may be sent again.
            await _send_error(send, 503, error, {b"retry-after": b"10"})
        except Exception as error:
            _log.error("photo fault", fault=fault_of(error))
            await _send_error(send, 500, PublicError(Code.INTERNAL, "The photo could not be dealt with."), {})


async def _send_error(send: Send, status: int, error: PublicError, headers: Mapping[bytes, bytes]) -> None:
    content = {"code": error.code.value, "message": error.message}
    await _send_json(send, status, content, {b"cache-control": b"no-store", **headers})


async def _send_json(
    send: Send, status: int, content: Mapping[str, str], headers: Mapping[bytes, bytes]
) -> None:
    body = orjson.dumps(content)
    head = [
        *_SAFE,
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        *headers.items(),
    ]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
