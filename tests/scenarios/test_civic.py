"""民意速办 end to end: HTTP in, the event platform's wire out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gateway.sources import SourceConfig
from mocks.server import RunningMocks
from schema.community.gazetteer import COMMUNITIES
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import Answer, Graph, StartGraph

SENT_BACK = 261122011
"""噪声扰民 in 布吉, dealt with and sent back."""
UNLOCATED = 261123012
"""A case that nobody located: the platform has it at 0,0."""


def case_id(number: int) -> str:
    return encode_id("case", Ref("events", str(number)))


def nodes(connection: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def paths(mocks: RunningMocks) -> list[str]:
    return [call.path for call in mocks.calls("events", token=False)]


FRONT = """query Cases($first: Int! = 20, $after: String, $since: Date) {
  cases(first: $first, after: $after, since: $since) { totalCount pageInfo { hasNextPage endCursor }
    edges { cursor node { id name state requestedAt serviceType { code name }
      timeline { at state description mediaUrl } } } } }"""
"""What a front page shows: a list, each with its kind of matter and what became of it."""


# Lists and what hangs on them


async def test_a_list_with_matters_and_timelines_is_three_calls(graph: Graph, mocks: RunningMocks) -> None:
    """Twenty cases: the window, the services, and the steps of all twenty at once."""
    answer = await graph(FRONT)
    assert answer.errors == []
    cases = answer.data["cases"]
    assert cases["totalCount"] == 681
    assert len(cases["edges"]) == 20
    assert cases["pageInfo"]["hasNextPage"] is True
    assert nodes(cases)[0] == {
        "id": case_id(261124004),
        "name": "道路破损",
        "state": "PENDING_DISPATCH",
        "requestedAt": "2026-11-24T09:54:13+08:00",
        "serviceType": {"code": "44030706013", "name": "道路破损"},
        "timeline": [],
    }
    assert nodes(cases)[4]["timeline"] == [
        {
            "at": "2026-11-23T23:32:03+08:00",
            "state": "IN_PROGRESS",
            "description": "处理中：已派单至平湖街道城市建设办公室。",
            "mediaUrl": None,
        },
        {
            "at": "2026-11-24T05:19:48+08:00",
            "state": "PENDING_VERIFICATION",
            "description": "待核查：处置完成，等待核查。",
            "mediaUrl": "https://media.events.longgang.example/261123016-3.jpg",
        },
        {
            "at": "2026-11-24T06:32:18+08:00",
            "state": "CLOSED",
            "description": "已结案：核查通过，予以结案。",
            "mediaUrl": None,
        },
    ]
    assert sorted(paths(mocks)) == ["/requests.json", "/servicerequestupdates.json", "/services.json"]
    assert answer.source("events")["calls"] == 3


async def test_pages_follow_one_another(graph: Graph, mocks: RunningMocks) -> None:
    """Newest first, each case once, whatever the page's size; the window is asked for once."""
    query = """query($after: String) { cases(first: 250, after: $after) {
      pageInfo { hasNextPage hasPreviousPage endCursor } edges { node { id requestedAt } } } }"""
    seen: list[tuple[str, str]] = []
    after, sizes = None, []
    while True:
        page = (await graph(query, after=after)).data["cases"]
        sizes.append(len(page["edges"]))
        seen += [(node["requestedAt"], node["id"]) for node in nodes(page)]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert sizes == [250, 250, 181]
    assert seen == sorted(seen, reverse=True)
    assert len({id_ for _, id_ in seen}) == 681
    assert paths(mocks) == ["/requests.json"]


async def test_half_a_year_is_read_whole(graph: Graph, mocks: RunningMocks) -> None:
    """Windows of 90 days that fill their answers are continued: every case the world has, each once."""
    answer = await graph("""{ cases(since: "2026-05-28", first: 1) { totalCount } }""")
    assert answer.errors == []
    assert answer.data["cases"]["totalCount"] == 4111
    assert paths(mocks) == ["/requests.json"] * 7


