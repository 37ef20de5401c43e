"""The volunteering platforms: missions as API Engagement v0 serves them, and signing up beside it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from mocks.server import RunningMocks
from mocks.world.missions import Mission

Platform = Callable[..., httpx.AsyncClient]


@pytest.fixture
def platform(mocks: RunningMocks, http: httpx.AsyncClient) -> Platform:
    """A client of one platform that holds its key."""

    def connected(name: str = "volunteers-union") -> httpx.AsyncClient:
        http.base_url = httpx.URL(f"{mocks.url}/{name}")
        http.headers["x-api-key"] = f"key-of-{name}"
        return http

    return connected


def missions(mocks: RunningMocks, name: str = "volunteers-union") -> tuple[Mission, ...]:
    return mocks.world.volunteering[name].missions


def one_day(mocks: RunningMocks, places: int) -> Mission:
    """A mission of one day that is still to come, needs so many and is nobody's yet."""
    now = mocks.world.clock.now()
    taken = {entry["mission_id"] for entry in mocks.ledger("volunteers-union")}
    return next(
        m
        for m in missions(mocks)
        if m.places == places and not m.kind.months and m.start > now + timedelta(days=2)
        and m.id not in taken and m.deleted is None and not m.refused
    )  # fmt: skip


async def get(client: httpx.AsyncClient, path: str = "/v0/mission", **params: Any) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    assert answer.json()["ok"] is True
    return answer.json()


async def test_a_key_is_needed(platform: Platform) -> None:
    """401 in plain text without one and with another's."""
    client = platform()
    for key in ("", "key-of-volunteers-redcross"):
        refused = await client.get("/v0/mission", headers={"x-api-key": key})
        assert (refused.status_code, refused.text) == (401, "Unauthorized")


async def test_a_list_is_told_in_pages(platform: Platform) -> None:
    """25 unless `limit` says otherwise; what is deleted or refused is in no list, and still found by id."""
    client = platform()
    first = await get(client)
    assert {name: first[name] for name in ("total", "limit", "skip")} == {
        "total": 175,
        "limit": 25,
        "skip": 0,
    }
    assert len(first["data"]) == 25
    last = await get(client, limit=100, skip=100)
    assert (len(last["data"]), last["limit"], last["skip"]) == (75, 100, 100)
    for limit in ("10001", "-1", "x", "nan"):
        refused = await client.get("/v0/mission", params={"limit": limit})
        assert (refused.status_code, refused.json()) == (400, {"ok": False, "code": "INVALID_QUERY"})


async def test_by_id(platform: Platform, mocks: RunningMocks) -> None:
    """A mission in full; a deleted one says so; an unknown one is 404 with a code."""
    client = platform()
    gone = next(mission for mission in missions(mocks) if mission.deleted)
    assert (await get(client, f"/v0/mission/{gone.id}"))["data"]["deleted"] is True
    refused = next(mission for mission in missions(mocks) if mission.refused)
    assert (await get(client, f"/v0/mission/{refused.id}"))["data"]["statusCode"] == "REFUSED"
    unknown = await client.get("/v0/mission/nothing")
    assert (unknown.status_code, unknown.json()) == (404, {"ok": False, "code": "NOT_FOUND"})
    row = (await get(client, f"/v0/mission/{missions(mocks)[0].id}"))["data"]
    assert row["clientId"] == "LGYG-2026-00001"
    assert row["title"].endswith("垃圾分类督导")
    assert (row["openToMinors"], row["remote"], row["domain"]) == ("yes", "no", "environnement")
    assert row["startAt"].endswith("T10:00:00.000Z")
    assert row["location"] == row["addresses"][0]["location"]


async def test_a_circle_is_a_box_around_any_address(platform: Platform, mocks: RunningMocks) -> None:
    """Every mission with an address in the box, whichever it is; 0 for a distance means 10 km."""
    client = platform()
    near: dict[str, Any] = {"lat": 22.5988, "lon": 114.1197, "limit": 1000}
    found = (await get(client, **near, distance="3km"))["data"]
    degrees = 3 / 111.195
    for row in found:
        points = [a["location"] for a in row["addresses"] if a["location"]]
        assert any(abs(p["lat"] - 22.5988) <= degrees and abs(p["lon"] - 114.1197) <= 0.0293 for p in points)
    totals = [
        (await get(client, **near, **more))["total"]
        for more in ({"distance": "3km"}, {"distance": "0km"}, {"distance": "10km"}, {"distance": "50km"}, {})
    ]
    assert len(found) == totals[0]
    assert totals[1] == totals[2]
    assert totals[3] == totals[4]
    assert totals[0] < totals[1] < totals[3] < 175
    assert (await get(client, **near | {"lat": 0}))["total"] == 175
    refused = await client.get("/v0/mission", params={**near, "distance": "far"})
    assert refused.status_code == 400


async def test_a_parameter_may_be_repeated_or_a_comma_list(platform: Platform) -> None:
    """Both name the same missions; unknown parameters are ignored."""
    client = platform()
    ids = ["LGYG-2026-00003", "LGYG-2026-00001", "nothing"]
    repeated = await get(client, clientId=ids)
    assert sorted(row["clientId"] for row in repeated["data"]) == ["LGYG-2026-00001", "LGYG-2026-00003"]
    assert (await get(client, clientId=",".join(ids)))["data"] == repeated["data"]
    assert (await get(client, domain=["sante", "sport"], nonsense="1"))["total"] == 34
    assert (await get(client, remote="full"))["total"] == 12
    assert (await get(client, openToMinors="yes", startAt="gt:2026-12-10T00:00:00"))["total"] > 0
    assert (await get(client, publisher="nobody"))["total"] == 0
    assert (await get(client, city="深圳市"))["total"] == 163


