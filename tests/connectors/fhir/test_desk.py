"""Booking a doctor's time over FHIR R4: the five hospitals, and what other servers do, at the wire."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx
import msgspec
import orjson
import pytest
import respx

from connectors.fhir import CONNECTOR
from connectors.fhir.connector import FhirConnector
from connectors.kit import Booked, Code, Desk, Order, Refusal, Refused, SourceError, Standing, StatusError
from mocks.fhir.profile import PROFILES
from mocks.server import RunningMocks
from mocks.world import Clock, World
from schema.health.lookups import SLOT_BY_REF, SLOTS, SlotsKey
from schema.health.records import AppointmentSlotRecord
from tests.conftest import NOW
from tests.connectors.at_simulators import RESIDENT, at_simulator, order
from tests.connectors.conftest import Connect

HOSPITALS = [profile.id for profile in PROFILES]
CONDITIONAL = [hospital for hospital in HOSPITALS if hospital != "hospital-third"]
DAY = NOW.date() + timedelta(days=2)
KIND = "appointment-slot"


@pytest.fixture(scope="module")
def own_mocks() -> Iterator[RunningMocks]:
    """The hospitals in a world of their own: what these tests book, no other test sees."""
    with RunningMocks(World(7, Clock.frozen(NOW)), only=HOSPITALS) as running:
        yield running


@pytest.fixture
def mocks(own_mocks: RunningMocks) -> Iterator[RunningMocks]:
    """The hospitals at NOW, with no fault and an empty log of calls."""
    own_mocks.clear_calls()
    yield own_mocks
    own_mocks.clear_faults()
    own_mocks.world.clock.move_to(NOW)


_TESTS = count()


class Counter:
    """One hospital's desk, and a free slot of its own."""

    def __init__(self, mocks: RunningMocks, connector: FhirConnector, slot: AppointmentSlotRecord) -> None:
        self.mocks = mocks
        self.hospital = connector.upstream.source
        self.connector = connector
        self.desk = connector.desk(KIND)
        self.slot = slot
        self._first = next(_TESTS) * 100
        self._before = len(mocks.ledger(self.hospital))

    def order(self, number: int = 1, *, slot: str | None = None, **fields: Any) -> Order:
        id_ = self.slot.ref.id if slot is None else slot
        return order(KIND, self.hospital, id_, self._first + number, **fields)

    def calls(self) -> list[str]:
        """What was asked since the last time, tokens left aside."""
        found = [f"{call.method} {call.path}" for call in self.mocks.calls(self.hospital, token=False)]
        self.mocks.clear_calls()
        return [call.replace("/fhir/", "") for call in found]

    def ledger(self) -> list[tuple[str, str, list[str]]]:
        """What was committed in this test."""
        entries = self.mocks.ledger(self.hospital)[self._before :]
        return [(entry["kind"], entry["status"], entry["identifier"]) for entry in entries]

    async def free(self) -> bool:
        found = await self.connector.slots_by_ref([self.slot.ref])
        self.mocks.clear_calls()
        return found[self.slot.ref].places_left == 1


@asynccontextmanager
async def opened(mocks: RunningMocks, hospital: str = "hospital-central") -> AsyncIterator[Counter]:
    async with at_simulator(mocks, hospital) as connector:
        assert isinstance(connector, FhirConnector)
        key = SlotsKey(day=DAY, count=1)
        (slot,) = (await connector.slots([key]))[key]
        counter = Counter(mocks, connector, slot)
        counter.calls()
        yield counter


@pytest.fixture
async def counter(mocks: RunningMocks) -> AsyncIterator[Counter]:
    """The central hospital's, which keeps to the letter."""
    async with opened(mocks) as found:
        yield found


async def refused(desk: Desk, wish: Order) -> Refused:
    with pytest.raises(Refused) as told:
        await desk.book(wish)
    return told.value


# What every hospital does


