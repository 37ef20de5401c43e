"""Records of this scenario: libraries, the titles they have, and the copies of a title."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from schema.core.docs import doc, enum_type
from schema.core.record import PlaceRecord, Record, Value


class LibraryRecord(PlaceRecord, frozen=True, kw_only=True):
    """图书馆：一个可以到馆借阅的馆点（总馆、分馆或社区馆）。
    A library: one place to read and borrow, be it a main library or a branch.
    """

    kind: ClassVar[str] = "library"

    address: Annotated[str | None, doc("地址", "Address")] = None
    phone: Annotated[str | None, doc("电话", "Telephone")] = None
    email: Annotated[str | None, doc("电子邮箱", "E-mail address")] = None
    website: Annotated[str | None, doc("网址", "Address of its web page")] = None


class BiblioRecord(Record, frozen=True, kw_only=True):
    """书目：某馆系统编目的一种书（一个版本）或其他馆藏，可有多册。
    A title as one library system has catalogued it: one edition of a book or another thing it lends.
    """

    kind: ClassVar[str] = "biblio"

    number: int
    """The record's own number in its catalogue: it never changes, and lists are in its order."""
    booked: bool = False
    """Whether it is a thing that is booked by the day, so that nobody can place a hold on it."""
    title: Annotated[
        str | None, doc("题名；目录未著录时为空", "Title; null where the catalogue has none")
    ] = None
    subtitle: Annotated[str | None, doc("副题名", "Subtitle")] = None
    part_number: Annotated[str | None, doc("分卷（册）号", "Number of the part")] = None
    part_name: Annotated[str | None, doc("分卷（册）名", "Name of the part")] = None
    author: Annotated[str | None, doc("责任者", "Author, as catalogued")] = None
    isbns: Annotated[
        tuple[str, ...],
        doc(
            "ISBN：有效的给出 13 位、无连字符的形式，其余按目录原样",
            "ISBNs: 13 digits without hyphens where valid, else as catalogued",
        ),
    ] = ()
    publisher: Annotated[str | None, doc("出版者", "Publisher")] = None
    publication_place: Annotated[str | None, doc("出版地", "Place of publication")] = None
    year: Annotated[int | None, doc("出版年", "Year of publication")] = None
    series: Annotated[str | None, doc("丛书名", "Series")] = None
    edition: Annotated[str | None, doc("版次", "Edition, as catalogued")] = None
    pages: Annotated[str | None, doc("页数", "Extent, as catalogued")] = None
    classification: Annotated[
        str | None,
        doc("分类号（国内多为中图法）", "Class mark, of the Chinese Library Classification as a rule"),
    ] = None
    abstract: Annotated[str | None, doc("内容提要", "What it is about")] = None
    item_type: Annotated[
        str | None, doc("馆系统自定的文献类型代码", "The library system's own code for this kind of item")
    ] = None


class CopyStatus(StrEnum):
    """What a reader can do with a copy, made of DAIA's services (DAIA 1.0, "Availability")."""

    AVAILABLE = "available"
    ONLINE = "online"
    ON_SITE = "on_site"
    ON_LOAN = "on_loan"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


enum_type(
    CopyStatus,
    "馆藏状态",
    "What can be done with a copy",
    AVAILABLE=("可外借（可能需等待，见 services）", "Can be borrowed, perhaps after a delay: see `services`"),
    ONLINE=("可在线获取，无需到馆", "Can be had without a visit, online as a rule"),
    ON_SITE=("仅供馆内阅览", "Can be used inside the library only"),
    ON_LOAN=("已借出或已被预约，预计会再可借", "Out or kept for a reader; expected to be lent again"),
    UNAVAILABLE=("暂不提供，何时恢复不详", "Not to be had, and nobody says whether it will be"),
    UNKNOWN=("来源未说明", "The library does not say"),
)


class CopyUse(StrEnum):
    """DAIA's predefined services (DAIA 1.0, "Services")."""

    PRESENTATION = "presentation"
    LOAN = "loan"
    REMOTE = "remote"
    INTERLOAN = "interloan"
    OPEN_ACCESS = "openaccess"


enum_type(
    CopyUse,
    "馆藏服务",
    "What a library does with a copy for a reader",
    PRESENTATION=("馆内阅览", "Use inside the library"),
    LOAN=("外借", "Lending"),
    REMOTE=("远程获取，无需到馆", "Access without a visit"),
    INTERLOAN=("馆际互借", "Lending through another library"),
    OPEN_ACCESS=("网上开放获取", "Free access on the web"),
)


