"""Communities end to end: the front door, what is near, and any object by its id."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

import msgspec
import pytest

from gateway.sources import SourceConfig
from mocks.server import RunningMocks
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import Graph, StartGraph

LONGLING = "440307014003"
CENTRE = {"lat": 22.6, "lng": 114.12}
"""A point in 龙岭社区."""
CENTRE_GCJ = {"lat": 22.5973148, "lng": 114.125101, "crs": "GCJ02"}
"""The same point as residents' maps have it."""
FOUR = ["PARKING_LOT", "LIBRARY", "HOSPITAL", "CASE"]
"""Kinds of four systems that are each asked in another way."""
NEARBY = """query($lat: Float!, $lng: Float!, $radius: Int! = 2500, $kinds: [PlaceKind!], $crs: Crs! = WGS84,
                  $first: Int! = 1000, $after: String) {
  nearby(lat: $lat, lng: $lng, radius: $radius, kinds: $kinds, crs: $crs, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor distance node { __typename id name source { id } community { name } } } } }"""


def nodes(connection: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


# Communities


async def test_a_community_by_its_code(graph: Graph, mocks: RunningMocks) -> None:
    """The pilot, with its sub-district and its centre in both coordinate systems; no source is asked."""
    answer = await graph(
        """query($code: String!) { community(code: $code) { __typename id code name subdistrict { code name }
             position { lat lng } gcj: position(crs: GCJ02) { lat lng } } }""",
        code=LONGLING,
    )
    assert answer.errors == []
    assert answer.data["community"] == {
        "__typename": "Community",
        "id": encode_id("community", Ref("divisions", LONGLING)),
        "code": LONGLING,
        "name": "龙岭社区",
        "subdistrict": {"code": "440307014", "name": "布吉街道"},
        "position": {"lat": 22.59879, "lng": 114.11969},
        "gcj": {"lat": 22.5961049, "lng": 114.1247914},
    }
    assert mocks.calls() == []
    assert answer.extensions["sources"] == []


@pytest.mark.parametrize("code", ["", "440307014", "440307014999", "龙岭社区"])
async def test_no_such_community(graph: Graph, code: str) -> None:
    """Null without an error."""
    answer = await graph("query($code: String!) { community(code: $code) { name } }", code=code)
    assert (answer.data, answer.errors) == ({"community": None}, [])


async def test_every_community(graph: Graph, mocks: RunningMocks) -> None:
    """111 in 11 sub-districts, by code, in pages whose cursors hold."""
    query = """query($after: String) { communities(first: 50, after: $after) { totalCount
      pageInfo { hasNextPage endCursor } edges { node { code subdistrict { name } } } }
      subdistricts { code name } }"""
    found: list[dict[str, Any]] = []
    after, sizes, subdistricts = None, [], []
    while True:
        data = (await graph(query, after=after)).data
        page, subdistricts = data["communities"], data["subdistricts"]
        assert page["totalCount"] == 111
        found += nodes(page)
        sizes.append(len(page["edges"]))
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert sizes == [50, 50, 11]
    codes = [community["code"] for community in found]
    assert codes == sorted(set(codes))
    assert len(codes) == 111
    assert len(subdistricts) == 11
    assert {c["subdistrict"]["name"] for c in found} == {s["name"] for s in subdistricts}
    assert mocks.calls() == []


@pytest.mark.parametrize("subdistrict", ["布吉街道", "440307014"])
async def test_the_communities_of_a_sub_district(graph: Graph, subdistrict: str) -> None:
    """By its name or its code."""
    answer = await graph(
        """query($s: String) { communities(subdistrict: $s, first: 100) {
             totalCount edges { node { code name } } } }""",
        s=subdistrict,
    )
    found = answer.data["communities"]
    assert found["totalCount"] == len(found["edges"])
    assert all(community["code"].startswith("440307014") for community in nodes(found))
    assert {"code": LONGLING, "name": "龙岭社区"} in nodes(found)


async def test_the_two_communities_called_fenghuang(graph: Graph) -> None:
    """凤凰社区 exists in two sub-districts: two communities, each found in its own and by its own id."""
    answer = await graph(
        "{ communities(first: 111) { edges { node { id code name subdistrict { name } } } } }"
    )
    twice = [community for community in nodes(answer.data["communities"]) if community["name"] == "凤凰社区"]
    assert [(c["code"], c["subdistrict"]["name"]) for c in twice] == [
        ("440307003012", "平湖街道"),
        ("440307014014", "布吉街道"),
    ]
    for community in twice:
        own = await graph(
            """query($s: String!, $id: ID!) {
                 communities(subdistrict: $s, first: 100) { edges { node { id name } } }
                 node(id: $id) { ... on Community { code } } }""",
            s=community["subdistrict"]["name"],
            id=community["id"],
        )
        named = [node["id"] for node in nodes(own.data["communities"]) if node["name"] == "凤凰社区"]
        assert named == [community["id"]]
        assert own.data["node"] == {"code": community["code"]}


@pytest.mark.parametrize(
    "arguments", ['subdistrict: "福田街道"', 'subdistrict: ""', "first: 0", "first: 1001", 'after: "?"']
)
async def test_what_cannot_be_asked_of_communities(graph: Graph, arguments: str) -> None:
    """BAD_USER_INPUT with a sentence."""
    answer = await graph(f"{{ communities({arguments}) {{ totalCount }} }}")
    assert answer.codes == ["BAD_USER_INPUT"]


# Nearby


async def test_four_kinds_nearby(graph: Graph, mocks: RunningMocks) -> None:
    """Car parks, libraries, hospitals and open cases in one list, the nearest first, no error."""
    answer = await graph(NEARBY, **CENTRE, kinds=FOUR)
    assert answer.errors == []
    nearby = answer.data["nearby"]
    assert Counter(node["__typename"] for node in nodes(nearby)) == {
        "ParkingLot": 55,
        "Case": 15,
        "Library": 3,
        "Hospital": 1,
    }
    distances = [edge["distance"] for edge in nearby["edges"]]
    assert distances == sorted(distances)
    assert max(distances) <= 2500
    assert nearby["totalCount"] == 74
    assert [(edge["distance"], edge["node"]["name"]) for edge in nearby["edges"][:4]] == [
        (22, "龙岭商业广场停车场"),
        (126, "龙岭北路路侧泊位"),
        (128, "龙岭社区公共停车场"),
        (173, "龙岭社区图书馆"),
    ]
    assert nodes(nearby)[0]["community"] == {"name": "龙岭社区"}
    calls = Counter(call.simulator for call in mocks.calls(token=False))
    assert {calls[source] for source in ("events", "parking-city", "library-buji")} == {1}


async def test_nearby_in_the_coordinates_of_a_residents_map(graph: Graph) -> None:
    """GCJ-02 in: the same places at the same distances; a point taken for the wrong system is 600 m off."""
    in_wgs = (await graph(NEARBY, **CENTRE)).data["nearby"]
    in_gcj = (await graph(NEARBY, **CENTRE_GCJ)).data["nearby"]
    assert [(e["distance"], e["node"]["id"]) for e in in_gcj["edges"]] == [
        (e["distance"], e["node"]["id"]) for e in in_wgs["edges"]
    ]
    mistaken = (await graph(NEARBY, lat=CENTRE_GCJ["lat"], lng=CENTRE_GCJ["lng"])).data["nearby"]
    assert mistaken["edges"][0]["node"]["id"] != in_wgs["edges"][0]["node"]["id"]


async def test_nearby_of_one_kind_asks_only_who_knows(graph: Graph, mocks: RunningMocks) -> None:
    """A kind named twice is asked for once; no kind at all is an empty list."""
    answer = await graph(NEARBY, **CENTRE, kinds=["LIBRARY", "LIBRARY"])
    assert {node["__typename"] for node in nodes(answer.data["nearby"])} == {"Library"}
    assert {call.simulator for call in mocks.calls()} == {
        "library-district",
        "library-buji",
        "library-bantian",
    }
    none = await graph(NEARBY, **CENTRE, kinds=[])
    assert (none.data["nearby"]["totalCount"], none.errors) == (0, [])


async def test_pages_of_nearby_follow_one_another(graph: Graph) -> None:
    """Seven at a time: every place once, in the order of the whole."""
    whole = [node["id"] for node in nodes((await graph(NEARBY, **CENTRE, kinds=FOUR)).data["nearby"])]
    seen: list[str] = []
    after = None
    while True:
        page = (await graph(NEARBY, **CENTRE, kinds=FOUR, first=7, after=after)).data["nearby"]
        assert page["totalCount"] == 74
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        seen += [node["id"] for node in nodes(page)]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole


async def test_a_cursor_holds_while_sources_come_and_go(
    sources: tuple[SourceConfig, ...], mocks: RunningMocks, start_graph: StartGraph
) -> None:
    """The next page without one operator's car parks goes on at the same place: none twice, none skipped."""
    async with start_graph() as graph:
        first = (await graph(NEARBY, **CENTRE, kinds=["PARKING_LOT"], first=10)).data["nearby"]
        whole = (await graph(NEARBY, **CENTRE, kinds=["PARKING_LOT"])).data["nearby"]
    rest = [node["id"] for node in nodes(whole)[10:] if node["source"]["id"] != "parking-city"]
    fewer = tuple(source for source in sources if source.id != "parking-city")
    async with start_graph(fewer) as graph:
        then = await graph(NEARBY, **CENTRE, kinds=["PARKING_LOT"], after=first["pageInfo"]["endCursor"])
    assert [node["id"] for node in nodes(then.data["nearby"])] == rest


async def test_one_source_that_fails_leaves_the_other_kinds_whole(graph: Graph, mocks: RunningMocks) -> None:
    """The platform and one operator down: two errors with the list's path, every other place there."""
    mocks.fault("events", error_rate=1)
    mocks.fault("parking-city", malformed=True)
    answer = await graph(NEARBY, **CENTRE, kinds=FOUR)
    assert Counter(node["__typename"] for node in nodes(answer.data["nearby"])) == {
        "ParkingLot": 55 - 24,
        "Library": 3,
        "Hospital": 1,
    }
    assert sorted(
        (error["extensions"]["source"], error["extensions"]["code"]) for error in answer.errors
    ) == [
        ("events", "SOURCE_UNAVAILABLE"),
        ("parking-city", "SOURCE_MALFORMED"),
    ]
    assert [error["path"] for error in answer.errors] == [["nearby"]] * 2
    assert answer.source("parking-city")["outcome"] == "FAILED"
    assert answer.source("parking-metro")["outcome"] == "OK"


async def test_nothing_near_beside_a_failure_is_an_empty_list(graph: Graph, mocks: RunningMocks) -> None:
    """Those who answered have nothing there: empty, with the error of the one that did not."""
    mocks.fault("events", error_rate=1)
    answer = await graph(NEARBY, lat=22.6, lng=114.12, radius=1, kinds=["CASE", "LIBRARY"])
    assert answer.data["nearby"]["edges"] == []
    assert answer.codes == ["SOURCE_UNAVAILABLE"]


async def test_nearby_of_a_kind_that_fails_whole_is_null(graph: Graph, mocks: RunningMocks) -> None:
    """Nobody could answer: null with the error, and the rest of the response whole."""
    mocks.fault("events", error_rate=1)
    answer = await graph(
        "query($code: String!) { nearby(lat: 22.6, lng: 114.12, kinds: [CASE]) { totalCount } "
        "community(code: $code) { name } }",
        code=LONGLING,
    )
    assert answer.data == {"nearby": None, "community": {"name": "龙岭社区"}}
    assert [(error["path"], error["extensions"]["code"]) for error in answer.errors] == [
        (["nearby"], "SOURCE_UNAVAILABLE")
    ]


async def test_a_source_that_hangs_costs_its_own_time_only(
    sources: tuple[SourceConfig, ...], mocks: RunningMocks, start_graph: StartGraph
) -> None:
    """SOURCE_TIMEOUT for it, everything else beside it."""
    mocks.fault("events", hang=True)
    quick = tuple(
        msgspec.structs.replace(source, limits=msgspec.structs.replace(source.limits, timeout_ms=300))
        if source.id == "events"
        else source
        for source in sources
    )
    async with start_graph(quick) as graph:
        answer = await graph(NEARBY, **CENTRE, kinds=FOUR)
    assert answer.codes == ["SOURCE_TIMEOUT"]
    nearby = answer.data["nearby"]
    assert (nearby["totalCount"], len(nearby["edges"])) == (None, 59)


@pytest.mark.parametrize(
    "arguments",
    [
        "lat: 91, lng: 0",
        "lat: 0, lng: 181",
        "lat: 0, lng: 0, radius: 0",
        "lat: 0, lng: 0, radius: 50001",
        "lat: 0, lng: 0, first: 0",
        'lat: 0, lng: 0, after: "x"',
    ],
)
async def test_what_cannot_be_asked_of_nearby(graph: Graph, mocks: RunningMocks, arguments: str) -> None:
    """BAD_USER_INPUT, and nobody is asked."""
    answer = await graph(f"{{ nearby({arguments}) {{ totalCount }} }}")
    assert answer.codes == ["BAD_USER_INPUT"]
    assert mocks.calls() == []


# Any object by its id


async def test_every_place_can_be_read_again_by_its_id(graph: Graph) -> None:
    """`nodes` gives the same objects in the order of the ids, whatever their kind."""
    found = nodes((await graph(NEARBY, **CENTRE, kinds=FOUR)).data["nearby"])
    answer = await graph(
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Place { name } } }",
        ids=[node["id"] for node in found],
    )
    assert answer.errors == []
    assert answer.data["nodes"] == [
        {"__typename": node["__typename"], "id": node["id"], "name": node["name"]} for node in found
    ]


