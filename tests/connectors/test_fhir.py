"""HL7 FHIR R4 at the wire: what servers differ in, over searches and their pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from connectors.fhir import CONNECTOR
from connectors.fhir.connector import FhirConnector
from connectors.kit import Code, SourceError, StatusError
from schema.core.hours import WEEK, OpeningHours, Weekday
from schema.core.record import Position, Ref
from schema.core.scalars import CHINA
from schema.health.lookups import SlotsKey
from schema.health.records import (
    AppointmentSlotRecord,
    AppointmentSlotStatus,
    Campus,
    Closure,
    DepartmentRecord,
    HospitalRecord,
    PractitionerRecord,
    ScheduleRecord,
    WardBeds,
)
from tests.conftest import NOW
from tests.connectors.conftest import BASE, Connect

HL7 = "http://terminology.hl7.org/CodeSystem/"
TOMORROW = date(2026, 11, 25)


@pytest.fixture
async def hospital(connect: Connect) -> FhirConnector:
    """A connector to a server of no particular habits."""
    connector: FhirConnector = await connect(CONNECTOR, id="h")
    return connector


def ref(key: str) -> Ref:
    return Ref("h", key)


def bundle(
    *resources: Mapping[str, Any],
    beside: Sequence[Mapping[str, Any]] = (),
    self_: str | None = None,
    next_: str | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """A searchset of matches, and of what came beside them."""
    links = [("self", self_), ("next", next_)]
    entries = [{"resource": resource, "search": {"mode": "match"}} for resource in resources]
    entries += [{"resource": resource, "search": {"mode": "include"}} for resource in beside]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": relation, "url": url} for relation, url in links if url],
        **({"entry": entries} if entries else {}),
        **fields,
    }


def resource(kind: str, key: str, **fields: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": key, **fields}


def to(reference: str) -> dict[str, str]:
    return {"reference": reference}


def china(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=CHINA)


def slot(key: str, start: str = "08:00", schedule: str = "s1", **fields: Any) -> dict[str, Any]:
    begin = datetime.fromisoformat(start if "T" in start else f"2026-11-25T{start}:00+08:00")
    times = {"start": begin.isoformat(), "end": (begin + timedelta(minutes=10)).isoformat()}
    return resource("Slot", key, schedule=to(f"Schedule/{schedule}"), status="free", **times) | fields


def outcome(code: str = "invalid") -> dict[str, Any]:
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, "diagnostics": "java.sql.SQLException at db01"}],
    }


def sent(wire: respx.Router, number: int = -1) -> dict[str, list[str]]:
    """The parameters of a call, by name."""
    request = wire.calls[number].request
    return parse_qs(request.content.decode() if request.method == "POST" else request.url.query.decode())


def paths(wire: respx.Router) -> list[str]:
    return [call.request.url.path.removeprefix("/api/") for call in wire.calls]


async def free(hospital: FhirConnector, **key: Any) -> list[AppointmentSlotRecord]:
    fields: dict[str, Any] = {"day": TOMORROW, "count": 10, **key}
    asked = SlotsKey(**fields)
    return list((await hospital.slots([asked]))[asked])


def ids(records: Sequence[AppointmentSlotRecord]) -> list[str]:
    return [record.ref.id for record in records]


# What is asked, and pages


async def test_a_days_free_slots_are_asked_for_once(hospital: FhirConnector, wire: respx.Router) -> None:
    """In UTC (a plus sign is lost on some servers), sorted, with what they lead to, as FHIR JSON."""
    route = wire.get("/Slot").respond(json=bundle(slot("a")))
    assert ids(await free(hospital)) == ["a"]
    assert route.call_count == 1
    assert route.calls.last.request.headers["accept"] == "application/fhir+json"
    assert sent(wire) == {
        "status": ["free"],
        "start": ["ge2026-11-24T16:00:00Z", "lt2026-11-25T16:00:00Z"],
        "_sort": ["start"],
        "_count": ["20"],
        "_include": ["Slot:schedule"],
        "_include:iterate": ["Schedule:actor"],
        "_revinclude:iterate": ["PractitionerRole:practitioner"],
    }


async def test_today_begins_now(hospital: FhirConnector, wire: respx.Router) -> None:
    """Slots that have begun are not asked for."""
    wire.get("/Slot").respond(json=bundle())
    assert await free(hospital, day=NOW.date()) == []
    assert sent(wire)["start"] == ["ge2026-11-24T02:00:00Z", "lt2026-11-24T16:00:00Z"]


@pytest.mark.parametrize(
    "link",
    [
        f"{BASE}?_getpages=f3%2Fa%3D&x=1",
        f"{BASE}/Slot?_getpages=f3%2Fa%3D&x=1",
        "Slot?_getpages=f3%2Fa%3D&x=1",
    ],
)
async def test_a_next_link_is_followed_as_it_is(
    hospital: FhirConnector, wire: respx.Router, link: str
) -> None:
    """Opaque, at the base itself or at the type, absolute or relative; nothing is added to it."""
    wire.get(url__regex=r".*_getpages.*").respond(json=bundle(slot("b")))
    wire.get("/Slot").respond(json=bundle(slot("a"), next_=link))
    assert ids(await free(hospital)) == ["a", "b"]
    assert wire.calls.last.request.url.query == b"_getpages=f3%2Fa%3D&x=1"


async def test_a_next_link_that_leads_elsewhere_is_not_followed(
    hospital: FhirConnector, wire: respx.Router
) -> None:
    """Our credential would go with it."""
    wire.get("/Slot").respond(json=bundle(slot("a"), next_="http://elsewhere.test/api/Slot?page=2"))
    with pytest.raises(SourceError) as caught:
        await free(hospital)
    assert caught.value.code is Code.SOURCE_MALFORMED
    assert len(wire.calls) == 1


async def test_a_list_without_an_end(hospital: FhirConnector, wire: respx.Router) -> None:
    """A page that names itself as the next one is a fault, not a loop."""
    wire.get("/HealthcareService").respond(
        json=bundle(resource("HealthcareService", "a", name="内科"), next_=f"{BASE}/HealthcareService?page=2")
    )
    with pytest.raises(SourceError) as caught:
        await hospital.departments([None])
    assert caught.value.code is Code.SOURCE_MALFORMED
    assert len(wire.calls) == 2


async def test_a_list_cut_without_a_link_is_asked_for_whole(
    hospital: FhirConnector, wire: respx.Router
) -> None:
    """Where `total` says that more was found than was given, a page of that size is asked for."""
    services = [resource("HealthcareService", key, name=f"科{key}") for key in "abc"]
    wire.get("/HealthcareService", params={"_count": "200"}).respond(json=bundle(*services[:2], total=3))
    wire.get("/HealthcareService", params={"_count": "3"}).respond(json=bundle(*services, total=3))
    found = (await hospital.departments([None]))[None]
    assert [department.name for department in found] == ["科a", "科b", "科c"]


async def test_a_list_that_stays_cut_is_a_fault(hospital: FhirConnector, wire: respx.Router) -> None:
    """Better no list than one that silently lacks a part."""
    wire.get("/HealthcareService").respond(
        json=bundle(resource("HealthcareService", "a", name="内科"), total=3)
    )
    with pytest.raises(SourceError) as caught:
        await hospital.departments([None])
    assert caught.value.code is Code.SOURCE_MALFORMED
    assert len(wire.calls) == 2


async def test_a_total_is_not_needed(hospital: FhirConnector, wire: respx.Router) -> None:
    """Nor is one believed once there was a link: slots are taken while we turn pages."""
    wire.get("/Slot", params={"page": "2"}).respond(json=bundle(slot("b"), total=7))
    wire.get("/Slot").respond(json=bundle(slot("a"), total=7, next_=f"{BASE}/Slot?page=2"))
    assert ids(await free(hospital)) == ["a", "b"]


async def test_slots_of_one_instant_across_pages(hospital: FhirConnector, wire: respx.Router) -> None:
    """Servers sort by start alone: a page's last instant counts only when the next page is there."""
    wire.get("/Slot", params={"page": "2"}).respond(
        json=bundle(slot("a", "09:00"), slot("z", "10:00"), next_=f"{BASE}/Slot?page=3")
    )
    wire.get("/Slot").respond(
        json=bundle(slot("m", "08:00"), slot("y", "09:00"), slot("x", "09:00"), next_=f"{BASE}/Slot?page=2")
    )
    assert ids(await free(hospital, count=1)) == ["m"]
    assert len(wire.calls) == 1
    assert ids(await free(hospital, count=3)) == ["m", "a", "x"]
    assert len(wire.calls) == 1 + 2


