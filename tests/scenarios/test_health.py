"""健康医疗 end to end: HTTP in, five hospitals' FHIR servers at the other end."""

from __future__ import annotations

import functools
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import msgspec
import pytest
import respx

from gateway.app import create_app
from gateway.loading.cache import Cache
from gateway.settings import Settings
from gateway.sources import SourceConfig
from gateway.upstream.transport import HttpxTransport
from mocks.environment import environment
from mocks.server import RunningMocks
from mocks.world.consultations import consultations
from schema.core.connection import encode_cursor
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import NOW, Graph, StartGraph

HOSPITALS = ("hospital-central", "hospital-maternity", "hospital-people", "hospital-second", "hospital-third")
"""In the order of their ids, as lists have them."""


def global_id(kind: str, source: str, key: str) -> str:
    return encode_id(kind, Ref(source, key))


def hospital_id(source: str) -> str:
    return global_id("hospital", source, source)


def nodes(connection: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def calls(mocks: RunningMocks) -> dict[str, int]:
    """How often each hospital was called."""
    return dict(Counter(call.simulator for call in mocks.calls(token=False)))


def asked(mocks: RunningMocks, source: str) -> list[str]:
    """The resource types that a hospital was asked for, in order; further pages may stand at the base."""
    paths = (call.path.removesuffix("/_search") for call in mocks.calls(source, token=False))
    return [path.removeprefix("/fhir").removeprefix("/") for path in paths]


def free_slots(mocks: RunningMocks, day: date) -> list[tuple[str, str, str]]:
    """Start, source and id of every slot of a day that is free and has not begun, as the world has them."""
    return sorted(
        (slot.start.isoformat(), source, slot.id)
        for source, hospital in mocks.world.hospitals.items()
        for slot in consultations(mocks.world, hospital, day)
        if slot.status == "free" and slot.start >= NOW
    )


SLOTS = """
query Slots($day: Date!, $first: Int! = 20, $after: String, $hospital: ID, $department: ID, $doctor: ID) {
  slots(day: $day, first: $first, after: $after,
        hospital: $hospital, department: $department, practitioner: $doctor) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage endCursor }
    edges { node {
      id start end status serviceType specialty source { id }
      practitioner { id name title }
      department { id name }
    } }
  }
}
"""


# Slots


async def test_forty_slots_of_five_hospitals_take_eleven_calls(graph: Graph, mocks: RunningMocks) -> None:
    """One call a hospital that includes; where includes are ignored, each kind of thing is read once."""
    answer = await graph(SLOTS, day="2026-11-24", first=40)
    assert answer.errors == []
    slots = nodes(answer.data["slots"])
    assert len(slots) == 40
    assert slots[0] == {
        "id": global_id("appointment-slot", "hospital-central", "slot-005-0304-20261124-1000"),
        "start": "2026-11-24T10:00:00+08:00",
        "end": "2026-11-24T10:20:00+08:00",
        "status": "FREE",
        "serviceType": "普通门诊",
        "specialty": "心血管内科",
        "source": {"id": "hospital-central"},
        "practitioner": {
            "id": global_id("practitioner", "hospital-central", "doctor-005"),
            "name": "徐雅婷",
            "title": "主治医师",
        },
        "department": {
            "id": global_id("department", "hospital-central", "dept-0304"),
            "name": "心血管内科门诊",
        },
    }
    assert {slot["source"]["id"] for slot in slots} == set(HOSPITALS)
    assert all(slot["practitioner"]["title"] and slot["department"]["name"] for slot in slots)
    assert calls(mocks) == dict.fromkeys(HOSPITALS, 1) | {"hospital-third": 7}
    assert Counter(asked(mocks, "hospital-third")) == {
        "Slot": 3,
        "Schedule": 1,
        "Practitioner": 1,
        "PractitionerRole": 1,
        "HealthcareService": 1,
    }


async def test_forty_slots_by_id_take_nine_calls(
    graph: Graph, start_graph: StartGraph, mocks: RunningMocks
) -> None:
    """`nodes` reads all of a hospital's slots at once, with what they lead to."""
    listed = nodes((await graph(SLOTS, day="2026-11-24", first=40)).data["slots"])
    mocks.clear_calls()
    async with start_graph() as other:
        answer = await other(
            """query($ids: [ID!]!) { nodes(ids: $ids) { ... on AppointmentSlot {
              id start practitioner { id name title } department { id name } } } }""",
            ids=[slot["id"] for slot in listed],
        )
    assert answer.errors == []
    fields = ("id", "start", "practitioner", "department")
    assert answer.data["nodes"] == [{name: slot[name] for name in fields} for slot in listed]
    assert calls(mocks) == dict.fromkeys(HOSPITALS, 1) | {"hospital-third": 5}


async def test_whoever_sees_several_patients_is_read_once(graph: Graph, mocks: RunningMocks) -> None:
    """At the hospital that ignores includes, no doctor's or department's id is asked for twice."""
    answer = await graph(SLOTS, day="2026-11-26", first=20, hospital=hospital_id("hospital-third"))
    slots = nodes(answer.data["slots"])
    doctors = {slot["practitioner"]["id"] for slot in slots}
    departments = {slot["department"]["id"] for slot in slots}
    assert len(doctors) < len(slots)
    assert len(departments) < len(slots)
    read = {
        call.path.removeprefix("/fhir/"): parse_qs(call.query)["_id"][0].split(",")
        for call in mocks.calls("hospital-third", token=False)
        if "_id=" in call.query
    }
    assert len(read["Practitioner"]) == len(doctors)
    assert len(read["HealthcareService"]) == len(departments)


@pytest.mark.parametrize(("day", "size"), [("2026-11-24", 17), ("2026-11-29", 150)])
async def test_pages_hold_each_free_slot_of_the_world_once(
    graph: Graph, mocks: RunningMocks, day: str, size: int
) -> None:
    """By start, source and id, over every server's own pages and ties; today only what has not begun."""
    query = """query($day: Date!, $size: Int!, $after: String) {
      slots(day: $day, first: $size, after: $after) {
        totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
        edges { node { id start status } } } }"""
    seen: list[dict[str, Any]] = []
    after = None
    while True:
        answer = await graph(query, day=day, size=size, after=after)
        slots = answer.data["slots"]
        assert slots["totalCount"] is None
        assert slots["pageInfo"]["hasPreviousPage"] is (after is not None)
        seen += nodes(slots)
        if not slots["pageInfo"]["hasNextPage"]:
            break
        assert len(slots["edges"]) == size
        after = slots["pageInfo"]["endCursor"]
    expected = free_slots(mocks, date.fromisoformat(day))
    assert [(slot["start"], slot["id"]) for slot in seen] == [
        (start, global_id("appointment-slot", source, key)) for start, source, key in expected
    ]
    assert len(expected) > 3 * size
    assert {slot["status"] for slot in seen} == {"FREE"}


async def test_a_cursor_goes_to_the_hospitals(graph: Graph, mocks: RunningMocks) -> None:
    """The second page asks from the last slot's instant on, not from the morning."""
    first = await graph(SLOTS, day="2026-11-25", first=20)
    mocks.clear_calls()
    await graph(SLOTS, day="2026-11-25", first=20, after=first.data["slots"]["pageInfo"]["endCursor"])
    last = datetime.fromisoformat(nodes(first.data["slots"])[-1]["start"])
    asked_from = parse_qs(mocks.calls("hospital-central", token=False)[0].query)["start"][0]
    assert asked_from == f"ge{last - timedelta(hours=8):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("day", ["2026-11-23", "2027-01-24", "2020-02-29"])
async def test_a_day_out_of_reach_is_refused(graph: Graph, mocks: RunningMocks, day: str) -> None:
    """Only today and the 60 days after it; nobody is called for another."""
    answer = await graph(SLOTS, day=day)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data == {"slots": None}
    assert mocks.calls() == []


async def test_the_last_day_within_reach(graph: Graph) -> None:
    """Sixty days from now is allowed, and no hospital plans so far ahead."""
    answer = await graph(SLOTS, day="2027-01-23")
    assert answer.errors == []
    assert answer.data["slots"]["edges"] == []
    assert answer.data["slots"]["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        {"first": 0},
        {"first": 1001},
        {"after": "nonsense"},
        {"after": encode_cursor((10**18, "", ""))},
        {"after": encode_cursor((-(10**18), "", ""))},
        {"after": encode_cursor((1795478400000, "hospital-central", "slot-1"))},
        {"hospital": "nonsense"},
        {"hospital": global_id("department", "hospital-central", "dept-0304")},
        {"department": hospital_id("hospital-central")},
        {"doctor": hospital_id("hospital-central")},
    ],
)
async def test_arguments_that_make_no_sense(
    graph: Graph, mocks: RunningMocks, arguments: dict[str, Any]
) -> None:
    """A wrong size, cursor or kind of id is refused before anyone is called."""
    answer = await graph(SLOTS, day="2026-11-25", **arguments)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert mocks.calls() == []


