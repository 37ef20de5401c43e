"""Koha holds as bookings: placed once, found by reference, withdrawn; every refusal in our words."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest
import respx

from connectors.kit import Booked, Code, Refusal, Refused, SourceError, Standing, StatusError
from connectors.koha import CONNECTOR
from connectors.koha.connector import KohaConnector
from mocks.server import RunningMocks
from schema.goods.lookups import LOAN_BY_REF, TAKEN
from schema.goods.records import ThingLoanRecord
from schema.reading.holds import BiblioHoldRecord
from schema.reading.lookups import HOLD_BY_REF, HOLDINGS
from tests.connectors.conftest import Connect
from tests.connectors.koha.conftest import (
    OTHER,
    REFERENCE,
    Library,
    asked,
    day,
    holds,
    loans,
    order,
    refused,
    wrote,
)

IN = "3/loan"
"""One copy, on the shelf, for which nobody waits."""
OUT = "63/loan"
"""Two copies, both out; two readers wait."""
READS = ["GET /api/v1/holds", "GET /api/v1/libraries", "GET /api/v1/patrons", "GET /daia"]
BOOKED = [*READS, "POST /api/v1/holds"]


async def test_what_a_library_takes_bookings_of(library: Library) -> None:
    """Holds of titles and loans of things; what is cached of their places left is known."""
    connector = await library()
    assert connector.books == (BiblioHoldRecord, ThingLoanRecord)
    assert (holds(connector).shows, loans(connector).shows) == ((HOLDINGS, HOLD_BY_REF), (TAKEN, LOAN_BY_REF))
    assert (holds(connector).repeatable, loans(connector).repeatable) == (False, False)
    assert await holds(connector).hold(order(IN)) is None


async def test_a_copy_on_the_shelf_is_booked(mocks: RunningMocks, library: Library) -> None:
    """Reader, title and reference go with one POST, after reads side by side; one's own branch is told."""
    connector = await library()
    booked = await holds(connector).book(order(IN, note="周末来取"))
    assert booked == Booked(standing=Standing.CONFIRMED, id="403", where="龙岗区图书馆南湾分馆")
    assert asked(mocks) == BOOKED
    (entry,) = mocks.ledger("library-district")
    assert (entry["kind"], entry["biblio_id"], entry["patron_id"]) == ("hold.placed", 3, 3)
    mocks.clear_calls()
    assert await holds(connector).find(order(IN)) == booked
    assert asked(mocks) == ["GET /api/v1/holds", "GET /daia"]


async def test_the_reference_is_the_first_line_of_the_notes(connect: Connect, wire: respx.Router) -> None:
    """The resident's words come below it; the option `pickup` says where holds are fetched."""
    koha, post = await wired(connect, wire, pickup="LGZX")
    post.respond(201, json={"hold_id": 9, "patron_id": 7, "priority": 1, "pickup_library_id": "LGZX"})
    await holds(koha).book(order(IN, note="周末来取"))
    assert msgspec.json.decode(post.calls.last.request.content) == {
        "patron_id": 7,
        "biblio_id": 3,
        "pickup_library_id": "LGZX",
        "notes": f"{REFERENCE}\n周末来取",
    }


async def test_the_same_reference_again_is_the_same_hold(mocks: RunningMocks, library: Library) -> None:
    """The title's holds are read before anything is sent: the second time nothing is."""
    desk = holds(await library())
    booked = await desk.book(order(IN))
    mocks.clear_calls()
    assert await desk.book(order(IN)) == booked
    assert asked(mocks) == ["GET /api/v1/holds", "GET /api/v1/patrons", "GET /daia"]
    assert wrote(mocks) == ["hold.placed"]


async def test_the_last_copy_is_booked_once(mocks: RunningMocks, library: Library) -> None:
    """Who comes second is told that none is left, and nothing is sent; or queues if that will do."""
    desk = holds(await library())
    await desk.book(order(IN))
    mocks.clear_calls()
    second = order(IN, card="044030700000004", reference=OTHER)
    assert (await refused(desk.book(second))).reason is Refusal.FULL
    assert asked(mocks) == ["GET /api/v1/holds", "GET /api/v1/patrons", "GET /daia"]
    queued = await desk.book(msgspec.structs.replace(second, waitlist=True))
    assert (queued.standing, queued.position) == (Standing.WAITLISTED, 2)
    assert wrote(mocks) == ["hold.placed"] * 2