async def test_a_server_that_does_not_sort(hospital: FhirConnector, wire: respx.Router) -> None:
    """Then every page is needed before the first slot is known."""
    wire.get("/Slot", params={"page": "2"}).respond(json=bundle(slot("a", "08:00")))
    wire.get("/Slot").respond(
        json=bundle(slot("c", "11:00"), slot("b", "09:00"), slot("d", "12:00"), next_=f"{BASE}/Slot?page=2")
    )
    assert ids(await free(hospital, count=1)) == ["a"]


async def test_a_server_that_filters_nothing(hospital: FhirConnector, wire: respx.Router) -> None:
    """Whatever it sends: only free slots of the day, after the cursor, are taken."""
    wire.get("/Slot").respond(
        json=bundle(
            slot("early", "2026-11-24T23:50:00+08:00"),
            slot("b", "09:00"),
            slot("a", "09:00"),
            slot("c", "09:00"),
            slot("busy", "09:00", status="busy"),
            slot("wrong", "09:00", status="entered-in-error"),
            slot("late", "2026-11-26T00:00:00+08:00"),
        )
    )
    nine = int(datetime.fromisoformat("2026-11-25T09:00:00+08:00").timestamp() * 1000)
    assert ids(await free(hospital)) == ["a", "b", "c"]
    assert ids(await free(hospital, after=(nine, "h", "a"))) == ["b", "c"]
    assert sent(wire)["start"][0] == "ge2026-11-25T01:00:00Z"
    assert ids(await free(hospital, after=(nine, "g", "z"))) == ["a", "b", "c"]
    assert ids(await free(hospital, after=(nine, "i", "a"))) == []


async def test_questions_of_one_day_are_one_search(hospital: FhirConnector, wire: respx.Router) -> None:
    """Each gets its own of what came, as many as it asked for."""
    wire.get("/Slot").respond(json=bundle(slot("a"), slot("b", "09:00"), slot("c", "10:00")))
    keys = [SlotsKey(day=TOMORROW, count=1), SlotsKey(day=TOMORROW, count=2)]
    found = await hospital.slots(keys)
    assert [ids(found[key]) for key in keys] == [["a"], ["a", "b"]]
    assert len(wire.calls) == 1


async def test_many_ids_go_in_a_form(hospital: FhirConnector, wire: respx.Router) -> None:
    """POST _search where a URL would be too long; each id once."""
    keys = [f"slot-{number:057d}" for number in range(30)]
    route = wire.post("/Slot/_search").respond(json=bundle(*map(slot, keys)))
    found = await hospital.slots_by_ref([*map(ref, keys), ref(keys[0])])
    assert len(found) == 30
    assert route.call_count == 1
    assert sent(wire)["_id"] == [",".join(keys)]
    assert route.calls.last.request.headers["content-type"] == "application/x-www-form-urlencoded"


async def test_more_ids_than_a_page_should_hold(hospital: FhirConnector, wire: respx.Router) -> None:
    """Two hundred at a time."""
    wire.post("/Slot/_search").respond(json=bundle(slot("s-001")))
    wire.get("/Slot").respond(json=bundle())
    await hospital.slots_by_ref([ref(f"s-{number:03d}") for number in range(450)])
    assert [len(sent(wire, number)["_id"][0].split(",")) for number in range(3)] == [200, 200, 50]


async def test_what_is_no_id_is_never_sent(hospital: FhirConnector, wire: respx.Router) -> None:
    """An id from outside cannot add to a parameter: FHIR's ids have no comma, bar or slash."""
    refs = [ref(key) for key in ("a,b", "a|b", "Slot/a", "", "a b", "x" * 65, "a\n")]
    assert await hospital.slots_by_ref(refs) == {}
    assert await hospital.hospitals_by_ref(refs) == {}
    assert await hospital.staff(refs) == {}
    assert await hospital.beds(refs) == {}
    for each in refs:
        assert await free(hospital, departments=(each.id,)) == []
        assert await free(hospital, practitioner=each.id) == []
        assert await free(hospital, departments=("c1",), practitioner=each.id) == []
    assert not wire.calls
    wire.get("/PractitionerRole").respond(json=bundle())
    wire.get("/Schedule").respond(json=bundle())
    assert await free(hospital, departments=("c1", *(each.id for each in refs))) == []
    assert [sent(wire, 0)["service"], sent(wire, 1)["actor"]] == [["HealthcareService/c1"]] * 2