@pytest.mark.parametrize("source", HOSPITALS)
async def test_slots_of_one_hospital(graph: Graph, mocks: RunningMocks, source: str) -> None:
    """Nobody else is called, whatever the hospital's peculiarities."""
    answer = await graph(SLOTS, day="2026-11-25", first=30, hospital=hospital_id(source))
    expected = [each for each in free_slots(mocks, date(2026, 11, 25)) if each[1] == source][:30]
    assert answer.errors == []
    assert [(slot["start"], slot["id"]) for slot in nodes(answer.data["slots"])] == [
        (start, global_id("appointment-slot", source, key)) for start, _, key in expected
    ]
    assert calls(mocks).keys() == {source}


@pytest.mark.parametrize("source", HOSPITALS)
async def test_slots_of_one_department_and_one_doctor(graph: Graph, mocks: RunningMocks, source: str) -> None:
    """Roles, schedules by their actors, and slots by their schedules: three calls and what is shown."""
    hospital = mocks.world.hospitals[source]
    doctor = next(d for d in hospital.doctors if len(d.roles) > 1)
    department = doctor.roles[1].department
    day = next(
        slot.start.date()
        for ahead in range(1, 8)
        for slot in consultations(mocks.world, hospital, NOW.date() + timedelta(days=ahead))
        if slot.status == "free" and slot.role == doctor.roles[1]
    )
    truth = [s for s in consultations(mocks.world, hospital, day) if s.status == "free"]
    truth.sort(key=lambda slot: (slot.start, slot.id))
    arguments = {"day": day.isoformat(), "first": 100}
    doctor_id = global_id("practitioner", source, doctor.id)
    department_id = global_id("department", source, department.id)

    async def ids(**narrow: str) -> list[str]:
        answer = await graph(
            """query($day: Date!, $first: Int!, $department: ID, $doctor: ID) {
          slots(day: $day, first: $first, department: $department, practitioner: $doctor) {
            edges { node { id } } } }""",
            **arguments,
            **narrow,
        )
        assert answer.errors == []
        return [node["id"] for node in nodes(answer.data["slots"])]

    def of(*found: Any) -> list[str]:
        return [global_id("appointment-slot", source, slot.id) for slot in found]

    assert await ids(doctor=doctor_id) == of(*(s for s in truth if s.role in doctor.roles))
    assert asked(mocks, source)[:3] == ["PractitionerRole", "Schedule", "Slot"]
    assert await ids(department=department_id) == of(*(s for s in truth if s.role.department == department))
    assert await ids(doctor=doctor_id, department=department_id) == of(
        *(s for s in truth if s.role in doctor.roles and s.role.department == department)
    )
    assert calls(mocks).keys() == {source}