async def test_where_all_copies_are_out_one_queues(mocks: RunningMocks, library: Library) -> None:
    """The position is Koha's priority; without `waitlist` nothing is sent."""
    desk = holds(await library())
    assert (await refused(desk.book(order(OUT)))).reason is Refusal.FULL
    assert wrote(mocks) == []
    queued = await desk.book(order(OUT, waitlist=True))
    assert queued == Booked(standing=Standing.WAITLISTED, id="403", position=3, where="龙岗区图书馆南湾分馆")
    assert await desk.find(order(OUT)) == queued


async def test_one_moves_up_in_the_queue(library: Library) -> None:
    """When somebody ahead withdraws, the position falls; a copy that comes back confirms the hold."""
    connector = await library("library-bantian")
    desk = holds(connector)
    first = order("12/loan", card="044030800000001", waitlist=True)
    second = order("12/loan", card="044030800000005", waitlist=True, reference=OTHER)
    ahead = await desk.book(first)
    assert (ahead.standing, ahead.position, (await desk.book(second)).position) == (Standing.WAITLISTED, 1, 2)
    await desk.cancel(first, ahead)
    found = await desk.find(second)
    assert found is not None
    assert (found.standing, found.position) == (Standing.WAITLISTED, 1)


async def test_a_cancelled_hold_gives_its_place_back(mocks: RunningMocks, library: Library) -> None:
    """204; it is found as cancelled among old holds, cancelled again it is the same, and another has it."""
    desk = holds(await library())
    booked = await desk.book(order(IN))
    mocks.clear_calls()
    gone = await desk.cancel(order(IN), booked)
    assert gone == msgspec.structs.replace(booked, standing=Standing.CANCELLED)
    assert asked(mocks) == ["DELETE /api/v1/holds/403"]
    assert await desk.cancel(order(IN), gone) == gone
    assert await desk.cancel(order(IN), booked) == gone
    assert asked(mocks) == ["DELETE /api/v1/holds/403"] * 2 + ["GET /api/v1/holds"]
    assert await desk.find(order(IN)) == Booked(standing=Standing.CANCELLED, id="403")
    assert (await desk.book(order(IN, card="044030700000004", reference=OTHER))).id == "404"
    assert wrote(mocks) == ["hold.placed", "hold.cancelled", "hold.placed"]


async def test_a_waiting_copy_is_given_back_in_two_steps(mocks: RunningMocks, library: Library) -> None:
    """202 at Bantian: the hold stands until somebody takes the copy off the shelf, and is cancelled."""
    desk = holds(await library("library-bantian"))
    waiting = Booked(standing=Standing.CONFIRMED, id="13", expires=day("2026-12-01T00:00:00"))
    gone = await desk.cancel(order("57/loan"), waiting)
    assert gone == Booked(standing=Standing.CANCELLED, id="13")
    assert [call.status for call in mocks.calls("library-bantian", token=False)] == [202]
    assert wrote(mocks, "library-bantian") == ["hold.cancellation-requested"]


async def test_an_unknown_reference_is_not_found(mocks: RunningMocks, library: Library) -> None:
    """Neither among holds nor among those that are over: two calls."""
    assert await holds(await library()).find(order(IN)) is None
    assert asked(mocks) == ["GET /api/v1/holds"] * 2