@pytest.mark.parametrize("hospital", HOSPITALS)
async def test_a_booking_is_made_found_and_cancelled(mocks: RunningMocks, hospital: str) -> None:
    """One call books, one finds the same, two cancel; the slot is taken, and free again."""
    async with opened(mocks, hospital) as counter:
        wish = counter.order(note="带老人，需要轮椅")
        booked = await counter.desk.book(wish)
        assert counter.calls() == ["POST Appointment"]
        assert booked == Booked(
            standing=Standing.CONFIRMED,
            id=mocks.ledger(hospital)[-1]["id"],
            version="1",
            start=counter.slot.start,
            end=counter.slot.end,
            where=booked.where,
        )
        assert not await counter.free()
        assert await counter.desk.find(wish) == booked
        assert counter.calls() == ["GET Appointment"]
        cancelled = await counter.desk.cancel(wish, booked)
        assert cancelled == msgspec.structs.replace(booked, standing=Standing.CANCELLED, version="2")
        assert counter.calls() == [f"GET Appointment/{booked.id}", f"PUT Appointment/{booked.id}"]
        assert await counter.free()
        assert await counter.desk.cancel(wish, booked) == cancelled
        assert counter.calls() == [f"GET Appointment/{booked.id}"]
        assert await counter.desk.find(wish) == cancelled
        assert counter.ledger() == [
            ("appointment.created", "booked", [wish.reference]),
            ("appointment.updated", "cancelled", [wish.reference]),
        ]


@pytest.mark.parametrize("hospital", HOSPITALS)
async def test_one_reference_is_booked_once(mocks: RunningMocks, hospital: str) -> None:
    """The same order again is the same booking; where the server does not see to it, a search does."""
    async with opened(mocks, hospital) as counter:
        wish = counter.order()
        booked = await counter.desk.book(wish)
        counter.calls()
        assert await counter.desk.book(wish) == booked
        assert counter.calls() == ["POST Appointment", *(["GET Appointment"] * (hospital not in CONDITIONAL))]
        assert counter.ledger() == [("appointment.created", "booked", [wish.reference])]
        assert counter.desk.repeatable is (hospital in CONDITIONAL)


@pytest.mark.parametrize("hospital", HOSPITALS)
async def test_a_slot_taken_meanwhile_is_full(mocks: RunningMocks, hospital: str) -> None:
    """By 409 or 422, as the hospital says it, and nothing more is written."""
    async with opened(mocks, hospital) as counter:
        await counter.desk.book(counter.order())
        counter.calls()
        told = await refused(counter.desk, counter.order(2))
        status = 422 if hospital == "hospital-second" else 409
        assert (told.reason, told.detail) == (Refusal.FULL, f"{status} conflict")
        assert counter.calls() == ["POST Appointment", *(["GET Appointment"] * (hospital not in CONDITIONAL))]
        assert len(counter.ledger()) == 1


async def test_a_burst_on_one_slot_has_one_winner(counter: Counter) -> None:
    """Twelve at once: one is booked, eleven hear FULL, and there is one appointment."""
    answers = await asyncio.gather(
        *(counter.desk.book(counter.order(number)) for number in range(12)), return_exceptions=True
    )
    lost = [answer.reason for answer in answers if isinstance(answer, Refused)]
    assert lost == [Refusal.FULL] * 11
    assert sum(isinstance(answer, Booked) for answer in answers) == 1
    assert len(counter.ledger()) == 1


async def test_the_gateway_is_told_what_to_forget(counter: Counter) -> None:
    """Slots by id and lists of free ones tell what is left; the connector books that one kind."""
    assert counter.desk.shows == (SLOT_BY_REF, SLOTS)
    assert CONNECTOR.books == (AppointmentSlotRecord,)
    assert await counter.desk.hold(counter.order()) is None
    assert counter.calls() == []


# What cannot be booked


async def test_a_time_that_has_begun_is_too_late(counter: Counter) -> None:
    """The refusal leaves open why; the slot, asked for once, tells."""
    counter.mocks.world.clock.move_to(counter.slot.start)
    told = await refused(counter.desk, counter.order())
    assert (told.reason, told.detail) == (Refusal.TOO_LATE, "422 business-rule")
    assert counter.calls() == ["POST Appointment", "GET Slot"]
    assert counter.ledger() == []


async def test_a_slot_that_is_gone_is_not_offered(counter: Counter) -> None:
    """The hospital knows no such slot, by either answer."""
    told = await refused(counter.desk, counter.order(slot="slot-nowhere"))
    assert (told.reason, told.detail) == (Refusal.NOT_OFFERED, "422 not-found")
    assert counter.calls() == ["POST Appointment", "GET Slot"]
    assert counter.ledger() == []