async def test_one_case_in_full(graph: Graph, mocks: RunningMocks) -> None:
    """Every field of a case by its id: its own read and its timeline."""
    answer = await graph(
        """query($id: ID!) { case(id: $id) { __typename id name nameEn state open description address
          agency requestedAt updatedAt expectedAt mediaUrl asOf stale position { lat lng }
          community { code name } source { id name nameEn standard }
          serviceType { code name group description keywords }
          timeline { at state description mediaUrl } } }""",
        id=case_id(SENT_BACK),
    )
    assert answer.errors == []
    case = answer.data["case"]
    assert [step["state"] for step in case.pop("timeline")] == [
        "IN_PROGRESS",
        "PENDING_VERIFICATION",
        "SENT_BACK",
    ]
    assert case == {
        "__typename": "Case",
        "id": case_id(SENT_BACK),
        "name": "噪声扰民",
        "nameEn": None,
        "state": "SENT_BACK",
        "open": True,
        "description": "东方半岛社区广场晚上十点后仍有音响声，影响休息。",
        "address": "深圳市龙岗区布吉街道东方半岛中路219号",
        "agency": "布吉街道派出所",
        "requestedAt": "2026-11-22T13:29:44+08:00",
        "updatedAt": "2026-11-23T13:31:37+08:00",
        "expectedAt": "2026-11-23T13:29:44+08:00",
        "mediaUrl": None,
        "asOf": "2026-11-24T10:00:00+08:00",
        "stale": False,
        "position": {"lat": 22.603127, "lng": 114.137464},
        "community": {"code": "440307014024", "name": "东方半岛社区"},
        "source": {
            "id": "events",
            "name": "龙岗区一网统管事件平台",
            "nameEn": "Longgang Event Platform",
            "standard": "Open311 GeoReport v2",
        },
        "serviceType": {
            "code": "44030706028",
            "name": "噪声扰民",
            "group": "市容环境",
            "description": "生活、商业或广场噪声影响休息",
            "keywords": ["噪声", "扰民", "夜间"],
        },
    }
    assert sorted(paths(mocks)) == [
        f"/requests/{SENT_BACK}.json",
        "/servicerequestupdates.json",
        "/services.json",
    ]


async def test_a_case_asked_for_twice_is_fetched_once(graph: Graph, mocks: RunningMocks) -> None:
    """Two fields of one request, and the next request within half a minute."""
    query = "query($id: ID!) { a: case(id: $id) { state } b: node(id: $id) { ... on Case { name } } }"
    first = await graph(query, id=case_id(SENT_BACK))
    assert first.data == {"a": {"state": "SENT_BACK"}, "b": {"name": "噪声扰民"}}
    again = await graph(query, id=case_id(SENT_BACK))
    assert again.data == first.data
    assert paths(mocks) == [f"/requests/{SENT_BACK}.json"]
    assert again.source("events")["outcome"] == "CACHED"


async def test_many_ids_are_one_call(graph: Graph, mocks: RunningMocks) -> None:
    """`nodes` reads them by one comma list, in the order given; what does not exist is null."""
    numbers = [261124001, 1, SENT_BACK, 261124001]
    answer = await graph(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Case { state } } }",
        ids=[case_id(number) for number in numbers],
    )
    assert answer.errors == []
    assert answer.data["nodes"] == [
        {"id": case_id(261124001), "state": "PENDING_DISPATCH"},
        None,
        {"id": case_id(SENT_BACK), "state": "SENT_BACK"},
        {"id": case_id(261124001), "state": "PENDING_DISPATCH"},
    ]
    (call,) = mocks.calls("events", token=False)
    assert call.path == "/requests.json"
    assert f"service_request_id=261124001%2C1%2C{SENT_BACK}" in call.query


async def test_an_unknown_case_is_null_and_the_platform_not_down(graph: Graph, mocks: RunningMocks) -> None:
    """The platform says 500 for an id that it does not know: null without an error, time and again."""
    for number in range(1, 8):
        answer = await graph("query($id: ID!) { case(id: $id) { name } }", id=case_id(number))
        assert (answer.data, answer.errors) == ({"case": None}, [])
        assert answer.source("events")["outcome"] == "OK"
    assert [call.status for call in mocks.calls("events", token=False)] == [500] * 7
    assert (await graph("{ cases(first: 1) { totalCount } }")).data["cases"]["totalCount"] == 681