@pytest.mark.parametrize(
    "slot", ["", "/", "loan", "/loan", "3", "3/remote", "3/Loan", "x/loan", "03/loan", "0/loan",
             "2147483648/loan", "-3/loan", "３/loan", "3/../4/loan", "3;x/loan", "3%2F4/loan"],
)  # fmt: skip
async def test_what_is_no_hold_is_asked_of_nobody(mocks: RunningMocks, library: Library, slot: str) -> None:
    """Refused, found nowhere, and nothing is sent."""
    desk = holds(await library())
    wish = order(slot, kind="biblio-hold")
    assert (await refused(desk.book(wish))).reason is Refusal.NOT_OFFERED
    assert await desk.find(wish) is None
    booked = Booked(standing=Standing.CONFIRMED, id="1")
    assert (await refused(desk.cancel(wish, booked))).reason is Refusal.NOT_OFFERED
    assert asked(mocks) == []


async def test_what_can_be_told_without_asking(mocks: RunningMocks, library: Library) -> None:
    """No card is linked; one hold is one copy."""
    desk = holds(await library())
    assert (await refused(desk.book(order(IN, card=None)))).reason is Refusal.ACCOUNT_NEEDED
    assert (await refused(desk.book(order(IN, card="")))).reason is Refusal.ACCOUNT_NEEDED
    assert (await refused(desk.book(order(IN, party=2)))).reason is Refusal.NOT_POSSIBLE
    assert asked(mocks) == []


@pytest.mark.parametrize(
    ("wish", "reason", "detail"),
    [
        ({"card": "044030700009999"}, Refusal.ACCOUNT_NEEDED, "no such card"),
        ({"card": "044030700000012"}, Refusal.NOT_ELIGIBLE, "status 409, expired"),
        ({"card": "044030700000070"}, Refusal.NOT_ELIGIBLE, "status 409, debt_limit"),
        ({"slot": "99999/loan"}, Refusal.NOT_OFFERED, "no copy is offered for this"),
        ({"slot": "2126/loan"}, Refusal.NOT_OFFERED, "no copy is offered for this"),
        ({"slot": "9/loan"}, Refusal.NOT_OFFERED, "no copy is offered for this"),
        ({"slot": "3593/loan"}, Refusal.NOT_OFFERED, "status 403, noReservesAllowed"),
        ({"slot": "8/loan", "card": "044030700000196"}, Refusal.DUPLICATE, "status 403, alreadypossession"),
    ],
)
async def test_who_may_not_or_what_is_not_lent(
    mocks: RunningMocks, library: Library, wish: dict[str, Any], reason: Refusal, detail: str
) -> None:
    """Koha's own rules in our words, and nothing is committed."""
    desk = holds(await library())
    found = await refused(desk.book(order(**{"slot": IN, "waitlist": True, **wish})))
    assert (found.reason, found.detail) == (reason, detail)
    assert wrote(mocks) == []


async def test_a_reader_has_one_hold_of_a_title(mocks: RunningMocks, library: Library) -> None:
    """A second order is a duplicate, whether another copy is left or not."""
    desk = holds(await library())
    await desk.book(order(IN))
    for waitlist in (False, True):
        second = order(IN, reference=OTHER, waitlist=waitlist)
        assert (await refused(desk.book(second))).reason is Refusal.DUPLICATE
    assert wrote(mocks) == ["hold.placed"]


async def test_so_many_holds_and_no_more(mocks: RunningMocks, library: Library) -> None:
    """The limit is Koha's: `tooManyReserves`, in later releases `hold_limit`."""
    for id_, card, detail in (
        ("library-district", "044030700000002", "status 409, hold_limit"),
        ("library-buji", "044031400000004", "status 403, tooManyReserves"),
    ):
        desk = holds(await library(id_))
        titles = [1, 3, 6, 14, 15, 17, 19, 21, 22, 28, 35, 40]
        placed = 0
        reasons = []
        for number in titles:
            try:
                await desk.book(order(f"{number}/loan", card=card, waitlist=True, reference=f"{number:036d}"))
                placed += 1
            except Refused as error:
                reasons.append((error.reason, error.detail))
        assert reasons == [(Refusal.NOT_ELIGIBLE, detail)] * (len(titles) - placed)
        assert wrote(mocks, id_) == ["hold.placed"] * placed
        assert placed in (9, 10)


# What goes wrong on the way