@pytest.mark.parametrize("id_", ["", "a/b", "../Patient", "slot|1", "x" * 65, "号源", "slot-1\n", "a,b"])
async def test_what_no_slot_is_called_is_sent_nowhere(counter: Counter, id_: str) -> None:
    """NOT_OFFERED, and no call."""
    told = await refused(counter.desk, counter.order(slot=id_))
    assert told.reason is Refusal.NOT_OFFERED
    assert counter.calls() == []


async def test_a_slot_is_one_patients(counter: Counter) -> None:
    """For two people: NOT_POSSIBLE, and no call."""
    assert (await refused(counter.desk, counter.order(party=2))).reason is Refusal.NOT_POSSIBLE
    assert counter.calls() == []


async def test_what_was_never_asked_for_is_unknown(counter: Counter) -> None:
    """None, by one call."""
    assert await counter.desk.find(counter.order(99)) is None
    assert counter.calls() == ["GET Appointment"]


# When the system fails


@pytest.mark.parametrize("hospital", HOSPITALS)
async def test_what_was_booked_before_the_connection_broke_is_found(
    mocks: RunningMocks, hospital: str
) -> None:
    """The reset leaves it in doubt; the reference finds it, once."""
    async with opened(mocks, hospital) as counter:
        wish = counter.order()
        mocks.fault(hospital, reset_after_commit=True, method="POST", count=1)
        with pytest.raises(SourceError) as broken:
            await counter.desk.book(wish)
        assert (broken.value.code, broken.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, True)
        found = await counter.desk.find(wish)
        assert found is not None
        assert found.standing is Standing.CONFIRMED
        assert counter.ledger() == [("appointment.created", "booked", [wish.reference])]


@pytest.mark.parametrize(
    ("fault", "code", "in_doubt"),
    [
        ({"hang": True}, Code.SOURCE_TIMEOUT, True),
        ({"error_rate": 1.0}, Code.SOURCE_UNAVAILABLE, True),
        ({"error_rate": 1.0, "error_status": 429}, Code.SOURCE_BUSY, False),
        ({"error_rate": 1.0, "error_status": 403}, Code.SOURCE_REJECTED, False),
    ],
    ids=["hang", "503", "429", "403"],
)
async def test_no_answer_is_no_refusal(
    mocks: RunningMocks, counter: Counter, fault: dict[str, Any], code: Code, in_doubt: bool
) -> None:
    """The error goes on as it is, with its doubt; one call, nothing written."""
    mocks.fault(counter.hospital, **fault)
    async with at_simulator(mocks, counter.hospital, timeout_ms=300) as connector:
        with pytest.raises(SourceError) as failed:
            await connector.desk(KIND).book(counter.order())
    assert (failed.value.code, failed.value.in_doubt) == (code, in_doubt)
    assert counter.calls() == ["POST Appointment"]
    assert counter.ledger() == []


async def test_half_an_answer_leaves_it_in_doubt(counter: Counter) -> None:
    """It was carried out, and is found."""
    counter.mocks.fault(counter.hospital, malformed=True, method="POST", count=1)
    with pytest.raises(SourceError) as failed:
        await counter.desk.book(counter.order())
    assert (failed.value.code, failed.value.in_doubt) == (Code.SOURCE_MALFORMED, True)
    assert (await counter.desk.find(counter.order())) is not None


