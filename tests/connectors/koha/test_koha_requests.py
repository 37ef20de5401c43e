"""PAIA requests as bookings: a copy from the stacks, brought to the reading room."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import respx

from connectors.kit import Booked, Code, Refusal, Refused, SourceError, Standing, StatusError
from connectors.koha import CONNECTOR
from connectors.koha.connector import KohaConnector
from mocks.server import RunningMocks
from schema.core.record import Ref
from tests.connectors.conftest import Connect
from tests.connectors.koha.conftest import OTHER, Library, asked, day, holds, order, refused, wrote

STACK = "2184/presentation"
"""One copy, in the stacks of the district library."""
ITEM = "opac-cn-lgq:epn:5192"
ROOM = "龙岗区图书馆总馆三楼地方文献室"
CARD = "/paia/core/044030700000003"


async def test_a_copy_from_the_stacks_is_ordered(mocks: RunningMocks, library: Library) -> None:
    """The title's document, made by the option `document`, in one POST after DAIA; told where to go."""
    connector = await library()
    (hold,) = (await connector.hold_by_ref([ref(STACK)])).values()
    assert (hold.places_left, hold.bookable_at(order(STACK).made)) == (1, True)
    mocks.clear_calls()
    booked = await holds(connector).book(order(STACK))
    assert (booked.standing, booked.id, booked.position) == (Standing.CONFIRMED, ITEM, None)
    assert asked(mocks) == ["GET /daia", f"POST {CARD}/request"]
    (entry,) = mocks.ledger("library-district")
    assert (entry["kind"], entry["item_id"], entry["patron_id"]) == ("stack.requested", 5192, 3)
    mocks.clear_calls()
    assert await holds(connector).find(order(STACK)) == booked
    assert asked(mocks) == [f"GET {CARD}/items"]
    (hold,) = (await connector.hold_by_ref([ref(STACK)])).values()
    assert (hold.places_left, hold.places_total, hold.queue) == (0, 1, 1)


@pytest.mark.parametrize("waitlist", [False, True])
async def test_the_same_order_again_is_the_same_request(
    mocks: RunningMocks, library: Library, waitlist: bool
) -> None:
    """The account says that the document was ordered since the order was made."""
    desk = holds(await library())
    booked = await desk.book(order(STACK, waitlist=waitlist))
    assert await desk.book(order(STACK, waitlist=waitlist)) == booked
    assert wrote(mocks) == ["stack.requested"]


async def test_the_last_copy_is_ordered_once(mocks: RunningMocks, library: Library) -> None:
    """Who comes second is told that none is left and nothing is sent, or waits; then moves up."""
    desk = holds(await library())
    first = order(STACK)
    second = order(STACK, card="044030700000004", reference=OTHER)
    booked = await desk.book(first)
    mocks.clear_calls()
    assert (await refused(desk.book(second))).reason is Refusal.FULL
    assert [call.method for call in mocks.calls(token=False)] == ["GET", "GET"]
    second = msgspec.structs.replace(second, waitlist=True)
    queued = await desk.book(second)
    assert (queued.standing, queued.position) == (Standing.WAITLISTED, None)
    assert await desk.find(second) == queued
    await desk.cancel(first, booked)
    found = await desk.find(second)
    assert found == msgspec.structs.replace(queued, standing=Standing.CONFIRMED)
    assert wrote(mocks) == ["stack.requested", "stack.requested", "stack.cancelled"]


async def test_a_cancelled_request_gives_its_place_back(mocks: RunningMocks, library: Library) -> None:
    """One POST; again it is the same, and nothing is found in the account any more."""
    desk = holds(await library())
    booked = await desk.book(order(STACK))
    mocks.clear_calls()
    gone = await desk.cancel(order(STACK), booked)
    assert gone == msgspec.structs.replace(booked, standing=Standing.CANCELLED)
    assert asked(mocks) == [f"POST {CARD}/cancel"]
    assert await desk.cancel(order(STACK), gone) == gone
    assert await desk.cancel(order(STACK), booked) == gone
    assert asked(mocks) == [f"GET {CARD}/items", f"POST {CARD}/cancel", f"POST {CARD}/cancel"]
    assert await desk.find(order(STACK)) is None
    assert (await desk.book(order(STACK, card="044030700000004", reference=OTHER))).id == ITEM
    assert wrote(mocks) == ["stack.requested", "stack.cancelled", "stack.requested"]