async def test_a_community_by_its_id(graph: Graph, mocks: RunningMocks) -> None:
    """No source tells it, and none is asked; one that does not exist is null."""
    ids = [encode_id("community", Ref("divisions", code)) for code in (LONGLING, "440307999999")]
    answer = await graph("query($ids: [ID!]!) { nodes(ids: $ids) { ... on Community { name } } }", ids=ids)
    assert (answer.data, answer.errors) == ({"nodes": [{"name": "龙岭社区"}, None]}, [])
    assert mocks.calls() == []


def raw(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


BAD_IDS = ["", "x", "龙岭", "====", raw("case"), raw("case:events:"), raw("unicorn:events:1"), "A" * 600]


@pytest.mark.parametrize("id_", BAD_IDS)
async def test_what_is_no_id(graph: Graph, mocks: RunningMocks, id_: str) -> None:
    """BAD_USER_INPUT for `node` and for the whole of `nodes`; nobody is asked, nothing is repeated."""
    answer = await graph("query($id: ID!) { node(id: $id) { id } }", id=id_)
    assert (answer.data, answer.codes) == ({"node": None}, ["BAD_USER_INPUT"])
    good = encode_id("case", Ref("events", "261124004"))
    many = await graph("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[good, id_])
    assert many.codes == ["BAD_USER_INPUT"]
    assert mocks.calls() == []
    assert "unicorn" not in str(answer.errors + many.errors)


@pytest.mark.parametrize("source", ["gone", "parking-city", "divisions"])
async def test_an_id_of_a_source_that_does_not_have_it(
    graph: Graph, mocks: RunningMocks, source: str
) -> None:
    """A source that is gone, or that holds no such kind, is simply not the place: null, nobody is asked."""
    answer = await graph(
        "query($id: ID!) { node(id: $id) { id } }", id=encode_id("case", Ref(source, "261124004"))
    )
    assert (answer.data, answer.errors) == ({"node": None}, [])
    assert mocks.calls() == []


async def test_a_hundred_ids_at_a_time(graph: Graph, mocks: RunningMocks) -> None:
    """101 are refused; none is an empty list."""
    id_ = encode_id("community", Ref("divisions", LONGLING))
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert (await graph(query, ids=[id_] * 101)).codes == ["BAD_USER_INPUT"]
    assert (await graph(query, ids=[id_] * 100)).data["nodes"] == [{"id": id_}] * 100
    assert (await graph(query, ids=[])).data["nodes"] == []


async def test_nodes_of_a_source_that_fails_are_null_each_with_its_error(
    graph: Graph, mocks: RunningMocks
) -> None:
    """The others are there, in their places."""
    mocks.fault("events", error_rate=1)
    community = encode_id("community", Ref("divisions", LONGLING))
    cases = [encode_id("case", Ref("events", number)) for number in ("261124004", "261124003")]
    answer = await graph(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[cases[0], community, cases[1]]
    )
    assert answer.data["nodes"] == [None, {"id": community}, None]
    assert [(error["path"], error["extensions"]["code"]) for error in answer.errors] == [
        (["nodes", 0], "SOURCE_UNAVAILABLE"),
        (["nodes", 2], "SOURCE_UNAVAILABLE"),
    ]