async def test_a_server_that_is_not_there_has_done_nothing(mocks: RunningMocks) -> None:
    """A refused connection is not in doubt."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    async with at_simulator(mocks, "hospital-third", url=url) as connector:
        with pytest.raises(SourceError) as failed:
            await connector.desk(KIND).book(order(KIND, "hospital-third", "slot-1"))
    assert (failed.value.code, failed.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, False)


async def test_a_cancellation_that_was_cut_off_is_done(counter: Counter) -> None:
    """In doubt at first; cancelled again, it is seen to be done and not sent once more."""
    booked = await counter.desk.book(counter.order())
    counter.mocks.fault(counter.hospital, reset_after_commit=True, method="PUT", count=1)
    with pytest.raises(SourceError) as failed:
        await counter.desk.cancel(counter.order(), booked)
    assert failed.value.in_doubt is True
    counter.calls()
    assert (await counter.desk.cancel(counter.order(), booked)).standing is Standing.CANCELLED
    assert counter.calls() == [f"GET Appointment/{booked.id}"]
    assert len(counter.ledger()) == 2


async def test_an_appointment_that_has_begun_is_not_cancelled(counter: Counter) -> None:
    """The hospital refuses, a second look shows no race: TOO_LATE, and it stands as it did."""
    booked = await counter.desk.book(counter.order())
    counter.mocks.world.clock.move_to(counter.slot.start)
    counter.calls()
    with pytest.raises(Refused) as told:
        await counter.desk.cancel(counter.order(), booked)
    assert (told.value.reason, told.value.detail) == (Refusal.TOO_LATE, "422 business-rule")
    path = f"Appointment/{booked.id}"
    assert counter.calls() == [f"GET {path}", f"PUT {path}", f"GET {path}"]
    assert len(counter.ledger()) == 1


# What other servers do, at the wire


REFERENCE = order(KIND, "h", "slot-1").reference
BEGINS = "2026-11-26T00:00:00Z"


def appointment(version: str | None = "1", status: str = "booked", **fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "id": "a1",
        **({"meta": {"versionId": version}} if version else {}),
        "status": status,
        "identifier": [{"system": "urn:longgang:booking", "value": REFERENCE}],
        "start": BEGINS,
        "minutesDuration": 10,
        "participant": [
            {"actor": {"identifier": {"value": RESIDENT}}, "status": "accepted"},
            {"actor": {"reference": "Location/b1", "display": "门诊楼3楼"}, "status": "accepted"},
        ],
        **fields,
    }


def outcome(*codes: str) -> dict[str, Any]:
    issues = [{"severity": "error", "code": code, "diagnostics": "张三 13800001234"} for code in codes]
    return {"resourceType": "OperationOutcome", "issue": issues}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": resource} for resource in resources],
    }


def slot(start: str = BEGINS, status: str = "free") -> dict[str, Any]:
    return {
        "resourceType": "Slot", "id": "slot-1", "schedule": {"reference": "Schedule/s1"},
        "status": status, "start": start, "end": "2026-11-26T01:00:00Z",
    }  # fmt: skip


@pytest.fixture
async def desk(connect: Connect) -> Desk:
    """At a server of no particular habits."""
    connector: FhirConnector = await connect(CONNECTOR, id="h")
    return connector.desk(KIND)


def wished(**fields: Any) -> Order:
    return order(KIND, "h", "slot-1", **fields)


def sequence(wire: respx.Router) -> list[str]:
    return [f"{call.request.method} {call.request.url.path.removeprefix('/api/')}" for call in wire.calls]


async def test_what_a_hospital_is_told(connect: Connect, wire: respx.Router) -> None:
    """Our reference, the pseudonym, the slot and the note; conditional on the reference; no name, no time."""
    systems = {"references": "https://graph.example/bookings", "residents": "urn:oid:1.2.3"}
    connector: FhirConnector = await connect(CONNECTOR, systems, id="h")
    route = wire.post("/Appointment").respond(201, json=appointment())
    booked = await connector.desk(KIND).book(wished(note="带老人"))
    request = route.calls.last.request
    assert orjson.loads(request.content) == {
        "resourceType": "Appointment",
        "identifier": [{"system": "https://graph.example/bookings", "value": REFERENCE}],
        "status": "proposed",
        "slot": [{"reference": "Slot/slot-1"}],
        "participant": [
            {
                "actor": {"type": "Patient", "identifier": {"system": "urn:oid:1.2.3", "value": RESIDENT}},
                "required": "required",
                "status": "accepted",
            }
        ],
        "comment": "带老人",
    }
    assert request.headers["content-type"] == request.headers["accept"] == "application/fhir+json"
    assert request.headers["prefer"] == "return=representation"
    assert request.headers["if-none-exist"] == f"identifier=https://graph.example/bookings|{REFERENCE}"
    assert (booked.where, booked.start) == ("门诊楼3楼", datetime.fromisoformat("2026-11-26T08:00+08:00"))


@pytest.mark.parametrize("system", ["urn:a|b", "urn:a,b", "no-uri", "urn:a b", "urn:a&c=d", ""])
async def test_a_system_with_a_meaning_of_its_own_is_refused(connect: Connect, system: str) -> None:
    """What would change the search that a booking hangs on stops the start."""
    with pytest.raises(msgspec.ValidationError):
        await connect(CONNECTOR, {"references": system}, id="h")


async def test_a_server_without_conditional_create_is_not_sent_the_condition(
    connect: Connect, wire: respx.Router
) -> None:
    """Some refuse the header; and such a desk claims nothing."""
    connector: FhirConnector = await connect(CONNECTOR, {"conditional_create": False}, id="h")
    route = wire.post("/Appointment").respond(201, json=appointment())
    await connector.desk(KIND).book(wished())
    assert "if-none-exist" not in route.calls.last.request.headers
    assert connector.desk(KIND).repeatable is False


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("body", [b"", orjson.dumps(outcome("informational"))], ids=["empty", "outcome"])
async def test_a_server_may_not_show_what_it_made(
    desk: Desk, wire: respx.Router, status: int, body: bytes
) -> None:
    """It is asked for by its reference."""
    wire.post("/Appointment").respond(status, content=body)
    wire.get("/Appointment").respond(json=bundle(appointment()))
    assert (await desk.book(wished())).id == "a1"
    assert sequence(wire) == ["POST Appointment", "GET Appointment"]
    assert wire.calls.last.request.url.params["identifier"] == f"urn:longgang:booking|{REFERENCE}"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(403), Code.SOURCE_REJECTED),
        (httpx.Response(200, json=bundle()), Code.SOURCE_MALFORMED),
    ],
    ids=["refused", "nothing"],
)
async def test_what_was_made_and_is_not_shown_stays_in_doubt(
    desk: Desk, wire: respx.Router, answer: httpx.Response, code: Code
) -> None:
    """The booking was accepted: a search that fails, or finds nothing yet, does not undo it."""
    wire.post("/Appointment").respond(201)
    wire.get("/Appointment").mock(return_value=answer)
    with pytest.raises(SourceError) as failed:
        await desk.book(wished())
    assert (failed.value.code, failed.value.in_doubt) == (code, True)


async def test_several_of_one_reference_are_one_booking(desk: Desk, wire: respx.Router) -> None:
    """412 says that there are several (R4 3.1.0.8.1): one that stands is given."""
    other = [{"system": "urn:other", "value": REFERENCE}]
    wire.post("/Appointment").respond(412, json=outcome("multiple-matches"))
    wire.get("/Appointment").respond(
        json=bundle(
            appointment(id="a0", identifier=other),
            appointment(id="a1", status="cancelled"),
            appointment(id="a3"),
            appointment(id="a2"),
        )
    )
    booked = await desk.book(wished())
    assert (booked.id, booked.standing) == ("a2", Standing.CONFIRMED)
    assert sequence(wire) == ["POST Appointment", "GET Appointment"]


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("proposed", Standing.WAITLISTED),
        ("pending", Standing.WAITLISTED),
        ("waitlist", Standing.WAITLISTED),
        ("booked", Standing.CONFIRMED),
        ("arrived", Standing.CONFIRMED),
        ("checked-in", Standing.CONFIRMED),
        ("fulfilled", Standing.CONFIRMED),
        ("noshow", Standing.CONFIRMED),
        ("cancelled", Standing.CANCELLED),
        ("entered-in-error", Standing.CANCELLED),
    ],
)
async def test_what_a_status_means(desk: Desk, wire: respx.Router, status: str, standing: Standing) -> None:
    """What is not agreed to by all waits; what is over was confirmed."""
    wire.get("/Appointment").respond(json=bundle(appointment(status=status)))
    found = await desk.find(wished())
    assert found is not None
    assert found.standing is standing


@pytest.mark.parametrize(
    ("status", "body", "slots", "reason", "detail"),
    [
        (409, outcome("conflict"), None, Refusal.FULL, "409 conflict"),
        (422, outcome("conflict"), None, Refusal.FULL, "422 conflict"),
        (409, outcome("duplicate"), None, Refusal.DUPLICATE, "409 duplicate"),
        (405, outcome("not-supported"), None, Refusal.NOT_POSSIBLE, "405 not-supported"),
        (422, outcome("business-rule"), [slot()], Refusal.SOURCE_REFUSED, "422 business-rule"),
        (422, outcome("business-rule"), [slot(status="busy")], Refusal.FULL, "422 business-rule"),
        (409, None, [slot(status="busy-tentative")], Refusal.FULL, "409"),
        (409, None, [slot(status="busy-unavailable")], Refusal.NOT_OFFERED, "409"),
        (422, outcome("zhang-san"), [slot("2026-11-24T02:00:00Z")], Refusal.TOO_LATE, "422"),
        (422, outcome("not-found"), [], Refusal.NOT_OFFERED, "422 not-found"),
        (400, outcome("structure"), [slot()], Refusal.SOURCE_REFUSED, "400 structure"),
        (404, None, [slot(status="entered-in-error")], Refusal.NOT_OFFERED, "404"),
    ],
)
async def test_why_a_server_says_no(
    desk: Desk,
    wire: respx.Router,
    status: int,
    body: dict[str, Any] | None,
    slots: list[dict[str, Any]] | None,
    reason: Refusal,
    detail: str,
) -> None:
    """By codes that say it, else by the slot itself; no word of the server's is told."""
    wire.post("/Appointment").respond(status, json=body) if body else wire.post("/Appointment").respond(
        status
    )
    if slots is not None:
        wire.get("/Slot").respond(json=bundle(*slots))
    told = await refused(desk, wished())
    assert (told.reason, told.detail) == (reason, detail)
    assert sequence(wire) == ["POST Appointment", *(["GET Slot"] * (slots is not None))]


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, None), (403, outcome("forbidden")), (408, None), (409, outcome("lock-error")), (307, None)],
)
async def test_what_is_no_answer_goes_on(
    desk: Desk, wire: respx.Router, status: int, body: dict[str, Any] | None
) -> None:
    """Our credential, another moment, a redirect: not the resident's business, and nothing is in doubt."""
    wire.post("/Appointment").respond(status, json=body) if body else wire.post("/Appointment").respond(
        status
    )
    with pytest.raises(StatusError) as failed:
        await desk.book(wished())
    assert (failed.value.status, failed.value.in_doubt) == (status, False)
    assert sequence(wire) == ["POST Appointment"]