# Includes, and parameters that a server does not know

DOCTOR = resource("Practitioner", "d1", name=[{"text": "张伟"}])
ROLE = resource(
    "PractitionerRole",
    "r1",
    practitioner=to("Practitioner/d1"),
    organization=to("Organization/o1"),
    code=[{"text": "主任医师"}],
    healthcareService=[to("HealthcareService/c1")],
)
SERVICE = resource("HealthcareService", "c1", name="内科门诊", providedBy=to("Organization/o1"))
SCHEDULE = resource(
    "Schedule", "s1", actor=[to("Practitioner/d1"), to("HealthcareService/c1"), to("Location/l1")]
)


async def test_what_comes_beside_a_slot_is_kept_with_it(hospital: FhirConnector, wire: respx.Router) -> None:
    """Includes are no matches; warnings and types unknown to us are passed over."""
    beside = [SCHEDULE, DOCTOR, SERVICE, ROLE, resource("Location", "l1"), resource("Patient", "p1")]
    answer = bundle(slot("a"), beside=beside)
    answer["entry"].append({"resource": outcome(), "search": {"mode": "outcome"}})
    wire.get("/Slot").respond(json=answer)
    (found,) = await free(hospital)
    assert found.brought_schedule == ScheduleRecord(
        ref=ref("s1"), as_of=NOW, practitioner=ref("d1"), department=ref("c1")
    )
    assert found.brought_practitioner == PractitionerRecord(
        ref=ref("d1"),
        as_of=NOW,
        name="张伟",
        title="主任医师",
        hospital=ref("o1"),
        departments=(ref("c1"),),
    )
    assert found.brought_department == DepartmentRecord(
        ref=ref("c1"), as_of=NOW, name="内科门诊", hospital=ref("o1")
    )


async def test_a_doctor_who_came_without_roles_is_left_to_be_asked_for(
    hospital: FhirConnector, wire: respx.Router
) -> None:
    """A server may include and not reverse-include: then title and departments are not yet known."""
    wire.get("/Slot").respond(json=bundle(slot("a"), beside=[SCHEDULE, DOCTOR, SERVICE]))
    (found,) = await free(hospital)
    assert found.brought_schedule is not None
    assert found.brought_practitioner is None
    assert found.brought_department is not None


async def test_a_server_that_ignores_includes_is_found_out(
    hospital: FhirConnector, wire: respx.Router
) -> None:
    """Its self link lacks them: they are not sent again, and roles are asked for by themselves."""
    wire.get("/Slot").respond(json=bundle(slot("a"), self_=f"{BASE}/Slot?status=free&start=x"))
    wire.get("/Practitioner").respond(json=bundle(DOCTOR, self_=f"{BASE}/Practitioner?_id=d1"))
    wire.get("/PractitionerRole").respond(json=bundle(ROLE))
    await free(hospital)
    assert "_include" in sent(wire)
    (found,) = await free(hospital)
    assert "_include" not in sent(wire)
    assert (found.schedule, found.brought_schedule) == (ref("s1"), None)
    doctors = await hospital.practitioners([ref("d1")])
    assert doctors[ref("d1")].title == "主任医师"
    assert paths(wire)[2:] == ["Practitioner", "PractitionerRole"]
    assert sent(wire, -2) == {"_id": ["d1"], "_count": ["1"]}
    assert sent(wire) == {"practitioner": ["Practitioner/d1"], "_count": ["200"]}


