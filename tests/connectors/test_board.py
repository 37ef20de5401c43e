"""The neighbours' board at the wire: pages, JSON-LD's freedoms, and what of a neighbour never leaves."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import respx
from structlog.testing import capture_logs

from connectors.board import CONNECTOR
from connectors.board.connector import Board
from connectors.board.privacy import masked, without_contacts
from connectors.kit import Code, SourceError
from schema.community.gazetteer import COMMUNITIES
from schema.core.record import Ref
from schema.core.slot import Price
from schema.goods.lookups import AllPosts
from schema.goods.records import BoardDeal, BoardKind, BoardPostRecord, BoardStatus, GoodsCategory
from tests.conftest import NOW
from tests.connectors.conftest import Connect

LONGLING = "440307014003"
ALL = AllPosts()


def post(id_: str = "p1", **fields: Any) -> dict[str, Any]:
    return {"@type": "Offer", "identifier": id_, "name": "实木书桌", **fields}


def listed(*posts: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "numberOfItems": len(posts) if total is None else total,
        "itemListElement": [{"@type": "ListItem", "position": 1, "item": each} for each in posts],
    }


@pytest.fixture
async def board(connect: Connect) -> Board:
    """A connector for one board."""
    connector: Board = await connect(CONNECTOR, id="board")
    return connector


async def one(board: Board, wire: respx.Router, **fields: Any) -> BoardPostRecord:
    """Read a single post."""
    wire.get("/posts/p1").respond(json=post(**fields))
    return (await board.post_by_ref([Ref("board", "p1")]))[Ref("board", "p1")]


async def test_pages_are_read_by_what_they_really_hold(connect: Connect, wire: respx.Router) -> None:
    """A board gives fewer than asked, and a post moves to the next page meanwhile: each once."""
    board = await connect(CONNECTOR, {"page_size": 9})
    pages = {"1": ("a", "b"), "2": ("b", "c"), "3": ("d",)}
    route = wire.get("/posts").mock(
        side_effect=lambda request: respx.MockResponse(
            json=listed(*map(post, pages[request.url.params["page"]]), total=5)
        )
    )
    found = (await board.posts([ALL]))[ALL]
    assert [item.ref.id for item in found] == ["a", "b", "c", "d"]
    assert [dict(call.request.url.params) for call in route.calls] == [
        {"page": page, "pageSize": "9"} for page in "123"
    ]


async def test_a_list_without_end_is_malformed(board: Board, wire: respx.Router) -> None:
    """An empty page ends it; fifty full ones are enough."""
    wire.get("/posts").respond(json=listed(total=7))
    assert (await board.posts([ALL]))[ALL] == []
    endless = wire.get("/posts").respond(json=listed(post(), total=10**6))
    with pytest.raises(SourceError) as refused:
        await board.posts([ALL])
    assert (refused.value.code, endless.call_count) == (Code.SOURCE_MALFORMED, 51)


async def test_one_is_read_by_path_and_many_by_identifiers(board: Board, wire: respx.Router) -> None:
    """`/posts/{identifier}` for one, a repeated `identifier` for many; absent ones are not found."""
    single = wire.get("/posts/p%2F1").respond(json=post("p/1"))
    many = wire.get("/posts").respond(json=listed(post("p1"), post("p2")))
    assert list(await board.post_by_ref([Ref("board", "p/1")])) == [Ref("board", "p/1")]
    refs = [Ref("board", id_) for id_ in ("p1", "p2", "p3", "..")]
    assert list(await board.post_by_ref(refs)) == refs[:2]
    assert (single.call_count, many.call_count) == (1, 1)
    assert many.calls[0].request.url.params.get_list("identifier") == ["p1", "p2", "p3"]


@pytest.mark.parametrize("status", [404, 410])
async def test_a_post_that_is_gone_is_not_found(board: Board, wire: respx.Router, status: int) -> None:
    """404 and 410 are answers; whatever would lead elsewhere is asked of nobody; 500 is a failure."""
    wire.get("/posts/p1").respond(status, json={"@type": "Thing"})
    assert await board.post_by_ref([Ref("board", "p1")]) == {}
    for id_ in ("..", "../zz", "a/../b", "a\\b", "..;x"):
        assert await board.post_by_ref([Ref("board", id_)]) == {}
    assert wire.calls.call_count == 1
    wire.get("/posts/p1").respond(403, json={})
    with pytest.raises(SourceError) as refused:
        await board.post_by_ref([Ref("board", "p1")])
    assert refused.value.code is Code.SOURCE_REJECTED


async def test_a_post_in_full_without_the_neighbour(board: Board, wire: respx.Router) -> None:
    """Every field, each where the graph has it; number, door and full name are nowhere in the record."""
    found = await one(
        board,
        wire,
        description="八成新，电话13800001111，微信：lg_8888",
        category="家具",
        businessFunction="http://purl.org/goodrelations/v1#Sell",
        availability="https://schema.org/Reserved",
        price="80.5",
        priceCurrency="CNY",
        validFrom="2026-11-20T01:00:00Z",
        validThrough="2026-12-20T09:00:00+08:00",
        image=[
            "https://m.example/1.jpg",
            {"@type": "ImageObject", "contentUrl": "https://m.example/2.jpg"},
            "x",
        ],
        areaServed={"@type": "AdministrativeArea", "identifier": LONGLING},
        availableAtOrFrom={"address": "龙岭路8号", "geo": {"latitude": 22.6001, "longitude": 114.1201}},
        offeredBy={"familyName": "陈", "givenName": "秀英", "name": "陈秀英", "telephone": "13800001111"},
        url="https://board.example/posts/p1",
    )
    assert found == BoardPostRecord(
        ref=Ref("board", "p1"),
        as_of=NOW,
        name="实木书桌",
        position=COMMUNITIES[LONGLING].position,
        post_kind=BoardKind.OFFER,
        category=GoodsCategory.FURNITURE,
        deal=BoardDeal.SELL,
        description="八成新，电话［已隐去］，［已隐去］",
        status=BoardStatus.RESERVED,
        price=Price(amount=Decimal("80.5")),
        photos=("https://m.example/1.jpg", "https://m.example/2.jpg"),
        neighbour="陈*",
        posted_at=datetime.fromisoformat("2026-11-20T09:00:00+08:00"),
        expires_at=datetime.fromisoformat("2026-12-20T09:00:00+08:00"),
        url="https://board.example/posts/p1",
    )
    whole = msgspec.json.encode(found).decode()
    assert not any(secret in whole for secret in ("13800001111", "秀英", "龙岭路", "22.6001", "lg_8888"))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"image": "https://m.example/1.jpg"}, {"photos": ("https://m.example/1.jpg",)}),
        ({"image": {"url": "http://m.example/1.jpg"}}, {"photos": ("http://m.example/1.jpg",)}),
        ({"image": ["javascript:alert(1)", "//m.example/1", 7]}, {"photos": ()}),
        ({"price": 0}, {"price": Price(amount=Decimal(0)), "deal": BoardDeal.GIVE}),
        ({"price": 12.5}, {"price": Price(amount=Decimal("12.5")), "deal": BoardDeal.SELL}),
        ({"price": "面议"}, {"price": None, "deal": None}),
        ({"price": -1}, {"price": None}),
        ({"price": True}, {"price": None}),
        ({"availability": "http://schema.org/SoldOut"}, {"status": BoardStatus.CLOSED}),
        ({"availability": "Discontinued"}, {"status": BoardStatus.CLOSED}),
        ({"availability": "LimitedAvailability"}, {"status": BoardStatus.OPEN}),
        ({"category": ["旧物", "工具"]}, {"category": GoodsCategory.TOOLS}),
        ({"category": {"name": "乐器"}}, {"category": GoodsCategory.MUSIC}),
        ({"category": "旧物"}, {"category": GoodsCategory.OTHER}),
        ({"@type": "schema.org/Demand"}, {"post_kind": BoardKind.WANT}),
        ({"businessFunction": "LeaseOut"}, {"deal": BoardDeal.LEND}),
        ({"areaServed": {"identifier": "440306001001"}}, {"position": None}),
        ({"offeredBy": {"name": "欧阳雨桐"}}, {"neighbour": "欧阳*"}),
        ({"description": " "}, {"description": None}),
    ],
)
async def test_what_json_ld_leaves_open(
    board: Board, wire: respx.Router, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Texts, lists and objects, numbers and texts, IRIs and bare words mean the same."""
    found = await one(board, wire, **fields)
    assert {name: getattr(found, name) for name in expected} == expected