async def test_slots_of_nobody(graph: Graph, mocks: RunningMocks) -> None:
    """A doctor of another hospital, or a hospital that is not there: an empty list and no call for slots."""
    other = await graph(
        SLOTS,
        day="2026-11-25",
        hospital=hospital_id("hospital-central"),
        doctor=global_id("practitioner", "hospital-third", "doctor-001"),
    )
    gone = await graph(SLOTS, day="2026-11-25", hospital=hospital_id("hospital-closed"))
    assert (other.errors, other.data["slots"]["edges"]) == ([], [])
    assert (gone.errors, gone.data["slots"]["edges"]) == ([], [])
    assert mocks.calls() == []
    unknown = await graph(
        SLOTS, day="2026-11-25", hospital=global_id("hospital", "hospital-central", "campus-1")
    )
    assert (unknown.errors, unknown.data["slots"]["edges"]) == ([], [])
    assert asked(mocks, "hospital-central") == ["Organization", "Location"]
    nobody = await graph(SLOTS, day="2026-11-25", department=global_id("department", "hospital-second", "x"))
    assert (nobody.errors, nobody.data["slots"]["edges"]) == ([], [])
    assert "Slot" not in asked(mocks, "hospital-second")


def searchset(kind: str, *resources: dict[str, Any]) -> dict[str, Any]:
    entries = [{"resource": {"resourceType": kind, **resource}} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


async def test_hospitals_that_share_a_server() -> None:
    """One server for two hospitals: a slot belongs to one of them by its department."""

    def to(kind: str, key: str) -> dict[str, str]:
        return {"reference": f"{kind}/{key}"}

    start = {"start": "2026-11-25T08:00:00+08:00", "end": "2026-11-25T08:15:00+08:00"}
    source = SourceConfig(id="shared", name="医联体", connector="fhir", url="http://shared.test/fhir")
    with respx.mock(base_url=source.url) as server:
        server.get("/Location").respond(json=searchset("Location"))
        server.get("/PractitionerRole").respond(404)
        server.get("/Organization").respond(
            json=searchset("Organization", *({"id": f"o{n}", "name": f"第{n}医院"} for n in (1, 2)))
        )
        server.get("/HealthcareService").respond(
            json=searchset(
                "HealthcareService",
                *(
                    {"id": f"c{n}", "name": f"科{n}", "providedBy": to("Organization", f"o{n % 2 + 1}")}
                    for n in (1, 2, 3)
                ),
            )
        )
        schedules = [{"id": f"s{n}", "actor": [to("HealthcareService", f"c{n}")]} for n in (1, 2, 3)]
        server.get("/Schedule", params={"actor": "HealthcareService/c1,HealthcareService/c3"}).respond(
            json=searchset("Schedule", schedules[0], schedules[2])
        )
        server.get("/Schedule", params={"actor": "HealthcareService/c3"}).respond(
            json=searchset("Schedule", schedules[2])
        )
        server.get("/Schedule").respond(json=searchset("Schedule", *schedules))
        server.get("/Slot").respond(
            json=searchset(
                "Slot",
                *(
                    {"id": f"t{n}", "schedule": to("Schedule", f"s{n}"), "status": "free", **start}
                    for n in (1, 2, 3)
                ),
            )
        )
        app = create_app(Settings(search_refresh_s=0), (source,), now=lambda: NOW, transport=HttpxTransport)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://gateway") as http,
        ):
            graph = Graph(http)
            query = """query($hospital: ID, $department: ID) {
              slots(day: "2026-11-25", hospital: $hospital, department: $department) {
                edges { node { department { name } hospital { name } } } } }"""
            second = global_id("hospital", "shared", "o2")
            found = {}
            for name, arguments in {
                "all": {},
                "hospital": {"hospital": second},
                "both": {"hospital": second, "department": global_id("department", "shared", "c3")},
                "neither": {"hospital": second, "department": global_id("department", "shared", "c2")},
            }.items():
                answer = await graph(query, **arguments)
                assert answer.errors == []
                found[name] = [
                    (node["hospital"]["name"], node["department"]["name"])
                    for node in nodes(answer.data["slots"])
                ]
    assert found == {
        "all": [("第2医院", "科1"), ("第1医院", "科2"), ("第2医院", "科3")],
        "hospital": [("第2医院", "科1"), ("第2医院", "科3")],
        "both": [("第2医院", "科3")],
        "neither": [],
    }


