"""APDS rights as a desk books them, at the wire: what is sent, what refusals and answers mean."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import respx
from openapi_schema_validator import OAS31Validator

from connectors.apds import CONNECTOR
from connectors.kit import Booked, Code, Desk, Order, Refusal, Refused, SourceError, Standing
from schema.core.record import Ref
from schema.parking.lookups import RIGHT_BY_REF, RIGHTS_OFFERED
from tests.conftest import NOW, ROOT
from tests.connectors.conftest import Connect
from tests.connectors.test_apds_rights import pool, spec, terms, validity

REFERENCE = "0f8fad5b-d9cb-469f-a165-70867728950e"
RIGHT = f"/rights/assigned/{REFERENCE}"
SPECIFICATION = json.loads((ROOT / "tests/contracts/apds4.json").read_text(encoding="utf-8"))
ASSIGNED = OAS31Validator(
    {"$ref": "#/components/schemas/AssignedRight", "components": SPECIFICATION["components"]}
)
DAY = pool(3, 4, "d/1", validity=validity("2026-11-24T22:00:00Z", "2026-11-25T15:30:00Z"))
TODAY = pool(1, 2, "t", validity=validity("2026-11-23T22:00:00Z", "2026-11-24T15:30:00Z"))
YESTERDAY = pool(1, 2, "y", validity=validity("2026-11-22T22:00:00Z", "2026-11-23T15:30:00Z"))
OURS = Booked(
    standing=Standing.CONFIRMED,
    id=REFERENCE,
    start=datetime.fromisoformat("2026-11-25T06:00:00+08:00"),
    end=datetime.fromisoformat("2026-11-25T23:30:00+08:00"),
)


def at(instant: str) -> datetime:
    return datetime.fromisoformat(f"2026-{instant}+08:00")


def order(slot: str = "a%2F1/pass/d%2F1", **fields: Any) -> Order:
    fields = {"reference": REFERENCE, "kind": "parking-right", "resident": "c0ffee" * 5 + "00", **fields}
    return Order(**{"slot": Ref("city", slot), "made": NOW, **fields})


def bay(**fields: Any) -> dict[str, Any]:
    """A bay that can be reserved for a day."""
    reserved = [terms(withReservation=True)]
    return spec(type="oneTimeUseParking", rateEligibility=reserved, **{"rightPools": [DAY], **fields})


def assigned(*uses: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A right as its issuer tells it."""
    told = list(uses) or [{"startTime": "2026-11-24T22:00:00Z", "endTime": "2026-11-25T15:30:00Z"}]
    return {"id": REFERENCE, "version": 1, "plannedUses": told, **fields}


@pytest.fixture
async def desk(connect: Connect) -> Desk:
    """An operator's desk."""
    connector = await connect(CONNECTOR, id="city")
    opened: Desk = connector.desk("parking-right")
    return opened


def asked(wire: respx.Router) -> list[str]:
    return [f"{call.request.method} {call.request.url.path.removeprefix('/api')}" for call in wire.calls]


async def refusal(desk: Desk, wish: Order) -> Refusal:
    with pytest.raises(Refused) as caught:
        await desk.book(wish)
    return caught.value.reason


def posted(wire: respx.Router) -> Any:
    (body,) = (json.loads(call.request.content) for call in wire.calls if call.request.method == "POST")
    return body


def test_what_its_bookings_change(desk: Desk) -> None:
    """The places left are in the slot's own lookup and in the operator's list of rights."""
    assert desk.shows == (RIGHT_BY_REF, RIGHTS_OFFERED)
    assert desk.repeatable


async def test_a_right_is_what_the_standard_has_it_be(desk: Desk, wire: respx.Router) -> None:
    """Our reference is its id, the pseudonym its holder, the pool's day its planned use; no note is sent."""
    wire.get("/rights/specs/pass").respond(json=bay(version=7))
    wire.post("/rights/assigned").respond(201, json={"status": "ok"})
    wire.get(RIGHT).respond(json=assigned())
    assert await desk.book(order(note="靠近电梯", account="8800")) == OURS
    body = posted(wire)
    ASSIGNED.validate(body)
    assert body == {
        "id": REFERENCE,
        "version": 1,
        "rightSpecification": {"id": "pass", "version": 7, "className": "RightSpecification"},
        "rightHolder": {
            "credentials": [
                {
                    "type": "electronicID",
                    "credentialAssignedType": "customer",
                    "identifier": {"id": "c0ffee" * 5 + "00", "className": "CustomerCredential"},
                }
            ]
        },
        "plannedUses": [{"startTime": "2026-11-25T06:00:00+08:00", "endTime": "2026-11-25T23:30:00+08:00"}],
    }
    assert asked(wire) == ["GET /rights/specs/pass", "POST /rights/assigned", f"GET {RIGHT}"]