async def test_a_boards_own_categories(connect: Connect, wire: respx.Router) -> None:
    """Options name what is not known, and stand before what is."""
    board = await connect(CONNECTOR, {"categories": {"旧物": "HOME", "工具": "OTHER"}}, id="board")
    assert (await one(board, wire, category="旧物")).category is GoodsCategory.HOME
    assert (await one(board, wire, category="工具")).category is GoodsCategory.OTHER


async def test_what_has_ended_is_in_no_list(board: Board, wire: respx.Router) -> None:
    """Expired and closed posts are left out of lists, and still found by their ids."""
    gone = [
        post("p1", validThrough="2026-11-24T10:00:00+08:00"),
        post("p2", availability="SoldOut"),
        post("p3", validThrough="2026-11-24T10:00:01+08:00"),
    ]
    wire.get("/posts").respond(json=listed(*gone))
    assert [found.ref.id for found in (await board.posts([ALL]))[ALL]] == ["p3"]
    assert len(await board.post_by_ref([Ref("board", id_) for id_ in ("p1", "p2", "p3")])) == 3


async def test_a_broken_post_does_not_hide_the_others(board: Board, wire: respx.Router) -> None:
    """Left out and logged without a word of it; a page of nothing else is SOURCE_MALFORMED."""
    broken = [
        {"@type": "Offer", "identifier": "b1"},
        post("b2", name=" "),
        post("b3", **{"@type": "Event"}),
        post("b4", validFrom="昨天"),
        post(" "),
    ]
    wire.get("/posts").respond(json=listed(*broken, post()))
    with capture_logs() as logs:
        found = (await board.posts([ALL]))[ALL]
    assert [item.ref.id for item in found] == ["p1"]
    assert [entry["event"] for entry in logs] == ["unreadable post left out"] * 5
    assert "昨天" not in str(logs)
    bodies: list[Any] = [listed({"name": "x"}), {"itemListElement": []}, []]
    for body in bodies:
        wire.get("/posts").respond(json=body)
        with pytest.raises(SourceError) as refused:
            await board.posts([ALL])
        assert refused.value.code is Code.SOURCE_MALFORMED
    wire.get("/posts/p1").respond(json=post("p1", **{"@type": "Event"}))
    with pytest.raises(SourceError) as refused:
        await board.post_by_ref([Ref("board", "p1")])
    assert refused.value.code is Code.SOURCE_MALFORMED


