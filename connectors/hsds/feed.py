"""The feed made of `/services?modified_after=…&full=true&page=…`, page after page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

import msgspec
import structlog

from connectors.hsds import mapping, values, wire
from connectors.kit import (
    DecodeError,
    FeedPage,
    Item,
    Removal,
    StatusError,
    Upstream,
    gather_all,
    json_of,
)

TABLE = "services"
BOX = ("south", "north", "west", "east")
"""The bounds of a service's positions: whatever lies in a circle has a box that touches it."""
_log = structlog.get_logger("connectors.hsds")
_TRIES = 3
"""How often a list is begun anew because it shifted while it was read; then what there is must do."""
_page = json_of(wire.ServicePage)
_service = json_of(wire.Service)


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where the reading stands. Pages are numbered, so that whoever comes or goes moves all that follow."""

    since: datetime | None = None
    """Only what was modified on or after it; None for everything."""
    page: int = 1
    started: datetime | None = None
    newest: datetime | None = None
    total: int | None = None
    last: tuple[str, ...] = ()
    """The ids of the page before."""
    tries: int = 1


class ServiceFeed:
    """Reads the list of services, from the beginning or from what has changed."""

    def __init__(self, upstream: Upstream, *, page_size: int, overlap_s: float, full_lists: bool) -> None:
        self._upstream = upstream
        self._page_size = page_size
        self._overlap = timedelta(seconds=overlap_s)
        self._full_lists = full_lists

    async def read(self, written: str | None) -> FeedPage:
        """Read one page."""
        at = Cursor() if written is None else msgspec.json.decode(written, type=Cursor)
        started = at.started or self._upstream.now()
        answer, told = await self._list(at)
        if not self._full_lists:
            told = await self._nested(told)
        ids = tuple(service.id for service in told)
        total = at.total if at.total is not None else answer.total_items
        shifted = answer.total_items != total or not set(ids).isdisjoint(at.last)
        same = bool(ids) and ids == at.last
        if shifted and at.tries < _TRIES and not same:
            cursor = Cursor(since=at.since, started=started, newest=at.newest, tries=at.tries + 1)
            return FeedPage(changes=self._changes(told, started), cursor=_written(cursor), more=True)
        newest = max(
            (one for service in told if (one := values.instant(service.last_modified)) is not None),
            default=None,
        )
        newest = max((one for one in (newest, at.newest) if one is not None), default=None)
        # A server that gives the same page whatever the number has no more than that.
        more = not same and self._goes_on(answer, at.page)
        if more:
            cursor = Cursor(
                since=at.since,
                page=at.page + 1,
                started=started,
                newest=newest,
                total=total,
                last=ids,
                tries=at.tries,
            )
        else:
            cursor = Cursor(since=self._next(at, newest, started))
        return FeedPage(changes=self._changes(told, started), cursor=_written(cursor), more=more)

    def _next(self, at: Cursor, newest: datetime | None, started: datetime) -> datetime:
        """Give the instant from which to ask for changes next time.

        Somewhat before the newest change: many are made in one second, and some servers leave out that
        instant itself. A directory's clock ahead of ours must not carry the reading past what comes next.
        """
        if newest is None and at.since is not None:
            return at.since
        return min(newest or started, started) - self._overlap

    async def _list(self, at: Cursor) -> tuple[wire.ServicePage, list[wire.Service]]:
        params: dict[str, str | int] = {"page": at.page, "per_page": self._page_size}
        if self._full_lists:
            params["full"] = "true"
        if at.since is not None:
            params["modified_after"] = at.since.isoformat(timespec="milliseconds")
        answer = await self._upstream.get("services", decode=self._decoded, params=params)
        return answer.data

    def _decoded(self, body: bytes) -> tuple[wire.ServicePage, list[wire.Service]]:
        page = _page(body)
        told = self._understood([bytes(entry) for entry in page.contents])
        if page.contents and not told:
            raise DecodeError(f"none of {len(page.contents)} services keeps to the standard")
        return page, told

    async def _nested(self, listed: Sequence[wire.Service]) -> list[wire.Service]:
        """Read each service by itself, for servers whose lists leave out what belongs to it."""
        found = await gather_all(*(self._one(service.id) for service in listed))
        return self._understood([body for body in found if body is not None])

    async def _one(self, id_: str) -> bytes | None:
        try:
            answer = await self._upstream.get(f"services/{quote(id_, safe='')}", decode=bytes)
        except StatusError as error:
            if error.status == 404:
                return None
            raise
        return answer.data

    def _understood(self, bodies: Sequence[bytes]) -> list[wire.Service]:
        told = []
        for body in bodies:
            try:
                told.append(_service(body))
            except DecodeError:
                continue
        if left_out := len(bodies) - len(told):
            reason = "they break the standard"
            _log.warning("services left out", source=self._upstream.source, reason=reason, count=left_out)
        return told

    def _changes(self, told: Sequence[wire.Service], now: datetime) -> list[Item | Removal]:
        changes: list[Item | Removal] = []
        for service in told:
            version = mapping.version(service, now)
            if mapping.status(service) is None:
                changes.append(Removal(table=TABLE, id=service.id, version=version))
                continue
            # Only what is read of it is kept: the names of people in it are not.
            data = msgspec.json.encode(service)
            keys = mapping.box(service)
            changes.append(Item(table=TABLE, id=service.id, version=version, data=data, keys=keys))
        return changes

    def _goes_on(self, answer: wire.ServicePage, page: int) -> bool:
        if not answer.contents:
            return False
        if answer.last_page is not None:
            return not answer.last_page
        if answer.total_pages is not None:
            return page < answer.total_pages
        return len(answer.contents) >= self._page_size


def _written(cursor: Cursor) -> str:
    return msgspec.json.encode(cursor).decode()