async def test_a_hold_whose_answer_was_lost_is_found(mocks: RunningMocks, library: Library) -> None:
    """A reset after the commit is in doubt; the reference tells, and a second try sends nothing."""
    desk = holds(await library())
    mocks.fault("library-district", reset_after_commit=True, method="POST")
    with pytest.raises(SourceError) as caught:
        await desk.book(order(IN))
    assert (caught.value.code, caught.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, True)
    mocks.clear_faults()
    found = await desk.find(order(IN))
    assert found == Booked(standing=Standing.CONFIRMED, id="403", where="龙岗区图书馆南湾分馆")
    assert await desk.book(order(IN)) == found
    assert wrote(mocks) == ["hold.placed"]


@pytest.mark.parametrize(
    ("fault", "code", "in_doubt", "committed"),
    [
        ({"hang": True}, Code.SOURCE_TIMEOUT, True, 0),
        ({"error_rate": 1.0}, Code.SOURCE_UNAVAILABLE, True, 0),
        ({"malformed": True}, Code.SOURCE_MALFORMED, True, 1),
        ({"error_rate": 1.0, "error_status": 429}, Code.SOURCE_BUSY, False, 0),
        ({"error_rate": 1.0, "error_status": 403}, Code.SOURCE_REJECTED, False, 0),
        ({"error_rate": 1.0, "error_status": 401}, Code.SOURCE_REJECTED, False, 0),
    ],
)
async def test_no_answer_is_no_refusal(
    mocks: RunningMocks, library: Library, fault: dict[str, Any], code: Code, in_doubt: bool, committed: int
) -> None:
    """Whatever says nothing of the wish is the source's error, in doubt where it may have been done."""
    desk = holds(await library(timeout_ms=1500))
    await desk.find(order(IN))  # so that a slow start of the simulator is not taken for the fault
    mocks.fault("library-district", method="POST", **fault)
    with pytest.raises(SourceError) as caught:
        await desk.book(order(IN))
    assert (caught.value.code, caught.value.in_doubt) == (code, in_doubt)
    assert len(mocks.ledger("library-district")) == committed


async def test_a_fault_before_the_hold_leaves_nothing(mocks: RunningMocks, library: Library) -> None:
    """Reads that fail are not in doubt: nothing was sent that could stay behind."""
    desk = holds(await library())
    mocks.fault("library-district", error_rate=1.0, error_status=500, path="/daia")
    with pytest.raises(SourceError) as caught:
        await desk.book(order(IN))
    assert (caught.value.code, caught.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, False)
    assert not [call for call in mocks.calls(token=False) if call.method == "POST"]


async def test_a_library_that_is_not_there_is_not_in_doubt(library: Library) -> None:
    """A refused connection has committed nothing."""
    desk = holds(await library("library-buji", url="http://127.0.0.1:9"))
    with pytest.raises(SourceError) as caught:
        await desk.book(order(IN))
    assert (caught.value.code, caught.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, False)


# What the simulators never do


async def wired(
    connect: Connect, wire: respx.Router, *, copies: int = 1, queue: int = 0, **options: Any
) -> tuple[KohaConnector, respx.Route]:
    """A library with reader 7, so many copies of title 3 in and so many readers before; and its POST."""
    loan = {"available": [{"service": "loan"}]}
    out = {"unavailable": [{"service": "loan", "queue": 1}]}
    wire.get("/daia").respond(json={"document": [{"id": "3", "item": [loan] * copies + [out]}]})
    wire.get("/api/v1/patrons").respond(json=[{"patron_id": 7, "library_id": "LGPH", "surname": "陈"}])
    wire.get("/api/v1/libraries").respond(json=[{"library_id": "LGPH", "name": "平湖"}])
    rows = [{"hold_id": n, "patron_id": n + 100} for n in range(queue)]
    wire.get("/api/v1/holds").respond(json=rows)
    koha: KohaConnector = await connect(CONNECTOR, options, id="library-district")
    return koha, wire.post("/api/v1/holds")