@pytest.mark.parametrize(
    "id_", ["", "x", "Y2FzZTpldmVudHM", encode_id("service-type", Ref("events", "44030706013"))]
)
async def test_an_id_of_something_else_is_refused(graph: Graph, mocks: RunningMocks, id_: str) -> None:
    """BAD_USER_INPUT, and nobody is asked."""
    answer = await graph("query($id: ID!) { case(id: $id) { name } }", id=id_)
    assert (answer.data, answer.codes) == ({"case": None}, ["BAD_USER_INPUT"])
    assert mocks.calls() == []


# Filters

COUNT = "query($near: NearInput, $community: String, $states: [CaseState!], $open: Boolean, $code: String, "
COUNT += "$since: Date) { cases(near: $near, community: $community, states: $states, open: $open, "
COUNT += "serviceCode: $code, since: $since, first: 1000) { totalCount edges { distance node { id name state "
COUNT += "open requestedAt position { lat lng } community { code } serviceType { code } } } } }"


@pytest.mark.parametrize(
    ("variables", "total"),
    [
        ({}, 681),
        ({"open": True}, 68),
        ({"open": False}, 613),
        ({"states": ["SENT_BACK"]}, 9),
        ({"states": ["PENDING_DISPATCH", "IN_PROGRESS"]}, 41),
        ({"states": []}, 0),
        ({"states": ["CLOSED"], "open": True}, 0),
        ({"code": "44030701037"}, 57),
        ({"code": "1"}, 0),
        ({"since": "2026-11-24"}, 4),
        ({"since": "2026-10-25"}, 681),
        ({"community": "440307014003"}, 7),
    ],
)
async def test_filters(graph: Graph, mocks: RunningMocks, variables: dict[str, Any], total: int) -> None:
    """State, matter, day and place are cut from one window: the same single call each time."""
    answer = await graph(COUNT, **variables)
    assert answer.errors == []
    assert answer.data["cases"]["totalCount"] == total
    assert paths(mocks).count("/requests.json") == 1
    for node in nodes(answer.data["cases"]):
        assert variables.get("open") in (None, node["open"])
        assert node["state"] in variables.get("states", [node["state"]])
        assert variables.get("code") in (None, node["serviceType"]["code"])
        if "community" in variables:
            assert node["community"]["code"] == variables["community"]


@pytest.mark.parametrize("crs", ["WGS84", "GCJ02"])
async def test_near_a_point(graph: Graph, crs: str) -> None:
    """Inside the circle only, with the distance, in either coordinate system; still newest first."""
    point = {"WGS84": (22.637278, 114.203885), "GCJ02": (22.634462, 114.2087834)}[crs]
    near = {"lat": point[0], "lng": point[1], "radius": 1500, "crs": crs}
    cases = (await graph(COUNT, near=near)).data["cases"]
    assert cases["edges"][0]["node"]["id"] == case_id(261124004)
    assert cases["edges"][0]["distance"] == 0
    assert cases["totalCount"] == len(cases["edges"]) > 3
    assert all(0 <= edge["distance"] <= 1500 for edge in cases["edges"])
    assert [n["requestedAt"] for n in nodes(cases)] == sorted(
        (n["requestedAt"] for n in nodes(cases)), reverse=True
    )


