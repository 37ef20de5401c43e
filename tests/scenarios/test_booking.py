"""Every kind of slot booked, seen and cancelled through the graph: HTTP in, the simulators' wire out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from mocks.server import RunningMocks
from mocks.world import Clock, World
from tests.commands.asks import BOOK, CANCEL, MOVE, comes_to
from tests.conftest import NOW, Graph, running_graph, simulated_sources
from tests.scenarios.test_slots import QUERY, found

PLACES = "query ($id: ID!) { node(id: $id) { ... on Slot { placesLeft bookable } } }"
SOURCE = "query ($id: ID!) { node(id: $id) { ... on Entity { source { id } } } }"
MINE = """
query ($scenario: Scenario) { me { bookings(scenario: $scenario, status: [CONFIRMED]) { edges { node {
  id title start scenario slot { id placesLeft } source { id }
} } } } }
"""
CARDS = {
    "library-district": "044030700000003",
    "library-buji": "044031400000004",
    "library-bantian": "044030800000007",
    "volunteers-union": "V-000001",
    "volunteers-redcross": "V-000001",
}
"""Accounts that the seeded world has, as a token's `accounts`."""

PATRON = ("GET /api/v1/patrons", "GET /api/v1/libraries")
QUOTE, ORDER = "PUT /openbooking/order-quotes/{ref}", "PUT /openbooking/orders/{ref}"
REVOKED = ("GET /openbooking/orders/{ref}", "PATCH /openbooking/orders/{ref}")
ORDERED = ((QUOTE, ORDER), REVOKED, ("order.created", "order.cancelled"))
REFERRED = (("POST /referrals",), ("DELETE /referrals/{ref}",), ("referral.created", "referral.cancelled"))
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, str]]] = {
    "ParkingRight": (
        ("GET /rights/specs/spec-city-home-monthly", "POST /rights/assigned", "GET /rights/assigned/{ref}"),
        ("DELETE /rights/assigned/{ref}",),
        ("assignedRight.created", "assignedRight.deleted"),
    ),
    "CourtSlot": ORDERED,
    "SportsSession": ORDERED,
    "ParentChildClass": ORDERED,
    "ParentChildCourse": ORDERED,
    "BiblioHold": (
        (*PATRON, "GET /api/v1/holds", "GET /daia", "POST /api/v1/holds"),
        ("DELETE /api/v1/holds/{id}",),
        ("hold.placed", "hold.cancelled"),
    ),
    "AppointmentSlot": (
        ("POST /fhir/Appointment",),
        ("GET /fhir/Appointment/{id}", "PUT /fhir/Appointment/{id}"),
        ("appointment.created", "appointment.updated"),
    ),
    "ChildcareSlot": REFERRED,
    "EldercareSlot": REFERRED,
    "HostelNight": REFERRED,
    "VolunteerMission": (
        ("POST /v0/mission/{id}/application",),
        ("DELETE /v0/application/{ref}",),
        ("application.made", "application.cancelled"),
    ),
    "ThingLoan": (
        (*PATRON, "GET /api/v1/items", "POST /api/v1/bookings"),
        ("DELETE /api/v1/bookings/{id}",),
        ("booking.made", "booking.cancelled"),
    ),
}
"""By type: the calls that book and that cancel, and what the simulator's ledger calls the two.
What the gateway reads besides, to see the slot before and after, is not among them."""
_READS = re.compile(
    r"GET (/feeds/.*|/services|/places/.*|/rates/.*|/api/v1/biblios|/fhir/Slot|/v0/mission/[^/]+)$"
)


@pytest.fixture(scope="module")
def town() -> Iterator[RunningMocks]:
    """Simulators of this module's own: what is booked here is nobody else's."""
    with RunningMocks(World(7, Clock.frozen(NOW))) as running:
        yield running


@pytest.fixture(scope="module")
async def gateway(town: RunningMocks, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Graph]:
    """A gateway over all of them that fills its own copies and takes commands."""
    state: Path = tmp_path_factory.mktemp("booking")
    sources = simulated_sources(town.url)
    async with running_graph(sources, database_url="", state_dir=state, warm_up_ms=60_000) as graph:
        yield graph


@pytest.fixture(scope="module")
async def slots(gateway: Graph) -> dict[str, dict[str, Any]]:
    """The first slot of each type that the page of slots lists."""
    answer = await gateway(QUERY)
    assert answer.errors == []
    return {slot["__typename"]: slot for slot in found(answer.data)}