async def test_a_slot_that_is_taken_can_still_be_read(graph: Graph, mocks: RunningMocks) -> None:
    """By its id a slot shows its state, whatever that is; one that never was is null."""
    hospital = mocks.world.hospitals["hospital-people"]
    some: dict[str, str] = {}
    for slot in consultations(mocks.world, hospital, date(2026, 11, 24)):
        some.setdefault(slot.status, slot.id)
    answer = await graph(
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on AppointmentSlot { status asOf } } }",
        ids=[global_id("appointment-slot", "hospital-people", key) for key in (*some.values(), "slot-0")],
    )
    *found, missing = answer.data["nodes"]
    assert {key: node["status"] for key, node in zip(some, found, strict=True)} == {
        "free": "FREE",
        "busy": "BUSY",
        "busy-unavailable": "BUSY_UNAVAILABLE",
        "busy-tentative": "BUSY_TENTATIVE",
    }
    assert all(node["asOf"].endswith("+08:00") for node in found)
    assert missing is None
    assert calls(mocks) == {"hospital-people": 1}


async def test_only_free_information_is_read(graph: Graph, mocks: RunningMocks) -> None:
    """Patients and appointments are asked for by nothing that the graph shows."""
    await graph(SLOTS, day="2026-11-25", first=5, hospital=hospital_id("hospital-third"))
    await graph(
        "{ hospitals { edges { node { name } } } departments { edges { node { practitioners { name } } } } }"
    )
    await graph("{ wardAreas { edges { node { beds { free } } } } }")
    assert {kind for source in HOSPITALS for kind in asked(mocks, source) if kind} == {
        "HealthcareService",
        "Location",
        "Organization",
        "Practitioner",
        "PractitionerRole",
        "Schedule",
        "Slot",
    }


# Hospitals and departments


async def test_five_hospitals(graph: Graph, mocks: RunningMocks) -> None:
    """Organization and campus of each, in two calls a hospital; asked again, in none."""
    query = """{ hospitals { totalCount edges { distance node {
      __typename id name nameEn address phone position { lat lng } asOf stale source { id }
      community { name } campuses { name nameEn address phone position { lat } }
    } } } }"""
    answer = await graph(query)
    assert answer.errors == []
    assert answer.data["hospitals"]["totalCount"] == 5
    assert [node["source"]["id"] for node in nodes(answer.data["hospitals"])] == list(HOSPITALS)
    assert answer.data["hospitals"]["edges"][2] == {
        "distance": None,
        "node": {
            "__typename": "Hospital",
            "id": hospital_id("hospital-people"),
            "name": "龙岗区人民医院",
            "nameEn": "People's Hospital of Longgang District",
            "address": "深圳市龙岗区龙城街道尚景社区爱心路53号",
            "phone": "0755-28800002",
            "position": {"lat": 22.701365, "lng": 114.234834},
            "asOf": "2026-11-24T10:00:00+08:00",
            "stale": False,
            "source": {"id": "hospital-people"},
            "community": {"name": "尚景社区"},
            "campuses": [
                {
                    "name": "龙岗区人民医院本部",
                    "nameEn": "People's Hospital of Longgang District, Main Campus",
                    "address": "深圳市龙岗区龙城街道尚景社区爱心路53号",
                    "phone": "0755-28800002",
                    "position": {"lat": 22.701365},
                },
                {
                    "name": "龙岗区人民医院宝龙院区",
                    "nameEn": "People's Hospital of Longgang District, Branch Campus",
                    "address": "深圳市龙岗区宝龙街道宝龙社区宝龙大道113号",
                    "phone": "0755-28800002",
                    "position": {"lat": 22.696997},
                },
            ],
        },
    }
    assert calls(mocks) == dict.fromkeys(HOSPITALS, 2)
    mocks.clear_calls()
    assert (await graph(query)).data == answer.data
    assert mocks.calls() == []


async def test_hospitals_near_a_point(graph: Graph, mocks: RunningMocks) -> None:
    """The nearest campus counts: a hospital is near at its branch, though its main campus is not."""
    branch = mocks.world.hospitals["hospital-people"].campuses[1]
    query = """query($near: NearInput!) { hospitals(near: $near) { totalCount edges { distance node {
      name position { lat lng } } } } }"""
    answer = await graph(query, near={"lat": branch.lat, "lng": branch.lng, "radius": 500})
    assert answer.data["hospitals"]["totalCount"] == 1
    assert answer.data["hospitals"]["edges"][0]["distance"] == 0
    assert answer.data["hospitals"]["edges"][0]["node"]["name"] == "龙岗区人民医院"
    wide = await graph(query, near={"lat": branch.lat, "lng": branch.lng, "radius": 50_000})
    distances = [edge["distance"] for edge in wide.data["hospitals"]["edges"]]
    assert distances == sorted(distances)
    assert len(distances) == 5
    assert calls(mocks) == dict.fromkeys(HOSPITALS, 2)


