"""Koha bookings of things: whole days, told by reader, item and days; every refusal in our words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import respx

from connectors.kit import Booked, Code, Refusal, SourceError, Standing, StatusError
from connectors.koha import CONNECTOR
from connectors.koha.connector import KohaConnector
from mocks.server import RunningMocks
from schema.core.record import Ref
from tests.conftest import NOW
from tests.connectors.conftest import Connect
from tests.connectors.koha.conftest import OTHER, Library, asked, day, loans, order, refused, wrote

DRILL = "2026-12-05/2026-12-06/8522"
"""A drill at LGZX, booked by another from the 1st to the 4th."""
READS = ["GET /api/v1/items", "GET /api/v1/libraries", "GET /api/v1/patrons"]
MAIN = "龙岗区图书馆总馆"


async def test_a_thing_is_booked_for_whole_days(mocks: RunningMocks, library: Library) -> None:
    """Reader and item side by side, then one POST; it is fetched where it is kept."""
    connector = await library()
    booked = await loans(connector).book(order(DRILL))
    assert booked == Booked(
        standing=Standing.CONFIRMED,
        id=booked.id,
        start=day("2026-12-05T00:00:00"),
        end=day("2026-12-07T00:00:00"),
        where=MAIN,
    )
    assert asked(mocks) == [*READS, "POST /api/v1/bookings"]
    (entry,) = mocks.ledger("library-district")
    assert (entry["kind"], entry["item_id"], entry["patron_id"]) == ("booking.made", 8522, 3)
    assert str(entry["booking_id"]) == booked.id
    mocks.clear_calls()
    assert await loans(connector).find(order(DRILL)) == booked
    assert asked(mocks) == ["GET /api/v1/bookings", "GET /api/v1/patrons"]
    (loan,) = (await connector.loan_by_ref([Ref("library-district", DRILL)])).values()
    assert loan.places_left == 0


async def test_the_days_around_stay_free(mocks: RunningMocks, library: Library) -> None:
    """The last day ends with its last second, so that another's may begin with the next."""
    desk = loans(await library())
    for number, slot in enumerate(
        (DRILL, "2026-12-07/2026-12-07/8522", "2026-11-24/2026-11-30/8522", "2026-12-05/2026-12-06/8523")
    ):
        await desk.book(order(slot, reference=f"{number:036d}"))
    assert wrote(mocks) == ["booking.made"] * 4


async def test_the_same_order_again_is_the_same_booking(mocks: RunningMocks, library: Library) -> None:
    """Koha says that it would conflict; the item's bookings say that it is this one."""
    desk = loans(await library())
    booked = await desk.book(order(DRILL))
    mocks.clear_calls()
    assert await desk.book(order(DRILL)) == booked
    assert asked(mocks) == [
        "GET /api/v1/bookings", "GET /api/v1/items", "GET /api/v1/patrons", "POST /api/v1/bookings"
    ]  # fmt: skip
    assert wrote(mocks) == ["booking.made"]


@pytest.mark.parametrize(
    ("slot", "fields", "reason"),
    [
        ("2026-12-06/2026-12-08/8522", {"card": "044030700000004"}, Refusal.FULL),
        (DRILL, {"card": "044030700000004"}, Refusal.FULL),
        ("2026-12-06/2026-12-08/8522", {}, Refusal.OVERLAPPING),
        (DRILL, {"made": NOW + timedelta(seconds=2)}, Refusal.DUPLICATE),
    ],
)
async def test_what_is_in_the_way(
    mocks: RunningMocks, library: Library, slot: str, fields: dict[str, Any], reason: Refusal
) -> None:
    """Another's booking; the reader's own of other days; the reader's own of these days, made before."""
    desk = loans(await library())
    await desk.book(order(DRILL))
    assert (await refused(desk.book(order(slot, reference=OTHER, **fields)))).reason is reason
    assert wrote(mocks) == ["booking.made"]


