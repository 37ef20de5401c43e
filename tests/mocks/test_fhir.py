"""The district hospitals: FHIR R4 reading, searching, paging and booking, quirks included."""

import asyncio
import base64
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class

from mocks.fhir.profile import PROFILES
from mocks.fhir.store import TYPES, Store
from mocks.server import RunningMocks
from mocks.world import Clock, World
from mocks.world.hospitals import PLANS

Hospital = Callable[..., Awaitable[httpx.AsyncClient]]
UNACCOMPANIED = "urn:longgang:ward-care|unaccompanied"
RESIDENT = {"actor": {"identifier": {"system": "urn:resident", "value": "R1"}}, "status": "accepted"}


@pytest.fixture
def hospital(mocks: RunningMocks, http: httpx.AsyncClient) -> Hospital:
    """A client of one hospital's FHIR server that carries its credentials."""

    async def connected(name: str = "hospital-central") -> httpx.AsyncClient:
        http.headers.pop("authorization", None)
        if name == "hospital-third":
            pair = base64.b64encode(f"{name}:password-of-{name}".encode()).decode()
            http.headers["authorization"] = f"Basic {pair}"
        elif name == "hospital-maternity":
            http.headers["x-api-key"] = f"key-of-{name}"
        else:
            answer = await http.post(
                f"{mocks.url}/{name}/oauth/token",
                data={"grant_type": "client_credentials"},
                auth=(name, f"secret-of-{name}"),
            )
            http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        http.base_url = httpx.URL(f"{mocks.url}/{name}/fhir")
        return http

    return connected


def matches(bundle: dict[str, Any], mode: str = "match") -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle.get("entry", []) if entry["search"]["mode"] == mode]


def complaint(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.json()["resourceType"] == "OperationOutcome"
    return answer.status_code, answer.json()["issue"][0]["code"]


async def free_slot(client: httpx.AsyncClient, day: str, skip: int = 0) -> dict[str, Any]:
    """A free slot of `day`, read alone so that its version is certain."""
    query = {"status": "free", "start": day, "_count": "15"}
    return matches((await client.get("/Slot", params=query)).json())[skip]


def wish(slot: dict[str, Any], reference: str) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "identifier": [{"system": "urn:gateway", "value": reference}],
        "status": "proposed",
        "slot": [{"reference": f"Slot/{slot['id']}"}],
        "participant": [RESIDENT],
    }


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.id)
def test_every_resource_is_valid_r4(profile: Any) -> None:
    """An independent model accepts every directory resource and every twentieth slot of each hospital."""
    world = World(7, Clock.frozen(World().clock.now()))
    store = Store(world, profile.id, profile.utc)
    for kind in TYPES:
        model = get_fhir_model_class(kind)
        for resource in list(store.all(kind).values())[:: 20 if kind == "Slot" else 1]:
            model.model_validate(resource)


def test_the_world_has_the_size_that_was_promised(running_mocks: RunningMocks) -> None:
    """32 wards without family at the bedside, and tens of thousands of slots, the same each time."""
    hospitals = running_mocks.world.hospitals
    assert sum(ward.unaccompanied for h in hospitals.values() for ward in h.wards) == 32
    assert [len(h.wards) for h in hospitals.values()] == [14, 12, 10, 9, 9]
    assert [len(h.departments) for h in hospitals.values()] == [16, 15, 13, 12, 8]
    assert sum(len(ward.beds) for h in hospitals.values() for ward in h.wards) == 1726
    clock = Clock.frozen(running_mocks.world.clock.now())
    stores = [Store(World(7, clock), profile.id, profile.utc) for profile in PROFILES]
    assert [len(store.all("Slot")) for store in stores] == [10036, 8328, 7426, 5670, 3854]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.id)