async def test_hospitals_by_page(graph: Graph) -> None:
    """A cursor goes on behind the hospital that it stands for, by distance or without."""
    query = """query($near: NearInput, $after: String) { hospitals(near: $near, first: 2, after: $after) {
      pageInfo { hasNextPage endCursor } edges { node { id } } } }"""
    for near in (None, {"lat": 22.7, "lng": 114.2, "radius": 50_000}):
        seen: list[str] = []
        after = None
        for more in (True, True, False):
            page = (await graph(query, near=near, after=after)).data["hospitals"]
            assert page["pageInfo"]["hasNextPage"] is more
            after = page["pageInfo"]["endCursor"]
            seen += [node["id"] for node in nodes(page)]
        assert sorted(seen) == sorted(map(hospital_id, HOSPITALS))


async def test_hospitals_around_a_community_and_a_point(graph: Graph, mocks: RunningMocks) -> None:
    """A community's front door and `nearby` show them; circles cost no call of their own."""
    answer = await graph(
        """{ community(code: "440307014003") { name hospitals { edges { distance node { name } } }
               close: hospitals(radius: 900) { totalCount } }
             nearby(lat: 22.72, lng: 114.25, radius: 8000, kinds: [HOSPITAL]) {
               totalCount edges { distance node { __typename name } } } }"""
    )
    assert answer.errors == []
    assert answer.data == {
        "community": {
            "name": "龙岭社区",
            "hospitals": {"edges": [{"distance": 985, "node": {"name": "龙岗区第二人民医院"}}]},
            "close": {"totalCount": 0},
        },
        "nearby": {
            "totalCount": 3,
            "edges": [
                {"distance": 968, "node": {"__typename": "Hospital", "name": "龙岗区妇幼保健院"}},
                {"distance": 2591, "node": {"__typename": "Hospital", "name": "龙岗区人民医院"}},
                {"distance": 3343, "node": {"__typename": "Hospital", "name": "龙岗中心医院"}},
            ],
        },
    }
    assert calls(mocks) == dict.fromkeys(HOSPITALS, 2)


async def test_departments(graph: Graph, mocks: RunningMocks) -> None:
    """Every word must be found, in Chinese or English; one call a hospital, and none for further words."""
    query = """query($search: String, $hospital: ID) { departments(search: $search, hospital: $hospital) {
      totalCount edges { node { id name nameEn specialty description phone appointmentRequired
        availableTimes { days opens closes } closures { description start end } locations } } } }"""
    answer = await graph(query, search="骨科")
    assert answer.errors == []
    assert answer.data["departments"]["totalCount"] == 4
    weekdays = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
    assert nodes(answer.data["departments"])[0] == {
        "id": global_id("department", "hospital-central", "dept-0403"),
        "name": "骨科门诊",
        "nameEn": "Orthopaedics Clinic",
        "specialty": "骨科",
        "description": "1楼骨科诊区",
        "phone": "0755-28800001 转 8010",
        "appointmentRequired": True,
        "availableTimes": [
            {"days": weekdays, "opens": "08:00", "closes": "12:00"},
            {"days": weekdays, "opens": "14:00", "closes": "17:30"},
        ],
        "closures": [
            {
                "description": "元旦停诊",
                "start": "2027-01-01T00:00:00+08:00",
                "end": "2027-01-02T00:00:00+08:00",
            }
        ],
        "locations": ["专科门诊楼", "骨科一病区"],
    }
    english = await graph(query, search="clinic general  SURGERY")
    assert {node["name"] for node in nodes(english.data["departments"])} == {"普通外科门诊"}
    assert (await graph(query, search="1楼 骨科 皮肤")).data["departments"]["totalCount"] == 0
    everywhere = (await graph(query)).data["departments"]["totalCount"]
    assert everywhere == sum(len(h.departments) for h in mocks.world.hospitals.values()) == 64
    assert calls(mocks) == dict.fromkeys(HOSPITALS, 1)
    mocks.clear_calls()
    one = await graph(query, hospital=hospital_id("hospital-maternity"))
    assert one.data["departments"]["totalCount"] == 8
    assert mocks.calls() == []


async def test_departments_with_doctors_and_slots(graph: Graph, mocks: RunningMocks) -> None:
    """What hangs on twenty departments is asked for together: never once a department."""
    answer = await graph(
        """{ departments(search: "科", first: 20) { edges { node { source { id } name hospital { name }
          practitioners { id name title }
          slots(day: "2026-11-25", first: 2) { pageInfo { hasNextPage } edges { node { id start
            practitioner { id name } } } } } } } }"""
    )
    assert answer.errors == []
    departments = nodes(answer.data["departments"])
    assert [d["source"]["id"] for d in departments] == ["hospital-central"] * 16 + ["hospital-maternity"] * 4
    world = mocks.world.hospitals
    for shown in departments:
        hospital = world[shown["source"]["id"]]
        department = next(d for d in hospital.departments if f"{d.specialty.name}门诊" == shown["name"])
        staff = [
            doctor
            for doctor in hospital.doctors
            if not doctor.gone and any(role.department == department for role in doctor.roles)
        ]
        assert shown["hospital"]["name"] == hospital.plan.name
        assert [(p["name"], p["title"]) for p in shown["practitioners"]] == [
            (doctor.name.full, doctor.title) for doctor in staff
        ]
        free = sorted(
            (slot.start.isoformat(), slot.id)
            for slot in consultations(mocks.world, hospital, date(2026, 11, 25))
            if slot.status == "free" and slot.role.department == department
        )
        assert [(slot["start"], slot["id"]) for slot in nodes(shown["slots"])] == [
            (start, global_id("appointment-slot", hospital.id, key)) for start, key in free[:2]
        ]
        assert shown["slots"]["pageInfo"]["hasNextPage"] is (len(free) > 2)
    assert Counter(asked(mocks, "hospital-central")) == {
        "Slot": 1,
        "": 1,  # its second page
        "HealthcareService": 1,
        "Organization": 1,
        "Location": 1,
        "PractitionerRole": 2,  # for the staff, and for schedules that are kept by role
        "Practitioner": 1,
        "Schedule": 1,
    }