class CopyService(Value, frozen=True, kw_only=True):
    """一册馆藏的一项服务目前能否提供。
    Whether a library can serve a reader with a copy in one way.
    """

    service: Annotated[CopyUse, doc("服务", "The service")]
    available: Annotated[bool, doc("目前能否提供", "Whether it can be had now")]
    delayed: Annotated[bool, doc("能提供但需等待", "Whether there is a delay although it can be had")] = False
    delay: Annotated[
        str | None,
        doc(
            "等待时长，ISO 8601；无需等待或时长不详时为空",
            "The delay, an ISO 8601 duration; null: none or not known",
        ),
    ] = None
    expected: Annotated[
        date | None,
        doc("预计恢复提供的日期；不详时为空", "The day when it is expected to be had again; null: not known"),
    ] = None
    returning: Annotated[
        bool,
        doc("目前不能提供、但预计会恢复", "Whether it cannot be had now and is expected to be again"),
    ] = False
    queue: Annotated[int | None, doc("排队人数；未说明时为空", "How many wait for it; null: not said")] = None
    limitations: Annotated[tuple[str, ...], doc("限制条件", "Restrictions that apply")] = ()
    url: Annotated[str | None, doc("办理网址", "Where it is to be asked for")] = None


class CopyRecord(Value, frozen=True, kw_only=True):
    """书目的一册（件）馆藏。
    One copy of a title.
    """

    source: str
    library_id: str | None = None
    label: Annotated[str | None, doc("索书号", "Call number")] = None
    department: Annotated[
        str | None, doc("所在馆，按来源写法", "The branch that answers for it, in the source's words")
    ] = None
    storage: Annotated[str | None, doc("馆内位置", "Where in the branch it stands")] = None
    status: Annotated[CopyStatus, doc("状态", "What can be done with it")]
    expected: Annotated[
        date | None,
        doc("预计可再借的日期；不详时为空", "The day when it can be borrowed again; null: not known"),
    ] = None
    queue: Annotated[
        int | None, doc("等待外借的人数；未说明时为空", "How many wait to borrow it; null: not said")
    ] = None
    services: Annotated[
        tuple[CopyService, ...], doc("各项服务", "What can and cannot be had, one by one")
    ] = ()
    as_of: Annotated[datetime, doc("数据所反映的时刻", "The instant at which the data were true")]
    stale: Annotated[
        bool,
        doc(
            "来源暂不可用、给出的是此前缓存的数据时为真",
            "True where the source failed and an earlier answer is given",
        ),
    ] = False


class HoldingsRecord(Record, frozen=True, kw_only=True):
    """All copies that a library system says it has of one title; by the title's Ref, never in the graph."""

    kind: ClassVar[str] = "holdings"

    copies: tuple[CopyRecord, ...]


class Availability(Value, frozen=True, kw_only=True):
    """一种书在其馆系统内的馆藏概况。
    What a library system has of a title, in numbers.
    """

    total: Annotated[int, doc("馆藏总数", "How many copies there are")]
    available: Annotated[int, doc("其中可外借的数量", "How many of them can be borrowed")]
    online: Annotated[int, doc("其中可在线获取的数量", "How many of them can be had without a visit")]
    on_site: Annotated[int, doc("其中仅供馆内阅览的数量", "How many can be used inside the library only")]
    expected: Annotated[
        date | None,
        doc(
            "最早一册预计可再借的日期；无借出或不详时为空",
            "The first day when one that is out can be borrowed again",
        ),
    ] = None
    queue: Annotated[
        int | None,
        doc(
            "等待外借的人数：各册中最长的排队；均未说明时为空",
            "How many wait to borrow it: the longest queue at any copy; null: not said",
        ),
    ] = None
    as_of: Annotated[datetime, doc("数据所反映的时刻", "The instant at which the data were true")]
    stale: Annotated[
        bool,
        doc(
            "来源暂不可用、给出的是此前缓存的数据时为真",
            "True where the source failed and an earlier answer is given",
        ),
    ]


def availability(holdings: HoldingsRecord) -> Availability:
    """Sum up a title's copies.

    The longest queue stands for all: a hold on a title shows at each of its copies, so a sum would
    count a reader as often as there are copies.
    """
    copies = holdings.copies
    return Availability(
        total=len(copies),
        available=sum(copy.status is CopyStatus.AVAILABLE for copy in copies),
        online=sum(copy.status is CopyStatus.ONLINE for copy in copies),
        on_site=sum(copy.status is CopyStatus.ON_SITE for copy in copies),
        expected=min((copy.expected for copy in copies if copy.expected is not None), default=None),
        queue=max((copy.queue for copy in copies if copy.queue is not None), default=None),
        as_of=holdings.as_of,
        stale=holdings.stale,
    )