async def test_a_server_that_ignored_includes_is_given_another_chance(
    hospital: FhirConnector, wire: respx.Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an hour: it may have been one bad answer, or a server since replaced."""
    wire.get("/Slot").respond(json=bundle(slot("a"), self_=f"{BASE}/Slot?status=free&start=x"))
    asked = []
    for minutes in (0, 59, 60, 61):
        monkeypatch.setattr(hospital.upstream, "now", lambda at=NOW + timedelta(minutes=minutes): at)
        await free(hospital)
        asked.append("_include" in sent(wire))
    assert asked == [True, False, True, False]


async def test_a_server_that_finds_nothing_for_want_of_includes(
    hospital: FhirConnector, wire: respx.Router
) -> None:
    """An empty set whose self link lacks the includes is asked for again without them."""
    wire.get("/Slot", params={"_include": "Slot:schedule"}).respond(
        json=bundle(self_=f"{BASE}/Slot?status=free&start=x")
    )
    wire.get("/Slot").respond(json=bundle(slot("a"), self_=f"{BASE}/Slot?status=free&start=x"))
    assert ids(await free(hospital)) == ["a"]
    assert len(wire.calls) == 2


async def test_a_server_that_finds_nothing_for_want_of_a_parameter(
    hospital: FhirConnector, wire: respx.Router
) -> None:
    """An empty set of a search that was not the one asked for is no answer."""
    wire.get("/Location").respond(json=bundle(self_=f"{BASE}/Location?_count=200"))
    with pytest.raises(SourceError) as caught:
        await hospital.wards([None])
    assert caught.value.code is Code.SOURCE_REJECTED
    assert caught.value.detail == "Location: takes no type"


async def test_an_empty_set_that_is_one(hospital: FhirConnector, wire: respx.Router) -> None:
    """Where the self link has what was asked, or says nothing, there is none."""
    for self_ in (f"{BASE}/Location?type=HU&_count=200", f"{BASE}/Location", None):
        wire.get("/Location").respond(json=bundle(self_=self_))
        assert await hospital.wards([None]) == {None: []}


async def test_a_server_that_refuses_includes_by_option(connect: Connect, wire: respx.Router) -> None:
    """`includes = false` never sends them."""
    hospital: FhirConnector = await connect(CONNECTOR, {"includes": False}, id="h")
    wire.get("/Slot").respond(json=bundle(slot("a")))
    assert ids(await free(hospital)) == ["a"]
    assert not {name for name in sent(wire) if "include" in name}


# Schedules


async def test_slots_of_a_department_and_a_doctor(hospital: FhirConnector, wire: respx.Router) -> None:
    """Roles, schedules by actor, and their slots: no chained parameter, which few know."""
    wire.get("/PractitionerRole").respond(json=bundle())
    wire.get("/Schedule").respond(
        json=bundle(
            SCHEDULE,
            resource("Schedule", "s2", actor=[to("Practitioner/d1"), to("HealthcareService/c2")]),
            resource("Schedule", "s3", actor=[to("HealthcareService/c1")]),
        )
    )
    wire.get("/Slot").respond(json=bundle(slot("a"), slot("b", schedule="s2"), slot("c", schedule="s3")))
    assert ids(await free(hospital, departments=("c1",))) == ["a", "c"]
    assert sent(wire, 0) == {"service": ["HealthcareService/c1"], "_count": ["200"]}
    assert sent(wire, 1) == {"actor": ["HealthcareService/c1"], "_count": ["200"]}
    assert sent(wire, 2)["schedule"] == ["Schedule/s1,Schedule/s3"]
    assert len(wire.calls) == 3
    assert ids(await free(hospital, departments=("c1",), practitioner="d1")) == ["a"]
    assert sent(wire, 3) == {"practitioner": ["Practitioner/d1"], "_count": ["200"]}
    assert sent(wire, 4) == {"actor": ["Practitioner/d1"], "_count": ["200"]}
    assert len(wire.calls) == 6
    assert ids(await free(hospital, practitioner="d1")) == ["a", "b"]
    assert ids(await free(hospital, departments=("c1", "c2"))) == ["a", "b", "c"]


async def test_schedules_kept_by_role(hospital: FhirConnector, wire: respx.Router) -> None:
    """Where a schedule's actor is a PractitionerRole, the role tells whose time it is."""
    by_role = resource("Schedule", "s1", actor=[to("PractitionerRole/r1")])
    wire.get("/PractitionerRole").respond(json=bundle(ROLE))
    wire.get("/Schedule").respond(json=bundle(by_role))
    wire.get("/Slot").respond(json=bundle(slot("a"), beside=[by_role]))
    narrowings: list[tuple[dict[str, Any], str]] = [
        ({"departments": ("c1",)}, "HealthcareService/c1,PractitionerRole/r1"),
        ({"practitioner": "d1"}, "Practitioner/d1,PractitionerRole/r1"),
        ({"departments": ("c1",), "practitioner": "d1"}, "Practitioner/d1,PractitionerRole/r1"),
    ]
    for narrow, actors in narrowings:
        (found,) = await free(hospital, **narrow)
        assert (found.ref, found.brought_schedule) == (ref("a"), None)
        assert sent(wire, -2)["actor"] == [actors]
    schedules = await hospital.schedules([ref("s1")])
    assert (schedules[ref("s1")].practitioner, schedules[ref("s1")].department) == (ref("d1"), ref("c1"))


async def test_nobodys_slots_are_not_asked_for(hospital: FhirConnector, wire: respx.Router) -> None:
    """A department without schedules has no slots; a server without roles is not at fault."""
    wire.get("/Schedule").respond(json=bundle())
    wire.get("/PractitionerRole").respond(404, json=outcome("not-supported"))
    assert await free(hospital, departments=("c9",)) == []
    assert paths(wire) == ["PractitionerRole", "Schedule"]


async def test_an_answer_does_not_depend_on_what_is_asked_beside_it(
    hospital: FhirConnector, wire: respx.Router
) -> None:
    """A department that keeps one schedule itself and one by a role has both, alone or beside another."""
    kept = {
        "HealthcareService/c1": resource("Schedule", "s1", actor=[to("HealthcareService/c1")]),
        "PractitionerRole/r1": resource("Schedule", "s2", actor=[to("PractitionerRole/r1")]),
    }

    def by_actor(request: httpx.Request) -> httpx.Response:
        asked = request.url.params["actor"].split(",")
        return httpx.Response(200, json=bundle(*(each for actor, each in kept.items() if actor in asked)))

    wire.get("/PractitionerRole").respond(json=bundle(ROLE))
    wire.get("/Schedule").mock(side_effect=by_actor)
    wire.get("/Slot").respond(json=bundle(slot("a"), slot("b", "09:00", "s2")))
    alone = SlotsKey(day=TOMORROW, count=9, departments=("c1",))
    other = SlotsKey(day=TOMORROW, count=9, departments=("c9",))
    assert ids((await hospital.slots([alone]))[alone]) == ["a", "b"]
    together = await hospital.slots([alone, other])
    assert (ids(together[alone]), ids(together[other])) == (["a", "b"], [])
    assert paths(wire) == ["PractitionerRole", "Schedule", "Slot"] * 2


async def test_a_week_of_slots_asks_for_schedules_once(hospital: FhirConnector, wire: respx.Router) -> None:
    """Whose schedules they are is the same on every day: seven searches for slots, and two besides."""
    wire.get("/PractitionerRole").respond(json=bundle(ROLE))
    wire.get("/Schedule").respond(json=bundle(SCHEDULE))
    wire.get("/Slot").respond(json=bundle(slot("a")))
    week = [SlotsKey(day=TOMORROW + timedelta(days=n), count=9, departments=("c1",)) for n in range(7)]
    found = await hospital.slots(week)
    assert [ids(found[key]) for key in week] == [["a"], [], [], [], [], [], []]
    assert paths(wire) == ["PractitionerRole", "Schedule", *["Slot"] * 7]


async def test_questions_of_several_departments_share_their_searches(
    hospital: FhirConnector, wire: respx.Router
) -> None:
    """Three calls, and to each its own."""
    wire.get("/PractitionerRole").respond(json=bundle())
    wire.get("/Schedule").respond(
        json=bundle(SCHEDULE, resource("Schedule", "s2", actor=[to("HealthcareService/c2")]))
    )
    wire.get("/Slot").respond(json=bundle(slot("a"), slot("b", schedule="s2"), slot("c", "09:00")))
    keys = [SlotsKey(day=TOMORROW, count=1, departments=(key,)) for key in ("c1", "c2")]
    found = await hospital.slots(keys)
    assert [ids(found[key]) for key in keys] == [["a"], ["b"]]
    assert paths(wire) == ["PractitionerRole", "Schedule", "Slot"]


# References, instants and words


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Schedule/s1", "s1"),
        ("Schedule/s1/_history/3", "s1"),
        (f"{BASE}/Schedule/s1", "s1"),
        ("http://elsewhere.test/fhir/Schedule/s1", None),
        ("urn:uuid:7b1f0c1e-0000-4000-8000-000000000000", None),
        ("#contained", None),
        ("Location/s1", None),
        ("Schedule/", None),
    ],
)
async def test_references(
    hospital: FhirConnector, wire: respx.Router, reference: str, expected: str | None
) -> None:
    """Relative, versioned or absolute at the server's own base; what leads elsewhere leads nowhere."""
    answer = bundle(slot("a", schedule="x") | {"schedule": to(reference)})
    answer["entry"][0]["fullUrl"] = f"{BASE}/Slot/a"
    wire.get("/Slot").respond(json=answer)
    (found,) = await free(hospital)
    assert found.schedule == (ref(expected) if expected else None)