async def test_a_week_of_slots_of_departments(graph: Graph, mocks: RunningMocks) -> None:
    """A search for the slots of each day, but one for roles and one for schedules in all."""
    days = " ".join(
        f'd{n}: slots(day: "{NOW.date() + timedelta(days=n)}", first: 1) {{ edges {{ node {{ id }} }} }}'
        for n in range(7)
    )
    hospital = hospital_id("hospital-central")
    answer = await graph(
        f'{{ departments(hospital: "{hospital}", first: 4) {{ edges {{ node {{ {days} }} }} }} }}'
    )
    assert answer.errors == []
    shown = nodes(answer.data["departments"])
    assert [len(department) for department in shown] == [7, 7, 7, 7]
    kinds = Counter(kind for kind in asked(mocks, "hospital-central") if kind)
    assert kinds == {"HealthcareService": 1, "PractitionerRole": 1, "Schedule": 1, "Slot": 7}


async def test_a_hospital_leads_to_its_departments_and_wards(graph: Graph) -> None:
    """From the hospital down, as from the list of all."""
    answer = await graph(
        """query($id: ID!) { node(id: $id) { ... on Hospital { name
          departments(search: "儿") { totalCount edges { node { name } } }
          wardAreas(unaccompanied: true, first: 1) { totalCount } } } }""",
        id=hospital_id("hospital-maternity"),
    )
    assert answer.errors == []
    assert answer.data["node"] == {
        "name": "龙岗区妇幼保健院",
        "departments": {
            "totalCount": 4,
            "edges": [
                {"node": {"name": name}}
                for name in ("儿科门诊", "新生儿科门诊", "小儿外科门诊", "儿童保健科门诊")
            ],
        },
        "wardAreas": {"totalCount": 6},
    }


async def test_every_kind_of_object_by_its_id(graph: Graph, mocks: RunningMocks) -> None:
    """`node` finds hospital, department, doctor and ward; what never was, or has gone, is null."""
    query = """query($id: ID!) { node(id: $id) { __typename id
      ... on Place { name } ... on Department { name } ... on WardArea { name }
      ... on Practitioner { name title hospital { name } departments { name } } } }"""
    source = "hospital-second"
    for kind, key, shown in (
        ("hospital", source, {"__typename": "Hospital", "name": "龙岗区第二人民医院"}),
        ("department", "dept-0304", {"__typename": "Department", "name": "心血管内科门诊"}),
        ("ward-area", "ward-01", {"__typename": "WardArea", "name": "呼吸内科一病区"}),
        (
            "practitioner",
            "doctor-012",
            {
                "__typename": "Practitioner",
                "name": mocks.world.hospitals[source].doctors[11].name.full,
                "title": "副主任医师",
                "hospital": {"name": "龙岗区第二人民医院"},
                "departments": [{"name": "全科医学科门诊"}, {"name": "康复医学科门诊"}],
            },
        ),
    ):
        id_ = global_id(kind, source, key)
        answer = await graph(query, id=id_)
        assert answer.errors == []
        assert answer.data["node"] == shown | {"id": id_}
    for kind, key in (
        ("hospital", "none"),
        ("department", "none"),
        ("practitioner", "doctor-017"),
        ("ward-area", "bed-01-01"),
        ("appointment-slot", "a,b"),
    ):
        answer = await graph(query, id=global_id(kind, source, key))
        assert (answer.errors, answer.data["node"]) == ([], None)


# Wards


async def test_unaccompanied_wards_with_their_beds(graph: Graph, mocks: RunningMocks) -> None:
    """The district's 32, each with the world's own count; beds come by the page, not by the ward."""
    answer = await graph(
        """{ wardAreas(unaccompanied: true, first: 100) { totalCount edges { node {
          id name nameEn unaccompanied description phone hospital { name }
          beds { total free occupied other changedAt asOf stale } } } } }"""
    )
    assert answer.errors == []
    assert answer.data["wardAreas"]["totalCount"] == 32
    assert nodes(answer.data["wardAreas"])[1] == {
        "id": global_id("ward-area", "hospital-central", "ward-03"),
        "name": "神经内科一病区",
        "nameEn": "Neurology Ward 1",
        "unaccompanied": True,
        "description": "住院楼6楼，护理员24小时在岗，1名护理员照护5名患者，180元/天",
        "phone": "0755-28800001 转 9003",
        "hospital": {"name": "龙岗中心医院"},
        "beds": {
            "total": 31,
            "free": 2,
            "occupied": 28,
            "other": 1,
            "changedAt": "2026-11-24T08:15:00+08:00",
            "asOf": "2026-11-24T10:00:00+08:00",
            "stale": False,
        },
    }
    shown = {node["id"]: node["beds"] for node in nodes(answer.data["wardAreas"])}
    for source, hospital in mocks.world.hospitals.items():
        for ward in hospital.wards:
            if not ward.unaccompanied:
                continue
            states = Counter(bed.state for bed in ward.beds)
            assert shown[global_id("ward-area", source, ward.id)] == {
                "total": len(ward.beds),
                "free": states["U"],
                "occupied": states["O"],
                "other": len(ward.beds) - states["U"] - states["O"],
                "changedAt": max(bed.changed for bed in ward.beds).isoformat(),
                "asOf": NOW.isoformat(),
                "stale": False,
            }
    assert Counter(call.simulator for call in mocks.calls(token=False) if "partof=" in call.query) == (
        dict.fromkeys(HOSPITALS, 1)
    )
    # wards 1 a hospital, Organization and campus 2, and pages of beds: 200 to a page, 20 at the third
    assert calls(mocks) == {
        "hospital-central": 3 + 2,
        "hospital-maternity": 3 + 1,
        "hospital-people": 3 + 2,
        "hospital-second": 3 + 1,
        "hospital-third": 3 + 10,
    }


