"""The feed made of a module's list: `date_from`, `offset` and `limit`, page after page (section 4.1.6).

A reading ends with the instant from which the next one asks for changes: that of the newest change seen,
or of the reading's own beginning where that is earlier, less an overlap. What changed while pages were
read, and slipped from one to another, is then asked for again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import msgspec
import structlog

from connectors.kit import (
    Code,
    FeedPage,
    Item,
    Params,
    Removal,
    Response,
    SourceError,
    StatusError,
    Upstream,
)
from connectors.ocpi import wire

_log = structlog.get_logger("connectors.ocpi")
_NEXT = re.compile(r'<([^>]*)>[^,<]*;\s*rel="?next"?', re.IGNORECASE)
_REDIRECTS = frozenset({301, 302, 307, 308})
_NO_LINK = frozenset({400, 404, 405, 410, 422}) | _REDIRECTS


class Understood(msgspec.Struct, frozen=True):
    """What one page tells."""

    changes: Sequence[Item | Removal]
    newest: datetime | None
    """The newest change of anything on it."""


class Cursor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the reading stands."""

    since: datetime | None = None
    """Only what changed on or after it; None for everything."""
    offset: int = 0
    next: str | None = None
    """The server's own link to this page."""
    started: datetime | None = None
    newest: datetime | None = None
    seen: str = ""
    """What the page before began with: a server that gives the same page for ever has no more."""


class ModuleFeed:
    """Reads one module's list. `understand` makes changes of a page's objects."""

    def __init__(
        self,
        upstream: Upstream,
        path: str,
        understand: Callable[[Sequence[bytes]], Understood],
        *,
        page_size: int,
        overlap_s: float,
    ) -> None:
        self._upstream = upstream
        self._path = path
        self._understand = understand
        self._page_size = page_size
        self._overlap = timedelta(seconds=overlap_s)
        self._links = True
        """Whether the server's links lead anywhere; without them, offsets are counted."""

    async def read(self, written: str | None) -> FeedPage:
        """Read one page."""
        at = Cursor() if written is None else msgspec.json.decode(written, type=Cursor)
        started = at.started or self._upstream.now()
        answer = await self._page(at)
        objects = self._objects(answer.data)
        told = self._understand(objects)
        newest = max((one for one in (told.newest, at.newest) if one is not None), default=None)
        seen = f"{len(objects)} {objects[0][:200].decode(errors='replace')}" if objects else ""
        offset = at.offset + len(objects)
        link = self._next(answer.headers, at.next)
        if objects and seen != at.seen and (link is not None or self._goes_on(answer, offset, len(objects))):
            cursor = Cursor(
                since=at.since, offset=offset, next=link, started=started, newest=newest, seen=seen
            )
            return FeedPage(changes=told.changes, cursor=_written(cursor), more=True)
        since = at.since if newest is None else min(newest, started) - self._overlap
        return FeedPage(changes=told.changes, cursor=_written(Cursor(since=since)), more=False)

    async def _page(self, at: Cursor) -> Response[wire.Envelope]:
        if at.next is not None and self._links:
            try:
                return await self._upstream.get(at.next, decode=wire.envelope)
            except StatusError as error:
                if error.status not in _NO_LINK:
                    raise
            except SourceError as error:
                if error.code is not Code.SOURCE_MALFORMED:
                    raise
            _log.info("links lead nowhere, counting offsets", source=self._upstream.source, path=self._path)
            self._links = False
        params: dict[str, str | int] = {"offset": at.offset, "limit": self._page_size}
        if at.since is not None:
            written = at.since.astimezone(UTC).isoformat(timespec="milliseconds")
            params["date_from"] = written.replace("+00:00", "Z")
        return await self._list(params)

    async def _list(self, params: Params) -> Response[wire.Envelope]:
        """Ask for the list, and where the server wants a slash at the path's end, with it from then on.

        The redirect itself is not followed: behind a proxy its address is often not the outer one.
        """
        try:
            return await self._upstream.get(self._path, decode=wire.envelope, params=params)
        except StatusError as error:
            slashed = f"{self._path}/"
            led_to = urlsplit(error.headers.get("location", "")).path
            if error.status not in _REDIRECTS or not f"/{led_to}".endswith(f"/{slashed}"):
                raise
        self._path = slashed
        return await self._upstream.get(self._path, decode=wire.envelope, params=params)

    def _objects(self, told: wire.Envelope) -> list[bytes]:
        source = self._upstream.source
        if told.status_code >= 3000:
            raise SourceError(Code.SOURCE_UNAVAILABLE, source, f"OCPI status {told.status_code}")
        if told.status_code >= 2000:
            raise SourceError(Code.SOURCE_REJECTED, source, f"OCPI status {told.status_code}")
        if told.data is None:
            raise SourceError(Code.SOURCE_MALFORMED, source, "an answer without data")
        return [bytes(one) for one in told.data]

    def _next(self, headers: Mapping[str, str], asked: str | None) -> str | None:
        found = _NEXT.search(headers.get("link") or "") if self._links else None
        return found[1] if found is not None and found[1] != asked else None

    def _goes_on(self, answer: Response[wire.Envelope], offset: int, count: int) -> bool:
        """Say whether there is more where no link says so."""
        total, most = (_whole(answer.headers.get(name)) for name in ("x-total-count", "x-limit"))
        if total is not None:
            return offset < total
        return count >= min(self._page_size, most or self._page_size)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _written(cursor: Cursor) -> str:
    return msgspec.json.encode(cursor).decode()
