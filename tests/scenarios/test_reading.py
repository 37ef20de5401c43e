"""我要阅读 end to end: HTTP in, the wires of three libraries out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from gateway.loading.cache import Cache
from gateway.sources import SourceConfig
from mocks.server import RunningMocks
from schema.core.ids import encode_id
from schema.core.record import Ref
from schema.reading.isbn import isbn_forms
from tests.conftest import Graph, StartGraph

DISTRICT, BUJI, BANTIAN = "library-district", "library-buji", "library-bantian"
BIBLIOS, LIBRARIES, DAIA = "/api/v1/biblios", "/api/v1/libraries", "/daia"


def biblio_id(source: str, number: int | str) -> str:
    return encode_id("biblio", Ref(source, str(number)))


def library_id(source: str, branch: str) -> str:
    return encode_id("library", Ref(source, branch))


def nodes(connection: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def wire(mocks: RunningMocks) -> Counter[tuple[str, str]]:
    """How often each path of each library was asked."""
    return Counter((call.simulator, call.path) for call in mocks.calls(token=False))


def once(*paths: str) -> Counter[tuple[str, str]]:
    """One call of each path at each library."""
    return Counter((source, path) for source in (DISTRICT, BUJI, BANTIAN) for path in paths)


@pytest.fixture
def tick(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Move the cache's clock on by so many seconds; gateways started before keep theirs."""
    seconds = [0.0]
    monkeypatch.setattr("gateway.composition.Cache", partial(Cache, clock=lambda: seconds[0]))

    def tick(more: float) -> None:
        seconds[0] += more

    return tick


# Libraries

AROUND = """query($radius: Int!) { libraries(near: {lat: 22.6, lng: 114.12, radius: $radius}) { totalCount
  edges { distance node { id name address phone email website asOf stale source { id }
    position { lat lng } community { name } } } } }"""


async def test_libraries_around_a_point(graph: Graph, mocks: RunningMocks) -> None:
    """The nearest first, with distance, place and community; one call a library system."""
    answer = await graph(AROUND, radius=4000)
    assert answer.errors == []
    assert answer.data["libraries"]["totalCount"] == 3
    assert answer.data["libraries"]["edges"][0] == {
        "distance": 173,
        "node": {
            "id": library_id(BUJI, "BJLL"),
            "name": "龙岭社区图书馆",
            "address": "深圳市龙岗区布吉街道龙岭社区龙岭路66号",
            "phone": "0755-28801403",
            "email": "bjll@example.com",
            "website": None,
            "asOf": "2026-11-24T10:00:00+08:00",
            "stale": False,
            "source": {"id": BUJI},
            "position": {"lat": 22.598654, "lng": 114.119162},
            "community": {"name": "龙岭社区"},
        },
    }
    assert [edge["distance"] for edge in answer.data["libraries"]["edges"]] == [173, 832, 1416]
    assert wire(mocks) == once(LIBRARIES)


async def test_any_other_circle_is_answered_from_the_same_list(graph: Graph, mocks: RunningMocks) -> None:
    """Branches change seldom: `nearby`, communities and other circles cost no call for an hour."""
    await graph(AROUND, radius=500)
    mocks.clear_calls()
    answer = await graph("""{
      nearby(lat: 22.6, lng: 114.12, radius: 1000, kinds: [LIBRARY]) { edges { node { __typename name } } }
      community(code: "440307014003") { libraries { totalCount edges { distance node { name } } } }
      communities(subdistrict: "坂田街道", first: 12) {
        edges { node { libraries(radius: 1500) { totalCount } } } }
    }""")
    assert answer.errors == []
    assert nodes(answer.data["nearby"]) == [
        {"__typename": "Library", "name": "龙岭社区图书馆"},
        {"__typename": "Library", "name": "布吉街道图书馆"},
    ]
    assert answer.data["community"]["libraries"] == {
        "totalCount": 3,
        "edges": [
            {"distance": 56, "node": {"name": "龙岭社区图书馆"}},
            {"distance": 970, "node": {"name": "布吉街道图书馆"}},
            {"distance": 1278, "node": {"name": "木棉湾社区图书馆"}},
        ],
    }
    assert len(nodes(answer.data["communities"])) == 12
    assert mocks.calls() == []