async def test_each_hospital_has_its_own_way_in(mocks: RunningMocks, hospital: Hospital, plan: Any) -> None:
    """Metadata is open, all else wants OAuth2, Basic or a key, and the refusal is an OperationOutcome."""
    url = f"{mocks.url}/{plan.id}/fhir"
    async with httpx.AsyncClient() as stranger:
        capability = (await stranger.get(f"{url}/metadata")).json()
        get_fhir_model_class("CapabilityStatement").model_validate(capability)
        assert capability["implementation"]["url"] == url
        assert complaint(await stranger.get(f"{url}/Organization")) == (401, "login")
    found = matches((await (await hospital(plan.id)).get("/Organization")).json())
    assert [organization["name"] for organization in found] == [plan.name]


async def test_smart_configuration_names_the_token_endpoint(
    mocks: RunningMocks, http: httpx.AsyncClient
) -> None:
    """It stands beside the FHIR base; the hospital without OAuth has none."""
    base = f"{mocks.url}/hospital-people"
    found = await http.get(f"{base}/fhir/.well-known/smart-configuration")
    assert found.json()["token_endpoint"] == f"{base}/oauth/token"
    missing = await http.get(f"{mocks.url}/hospital-third/fhir/.well-known/smart-configuration")
    assert missing.status_code == 404


async def test_reading_tells_versions_and_what_is_gone(hospital: Hospital) -> None:
    """An ETag to compare with, 304 for what is known, 404 for the unknown, 410 for a doctor who left."""
    client = await hospital()
    ward = await client.get("/Location/ward-01")
    assert ward.headers["etag"] == 'W/"1"'
    assert ward.json()["name"] == "呼吸内科一病区"
    assert ward.json()["type"][1]["coding"][0]["display"] == "无陪护病区"
    assert (await client.get("/Location/ward-01", headers={"if-none-match": 'W/"1"'})).status_code == 304
    assert complaint(await client.get("/Location/ward-99")) == (404, "not-found")
    assert complaint(await client.get("/Practitioner/doctor-017")) == (410, "deleted")
    assert complaint(await client.get("/Patient/1")) == (404, "not-supported")
    assert complaint(await client.delete("/Location/ward-01")) == (405, "not-supported")
    assert complaint(await client.get("/Location", headers={"accept": "application/fhir+xml"}))[0] == 406


async def test_a_department_speaks_chinese_and_english(hospital: Hospital) -> None:
    """The name is translated by extension; the specialty is coded nationally and in SNOMED CT."""
    department = (await (await hospital()).get("/HealthcareService/dept-0304")).json()
    assert department["name"] == "心血管内科门诊"
    assert department["_name"]["extension"][0]["extension"][1]["valueString"] == "Cardiology Clinic"
    assert [c["code"] for c in department["specialty"][0]["coding"]] == ["03.04", "394579002"]
    assert department["appointmentRequired"] is True
    assert department["availableTime"][0]["availableStartTime"] == "08:00:00"
    lost = (await (await hospital("hospital-people")).get("/HealthcareService/dept-12")).json()
    assert "location" not in lost  # nobody ever recorded where the dentists sit


async def test_wards_and_their_beds(hospital: Hospital) -> None:
    """Beds lie in wards and tell their state as v2-0116 codes; comma means or, repetition means and."""
    client = await hospital("hospital-second")
    wards = (await client.get("/Location", params={"type": UNACCOMPANIED})).json()
    assert (wards["total"], matches(wards)[0]["id"]) == (6, "ward-01")
    beds = {"partof": "Location/ward-01", "_count": "50"}
    states = [
        b["operationalStatus"]["code"] for b in matches((await client.get("/Location", params=beds)).json())
    ]
    assert Counter(states) == {"O": 29, "U": 5, "H": 2, "C": 1, "K": 1}
    ready = (await client.get("/Location", params=beds | {"operational-status": "U,H"})).json()
    assert ready["total"] == 7
    both = await client.get("/Location?partof=ward-01&operational-status=U&operational-status=H")
    assert both.json()["total"] == 0
    counted = (await client.get("/Location", params=beds | {"_summary": "count"})).json()
    assert (counted["total"], "entry" in counted) == (38, False)