@pytest.mark.parametrize(
    ("told", "slot", "start", "end"),
    [
        (spec(), "a/pass", "11-24T09:00:00", None),
        (spec(validity=validity("2026-11-30T16:00:00Z")), "a/pass", "12-01T00:00:00", None),
        (spec(expiry="2026-12-01T00:00:00Z"), "a/pass", "11-24T09:00:00", "12-01T08:00:00"),
        (
            bay(rightPools=[], validity=validity("2026-11-28T09:00:00Z", "2026-11-28T15:00:00Z")),
            "a/pass",
            "11-28T17:00:00",
            "11-28T23:00:00",
        ),
        (
            bay(
                rightPools=[
                    pool(1, 2, "t", validity=validity("2026-11-23T22:00:00Z", "2026-11-24T15:30:00Z"))
                ]
            ),
            "a/pass/t",
            "11-24T09:00:00",
            "11-24T23:30:00",
        ),
    ],
    ids=["a pass", "a pass from later on", "a pass that expires", "an event", "a day that has begun"],
)
async def test_the_time_that_a_right_is_planned_for(
    desk: Desk, wire: respx.Router, told: dict[str, Any], slot: str, start: str, end: str | None
) -> None:
    """The slot's, else the specification's validity; from when it was asked for, the same in each attempt."""
    wire.get("/rights/specs/pass").respond(json=told)
    wire.post("/rights/assigned").respond(201)
    wire.get(RIGHT).respond(503)
    made = NOW - timedelta(hours=1) + timedelta(microseconds=5)
    booked = await desk.book(order(slot, made=made))
    use = {"startTime": at(start).isoformat(), **({} if end is None else {"endTime": at(end).isoformat()})}
    assert posted(wire)["plannedUses"] == [use]
    # What was assigned could not be read: it is assigned all the same.
    assert booked == Booked(
        standing=Standing.CONFIRMED, id=REFERENCE, start=at(start), end=at(end) if end else None
    )


async def test_when_a_right_lapses(desk: Desk, wire: respx.Router) -> None:
    """The issuer's expiry or that of a planned use, whichever is first; at +08:00."""
    use = {"startTime": "2026-11-24T22:00:00Z", "expiryTime": "2026-11-24T23:00:00Z"}
    wire.get(RIGHT).respond(json=assigned(use, expiry="2026-12-24T22:00:00Z"))
    found = await desk.find(order())
    assert found is not None
    assert (found.start, found.end, found.expires) == (at("11-25T06:00:00"), None, at("11-25T07:00:00"))


async def test_a_right_that_the_operator_took_back(desk: Desk, wire: respx.Router) -> None:
    """Cancelled, whether its uses are or it is deleted; of others' deletions nothing is taken."""
    use = {"startTime": "2026-11-24T22:00:00Z", "cancelTime": "2026-11-24T03:00:00Z"}
    route = wire.get(RIGHT).respond(json=assigned(use))
    found = await desk.find(order())
    assert found == Booked(standing=Standing.CANCELLED, id=REFERENCE)
    route.respond(404, json={"status": "error"})
    references = [
        {"id": REFERENCE, "className": "Session", "deleteTimestamp": "2026-11-24T03:00:00Z"},
        {"id": "other", "className": "AssignedRight", "deleteTimestamp": "2026-11-24T03:00:00Z"},
    ]
    listed = wire.get("/rights/assigned").respond(json={"deletedReferences": references})
    assert await desk.find(order()) is None
    references[1]["id"] = REFERENCE
    listed.respond(json={"deletedReferences": references})
    assert await desk.find(order()) == found
    assert dict(listed.calls.last.request.url.params) == {
        "modified_since": "1795485600",
        "credential_id": "c0ffee" * 5 + "00",
    }


@pytest.mark.parametrize(("status", "certain"), [(400, True), (404, True), (403, False), (429, False)])
async def test_nothing_is_known_only_where_that_is_certain(
    desk: Desk, wire: respx.Router, status: int, certain: bool
) -> None:
    """An operator without a list of deletions knows none; one that does not answer may know of some."""
    wire.get(RIGHT).respond(404)
    wire.get("/rights/assigned").respond(status)
    if certain:
        assert await desk.find(order()) is None
    else:
        with pytest.raises(SourceError):
            await desk.find(order())


async def test_a_taken_id_is_our_own_right(desk: Desk, wire: respx.Router) -> None:
    """A conflict is not taken for a full pool before it is read what the id stands for."""
    wire.get("/rights/specs/pass").respond(json=bay())
    wire.post("/rights/assigned").respond(409, json={"status": "error", "ids": ["anything"]})
    wire.get(RIGHT).respond(json=assigned())
    assert await desk.book(order()) == OURS