async def test_a_reference_that_is_only_an_identifier(hospital: FhirConnector, wire: respx.Router) -> None:
    """A logical reference names no resource of the server's."""
    service = SERVICE | {"providedBy": {"identifier": {"value": "44030700001"}, "display": "某医院"}}
    wire.get("/HealthcareService").respond(json=bundle(service))
    ((found,),) = (await hospital.departments([None])).values()
    assert found.hospital is None


async def test_instants_in_utc(hospital: FhirConnector, wire: respx.Router) -> None:
    """`Z`, offsets and fractions are brought to +08:00."""
    wire.get("/Slot").respond(
        json=bundle(
            slot("a")
            | {
                "start": "2026-11-25T00:00:00.000Z",
                "end": "2026-11-25T09:30:00.5+09:00",
                "status": "busy-tentative",
                "meta": {"lastUpdated": "2026-11-23T23:51:00Z"},
                "serviceType": [{"coding": [{"code": "x", "display": "专家门诊"}]}],
                "specialty": [{"text": "内科"}],
            }
        )
    )
    found = (await hospital.slots_by_ref([ref("a")]))[ref("a")]
    assert found.start.isoformat() == "2026-11-25T08:00:00+08:00"
    assert found.end.isoformat() == "2026-11-25T08:30:00.500000+08:00"
    assert found.status is AppointmentSlotStatus.BUSY_TENTATIVE
    assert (found.service_type, found.specialty) == ("专家门诊", "内科")


async def test_a_slot_that_ends_with_the_calendar(hospital: FhirConnector, wire: respx.Router) -> None:
    """What means "for ever" lies beyond the calendar at +08:00: such a slot is shown as any other."""
    wire.get("/Slot").respond(
        json=bundle(slot("a", end="9999-12-31T23:59:59Z"), slot("b") | {"start": "9999-12-31T23:59:59Z"})
    )
    (found,) = await free(hospital)
    assert (found.ref, found.end.isoformat()) == (ref("a"), "9999-12-31T23:59:59+08:00")


@pytest.mark.parametrize(
    ("put_together", "expected"),
    [
        ("2026-11-24T01:59:00Z", "2026-11-24T09:59:00+08:00"),
        ("2026-11-24T02:00:09Z", "2026-11-24T10:00:00+08:00"),
        (None, "2026-11-24T10:00:00+08:00"),
    ],
)
async def test_as_of(
    hospital: FhirConnector, wire: respx.Router, put_together: str | None, expected: str
) -> None:
    """When the server put the answer together, at the latest now; not when the resource last changed."""
    changed = {"lastUpdated": "2026-10-15T02:21:00Z"}
    meta: dict[str, Any] = {"meta": {"lastUpdated": put_together}} if put_together else {}
    wire.get("/Slot").respond(
        json=bundle(slot("a", meta=changed), beside=[SCHEDULE | {"meta": changed}], **meta)
    )
    (found,) = await free(hospital)
    assert found.brought_schedule is not None
    assert [each.as_of.isoformat() for each in (found, found.brought_schedule)] == [expected] * 2


async def test_as_of_what_two_answers_make(hospital: FhirConnector, wire: respx.Router) -> None:
    """A hospital and its campus were both true when the earlier of the two answers was put together."""
    wire.get("/Organization").respond(
        json=bundle(
            resource("Organization", "o1", name="某医院"), meta={"lastUpdated": "2026-11-24T09:58:00+08:00"}
        )
    )
    wire.get("/Location").respond(json=bundle(site("a"), meta={"lastUpdated": "2026-11-24T09:57:00+08:00"}))
    ((found,),) = (await hospital.hospitals([None])).values()
    assert found.as_of.isoformat() == "2026-11-24T09:57:00+08:00"


async def test_what_was_entered_in_error_is_not_there(hospital: FhirConnector, wire: respx.Router) -> None:
    """By its id neither."""
    wire.get("/Slot").respond(json=bundle(slot("a", status="entered-in-error"), slot("b", status="busy")))
    assert (await hospital.slots_by_ref([ref("a"), ref("b")])).keys() == {ref("b")}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([{"text": "张伟", "family": "张", "given": ["伟"]}], "张伟"),
        ([{"family": "张", "given": ["伟"]}], "张伟"),
        ([{"family": "欧阳", "given": ["若", "曦"]}], "欧阳若曦"),
        ([{"family": "Smith", "given": ["Anna", "Li"]}], "Anna Li Smith"),
        ([{"given": ["伟", None]}], "伟"),
        ([{"use": "usual", "text": "小张"}, {"use": "official", "family": "张", "given": ["伟"]}], "张伟"),
        ([{"use": "old", "text": "张三"}, {"text": "张伟"}], "张伟"),
        ([{"use": "official"}, {"use": "nickname", "text": "张医生"}], "张医生"),
        ([{"use": "old", "text": "张三"}], None),
        ([], None),
    ],
)
async def test_names(
    hospital: FhirConnector, wire: respx.Router, names: list[dict[str, Any]], expected: str | None
) -> None:
    """The text, else the parts, surname first in Chinese; a doctor whom nothing names is not shown."""
    wire.get("/Practitioner").respond(json=bundle(DOCTOR | {"name": names}, beside=[ROLE]))
    found = await hospital.practitioners([ref("d1")])
    assert [doctor.name for doctor in found.values()] == ([expected] if expected else [])


