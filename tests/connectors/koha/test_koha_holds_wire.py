"""Koha holds at the wire: what is sent, what each refusal means, how a hold stands."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest
import respx

from connectors.kit import Booked, Code, Refusal, Standing, StatusError
from connectors.koha import CONNECTOR
from connectors.koha.connector import KohaConnector
from tests.connectors.conftest import Connect
from tests.connectors.koha.conftest import REFERENCE, day, holds, order, refused

IN = "3/loan"


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