async def test_all_libraries_page_by_page(graph: Graph, mocks: RunningMocks) -> None:
    """Without a point: by source and id, twelve in all, each once."""
    document = """query($after: String) { libraries(first: 5, after: $after) { totalCount
      pageInfo { hasNextPage endCursor } edges { distance node { id } } } }"""
    seen: list[str] = []
    after = None
    for more in (True, True, False):
        page = (await graph(document, after=after)).data["libraries"]
        assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (12, more)
        assert {edge["distance"] for edge in page["edges"]} == {None}
        seen += [node["id"] for node in nodes(page)]
        after = page["pageInfo"]["endCursor"]
    assert len(set(seen)) == len(seen) == 12
    assert seen[0] == library_id(BANTIAN, "BTWH")
    assert wire(mocks) == once(LIBRARIES)


async def test_a_library_without_a_configured_position_is_nowhere(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], start_graph: StartGraph
) -> None:
    """It is in the whole list with a null position, and in no circle."""
    bare = tuple(msgspec.structs.replace(source, options={}) for source in sources if source.id == BUJI)
    async with start_graph(bare) as graph:
        answer = await graph("{ libraries { edges { node { name position { lat } community { name } } } } }")
        assert nodes(answer.data["libraries"])[0] == {
            "name": "龙岭社区图书馆",
            "position": None,
            "community": None,
        }
        assert (await graph(AROUND, radius=50000)).data["libraries"]["totalCount"] == 0


# Titles

PAGE = """query Titles($search: String!, $field: BiblioField! = ANY, $first: Int! = 20, $after: String,
    $libraries: [ID!]) {
  biblios(search: $search, field: $field, first: $first, after: $after, libraries: $libraries) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
    edges { cursor node { id title author isbns source { id } } } } }"""


async def test_a_search_is_one_call_a_catalogue_and_page(graph: Graph, mocks: RunningMocks) -> None:
    """Walked to its end it gives every title once, in order, and says the same total on each page."""
    seen: list[str] = []
    after = None
    for size, more in ((7, True), (7, True), (7, True), (7, True), (5, False)):
        mocks.clear_calls()
        page = (await graph(PAGE, search="三体", first=7, after=after)).data["biblios"]
        assert page["totalCount"] == 33
        assert page["pageInfo"]["hasNextPage"] is more
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert len(page["edges"]) == size
        assert wire(mocks) == once(BIBLIOS)
        seen += [node["id"] for node in nodes(page)]
        after = page["pageInfo"]["endCursor"]
    assert len(set(seen)) == 33
    assert seen[:9] == [biblio_id(BUJI, number) for number in range(645, 654)]
    assert seen[-1] == biblio_id(DISTRICT, 799)


async def test_a_page_may_end_between_two_catalogues_with_one_number(graph: Graph) -> None:
    """Numbers are each catalogue's own: the same one in three catalogues is three titles, in their order."""
    whole = nodes((await graph(PAGE, search="红楼梦 曹雪芹", first=100)).data["biblios"])
    seen: list[dict[str, Any]] = []
    after = None
    for _ in whole:
        page = (await graph(PAGE, search="红楼梦 曹雪芹", first=1, after=after)).data["biblios"]
        assert page["totalCount"] == len(whole)
        seen += nodes(page)
        after = page["pageInfo"]["endCursor"]
    assert seen == whole
    assert [node["id"] for node in whole[:3]] == [
        biblio_id(source, 1) for source in (BANTIAN, BUJI, DISTRICT)
    ]


async def test_more_than_a_catalogue_gives_a_page_takes_more_calls(graph: Graph, mocks: RunningMocks) -> None:
    """These cap a page at 100: 180 of one library's 184 yearbooks are two calls."""
    only = [library_id(DISTRICT, "LGZX")]
    page = (await graph(PAGE, search="年鉴", first=180, libraries=only)).data["biblios"]
    assert (len(page["edges"]), page["totalCount"], page["pageInfo"]["hasNextPage"]) == (180, 184, True)
    assert wire(mocks) == {(DISTRICT, BIBLIOS): 2}