async def test_who_has_left(hospital: FhirConnector, wire: respx.Router) -> None:
    """A practitioner who is not active is not found, nor brought by a slot, whatever the roles say."""
    left = DOCTOR | {"active": False}
    wire.get("/Practitioner").respond(json=bundle(left, beside=[ROLE]))
    wire.get("/Slot").respond(json=bundle(slot("a"), beside=[SCHEDULE, left, ROLE, SERVICE]))
    assert await hospital.practitioners([ref("d1")]) == {}
    (found,) = await free(hospital)
    assert (found.brought_practitioner, found.brought_department is None) == (None, False)


async def test_titles(hospital: FhirConnector, wire: respx.Router) -> None:
    """From a role that has not ended, else from the qualification."""
    ended = ROLE | {"id": "r0", "active": False, "code": [{"text": "院长"}]}
    qualified = DOCTOR | {"qualification": [{"code": {"coding": [{"display": "医师"}]}}]}
    wire.get("/Practitioner").respond(json=bundle(qualified, beside=[ended, ROLE]))
    assert (await hospital.practitioners([ref("d1")]))[ref("d1")].title == "主任医师"
    wire.get("/Practitioner").respond(json=bundle(qualified, beside=[ended]))
    found = (await hospital.practitioners([ref("d1")]))[ref("d1")]
    assert (found.title, found.hospital, found.departments) == ("医师", None, ())


async def test_departments(hospital: FhirConnector, wire: respx.Router) -> None:
    """What is closed is not shown; names may be the specialty's or the type's; odd times are left out."""
    translation = {
        "url": "http://hl7.org/fhir/StructureDefinition/translation",
        "extension": [{"url": "lang", "valueCode": "en-GB"}, {"url": "content", "valueString": "Clinic"}],
    }
    hours = [
        {"daysOfWeek": ["tue", "mon"], "availableStartTime": "08:30:00", "availableEndTime": "12:00:00"},
        {"allDay": True},
        {"availableEndTime": "17:30:00"},
        {"daysOfWeek": ["sun"]},
        {"daysOfWeek": ["sun"], "availableStartTime": "8:30", "availableEndTime": "12:00"},
        {"daysOfWeek": ["Sunday"], "availableStartTime": "08:30:00"},
        None,
    ]
    closed = [
        {"description": "元旦", "during": {"start": "2027-01-01", "end": "2027-01-02"}},
        {"description": "装修", "during": {"start": "2027-02", "end": "2028"}},
        {
            "description": "会议",
            "during": {"start": "2026-12-01T06:00:00Z", "end": "2026-12-01T16:00:00+08:00"},
        },
        {"description": "停办", "during": {"start": "2027-12-31", "end": "9999-12-31"}},
        {"description": "另行通知"},
        {"during": {"start": "2027-01-01"}},
        {"description": "春节", "during": {"start": "正月初一"}},
        {"description": "春节", "during": {"end": "2027-02-30"}},
    ]
    wire.get("/HealthcareService").respond(
        json=bundle(
            SERVICE
            | {
                "_name": {"extension": [{"url": "http://other.test"}, translation]},
                "extraDetails": "门诊楼二楼",
                "telecom": [
                    {"system": "email", "value": "a@b.test"},
                    {"system": "phone", "use": "old", "value": "1"},
                    {"system": "phone", "value": "0755-1"},
                ],
                "availableTime": hours,
                "notAvailable": closed,
                "location": [to("Location/l1") | {"display": "门诊楼"}, to("Location/l2")],
            },
            resource("HealthcareService", "c2", active=False, name="旧门诊"),
            resource("HealthcareService", "c3", specialty=[{"coding": [{"code": "x"}]}, {"text": "骨科"}]),
            resource("HealthcareService", "c4", type=[{"coding": [{"display": "急诊"}]}]),
            resource("HealthcareService", "c5"),
        )
    )
    first, *others = (await hospital.departments([None]))[None]
    assert first == DepartmentRecord(
        ref=ref("c1"),
        as_of=NOW,
        name="内科门诊",
        name_en="Clinic",
        description="门诊楼二楼",
        phone="0755-1",
        available_times=(
            OpeningHours(days=(Weekday.MONDAY, Weekday.TUESDAY), opens=time(8, 30), closes=time(12)),
            OpeningHours(days=WEEK, opens=time(0), closes=time(0)),
            OpeningHours(days=WEEK, opens=time(0), closes=time(17, 30)),
        ),
        closures=(
            Closure(description="元旦", start=china(2027, 1, 1), end=china(2027, 1, 3)),
            Closure(description="装修", start=china(2027, 2, 1), end=china(2029, 1, 1)),
            Closure(description="会议", start=china(2026, 12, 1, 14), end=china(2026, 12, 1, 16)),
            Closure(description="停办", start=china(2027, 12, 31)),
            Closure(description="另行通知"),
        ),
        locations=("门诊楼",),
        hospital=ref("o1"),
    )
    assert [department.name for department in others] == ["骨科", "急诊"]
    by_ref = await hospital.departments_by_ref([ref(f"c{n}") for n in range(1, 6)])
    assert by_ref == {record.ref: record for record in (first, *others)}


async def test_staff(hospital: FhirConnector, wire: respx.Router) -> None:
    """All departments in one search; who has left, or never was there, is not among them."""
    roles = [
        ROLE | {"id": "r2", "practitioner": to("Practitioner/d2")},
        ROLE,
        ROLE | {"id": "r3", "active": False, "practitioner": to("Practitioner/d3")},
        ROLE | {"id": "r4", "practitioner": {"display": "外聘专家"}},
        ROLE | {"id": "r5", "healthcareService": [to("HealthcareService/c1"), to("HealthcareService/c2")]},
    ]
    wire.get("/PractitionerRole").respond(json=bundle(*roles))
    assert await hospital.staff([ref("c1"), ref("c2"), ref("c3")]) == {
        ref("c1"): (ref("d1"), ref("d2")),
        ref("c2"): (ref("d1"),),
        ref("c3"): (),
    }
    assert sent(wire)["service"] == ["HealthcareService/c1,HealthcareService/c2,HealthcareService/c3"]


def site(key: str, kind: str = "si", **fields: Any) -> dict[str, Any]:
    physical = {"coding": [{"system": f"{HL7}location-physical-type", "code": kind}]}
    return (
        resource("Location", key, name=key, physicalType=physical, managingOrganization=to("Organization/o1"))
        | fields
    )