@pytest.mark.parametrize(
    "secret",
    ["13800001111", "138 0000 1111", "138-0000-1111", "１３８００００１１１１", "0755-28801234",
     "075528801234", "440307199001011232", "44030719900101123X", "chen.xy@example.com", "微信：lg_8888",
     "加VX abc12345",
     "WeChat: abcde", "QQ 12345", "qq号是1234567"],
)  # fmt: skip
def test_ways_to_reach_people_are_taken_out(secret: str) -> None:
    """Whatever way a number, an address or an account is written, the text around it stays."""
    told = without_contacts(f"八成新，{secret}，自提") or ""
    assert "［已隐去］" in told
    assert told.startswith("八成新，")
    assert told.endswith("，自提")
    assert not any(part in told for part in ("1111", "8801234", "01123", "example", "lg_", "abc", "12345"))


@pytest.mark.parametrize(
    "text", ["2026-11-24 前有效", "100寸幕布", "第3版，共350页", "电话详谈", "价格 80 元，长 120cm"]
)
def test_other_text_stays(text: str) -> None:
    """Dates, sizes and prices are no way to reach anybody."""
    assert without_contacts(text) == text


@pytest.mark.parametrize(
    ("name", "shown"),
    [("陈秀英", "陈*"), ("陈", "陈*"), ("诸葛亮", "诸葛*"), ("Smith", "S*"), (" ", None), (None, None)],
)
def test_a_name_is_what_it_begins_with(name: str | None, shown: str | None) -> None:
    """The family name where it is Chinese, a letter where it is not."""
    assert masked(name) == shown