BOOKED = Booked(standing=Standing.CONFIRMED, id="a1", version="1")


async def test_a_cancellation_changes_nothing_else(desk: Desk, wire: respx.Router) -> None:
    """What the hospital wrote goes back whole, on the version that was read, with whose wish it was."""
    wire.get("/Appointment/a1").respond(json=appointment(priority=3, supportingInformation=[{"x": 1}]))
    put = wire.put("/Appointment/a1").respond(json=appointment("2", "cancelled"))
    cancelled = await desk.cancel(wished(), BOOKED)
    assert (cancelled.standing, cancelled.version) == (Standing.CANCELLED, "2")
    request = put.calls.last.request
    assert request.headers["if-match"] == 'W/"1"'
    assert orjson.loads(request.content) == appointment(
        status="cancelled",
        priority=3,
        supportingInformation=[{"x": 1}],
        cancelationReason={
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason",
                    "code": "pat",
                }
            ]
        },
    )


@pytest.mark.parametrize("status", [409, 412, 422])
async def test_a_lost_race_is_run_once_more(desk: Desk, wire: respx.Router, status: int) -> None:
    """However the server says it: read again, and sent on the version that is current now."""
    versions = iter(("1", "2"))
    wire.get("/Appointment/a1").mock(
        side_effect=lambda _: httpx.Response(
            200, json=appointment(v := next(versions)), headers={"etag": f'"{v}"'}
        )
    )
    put = wire.put("/Appointment/a1").mock(
        side_effect=[
            httpx.Response(status, json=outcome("conflict")),
            httpx.Response(200, headers={"etag": 'W/"3"'}),
        ]
    )
    cancelled = await desk.cancel(wished(), BOOKED)
    assert (cancelled.standing, cancelled.version) == (Standing.CANCELLED, "3")
    assert [call.request.headers["if-match"] for call in put.calls] == ['"1"', '"2"']
    assert sequence(wire) == ["GET Appointment/a1", "PUT Appointment/a1"] * 2


