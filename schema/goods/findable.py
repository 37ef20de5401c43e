"""What of this scenario `search` finds."""

from __future__ import annotations

from datetime import datetime

from schema.core.docs import wording
from schema.core.findable import Findable
from schema.core.scenario import Scenario
from schema.goods.lookups import COPIES, POSTS, AllPosts, AllThings
from schema.goods.records import BoardDeal, BoardPostRecord, BoardStatus, ThingCopyRecord


def _worth_answering(post: BoardPostRecord, now: datetime) -> bool:
    return post.status is not BoardStatus.CLOSED and (post.expires_at is None or now < post.expires_at)


def _free(post: BoardPostRecord) -> bool | None:
    if post.deal is BoardDeal.GIVE:
        return True
    return None if post.price is None else post.price.amount == 0


GOODS_FINDABLE: tuple[Findable, ...] = (
    Findable(
        record=ThingCopyRecord,
        scenario=Scenario.GOODS,
        called=("好物", "借物", "物品", "thing", "library of things"),
        search=COPIES,
        key=lambda _: AllThings(),
        words=lambda copy: (
            copy.thing.name,
            copy.thing.maker,
            wording(copy.thing.category),
            copy.thing.description,
        ),
        shows=lambda copy, _: copy.lendable,
        bookable_at=lambda copy, _: copy.lendable,
    ),
    Findable(
        record=BoardPostRecord,
        scenario=Scenario.GOODS,
        called=("好物", "闲置", "二手", "board"),
        search=POSTS,
        key=lambda _: AllPosts(),
        words=lambda post: (
            wording(post.category),
            wording(post.post_kind),
            wording(post.deal) if post.deal is not None else None,
            post.description,
        ),
        shows=_worth_answering,
        free=_free,
    ),
)