async def test_what_is_missing_is_not_indexed_everywhere(hospital: Hospital) -> None:
    """`:missing` finds campuses at one hospital and is refused by another; their type finds them at both."""
    missing, by_type = "/Location?partof:missing=true", "/Location?type=HOSP"
    indexed = await hospital("hospital-maternity")
    for query in (missing, by_type):
        found = matches((await indexed.get(query)).json())
        assert [location["id"] for location in found] == ["campus-1", "campus-2"]
    refusing = await hospital("hospital-people")
    assert complaint(await refusing.get(missing)) == (405, "not-supported")
    assert len(matches((await refusing.get(by_type)).json())) == 2


async def test_near_finds_places_and_tells_how_far(hospital: Hospital) -> None:
    """Only locations with a position can be near; the distance comes as an extension."""
    near = {"near": "22.6071|114.123|1|km"}
    bundle = (await (await hospital("hospital-second")).get("/Location", params=near)).json()
    assert [location["id"] for location in matches(bundle)] == ["campus-1", "building-1a"]
    distance = bundle["entry"][0]["search"]["extension"][0]
    assert distance["url"].endswith("/location-distance")
    assert (distance["valueDistance"]["value"], distance["valueDistance"]["unit"]) == (4, "m")
    assert (await (await hospital()).get("/Location", params=near)).json()["total"] == 0


async def test_slots_by_schedule_time_and_status(hospital: Hospital) -> None:
    """The usual question: one doctor's free times on one day, with the schedule and doctor beside them."""
    client = await hospital()
    query = {
        "schedule": "Schedule/schedule-002-0301",
        "start": ["ge2026-11-30T00:00:00+08:00", "lt2026-12-05"],
        "status": "free",
        "_sort": "-start",
        "_include": "Slot:schedule",
        "_include:iterate": "Schedule:actor:Practitioner",
    }
    bundle = (await client.get("/Slot", params=query)).json()
    get_fhir_model_class("Bundle").model_validate(bundle)
    starts = [slot["start"] for slot in matches(bundle)]
    assert len(starts) == bundle["total"] > 0
    assert starts == sorted(starts, reverse=True)
    assert {slot["status"] for slot in matches(bundle)} == {"free"}
    assert [f"{r['resourceType']}/{r['id']}" for r in matches(bundle, "include")] == [
        "Schedule/schedule-002-0301",
        "Practitioner/doctor-002",
    ]
    assert complaint(await client.get("/Slot?start=ge2026-11-30T00:00:00+08:00"))[0] == 400  # an unescaped +


async def test_post_search_takes_a_form(hospital: Hospital) -> None:
    """A long list of ids goes into the body; the self link is what a GET would have been."""
    client = await hospital()
    form = {"_id": "dept-02,dept-0301,dept-9999", "_elements": "name"}
    bundle = (await client.post("/HealthcareService/_search", data=form)).json()
    assert [r["name"] for r in matches(bundle)] == ["全科医学科门诊", "呼吸内科门诊"]
    assert "specialty" not in matches(bundle)[0]
    assert bundle["link"][0]["url"].endswith("?_id=dept-02%2Cdept-0301%2Cdept-9999&_elements=name")


async def test_reverse_includes_reach_the_roles(hospital: Hospital) -> None:
    """A doctor with the roles that name the doctor; a doctor's name may come in parts only."""
    client = await hospital()
    query = {"name": "龚", "_revinclude": "PractitionerRole:practitioner"}
    bundle = (await client.get("/Practitioner", params=query)).json()
    assert matches(bundle)[0]["name"] == [
        {"use": "official", "family": "龚", "given": ["磊"], "text": "龚磊"}
    ]
    role = matches(bundle, "include")[0]
    assert (role["code"][0]["text"], role["specialty"][0]["text"]) == ("住院医师", "全科医学科")
    everyone = matches((await client.get("/Practitioner?_count=200")).json())
    assert sum("text" not in doctor["name"][0] for doctor in everyone) == 17


