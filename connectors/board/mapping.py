"""From schema.org's Offer and Demand to posts of 好物分享."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from connectors.board import wire
from connectors.board.privacy import masked, without_contacts
from connectors.kit import DecodeError
from schema.community.gazetteer import COMMUNITIES
from schema.core.record import Ref
from schema.core.slot import Price
from schema.goods.records import BoardDeal, BoardKind, BoardPostRecord, BoardStatus, GoodsCategory

_KINDS = {"Offer": BoardKind.OFFER, "Demand": BoardKind.WANT}
_DEALS = {
    "Dispose": BoardDeal.GIVE,
    "LeaseOut": BoardDeal.LEND,
    "Sell": BoardDeal.SELL,
    "Buy": BoardDeal.SELL,
}
_STATUSES = {
    "Reserved": BoardStatus.RESERVED,
    "SoldOut": BoardStatus.CLOSED,
    "OutOfStock": BoardStatus.CLOSED,
    "Discontinued": BoardStatus.CLOSED,
}
CATEGORIES = {
    "工具": GoodsCategory.TOOLS,
    "数码影音": GoodsCategory.ELECTRONICS,
    "户外露营": GoodsCategory.OUTDOOR,
    "运动器材": GoodsCategory.SPORTS,
    "乐器": GoodsCategory.MUSIC,
    "家用电器": GoodsCategory.HOME,
    "厨具": GoodsCategory.HOME,
    "家具": GoodsCategory.FURNITURE,
    "康复护理": GoodsCategory.CARE,
    "母婴童用品": GoodsCategory.CHILDREN,
    "衣物鞋包": GoodsCategory.CLOTHES,
    "图书文具": GoodsCategory.BOOKS,
    "科普学习": GoodsCategory.LEARNING,
    "玩具桌游": GoodsCategory.GAMES,
    "花草绿植": GoodsCategory.PLANTS,
}
"""The categories that a board writes out, unless its options say otherwise."""


def record(
    post: wire.Post, source: str, now: datetime, categories: Mapping[str, GoodsCategory]
) -> BoardPostRecord:
    """Give a post. Its position is its community's centre: a neighbour's door is nobody else's business."""
    kind = _KINDS.get(wire.term(post.type))
    name = without_contacts(post.name)
    if kind is None or name is None or not post.identifier.strip():
        raise DecodeError("neither an Offer nor a Demand with a name")
    written = next((text for text in wire.texts(post.category) if text in categories), "")
    community = COMMUNITIES.get((post.area_served and post.area_served.identifier) or "")
    price = wire.amount(post.price)
    deal = _DEALS.get(wire.term(post.business_function))
    if deal is None and price is not None:
        deal = BoardDeal.SELL if price else BoardDeal.GIVE
    neighbour = post.offered_by
    return BoardPostRecord(
        ref=Ref(source, post.identifier.strip()),
        as_of=now,
        name=name,
        position=None if community is None else community.position,
        post_kind=kind,
        category=categories.get(written, GoodsCategory.OTHER),
        deal=deal,
        description=without_contacts(post.description),
        status=_STATUSES.get(wire.term(post.availability), BoardStatus.OPEN),
        price=None if price is None else Price(amount=price, currency=post.price_currency or "CNY"),
        photos=wire.urls(post.image),
        neighbour=None if neighbour is None else masked(neighbour.family_name or neighbour.name),
        posted_at=wire.instant(post.valid_from),
        expires_at=wire.instant(post.valid_through),
        url=next(iter(wire.urls(post.url)), None),
    )