@pytest.mark.parametrize(
    ("search", "field", "total", "title"),
    [
        ("围城 钱钟书", "ANY", 13, "围城"),
        ("emma", "ANY", 15, "Emma"),
        ("哈利", "TITLE", 37, "哈利·波特与魔法石"),
        ("鲁迅", "AUTHOR", 103, "呐喊"),
        ("鲁迅", "TITLE", 0, None),
        ("978-7-02-033334-9", "ISBN", 2, "红楼梦"),
        ("９７８７０２０３３３３４９", "ANY", 2, "红楼梦"),
        ("7-02-033339-7", "ISBN", 1, "红楼梦"),
        ("9787020333394", "ANY", 1, "红楼梦"),
    ],
)
async def test_what_a_search_finds(
    graph: Graph, search: str, field: str, total: int, title: str | None
) -> None:
    """Words in any case, an ISBN in either form, however it is typed or was catalogued."""
    page = (await graph(PAGE, search=search, field=field)).data["biblios"]
    assert page["totalCount"] == total
    assert (nodes(page) or [{"title": None}])[0]["title"] == title


async def test_an_isbn_is_found_however_it_was_catalogued(graph: Graph) -> None:
    """With hyphens in one catalogue, without in another: both show 13 digits."""
    page = (await graph(PAGE, search="7020333346", field="ISBN")).data["biblios"]
    assert [(node["source"]["id"], node["isbns"]) for node in nodes(page)] == [
        (BANTIAN, ["9787020333349"]),
        (DISTRICT, ["9787020333349"]),
    ]


@pytest.mark.parametrize("search", ["%", "_", "红%梦", "红_梦", "\\", "%' OR 1=1 --"])
async def test_wildcards_find_nothing_but_themselves(graph: Graph, search: str) -> None:
    """No title here has such a sign, so nothing is found; unescaped, `%` would find them all."""
    assert (await graph(PAGE, search=search)).data["biblios"]["totalCount"] == 0


async def test_a_search_can_be_of_some_libraries(graph: Graph, mocks: RunningMocks) -> None:
    """All branches of a system share a catalogue, so only those systems are asked."""
    ids = [library_id(BUJI, "BJLL"), library_id(BUJI, "BJZX")]
    page = (await graph(PAGE, search="三体", libraries=ids)).data["biblios"]
    assert page["totalCount"] == 9
    assert wire(mocks) == {(BUJI, BIBLIOS): 1}
    mocks.clear_calls()
    assert (await graph(PAGE, search="三体", libraries=[])).data["biblios"]["totalCount"] == 0
    assert mocks.calls() == []


@pytest.mark.parametrize(
    "variables",
    [
        {"search": ""},
        {"search": " \u3000 "},
        {"search": "书" * 101},
        {"search": "a b c d e f g h i"},
        {"search": "三\u0000体"},
        {"search": "三体", "field": "ISBN"},
        {"search": "9787020333340", "field": "ISBN"},
        {"search": "三体", "first": 0},
        {"search": "三体", "first": 1001},
        {"search": "三体", "after": "WzFd"},
        {"search": "三体", "after": "???"},
        {"search": "三体", "libraries": ["???"]},
        {"search": "三体", "libraries": [biblio_id(BUJI, 1)]},
    ],
)
async def test_what_cannot_be_searched_is_asked_of_nobody(
    graph: Graph, mocks: RunningMocks, variables: dict[str, Any]
) -> None:
    """Refused as the client's fault before any library is called."""
    answer = await graph(PAGE, **variables)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data == {"biblios": None}
    assert mocks.calls() == []


