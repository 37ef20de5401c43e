"""One search over everything, end to end: HTTP in, the index, and nobody called for a hit."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from mocks.server import RunningMocks
from schema.core.record import Ref
from schema.sports.records import SportsFacilityRecord
from tests.conftest import NOW, Graph, StartGraph

SEARCH = """query($text: String, $near: NearInput, $scenarios: [Scenario!], $subdistrict: String,
    $openNow: Boolean, $free: Boolean, $bookable: Boolean, $first: Int! = 3, $after: String) {
  search(text: $text, near: $near, scenarios: $scenarios, subdistrict: $subdistrict, openNow: $openNow,
      free: $free, bookable: $bookable, first: $first, after: $after) {
    totalCount match pageInfo { hasNextPage hasPreviousPage endCursor }
    facets { scenarios { scenario count } subdistricts { subdistrict { name } count } }
    edges { name partOf scenario distance score openNow free bookable cursor
      node { __typename id ... on Entity { stale source { id } } } } } }"""
LONGLING = {"lat": 22.5988, "lng": 114.1197, "radius": 3000}
LIBRARIES = [
    "龙岭社区图书馆", "五和社区图书馆", "坂田街道图书馆", "杨美社区图书馆", "布吉街道图书馆",
    "龙岗区图书馆平湖分馆",
]  # fmt: skip

OPERATORS = ("city", "roadside", "metro", "park")
HOSPITALS = ("central", "people", "second", "third", "maternity")
CALLS = {
    **{f"parking-{name}": 1 for name in OPERATORS},
    **{f"library-{name}": 2 for name in ("district", "buji", "bantian")},
    **{f"hospital-{name}": 4 for name in HOSPITALS},
    "events": 2,
}
"""What it takes to list everything once: of a hospital itself, its places, departments and wards."""
NINE = [
    "PARKING", "READING", "HEALTH", "CHILDCARE", "ELDERCARE", "HOSTELS", "SCHOOLS", "ENTERPRISE", "CIVIC"
]  # fmt: skip
"""The scenarios that these tests count hits of."""


def names(answer: Any) -> list[str]:
    return [edge["name"] for edge in answer.data["search"]["edges"]]


def scenarios(answer: Any) -> dict[str, int]:
    return {each["scenario"]: each["count"] for each in answer.data["search"]["facets"]["scenarios"]}


async def listed(graph: Graph, mocks: RunningMocks) -> None:
    """Let the first search list everything, and forget the calls that it made."""
    assert (await graph(SEARCH)).errors == []
    mocks.clear_calls()


async def test_hits_cost_no_call(graph: Graph, mocks: RunningMocks) -> None:
    """The first search lists what is found, each source once a kind; later ones ask nobody."""
    answer = await graph(SEARCH, text="图书馆", scenarios=NINE)
    assert answer.errors == []
    calls = Counter(call.simulator for call in mocks.calls(token=False))
    assert {source: calls[source] for source in CALLS} == CALLS
    mocks.clear_calls()
    for text in ("图书馆", "儿科", "停车场", ""):
        assert (await graph(SEARCH, text=text, near=LONGLING)).data["search"]["edges"]
    assert mocks.calls() == []


@pytest.mark.parametrize(
    ("text", "match", "total", "found"),
    [
        ("图书馆", "EXACT", 12, LIBRARIES),
        ("tushuguan", "EXACT", 12, LIBRARIES),
        ("tu shu guan", "EXACT", 12, LIBRARIES),
        ("tsg", "EXACT", 12, LIBRARIES),
        ("图书管", "SIMILAR", 12, LIBRARIES),
        ("tushugaun", "SIMILAR", 12, LIBRARIES),
        ("library", "EXACT", 12, LIBRARIES),
        ("libary", "SIMILAR", 12, LIBRARIES),
    ],
)
async def test_libraries_by_any_spelling(
    graph: Graph, text: str, match: str, total: int, found: list[str]
) -> None:
    """Characters, pinyin, initials, English; a character that sounds alike, a letter that is wrong."""
    answer = await graph(SEARCH, text=text, scenarios=NINE, first=6)
    assert answer.errors == []
    hits = answer.data["search"]
    assert (hits["match"], hits["totalCount"], names(answer)) == (match, total, found)
    assert scenarios(answer) == {"READING": 12}


async def test_a_wrong_letter_leaves_libraries_first(graph: Graph) -> None:
    """Among all scenarios, one of which speaks of libraries, too: of things."""
    answer = await graph(SEARCH, text="libary", first=12)
    assert answer.data["search"]["match"] == "SIMILAR"
    assert {edge["node"]["__typename"] for edge in answer.data["search"]["edges"]} == {"Library"}
    assert (await graph(SEARCH, text="钢琴")).data["search"]["totalCount"] == 0


async def test_words_are_cut(graph: Graph) -> None:
    """Of a text without spaces every word counts, also where a sub-district or a hospital is meant."""
    answer = await graph(SEARCH, text="布吉停车场", scenarios=NINE)
    assert names(answer) == ["布吉社区公共停车场", "布吉圩体育公园停车场", "布吉圩社区公共停车场"]
    assert (answer.data["search"]["totalCount"], scenarios(answer)) == (68, {"PARKING": 67, "CIVIC": 1})
    answer = await graph(SEARCH, text="龙岗中心医院儿科")
    assert [(edge["name"], edge["partOf"]) for edge in answer.data["search"]["edges"]] == [
        ("儿科门诊", "龙岗中心医院"),
        ("儿科一病区", "龙岗中心医院"),
    ]
    answer = await graph(SEARCH, text="图书馆 儿科", scenarios=NINE)
    assert (answer.data["search"]["match"], scenarios(answer)) == ("PARTIAL", {"HEALTH": 14, "READING": 12})


async def test_the_nearer_and_the_better_named(graph: Graph) -> None:
    """With a point, distance is weighed against the text; every hit lies within."""
    answer = await graph(SEARCH, text="停车场", scenarios=NINE, near=LONGLING)
    edges = answer.data["search"]["edges"]
    assert [(edge["name"], edge["distance"]) for edge in edges] == [
        ("龙岭社区公共停车场", 156),
        ("龙岭商业广场停车场", 152),
        ("布吉圩社区公共停车场", 717),
    ]
    assert [edge["score"] for edge in edges] == pytest.approx([2.668, 2.629, 2.518], abs=0.002)
    assert scenarios(answer) == {"PARKING": 77, "CIVIC": 1}


async def test_without_a_text_the_nearest(graph: Graph) -> None:
    """Of every kind; counts are over all of them, not over the page."""
    answer = await graph(SEARCH, scenarios=NINE, near=LONGLING)
    hits = answer.data["search"]
    assert [(e["name"], e["distance"], e["score"]) for e in hits["edges"]] == [
        ("龙岭社区图书馆", 58, None),
        ("龙岭第一幼儿园托班", 73, None),
        ("龙电充电龙岭超充站", 102, None),
    ]
    assert (hits["match"], hits["totalCount"]) == ("ALL", 170)
    assert scenarios(answer) == {
        "PARKING": 78, "ELDERCARE": 31, "HEALTH": 24, "CIVIC": 15, "CHILDCARE": 13, "READING": 3,
        "HOSTELS": 3, "SCHOOLS": 2, "ENTERPRISE": 1,
    }  # fmt: skip
    assert [(f["subdistrict"]["name"], f["count"]) for f in hits["facets"]["subdistricts"]] == [
        ("布吉街道", 147),
        ("南湾街道", 23),
    ]


@pytest.mark.parametrize(
    ("conditions", "counts"),
    [
        ({"bookable": True}, {"ELDERCARE": 30, "CHILDCARE": 13, "HEALTH": 12, "HOSTELS": 3}),
        ({"free": True}, {"HOSTELS": 3}),
        ({"openNow": False}, {"ELDERCARE": 20, "CHILDCARE": 3}),
        ({"subdistrict": "南湾街道", "scenarios": ["PARKING", "READING"]}, {"PARKING": 10}),
        ({"scenarios": []}, {}),
    ],
)
async def test_conditions(graph: Graph, conditions: dict[str, Any], counts: dict[str, int]) -> None:
    """What is known to fit at the request's instant, and is so on every hit."""
    answer = await graph(SEARCH, near=LONGLING, first=100, **{"scenarios": NINE, **conditions})
    assert answer.errors == []
    assert scenarios(answer) == counts
    edges = answer.data["search"]["edges"]
    assert len(edges) == answer.data["search"]["totalCount"] == sum(counts.values())
    for name in ("bookable", "free", "openNow"):
        if name in conditions:
            assert {edge[name] for edge in edges} == {conditions[name]}