async def test_a_case_that_nobody_located(graph: Graph) -> None:
    """0,0 is no position: such a case is in the list, in no community and near nothing."""
    everywhere = nodes((await graph(COUNT)).data["cases"])
    lost = [node for node in everywhere if node["position"] is None]
    assert len(lost) == 25
    assert lost[0]["id"] == case_id(UNLOCATED)
    assert {node["community"] for node in lost if node["community"]} == set()
    near_null = {"lat": 0, "lng": 0, "radius": 50_000}
    assert (await graph(COUNT, near=near_null)).data["cases"]["totalCount"] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        'near: {lat: 22.6, lng: 114.1}, community: "440307014003"',
        'community: "440307"',
        "near: {lat: 91, lng: 114.1}",
        "near: {lat: 22.6, lng: 114.1, radius: 50001}",
        'since: "2026-05-27"',
        'since: "2026-11-25"',
        "first: 0",
        "first: 1001",
        'after: "x"',
        'after: "WzFd"',
    ],
)
async def test_what_cannot_be_asked(graph: Graph, mocks: RunningMocks, arguments: str) -> None:
    """BAD_USER_INPUT for one field, the others whole, and nobody is asked."""
    answer = await graph(f"{{ cases({arguments}) {{ totalCount }} sources {{ id }} }}")
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.errors[0]["path"] == ["cases"]
    assert answer.data["cases"] is None
    assert answer.data["sources"]
    assert mocks.calls() == []


# The community's front door and `nearby`


async def test_ten_front_doors_in_a_row_are_one_call(graph: Graph, mocks: RunningMocks) -> None:
    """One after the other, each with the open cases of its last days: they share one window."""
    query = """query($code: String!, $lat: Float!, $lng: Float!) {
      community(code: $code) {
        name cases(days: 30, open: true) { totalCount } recent: cases(days: 3) { totalCount } }
      nearby(lat: $lat, lng: $lng, kinds: [CASE]) { totalCount }
      cases(community: $code) { totalCount } }"""
    for code in list(COMMUNITIES)[:10]:
        position = COMMUNITIES[code].position
        answer = await graph(query, code=code, lat=position.lat, lng=position.lng)
        assert answer.errors == []
    assert paths(mocks) == ["/requests.json"]


async def test_every_located_case_is_in_one_community(graph: Graph, mocks: RunningMocks) -> None:
    """All 111 at once: their cases are all cases but the 25 that nobody located, from one call."""
    answer = await graph(
        "{ communities(first: 111) { edges { node { code cases(first: 100) { totalCount edges { node "
        "{ id community { code } } } } } } } }"
    )
    assert answer.errors == []
    found = [(c["code"], case) for c in nodes(answer.data["communities"]) for case in nodes(c["cases"])]
    assert len(found) == len({case["id"] for _, case in found}) == 681 - 25
    assert all(case["community"]["code"] == code for code, case in found)
    assert paths(mocks) == ["/requests.json"]


@pytest.mark.parametrize("days", [-1, 181])
async def test_days_have_bounds(graph: Graph, mocks: RunningMocks, days: int) -> None:
    """BAD_USER_INPUT at the community's field, and nobody is asked."""
    answer = await graph(
        'query($days: Int!) { community(code: "440307014003") { name cases(days: $days) { totalCount } } }',
        days=days,
    )
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data["community"] == {"name": "龙岭社区", "cases": None}
    assert mocks.calls() == []


async def test_nearby_shows_open_cases(graph: Graph) -> None:
    """The kind CASE: not closed, of the last 30 days, the nearest first."""
    answer = await graph(
        """{ nearby(lat: 22.6, lng: 114.12, radius: 5000, kinds: [CASE], first: 3) { totalCount
          edges { distance node { __typename name ... on Case { state open } } } } }"""
    )
    assert answer.errors == []
    assert answer.data["nearby"]["totalCount"] == 19
    edges = answer.data["nearby"]["edges"]
    assert [(edge["distance"], edge["node"]["name"]) for edge in edges] == [
        (950, "店外经营"),
        (1063, "路灯异常"),
        (1082, "盲道缺损"),
    ]
    assert {edge["node"]["open"] for edge in edges} == {True}


# Kinds of matter

TYPES = """query($search: String, $group: String, $first: Int! = 20, $after: String) {
  serviceTypes(search: $search, group: $group, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { code name group } } } }"""