def test_forms_of_an_isbn() -> None:
    """Both forms where there are two, 13 digits first; none of what is not valid."""
    both = ("9787020333349", "7020333346")
    assert isbn_forms("978-7-02-033334-9") == isbn_forms("7 02 033334 6") == both
    assert isbn_forms("978–7–02–033334–9") == isbn_forms("９７８７０２０３３３３４９") == both
    assert isbn_forms("080442957x") == ("9780804429573", "080442957X")
    assert isbn_forms("9791090636071") == ("9791090636071",)
    for wrong in ("", "9787020333340", "7020333345", "X020333346", "978702033334", "三体", "97870203333490"):
        assert isbn_forms(wrong) == ()


# Copies

TITLE = """query($id: ID!, $only: Boolean! = false) { biblio: node(id: $id) { ... on Biblio {
  title subtitle partNumber partName author isbns publisher publicationPlace year series edition pages
  classification abstract itemType asOf stale source { id }
  availability { total available online onSite expected queue asOf stale }
  copies(availableOnly: $only) { label department storage status expected queue asOf stale
    library { id name }
    services { service available delayed delay expected returning queue limitations url } } } } }"""


async def test_a_title_with_its_copies(graph: Graph, mocks: RunningMocks) -> None:
    """Koha's description, DAIA's copies and the branch: three calls, one of each."""
    answer = await graph(TITLE, id=biblio_id(DISTRICT, 63))
    assert answer.errors == []
    service: dict[str, Any] = {
        "available": False,
        "delayed": False,
        "delay": None,
        "expected": "2026-12-07",
        "returning": True,
        "queue": 2,
        "limitations": [],
        "url": None,
    }
    title = answer.data["biblio"]
    assert title.pop("copies")[1] == {
        "label": "I242.4/256",
        "department": "龙岗区图书馆总馆",
        "storage": "二楼文学社科区",
        "status": "ON_LOAN",
        "expected": "2026-12-07",
        "queue": 2,
        "asOf": "2026-11-24T10:00:00+08:00",
        "stale": False,
        "library": {"id": library_id(DISTRICT, "LGZX"), "name": "龙岗区图书馆总馆"},
        "services": [service | {"service": "PRESENTATION"}, service | {"service": "LOAN"}],
    }
    assert title == {
        "title": "西游记",
        "subtitle": None,
        "partNumber": None,
        "partName": None,
        "author": "吴承恩",
        "isbns": ["9787101033977"],
        "publisher": "中华书局",
        "publicationPlace": "北京",
        "year": 2016,
        "series": None,
        "edition": "第2版",
        "pages": "250页",
        "classification": "I242.4",
        "abstract": "《西游记》，吴承恩著，中华书局2016年出版。",
        "itemType": "BOOK",
        "asOf": "2026-11-24T10:00:00+08:00",
        "stale": False,
        "source": {"id": DISTRICT},
        "availability": {
            "total": 2,
            "available": 0,
            "online": 0,
            "onSite": 0,
            "expected": "2026-12-07",
            "queue": 2,
            "asOf": "2026-11-24T10:00:00+08:00",
            "stale": False,
        },
    }
    assert wire(mocks) == {(DISTRICT, BIBLIOS): 1, (DISTRICT, DAIA): 1, (DISTRICT, LIBRARIES): 1}


async def test_an_electronic_copy_has_no_shelf(graph: Graph) -> None:
    """It is had online, stands in no branch, and is not counted among what can be borrowed."""
    title = (await graph(TITLE, id=biblio_id(DISTRICT, 54))).data["biblio"]
    assert [copy["status"] for copy in title["copies"]] == ["AVAILABLE", "AVAILABLE", "ON_LOAN", "ONLINE"]
    online = title["copies"][-1]
    assert (online["library"], online["label"], online["storage"]) == (None, None, None)
    assert online["services"][0]["limitations"] == ["凭读者证登录"]
    assert online["services"][0]["delayed"] is False
    counts = title["availability"]
    assert (counts["total"], counts["available"], counts["online"]) == (4, 2, 1)
    assert counts["expected"] == "2026-12-05"