async def test_a_race_lost_twice_is_for_another_attempt(desk: Desk, wire: respx.Router) -> None:
    """Nothing is in doubt, and it is not sent a third time."""
    versions = iter("123")
    wire.get("/Appointment/a1").mock(
        side_effect=lambda _: httpx.Response(200, json=appointment(next(versions)))
    )
    wire.put("/Appointment/a1").respond(412)
    with pytest.raises(StatusError) as failed:
        await desk.cancel(wished(), BOOKED)
    assert (failed.value.status, failed.value.in_doubt) == (412, False)
    assert sequence(wire) == ["GET Appointment/a1", "PUT Appointment/a1"] * 2


async def test_somebody_else_may_cancel_first(desk: Desk, wire: respx.Router) -> None:
    """The race is lost to a cancellation: it is cancelled."""
    states = iter((("1", "booked"), ("2", "cancelled")))
    wire.get("/Appointment/a1").mock(
        side_effect=lambda _: httpx.Response(200, json=appointment(*next(states)))
    )
    put = wire.put("/Appointment/a1").respond(412)
    assert (await desk.cancel(wished(), BOOKED)).standing is Standing.CANCELLED
    assert put.call_count == 1


@pytest.mark.parametrize("status", [404, 410])
async def test_one_that_was_deleted_is_cancelled(desk: Desk, wire: respx.Router, status: int) -> None:
    """There is nothing left to cancel."""
    wire.get("/Appointment/a1").respond(status)
    assert (await desk.cancel(wished(), BOOKED)).standing is Standing.CANCELLED
    assert sequence(wire) == ["GET Appointment/a1"]