async def test_hospitals(hospital: FhirConnector, wire: respx.Router) -> None:
    """Organizations that are part of no other; the main campus stands where the Organization does."""
    parts = {"state": "广东省", "city": "深圳市", "district": "龙岗区", "line": ["大道1号", "B座"]}
    wire.get("/Organization").respond(
        json=bundle(
            resource("Organization", "o1", name="某医院", alias=["某院", "Some Hospital"], address=[parts]),
            resource("Organization", "o2", name="某医院内科", partOf=to("Organization/o1")),
            resource("Organization", "o3", name="旧医院", active=False),
            resource("Organization", "o4", name="诊所"),
            resource("Organization", "o5"),
        )
    )
    wire.get("/Location").respond(
        json=bundle(
            site("a", address={"text": "分院路2号"}, position={"latitude": 22.7, "longitude": 114.2}),
            site("b", address=parts, telecom=[{"system": "phone", "value": "0755-2"}]),
            site("c", status="inactive"),
            site("d", kind="bu"),
            site("e", managingOrganization=to("Organization/o9")),
            site("f", partOf=to("Location/a")),
        )
    )
    first, second = (await hospital.hospitals([None]))[None]
    address = "广东省深圳市龙岗区大道1号B座"
    assert (first.ref, first.name, first.name_en) == (ref("o1"), "某医院", "Some Hospital")
    assert (first.address, first.phone, first.position) == (address, "0755-2", None)
    assert first.campuses == (
        Campus(name="b", address=address, phone="0755-2"),
        Campus(name="a", address="分院路2号", position=Position(lat=22.7, lng=114.2)),
    )
    assert (second.name, second.position, second.campuses) == ("诊所", None, ())
    assert sent(wire, paths(wire).index("Organization"))["type"] == [f"{HL7}organization-type|prov"]
    assert sent(wire, paths(wire).index("Location")) == {
        "type": [f"{HL7}v3-RoleCode|HOSP"],
        "_count": ["200"],
    }
    # The clinic shows no campus by its type: all that it manages is read.
    assert sent(wire) == {"organization": ["Organization/o4"], "_count": ["200"]}
    assert len(wire.calls) == 3


@pytest.mark.parametrize("by_ref", [False, True])
@pytest.mark.parametrize("campuses", [None, ""])
async def test_campuses_without_a_type(
    connect: Connect, wire: respx.Router, campuses: str | None, by_ref: bool
) -> None:
    """Then they are told from all Locations of the hospital, at once where an option says so."""
    options = {} if campuses is None else {"campuses": campuses}
    hospital: FhirConnector = await connect(CONNECTOR, options, id="h")
    wire.get("/Organization").respond(json=bundle(resource("Organization", "o1", name="某医院")))
    wire.get("/Location", params={"type": f"{HL7}v3-RoleCode|HOSP"}).respond(json=bundle())
    wire.get("/Location", params={"organization": "Organization/o1"}).respond(
        json=bundle(
            bed("b", "w", "U"),
            site("w", "wa", partOf=to("Location/a")),
            site("a", position={"latitude": 22.7, "longitude": 114.2}),
        )
    )
    ask = hospital.hospitals_by_ref([ref("o1")]) if by_ref else hospital.hospitals([None])
    (found,) = (await ask).values()
    record = found[0] if isinstance(found, list) else found
    assert isinstance(record, HospitalRecord)
    assert (record.name, record.position) == ("某医院", Position(lat=22.7, lng=114.2))
    assert [campus.name for campus in record.campuses] == ["a"]
    assert paths(wire).count("Location") == (2 if campuses is None else 1)


async def test_no_modifier_that_servers_refuse(hospital: FhirConnector, wire: respx.Router) -> None:
    """HAPI answers `:missing` with 405, or with an empty set: campuses come without it."""

    def locations(request: httpx.Request) -> httpx.Response:
        if any(":missing" in name for name in request.url.params):
            return httpx.Response(405, json=outcome("not-supported"))
        return httpx.Response(200, json=bundle(site("a", position={"latitude": 22.7, "longitude": 114.2})))

    wire.get("/Organization").respond(json=bundle(resource("Organization", "o1", name="某医院")))
    wire.get("/Location").mock(side_effect=locations)
    ((listed,),) = (await hospital.hospitals([None])).values()
    (by_ref,) = (await hospital.hospitals_by_ref([ref("o1")])).values()
    for found in (listed, by_ref):
        assert found.position == Position(lat=22.7, lng=114.2)
        assert [campus.name for campus in found.campuses] == ["a"]
    assert len(wire.calls) == 4


async def test_what_is_no_hospital(hospital: FhirConnector, wire: respx.Router) -> None:
    """By its id a hospital is what the list has: a department, a closed and a nameless one are not found."""
    wire.get("/Organization").respond(
        json=bundle(
            resource("Organization", "o1", name="某医院"),
            resource("Organization", "o2", name="某医院内科", partOf=to("Organization/o1")),
            resource("Organization", "o3", name="旧医院", active=False),
            resource("Organization", "o4"),
        )
    )
    wire.get("/Location").respond(json=bundle(site("a")))
    found = await hospital.hospitals_by_ref([ref(f"o{n}") for n in range(1, 5)])
    assert found.keys() == {ref("o1")}
    assert sent(wire, paths(wire).index("Organization")) == {
        "_id": ["o1,o2,o3,o4"],
        "type": [f"{HL7}organization-type|prov"],
        "_count": ["4"],
    }


async def test_a_hospital_without_locations(hospital: FhirConnector, wire: respx.Router) -> None:
    """A server that does not serve Location still has its hospital."""
    wire.get("/Organization").respond(json=bundle(resource("Organization", "o1", name="某医院")))
    wire.get("/Location").respond(404, json=outcome("not-supported"))
    found = await hospital.hospitals_by_ref([ref("o1")])
    assert (found[ref("o1")].name, found[ref("o1")].position) == ("某医院", None)


@pytest.mark.parametrize("status", [400, 405, 422, 501])
async def test_a_refused_parameter_is_no_missing_type(
    hospital: FhirConnector, wire: respx.Router, status: int
) -> None:
    """A hospital is not shown without its campuses because a server did not like how they were asked for."""
    wire.get("/Organization").respond(json=bundle(resource("Organization", "o1", name="某医院")))
    wire.get("/Location").respond(status, json=outcome("not-supported"))
    for ask in (hospital.hospitals([None]), hospital.hospitals_by_ref([ref("o1")])):
        with pytest.raises(StatusError) as caught:
            await ask
        assert caught.value.status == status