async def test_a_copy_on_its_way_to_a_branch_has_a_delay(graph: Graph) -> None:
    """DAIA's delay "unknown": it can be borrowed, and nobody says how soon."""
    title = (await graph(TITLE, id=biblio_id(BANTIAN, 2))).data["biblio"]
    loan = next(s for s in title["copies"][1]["services"] if s["service"] == "LOAN")
    assert (title["copies"][1]["status"], loan["available"]) == ("AVAILABLE", True)
    assert (loan["delayed"], loan["delay"]) == (True, None)


async def test_only_what_can_be_borrowed(graph: Graph) -> None:
    """`availableOnly` leaves the copies that are AVAILABLE; the numbers still count all."""
    title = (await graph(TITLE, id=biblio_id(DISTRICT, 54), only=True)).data["biblio"]
    assert [copy["status"] for copy in title["copies"]] == ["AVAILABLE", "AVAILABLE"]
    assert title["availability"]["total"] == 4


async def test_no_copies_and_nobody_knows_are_two_things(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], start_graph: StartGraph
) -> None:
    """A title whose copies are all withdrawn has none; one that DAIA does not know has null."""
    document = (
        "query($id: ID!) { biblio: node(id: $id) { ... on Biblio {"
        " title availability { total } copies { label } } } }"
    )
    astray = {"document": "opac-cn-elsewhere:ppn:{biblio_id}"}
    lost = tuple(msgspec.structs.replace(source, options=astray) for source in sources if source.id == BUJI)
    district = tuple(source for source in sources if source.id == DISTRICT)
    async with start_graph(district + lost) as graph:
        known = await graph(document, id=biblio_id(DISTRICT, 281))
        assert known.data["biblio"] == {"title": "孙子兵法", "availability": {"total": 0}, "copies": []}
        unknown = await graph(document, id=biblio_id(BUJI, 1))
        assert unknown.errors == []
        assert unknown.data["biblio"] == {"title": "红楼梦", "availability": None, "copies": None}


# Batches

MANY = """query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Biblio { title
  availability { total available } copies { label status } } } }"""


async def test_a_hundred_titles_of_three_libraries_are_six_calls(graph: Graph, mocks: RunningMocks) -> None:
    """One to each catalogue and one to each DAIA server, as long as it serves that many at a time."""
    shares = ((DISTRICT, 40), (BUJI, 40), (BANTIAN, 20))
    ids = [biblio_id(source, number) for source, share in shares for number in range(1, share + 1)]
    answer = await graph(MANY, ids=ids)
    assert answer.errors == []
    assert [node["id"] for node in answer.data["nodes"]] == ids
    assert all(node["availability"]["total"] == len(node["copies"]) for node in answer.data["nodes"])
    assert wire(mocks) == once(BIBLIOS, DAIA)


async def test_a_server_of_twenty_at_a_time_is_asked_for_the_rest(graph: Graph, mocks: RunningMocks) -> None:
    """坂田 leaves the remaining ids in a `next` link: 50 titles are three calls, each for what is left."""
    answer = await graph(MANY, ids=[biblio_id(BANTIAN, number) for number in range(1, 51)])
    assert answer.errors == []
    assert all(node["copies"] is not None for node in answer.data["nodes"])
    assert wire(mocks) == {(BANTIAN, BIBLIOS): 1, (BANTIAN, DAIA): 3}
    asked = [call.query.count("%7C") + 1 for call in mocks.calls(BANTIAN) if call.path == DAIA]
    assert asked == [50, 30, 10]


async def test_branches_of_all_copies_are_one_call_a_library(graph: Graph, mocks: RunningMocks) -> None:
    """A list of titles with their copies and where these are: three calls a library."""
    answer = await graph("""{ biblios(search: "红楼梦", first: 30) { edges { node {
      title copies { status library { name community { name } } } } } } }""")
    assert answer.errors == []
    assert all(copy["library"] for node in nodes(answer.data["biblios"]) for copy in node["copies"])
    assert wire(mocks) == once(BIBLIOS, DAIA, LIBRARIES)


