"""Referrals as a directory's desk asks for them, at the wire: what is sent, and what answers mean."""

from __future__ import annotations

import json
from typing import Any

import pytest
import respx

from connectors.hsds.connector import Hsds
from connectors.hsds.referrals import ReferralDesk
from connectors.kit import Booked, Code, Connector, Order, Refusal, Refused, SourceError, Standing
from schema.core.record import Ref
from tests.conftest import NOW
from tests.connectors.conftest import Connect

REFERENCE = "0f8fad5b-d9cb-469f-a165-70867728950e"
REFERRAL = f"/referrals/{REFERENCE}"
ACCEPTED = {"id": "r-1", "reference": REFERENCE, "status": "accepted", "quantity": 1}
OURS = Booked(standing=Standing.CONFIRMED, id="r-1")
GONE = Booked(standing=Standing.CANCELLED, id="r-1")


def order(slot: str = "service-1/night-1", **fields: Any) -> Order:
    fields = {"reference": REFERENCE, "kind": "hostel-night", "resident": "c0ffee" * 5 + "00", **fields}
    return Order(**{"slot": Ref("hostels", slot), "made": NOW, **fields})


class Caller(Connector):
    """Something that calls."""

    standard = "none"


@pytest.fixture
async def desk(connect: Connect) -> ReferralDesk:
    """A directory's desk."""
    return ReferralDesk((await connect(Caller, id="hostels")).upstream)


def asked(wire: respx.Router) -> list[str]:
    return [f"{call.request.method} {call.request.url.path.removeprefix('/api')}" for call in wire.calls]


def test_what_it_books(desk: ReferralDesk) -> None:
    """Three kinds of slot; a copy shows what has changed, so no cached answer does."""
    assert [kind.kind for kind in Hsds.books] == ["childcare-slot", "eldercare-slot", "hostel-night"]
    assert desk.shows == ()
    assert desk.repeatable


@pytest.mark.parametrize(
    ("fields", "more"),
    [
        ({}, {"quantity": 1}),
        ({"party": 2, "account": "8800"}, {"quantity": 2}),
        ({"note": "晚上十一点到"}, {"quantity": 1, "note": "晚上十一点到"}),
    ],
    ids=["for one", "for two", "with a note"],
)
async def test_what_is_asked_for(
    desk: ReferralDesk, wire: respx.Router, fields: dict[str, Any], more: dict[str, Any]
) -> None:
    """Reference, service, capacity, how many, the pseudonym and the note: nothing else of the person."""
    wire.post("/referrals").respond(201, json=ACCEPTED)
    assert await desk.book(order(**fields)) == OURS
    (call,) = wire.calls
    assert json.loads(call.request.content) == {
        "reference": REFERENCE,
        "service_id": "service-1",
        "capacity_id": "night-1",
        "client": "c0ffee" * 5 + "00",
        **more,
    }


@pytest.mark.parametrize(
    ("status", "body", "reason", "detail"),
    [
        (409, {"code": "FULL"}, Refusal.FULL, "409 FULL"),
        (409, {"code": "CLOSED"}, Refusal.NOT_OFFERED, "409 CLOSED"),
        (404, {"code": "UNKNOWN_SERVICE"}, Refusal.NOT_OFFERED, "404 UNKNOWN_SERVICE"),
        (404, {"code": "UNKNOWN_CAPACITY"}, Refusal.NOT_OFFERED, "404 UNKNOWN_CAPACITY"),
        (422, {"error": "quantity"}, Refusal.SOURCE_REFUSED, "status 422"),
        (409, {"code": "粤B12345"}, Refusal.SOURCE_REFUSED, "status 409"),
        (409, ["FULL"], Refusal.SOURCE_REFUSED, "status 409"),
        (404, {"error": "no such page"}, Refusal.NOT_POSSIBLE, "status 404"),
        (405, {"error": "no such call"}, Refusal.NOT_POSSIBLE, "status 405"),
    ],
)
async def test_why_a_place_is_refused(
    desk: ReferralDesk, wire: respx.Router, status: int, body: Any, reason: Refusal, detail: str
) -> None:
    """By the interface's own codes; a word that is not one of them is not repeated."""
    wire.post("/referrals").respond(status, json=body)
    with pytest.raises(Refused) as caught:
        await desk.book(order())
    assert (caught.value.reason, caught.value.detail) == (reason, detail)
    assert asked(wire) == ["POST /referrals"]


async def test_a_used_reference_is_our_own(desk: ReferralDesk, wire: respx.Router) -> None:
    """Worded otherwise by another release: what stands is read. Where nothing stands, it is a refusal."""
    wire.post("/referrals").respond(409, json={"code": "REFERENCE_USED"})
    route = wire.get(REFERRAL).respond(json=ACCEPTED)
    assert await desk.book(order()) == OURS
    route.respond(404)
    with pytest.raises(Refused) as caught:
        await desk.book(order())
    assert caught.value.reason is Refusal.SOURCE_REFUSED
    assert asked(wire) == ["POST /referrals", f"GET {REFERRAL}"] * 2


@pytest.mark.parametrize("body", [{**ACCEPTED, "status": "pending"}, {"status": "accepted"}, []])
async def test_an_answer_that_says_nothing_known_is_in_doubt(
    desk: ReferralDesk, wire: respx.Router, body: Any
) -> None:
    """It is neither taken for a booking nor for a refusal."""
    wire.post("/referrals").respond(201, json=body)
    with pytest.raises(SourceError) as caught:
        await desk.book(order())
    assert (caught.value.code, caught.value.in_doubt) == (Code.SOURCE_MALFORMED, True)


async def test_how_a_referral_stands(desk: ReferralDesk, wire: respx.Router) -> None:
    """Accepted, cancelled by the directory, or unknown."""
    route = wire.get(REFERRAL).respond(json=ACCEPTED)
    assert await desk.find(order()) == OURS
    route.respond(json={**ACCEPTED, "status": "cancelled"})
    assert await desk.find(order()) == GONE
    route.respond(404, json={"error": "no such referral"})
    assert await desk.find(order()) is None
    route.respond(403)
    with pytest.raises(SourceError):
        await desk.find(order())


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (409, {"code": "TOO_LATE"}, Refusal.TOO_LATE),
        (409, {"code": "OTHER"}, Refusal.SOURCE_REFUSED),
        (405, {}, Refusal.NOT_POSSIBLE),
    ],
)
async def test_why_a_referral_is_not_cancelled(
    desk: ReferralDesk, wire: respx.Router, status: int, body: Any, reason: Refusal
) -> None:
    """Once the time has begun, or for a reason of the directory's own."""
    wire.delete(REFERRAL).respond(status, json=body)
    with pytest.raises(Refused) as caught:
        await desk.cancel(order(), OURS)
    assert caught.value.reason is reason


async def test_a_referral_that_nobody_knows_takes_no_place(desk: ReferralDesk, wire: respx.Router) -> None:
    """It counts as cancelled."""
    wire.delete(REFERRAL).respond(404, json={"error": "no such referral"})
    assert await desk.cancel(order(), OURS) == GONE