@pytest.mark.parametrize(
    ("status", "body", "reason", "detail"),
    [
        (403, {"error": "Hold cannot be placed. Reason: ageRestricted"}, Refusal.NOT_ELIGIBLE,
         "status 403, ageRestricted"),
        (403, {"error": "Hold cannot be placed. Reason: tooManyReservesToday"}, Refusal.NOT_ELIGIBLE,
         "status 403, tooManyReservesToday"),
        (403, {"error": "Hold cannot be placed. Reason: tooManyHoldsForThisRecord"}, Refusal.DUPLICATE,
         "status 403, tooManyHoldsForThisRecord"),
        (403, {"error": "Hold cannot be placed. Reason: itemAlreadyOnHold"}, Refusal.DUPLICATE,
         "status 403, itemAlreadyOnHold"),
        (403, {"error": "Hold cannot be placed. Reason: cannotReserveFromOtherBranches"},
         Refusal.NOT_ELIGIBLE, "status 403, cannotReserveFromOtherBranches"),
        (403, {"error": "Hold cannot be placed. Reason: notReservable"}, Refusal.NOT_OFFERED,
         "status 403, notReservable"),
        (403, {"error": "Hold cannot be placed. Reason: cannotBeTransferred"}, Refusal.NOT_POSSIBLE,
         "status 403, cannotBeTransferred"),
        (403, {"error": "Hold cannot be placed. Reason: recall"}, Refusal.SOURCE_REFUSED,
         "status 403, recall"),
        (409, {"error": "Hold cannot be placed. Reason: restricted", "error_code": "restricted"},
         Refusal.NOT_ELIGIBLE, "status 409, restricted"),
        (409, {"error": "x", "error_code": "card_lost"}, Refusal.NOT_ELIGIBLE, "status 409, card_lost"),
        (400, {"error": "The supplied pickup location is not valid"}, Refusal.NOT_POSSIBLE,
         "status 400, invalid_pickup_location"),
        (400, {"error": "patron_id not found"}, Refusal.ACCOUNT_NEEDED, "status 400, patron_not_found"),
        (400, "Bibliographic record not found", Refusal.NOT_OFFERED, "status 400, not_found"),
        (404, {"error": "Item not found", "error_code": "not_found"}, Refusal.NOT_OFFERED,
         "status 404, not_found"),
        (400, {"errors": [{"message": "Missing property.", "path": "/body/陈"}], "status": 400},
         Refusal.SOURCE_REFUSED, "status 400"),
        (400, {"error": 1, "error_code": "陈 Li"}, Refusal.SOURCE_REFUSED, "status 400"),
        (400, [7], Refusal.SOURCE_REFUSED, "status 400"),
    ],
)  # fmt: skip
async def test_each_reason_of_koha_has_its_word(
    connect: Connect, wire: respx.Router, status: int, body: Any, reason: Refusal, detail: str
) -> None:
    """The reason stands in the error's text, in its code or behind a sentence; nothing else is passed on."""
    koha, post = await wired(connect, wire)
    post.respond(status, json=body)
    found = await refused(holds(koha).book(order(IN)))
    assert (found.reason, found.detail, post.call_count) == (reason, detail, 1)


async def test_a_permission_of_ours_that_is_missing_is_no_refusal(
    connect: Connect, wire: respx.Router
) -> None:
    """403 without a reason is about the gateway's own account, not about the reader."""
    koha, post = await wired(connect, wire)
    post.respond(403, json={"error": "Authorization failure. Missing required permission(s)."})
    with pytest.raises(StatusError) as caught:
        await holds(koha).book(order(IN))
    assert (caught.value.code, caught.value.in_doubt) == (Code.SOURCE_REJECTED, False)


@pytest.mark.parametrize(
    ("copies", "queue", "left"), [(1, 0, True), (1, 1, False), (2, 1, True), (0, 0, False)]
)
async def test_who_waits_already_has_the_copies_that_are_in(
    connect: Connect, wire: respx.Router, copies: int, queue: int, left: bool
) -> None:
    """A copy on the shelf is left only if more are in than readers wait."""
    koha, post = await wired(connect, wire, copies=copies, queue=queue)
    post.respond(201, json={"hold_id": 9, "patron_id": 7, "priority": queue + 1})
    if left:
        assert (await holds(koha).book(order(IN))).standing is Standing.CONFIRMED
    else:
        assert (await refused(holds(koha).book(order(IN)))).reason is Refusal.FULL
    assert post.call_count == int(left)