@pytest.mark.parametrize(
    ("text", "total", "first"),
    [
        ("羽毛球场", 14, ("龙岭文体中心羽毛球场", "龙岭文体中心")),
        ("badminton court", 14, ("尚景体育馆羽毛球场", "尚景体育馆")),
    ],
)
async def test_courts_are_found_and_can_be_booked(
    graph: Graph, mocks: RunningMocks, text: str, total: int, first: tuple[str, str]
) -> None:
    """By what is done there and what they are called; bookable where a slot of the week is left."""
    await listed(graph, mocks)
    answer = await graph(SEARCH, text=text, first=100)
    hits = answer.data["search"]
    assert (answer.errors, hits["match"], scenarios(answer)) == ([], "EXACT", {"SPORTS": total})
    assert (hits["edges"][0]["name"], hits["edges"][0]["partOf"]) == first
    assert {(edge["node"]["__typename"], edge["bookable"]) for edge in hits["edges"]} == {
        ("SportsFacility", True)
    }
    assert mocks.calls() == []


async def test_a_department_that_takes_appointments_can_be_booked(graph: Graph) -> None:
    """True where one must book; where one need not, and of what is no department, nobody knows."""
    answer = await graph(
        """{ search(scenarios: [HEALTH], first: 500) {
             edges { bookable node { __typename ... on Department { appointmentRequired } } } }
           cannot: search(scenarios: [HEALTH], bookable: false) { totalCount } }"""
    )
    assert answer.errors == []
    assert answer.data["cannot"] == {"totalCount": 0}
    edges = answer.data["search"]["edges"]
    counts = Counter((edge["node"].get("appointmentRequired"), edge["bookable"]) for edge in edges)
    assert counts == {(True, True): 60, (False, None): 4, (None, None): 59}


