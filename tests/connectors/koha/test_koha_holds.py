"""Koha holds as bookings: placed once, found by reference, withdrawn; every refusal in our words."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connectors.kit import Booked, Code, Refusal, Refused, SourceError, Standing
from mocks.server import RunningMocks
from schema.goods.lookups import LOAN_BY_REF, TAKEN
from schema.goods.records import ThingLoanRecord
from schema.reading.holds import BiblioHoldRecord
from schema.reading.lookups import HOLD_BY_REF, HOLDINGS
from tests.connectors.koha.conftest import (
    OTHER,
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
    desk = holds(await library())
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


async def test_branches_are_asked_for_once_an_hour(mocks: RunningMocks, library: Library) -> None:
    """Their names are kept beside the desk, for what is asked here does not pass the gateway's cache."""
    connector = await library()
    for number, slot in enumerate((IN, "6/loan", "17/loan")):
        await holds(connector).book(order(slot, reference=f"{number:036d}"))
    assert asked(mocks).count("GET /api/v1/libraries") == 1