@pytest.mark.parametrize(
    ("wish", "reason", "detail", "calls"),
    [
        ({"card": None}, Refusal.ACCOUNT_NEEDED, "no card is linked", 0),
        ({"card": "../044030700000003"}, Refusal.ACCOUNT_NEEDED, "no such card", 0),
        ({"card": ".."}, Refusal.ACCOUNT_NEEDED, "no such card", 0),
        ({"party": 2}, Refusal.NOT_POSSIBLE, "one copy a booking", 0),
        ({"card": "044030700009999"}, Refusal.ACCOUNT_NEEDED, "no such card", 2),
        ({"card": "0440307000/0003"}, Refusal.ACCOUNT_NEEDED, "no such card", 2),
        ({"slot": "3/presentation"}, Refusal.NOT_OFFERED, "no copy is offered for this", 1),
        ({"slot": "99999/presentation"}, Refusal.NOT_OFFERED, "no copy is offered for this", 1),
        ({"card": "044030700000012"}, Refusal.NOT_ELIGIBLE, "account status 2", 4),
        ({"card": "044030700000070"}, Refusal.NOT_ELIGIBLE, "account status 3", 4),
    ],
)
async def test_who_may_not_or_what_is_not_brought(
    mocks: RunningMocks, library: Library, wish: dict[str, Any], reason: Refusal, detail: str, calls: int
) -> None:
    """Why a document is refused PAIA says in words for people: the account's state tells it to programs."""
    desk = holds(await library())
    found = await refused(desk.book(order(**{"slot": STACK, **wish})))
    assert (found.reason, found.detail) == (reason, detail)
    assert len(mocks.calls(token=False)) == calls
    assert wrote(mocks) == []


async def test_libraries_whose_paia_is_closed_to_us_cannot_be_asked(
    mocks: RunningMocks, library: Library
) -> None:
    """Without the option `paia` nothing is sent: PAIA takes other tokens there than our credential."""
    desk = holds(await library("library-buji"))
    wish = order("1809/presentation", card="044031400000003")
    found = await refused(desk.book(wish))
    assert (found.reason, found.detail) == (Refusal.NOT_POSSIBLE, "no PAIA for this credential")
    assert await desk.find(wish) is None
    assert await desk.find(order(STACK, card=None)) is None
    assert asked(mocks, "library-buji") == []


async def test_a_request_whose_answer_was_lost_is_found(mocks: RunningMocks, library: Library) -> None:
    """In doubt; the account tells."""
    desk = holds(await library())
    mocks.fault("library-district", reset_after_commit=True, method="POST")
    with pytest.raises(SourceError) as caught:
        await desk.book(order(STACK))
    assert (caught.value.code, caught.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, True)
    mocks.clear_faults()
    found = await desk.find(order(STACK))
    assert found is not None
    assert (found.standing, found.id) == (Standing.CONFIRMED, ITEM)
    assert wrote(mocks) == ["stack.requested"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [({"hang": True}, Code.SOURCE_TIMEOUT), ({"error_rate": 1.0}, Code.SOURCE_UNAVAILABLE)],
)
async def test_no_answer_is_in_doubt(
    mocks: RunningMocks, library: Library, fault: dict[str, Any], code: Code
) -> None:
    """Nothing was committed here, which only the account can tell."""
    desk = holds(await library())
    assert await desk.find(order(STACK)) is None
    mocks.fault("library-district", method="POST", **fault)
    with pytest.raises(SourceError) as caught:
        await desk.book(order(STACK))
    assert (caught.value.code, caught.value.in_doubt) == (code, True)
    mocks.clear_faults()
    assert await desk.find(order(STACK)) is None
    assert wrote(mocks) == []