async def test_service_types(graph: Graph, mocks: RunningMocks) -> None:
    """By code, searched in name, description and keywords, filtered by class, in pages; one call in all."""
    answer = await graph(TYPES, first=10)
    first = answer.data["serviceTypes"]
    assert first["totalCount"] == 14
    assert nodes(first)[0] == {"code": "44030701037", "name": "路灯异常", "group": "市政公用设施"}
    rest = (await graph(TYPES, first=10, after=first["pageInfo"]["endCursor"])).data["serviceTypes"]
    codes = [node["code"] for node in nodes(first) + nodes(rest)]
    assert codes == sorted(set(codes))
    assert len(codes) == 14
    found = {
        "扰民": ["噪声扰民", "施工扰民"],
        " 违停 ": ["机动车乱停放"],
        "瓷砖": [],
        "": [node["name"] for node in nodes(first) + nodes(rest)],
    }
    for search, names in found.items():
        answer = await graph(TYPES, search=search)
        assert [node["name"] for node in nodes(answer.data["serviceTypes"])] == names
    grouped = (await graph(TYPES, group="街面秩序")).data["serviceTypes"]
    assert [node["name"] for node in nodes(grouped)] == ["店外经营", "机动车乱停放", "占用消防通道"]
    assert paths(mocks) == ["/services.json"]


async def test_attributes_are_fetched_only_where_they_are_asked_for(
    graph: Graph, mocks: RunningMocks
) -> None:
    """One call a matter that has questions, none for one that has not."""
    answer = await graph(
        """{ serviceTypes(search: "垃圾") { edges { node { name attributes { code } } } }
          lamps: serviceTypes(search: "路灯") { edges { node { id asOf source { id } attributes {
            code description datatype variable required order values { key name } } } } } }"""
    )
    assert answer.errors == []
    assert [node["attributes"] for node in nodes(answer.data["serviceTypes"])] == [[], []]
    (lamp,) = nodes(answer.data["lamps"])
    assert lamp == {
        "id": encode_id("service-type", Ref("events", "44030701037")),
        "asOf": "2026-11-24T10:00:00+08:00",
        "source": {"id": "events"},
        "attributes": [
            {
                "code": "FAULT",
                "description": "故障现象",
                "datatype": "SINGLE_VALUE_LIST",
                "variable": True,
                "required": True,
                "order": 1,
                "values": [
                    {"key": str(key), "name": name}
                    for key, name in enumerate(("不亮", "闪烁", "倾斜", "漏电"), 1)
                ],
            },
            {
                "code": "LAMP_POST",
                "description": "灯杆编号",
                "datatype": "STRING",
                "variable": True,
                "required": False,
                "order": 2,
                "values": [],
            },
        ],
    }
    assert paths(mocks) == ["/services.json", "/services/44030701037.json"]


async def test_a_service_type_by_its_id(graph: Graph, mocks: RunningMocks) -> None:
    """`node` reads one from the platform's list; a code that is not in it is null."""
    ids = [encode_id("service-type", Ref("events", code)) for code in ("44030706013", "44030799999")]
    answer = await graph("query($ids: [ID!]!) { nodes(ids: $ids) { ... on ServiceType { name } } }", ids=ids)
    assert (answer.data, answer.errors) == ({"nodes": [{"name": "道路破损"}, None]}, [])
    assert paths(mocks) == ["/services.json"]


# The other format


def only(sources: tuple[SourceConfig, ...], **options: Any) -> tuple[SourceConfig, ...]:
    return tuple(
        msgspec.structs.replace(source, options={**source.options, **options})
        for source in sources
        if source.id == "events"
    )


async def test_a_server_of_xml_alone_says_the_same(
    sources: tuple[SourceConfig, ...], mocks: RunningMocks, start_graph: StartGraph
) -> None:
    """`format = "xml"`: the same graph, field by field, over the format that every server has."""
    async with start_graph(only(sources, format="json")) as graph:
        in_json = await graph(FRONT, first=100)
    mocks.fault("events", xml_only=True)
    mocks.clear_calls()
    async with start_graph(only(sources, format="xml")) as graph:
        in_xml = await graph(FRONT, first=100)
        unknown = await graph("query($id: ID!) { case(id: $id) { name } }", id=case_id(1))
    assert (in_xml.data, in_xml.errors) == (in_json.data, [])
    assert (unknown.data, unknown.errors) == ({"case": None}, [])
    assert sorted(paths(mocks)) == [
        "/requests.xml",
        "/requests/1.xml",
        "/servicerequestupdates.xml",
        "/services.xml",
    ]