async def test_a_conflict_that_cannot_be_looked_into_is_no_refusal(desk: Desk, wire: respx.Router) -> None:
    """The right may be there: the source has failed, and the order is asked for again."""
    wire.get("/rights/specs/pass").respond(json=bay())
    wire.post("/rights/assigned").respond(409)
    wire.get(RIGHT).respond(403)
    with pytest.raises(SourceError) as caught:
        await desk.book(order())
    assert caught.value.code is Code.SOURCE_REJECTED


@pytest.mark.parametrize(
    ("pools", "status", "reason"),
    [
        ([DAY], 409, Refusal.FULL),
        ([], 409, Refusal.SOURCE_REFUSED),
        ([DAY], 400, Refusal.SOURCE_REFUSED),
        ([DAY], 422, Refusal.SOURCE_REFUSED),
        ([DAY], 404, Refusal.NOT_POSSIBLE),
        ([DAY], 405, Refusal.NOT_POSSIBLE),
    ],
)
async def test_why_a_right_is_not_assigned(
    desk: Desk, wire: respx.Router, pools: list[Any], status: int, reason: Refusal
) -> None:
    """Full where it has pools and the id is not taken; not possible where nothing can be asked for."""
    wire.get("/rights/specs/pass").respond(json=spec(rightPools=pools))
    wire.post("/rights/assigned").respond(status, json={"status": "error", "message": "粤B12345"})
    wire.get(RIGHT).respond(404)
    with pytest.raises(Refused) as caught:
        await desk.book(order("a/pass/d%2F1" if pools else "a/pass"))
    assert (caught.value.reason, caught.value.detail) == (reason, f"status {status}")


@pytest.mark.parametrize(
    ("answer", "slot", "reason"),
    [
        (httpx.Response(404), "a/pass", Refusal.NOT_OFFERED),
        (httpx.Response(410), "a/pass", Refusal.NOT_OFFERED),
        (httpx.Response(200, json=spec(type="accessPermission")), "a/pass", Refusal.NOT_OFFERED),
        (
            httpx.Response(200, json=spec(validity=validity(validityStatus="suspended"))),
            "a/pass",
            Refusal.NOT_OFFERED,
        ),
        (httpx.Response(200, json=bay()), "a/pass", Refusal.NOT_OFFERED),
        (httpx.Response(200, json=bay()), "a/pass/d%2F2", Refusal.NOT_OFFERED),
        (httpx.Response(200, json=spec(expiry="2026-11-24T02:00:00Z")), "a/pass", Refusal.TOO_LATE),
        (
            httpx.Response(
                200,
                json=bay(
                    rightPools=[
                        pool(1, 2, "y", validity=validity("2026-11-22T22:00:00Z", "2026-11-23T15:30:00Z"))
                    ]
                ),
            ),
            "a/pass/y",
            Refusal.TOO_LATE,
        ),
    ],
    ids=["unknown", "gone", "not asked for", "suspended", "no pool", "another pool", "expired", "over"],
)
async def test_what_cannot_be_had_is_not_asked_for(
    desk: Desk, wire: respx.Router, answer: httpx.Response, slot: str, reason: Refusal
) -> None:
    """The specification says so: nothing is written."""
    wire.get("/rights/specs/pass").mock(return_value=answer)
    assert await refusal(desk, order(slot)) is reason
    assert asked(wire) == ["GET /rights/specs/pass"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (409, Refusal.TOO_LATE),
        (400, Refusal.SOURCE_REFUSED),
        (405, Refusal.NOT_POSSIBLE),
    ],
)
async def test_why_a_right_is_not_taken_back(
    desk: Desk, wire: respx.Router, status: int, reason: Refusal
) -> None:
    """In conflict with its use, which is over or under way."""
    wire.delete(RIGHT).respond(status, json={"status": "error"})
    with pytest.raises(Refused) as caught:
        await desk.cancel(order(), OURS)
    assert caught.value.reason is reason


@pytest.mark.parametrize("status", [404, 410])
async def test_a_right_that_is_gone_is_cancelled(desk: Desk, wire: respx.Router, status: int) -> None:
    """Nothing of it is left to cancel, and it does not lapse any more."""
    wire.delete(RIGHT).respond(status, json={"status": "error"})
    lapsing = Booked(standing=Standing.CONFIRMED, id=REFERENCE, start=OURS.start, expires=OURS.end)
    assert await desk.cancel(order(), lapsing) == Booked(
        standing=Standing.CANCELLED, id=REFERENCE, start=OURS.start
    )
    assert asked(wire) == [f"DELETE {RIGHT}"]