# What the simulators never do


async def wired(connect: Connect, wire: respx.Router, *account: dict[str, Any]) -> KohaConnector:
    """A library with one copy of title 3 for use inside, and what stands in reader 3's account."""
    inside = {"available": [{"service": "presentation", "href": "https://x/1"}]}
    wire.get("/daia").respond(json={"document": [{"id": "t:3", "item": [inside]}]})
    wire.get(f"{CARD}/items").respond(json={"doc": list(account)})
    wire.get(CARD).respond(json={"name": "陈", "status": 0})
    options = {"paia": "paia/core", "document": "t:{biblio_id}"}
    connector: KohaConnector = await connect(CONNECTOR, options, id="library-district")
    return connector


INSIDE = "3/presentation"


async def test_what_is_sent_is_the_document(connect: Connect, wire: respx.Router) -> None:
    """Its identifier as an edition, and nothing of the person."""
    koha = await wired(connect, wire)
    route = wire.post(f"{CARD}/request").respond(json={"doc": [{"status": 2, "edition": "t:3"}]})
    booked = await holds(koha).book(order(INSIDE, note="x"))
    assert booked == Booked(standing=Standing.CONFIRMED, id="t:3")
    assert msgspec.json.decode(route.calls.last.request.content) == {"doc": [{"edition": "t:3"}]}
    route = wire.post(f"{CARD}/cancel").respond(json={"doc": [{"status": 0}]})
    assert (await holds(koha).cancel(order(INSIDE), booked)).standing is Standing.CANCELLED
    assert msgspec.json.decode(route.calls.last.request.content) == {"doc": [{"edition": "t:3"}]}


@pytest.mark.parametrize(
    ("document", "booked"),
    [
        ({"status": 2, "item": "t:i", "storage": "阅览室", "endtime": "2026-11-30"},
         Booked(standing=Standing.CONFIRMED, id="t:i", where="阅览室")),
        ({"status": 4, "endtime": "2026-11-30T18:00:00+08:00"},
         Booked(standing=Standing.CONFIRMED, id="t:3", expires=day("2026-11-30T18:00:00"))),
        ({"status": 4, "duedate": "2026-11-30"},
         Booked(standing=Standing.CONFIRMED, id="t:3", expires=day("2026-12-01T00:00:00"))),
        ({"status": 4, "duedate": "soon"}, Booked(standing=Standing.CONFIRMED, id="t:3")),
        ({"status": 1, "queue": 4}, Booked(standing=Standing.WAITLISTED, id="t:3")),
        ({"status": 3}, Booked(standing=Standing.CONFIRMED, id="t:3")),
        ({"status": 2, "edition": "t:0", "requested": "t:3"}, Booked(standing=Standing.CONFIRMED, id="t:0")),
        ({"status": 2, "starttime": "2026-11-24T09:59:59+08:00"},
         Booked(standing=Standing.CONFIRMED, id="t:3")),
        ({"status": 2, "starttime": "2026-11-24"}, Booked(standing=Standing.CONFIRMED, id="t:3")),
        ({"status": 2, "starttime": "?"}, Booked(standing=Standing.CONFIRMED, id="t:3")),
        ({"status": 2, "starttime": "2026-11-24T09:59:58+08:00"}, None),
        ({"status": 2, "starttime": "2026-11-23"}, None),
        ({"status": 5}, None),
        ({"status": 0}, None),
        ({"status": 2, "edition": "t:30"}, None),
    ],
)  # fmt: skip
async def test_how_a_document_stands(
    connect: Connect, wire: respx.Router, document: dict[str, Any], booked: Booked | None
) -> None:
    """Ordered, provided until a time or all of a day, reserved; what began before the order is another's."""
    koha = await wired(connect, wire, {"edition": "t:3", **document})
    assert await holds(koha).find(order(INSIDE)) == booked


