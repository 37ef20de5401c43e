"""好物分享 end to end: HTTP in, three libraries' and the board's wire out."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx
import msgspec
import pytest

from gateway.sources import Limits, SourceConfig
from mocks.server import RunningMocks
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import Graph, StartGraph

BOARD, BUJI = "goods-board", "library-buji"
LIBRARIES = ("library-district", BUJI, "library-bantian")
NEAR = {"lat": 22.5988, "lng": 114.1197, "radius": 3000}
LONGLING = "440307014003"

THINGS = """query($near: NearInput, $categories: [GoodsCategory!], $search: String, $first: Int! = 500,
  $after: String) { things(near: $near, categories: $categories, search: $search, first: $first,
  after: $after) { totalCount pageInfo { hasNextPage endCursor }
  edges { distance node { id name category source { id } } } } }"""
LOANS = """query($near: NearInput, $categories: [GoodsCategory!], $thing: ID, $from: Date!, $to: Date!) {
  thingLoans(near: $near, categories: $categories, thing: $thing, firstDay: $from, lastDay: $to, first: 500) {
    totalCount edges { distance node { id title start end placesLeft placesTotal bookable
      copy { id } source { id } } } } }"""
POSTS = """query($near: NearInput, $community: String, $kind: BoardKind, $categories: [GoodsCategory!],
  $status: BoardStatus, $search: String, $first: Int! = 1000, $after: String) {
  boardPosts(near: $near, community: $community, kind: $kind, categories: $categories, status: $status,
    search: $search, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    edges { distance node { id name postKind category status postedAt community { code } } } } }"""


def nodes(connection: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def paths(mocks: RunningMocks, source: str) -> list[str]:
    return [call.path for call in mocks.calls(source, token=False)]


def copy_id(mocks: RunningMocks, name: str, number: int = 0, library: str = BUJI) -> str:
    biblio = next(b for b in mocks.world.libraries[library].biblios if b.thing and b.thing.name == name)
    return encode_id("thing-copy", Ref(library, str(biblio.items[number].id)))


# Things of libraries


async def test_things_near_me_with_all_that_hangs_on_them(graph: Graph, mocks: RunningMocks) -> None:
    """A library that has them is asked three times: items, bookings and branches; the others once."""
    answer = await graph(
        """query($near: NearInput) { things(near: $near, first: 6) { totalCount edges { distance node {
          __typename id name nameEn maker description category asOf stale source { id }
          copies { __typename name nameEn callNumber storage replacementPrice lendable position { lat lng }
            community { name } library { name } thing { name } taken { start end }
            freeDays(days: 8) } } } } }""",
        near=NEAR,
    )
    assert answer.errors == []
    things = answer.data["things"]
    assert (things["totalCount"], things["edges"][0]["distance"]) == (14, 58)
    projector = next(node for node in nodes(things) if node["name"] == "家用投影仪")
    kept, elsewhere = projector.pop("copies")
    assert projector == {
        "__typename": "Thing",
        "id": encode_id("thing", Ref(BUJI, "2589")),
        "name": "家用投影仪",
        "nameEn": "Projector",
        "maker": "极米",
        "description": "含遥控器和电源线",
        "category": "ELECTRONICS",
        "asOf": "2026-11-24T10:00:00+08:00",
        "stale": False,
        "source": {"id": BUJI},
    }
    assert kept == {
        "__typename": "ThingCopy",
        "name": "家用投影仪",
        "nameEn": "Projector",
        "callNumber": "HW/003",
        "storage": "一楼服务台",
        "replacementPrice": "199.00",
        "lendable": True,
        "position": {"lat": 22.598654, "lng": 114.119162},
        "community": {"name": "龙岭社区"},
        "library": {"name": "龙岭社区图书馆"},
        "thing": {"name": "家用投影仪"},
        "taken": [{"start": "2026-11-30T09:00:00+08:00", "end": "2026-12-01T09:00:00+08:00"}],
        "freeDays": [f"2026-11-{day}" for day in range(24, 30)],
    }
    assert elsewhere["library"] == {"name": "布吉街道图书馆"}
    assert (elsewhere["taken"], len(elsewhere["freeDays"])) == ([], 8)
    assert sorted(paths(mocks, BUJI)) == ["/api/v1/bookings", "/api/v1/items", "/api/v1/libraries"]
    assert paths(mocks, "library-district") == paths(mocks, "library-bantian") == ["/api/v1/items"]
    items, bookings = (
        next(c for c in mocks.calls(BUJI) if c.path == f"/api/v1/{name}") for name in ("items", "bookings")
    )
    assert "THING" in items.query
    assert "-in" in bookings.query


@pytest.mark.parametrize(
    ("variables", "total"),
    [
        ({}, 42),
        ({"near": NEAR}, 14),
        ({"near": {**NEAR, "radius": 500}}, 6),
        ({"categories": ["TOOLS"]}, 6),
        ({"categories": []}, 0),
        ({"search": "TENT 牧高笛"}, 3),
        ({"search": "无此物品"}, 0),
    ],
)
async def test_things_by_place_category_and_words(
    graph: Graph, mocks: RunningMocks, variables: dict[str, Any], total: int
) -> None:
    """All are cut from one list a library system."""
    answer = await graph(THINGS, **variables)
    assert answer.errors == []
    assert answer.data["things"]["totalCount"] == len(answer.data["things"]["edges"]) == total
    assert {tuple(paths(mocks, library)) for library in LIBRARIES} == {("/api/v1/items",)}


async def test_pages_of_things_follow_one_another(graph: Graph, mocks: RunningMocks) -> None:
    """By name, each once; the libraries are asked once for all pages."""
    seen: list[tuple[str, str]] = []
    after = None
    while True:
        page = (await graph(THINGS, first=17, after=after)).data["things"]
        seen += [(node["name"], node["id"]) for node in nodes(page)]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert (len(seen), len(set(seen))) == (42, 42)
    assert [name for name, _ in seen] == sorted(name for name, _ in seen)
    assert len(mocks.calls(token=False)) == 3


async def test_a_thing_and_a_copy_by_their_ids(graph: Graph, mocks: RunningMocks) -> None:
    """One call each for all of a level; a book is no thing, whatever its id claims."""
    ids = [encode_id("thing", Ref(BUJI, key)) for key in ("2589", "2591", "1", "x")]
    ids += [copy_id(mocks, "家用投影仪"), encode_id("thing-copy", Ref(BUJI, "1"))]
    answer = await graph(
        """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Thing { name copies { callNumber } }
          ... on ThingCopy { callNumber thing { name } } } }""",
        ids=ids,
    )
    assert answer.errors == []
    assert answer.data["nodes"] == [
        {"name": "家用投影仪", "copies": [{"callNumber": "HW/003"}] * 2},
        {"name": "四人帐篷", "copies": [{"callNumber": "HW/005"}] * 2},
        None,
        None,
        {"callNumber": "HW/003", "thing": {"name": "家用投影仪"}},
        None,
    ]
    assert paths(mocks, BUJI) == ["/api/v1/items"] * 2


@pytest.mark.parametrize(
    ("first", "last", "total"),
    [("2026-11-24", "2026-11-24", 81), ("2026-11-25", "2026-11-27", 77), ("2026-12-25", "2026-12-27", 82)],
)
async def test_what_is_free_on_some_days(
    graph: Graph, mocks: RunningMocks, first: str, last: str, total: int
) -> None:
    """Of 84 things two are broken, and some are booked: two calls a library system tell which are not."""
    answer = await graph(LOANS, **{"from": first, "to": last})
    assert answer.errors == []
    loans = nodes(answer.data["thingLoans"])
    assert answer.data["thingLoans"]["totalCount"] == len(loans) == total
    assert {(loan["placesLeft"], loan["placesTotal"], loan["bookable"]) for loan in loans} == {(1, 1, True)}
    assert {loan["start"] for loan in loans} == {f"{first}T00:00:00+08:00"}
    for library in LIBRARIES:
        assert sorted(paths(mocks, library)) == ["/api/v1/bookings", "/api/v1/items"]


async def test_a_booked_copy_is_no_longer_free(start_graph: StartGraph, mocks: RunningMocks) -> None:
    """A booking made at the library takes the copy's days: the slot stays readable, with no place left."""
    copy = copy_id(mocks, "空气炸锅", 1)
    async with start_graph(cached_answers=0) as graph, httpx.AsyncClient() as http:
        query = """query($id: ID!) { node(id: $id) { ... on ThingCopy { thing { id }
          loan(firstDay: "2027-02-01", lastDay: "2027-02-03") { __typename id scenario unit title start end
            placesLeft placesTotal bookable bookFrom bookUntil price { amount } eligibility { note }
            copy { id } } } } }"""
        found = (await graph(query, id=copy)).data["node"]
        loan = found["loan"]
        assert loan == {
            "__typename": "ThingLoan",
            "id": loan["id"],
            "scenario": "GOODS",
            "unit": "COPY",
            "title": "空气炸锅",
            "start": "2027-02-01T00:00:00+08:00",
            "end": "2027-02-04T00:00:00+08:00",
            "placesLeft": 1,
            "placesTotal": 1,
            "bookable": True,
            "bookFrom": None,
            "bookUntil": "2027-02-02T00:00:00+08:00",
            "price": None,
            "eligibility": None,
            "copy": {"id": copy},
        }
        days = {"from": "2027-02-02", "to": "2027-02-02"}
        before = await graph(LOANS, thing=found["thing"]["id"], **days)
        assert before.data["thingLoans"]["totalCount"] == 2
        item = next(i for b in mocks.world.libraries[BUJI].biblios for i in b.items if copy_is(copy, i.id))
        wish = {
            "biblio_id": item.biblio,
            "item_id": item.id,
            "patron_id": 5,
            "pickup_library_id": "BJLL",
            "start_date": "2027-02-02T00:00:00+08:00",
            "end_date": "2027-02-02T23:59:00+08:00",
        }
        auth = (BUJI, f"password-of-{BUJI}")
        made = await http.post(f"{mocks.url}/{BUJI}/api/v1/bookings", json=wish, auth=auth)
        assert made.status_code == 201
        mocks.clear_calls()
        then = await graph(
            "query($id: ID!) { node(id: $id) { ... on Slot { placesLeft bookable } } }", id=loan["id"]
        )
        assert then.data["node"] == {"placesLeft": 0, "bookable": False}
        assert sorted(paths(mocks, BUJI)) == ["/api/v1/bookings", "/api/v1/items"]
        after = await graph(LOANS, thing=found["thing"]["id"], **days)
        assert [node["copy"]["id"] == copy for node in nodes(after.data["thingLoans"])] == [False]
        place = f"{mocks.url}/{BUJI}/api/v1/bookings/{made.json()['booking_id']}"
        assert (await http.delete(place, auth=auth)).status_code == 204