def test_a_facility_without_a_slot_left_cannot_be_booked() -> None:
    """True while one of its slots can be booked, false after the last; null where nobody looked."""
    bookings = ((NOW, NOW + timedelta(hours=1)),)
    facility = SportsFacilityRecord(ref=Ref("s", "1"), as_of=NOW, name="球场", bookings=bookings)
    hour = timedelta(hours=1)
    assert [facility.bookable_at(NOW + n * hour) for n in (-1, 0, 1)] == [False, True, False]
    assert msgspec.structs.replace(facility, bookings=()).bookable_at(NOW) is False
    assert msgspec.structs.replace(facility, bookings=None).bookable_at(NOW) is None


async def test_pages(graph: Graph) -> None:
    """Cursors lead through all hits once, in the order of one long page."""
    whole = await graph(SEARCH, text="停车场", scenarios=NINE, near=LONGLING, first=100)
    found: list[str] = []
    after = None
    while True:
        answer = await graph(SEARCH, text="停车场", scenarios=NINE, near=LONGLING, first=25, after=after)
        page = answer.data["search"]
        assert page["totalCount"] == 78
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        found += [edge["cursor"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == [edge["cursor"] for edge in whole.data["search"]["edges"]]
    assert len(set(found)) == 78


async def test_a_hit_is_the_object(graph: Graph, mocks: RunningMocks) -> None:
    """What hangs on it is read as everywhere: of two hits' tariffs, one call an operator."""
    await listed(graph, mocks)
    answer = await graph(
        """{ search(text: "布吉地铁站P+R停车场", scenarios: [PARKING], first: 1) { edges { node { id
             ... on ParkingLot { name occupancy { free } tariffs { name } } } } } }"""
    )
    assert answer.errors == []
    (edge,) = answer.data["search"]["edges"]
    assert edge["node"]["name"] == "布吉地铁站P+R停车场"
    assert edge["node"]["tariffs"]
    assert Counter(call.simulator for call in mocks.calls(token=False)) == {"parking-metro": 2}
    mocks.clear_calls()
    again = await graph(
        "query($id: ID!) { node(id: $id) { ... on ParkingLot { name } } }", id=edge["node"]["id"]
    )
    assert again.data == {"node": {"name": "布吉地铁站P+R停车场"}}


async def test_a_thing_is_found_by_its_english_name(graph: Graph, mocks: RunningMocks) -> None:
    """The copies that are found have the name of the thing that they are."""
    await listed(graph, mocks)
    answer = await graph(
        """{ search(text: "projector", scenarios: [GOODS], first: 1) { match edges { node {
             ... on ThingCopy { name nameEn thing { nameEn } } } } } }"""
    )
    assert answer.errors == []
    assert answer.data["search"] == {
        "match": "EXACT",
        "edges": [{"node": {"name": "家用投影仪", "nameEn": "Projector", "thing": {"nameEn": "Projector"}}}],
    }


# Titles


TITLES = """query($text: String, $scenarios: [Scenario!]) {
  search(text: $text, scenarios: $scenarios, first: 1) {
    titles(first: 2) { totalCount edges { node { title source { id } } } } } }"""


async def test_titles_are_the_catalogues_own(graph: Graph, mocks: RunningMocks) -> None:
    """One call a library system, beside the hits; one that is down leaves the rest."""
    await listed(graph, mocks)
    answer = await graph(TITLES, text="红楼梦")
    assert answer.errors == []
    assert answer.data["search"]["titles"]["edges"]
    assert Counter(call.simulator for call in mocks.calls(token=False)) == {
        "library-district": 1,
        "library-buji": 1,
        "library-bantian": 1,
    }
    mocks.fault("library-buji", error_rate=1.0)
    answer = await graph(TITLES, text="三国演义", scenarios=["READING"])
    assert answer.codes == ["SOURCE_UNAVAILABLE"]
    assert answer.errors[0]["path"] == ["search", "titles"]
    assert answer.data["search"]["titles"]["totalCount"] is None


@pytest.mark.parametrize("variables", [{}, {"text": " "}, {"text": "红楼梦", "scenarios": ["PARKING"]}])
async def test_no_titles_are_asked_for(graph: Graph, mocks: RunningMocks, variables: dict[str, Any]) -> None:
    """Without a text, or where reading is left out."""
    await listed(graph, mocks)
    answer = await graph(TITLES, **variables)
    assert answer.data["search"]["titles"] == {"totalCount": 0, "edges": []}
    assert mocks.calls() == []


# Faults


async def test_a_source_that_is_down_is_told_of(graph: Graph, mocks: RunningMocks) -> None:
    """Before its list came: the others' hits, its error, no total; other scenarios know nothing of it."""
    mocks.fault("library-district", error_rate=1.0)
    answer = await graph(SEARCH, text="图书馆", scenarios=NINE)
    assert [(e["extensions"]["code"], e["extensions"]["source"]) for e in answer.errors] == [
        ("SOURCE_UNAVAILABLE", "library-district")
    ]
    assert answer.errors[0]["path"] == ["search"]
    assert answer.data["search"]["totalCount"] is None
    assert scenarios(answer) == {"READING": 6}
    answer = await graph(SEARCH, text="停车场", scenarios=["PARKING"])
    assert (answer.errors, answer.data["search"]["totalCount"]) == ([], 451)


async def test_a_source_that_hangs_takes_not_all_of_the_time(
    mocks: RunningMocks, start_graph: StartGraph
) -> None:
    """A search before the first lists waits for most of its time, and answers by what has come."""
    mocks.fault("hospital-third", hang=True)
    async with start_graph(request_timeout_ms=3_500) as graph:
        answer = await graph(SEARCH, text="医院", scenarios=["HEALTH"])
        assert answer.codes == ["DEADLINE_EXCEEDED"]
        assert answer.errors[0]["extensions"]["source"] == "hospital-third"
        assert answer.data["search"]["edges"]


async def test_no_source_of_a_scenario_could_be_listed(graph: Graph, mocks: RunningMocks) -> None:
    """Null, with the error; malformed answers are told of as such."""
    mocks.fault("events", malformed=True)
    answer = await graph(SEARCH, scenarios=["CIVIC"])
    assert (answer.data, answer.codes) == ({"search": None}, ["SOURCE_MALFORMED"])


async def test_lists_are_renewed(mocks: RunningMocks, start_graph: StartGraph) -> None:
    """From the start on, without a question; a source that fails later keeps what it gave, as stale."""
    async with start_graph(search_refresh_s=1, cached_answers=0) as graph:
        assert (await graph(SEARCH, text="图书馆", scenarios=NINE)).data["search"]["totalCount"] == 12
        mocks.fault("library-buji", error_rate=1.0)
        while not (answer := await graph(SEARCH, text="图书馆", scenarios=NINE, first=12)).errors:  # noqa: ASYNC110  # at the wire
            await asyncio.sleep(0.25)
        assert [error["extensions"]["source"] for error in answer.errors] == ["library-buji"]
        assert answer.data["search"]["totalCount"] is None
        nodes = [edge["node"] for edge in answer.data["search"]["edges"]]
        assert {(node["source"]["id"], node["stale"]) for node in nodes} == {
            ("library-district", False),
            ("library-buji", True),
            ("library-bantian", False),
        }
        assert len(nodes) == 12


async def test_the_start_waits_for_no_list(mocks: RunningMocks, start_graph: StartGraph) -> None:
    """The gateway is ready though a source hangs that is to be listed."""
    mocks.fault("library-buji", hang=True)
    async with start_graph(search_refresh_s=300) as graph:
        assert (await graph.http.get("/readyz")).status_code == 200


# Refusals


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"text": "馆" * 101}, "`text` has at most 100 characters."),
        ({"first": 0}, "`first` is between 1 and 1000."),
        ({"after": "bm8"}, "The cursor is not one of this list's."),
        ({"subdistrict": "福田街道"}, "There is no such sub-district in Longgang."),
        (
            {"near": {"lat": 91, "lng": 0}},
            "A latitude is between -90 and 90 and a longitude between -180 and 180.",
        ),
    ],
)
async def test_what_cannot_be_served(
    graph: Graph, mocks: RunningMocks, variables: dict[str, Any], message: str
) -> None:
    """One sentence, and nothing was asked or listed."""
    answer = await graph(SEARCH, **variables)
    assert (answer.data, answer.codes) == ({"search": None}, ["BAD_USER_INPUT"])
    assert answer.errors[0]["message"] == message
    assert mocks.calls() == []


@pytest.mark.parametrize(
    "text", ['" OR "', "name:*", "NEAR(图书馆, 2)", "\x00", "图书馆\\", "^*", "🏀", "'--"]
)
async def test_no_text_breaks_the_search(graph: Graph, text: str) -> None:
    """Whatever is typed is looked for as words, and is never an error."""
    answer = await graph(SEARCH, text=text)
    assert answer.errors == []
    assert answer.data["search"]["totalCount"] is not None


async def test_an_answer_is_good_for_half_a_minute(graph: Graph) -> None:
    """What is open or free changes: a cache may keep a search for 30 seconds at most."""
    query = '{ search(text: "图书馆", first: 1) { totalCount } }'
    response = await graph.http.get(
        "/graphql", params={"query": query}, headers={"GraphQL-Require-Preflight": "1"}
    )
    assert response.json() == {"data": {"search": {"totalCount": 12}}, "extensions": {"sources": []}}
    assert response.headers["cache-control"] in {
        f"public, max-age={seconds}, must-revalidate" for seconds in (29, 30)
    }
