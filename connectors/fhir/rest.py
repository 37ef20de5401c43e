"""FHIR search over HTTP (R4 3.1.1): what is asked, page after page, and what servers make of it.

Only parameters that R4 defines for a type are ever sent, for a server may answer an unknown one with
an empty set, silently. Where it does so all the same, its self link, which names what it took notice
of, gives it away: such an answer is a fault and not "there is none".
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from urllib.parse import quote

import msgspec
import structlog

from connectors.fhir import wire
from connectors.kit import Code, Params, SourceError, StatusError, Upstream, chunked
from schema.core.scalars import in_china

T = TypeVar("T", bound=wire.Resource)
U = TypeVar("U", bound=wire.Resource)

PAGE = 200
"""How many resources a page may hold, if the server is willing."""
_IDS = 200
_MAX_PAGES = 500
_MAX_URL = 1_500
_HEADERS = {"accept": "application/fhir+json"}
_RESULT = frozenset({"_count", "_sort"})
"""They shape an answer and cannot empty it."""
_UNSERVED = 404
"""What a server answers for a type that it does not serve; for a parameter that it refuses it is another
(400, 405, 422, 501)."""
_PATIENCE = timedelta(hours=1)
"""A server that ignored includes is not tried with them again for so long."""

_log = structlog.get_logger("connectors.fhir")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Matches of one page, and whether there are others."""

    matches: Sequence[T]
    more: bool


class Beside:
    """Resources that came beside the matches (`_include`, `_revinclude`)."""

    def __init__(self) -> None:
        self._found: dict[tuple[type[wire.Resource], str], wire.Resource] = {}

    def add(self, resources: Iterable[wire.Resource]) -> None:
        """Keep each once."""
        for resource in resources:
            self._found[type(resource), resource.id] = resource

    def get(self, kind: type[U], key: str | None) -> U | None:
        """Give one by type and id, None if it did not come."""
        found = self._found.get((kind, key)) if key is not None else None
        return found if isinstance(found, kind) else None

    def all(self, kind: type[U]) -> list[U]:
        """Give every one of a type."""
        return [found for found in self._found.values() if isinstance(found, kind)]


class Rest:
    """One server's searches. It learns whether the server includes, and what it calls its own base."""

    def __init__(self, upstream: Upstream, *, includes: bool) -> None:
        self._upstream = upstream
        self._includes = includes
        self._ignored_at: datetime | None = None
        self._base: str | None = None

    def local_id(self, reference: wire.Reference | None, kind: type[wire.Resource]) -> str | None:
        """Give the id that a reference leads to, None where it leads to another type or elsewhere."""
        target = (reference.reference if reference else None) or ""
        if self._base is not None:
            target = target.removeprefix(f"{self._base}/")
        match target.partition("/_history/")[0].split("/"):
            case [name, key] if name == kind.__name__ and key:
                return key
        return None

    async def find(
        self, kind: type[T], params: Params, includes: Params | None = None, *, optional: bool = False
    ) -> tuple[list[T], Beside]:
        """Give every match once, and what came beside them.

        `optional`: a server that does not serve the type has none. One that does and refuses a parameter
        is at fault: its resources would be missed in silence.
        """
        found: dict[str, T] = {}
        beside = Beside()
        try:
            async for page in self.pages(kind, {**params, "_count": PAGE}, includes, beside):
                found.update({resource.id: resource for resource in page.matches})
        except StatusError as error:
            if not (optional and error.status == _UNSERVED):
                raise
        return list(found.values()), beside

    async def by_id(
        self, kind: type[T], ids: Iterable[str], includes: Params | None = None, *, of: Params | None = None
    ) -> tuple[dict[str, T], Beside]:
        """Read many by their ids in as few calls as the server's pages allow; who is gone is absent.

        `of`: what else must be true of them.
        """
        found: dict[str, T] = {}
        beside = Beside()
        for chunk in chunked(dict.fromkeys(ids), _IDS):
            params: Params = {"_id": ",".join(chunk), **(of or {}), "_count": len(chunk)}
            wanted = frozenset(chunk)
            async for page in self.pages(kind, params, includes, beside):
                found.update({resource.id: resource for resource in page.matches if resource.id in wanted})
        return found, beside

    async def pages(
        self, kind: type[T], params: Params, includes: Params | None, beside: Beside
    ) -> AsyncGenerator[Page[T]]:
        """Search, page by page; what comes beside the matches goes into `beside`."""
        answer = await self._search(kind, params, includes or {})
        if answer.next is None and answer.total is not None and answer.seen < answer.total:
            # No way on to the rest: some servers cut at `_count` and say no more.
            answer = await self._search(kind, {**params, "_count": answer.total}, includes or {})
            if answer.next is None and answer.seen < (answer.total or 0):
                raise self._malformed("a list cut short without a link to the rest")
        visited: set[str] = set()
        while True:
            beside.add(answer.includes)
            yield Page(
                [found for found in answer.matches if isinstance(found, kind)], answer.next is not None
            )
            if answer.next is None:
                return
            if answer.next in visited or len(visited) >= _MAX_PAGES:
                raise self._malformed("a list without an end")
            visited.add(answer.next)
            answer = await self._follow(kind, answer.next)

    async def _search(self, kind: type[wire.Resource], params: Params, includes: Params) -> wire.Searchset:
        wanted = includes if self._including() else {}
        answer = await self._send(kind, {**params, **wanted})
        if answer.used is None:
            return answer
        ignored = {name for name in (*params, *wanted) if wire.base_name(name) not in answer.used | _RESULT}
        if ignored & wanted.keys() and not answer.includes:
            if answer.seen:
                self._ignored_at = self._upstream.now()
                return answer
            answer = await self._send(kind, params)
        if (unknown := ignored - wanted.keys()) and not answer.seen:
            names = ", ".join(sorted(unknown))
            raise SourceError(
                Code.SOURCE_REJECTED, self._upstream.source, f"{kind.__name__}: takes no {names}"
            )
        return answer

    def _including(self) -> bool:
        if self._ignored_at is not None and self._upstream.now() - self._ignored_at < _PATIENCE:
            return False
        return self._includes

    async def _send(self, kind: type[wire.Resource], params: Params) -> wire.Searchset:
        name = kind.__name__
        decode = wire.searchset(name)
        if _length(params) > _MAX_URL:
            answer = await self._upstream.post(
                f"{name}/_search", decode=decode, form=params, headers=_HEADERS
            )
        else:
            answer = await self._upstream.get(name, decode=decode, params=params, headers=_HEADERS)
        return self._noted(answer.data)

    async def _follow(self, kind: type[wire.Resource], link: str) -> wire.Searchset:
        answer = await self._upstream.get(link, decode=wire.searchset(kind.__name__), headers=_HEADERS)
        return self._noted(answer.data)

    def _noted(self, answer: wire.Searchset) -> wire.Searchset:
        self._base = answer.base or self._base
        now = self._upstream.now()
        # A server whose clock is fast does not know the future.
        at = min(now, in_china(answer.at)) if answer.at is not None else now
        for resource in (*answer.matches, *answer.includes):
            resource.answered = at
        for kind, count in answer.skipped.items():
            _log.warning("resources skipped", source=self._upstream.source, type=kind, count=count)
        return answer

    def _malformed(self, detail: str) -> SourceError:
        return SourceError(Code.SOURCE_MALFORMED, self._upstream.source, detail)


def _length(params: Mapping[str, object]) -> int:
    """Measure what parameters come to in a URL."""
    return sum(
        len(name) + len(quote(str(item))) + 2
        for name, value in params.items()
        for item in (value if isinstance(value, list | tuple) else (value,))
    )