async def test_the_same_title_twice_is_fetched_once(graph: Graph, mocks: RunningMocks) -> None:
    """Under two aliases and twice in a list."""
    title = biblio_id(BUJI, 7)
    answer = await graph(
        """query($id: ID!, $ids: [ID!]!) { a: node(id: $id) { ... on Biblio { availability { total } } }
          b: node(id: $id) { ... on Biblio { copies { label } availability { total } } }
          nodes(ids: $ids) { id } }""",
        id=title,
        ids=[title, title],
    )
    assert answer.errors == []
    assert answer.data["nodes"] == [{"id": title}] * 2
    assert wire(mocks) == {(BUJI, BIBLIOS): 1, (BUJI, DAIA): 1}
    assert [call.query for call in mocks.calls(BUJI) if call.path == DAIA] == ["format=json&id=7"]


async def test_ids_lead_back_to_their_objects(graph: Graph, mocks: RunningMocks) -> None:
    """Libraries and titles by id; null for what there is not, in the catalogue or in the world."""
    ids = [library_id(BUJI, "BJLL"), biblio_id(BUJI, 1), biblio_id(BUJI, 999999), library_id(BUJI, "NONE")]
    ids += [biblio_id(BUJI, "1 OR 1=1"), biblio_id("gone", 1), biblio_id("events", 1)]
    answer = await graph(
        """query($ids: [ID!]!) { nodes(ids: $ids) {
          __typename ... on Library { name } ... on Biblio { title } } }""",
        ids=ids,
    )
    assert answer.errors == []
    assert answer.data["nodes"] == [
        {"__typename": "Library", "name": "龙岭社区图书馆"},
        {"__typename": "Biblio", "title": "红楼梦"},
        *[None] * 5,
    ]
    assert wire(mocks) == {(BUJI, BIBLIOS): 1, (BUJI, LIBRARIES): 1}


async def test_an_id_of_another_kind_is_refused(graph: Graph, mocks: RunningMocks) -> None:
    """A title is no library to search in."""
    answer = await graph(
        """query($id: ID!) { biblios(search: "红楼梦", libraries: [$id]) { totalCount } }""",
        id=biblio_id(BUJI, 1),
    )
    assert answer.codes == ["BAD_USER_INPUT"]
    assert mocks.calls() == []


# Freshness and failures


async def test_titles_last_longer_than_copies(
    mocks: RunningMocks, start_graph: StartGraph, tick: Callable[[float], None]
) -> None:
    """Copies are asked for anew after 30 seconds, titles after ten minutes, branches after an hour."""
    async with start_graph() as graph:
        await graph(TITLE, id=biblio_id(DISTRICT, 63))
        for seconds, asked in (
            (29, []),
            (2, [DAIA]),
            (569, [BIBLIOS, DAIA]),
            (3000, [*[BIBLIOS, DAIA], LIBRARIES]),
        ):
            mocks.clear_calls()
            tick(seconds)
            await graph(TITLE, id=biblio_id(DISTRICT, 63))
            assert sorted(call.path for call in mocks.calls(token=False)) == sorted(asked)


async def test_earlier_copies_stand_in_for_a_server_that_fails(
    mocks: RunningMocks, start_graph: StartGraph, tick: Callable[[float], None]
) -> None:
    """For ten minutes past their freshness, marked as stale; then it is an error, and the title stands."""
    async with start_graph() as graph:
        fresh = (await graph(TITLE, id=biblio_id(DISTRICT, 63))).data["biblio"]
        mocks.fault(DISTRICT, error_rate=1, path=DAIA)
        tick(60)
        answer = await graph(TITLE, id=biblio_id(DISTRICT, 63))
        assert answer.errors == []
        assert answer.data["biblio"] == fresh | {
            "availability": fresh["availability"] | {"stale": True},
            "copies": [copy | {"stale": True} for copy in fresh["copies"]],
        }
        assert answer.source(DISTRICT)["outcome"] == "STALE"
        tick(600)
        answer = await graph(TITLE, id=biblio_id(DISTRICT, 63))
        assert answer.codes == ["SOURCE_UNAVAILABLE"] * 2
        assert (answer.data["biblio"]["title"], answer.data["biblio"]["copies"]) == ("西游记", None)