def copy_is(copy: str, item: int) -> bool:
    return copy == encode_id("thing-copy", Ref(BUJI, str(item)))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-11-23", "2026-11-24"),
        ("2026-11-26", "2026-11-25"),
        ("2026-11-24", "2026-12-25"),
        ("2027-06-01", "2027-06-01"),
    ],
)
async def test_days_that_cannot_be_asked_are_asked_of_nobody(
    graph: Graph, mocks: RunningMocks, first: str, last: str
) -> None:
    """Not in the past, not backwards, 31 days at most, in half a year: BAD_USER_INPUT."""
    answer = await graph(LOANS, **{"from": first, "to": last})
    assert (answer.data, answer.codes) == ({"thingLoans": None}, ["BAD_USER_INPUT"])
    assert mocks.calls() == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"error_rate": 1.0}, "SOURCE_UNAVAILABLE"),
        ({"hang": True}, "SOURCE_TIMEOUT"),
        ({"malformed": True}, "SOURCE_MALFORMED"),
        ({"malformed": True, "path": "/api/v1/bookings"}, "SOURCE_MALFORMED"),
    ],
)
async def test_a_library_that_fails_leaves_the_others_whole(
    sources: tuple[SourceConfig, ...],
    start_graph: StartGraph,
    mocks: RunningMocks,
    fault: dict[str, Any],
    code: str,
) -> None:
    """Its copies are missing with an error beside them, be it down or unable to tell what is booked."""
    impatient = tuple(msgspec.structs.replace(config, limits=Limits(timeout_ms=2000)) for config in sources)
    async with start_graph(impatient) as graph:
        assert (await graph(THINGS)).errors == []
    mocks.fault(BUJI, **fault)
    async with start_graph(impatient) as graph:
        answer = await graph(LOANS, **{"from": "2026-11-25", "to": "2026-11-27"})
    assert [error["extensions"] for error in answer.errors] == [{"code": code, "source": BUJI}]
    loans = answer.data["thingLoans"]
    assert {node["source"]["id"] for node in nodes(loans)} == {"library-district", "library-bantian"}
    assert loans["totalCount"] is None


