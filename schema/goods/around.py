"""What this scenario adds to a community and to `nearby`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.community.gazetteer import CommunityRecord
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.entity import relation
from schema.core.geo import near
from schema.core.listed import After, First, Radius
from schema.core.nearby import NearbyKind
from schema.goods.find import PostFilter, find_posts, find_things
from schema.goods.lookups import COPIES, POSTS, AllPosts, AllThings
from schema.goods.queries import BOARD_KIND, CATEGORIES
from schema.goods.records import BoardKind, BoardPostRecord, GoodsCategory, ThingRecord
from schema.goods.types import BoardPost, Thing

GOODS_NEARBY: tuple[NearbyKind, ...] = (
    NearbyKind(
        "THING_COPY",
        "图书馆出借的物品",
        "A thing that a library lends",
        COPIES,
        key=lambda _circle, _now: AllThings(),
        shows=lambda copy: copy.lendable,
    ),
    NearbyKind(
        "BOARD_POST",
        "邻里好物板上的帖子（位置为所在社区中心）",
        "A post on the neighbours' board, at its community's centre",
        POSTS,
        key=lambda _circle, _now: AllPosts(),
    ),
)


@strawberry.type
class GoodsOfCommunity:
    """Fields of Community."""

    @relation(
        "社区中心附近可借的物品，由近及远；来源全部失败时为空",
        "Things that can be borrowed around the community's centre, the nearest first; null where no source"
        " could answer",
        Connection[Thing] | None,
    )
    @staticmethod
    async def things(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        radius: Radius = 3000,
        categories: Annotated[list[GoodsCategory] | None, strawberry.argument(description=CATEGORIES)] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[ThingRecord]:
        """From the same list whichever the community: one call a library system for all of them."""
        circle = near(root.position.lat, root.position.lng, radius)
        return await find_things(info, circle, categories, None, first, after)

    @relation(
        "本社区的邻里好物板，由新到旧；来源全部失败时为空",
        "What neighbours in this community offer and want, newest first; null where no source could answer",
        Connection[BoardPost] | None,
    )
    @staticmethod
    async def board_posts(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        kind: Annotated[BoardKind | None, strawberry.argument(description=BOARD_KIND)] = None,
        categories: Annotated[list[GoodsCategory] | None, strawberry.argument(description=CATEGORIES)] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[BoardPostRecord]:
        """One call a board for all communities."""
        wanted = PostFilter(kind=kind, categories=categories, community=root)
        return await find_posts(info, None, wanted, first, after)