async def test_a_cancelled_booking_gives_its_days_back(mocks: RunningMocks, library: Library) -> None:
    """One DELETE; again it is the same; Koha keeps nothing of it, and another has the days."""
    desk = loans(await library())
    booked = await desk.book(order(DRILL))
    mocks.clear_calls()
    gone = await desk.cancel(order(DRILL), booked)
    assert gone == msgspec.structs.replace(booked, standing=Standing.CANCELLED)
    assert await desk.cancel(order(DRILL), gone) == gone
    assert asked(mocks) == [f"DELETE /api/v1/bookings/{booked.id}"]
    assert await desk.cancel(order(DRILL), booked) == gone
    assert asked(mocks) == [f"DELETE /api/v1/bookings/{booked.id}"] * 2
    assert await desk.find(order(DRILL)) is None
    await desk.book(order(DRILL, card="044030700000004", reference=OTHER))
    assert wrote(mocks) == ["booking.made", "booking.cancelled", "booking.made"]


async def test_a_loan_that_is_over_cannot_be_cancelled(mocks: RunningMocks, library: Library) -> None:
    """Nothing is sent; what has begun, and was not fetched, can be."""
    desk = loans(await library())
    booked = Booked(standing=Standing.CONFIRMED, id="1")
    found = await refused(desk.cancel(order("2026-11-22/2026-11-23/8522"), booked))
    assert found.reason is Refusal.TOO_LATE
    assert asked(mocks) == []
    gone = await desk.cancel(order("2026-11-23/2026-11-24/8522"), booked)
    assert (gone.standing, asked(mocks)) == (Standing.CANCELLED, ["DELETE /api/v1/bookings/1"])


@pytest.mark.parametrize(
    "slot", ["", "8522", "2026-12-05/8522", "2026-12-06/2026-12-05/8522", "20261205/2026-12-06/8522",
             "2026-W49-6/2026-12-06/8522", "2026-12-05/2026-12-06/", "2026-12-05/2026-12-06/x",
             "2026-12-05/2026-12-06/08522", "2026-12-05/2026-12-06/8522/", "2026-13-05/2026-12-06/1",
             "2026-12-05/2026-12-06/../8522"],
)  # fmt: skip
async def test_what_is_no_loan_is_asked_of_nobody(mocks: RunningMocks, library: Library, slot: str) -> None:
    """Refused, found nowhere, and nothing is sent."""
    desk = loans(await library())
    wish = order(slot, kind="thing-loan")
    assert (await refused(desk.book(wish))).reason is Refusal.NOT_OFFERED
    assert await desk.find(wish) is None
    booked = Booked(standing=Standing.CONFIRMED, id="1")
    assert (await refused(desk.cancel(wish, booked))).reason is Refusal.NOT_OFFERED
    assert asked(mocks) == []


@pytest.mark.parametrize(
    ("slot", "fields", "reason"),
    [
        ("2026-11-23/2026-11-25/8522", {}, Refusal.TOO_LATE),
        ("2026-12-05/2027-01-05/8522", {}, Refusal.NOT_POSSIBLE),
        ("2027-05-24/2027-05-24/8522", {}, Refusal.TOO_EARLY),
        ("0001-01-01/9999-12-31/8522", {}, Refusal.TOO_LATE),
        ("9999-12-31/9999-12-31/8522", {}, Refusal.TOO_EARLY),
        (DRILL, {"party": 2}, Refusal.NOT_POSSIBLE),
        (DRILL, {"card": None}, Refusal.ACCOUNT_NEEDED),
    ],
)
async def test_what_can_be_told_without_asking(
    mocks: RunningMocks, library: Library, slot: str, fields: dict[str, Any], reason: Refusal
) -> None:
    """Days that no list offers, several at once, no card."""
    desk = loans(await library())
    assert (await refused(desk.book(order(slot, **fields)))).reason is reason
    assert asked(mocks) == []
    assert await desk.find(order(DRILL, card=None)) is None
    assert asked(mocks) == []