def written(town: RunningMocks, source: str) -> Counter[str]:
    """The calls to a source that are not for showing the slot; what differs each time has one name."""
    calls = (f"{call.method} {call.path}" for call in town.calls(token=False) if call.simulator == source)
    named = (re.sub(r"/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "/{ref}", call) for call in calls)
    plain = (re.sub(r"/([0-9a-f]{24}|appointment-\d+|\d+)(?=/|$)", "/{id}", call) for call in named)
    return Counter(call for call in plain if not _READS.match(call))


async def places(graph: Graph, slot: str) -> Any:
    """How many places a slot has left, as anybody reads it."""
    return (await graph(PLACES, id=slot)).data["node"]["placesLeft"]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_is_booked_shown_and_cancelled(
    gateway: Graph, town: RunningMocks, slots: dict[str, dict[str, Any]], kind: str
) -> None:
    """One entry in the system's ledger, in as few calls as its standard allows; reads show it at once."""
    books, cancels, (made, gone) = KINDS[kind]
    slot, ada = slots[kind], gateway.of(f"ada-{kind}", accounts=CARDS)
    source = (await gateway(SOURCE, id=slot["id"])).data["node"]["source"]["id"]
    before = await places(gateway, slot["id"])
    # A hold takes no copy off the shelf: it is in the title's queue.
    taken = 0 if kind == "BiblioHold" else 1
    town.clear_calls()
    town.clear_ledger()

    answer = await ada(BOOK, input={"slot": slot["id"], "idempotencyKey": f"book-{kind}"})
    assert answer.errors == []
    assert answer.data["book"]["__typename"] == "BookingConfirmed"
    receipt = answer.data["book"]["booking"]["id"]
    assert written(town, source) == Counter(books)
    assert [entry["kind"] for entry in town.ledger(source)] == [made]
    assert await places(gateway, slot["id"]) == before - taken
    mine = (await ada(MINE, scenario=slot["scenario"])).data["me"]["bookings"]["edges"]
    assert [edge["node"]["id"] for edge in mine] == [receipt]
    shown = mine[0]["node"]
    assert shown["title"] == slot["title"]
    # A permit without a time of its own holds from when it was issued.
    assert shown["start"] == slot["start"] or (kind == "ParkingRight" and slot["start"] is None)
    assert shown["slot"] == {"id": slot["id"], "placesLeft": before - taken}
    assert shown["source"] == {"id": source}

    town.clear_calls()
    answer = await ada(CANCEL, input={"booking": receipt, "idempotencyKey": f"cancel-{kind}"})
    assert answer.data["cancelBooking"]["__typename"] == "BookingCancelled"
    assert written(town, source) == Counter(cancels)
    assert [entry["kind"] for entry in town.ledger(source)] == [made, gone]
    assert await places(gateway, slot["id"]) == before


async def test_a_court_is_moved_to_another_hour(gateway: Graph, town: RunningMocks) -> None:
    """Booked at the new hour, then given back at the old one; both show at once."""
    listed = await gateway(
        '{ courtSlots(day: "2026-11-26", free: true, first: 2) { edges { node { id } } } }'
    )
    old, new = (edge["node"]["id"] for edge in listed.data["courtSlots"]["edges"])
    had = [await places(gateway, slot) for slot in (old, new)]
    bo = gateway.of("bo")
    booked = await bo(BOOK, input={"slot": old, "idempotencyKey": "court-old"})
    first = booked.data["book"]["booking"]["id"]
    moved = await bo(MOVE, input={"booking": first, "slot": new, "idempotencyKey": "court-new"})
    assert moved.data["rescheduleBooking"]["__typename"] == "BookingConfirmed"
    await comes_to(bo, first, "CANCELLED")
    assert [await places(gateway, slot) for slot in (old, new)] == [had[0], had[1] - 1]


@pytest.mark.parametrize("kind", ["BiblioHold", "ThingLoan", "VolunteerMission"])
async def test_what_needs_an_account_says_so(
    gateway: Graph, town: RunningMocks, slots: dict[str, dict[str, Any]], kind: str
) -> None:
    """Without a linked card or volunteer number: ACCOUNT_NEEDED, and nothing is written anywhere."""
    town.clear_ledger()
    town.clear_calls()
    cy = gateway.of("cy")
    answer = await cy(BOOK, input={"slot": slots[kind]["id"], "idempotencyKey": f"no-account-{kind}"})
    result = answer.data["book"]
    assert (result["__typename"], result["reason"]) == ("BookingRejected", "ACCOUNT_NEEDED")
    assert all(call.method == "GET" for call in town.calls(token=False))
    assert all(town.ledger(source.id) == [] for source in simulated_sources(town.url))


@pytest.mark.parametrize("fault", ["reset_after_commit", "hang", "error"])
async def test_a_system_that_fails_once_has_one_entry(
    gateway: Graph, town: RunningMocks, slots: dict[str, dict[str, Any]], fault: str
) -> None:
    """The answer is lost, never comes, or is an error page: the booking is confirmed and there is one."""
    source, slot = "hostels-longgang", slots["HostelNight"]["id"]
    switches: dict[str, Any] = {"error": {"error_rate": 1, "error_status": 500}}.get(fault, {fault: True})
    town.clear_ledger()
    town.fault(source, path="/referrals", method="POST", count=1, **switches)
    di = gateway.of(f"di-{fault}")
    answer = await di(BOOK, input={"slot": slot, "idempotencyKey": f"fails-{fault}"})
    town.clear_faults()
    receipt = answer.data["book"]["booking"]["id"]
    await comes_to(di, receipt, "CONFIRMED")
    assert [entry["kind"] for entry in town.ledger(source)] == ["referral.created"]