@pytest.mark.parametrize(
    ("row", "booked"),
    [
        ({"status": "W", "priority": 0, "expiration_date": "2026-11-30"},
         Booked(standing=Standing.CONFIRMED, id="9", expires=day("2026-12-01T00:00:00"), where="平湖")),
        ({"status": "W", "priority": 0, "expiration_date": "soon"},
         Booked(standing=Standing.CONFIRMED, id="9", where="平湖")),
        ({"status": "T", "priority": 0, "expiration_date": "2026-11-30"},
         Booked(standing=Standing.CONFIRMED, id="9", where="平湖")),
        ({"status": "P", "priority": 0}, Booked(standing=Standing.CONFIRMED, id="9", where="平湖")),
        ({"status": None, "priority": 1}, Booked(standing=Standing.CONFIRMED, id="9", where="平湖")),
        ({"status": None, "priority": 2},
         Booked(standing=Standing.WAITLISTED, id="9", position=2, where="平湖")),
        ({"status": "W", "priority": 0, "cancellation_requested": True},
         Booked(standing=Standing.CANCELLED, id="9")),
        ({"status": None, "priority": 1, "pickup_library_id": "NEW"},
         Booked(standing=Standing.CONFIRMED, id="9", where="NEW")),
    ],
)  # fmt: skip
async def test_how_a_hold_stands(
    connect: Connect, wire: respx.Router, row: dict[str, Any], booked: Booked
) -> None:
    """Set aside and kept all of its last day; one of the copies that are in; queued; to be withdrawn."""
    koha, _ = await wired(connect, wire)
    given = {"hold_id": 9, "patron_id": 7, "pickup_library_id": "LGPH", "notes": REFERENCE, **row}
    route = wire.get("/api/v1/holds").respond(json=[given])
    assert await holds(koha).find(order(IN)) == booked
    request = route.calls.last.request
    assert request.headers["x-koha-embed"] == "cancellation_requested"
    assert msgspec.json.decode(request.url.params["q"]) == {"notes": {"-like": f"{REFERENCE}%"}}


@pytest.mark.parametrize(
    ("row", "standing"),
    [
        ({"status": None, "cancellation_date": "2026-11-24"}, Standing.CANCELLED),
        ({"status": "F"}, Standing.CONFIRMED),
    ],
)
async def test_how_a_hold_ended(
    connect: Connect, wire: respx.Router, row: dict[str, Any], standing: Standing
) -> None:
    """Cancelled by whomever, or fetched; of what was fetched it is too late to cancel."""
    koha, _ = await wired(connect, wire)
    over = [{"hold_id": 9, "patron_id": 7, **row}]
    wire.get("/api/v1/holds").mock(
        side_effect=lambda request: httpx.Response(200, json=over if "old" in request.url.params else [])
    )
    wire.delete("/api/v1/holds/9").respond(404, json={"error": "Hold not found."})
    found = await holds(koha).find(order(IN))
    assert found == Booked(standing=standing, id="9")
    confirmed = Booked(standing=Standing.CONFIRMED, id="9", where="平湖")
    if standing is Standing.CONFIRMED:
        assert (await refused(holds(koha).cancel(order(IN), confirmed))).reason is Refusal.TOO_LATE
    else:
        gone = await holds(koha).cancel(order(IN), confirmed)
        assert gone == Booked(standing=Standing.CANCELLED, id="9", where="平湖")


async def test_branches_are_asked_for_once_an_hour(mocks: RunningMocks, library: Library) -> None:
    """Their names are kept beside the desk, for what is asked here does not pass the gateway's cache."""
    connector = await library()
    for number, slot in enumerate((IN, "6/loan", "17/loan")):
        await holds(connector).book(order(slot, reference=f"{number:036d}"))
    assert asked(mocks).count("GET /api/v1/libraries") == 1