async def test_what_is_ordered_is_told_from_a_hold_of_the_same_title(
    connect: Connect, wire: respx.Router
) -> None:
    """Both stand in the account; what is brought inside is ordered, what is lent is reserved."""
    koha = await wired(
        connect, wire, {"edition": "t:3", "status": 1}, {"edition": "t:3", "status": 2, "item": "t:i"}
    )
    found = await holds(koha).find(order(INSIDE))
    assert found == Booked(standing=Standing.CONFIRMED, id="t:i")


@pytest.mark.parametrize(
    ("account", "reason", "detail"),
    [
        ([], Refusal.SOURCE_REFUSED, "the document is refused"),
        ([{"edition": "t:3", "status": 3, "starttime": "2026-11-01"}], Refusal.DUPLICATE,
         "in the account, status 3"),
        ([{"edition": "t:3", "status": 2}], Refusal.DUPLICATE, "in the account, status 2"),
        ([{"edition": "t:3", "status": 2, "starttime": "2026-11-24"}], Refusal.DUPLICATE,
         "in the account, status 2"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("answer", [{"doc": [{"status": 5, "error": "陈：不可"}]}, {"doc": []}])
async def test_a_refused_document_is_explained_by_the_account(
    connect: Connect, wire: respx.Router, answer: Any, account: list[Any], reason: Refusal, detail: str
) -> None:
    """What is there already, of whatever day, is a duplicate; the library's words go nowhere."""
    koha = await wired(connect, wire, *account)
    route = wire.post(f"{CARD}/request").respond(json=answer)
    found = await refused(holds(koha).book(order(INSIDE)))
    assert (found.reason, found.detail, route.call_count) == (reason, detail, 1)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(404, Refusal.ACCOUNT_NEEDED), (422, Refusal.SOURCE_REFUSED), (401, None), (403, None), (501, None)],
)
async def test_requests_that_fail_as_a_whole(
    connect: Connect, wire: respx.Router, status: int, outcome: Refusal | None
) -> None:
    """No such reader; not understood; a token that is not taken is no refusal of the wish."""
    koha = await wired(connect, wire)
    body = {"error": "access_denied", "code": status, "error_description": "陈"}
    wire.post(f"{CARD}/request").respond(status, json=body)
    with pytest.raises((Refused, StatusError)) as caught:
        await holds(koha).book(order(INSIDE))
    assert getattr(caught.value, "reason", None) is outcome
    assert getattr(caught.value, "in_doubt", False) is (status == 501)


async def test_an_account_that_cannot_be_read_is_not_empty(connect: Connect, wire: respx.Router) -> None:
    """That nothing is found is said only of an account that answers, or that does not exist."""
    koha = await wired(connect, wire)
    wire.get(f"{CARD}/items").respond(403, json={"error": "access_denied", "code": 403})
    with pytest.raises(StatusError):
        await holds(koha).find(order(INSIDE))
    wire.get(f"{CARD}/items").respond(404, json={"error": "not_found", "code": 404})
    assert await holds(koha).find(order(INSIDE)) is None


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"status": 3, "edition": "t:3"}, Refusal.TOO_LATE),
        ({"status": 4, "edition": "t:3", "cancancel": False}, Refusal.TOO_LATE),
        ({"status": 2, "edition": "t:3", "cancancel": True}, Refusal.SOURCE_REFUSED),
        ({"status": 2, "edition": "t:4"}, None),
        ({"status": 5, "edition": "t:3"}, None),
    ],
)
async def test_what_cannot_be_cancelled(
    connect: Connect, wire: respx.Router, document: dict[str, Any], reason: Refusal | None
) -> None:
    """In the reader's hands, or ready with no way back; what is not in the account is cancelled."""
    koha = await wired(connect, wire, document)
    wire.post(f"{CARD}/cancel").respond(json={"doc": [{"status": 5, "error": "不可"}]})
    booked = Booked(standing=Standing.CONFIRMED, id="t:3")
    if reason is None:
        assert (await holds(koha).cancel(order(INSIDE), booked)).standing is Standing.CANCELLED
    else:
        assert (await refused(holds(koha).cancel(order(INSIDE), booked))).reason is reason


def ref(slot: str) -> Ref:
    """A slot of the district library."""
    return Ref("library-district", slot)