@pytest.mark.parametrize(
    ("name", "page", "place"), [("hospital-central", 50, "fhir?"), ("hospital-third", 20, "/Slot?")]
)
async def test_the_next_page_is_an_opaque_link(hospital: Hospital, name: str, page: int, place: str) -> None:
    """Following `next` meets every slot once; its URL tells nothing, and a made-up one is gone."""
    client = await hospital(name)
    url: str | None = "/Slot?start=2026-11-30&status=free&_count=50"
    seen: list[str] = []
    sizes: list[int] = []
    bundle: dict[str, Any] = {}
    while url:
        bundle = (await client.get(url)).json()
        sizes.append(len(matches(bundle)))
        seen += [slot["id"] for slot in matches(bundle)]
        url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), None)
        assert url is None or (place in url and "start" not in url)
    assert len(seen) == len(set(seen)) == bundle["total"]
    assert set(sizes[:-1]) == {page}
    assert complaint(await client.get("/Slot?_getpages=0123")) == (410, "expired")


async def test_unknown_parameters_meet_four_tempers(hospital: Hospital) -> None:
    """Ignored with a warning, ignored in silence, an empty set; 400 where strictness is asked for."""
    query = "/Schedule?physical-type=bd"
    warned = (await (await hospital()).get(query)).json()
    assert warned["total"] == 91
    assert matches(warned, "outcome")[0]["issue"][0]["severity"] == "warning"
    assert warned["link"][0]["url"].endswith("/Schedule")
    silent = (await (await hospital("hospital-people")).get(query)).json()
    assert (silent["total"], matches(silent, "outcome")) == (82, [])
    empty = (await (await hospital("hospital-second")).get(query)).json()
    assert (empty["total"], "entry" in empty) == (0, False)
    strict = {"prefer": "handling=strict"}
    assert complaint(await (await hospital()).get(query, headers=strict)) == (400, "not-supported")


async def test_hospitals_differ_in_totals_includes_and_zones(hospital: Hospital) -> None:
    """Maternity never counts, the third never includes, the people's hospital thinks in UTC."""
    query = "/Slot?start=2026-11-30&_count=1&_include=Slot:schedule"
    uncounted = (await (await hospital("hospital-maternity")).get(query)).json()
    assert ("total" in uncounted, len(matches(uncounted, "include"))) == (False, 1)
    assert matches((await (await hospital("hospital-third")).get(query)).json(), "include") == []
    slot = matches((await (await hospital("hospital-people")).get(query)).json())[0]
    assert slot["start"] == "2026-11-30T06:00:00Z"
    assert slot["id"].endswith("-20261130-1400")


async def test_a_batch_answers_each_entry_for_itself(hospital: Hospital) -> None:
    """A missing entry is 404 in its own place, and hospitals disagree where its outcome goes."""
    urls = ("Practitioner/doctor-001", "Practitioner/doctor-999", "Slot?status=free&_count=1")
    entries = [{"request": {"method": "GET", "url": url}} for url in urls]
    batch = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    for name, gap in (("hospital-central", None), ("hospital-people", "OperationOutcome")):
        found = (await (await hospital(name)).post("", json=batch)).json()
        get_fhir_model_class("Bundle").model_validate(found)
        assert found["type"] == "batch-response"
        statuses = [entry["response"]["status"] for entry in found["entry"]]
        assert statuses == ["200 OK", "404", "200 OK"]
        assert found["entry"][0]["resource"]["id"] == "doctor-001"
        assert found["entry"][1].get("resource", {}).get("resourceType") == gap
        assert ("outcome" in found["entry"][1]["response"]) is (gap is None)
        assert found["entry"][2]["resource"]["type"] == "searchset"
    transaction = await (await hospital()).post("", json=batch | {"type": "transaction"})
    assert complaint(transaction) == (422, "not-supported")


