"""The directories of services over real HTTP: HSDS 3.1, its quirks, and the requests for places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from mocks.server import RunningMocks

KEYS: dict[str, dict[str, Any]] = {
    "childcare-longgang": {"headers": {"X-API-Key": "key-of-childcare-longgang"}},
    "eldercare-longgang": {"auth": ("eldercare-longgang", "password-of-eldercare-longgang")},
    "schools-longgang": {},
    "enterprise-longgang": {"params": {"key": "key-of-enterprise-longgang"}},
}


class Directory:
    """A client of one directory."""

    def __init__(self, http: httpx.AsyncClient, url: str, name: str) -> None:
        self._http = http
        self._url = f"{url}/{name}"
        self._how = KEYS.get(name, {})

    async def token(self) -> Directory:
        answer = await self._http.post(
            f"{self._url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=("hostels-longgang", "secret-of-hostels-longgang"),
        )
        self._how = {"headers": {"authorization": f"Bearer {answer.json()['access_token']}"}}
        return self

    async def send(self, method: str, path: str, status: int = 200, body: Any = None, **params: Any) -> Any:
        how = {**self._how, "params": {**self._how.get("params", {}), **params}}
        answer = await self._http.request(method, self._url + path, json=body, **how)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        return await self.send("GET", path, status, **params)

    async def all(self, **params: Any) -> list[dict[str, Any]]:
        """Every service, page after page."""
        found, number = [], 1
        while True:
            page = await self.get("/services", page=number, per_page=500, **params)
            found += page["contents"]
            if page["last_page"]:
                return found
            number += 1


@pytest.fixture
def childcare(mocks: RunningMocks, http: httpx.AsyncClient) -> Directory:
    return Directory(http, mocks.url, "childcare-longgang")


@pytest.fixture
def eldercare(mocks: RunningMocks, http: httpx.AsyncClient) -> Directory:
    return Directory(http, mocks.url, "eldercare-longgang")


@pytest.fixture
async def hostels(mocks: RunningMocks, http: httpx.AsyncClient) -> Directory:
    return await Directory(http, mocks.url, "hostels-longgang").token()


def codes(services: list[dict[str, Any]]) -> Counter[str]:
    return Counter(service["attributes"][0]["taxonomy_term"]["code"] for service in services)


async def test_the_root_tells_the_version(childcare: Directory) -> None:
    """Version, profile and the address of its OpenAPI document, as the standard requires."""
    about = await childcare.get("/")
    assert about["version"] == "3.1"
    assert about.keys() == {"version", "profile", "openapi_url"}


async def test_pages_tell_where_they_stand(childcare: Directory) -> None:
    """The page object in full; a page beyond the last is empty."""
    page = await childcare.get("/services", per_page=20, page=4)
    services = page.pop("contents")
    assert len(services) == 5
    assert page == {
        "total_items": 65,
        "total_pages": 4,
        "page_number": 4,
        "size": 5,
        "first_page": False,
        "last_page": True,
        "empty": False,
    }
    assert (await childcare.get("/services", page=9))["empty"] is True
    assert await childcare.get("/services", 400, page=0) == {"error": "page is a whole number above 0"}


async def test_lists_are_bare_unless_full(childcare: Directory) -> None:
    """One-to-one fields; everything with `full`, as a service by its id has it; ids alone with `minimal`."""
    (bare, *_) = (await childcare.get("/services", per_page=1))["contents"]
    assert "schedules" not in bare
    assert bare["organization"]["name"].startswith("深圳市龙岗区")
    (full, *_) = (await childcare.get("/services", per_page=1, full="true"))["contents"]
    assert full == await childcare.get(f"/services/{full['id']}")
    assert {"schedules", "service_at_locations", "cost_options", "capacities", "phones"} <= full.keys()
    minimal = await childcare.get("/services", minimal="true")
    assert minimal["total_items"] == len(minimal["contents"]) == 65
    assert minimal["contents"][0].keys() == {"id", "last_modified"}
    assert await childcare.get("/services/none", 404) == {"error": "no such service"}


async def test_what_each_directory_holds(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """Kinds of service by the codes of their terms."""
    held = {name: codes(await Directory(http, mocks.url, name).all(full="true")) for name in KEYS}
    assert held == {
        "childcare-longgang": {
            "childcare.nursery": 29,
            "childcare.community": 20,
            "childcare.kindergarten": 16,
        },
        "eldercare-longgang": {
            "eldercare.canteen": 111,
            "eldercare.day-care": 41,
            "eldercare.residential": 14,
            "eldercare.home-visit": 5,
        },
        "schools-longgang": {"school.model": 14, "school.team": 10, "school.resource": 8},
        "enterprise-longgang": {
            "enterprise.contact": 11,
            "enterprise.policy": 10,
            "enterprise.park": 8,
        },
    }


async def test_seventeen_hostels_have_584_beds(hostels: Directory) -> None:
    """Beds as a capacity of their own, and one for each of thirty nights."""
    services = await hostels.all(full="true")
    assert len(services) == 17
    assert sum(service["capacities"][0]["maximum"] for service in services) == 584
    assert {len(service["capacities"]) for service in services} == {31}
    night = services[0]["capacities"][1]["unit"]
    assert (night["scheme"], night["identifier"]) == (
        "ISO 8601",
        "2026-11-24T14:00+08:00/2026-11-25T12:00+08:00",
    )
    assert max(services[0]["capacities"][1:], key=lambda one: one["available"])["available"] <= 60


async def test_hostels_give_ten_a_page_the_newest_first(hostels: Directory) -> None:
    """Whatever is asked for; so pages shift when one is modified."""
    page = await hostels.get("/services", per_page=500)
    assert (page["size"], page["total_pages"], page["total_items"]) == (10, 2, 17)
    modified = [service["last_modified"] for service in page["contents"]]
    assert modified == sorted(modified, reverse=True)


async def test_modified_after_is_inclusive_or_not(childcare: Directory, eldercare: Directory) -> None:
    """The standard's "on or after"; the elderly's directory leaves out the instant itself."""
    for directory, keeps in ((childcare, True), (eldercare, False)):
        newest = max(service["last_modified"] for service in await directory.all())
        same = [s["id"] for s in await directory.all() if s["last_modified"] == newest]
        found = [s["id"] for s in await directory.all(modified_after=newest)]
        assert found == (sorted(same) if keeps else [])
    assert "error" in await childcare.get("/services", 400, modified_after="yesterday")


async def test_what_is_gone_is_told_by_nobody(mocks: RunningMocks, eldercare: Directory) -> None:
    """A canteen closes at noon of the next day: it is missing from the list, and from the changes."""
    before = {service["id"]: service["name"] for service in await eldercare.all()}
    mocks.world.clock.move_to(datetime.fromisoformat("2026-11-25T12:00:00+08:00"))
    after = {service["id"] for service in await eldercare.all()}
    (gone,) = before.keys() - after
    assert before[gone] == "大芬长者食堂"
    changed = await eldercare.all(modified_after="2026-11-24T00:00:00+08:00")
    assert gone not in {service["id"] for service in changed}
    await eldercare.get(f"/services/{gone}", 404)


async def test_the_elderlys_directory_writes_text_and_nulls(eldercare: Directory) -> None:
    """Numbers as text, what is not there as null, times with an offset."""
    service = next(s for s in await eldercare.all(full="true") if s["name"] == "龙岭长者食堂")
    assert (service["minimum_age"], service["maximum_age"], service["email"]) == ("60", None, None)
    assert service["cost_options"][0]["amount"] == "12"
    assert isinstance(service["service_at_locations"][0]["location"]["latitude"], str)
    assert service["schedules"][0]["opens_at"] == "10:30:00+08:00"
    assert service["schedules"][0]["attributes"][0]["taxonomy_term"]["code"] == "day.working"


async def test_lists_are_narrowed(childcare: Directory) -> None:
    """By words, by organization, by a term of the taxonomy."""
    terms = (await childcare.get("/taxonomy_terms"))["contents"]
    nursery = next(term for term in terms if term["code"] == "childcare.nursery")
    assert (await childcare.get("/services", taxonomy_term_id=nursery["id"]))["total_items"] == 29
    found = await childcare.get("/services", search="龙岭")
    assert found["total_items"] == 1
    organization = found["contents"][0]["organization"]
    assert (await childcare.get("/services", organization_id=organization["id"]))["total_items"] == 1
    single = await childcare.get(f"/organizations/{organization['id']}")
    assert [service["id"] for service in single["services"]] == [found["contents"][0]["id"]]
    assert (await childcare.get("/organizations", search="龙岭"))["total_items"] == 1
    assert (await childcare.get("/service_at_locations", search="龙岭", full="true"))["contents"][0][
        "service"
    ]["schedules"]
    (taxonomy,) = (await childcare.get("/taxonomies"))["contents"]
    assert await childcare.get(f"/taxonomies/{taxonomy['id']}") == taxonomy
    assert await childcare.get(f"/taxonomy_terms/{nursery['id']}") == nursery


@pytest.mark.parametrize("name", ["childcare-longgang", "eldercare-longgang", "hostels-longgang"])
async def test_nobody_reads_without_a_credential(
    mocks: RunningMocks, http: httpx.AsyncClient, name: str
) -> None:
    """401 with no credential at all."""
    assert (await http.get(f"{mocks.url}/{name}/services")).status_code == 401


# Requests for places


@pytest.fixture
def ledger(mocks: RunningMocks) -> Iterator[RunningMocks]:
    mocks.world.ledger.clear()
    yield mocks
    mocks.world.ledger.clear()


async def free(directory: Directory, service: str, capacity: str) -> tuple[int, str]:
    told = await directory.get(f"/services/{service}")
    found = next(one for one in told["capacities"] if one["id"] == capacity)
    return found["available"], told["last_modified"]


async def test_a_request_takes_a_bed_once(ledger: RunningMocks, hostels: Directory) -> None:
    """201, then the same answer for the same reference; the night has one bed fewer, and so has tonight."""
    service = next(s for s in await hostels.all(full="true") if s["name"] == "坂田青年驿站")
    beds, night = service["capacities"][:2]
    wish = {"reference": "ref-1", "service_id": service["id"], "capacity_id": night["id"]}
    first = await hostels.send("POST", "/referrals", 201, wish)
    assert (first["status"], first["quantity"]) == ("accepted", 1)
    assert await hostels.send("POST", "/referrals", 200, wish) == first
    assert await hostels.get("/referrals/ref-1") == first
    for capacity in (beds, night):
        left, modified = await free(hostels, service["id"], capacity["id"])
        assert left == capacity["available"] - 1
        assert modified == "2026-11-24T10:00:00.000+08:00"
    changed = await hostels.all(modified_after="2026-11-24T10:00:00+08:00")
    assert [one["id"] for one in changed] == [service["id"]]
    cancelled = await hostels.send("DELETE", "/referrals/ref-1")
    assert cancelled == {**first, "status": "cancelled"}
    assert await hostels.send("DELETE", "/referrals/ref-1") == cancelled
    assert (await free(hostels, service["id"], night["id"]))[0] == night["available"]
    assert [entry["kind"] for entry in ledger.world.ledger.entries("hostels-longgang")] == [
        "referral.created",
        "referral.cancelled",
    ]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"quantity": 1000}, 409, "FULL"),
        ({"service_id": "none"}, 404, "UNKNOWN_SERVICE"),
        ({"capacity_id": "none"}, 404, "UNKNOWN_CAPACITY"),
        ({"quantity": 0}, 422, None),
        ({"reference": ""}, 422, None),
    ],
)
async def test_a_request_that_cannot_be_met_takes_nothing(
    ledger: RunningMocks, childcare: Directory, changes: dict[str, Any], status: int, code: str | None
) -> None:
    """Each refusal has its status, and nothing is committed."""
    service = next(s for s in await childcare.all(full="true") if s["name"].startswith("龙岭"))
    wish = {"reference": "r", "service_id": service["id"], "capacity_id": service["capacities"][0]["id"]}
    answer = await childcare.send("POST", "/referrals", status, {**wish, **changes})
    assert answer.get("code") == code
    assert ledger.world.ledger.entries("childcare-longgang") == []
    await childcare.get("/referrals/r", 404)


async def test_a_reference_stands_for_one_request(ledger: RunningMocks, childcare: Directory) -> None:
    """Another request under it is a conflict."""
    service = next(s for s in await childcare.all(full="true") if s["capacities"][0]["available"] > 2)
    wish = {"reference": "q", "service_id": service["id"], "capacity_id": service["capacities"][0]["id"]}
    await childcare.send("POST", "/referrals", 201, wish)
    answer = await childcare.send("POST", "/referrals", 409, {**wish, "quantity": 2})
    assert answer["code"] == "REFERENCE_USED"
    assert len(ledger.world.ledger.entries("childcare-longgang")) == 1
    await childcare.send("DELETE", "/referrals/q")


async def test_what_is_closed_for_a_time_takes_no_requests(
    ledger: RunningMocks, childcare: Directory
) -> None:
    """409 CLOSED."""
    service = next(s for s in await childcare.all(full="true") if s["status"] == "temporarily closed")
    wish = {"reference": "c", "service_id": service["id"], "capacity_id": service["capacities"][0]["id"]}
    assert (await childcare.send("POST", "/referrals", 409, wish))["code"] == "CLOSED"
    assert ledger.world.ledger.entries("childcare-longgang") == []


async def test_a_night_that_has_begun_is_not_given_back(ledger: RunningMocks, hostels: Directory) -> None:
    """409 TOO_LATE from its first minute; what was cancelled before stays cancelled."""
    service = next(s for s in await hostels.all(full="true") if s["capacities"][1]["available"] >= 2)
    night = service["capacities"][1]
    for reference in ("late", "early"):
        wish = {"reference": reference, "service_id": service["id"], "capacity_id": night["id"]}
        await hostels.send("POST", "/referrals", 201, wish)
    await hostels.send("DELETE", "/referrals/early")
    ledger.world.clock.move_to(datetime.fromisoformat("2026-11-24T14:00:00+08:00"))
    assert (await hostels.send("DELETE", "/referrals/late", 409))["code"] == "TOO_LATE"
    assert (await hostels.get("/referrals/late"))["status"] == "accepted"
    assert (await hostels.send("DELETE", "/referrals/early"))["status"] == "cancelled"
    ledger.world.clock.move_to(datetime.fromisoformat("2026-11-24T13:59:00+08:00"))
    assert (await hostels.send("DELETE", "/referrals/late"))["status"] == "cancelled"