async def test_nobody_can_tell_what_is_booked(graph: Graph, mocks: RunningMocks) -> None:
    """Null with an error, where each library's bookings fail; the things themselves are still there."""
    for library in LIBRARIES:
        mocks.fault(library, malformed=True, path="/api/v1/bookings")
    answer = await graph(LOANS, **{"from": "2026-11-25", "to": "2026-11-27"})
    assert (answer.data, answer.codes) == ({"thingLoans": None}, ["SOURCE_MALFORMED"])
    assert (await graph(THINGS)).data["things"]["totalCount"] == 42


# The neighbours' board


@pytest.mark.parametrize(
    ("variables", "total"),
    [
        ({}, 106),
        ({"near": NEAR}, 17),
        ({"community": LONGLING}, 1),
        ({"kind": "OFFER"}, 67),
        ({"kind": "WANT"}, 39),
        ({"categories": ["FURNITURE"]}, 17),
        ({"categories": ["OTHER"]}, 4),
        ({"categories": []}, 0),
        ({"status": "OPEN"}, 91),
        ({"status": "RESERVED"}, 15),
        ({"status": "CLOSED"}, 0),
        ({"search": "书桌"}, 8),
        ({"near": NEAR, "kind": "WANT"}, 8),
    ],
)
async def test_posts_by_place_kind_category_and_words(
    graph: Graph, mocks: RunningMocks, variables: dict[str, Any], total: int
) -> None:
    """All are cut from one list of the board, in two pages; the nearest or the newest come first."""
    answer = await graph(POSTS, **variables)
    assert answer.errors == []
    posts = answer.data["boardPosts"]
    assert (posts["totalCount"], len(posts["edges"])) == (total, total)
    if "near" in variables:
        distances = [edge["distance"] for edge in posts["edges"]]
        assert distances == sorted(distances)
    else:
        posted = [node["postedAt"] for node in nodes(posts)]
        assert posted == sorted(posted, reverse=True)
    for node in nodes(posts):
        assert node["postKind"] == variables.get("kind", node["postKind"])
        assert node["category"] in variables.get("categories", [node["category"]])
        assert node["status"] == variables.get("status", node["status"])
        assert node["community"]["code"] == variables.get("community", node["community"]["code"])
    assert paths(mocks, BOARD) == ["/posts", "/posts"]