@pytest.mark.parametrize(
    ("slot", "card", "reason", "detail"),
    [
        ("2026-12-05/2026-12-06/99999", "044030700000003", Refusal.NOT_OFFERED, "not lent"),
        ("2026-12-05/2026-12-06/1", "044030700000003", Refusal.NOT_OFFERED, "not lent"),
        ("2026-12-05/2026-12-06/8528", "044030700000003", Refusal.NOT_OFFERED, "not lent"),
        (DRILL, "044030700009999", Refusal.ACCOUNT_NEEDED, "no such card"),
    ],
)
async def test_who_may_not_or_what_is_not_lent(
    mocks: RunningMocks, library: Library, slot: str, card: str, reason: Refusal, detail: str
) -> None:
    """No item, a book, a broken thing, a card that the library does not know: nothing is written."""
    desk = loans(await library())
    found = await refused(desk.book(order(slot, card=card)))
    assert (found.reason, found.detail) == (reason, detail)
    assert not [call for call in mocks.calls(token=False) if call.method != "GET"]
    assert await desk.find(order(slot, card=card)) is None


async def test_a_booking_whose_answer_was_lost_is_found(mocks: RunningMocks, library: Library) -> None:
    """In doubt; reader, item and days tell, and the second try commits nothing."""
    desk = loans(await library())
    mocks.fault("library-district", reset_after_commit=True, method="POST")
    with pytest.raises(SourceError) as caught:
        await desk.book(order(DRILL))
    assert (caught.value.code, caught.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, True)
    mocks.clear_faults()
    found = await desk.find(order(DRILL))
    assert found is not None
    assert found.standing is Standing.CONFIRMED
    assert await desk.book(order(DRILL)) == found
    assert wrote(mocks) == ["booking.made"]


async def test_a_cancellation_whose_answer_was_lost_is_asked_for_again(
    mocks: RunningMocks, library: Library
) -> None:
    """In doubt; the second time it is gone already."""
    desk = loans(await library())
    booked = await desk.book(order(DRILL))
    mocks.fault("library-district", reset_after_commit=True, method="DELETE")
    with pytest.raises(SourceError) as caught:
        await desk.cancel(order(DRILL), booked)
    assert caught.value.in_doubt
    mocks.clear_faults()
    assert (await desk.cancel(order(DRILL), booked)).standing is Standing.CANCELLED
    assert wrote(mocks) == ["booking.made", "booking.cancelled"]


@pytest.mark.parametrize(
    ("fault", "code", "in_doubt"),
    [
        ({"hang": True}, Code.SOURCE_TIMEOUT, True),
        ({"error_rate": 1.0}, Code.SOURCE_UNAVAILABLE, True),
        ({"error_rate": 1.0, "error_status": 429}, Code.SOURCE_BUSY, False),
        ({"error_rate": 1.0, "error_status": 403}, Code.SOURCE_REJECTED, False),
    ],
)
async def test_no_answer_is_no_refusal(
    mocks: RunningMocks, library: Library, fault: dict[str, Any], code: Code, in_doubt: bool
) -> None:
    """The source's error, in doubt where it may have been done."""
    desk = loans(await library())
    assert await desk.find(order(DRILL)) is None
    mocks.fault("library-district", method="POST", **fault)
    with pytest.raises(SourceError) as caught:
        await desk.book(order(DRILL))
    assert (caught.value.code, caught.value.in_doubt) == (code, in_doubt)
    mocks.clear_faults()
    assert await desk.find(order(DRILL)) is None
    assert wrote(mocks) == []


async def test_a_library_that_is_not_there_is_not_in_doubt(library: Library) -> None:
    """A refused connection has committed nothing."""
    desk = loans(await library("library-buji", url="http://127.0.0.1:9"))
    with pytest.raises(SourceError) as caught:
        await desk.book(order(DRILL))
    assert (caught.value.code, caught.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, False)


# What the simulators never do


async def wired(
    connect: Connect, wire: respx.Router, *bookings: dict[str, Any], **item: Any
) -> tuple[KohaConnector, respx.Route]:
    """A library with reader 7 and the drill, with these bookings; and its POST."""
    biblio = {"biblio_id": 40, "title": "冲击钻"}
    wire.get("/api/v1/items").respond(json=[{"item_id": 8522, "biblio": biblio, **item}])
    wire.get("/api/v1/patrons").respond(json=[{"patron_id": 7, "library_id": "LGPH", "surname": "陈"}])
    wire.get("/api/v1/libraries").respond(json=[{"library_id": "LGPH", "name": "平湖"}])
    wire.get("/api/v1/bookings").respond(json=list(bookings))
    koha: KohaConnector = await connect(CONNECTOR, {"things": ["T"]}, id="library-district")
    return koha, wire.post("/api/v1/bookings")


