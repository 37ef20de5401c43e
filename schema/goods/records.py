"""What a library tells of the things that it lends, and a board of what neighbours offer and want."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

from schema.core.docs import doc, enum_type
from schema.core.record import PlaceRecord, Record, Ref, Value
from schema.core.scenario import Scenario
from schema.core.slot import Price, SlotRecord, SlotUnit


class GoodsCategory(StrEnum):
    """What kind of thing it is."""

    TOOLS = "TOOLS"
    ELECTRONICS = "ELECTRONICS"
    OUTDOOR = "OUTDOOR"
    SPORTS = "SPORTS"
    MUSIC = "MUSIC"
    HOME = "HOME"
    FURNITURE = "FURNITURE"
    CARE = "CARE"
    CHILDREN = "CHILDREN"
    CLOTHES = "CLOTHES"
    BOOKS = "BOOKS"
    LEARNING = "LEARNING"
    GAMES = "GAMES"
    PLANTS = "PLANTS"
    OTHER = "OTHER"


enum_type(
    GoodsCategory,
    "物品类别",
    "Kind of thing",
    TOOLS=("工具", "Tools"),
    ELECTRONICS=("数码影音", "Electronics, sound and picture"),
    OUTDOOR=("户外露营", "Camping and outdoors"),
    SPORTS=("运动器材", "Sports"),
    MUSIC=("乐器", "Musical instruments"),
    HOME=("家用电器与厨具", "Household appliances and kitchen"),
    FURNITURE=("家具", "Furniture"),
    CARE=("康复护理", "Care and health"),
    CHILDREN=("母婴童用品", "For babies and children"),
    CLOTHES=("衣物鞋包", "Clothes, shoes and bags"),
    BOOKS=("图书文具", "Books and stationery"),
    LEARNING=("科普学习", "Science and learning"),
    GAMES=("玩具桌游", "Toys and games"),
    PLANTS=("花草绿植", "Plants"),
    OTHER=("其他或来源未说明", "Something else, or not said"),
)


class ThingRecord(Record, frozen=True, kw_only=True):
    """图书馆出借的一种物品，可有多件。
    A kind of thing that a library system lends, of which it may have several.
    """

    kind: ClassVar[str] = "thing"

    name: Annotated[str, doc("名称", "Name")]
    name_en: Annotated[str | None, doc("英文名称", "Name in English")] = None
    maker: Annotated[str | None, doc("品牌", "Who made it")] = None
    description: Annotated[str | None, doc("说明", "What to know about it")] = None
    category: Annotated[GoodsCategory, doc("类别", "Kind of thing")] = GoodsCategory.OTHER

    copies: tuple[ThingCopyRecord, ...] = ()
    """Those that a list brought along; empty where they are to be asked for."""


class ThingTaken(Value, frozen=True, kw_only=True):
    """一件物品已被预订或借出的一段时间。
    A span of time in which a thing is booked or lent.
    """

    start: Annotated[datetime, doc("开始时刻", "When it begins")]
    end: Annotated[datetime, doc("结束时刻", "When it ends")]


class ThingCopyRecord(PlaceRecord, frozen=True, kw_only=True):
    """图书馆出借的一件物品：放在哪里，哪几天可借。
    One thing that a library lends: where it is kept, and on which days it can be had.
    """

    kind: ClassVar[str] = "thing-copy"

    call_number: Annotated[str | None, doc("索取号", "Call number")] = None
    storage: Annotated[str | None, doc("馆内位置", "Where in the library it is kept")] = None
    replacement_price: Annotated[
        Decimal | None, doc("遗失赔偿价（元）；未说明时为空", "What it costs to replace it, in CNY")
    ] = None
    lendable: Annotated[
        bool, doc("是否可预订；损坏、遗失或下架为假", "Whether it is lent: not broken, lost or withdrawn")
    ] = True

    thing: ThingRecord
    """What it is one of; without its other copies."""
    library_id: str | None = None
    out_until: date | None = None
    """The day when it is due, where it is out now."""


class ThingLoanRecord(SlotRecord, frozen=True, kw_only=True):
    """在若干天内借用一件物品，首日至末日整天计。
    One thing for some days, from the first one's beginning to the last one's end.
    """

    kind: ClassVar[str] = "thing-loan"
    scenario: ClassVar[Scenario] = Scenario.GOODS
    unit: ClassVar[SlotUnit] = SlotUnit.COPY

    copy: ThingCopyRecord


class BoardKind(StrEnum):
    """What a post on the neighbours' board is."""

    OFFER = "OFFER"
    WANT = "WANT"


enum_type(
    BoardKind,
    "帖子种类",
    "What a post on the neighbours' board is",
    OFFER=("我有：可赠送、出借或转让", "Offered: to give, lend or sell"),
    WANT=("我要：求助、求借或求购", "Wanted"),
)


class BoardDeal(StrEnum):
    """On what terms it changes hands."""

    GIVE = "GIVE"
    LEND = "LEND"
    SELL = "SELL"


enum_type(
    BoardDeal,
    "交接方式",
    "On what terms it changes hands",
    GIVE=("赠送", "For good, for nothing"),
    LEND=("借用", "For a while"),
    SELL=("转让", "For good, for money"),
)


class BoardStatus(StrEnum):
    """Whether a post is still worth answering."""

    OPEN = "OPEN"
    RESERVED = "RESERVED"
    CLOSED = "CLOSED"


enum_type(
    BoardStatus,
    "帖子状态",
    "Whether a post is still worth answering",
    OPEN=("有效", "Nobody has it yet"),
    RESERVED=("已有人预定", "Promised to somebody"),
    CLOSED=("已完成或撤回", "Done, or taken back"),
)


class BoardPostRecord(PlaceRecord, frozen=True, kw_only=True):
    """邻里好物板上的一条帖子；位置只到社区，发帖人只留姓氏。
    A post on the neighbours' board; its position is its community's, and of the neighbour only the family
    name is told.
    """

    kind: ClassVar[str] = "board-post"

    post_kind: Annotated[BoardKind, doc("种类", "Whether it is offered or wanted")]
    category: Annotated[GoodsCategory, doc("类别", "Kind of thing")] = GoodsCategory.OTHER
    deal: Annotated[BoardDeal | None, doc("交接方式；未说明时为空", "On what terms; null where not said")] = (
        None
    )
    description: Annotated[
        str | None, doc("说明，联系方式已隐去", "What is said of it, ways to reach people left out")
    ] = None
    status: Annotated[BoardStatus, doc("状态", "Whether it is worth answering")] = BoardStatus.OPEN
    price: Annotated[Price | None, doc("价格；未说明时为空", "Price; null where not said")] = None
    photos: Annotated[tuple[str, ...], doc("照片地址", "Addresses of photos")] = ()
    neighbour: Annotated[
        str | None, doc("发帖人，只显示姓氏，如陈*", "Whose it is: the family name alone, such as 陈*")
    ] = None
    posted_at: Annotated[datetime | None, doc("发布时刻", "When it was posted")] = None
    expires_at: Annotated[datetime | None, doc("失效时刻；不设期限时为空", "Until when it holds")] = None
    url: Annotated[str | None, doc("板上的网页，可在那里联系发帖人", "Its page, where to answer it")] = None


def library_ref(copy: ThingCopyRecord) -> Ref | None:
    """Give the Ref of the library where a copy is kept, None where the source does not say."""
    return Ref(copy.ref.source, copy.library_id) if copy.library_id else None