@pytest.mark.parametrize(
    "variables",
    [{"near": NEAR, "community": LONGLING}, {"community": "440307999999"}, {"first": 0}, {"after": "x"}],
)
async def test_what_the_board_cannot_be_asked(
    graph: Graph, mocks: RunningMocks, variables: dict[str, Any]
) -> None:
    """BAD_USER_INPUT, and nobody is asked."""
    answer = await graph(POSTS, **variables)
    assert (answer.data, answer.codes) == ({"boardPosts": None}, ["BAD_USER_INPUT"])
    assert mocks.calls() == []


async def test_a_post_shows_nothing_that_leads_to_the_neighbour(graph: Graph, mocks: RunningMocks) -> None:
    """Every post in full: no number, account, given name, door or exact position is told."""
    answer = await graph(
        """{ boardPosts(first: 1000) { edges { node { __typename id name nameEn description postKind category
          deal status price { amount currency } photos neighbour postedAt expiresAt url position { lat lng }
          community { name } asOf stale source { id standard } } } } }"""
    )
    assert answer.errors == []
    told = nodes(answer.data["boardPosts"])
    whole = json.dumps(answer.data, ensure_ascii=False)
    known = {post.id: post for post in mocks.world.board.posts}
    for node in told:
        post = known[node["url"].rpartition("/")[2]]
        assert node["neighbour"] == f"{post.neighbour.family}*"
        assert node["community"] == {"name": post.community.name}
        assert node["position"] == {"lat": post.community.lat, "lng": post.community.lng}
        assert node["photos"] == list(post.photos)
        for secret in (post.phone, post.phone[-6:], post.neighbour.full, post.address, str(post.position[0])):
            assert secret not in whole
    assert Counter(node["deal"] for node in told).keys() == {"GIVE", "LEND", "SELL"}
    assert told[0]["source"] == {"id": BOARD, "standard": "schema.org Offer and Demand"}