def row(**fields: Any) -> dict[str, Any]:
    """A booking of the drill by reader 7 for the days asked for."""
    given = {"booking_id": 9, "patron_id": 7, "pickup_library_id": "LGPH", "status": "new"}
    days = {"start_date": "2026-12-04T16:00:00Z", "end_date": "2026-12-06T23:59:59+08:00"}
    return given | days | {"creation_date": "2026-11-24T09:59:59+08:00"} | fields


async def test_what_is_sent(connect: Connect, wire: respx.Router) -> None:
    """Item and title, the reader, both ends of the days; a thing without a branch is fetched at one's own."""
    koha, post = await wired(connect, wire)
    post.respond(201, json=row())
    booked = await loans(koha).book(order(DRILL, note="x"))
    assert (booked.id, booked.where) == ("9", "平湖")
    assert msgspec.json.decode(post.calls.last.request.content) == {
        "biblio_id": 40,
        "item_id": 8522,
        "patron_id": 7,
        "pickup_library_id": "LGPH",
        "start_date": "2026-12-05T00:00:00+08:00",
        "end_date": "2026-12-06T23:59:59+08:00",
    }


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([row()], (Standing.CONFIRMED, "9")),
        ([row(creation_date=None)], (Standing.CONFIRMED, "9")),
        ([row(creation_date="?")], (Standing.CONFIRMED, "9")),
        ([row(status="completed")], (Standing.CONFIRMED, "9")),
        ([row(status="cancelled")], (Standing.CANCELLED, "9")),
        ([row(status="cancelled"), row(booking_id=10)], (Standing.CONFIRMED, "10")),
        ([row(creation_date="2026-11-24T09:59:58+08:00")], None),
        ([row(end_date="2026-12-07T23:59:59+08:00")], None),
        ([row(start_date="?")], None),
        ([], None),
    ],
)
async def test_which_booking_is_the_orders(
    connect: Connect, wire: respx.Router, rows: list[Any], found: tuple[Standing, str] | None
) -> None:
    """These days, since the order was made, by the whole second; one that stands before one given up."""
    koha, _ = await wired(connect, wire, *rows)
    booked = await loans(koha).find(order(DRILL))
    assert (None if booked is None else (booked.standing, booked.id)) == found
    query = wire.calls.last.request if found is None else wire.calls[-2].request
    assert msgspec.json.decode(query.url.params["q"]) == {"item_id": 8522, "patron_id": 7}


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, {"error": "Booking would conflict"}, Refusal.FULL),
        (400, {"error": "The supplied pickup location is not valid"}, Refusal.NOT_POSSIBLE),
        (404, {"error": "Item not found", "error_code": "not_found"}, Refusal.NOT_OFFERED),
        (409, {"error": "Duplicate booking_id"}, Refusal.SOURCE_REFUSED),
        (400, {"errors": [{"message": "陈", "path": "/body"}]}, Refusal.SOURCE_REFUSED),
    ],
)
async def test_each_reason_of_koha_has_its_word(
    connect: Connect, wire: respx.Router, status: int, body: Any, reason: Refusal
) -> None:
    """A conflict with no booking is with a loan at the counter: it is full all the same."""
    koha, post = await wired(connect, wire)
    post.respond(status, json=body)
    found = await refused(loans(koha).book(order(DRILL)))
    assert (found.reason, "陈" in found.detail) == (reason, False)


async def test_a_permission_of_ours_that_is_missing_is_no_refusal(
    connect: Connect, wire: respx.Router
) -> None:
    """403 is about the gateway's own account, to book and to cancel."""
    koha, post = await wired(connect, wire)
    missing = {"error": "Authorization failure. Missing required permission(s)."}
    post.respond(403, json=missing)
    wire.delete("/api/v1/bookings/9").respond(403, json=missing)
    with pytest.raises(StatusError):
        await loans(koha).book(order(DRILL))
    with pytest.raises(StatusError):
        await loans(koha).cancel(order(DRILL), Booked(standing=Standing.CONFIRMED, id="9"))