# Wards


def bed(key: str, within: str, state: str | None, **fields: Any) -> dict[str, Any]:
    status = {"operationalStatus": {"system": f"{HL7}v2-0116", "code": state}} if state else {}
    return site(key, "bd", partOf=to(f"Location/{within}")) | status | fields


async def test_beds_of_many_wards(hospital: FhirConnector, wire: respx.Router) -> None:
    """One search for all wards, one for rooms; beds suspended or of unknown state are not free."""
    wire.get("/Location", params={"partof": "Location/w1,Location/w2,Location/w3"}).respond(
        json=bundle(
            site("room", "ro", partOf=to("Location/w1")),
            bed("b1", "w1", "O", meta={"lastUpdated": "2026-11-24T01:00:00Z"}),
            bed("b2", "w1", "U", meta={"lastUpdated": "2026-11-24T01:30:00Z"}),
            bed("b3", "w1", "U", status="inactive"),
            bed("b4", "w2", "U", status="suspended"),
            bed("b8", "w2", "O", status="suspended"),
            bed("b9", "w2", None),
            bed("b5", "elsewhere", "U"),
        )
    )
    wire.get("/Location", params={"partof": "Location/room"}).respond(
        json=bundle(bed("b6", "room", "U"), bed("b7", "room", "X"))
    )
    assert await hospital.beds([ref("w1"), ref("w2"), ref("w3")]) == {
        ref("w1"): WardBeds(
            ref=ref("w1"),
            as_of=NOW,
            changed_at=datetime.fromisoformat("2026-11-24T09:30:00+08:00"),
            total=4,
            free=2,
            occupied=1,
            other=1,
        ),
        ref("w2"): WardBeds(ref=ref("w2"), as_of=NOW, total=3, free=0, occupied=1, other=2),
    }
    assert len(wire.calls) == 2


async def test_wards(connect: Connect, wire: respx.Router) -> None:
    """By physicalType, for R4 cannot search for it; the tokens are the source's options."""
    wire.get("/Location").respond(
        json=bundle(
            site("w1", "wa", type=[{"coding": [{"system": "urn:care", "code": "NC"}]}], description="24小时"),
            site("w2", "wa", type=[{"coding": [{"system": "urn:other", "code": "NC"}]}]),
            site("w3", "wa", status="inactive"),
            site("building", "bu"),
            resource("Location", "bare"),
        )
    )
    hospital: FhirConnector = await connect(CONNECTOR, {"wards": "", "unaccompanied": "urn:care|NC"}, id="h")
    first, second = (await hospital.wards([None]))[None]
    assert (first.name, first.unaccompanied, first.description, first.hospital) == (
        "w1",
        True,
        "24小时",
        ref("o1"),
    )
    assert second.unaccompanied is False
    assert sent(wire) == {"_count": ["200"]}
    bare: FhirConnector = await connect(CONNECTOR, {"unaccompanied": "NC"}, id="h")
    assert [ward.unaccompanied for ward in (await bare.wards([None]))[None]] == [True, True]
    assert sent(wire)["type"] == [f"{HL7}v3-RoleCode|HU"]
    assert (await bare.wards_by_ref([ref("building"), ref("w1"), ref("w3")])).keys() == {ref("w1")}


# Faults


async def test_one_resource_that_breaks_the_standard(hospital: FhirConnector, wire: respx.Router) -> None:
    """It is left out and logged without what it holds; the others are there."""
    wire.get("/Slot").respond(
        json=bundle(
            slot("a"),
            resource("Slot", "b", status="free", comment="患者张三"),
            slot("c", status="perhaps"),
            slot("not an id"),
            slot("d", "09:00"),
        )
    )
    with capture_logs() as logs:
        assert ids(await free(hospital)) == ["a", "d"]
    assert logs == [
        {"event": "resources skipped", "log_level": "warning", "source": "h", "type": "Slot", "count": 3}
    ]


@pytest.mark.parametrize(
    ("bad", "skipped"),
    [
        ({"resource": {"id": "x"}}, [("Resource", 1)]),
        ({"resource": 42}, [("Resource", 1)]),
        ({"resource": None}, []),
        ({"fullUrl": None, "search": {"mode": "match"}}, []),
    ],
)
async def test_an_entry_that_holds_no_resource(
    hospital: FhirConnector, wire: respx.Router, bad: dict[str, Any], skipped: list[tuple[str, int]]
) -> None:
    """It is passed over, and logged where it should have been one; the others are there."""
    answer = bundle(slot("a"), slot("b", "09:00"))
    answer["entry"].insert(1, bad)
    wire.get("/Slot").respond(json=answer)
    with capture_logs() as logs:
        assert ids(await free(hospital)) == ["a", "b"]
    assert [(log["type"], log["count"]) for log in logs] == skipped


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b"[]",
        b'{"resourceType": "OperationOutcome", "issue": []}',
        b'{"resourceType": "Bundle", "type": "history"}',
        b'{"resourceType": "Bundle"}',
        b'{"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": {"id": "a"}}]}',
        b'{"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": {"resourceType": "Slot"}}]}',
    ],
)
async def test_an_answer_that_breaks_the_standard(
    hospital: FhirConnector, wire: respx.Router, body: bytes
) -> None:
    """No searchset, or not one readable slot in it: a fault, and not a day without slots."""
    wire.get("/Slot").respond(content=body)
    with pytest.raises(SourceError) as caught:
        await free(hospital)
    assert caught.value.code is Code.SOURCE_MALFORMED


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, Code.SOURCE_REJECTED),
        (401, Code.SOURCE_REJECTED),
        (404, Code.SOURCE_REJECTED),
        (410, Code.SOURCE_REJECTED),
        (500, Code.SOURCE_UNAVAILABLE),
    ],
)
async def test_what_an_operation_outcome_says_stays_with_us(
    hospital: FhirConnector, wire: respx.Router, status: int, code: Code
) -> None:
    """A server's diagnostics name its tables and hosts: neither message nor detail repeats them."""
    wire.get("/Slot").mock(return_value=httpx.Response(status, json=outcome()))
    with pytest.raises(SourceError) as caught:
        await free(hospital)
    assert caught.value.code is code
    assert "SQL" not in f"{caught.value} {caught.value.detail} {caught.value.extensions}"
