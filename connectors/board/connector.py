"""The connector for a board of offers and wants in schema.org's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated
from urllib.parse import quote

import msgspec
import structlog

from connectors.board import mapping, wire
from connectors.kit import (
    Code,
    Connector,
    DecodeError,
    Params,
    SourceError,
    StatusError,
    answers,
    chunked,
    fits_path,
    gather_all,
)
from schema.core.record import Ref
from schema.goods.lookups import POST_BY_REF, POSTS, AllPosts
from schema.goods.records import BoardPostRecord, BoardStatus, GoodsCategory

_log = structlog.get_logger("connectors.board")
_IDS = 50
"""`identifier`s in one URL."""
_MAX_PAGES = 50


class BoardOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What sources.toml may say of a board."""

    page_size: Annotated[int, msgspec.Meta(ge=1)] = 500
    """Posts asked for at a time; a board may give fewer."""
    categories: dict[str, GoodsCategory] = {}
    """Category by what the board writes as `category`, beside those that are known."""


class Board(Connector):
    """Answers the lookups of the neighbours' board."""

    standard = "schema.org Offer and Demand"
    Options = BoardOptions

    options: BoardOptions

    @answers(POSTS)
    async def posts(self, keys: Sequence[AllPosts]) -> Mapping[AllPosts, Sequence[BoardPostRecord]]:
        """GET /posts, page after page: what holds still and is not closed."""
        now = self.upstream.now()
        posts = [
            post
            for post in await self._list({})
            if post.status is not BoardStatus.CLOSED and (post.expires_at is None or now < post.expires_at)
        ]
        return dict.fromkeys(keys, posts)

    @answers(POST_BY_REF)
    async def post_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, BoardPostRecord]:
        """GET /posts/{identifier} for one, GET /posts with an `identifier` for each of many."""
        ids = [key.id for key in keys if fits_path(key.id)]
        parts = await gather_all(*(self._by_id(chunk) for chunk in chunked(ids, _IDS)))
        by_ref = {post.ref: post for part in parts for post in part}
        return {key: by_ref[key] for key in keys if key in by_ref}

    async def _by_id(self, ids: Sequence[str]) -> Sequence[BoardPostRecord]:
        if len(ids) > 1:
            return await self._list({"identifier": ids})
        try:
            response = await self.upstream.get(
                f"posts/{quote(ids[0], safe='')}", decode=lambda body: self._record(wire.post_of(body))
            )
        except StatusError as error:
            if error.status in (404, 410):
                return ()
            raise
        return [response.data]

    async def _list(self, params: Params) -> Sequence[BoardPostRecord]:
        """Read a list whole. Posts move between pages while others come: identifiers tell them apart."""
        found: dict[str, wire.Post] = {}
        rows = 0
        for page in range(1, _MAX_PAGES + 1):
            response = await self.upstream.get(
                "posts",
                decode=wire.page_of,
                params={**params, "page": page, "pageSize": self.options.page_size},
            )
            found.update((post.identifier, post) for post in response.data.posts)
            # A board may give fewer a page than it is asked for; its pages are then of that size.
            rows += response.data.rows
            if not response.data.rows or rows >= response.data.total:
                return list(self._records(found.values()))
        raise SourceError(Code.SOURCE_MALFORMED, self.upstream.source, "/posts does not end")

    def _records(self, posts: Iterable[wire.Post]) -> Iterator[BoardPostRecord]:
        for post in posts:
            try:
                yield self._record(post)
            except DecodeError as error:
                _log.warning("unreadable post left out", reason=str(error))

    def _record(self, post: wire.Post) -> BoardPostRecord:
        categories = mapping.CATEGORIES | self.options.categories
        return mapping.record(post, self.upstream.source, self.upstream.now(), categories)
