"""志愿港湾 end to end: HTTP in, two volunteering platforms' wire out."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from gateway.sources import Limits, SourceConfig
from mocks.server import RunningMocks
from mocks.world.missions import Mission
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import Graph, StartGraph

UNION, REDCROSS = "volunteers-union", "volunteers-redcross"
NEAR = {"lat": 22.5988, "lng": 114.1197, "radius": 3000}
LIST = """query($near: NearInput, $domains: [VolunteerDomain!], $skill: String, $places: Int, $day: Date,
  $bookable: Boolean, $remote: Boolean, $organisation: ID, $first: Int! = 1000, $after: String) {
  volunteerMissions(near: $near, domains: $domains, skill: $skill, minPlaces: $places, day: $day,
    bookable: $bookable, remote: $remote, organisation: $organisation, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { distance node { id name start end domain mode skills placesLeft bookable
      organisation { name } source { id } } } } }"""


def mission_id(mission: Mission, source: str = UNION) -> str:
    return encode_id("volunteer-mission", Ref(source, f"{mission.id}:{mission.client_id}"))


def nodes(connection: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def queries(mocks: RunningMocks, source: str) -> list[str]:
    return [f"{call.path}?{call.query}".removesuffix("?") for call in mocks.calls(source, token=False)]


async def test_missions_near_me_are_one_call_a_platform(graph: Graph, mocks: RunningMocks) -> None:
    """Around a point of the grid, never the resident's own; the nearest first, cut to the circle."""
    answer = await graph(LIST, near=NEAR)
    assert answer.errors == []
    missions = answer.data["volunteerMissions"]
    assert missions["totalCount"] == 40
    distances = [edge["distance"] for edge in missions["edges"]]
    assert distances == sorted(distances)
    assert (distances[0], distances[-1] <= 3000) == (121, True)
    for source in (UNION, REDCROSS):
        assert queries(mocks, source) == ["/v0/mission?lat=22.6&lon=114.12&distance=4km&limit=1000&skip=0"]


async def test_one_mission_in_full(graph: Graph, mocks: RunningMocks) -> None:
    """Every field of a Place and of a Slot, and the organisation, for one call."""
    mission = mocks.world.volunteering[UNION].missions[4]
    answer = await graph(
        """query($id: ID!) { volunteerMission(id: $id) { __typename id name nameEn title description domain
          activity mode tasks skills beneficiaries schedule hours accessible organiser url
          position { lat lng } sites { address position { lat lng } } community { name }
          scenario unit start end placesLeft placesTotal price { amount } bookFrom bookUntil bookable
          eligibility { minimumAge maximumAge residence note } asOf stale source { id standard }
          organisation { name description address website logoUrl source { id } } } }""",
        id=mission_id(mission),
    )
    assert answer.errors == []
    assert answer.data["volunteerMission"] == {
        "__typename": "VolunteerMission",
        "id": mission_id(mission),
        "name": mission.title,
        "nameEn": None,
        "title": mission.title,
        "description": "放学后陪伴小学生完成作业。",
        "domain": "EDUCATION",
        "activity": "课后辅导",
        "mode": "ON_SITE",
        "tasks": ["作业辅导", "看护"],
        "skills": ["教学", "普通话"],
        "beneficiaries": ["儿童"],
        "schedule": mission.schedule,
        "hours": None,
        "accessible": mission.accessible,
        "organiser": mission.organisation.name if mission.organisation else None,
        "url": f"https://volunteer.longgang.example/r/{mission.id}",
        "position": {"lat": mission.sites[0].position[0], "lng": mission.sites[0].position[1]}
        if mission.sites[0].position
        else None,
        "sites": [
            {
                "address": mission.sites[0].street,
                "position": {"lat": mission.sites[0].position[0], "lng": mission.sites[0].position[1]}
                if mission.sites[0].position
                else None,
            }
        ],
        "community": {"name": mission.sites[0].community.name},
        "scenario": "VOLUNTEERING",
        "unit": "PLACE",
        "start": mission.start.isoformat(),
        "end": mission.end.isoformat() if mission.end else None,
        "placesLeft": mission.places,
        "placesTotal": None,
        "price": None,
        "bookFrom": None,
        "bookUntil": mission.end.isoformat() if mission.end else None,
        "bookable": True,
        "eligibility": {
            "minimumAge": 18.0,
            "maximumAge": None,
            "residence": None,
            "note": "须无犯罪记录证明",
        },
        "asOf": "2026-11-24T10:00:00+08:00",
        "stale": False,
        "source": {"id": UNION, "standard": "API Engagement v0"},
        "organisation": {
            "name": mission.organisation.name,
            "description": mission.organisation.description,
            "address": mission.organisation.address,
            "website": mission.organisation.url,
            "logoUrl": None,
            "source": {"id": UNION},
        }
        if mission.organisation
        else None,
    }
    assert queries(mocks, UNION) == [f"/v0/mission/{mission.id}"]
    assert queries(mocks, REDCROSS) == []