async def test_posts_by_their_ids(graph: Graph, mocks: RunningMocks) -> None:
    """One by its path, many by one list; what is sold is in no list of many, and unknown ones are null."""
    known = [post.id for post in mocks.world.board.posts if post.availability == "InStock"][:2]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on BoardPost { name status } } }"
    ids = [encode_id("board-post", Ref(BOARD, id_)) for id_ in (*known, "p99999")]
    answer = await graph(query, ids=ids)
    assert answer.errors == []
    assert [node and node["status"] for node in answer.data["nodes"]] == ["OPEN", "OPEN", None]
    assert paths(mocks, BOARD) == ["/posts"]
    mocks.clear_calls()
    sold = next(post for post in mocks.world.board.posts if post.availability == "SoldOut")
    answer = await graph(query, ids=[encode_id("board-post", Ref(BOARD, sold.id))])
    assert answer.data["nodes"] == [{"name": sold.goods, "status": "CLOSED"}]
    assert paths(mocks, BOARD) == [f"/posts/{sold.id}"]


async def test_the_board_is_down_and_the_things_are_there(graph: Graph, mocks: RunningMocks) -> None:
    """Its own fields are null with one error each; the libraries' are whole."""
    mocks.fault(BOARD, error_rate=1.0)
    answer = await graph(
        """query($code: String!) { community(code: $code) { boardPosts { totalCount }
          things(first: 1) { totalCount } } }""",
        code=LONGLING,
    )
    assert answer.data["community"] == {"boardPosts": None, "things": {"totalCount": 14}}
    assert [error["extensions"] for error in answer.errors] == [
        {"code": "SOURCE_UNAVAILABLE", "source": BOARD}
    ]


# What a community and `nearby` show


async def test_a_community_asks_each_source_at_most_twice(graph: Graph, mocks: RunningMocks) -> None:
    """Things beside libraries are two calls a library system, the board's two pages two."""
    answer = await graph(
        """query($code: String!) { community(code: $code) {
          libraries(first: 1) { edges { node { name } } }
          things(first: 3, categories: [MUSIC]) { totalCount edges { distance node { name
            copies { callNumber } } } }
          boardPosts(first: 1, kind: OFFER) { edges { node { name neighbour } } } } }""",
        code=LONGLING,
    )
    assert answer.errors == []
    things = answer.data["community"]["things"]
    assert (things["totalCount"], [node["name"] for node in nodes(things)]) == (2, ["尤克里里", "电子琴"])
    calls = Counter(call.simulator for call in mocks.calls(token=False))
    assert calls == {BOARD: 2, **dict.fromkeys(LIBRARIES, 2)}


async def test_things_and_posts_nearby(graph: Graph, mocks: RunningMocks) -> None:
    """Copies that are lent, and posts at their community's centre, the nearest first."""
    answer = await graph(
        """query($lat: Float!, $lng: Float!, $radius: Int!) { nearby(lat: $lat, lng: $lng, radius: $radius,
          kinds: [THING_COPY, BOARD_POST], first: 500) { totalCount edges { distance node { __typename
          ... on ThingCopy { lendable } } } } }""",
        **NEAR,
    )
    assert answer.errors == []
    kinds = Counter(node["__typename"] for node in nodes(answer.data["nearby"]))
    assert kinds == {"ThingCopy": 27, "BoardPost": 17}
    assert all(node.get("lendable", True) for node in nodes(answer.data["nearby"]))
    assert len(mocks.calls(token=False)) == 5


async def test_a_made_up_id_is_not_found(graph: Graph, mocks: RunningMocks) -> None:
    """An id that would lead elsewhere is no fault of the board, and it is not asked for it."""
    id_ = encode_id("board-post", Ref("goods-board", "../zz"))
    answer = await graph("query($id: ID!) { node(id: $id) { __typename } }", id=id_)
    assert (answer.data, answer.errors) == ({"node": None}, [])
    assert mocks.calls(token=False) == []