async def test_wards_of_one_hospital(graph: Graph, mocks: RunningMocks) -> None:
    """Both kinds, or one, of one hospital; nobody else is called."""
    query = """query($hospital: ID, $kind: Boolean, $after: String) { wardAreas(
      hospital: $hospital, unaccompanied: $kind, first: 4, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } edges { node { id unaccompanied } } } }"""
    arguments = {"hospital": hospital_id("hospital-third")}
    both = (await graph(query, **arguments)).data["wardAreas"]
    rest = (await graph(query, after=both["pageInfo"]["endCursor"], **arguments)).data["wardAreas"]
    last = (await graph(query, after=rest["pageInfo"]["endCursor"], **arguments)).data["wardAreas"]
    wards = [*nodes(both), *nodes(rest), *nodes(last)]
    assert [ward["id"] for ward in wards] == [
        global_id("ward-area", "hospital-third", f"ward-{number:02d}") for number in range(1, 10)
    ]
    assert [page["pageInfo"]["hasNextPage"] for page in (both, rest, last)] == [True, True, False]
    for kind, total in ((None, 9), (True, 5), (False, 4)):
        answer = await graph(query, kind=kind, **arguments)
        assert answer.data["wardAreas"]["totalCount"] == total
    assert calls(mocks) == {"hospital-third": 1}


# When things go wrong


@pytest.fixture
def impatient(sources: tuple[SourceConfig, ...]) -> tuple[SourceConfig, ...]:
    """The sources, with no more than a second for the third hospital."""
    return tuple(
        msgspec.structs.replace(source, limits=msgspec.structs.replace(source.limits, timeout_ms=1000))
        if source.id == "hospital-third"
        else source
        for source in sources
    )


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"error_rate": 1}, "SOURCE_UNAVAILABLE"),
        ({"error_rate": 1, "error_status": 400}, "SOURCE_REJECTED"),
        ({"hang": True}, "SOURCE_TIMEOUT"),
        ({"malformed": True}, "SOURCE_MALFORMED"),
    ],
)
async def test_a_hospital_that_fails_leaves_the_others_whole(
    mocks: RunningMocks,
    start_graph: StartGraph,
    impatient: tuple[SourceConfig, ...],
    fault: dict[str, Any],
    code: str,
) -> None:
    """Slots, departments, hospitals and wards of the other four, and one error a list, at its path."""
    mocks.fault("hospital-third", **fault)
    async with start_graph(impatient) as graph:
        answer = await graph(
            """{ slots(day: "2026-11-25", first: 500) { edges { node { id source { id } } } }
                 departments(first: 100) { totalCount edges { node { source { id } } } }
                 hospitals { totalCount edges { node { source { id } } } }
                 wardAreas(first: 100) { totalCount edges { node { source { id } beds { total } } } } }"""
        )
    assert [
        (error["path"], error["extensions"]) for error in sorted(answer.errors, key=lambda e: e["path"])
    ] == [
        ([field], {"code": code, "source": "hospital-third"})
        for field in ("departments", "hospitals", "slots", "wardAreas")
    ]
    others = set(HOSPITALS) - {"hospital-third"}
    expected = [each for each in free_slots(mocks, date(2026, 11, 25)) if each[1] in others]
    assert [node["id"] for node in nodes(answer.data["slots"])] == [
        global_id("appointment-slot", source, key) for _, source, key in expected[:500]
    ]
    for field, shown in (("departments", 52), ("hospitals", 4), ("wardAreas", 45)):
        assert len(nodes(answer.data[field])) == shown
        # How many the failing hospital has is not known.
        assert answer.data[field]["totalCount"] is None
    assert all(node["beds"]["total"] > 0 for node in nodes(answer.data["wardAreas"]))
    assert {node["source"]["id"] for node in nodes(answer.data["departments"])} == others


async def test_beds_that_fail_leave_their_wards(graph: Graph, mocks: RunningMocks) -> None:
    """A ward whose beds cannot be counted is still shown, each with its error."""
    await graph("{ wardAreas(first: 100) { totalCount } }")
    mocks.fault("hospital-second", error_rate=1, path="/fhir/Location")
    answer = await graph("{ wardAreas(first: 100) { edges { node { source { id } name beds { total } } } } }")
    second = [node for node in nodes(answer.data["wardAreas"]) if node["source"]["id"] == "hospital-second"]
    assert [node["beds"] for node in second] == [None] * 10
    assert answer.codes == ["SOURCE_UNAVAILABLE"] * 10
    others = [node for node in nodes(answer.data["wardAreas"]) if node["source"]["id"] != "hospital-second"]
    assert all(node["beds"]["total"] > 0 for node in others)