@pytest.mark.parametrize(
    ("variables", "total"),
    [
        ({}, 221),
        ({"near": {**NEAR, "radius": 500}}, 3),
        ({"near": {**NEAR, "radius": 50_000}}, 203),
        ({"domains": ["HEALTH"]}, 57),
        ({"domains": ["HEALTH", "SPORT"]}, 68),
        ({"domains": []}, 0),
        ({"skill": " 急救 "}, 46),
        ({"skill": "无此技能"}, 0),
        ({"places": 1}, 208),
        ({"places": 20}, 14),
        ({"day": "2026-11-28"}, 64),
        ({"day": "2027-06-01"}, 19),
        ({"bookable": True}, 210),
        ({"bookable": False}, 11),
        ({"remote": True}, 12),
        ({"remote": False}, 209),
        ({"near": NEAR, "bookable": True, "domains": ["SPORT"], "places": 5}, 3),
    ],
)
async def test_filters(graph: Graph, mocks: RunningMocks, variables: dict[str, Any], total: int) -> None:
    """Each is cut from one answer a platform and page of it, and keeps only what is known to fit."""
    answer = await graph(LIST, **variables)
    assert answer.errors == []
    missions = nodes(answer.data["volunteerMissions"])
    assert (answer.data["volunteerMissions"]["totalCount"], len(missions)) == (total, total)
    for mission in missions:
        assert mission["domain"] in variables.get("domains", [mission["domain"]])
        assert variables.get("skill", "").strip() in ["", *mission["skills"]]
        assert (mission["placesLeft"] or 0) >= variables.get("places", 0)
        assert mission["bookable"] is variables.get("bookable", mission["bookable"])
        assert (mission["mode"] == "REMOTE") is variables.get("remote", mission["mode"] == "REMOTE")
        if "day" in variables:
            assert mission["start"][:10] <= variables["day"] <= (mission["end"] or "9999")[:10]
    assert len(queries(mocks, UNION)) == 1
    assert len(queries(mocks, REDCROSS)) <= 2


@pytest.mark.parametrize(
    "variables",
    [
        {"places": 0},
        {"first": 0},
        {"after": "x"},
        {"near": {**NEAR, "radius": 0}},
        {"organisation": encode_id("hospital", Ref("hospital-central", "1"))},
    ],
)
async def test_what_cannot_be_asked_is_asked_of_nobody(
    graph: Graph, mocks: RunningMocks, variables: dict[str, Any]
) -> None:
    """BAD_USER_INPUT, and no call."""
    answer = await graph(LIST, **variables)
    assert (answer.data, answer.codes) == ({"volunteerMissions": None}, ["BAD_USER_INPUT"])
    assert mocks.calls() == []


async def test_pages_follow_one_another(graph: Graph, mocks: RunningMocks) -> None:
    """The soonest first without a circle, each once; the platforms are asked once for all pages."""
    seen: list[tuple[str, str]] = []
    after, sizes = None, []
    while True:
        page = (await graph(LIST, first=90, after=after)).data["volunteerMissions"]
        sizes.append(len(page["edges"]))
        seen += [(node["start"], node["id"]) for node in nodes(page)]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert sizes == [90, 90, 41]
    assert [start for start, _ in seen] == sorted(start for start, _ in seen)
    assert len({id_ for _, id_ in seen}) == 221
    assert queries(mocks, UNION) == ["/v0/mission?limit=1000&skip=0"]
    assert queries(mocks, REDCROSS) == [f"/v0/mission?limit=1000&skip={skip}" for skip in (0, 30)]


async def test_organisations_and_their_missions(graph: Graph, mocks: RunningMocks) -> None:
    """By name, with their missions, for the calls of the list of missions; found again by id."""
    answer = await graph(
        """{ volunteerOrganisations(first: 50) { totalCount edges { node { id name source { id }
          missions(first: 50) { totalCount edges { node { organisation { id } } } } } } } }"""
    )
    assert answer.errors == []
    organisations = answer.data["volunteerOrganisations"]
    names = [node["name"] for node in nodes(organisations)]
    assert (organisations["totalCount"], names) == (18, sorted(names))
    assert sum(node["missions"]["totalCount"] for node in nodes(organisations)) == 211
    for node in nodes(organisations):
        assert {each["organisation"]["id"] for each in nodes(node["missions"])} == {node["id"]}
    assert len(queries(mocks, UNION)) == 1
    assert len(queries(mocks, REDCROSS)) == 2
    mocks.clear_calls()
    centre = next(node for node in nodes(organisations) if node["name"] == "布吉街道志愿服务中心")
    found = await graph(
        """query($id: ID!) { node(id: $id) { ... on VolunteerOrganisation { name } }
          volunteerMissions(organisation: $id, first: 1000) { totalCount } }""",
        id=centre["id"],
    )
    assert found.data == {
        "node": {"name": "布吉街道志愿服务中心"},
        "volunteerMissions": {"totalCount": centre["missions"]["totalCount"]},
    }
    assert queries(mocks, UNION) == ["/v0/mission?limit=1000&skip=0"]
    assert queries(mocks, REDCROSS) == []
    searched = await graph('{ volunteerOrganisations(search: "红十字 救护") { edges { node { name } } } }')
    assert nodes(searched.data["volunteerOrganisations"]) == [{"name": "龙岗区红十字救护队"}]