async def test_booking_takes_the_slot_and_cancelling_frees_it(
    mocks: RunningMocks, hospital: Hospital
) -> None:
    """The hospital confirms, adds doctor and place, and the ledger shows each committed write."""
    client = await hospital()
    slot = await free_slot(client, "2026-12-01")
    made = await client.post("/Appointment", json=wish(slot, "book-1"))
    appointment = made.json()
    get_fhir_model_class("Appointment").model_validate(appointment)
    assert (made.status_code, appointment["status"], appointment["start"]) == (201, "booked", slot["start"])
    assert made.headers["location"].endswith(f"/Appointment/{appointment['id']}/_history/1")
    actors = [p["actor"].get("reference", "").partition("/")[0] for p in appointment["participant"]]
    assert actors[:2] == ["", "Practitioner"]
    assert (await client.get(f"/Slot/{slot['id']}")).json()["status"] == "busy"
    mine = (await client.get("/Appointment", params={"identifier": "urn:gateway|book-1"})).json()
    assert [a["id"] for a in matches(mine)] == [appointment["id"]]
    by_resident = {"actor:identifier": "urn:resident|R1", "date": "2026-12-01"}
    assert appointment["id"] in [
        a["id"] for a in matches((await client.get("/Appointment", params=by_resident)).json())
    ]
    url = f"/Appointment/{appointment['id']}"
    cancelled = await client.put(
        url, json=appointment | {"status": "cancelled"}, headers={"if-match": 'W/"1"'}
    )
    assert (cancelled.status_code, cancelled.headers["etag"]) == (200, 'W/"2"')
    assert (await client.get(f"/Slot/{slot['id']}")).json()["status"] == "free"
    assert complaint(await client.put(url, json=appointment)) == (422, "business-rule")
    entries = [e for e in mocks.ledger("hospital-central") if e.get("identifier") == ["book-1"]]
    assert [(e["kind"], e["status"]) for e in entries] == [
        ("appointment.created", "booked"),
        ("appointment.updated", "cancelled"),
    ]


@pytest.mark.parametrize(("name", "status"), [("hospital-third", 409), ("hospital-second", 422)])
async def test_a_burst_on_one_slot_has_one_winner(hospital: Hospital, name: str, status: int) -> None:
    """Twelve at once for one time: one is booked, eleven hear that it is taken, in the hospital's words."""
    client = await hospital(name)
    slot = await free_slot(client, "2026-12-02")
    answers = await asyncio.gather(
        *(client.post("/Appointment", json=wish(slot, f"burst-{n}")) for n in range(12))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, status: 11}
    lost = next(answer for answer in answers if answer.status_code == status)
    assert complaint(lost) == (status, "conflict")


async def test_if_none_exist_makes_a_retry_harmless(mocks: RunningMocks, hospital: Hospital) -> None:
    """The same reference again gives the first appointment back, and nothing more is committed."""
    client = await hospital("hospital-people")
    slot = await free_slot(client, "2026-12-03")
    condition = {"if-none-exist": "identifier=urn:gateway|once"}
    first = await client.post("/Appointment", json=wish(slot, "once"), headers=condition)
    again = await client.post("/Appointment", json=wish(slot, "once"), headers=condition)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert sum(e.get("identifier") == ["once"] for e in mocks.ledger("hospital-people")) == 1


async def test_a_server_without_conditional_create_takes_no_notice_of_the_condition(
    mocks: RunningMocks, hospital: Hospital
) -> None:
    """The third hospital says so in its capabilities; the same reference on another slot is booked again."""
    client = await hospital("hospital-third")
    for name, conditional in (("hospital-third", False), ("hospital-second", True)):
        (rest,) = (await client.get(f"{mocks.url}/{name}/fhir/metadata")).json()["rest"]
        (told,) = [entry for entry in rest["resource"] if entry["type"] == "Appointment"]
        assert told["conditionalCreate"] is conditional
    condition = {"if-none-exist": "identifier=urn:gateway|twice"}
    slots = [await free_slot(client, "2026-12-03", skip) for skip in (0, 1)]
    for slot in slots:
        made = await client.post("/Appointment", json=wish(slot, "twice"), headers=condition)
        assert made.status_code == 201
    again = await client.post("/Appointment", json=wish(slots[0], "twice"), headers=condition)
    assert complaint(again) == (409, "conflict")
    assert sum(e.get("identifier") == ["twice"] for e in mocks.ledger("hospital-third")) == 2