async def test_all_hospitals_down(graph: Graph, mocks: RunningMocks) -> None:
    """With nobody left to ask there is no list, and what a server said of itself stays with us."""
    for hospital in HOSPITALS:
        mocks.fault(hospital, error_rate=1)
    answer = await graph(SLOTS, day="2026-11-25")
    assert answer.data == {"slots": None}
    assert answer.codes == ["SOURCE_UNAVAILABLE"]
    assert "nginx" not in str(answer.errors)


async def test_a_servers_own_words_stay_with_us(graph: Graph, mocks: RunningMocks) -> None:
    """A refusal's OperationOutcome is for us to read: the client gets the code and the source's id."""
    mocks.fault("hospital-maternity", error_rate=1, error_status=422)
    answer = await graph("query($id: ID!) { node(id: $id) { id } }", id=hospital_id("hospital-maternity"))
    assert answer.data == {"node": None}
    assert answer.errors[0]["message"] == "hospital-maternity refused the request."
    assert answer.errors[0]["extensions"] == {"code": "SOURCE_REJECTED", "source": "hospital-maternity"}


# As time goes by


class Clocks:
    """A gateway's two clocks: the instant it believes, and how long its answers have lain."""

    def __init__(self) -> None:
        self.now = NOW
        self.seconds = 0.0

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.seconds += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """Clocks that the test moves."""
    clocks = Clocks()
    cache = functools.partial(Cache, clock=lambda: clocks.seconds)
    monkeypatch.setattr("gateway.composition.Cache", cache)
    return clocks


@pytest.mark.parametrize(
    ("failing", "codes"),
    [
        ((), []),
        (("hospital-third",), ["SOURCE_UNAVAILABLE"]),
        (HOSPITALS, ["SOURCE_UNAVAILABLE"]),
    ],
)
async def test_slots_that_begin_while_an_answer_is_fresh(
    mocks: RunningMocks,
    sources: tuple[SourceConfig, ...],
    clocks: Clocks,
    failing: tuple[str, ...],
    codes: list[str],
) -> None:
    """Ten seconds later those of 10:00 are gone, others fill the page; who fails then keeps what is known."""
    only = tuple(source for source in sources if source.connector == "fhir")
    app = create_app(
        Settings(warm_up_ms=0, search_refresh_s=0), only, environment=environment(), now=lambda: clocks.now
    )
    transport = httpx.ASGITransport(app)
    expected = free_slots(mocks, date(2026, 11, 24))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway") as http,
    ):
        graph = Graph(http)
        first = await graph(SLOTS, day="2026-11-24", first=8)
        assert [node["start"] for node in nodes(first.data["slots"])] == [s for s, _, _ in expected[:8]]
        clocks.pass_(10)
        for hospital in failing:
            mocks.fault(hospital, error_rate=1)
        second = await graph(
            """{ slots(day: "2026-11-24", first: 8) {
              pageInfo { hasNextPage } edges { node { start } } } }"""
        )
    later = [start for start, _, _ in expected if start > NOW.isoformat()]
    assert len(expected) - len(later) > 8
    assert second.codes == codes
    shown = [node["start"] for node in nodes(second.data["slots"])]
    assert shown == later[: len(shown)]
    assert len(shown) == 8
    assert second.data["slots"]["pageInfo"]["hasNextPage"] is True


async def test_earlier_answers_stand_in_for_a_hospital_that_fails(
    graph: Graph, mocks: RunningMocks, start_graph: StartGraph, clocks: Clocks
) -> None:
    """Slots for two minutes and beds for ten past their freshness, marked as stale; then the error."""
    slots = """query($hospital: ID!) { slots(day: "2026-11-25", first: 3, hospital: $hospital) {
      edges { node { id stale practitioner { name stale } } } } }"""
    beds = """query($id: ID!) { node(id: $id) { ... on WardArea { stale beds { free stale } } } }"""
    hospital = hospital_id("hospital-second")
    ward = global_id("ward-area", "hospital-second", "ward-01")
    async with start_graph() as other:
        fresh = nodes((await other(slots, hospital=hospital)).data["slots"])
        counted = (await other(beds, id=ward)).data["node"]
        assert {node["stale"] for node in fresh} == {False}
        mocks.clear_calls()
        clocks.pass_(14)
        assert nodes((await other(slots, hospital=hospital)).data["slots"]) == fresh
        assert mocks.calls() == []
        mocks.fault("hospital-second", error_rate=1)
        clocks.pass_(120)
        answer = await other(slots, hospital=hospital)
        assert answer.errors == []
        assert nodes(answer.data["slots"]) == [
            node | {"stale": True, "practitioner": node["practitioner"] | {"stale": True}} for node in fresh
        ]
        assert answer.source("hospital-second")["outcome"] == "STALE"
        assert (await other(beds, id=ward)).data["node"] == {
            "stale": False,
            "beds": counted["beds"] | {"stale": True},
        }
        clocks.pass_(2)
        assert (await other(slots, hospital=hospital)).codes == ["SOURCE_UNAVAILABLE"]
        clocks.pass_(660)
        assert (await other(beds, id=ward)).codes == ["SOURCE_UNAVAILABLE"]