async def test_a_server_without_json_that_is_asked_for_it(graph: Graph, mocks: RunningMocks) -> None:
    """The refusal is the source's failure and none of its words pass."""
    mocks.fault("events", xml_only=True)
    answer = await graph("{ cases { totalCount } }")
    assert answer.codes == ["SOURCE_REJECTED"]
    assert "offered" not in str(answer.errors)


# A platform that ails

REST = '{ cases { totalCount } community(code: "440307014003") { name cases { totalCount } } sources { id } }'


async def _ailing(graph: Graph) -> Answer:
    answer = await graph(REST)
    assert answer.data["cases"] is None
    assert answer.data["community"] == {"name": "龙岭社区", "cases": None}
    assert answer.data["sources"]
    assert sorted(error["path"] for error in answer.errors) == [["cases"], ["community", "cases"]]
    assert {error["extensions"]["source"] for error in answer.errors} == {"events"}
    assert answer.source("events")["outcome"] == "FAILED"
    return answer


async def test_a_platform_that_is_down(graph: Graph, mocks: RunningMocks) -> None:
    """503: its fields are null, each with an error; the rest of the answer is whole."""
    mocks.fault("events", error_rate=1, error_status=503)
    assert (await _ailing(graph)).codes == ["SOURCE_UNAVAILABLE"] * 2


async def test_a_platform_that_is_broken(graph: Graph, mocks: RunningMocks) -> None:
    """500 with a page of its proxy: the same, and nothing of the page passes."""
    mocks.fault("events", error_rate=1, error_status=500)
    answer = await _ailing(graph)
    assert answer.codes == ["SOURCE_UNAVAILABLE"] * 2
    assert "nginx" not in str(answer.errors)


async def test_a_platform_that_gives_half_an_answer(graph: Graph, mocks: RunningMocks) -> None:
    """A body cut in two is SOURCE_MALFORMED."""
    mocks.fault("events", malformed=True)
    assert (await _ailing(graph)).codes == ["SOURCE_MALFORMED"] * 2


async def test_a_platform_that_hangs(
    sources: tuple[SourceConfig, ...], mocks: RunningMocks, start_graph: StartGraph
) -> None:
    """No answer in the source's own time is SOURCE_TIMEOUT."""
    mocks.fault("events", hang=True)
    quick = tuple(
        msgspec.structs.replace(source, limits=msgspec.structs.replace(source.limits, timeout_ms=200))
        for source in only(sources)
    )
    async with start_graph(quick) as graph:
        assert (await _ailing(graph)).codes == ["SOURCE_TIMEOUT"] * 2


@pytest.mark.parametrize(
    ("path", "field"), [("/servicerequestupdates", "timeline"), ("/services", "serviceType")]
)
async def test_a_part_that_fails_leaves_the_cases_whole(
    graph: Graph, mocks: RunningMocks, path: str, field: str
) -> None:
    """No steps, or no services: null with an error at each case's field, the cases there all the same."""
    mocks.fault("events", error_rate=1, path=path)
    query = f"{{ cases(first: 2) {{ edges {{ node {{ name {field} {{ __typename }} }} }} }} }}"
    answer = await graph(query)
    assert nodes(answer.data["cases"]) == [
        {"name": "道路破损", field: None},
        {"name": "施工扰民", field: None},
    ]
    assert answer.codes == ["SOURCE_UNAVAILABLE"] * 2
    assert [error["path"] for error in answer.errors] == [
        ["cases", "edges", 0, "node", field],
        ["cases", "edges", 1, "node", field],
    ]
    assert answer.source("events")["outcome"] == "PARTIAL"