async def test_an_earlier_page_stands_in_for_a_catalogue_that_fails(
    mocks: RunningMocks, start_graph: StartGraph, tick: Callable[[float], None]
) -> None:
    """Its titles say that they are stale; those of the other catalogues are new."""
    document = (
        """{ biblios(search: "三体", first: 50) { totalCount edges { node { id stale source { id } } } } }"""
    )
    async with start_graph() as graph:
        fresh = (await graph(document)).data["biblios"]
        mocks.fault(BUJI, error_rate=1)
        tick(601)
        answer = await graph(document)
        assert answer.errors == []
        assert answer.data["biblios"]["totalCount"] == fresh["totalCount"] == 33
        stale = Counter((node["source"]["id"], node["stale"]) for node in nodes(answer.data["biblios"]))
        assert stale == {(BUJI, True): 9, (BANTIAN, False): 13, (DISTRICT, False): 11}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"error_rate": 1}, "SOURCE_UNAVAILABLE"),
        ({"error_rate": 1, "error_status": 403}, "SOURCE_REJECTED"),
        ({"hang": True}, "SOURCE_TIMEOUT"),
        ({"malformed": True}, "SOURCE_MALFORMED"),
    ],
)
async def test_a_library_that_fails_leaves_the_others_whole(
    mocks: RunningMocks,
    sources: tuple[SourceConfig, ...],
    start_graph: StartGraph,
    fault: dict[str, Any],
    code: str,
) -> None:
    """The page has what the others found and an error that names who is missing; the total is unknown."""
    quick = tuple(
        msgspec.structs.replace(source, limits=msgspec.structs.replace(source.limits, timeout_ms=400))
        if source.id == BUJI
        else source
        for source in sources
    )
    mocks.fault(BUJI, **fault)
    async with start_graph(quick) as graph:
        answer = await graph(PAGE, search="三体", first=50)
    assert answer.codes == [code]
    assert answer.errors[0]["path"] == ["biblios"]
    assert answer.errors[0]["extensions"]["source"] == BUJI
    assert answer.data["biblios"]["totalCount"] is None
    assert Counter(node["source"]["id"] for node in nodes(answer.data["biblios"])) == {
        BANTIAN: 13,
        DISTRICT: 11,
    }


async def test_copies_that_fail_leave_the_titles_whole(graph: Graph, mocks: RunningMocks) -> None:
    """One library's DAIA is down: its copies are null, each with its error; all else stands."""
    mocks.fault(BUJI, malformed=True, path=DAIA)
    answer = await graph(MANY, ids=[biblio_id(BUJI, 1), biblio_id(DISTRICT, 1)])
    assert sorted(tuple(error["path"]) for error in answer.errors) == [
        ("nodes", 0, "availability"),
        ("nodes", 0, "copies"),
    ]
    assert set(answer.codes) == {"SOURCE_MALFORMED"}
    theirs, others = answer.data["nodes"]
    assert (theirs["title"], theirs["copies"], theirs["availability"]) == ("红楼梦", None, None)
    assert others["copies"]


async def test_where_every_catalogue_fails_the_field_is_null(graph: Graph, mocks: RunningMocks) -> None:
    """The rest of the answer stands."""
    for source in (DISTRICT, BUJI, BANTIAN):
        mocks.fault(source, malformed=True)
    answer = await graph(
        '{ biblios(search: "三体") { totalCount } libraries { totalCount } subdistricts { code } }'
    )
    assert answer.codes == ["SOURCE_MALFORMED"] * 2
    assert (answer.data["biblios"], answer.data["libraries"]) == (None, None)
    assert len(answer.data["subdistricts"]) == 11


async def test_a_refused_token_is_replaced(graph: Graph, mocks: RunningMocks) -> None:
    """The district library's tokens end; the search goes on with a new one."""
    await graph(PAGE, search="三体")
    mocks.tokens(DISTRICT, revoke=True)
    assert (await graph(PAGE, search="围城")).errors == []