@pytest.mark.parametrize("status", ["arrived", "checked-in", "fulfilled", "noshow"])
async def test_what_took_place_is_too_late_to_cancel(desk: Desk, wire: respx.Router, status: str) -> None:
    """Nothing is sent."""
    wire.get("/Appointment/a1").respond(json=appointment(status=status))
    with pytest.raises(Refused) as told:
        await desk.cancel(wished(), BOOKED)
    assert told.value.reason is Refusal.TOO_LATE
    assert sequence(wire) == ["GET Appointment/a1"]


@pytest.mark.parametrize(
    ("version", "status", "body", "reason", "calls"),
    [
        ("1", 422, outcome("business-rule"), Refusal.SOURCE_REFUSED, 3),
        (None, 409, outcome("conflict"), Refusal.SOURCE_REFUSED, 3),
        ("1", 405, outcome("not-supported"), Refusal.NOT_POSSIBLE, 2),
        ("1", 400, outcome("structure"), Refusal.SOURCE_REFUSED, 2),
    ],
    ids=["a rule", "no versions", "no update", "misread"],
)
async def test_a_hospital_may_keep_an_appointment(
    desk: Desk,
    wire: respx.Router,
    version: str | None,
    status: int,
    body: dict[str, Any],
    reason: Refusal,
    calls: int,
) -> None:
    """A refusal with the version unchanged is no race."""
    wire.get("/Appointment/a1").respond(json=appointment(version))
    put = wire.put("/Appointment/a1").respond(status, json=body)
    with pytest.raises(Refused) as told:
        await desk.cancel(wished(), BOOKED)
    assert (told.value.reason, len(wire.calls), put.call_count) == (reason, calls, 1)
    assert ("if-match" in put.calls.last.request.headers) is (version is not None)


async def test_an_appointment_that_cannot_be_read_is_not_overwritten(desk: Desk, wire: respx.Router) -> None:
    """Another resource in its place is SOURCE_MALFORMED, and nothing is sent."""
    wire.get("/Appointment/a1").respond(json=outcome("informational"))
    with pytest.raises(SourceError) as failed:
        await desk.cancel(wished(), BOOKED)
    assert (failed.value.code, failed.value.in_doubt) == (Code.SOURCE_MALFORMED, False)
    assert sequence(wire) == ["GET Appointment/a1"]


async def test_a_search_that_takes_no_identifier_does_not_say_that_there_is_none(
    desk: Desk, wire: respx.Router
) -> None:
    """An empty set whose self link lacks it is a fault: the booking may be there."""
    link = [{"relation": "self", "url": "http://system.test/api/Appointment?_count=200"}]
    wire.get("/Appointment").respond(json=bundle() | {"link": link})
    with pytest.raises(SourceError) as failed:
        await desk.find(wished())
    assert failed.value.code is Code.SOURCE_REJECTED