async def test_an_older_release_differs(platform: Platform) -> None:
    """Pages of 30 at most, booleans, `soft_skills` alone, instants at +08:00."""
    client = platform("volunteers-redcross")
    page = await get(client, limit=1000)
    assert (page["total"], page["limit"], len(page["data"])) == (55, 1000, 30)
    row = next(row for row in page["data"] if row["openToMinors"] is not None)
    assert isinstance(row["openToMinors"], bool)
    assert row["startAt"].endswith("+08:00")
    assert "soft_skills" in row
    assert not {"softSkills", "addresses"} & row.keys()


# Signing up


def wish(number: int, **more: Any) -> dict[str, Any]:
    return {"clientReference": f"ref-{number}", "volunteerNumber": f"4403070{number:06d}", **more}


async def test_signing_up_takes_a_place_once(platform: Platform, mocks: RunningMocks) -> None:
    """201, then 200 with the same answer; one place is gone, and back once it is cancelled."""
    client, mission = platform(), one_day(mocks, 8)
    before = len(mocks.ledger("volunteers-union"))
    path = f"/v0/mission/{mission.id}/application"
    made = await client.post(path, json=wish(1))
    again = await client.post(path, json=wish(1))
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json()
    assert made.json()["data"] | {"id": ""} == {
        "id": "",
        "clientReference": "ref-1",
        "missionId": mission.id,
        "status": "CONFIRMED",
        "position": None,
        "createdAt": "2026-11-24T10:00:00+08:00",
    }
    assert (await get(client, f"/v0/mission/{mission.id}"))["data"]["places"] == 7
    assert (await get(client, "/v0/application/ref-1"))["data"] == made.json()["data"]
    for _ in range(2):
        gone = await client.delete("/v0/application/ref-1")
        assert (gone.status_code, gone.json()["data"]["status"]) == (200, "CANCELLED")
    assert (await get(client, f"/v0/mission/{mission.id}"))["data"]["places"] == 8
    entries = mocks.ledger("volunteers-union")[before:]
    assert [entry["kind"] for entry in entries] == ["application.made", "application.cancelled"]
    assert {entry["client_reference"] for entry in entries} == {"ref-1"}
    assert (await client.get("/v0/application/ref-0")).status_code == 404


async def test_the_last_places_go_to_the_first(platform: Platform, mocks: RunningMocks) -> None:
    """Ten at once for four places: four are confirmed, six are told that it is full."""
    client, mission = platform(), one_day(mocks, 4)
    path = f"/v0/mission/{mission.id}/application"
    answers = await asyncio.gather(*(client.post(path, json=wish(100 + n)) for n in range(10)))
    assert Counter(answer.status_code for answer in answers) == {201: 4, 409: 6}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"MISSION_FULL"}
    assert (await get(client, f"/v0/mission/{mission.id}"))["data"]["places"] == 0


async def test_who_waits_moves_up(platform: Platform, mocks: RunningMocks) -> None:
    """A full mission has a waiting list for those who ask for it; a cancellation confirms the first."""
    client, mission = platform(), one_day(mocks, 2)
    path = f"/v0/mission/{mission.id}/application"
    for number in (201, 202):
        assert (await client.post(path, json=wish(number))).status_code == 201
    waiting = [(await client.post(path, json=wish(n, waitingList=True))).json()["data"] for n in (203, 204)]
    assert [(each["status"], each["position"]) for each in waiting] == [("WAITING", 1), ("WAITING", 2)]
    await client.delete("/v0/application/ref-201")
    moved = [(await get(client, f"/v0/application/ref-{n}"))["data"] for n in (203, 204)]
    assert [(each["status"], each["position"]) for each in moved] == [("CONFIRMED", None), ("WAITING", 1)]
    assert mocks.ledger("volunteers-union")[-1]["kind"] == "application.promoted"
    assert (await get(client, f"/v0/mission/{mission.id}"))["data"]["places"] == 0


async def test_what_is_refused_commits_nothing(platform: Platform, mocks: RunningMocks) -> None:
    """Each rule has its code, and the ledger stays as it was."""
    client, mission, other = platform(), one_day(mocks, 9), one_day(mocks, 10)
    now = mocks.world.clock.now()
    begun = next(m for m in missions(mocks) if m.start < now and not m.kind.months)
    gone = next(m for m in missions(mocks) if m.deleted)
    assert (await client.post(f"/v0/mission/{mission.id}/application", json=wish(301))).status_code == 201
    before = mocks.ledger("volunteers-union")
    for target, body, expected in (
        (mission, wish(301, waitingList=True), (409, "REFERENCE_CONFLICT")),
        (other, wish(301), (409, "REFERENCE_CONFLICT")),
        (mission, wish(301) | {"clientReference": "ref-302"}, (409, "ALREADY_APPLIED")),
        (begun, wish(303), (409, "MISSION_CLOSED")),
        (gone, wish(304), (404, "NOT_FOUND")),
        (mission, {"clientReference": "ref-305"}, (400, "INVALID_BODY")),
        (mission, wish(306, waitingList="yes"), (400, "INVALID_BODY")),
        (mission, [], (400, "INVALID_BODY")),
    ):
        refused = await client.post(f"/v0/mission/{target.id}/application", json=body)
        assert (refused.status_code, refused.json()) == (expected[0], {"ok": False, "code": expected[1]})
    assert mocks.ledger("volunteers-union") == before