async def test_what_has_begun_is_not_cancelled(mocks: RunningMocks, hospital: Hospital) -> None:
    """Nor is anything written; that nobody came can be noted, and frees the slot."""
    client = await hospital("hospital-second")
    slot = await free_slot(client, "ge2026-11-24T15:00:00+08:00")
    appointment = (await client.post("/Appointment", json=wish(slot, "late"))).json()
    mocks.world.clock.move_to(datetime.fromisoformat(slot["start"]))
    url = f"/Appointment/{appointment['id']}"
    late = await client.put(url, json=appointment | {"status": "cancelled"})
    assert complaint(late) == (422, "business-rule")
    assert (await client.get(url)).json() == appointment
    assert (await client.put(url, json=appointment | {"status": "noshow"})).status_code == 200
    assert (await client.get(f"/Slot/{slot['id']}")).json()["status"] == "free"


async def test_a_stale_version_is_refused(hospital: Hospital) -> None:
    """If-Match guards a slot against being overwritten unseen."""
    client = await hospital()
    slot = await free_slot(client, "2026-12-04", skip=3)
    url, stale = f"/Slot/{slot['id']}", {"if-match": 'W/"1"'}
    taken = await client.put(url, json=slot | {"status": "busy-tentative"}, headers=stale)
    assert (taken.status_code, taken.json()["meta"]["versionId"]) == (200, "2")
    assert complaint(await client.put(url, json=slot, headers=stale)) == (412, "conflict")
    moved = slot | {"start": "2026-12-04T03:00:00+08:00"}
    assert complaint(await client.put(url, json=moved)) == (422, "business-rule")
    unknown = await client.put("/Slot/slot-nowhere", json=slot | {"id": "slot-nowhere"})
    assert complaint(unknown) == (405, "not-supported")


async def test_what_cannot_be_booked(hospital: Hospital) -> None:
    """No slot, an unknown slot, a time that has begun, an unknown doctor, a body that is not JSON."""
    client = await hospital()
    slot = await free_slot(client, "2026-12-04")
    begun = await free_slot(client, "lt2026-11-24T09:30:00+08:00")
    stranger = {"actor": {"reference": "Practitioner/nobody"}, "status": "accepted"}
    for body, expected in (
        (wish(slot, "x") | {"slot": []}, (422, "required")),
        (wish({"id": "slot-nowhere"}, "x"), (422, "not-found")),
        (wish(begun, "x"), (422, "business-rule")),
        (wish(slot, "x") | {"participant": [stranger]}, (422, "not-found")),
        (wish(slot, "x") | {"participant": []}, (422, "required")),
        ({"resourceType": "Slot"}, (400, "structure")),
    ):
        assert complaint(await client.post("/Appointment", json=body)) == expected
    text = {"content-type": "application/fhir+json"}
    assert complaint(await client.post("/Appointment", content=b"{", headers=text)) == (400, "structure")
    assert (await client.post("/Appointment", content=b"{}")).status_code == 415


async def test_time_opens_days_and_moves_beds(mocks: RunningMocks, hospital: Hospital) -> None:
    """A week on, seven more days can be booked; an hour on, a change feed shows the beds that changed."""
    client = await hospital("hospital-maternity")
    now = mocks.world.clock.now()
    assert matches((await client.get("/Slot?start=ge2026-12-08&_count=1")).json()) == []
    mocks.world.clock.move_to(now + timedelta(hours=1))
    changed = await client.get("/Location", params={"_lastUpdated": "gt2026-11-24T10:00:00+08:00"})
    assert 9 <= len(matches(changed.json())) <= 12
    mocks.world.clock.move_to(now + timedelta(days=7))
    assert matches((await client.get("/Slot?start=2026-12-14&_count=1")).json())[0]["status"] in (
        "free",
        "busy",
    )
    await client.aclose()
