"""Rights at the parking operators: assigning, running out, giving back, sessions and subscriptions."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from mocks.server import RunningMocks

NOW = 1_795_485_600  # the world's clock in the tests, 2026-11-24T10:00+08:00, as the standard counts time
Connect = Callable[..., Awaitable[httpx.AsyncClient]]


def _right(identity: str, spec: str = "spec-city-office-monthly") -> dict[str, Any]:
    credential = {"type": "electronicID", "identifier": {"id": "u-1", "className": "CustomerCredential"}}
    return {
        "id": identity,
        "version": 1,
        "rightSpecification": {"id": spec, "version": 2},
        "rightHolder": {"credentials": [credential]},
        "plannedUses": [{"startTime": "2026-11-25T08:00:00+08:00", "endTime": "2026-11-25T18:00:00+08:00"}],
    }


async def test_a_right_is_assigned_once_and_can_be_given_back(mocks: RunningMocks, connect: Connect) -> None:
    """Created, readable, in the ledger; the same id again conflicts; deleted, it is a deleted reference."""
    client = await connect()
    before = len(mocks.ledger("parking-city"))
    created = await client.post("/rights/assigned", json=_right("right-1"))
    assert created.status_code == 201
    assert created.json() == {"status": "ok", "code": 201, "message": "Assigned right created successfully."}
    again = await client.post("/rights/assigned", json=_right("right-1"))
    assert (again.status_code, again.json()["ids"]) == (409, ["right-1"])
    read = (await client.get("/rights/assigned/right-1?expand=plannedUses")).json()
    assert read["plannedUses"] == _right("right-1")["plannedUses"]
    assert read["issuanceTime"] == "2026-11-24T02:00:00Z"
    assert "plannedUses" not in (await client.get("/rights/assigned/right-1")).json()
    mine = (await client.get("/rights/assigned?credential_id=u-1")).json()["data"]
    assert [right["id"] for right in mine] == ["right-1"]
    assert (await client.delete("/rights/assigned/right-1")).status_code == 200
    assert (await client.delete("/rights/assigned/right-1")).json()["ids"] == ["right-1"]
    feed = (await client.get(f"/rights/assigned?modified_since={NOW}")).json()
    assert [reference["id"] for reference in feed["deletedReferences"]] == ["right-1"]
    entries = mocks.ledger("parking-city")[before:]
    assert [entry["kind"] for entry in entries] == ["assignedRight.created", "assignedRight.deleted"]
    assert entries[0]["content"]["id"] == "right-1"


async def test_passes_run_out(connect: Connect) -> None:
    """The pool tells what is left; when it is empty, one more is a conflict, and a returned one frees it."""
    client = await connect()

    async def left() -> int:
        spec = (await client.get("/rights/specs/spec-city-office-monthly?expand=rightPools")).json()
        return int(spec["rightPools"][0]["availableAssignedRights"])

    free = await left()
    assert free == 17
    for number in range(free):
        assert (await client.post("/rights/assigned", json=_right(f"pass-{number}"))).status_code == 201
    assert await left() == 0
    full = await client.post("/rights/assigned", json=_right("one-more"))
    assert full.status_code == 409
    assert full.json()["message"] == "No assigned rights are available any more."
    for number in range(free):
        await client.delete(f"/rights/assigned/pass-{number}")
    assert await left() == free


async def test_a_pass_lapses(connect: Connect) -> None:
    """Thirty days after its first planned use, unless its issuer is told otherwise; a visit does not."""
    client = await connect()

    async def expiry(identity: str, **content: Any) -> str | None:
        right = {**_right(identity), **content}
        assert (await client.post("/rights/assigned", json=right)).status_code == 201
        told: str | None = (await client.get(f"/rights/assigned/{identity}")).json().get("expiry")
        await client.delete(f"/rights/assigned/{identity}")
        return told

    visit = {"rightSpecification": {"id": "spec-city-office-visit", "version": 2}}
    assert await expiry("lapse-1") == "2026-12-25T00:00:00Z"
    assert await expiry("lapse-2", plannedUses=[]) == "2026-12-24T02:00:00Z"
    assert await expiry("lapse-3", expiry="2026-12-01T00:00:00Z") == "2026-12-01T00:00:00Z"
    assert await expiry("lapse-4", **visit) is None


async def test_a_reservation_is_kept_once_its_time_is_over(mocks: RunningMocks, connect: Connect) -> None:
    """Deleting it is a conflict then; a pass is given back at any time."""
    client = await connect("parking-metro")
    await client.post("/rights/assigned", json=_right("day-1", "spec-metro-day-440307014018-03"))
    mocks.world.clock.move_to(mocks.world.clock.now() + timedelta(days=2))
    answer = await client.delete("/rights/assigned/day-1")
    assert (answer.status_code, answer.json()["ids"]) == (409, ["day-1"])
    assert (await client.get("/rights/assigned/day-1")).status_code == 200
    mocks.world.clock.move_to(mocks.world.clock.now() - timedelta(days=2))
    assert (await client.delete("/rights/assigned/day-1")).status_code == 200


async def test_a_bay_is_reserved_for_a_day_at_its_car_park(connect: Connect) -> None:
    """One specification a car park, one pool a day; a right is out of the pool of the day of its use."""
    client = await connect("parking-metro")
    path = "/rights/specs/spec-metro-day-440307014018-03?expand=rightPools,rateEligibility"
    spec = (await client.get(path)).json()
    assert [element["id"] for element in spec["hierarchyElements"]] == ["440307014018-03"]
    assert spec["type"] == "oneTimeUseParking"
    assert spec["rateEligibility"][0]["eligibility"]["qualifications"][0]["withReservation"] is True
    assert [pool["availableAssignedRights"] for pool in spec["rightPools"]] == [2, 13, 2, 3, 13, 6, 0]
    assert spec["rightPools"][1]["validity"]["validityTimeSpecification"] == {
        "overallStartTime": "2026-11-24T22:00:00Z",
        "overallEndTime": "2026-11-25T15:30:00Z",
    }
    reserved = _right("bay-1", spec["id"])
    assert (await client.post("/rights/assigned", json=reserved)).status_code == 201
    assert (await client.get(path)).json()["rightPools"][1]["availableAssignedRights"] == 12
    await client.delete("/rights/assigned/bay-1")
    full = [{"startTime": "2026-11-30T08:00:00+08:00"}]
    never = [{"startTime": "2027-02-01T08:00:00+08:00"}]
    for uses in (full, never, []):
        answer = await client.post("/rights/assigned", json={**reserved, "id": "bay-2", "plannedUses": uses})
        assert (answer.status_code, answer.json()["ids"]) == (409, [spec["id"]])


async def test_rights_for_an_event_and_for_some_only(mocks: RunningMocks, connect: Connect) -> None:
    """Valid for the next Saturday evening; a pass for disabled drivers is free and says whom it is for."""
    client = await connect("parking-park")
    event = (await client.get("/rights/specs/spec-venue-event-440307014004-03?expand=rightPools")).json()
    assert event["validity"]["validityTimeSpecification"] == {
        "overallStartTime": "2026-11-28T09:00:00Z",
        "overallEndTime": "2026-11-28T15:00:00Z",
    }
    assert [pool["availableAssignedRights"] for pool in event["rightPools"]] == [15]
    mocks.world.clock.move_to(mocks.world.clock.now() + timedelta(days=5))
    later = (await client.get("/rights/specs/spec-venue-event-440307014004-03")).json()
    assert later["validity"]["validityTimeSpecification"]["overallStartTime"] == "2026-12-05T09:00:00Z"
    client = await connect()
    path = "/rights/specs/spec-city-office-accessible?expand=rateEligibility"
    (terms,) = (await client.get(path)).json()["rateEligibility"]
    (asked,) = terms["eligibility"]["qualifications"]
    assert (asked["freeToPark"], asked["userQualifications"]) == (
        True,
        [{"userGroup": {"entryDefinedValue": "disabledPersons"}}],
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": ""}, "attributes: id."),
        ({"version": 0}, "attributes: version."),
        ({"rightHolder": None}, "attributes: rightHolder."),
        ({"rightSpecification": {}}, "attributes: rightSpecification."),
        ({"rightSpecification": {"id": "none", "version": 1}}, "does not exist."),
        ({"plannedUses": [{}]}, "attributes: plannedUses.startTime."),
    ],
)
async def test_an_incomplete_right_is_refused(
    mocks: RunningMocks, connect: Connect, change: dict[str, Any], message: str
) -> None:
    """400 names what is missing; nothing is committed."""
    before = mocks.ledger("parking-city")
    answer = await (await connect()).post("/rights/assigned", json={**_right("bad"), **change})
    assert answer.status_code == 400
    assert answer.json()["message"].endswith(message)
    assert mocks.ledger("parking-city") == before


async def test_assigned_rights_and_sessions_can_be_filtered(connect: Connect) -> None:
    """By place, specification, credential and the times of use; today's sessions grow with the day."""
    client = await connect("parking-metro")
    rights = (await client.get("/rights/assigned")).json()
    assert rights["meta"]["total"] == 24
    assert all("plate" not in str(right).casefold() for right in rights["data"])
    assert (await client.get("/rights/assigned?right_spec=spec-metro-visit")).json()["data"] == []
    ended = (await client.get(f"/rights/assigned?end_before={NOW}")).json()["meta"]["total"]
    running = (await client.get(f"/rights/assigned?end_after={NOW}&start_before={NOW}")).json()["meta"][
        "total"
    ]
    assert ended + running == 24
    sessions = (await client.get("/sessions")).json()
    assert sessions["meta"]["total"] == 9
    first = sessions["data"][0]
    assert first["id"].startswith("parking-metro-session-20261124-")
    assert first["segments"][0]["assignedRight"]["id"].startswith("parking-metro-right-")
    credential = first["identifiedCredentials"][0]["identifier"]["id"]
    same = (await client.get(f"/sessions?credential_id={credential}")).json()["data"]
    assert [session["id"] for session in same] == [first["id"]]


async def test_a_subscription_is_kept(mocks: RunningMocks, connect: Connect) -> None:
    """An endpoint and known topics are needed; the answer has an id, and nothing is ever sent."""
    client = await connect()
    wish = {"endpoint": "https://graph.example/hook", "topics": ["AssignedRightCreated"]}
    answer = (await client.post("/webhooks", json=wish)).json()
    assert (answer["status"], answer["code"]) == ("ok", 200)
    assert mocks.ledger("parking-city")[-1] == {
        "at": "2026-11-24T10:00:00+08:00",
        "kind": "subscription.created",
        "id": answer["id"],
        **wish,
    }
    assert (await client.post("/webhooks", json={"endpoint": "https://graph.example"})).status_code == 400
    assert (await client.post("/webhooks", json={**wish, "topics": ["Weather"]})).status_code == 400
    assert (await client.post("/webhooks", content=b"")).status_code == 400
