"""Fields of Query: things that can be borrowed, the days on which they can, and the neighbours' board."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from schema.community.gazetteer import COMMUNITIES
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import local_ref, relation
from schema.core.errors import InvalidInput
from schema.core.geo import NearInput
from schema.core.listed import After, First
from schema.goods.find import PostFilter, find_loans, find_posts, find_things
from schema.goods.records import (
    BoardKind,
    BoardPostRecord,
    BoardStatus,
    GoodsCategory,
    ThingLoanRecord,
    ThingRecord,
)
from schema.goods.types import FIRST_DAY, LAST_DAY, BoardPost, Thing, ThingLoan

CATEGORIES = text("类别；空为全部", "Kinds of thing; null for all")
BOARD_KIND = text("种类；空为全部", "Offered or wanted; null for both")
_KEPT_NEAR = text(
    "存放在此范围内，尚无位置的不列出；空为全部",
    "Kept inside this circle, those without a position left out; null: all",
)
_SEARCH = text("在名称与说明中查找的词，须同时出现", "Words to look for in name and description, all of them")


@strawberry.type
class GoodsQuery:
    """Fields of Query."""

    @relation(
        "图书馆出借的物品，给出 `near` 时由近及远，否则按名称；来源全部失败时为空",
        "Things that libraries lend, the nearest first where `near` is given, else by name; null where no"
        " source could answer",
        Connection[Thing] | None,
    )
    @staticmethod
    async def things(
        info: Info,
        near: Annotated[NearInput | None, strawberry.argument(description=_KEPT_NEAR)] = None,
        categories: Annotated[list[GoodsCategory] | None, strawberry.argument(description=CATEGORIES)] = None,
        search: Annotated[str | None, strawberry.argument(description=_SEARCH)] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[ThingRecord]:
        """One call a library system, copies included."""
        return await find_things(info, near.resolve() if near else None, categories, search, first, after)

    @relation(
        "在这些天整天空闲、可以借用的物品，给出 `near` 时由近及远，否则按名称；来源全部失败时为空",
        "What can be borrowed throughout these days, the nearest first where `near` is given, else by name;"
        " null where no source could answer",
        Connection[ThingLoan] | None,
    )
    @staticmethod
    async def thing_loans(
        info: Info,
        first_day: Annotated[date, strawberry.argument(description=FIRST_DAY)],
        last_day: Annotated[date, strawberry.argument(description=LAST_DAY)],
        near: Annotated[NearInput | None, strawberry.argument(description=_KEPT_NEAR)] = None,
        categories: Annotated[list[GoodsCategory] | None, strawberry.argument(description=CATEGORIES)] = None,
        thing: Annotated[
            strawberry.ID | None,
            strawberry.argument(description=text("某种物品的全局 ID", "Global id of one thing")),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[ThingLoanRecord]:
        """Two calls a library system: its things, and their bookings."""
        return await find_loans(
            info,
            (first_day, last_day),
            near.resolve() if near else None,
            categories,
            None if thing is None else local_ref(thing, ThingRecord),
            first,
            after,
        )

    @relation(
        "邻里好物板，给出 `near` 时由近及远，否则由新到旧；`near` 与 `community` 至多给一个；"
        "来源全部失败时为空",
        "The neighbours' board, the nearest first where `near` is given, else the newest first; at most one"
        " of `near` and `community`; null where no source could answer",
        Connection[BoardPost] | None,
    )
    @staticmethod
    async def board_posts(
        info: Info,
        near: Annotated[
            NearInput | None,
            strawberry.argument(
                description=text(
                    "所在社区的中心在此范围内", "From communities whose centre is inside this circle"
                )
            ),
        ] = None,
        community: Annotated[
            str | None,
            strawberry.argument(
                description=text("社区的 12 位代码", "The 12-digit code of the community that they are from")
            ),
        ] = None,
        kind: Annotated[BoardKind | None, strawberry.argument(description=BOARD_KIND)] = None,
        categories: Annotated[list[GoodsCategory] | None, strawberry.argument(description=CATEGORIES)] = None,
        status: Annotated[
            BoardStatus | None,
            strawberry.argument(
                description=text("状态；空为有效与已预定", "Status; null for open and reserved ones")
            ),
        ] = None,
        search: Annotated[str | None, strawberry.argument(description=_SEARCH)] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[BoardPostRecord]:
        """One call a board and page of it; what is asked for is cut from its answer."""
        if near is not None and community is not None:
            raise InvalidInput("Give either `near` or `community`, not both.")
        if community is not None and community not in COMMUNITIES:
            raise InvalidInput("There is no community with this code in Longgang.")
        wanted = PostFilter(
            kind=kind,
            categories=categories,
            status=status,
            search=search,
            community=None if community is None else COMMUNITIES[community],
        )
        return await find_posts(info, near.resolve() if near else None, wanted, first, after)