async def test_many_ids_are_one_call_a_platform(graph: Graph, mocks: RunningMocks) -> None:
    """`nodes` reads them by a repeated `clientId`; what is deleted, refused or unknown is null."""
    missions = mocks.world.volunteering[UNION].missions
    gone = next(mission for mission in missions if mission.deleted)
    refused = next(mission for mission in missions if mission.refused)
    nurse = mocks.world.volunteering[REDCROSS].missions[0]
    ids = [mission_id(mission) for mission in (missions[2], gone, missions[1], refused)]
    ids += [mission_id(nurse, REDCROSS), encode_id("volunteer-mission", Ref(UNION, "x:y"))]
    answer = await graph(
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on VolunteerMission { name } } }", ids=ids
    )
    assert answer.errors == []
    assert answer.data["nodes"] == [
        {"name": missions[2].title},
        None,
        {"name": missions[1].title},
        None,
        {"name": nurse.title},
        None,
    ]
    (call,) = queries(mocks, UNION)
    assert call.startswith("/v0/mission?clientId=LGYG-2026-00003&clientId=")
    assert queries(mocks, REDCROSS) == [f"/v0/mission/{nurse.id}"]


async def test_a_community_shows_what_is_near_and_nearby_the_same(graph: Graph, mocks: RunningMocks) -> None:
    """The community's field and `nearby` share one answer a platform."""
    answer = await graph(
        """{ community(code: "440307014003") {
            volunteerMissions(first: 2, bookable: true) { edges { distance node { name } } } }
          nearby(lat: 22.59879, lng: 114.11969, radius: 3000, kinds: [VOLUNTEER_MISSION], first: 1) {
            edges { node { __typename name } } } }"""
    )
    assert answer.errors == []
    edges = answer.data["community"]["volunteerMissions"]["edges"]
    assert [edge["node"]["name"] for edge in edges] == ["龙岭社区义诊秩序引导", "布吉街道社区运动会裁判助理"]
    assert nodes(answer.data["nearby"]) == [
        {"__typename": "VolunteerMission", "name": "龙岭社区义诊秩序引导"}
    ]
    assert [len(queries(mocks, source)) for source in (UNION, REDCROSS)] == [1, 1]


async def test_signing_up_is_seen_within_half_a_minute(start_graph: StartGraph, mocks: RunningMocks) -> None:
    """A place taken at the platform is gone in a graph whose answers are not kept."""
    mission = next(
        m
        for m in mocks.world.volunteering[UNION].missions
        if m.places == 6 and not m.deleted and m.kind.months
    )
    query = "query($id: ID!) { volunteerMission(id: $id) { placesLeft } }"
    async with start_graph(cached_answers=0) as graph, httpx.AsyncClient() as http:
        assert (await graph(query, id=mission_id(mission))).data["volunteerMission"]["placesLeft"] == 6
        headers = {"x-api-key": f"key-of-{UNION}"}
        made = await http.post(
            f"{mocks.url}/{UNION}/v0/mission/{mission.id}/application",
            headers=headers,
            json={"clientReference": "scenario-1", "volunteerNumber": "44030700001"},
        )
        assert made.status_code == 201
        assert (await graph(query, id=mission_id(mission))).data["volunteerMission"]["placesLeft"] == 5
        gone = await http.delete(f"{mocks.url}/{UNION}/v0/application/scenario-1", headers=headers)
        assert gone.status_code == 200


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"error_rate": 1.0}, "SOURCE_UNAVAILABLE"),
        ({"hang": True}, "SOURCE_TIMEOUT"),
        ({"malformed": True}, "SOURCE_MALFORMED"),
    ],
)
async def test_a_platform_that_fails_leaves_the_other_whole(
    sources: tuple[SourceConfig, ...],
    start_graph: StartGraph,
    mocks: RunningMocks,
    fault: dict[str, Any],
    code: str,
) -> None:
    """Its missions are missing with an error beside them, and the total is unknown."""
    mocks.fault(UNION, **fault)
    impatient = tuple(msgspec.structs.replace(config, limits=Limits(timeout_ms=800)) for config in sources)
    async with start_graph(impatient) as graph:
        answer = await graph(LIST, near=NEAR)
    assert [error["extensions"] for error in answer.errors] == [{"code": code, "source": UNION}]
    missions = answer.data["volunteerMissions"]
    assert {node["source"]["id"] for node in nodes(missions)} == {REDCROSS}
    assert missions["totalCount"] is None
