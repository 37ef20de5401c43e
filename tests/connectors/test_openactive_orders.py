"""Open Booking at the wire: what is written in an order, and what each answer of the standard comes to."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
import msgspec
import pytest
import respx

from connectors.kit import (
    Booked,
    Code,
    Desk,
    Kept,
    Order,
    Refusal,
    Refused,
    Selection,
    SourceError,
    Standing,
    Upstream,
)
from connectors.openactive.connector import OpenActive
from connectors.openactive.options import OpenActiveOptions
from schema.core.record import Ref
from tests.conftest import NOW
from tests.connectors.conftest import BASE, Connect

REFERENCE = "0d5a1f0e-6f3c-4a53-9a3e-3f1f0c2b7a11"
ORDER, QUOTE = f"/booking/orders/{REFERENCE}", f"/booking/order-quotes/{REFERENCE}"
OFFER: dict[str, Any] = {
    "@type": "Offer",
    "@id": "https://x.example/o1",
    "price": 12.3,
    "priceCurrency": "CNY",
}
SESSION: dict[str, Any] = {
    "@type": "ScheduledSession",
    "@id": "https://x.example/e1",
    "startDate": "2026-11-25T12:00:00+08:00",
    "superEvent": {
        "@type": "SessionSeries",
        "name": "瑜伽",
        "organizer": {"@type": "Organization", "@id": "https://x.example/seller"},
        "offers": [OFFER],
    },
}
DUE = {"@type": "PriceSpecification", "price": 36.9, "priceCurrency": "CNY"}
WANTED: dict[str, Any] = {
    "@context": "https://openactive.io/",
    "@type": "OrderQuote",
    "brokerRole": "https://openactive.io/AgentBroker",
    "broker": {"@type": "Organization", "name": "龙岗社区图谱"},
    "seller": "https://x.example/seller",
    "customer": {"@type": "Person", "email": f"{'3f' * 16}@residents.graph.example"},
    "orderedItem": [
        {
            "@type": "OrderItem",
            "position": position,
            "acceptedOffer": "https://x.example/o1",
            "orderedItem": "https://x.example/e1",
        }
        for position in range(3)
    ],
}
"""What C2 asks for a party of three."""
ORDERED = {**WANTED, "@type": "Order", "totalPaymentDue": DUE}
WISH = Order(
    reference=REFERENCE,
    kind="sports-session",
    slot=Ref("system", "e1"),
    party=3,
    note="二楼",
    resident="3f" * 16,
    made=NOW,
)
BOOKED = Booked(standing=Standing.CONFIRMED, id="https://x.example/orders/1", number="A1")

OpenDesk = Callable[..., Awaitable[Desk]]


class Copy:
    """A copy that holds one session; stands in for connectors.kit.Replica."""

    def __init__(self, session: Mapping[str, Any]) -> None:
        self._session = msgspec.json.encode(session)

    def as_of(self, table: str) -> datetime:
        """Now."""
        return NOW

    def stale(self, table: str) -> bool:
        """Never."""
        return False

    async def get(self, table: str, ids: Collection[str]) -> Mapping[str, bytes]:
        """The session."""
        return {"e1": self._session} if table == "session" and "e1" in ids else {}

    async def select(self, selection: Selection) -> Sequence[Kept]:
        """Nothing: the session carries its series."""
        return ()

    async def count(self, selection: Selection) -> int:
        """None."""
        return 0


@pytest.fixture
def open_desk(connect: Connect) -> OpenDesk:
    """Open a desk where one session is to be had, changed as given: `await open_desk(superEvent={…})`."""

    async def make(options: Mapping[str, Any] | None = None, **change: Any) -> Desk:
        class Copied(OpenActive):
            """The connector, over that copy."""

            def __init__(self, upstream: Upstream, options: OpenActiveOptions) -> None:
                super().__init__(upstream, options, Copy({**SESSION, **change}))

        given = {"scheduled_sessions": "sessions", "booking": "/booking/", **(options or {})}
        connector: OpenActive = await connect(Copied, given)
        return connector.desk("sports-session")

    return make


def sent(wire: respx.Router) -> list[Any]:
    """The bodies of all writes, in order."""
    return [json.loads(call.request.content) for call in wire.calls if call.request.method != "GET"]


def asked(wire: respx.Router) -> list[str]:
    base = len(httpx.URL(BASE).path)
    return [f"{call.request.method} {call.request.url.path[base:]}" for call in wire.calls]


def made(*statuses: str, **more: Any) -> dict[str, Any]:
    """An Order as it is told; its items have these statuses."""
    items = [
        {"@type": "OrderItem", "@id": f"#{number}", "orderItemStatus": f"https://openactive.io/{status}"}
        for number, status in enumerate(statuses or ["OrderItemConfirmed"] * 3)
    ]
    order = {"@type": "Order", "@id": "https://x.example/orders/1", "orderNumber": "A1", "orderedItem": items}
    return {**order, **more}


def quote(price: float = 36.9, **more: Any) -> dict[str, Any]:
    return {"@type": "OrderQuote", "totalPaymentDue": {**DUE, "price": price}, **more}


def error(kind: str, status: int) -> httpx.Response:
    """An error of the whole request, with words of its own."""
    body = {"@context": "https://openactive.io/", "@type": kind, "statusCode": status, "description": "张三"}
    return httpx.Response(status, json=body)


def faulty(*kinds: str | None) -> httpx.Response:
    """An Order of which items have errors."""
    items = [{"@type": "OrderItem", **({"error": [{"@type": kind}]} if kind else {})} for kind in kinds]
    return httpx.Response(409, json={"@type": "Order", "orderedItem": items})


async def refusal(asking: Awaitable[Any]) -> tuple[Refusal, str]:
    with pytest.raises(Refused) as refused:
        await asking
    return refused.value.reason, refused.value.detail


async def failure(asking: Awaitable[Any]) -> tuple[Code, bool]:
    with pytest.raises(SourceError) as failed:
        await asking
    return failed.value.code, failed.value.in_doubt


async def test_what_is_written(wire: respx.Router, open_desk: OpenDesk) -> None:
    """Who sells, for whom by a pseudonym, an item a head, the price by the copy; in its media type."""
    wire.put(QUOTE).respond(json=quote(lease={"leaseExpires": "2026-11-24T02:15:00Z"}))
    wire.put(ORDER).respond(201, json=made())
    desk = await open_desk()
    assert await desk.hold(WISH) == datetime.fromisoformat("2026-11-24T10:15:00+08:00")
    assert await desk.book(WISH) == BOOKED
    assert sent(wire) == [WANTED, ORDERED]
    for call in wire.calls:
        for name in ("accept", "content-type"):
            assert call.request.headers[name] == "application/vnd.openactive.booking+json; version=1"


async def test_broker_and_relay_are_options(wire: respx.Router, open_desk: OpenDesk) -> None:
    """Another name and another domain."""
    wire.put(ORDER).respond(201, json=made())
    desk = await open_desk({"broker": "图谱", "customers": "mail.test"})
    await desk.book(WISH)
    (order,) = sent(wire)
    assert order["broker"]["name"] == "图谱"
    assert order["customer"]["email"] == f"{'3f' * 16}@mail.test"


async def test_a_quote_without_a_lease(wire: respx.Router, open_desk: OpenDesk) -> None:
    """A system that keeps no places: it is known what it costs, and held is nothing."""
    wire.put(QUOTE).respond(json=quote())
    assert await (await open_desk()).hold(WISH) is None


@pytest.mark.parametrize(
    "answer", [error("TotalPaymentDueMismatchError", 400), faulty(None, "UnableToProcessOrderItemError")]
)
async def test_b_is_explained_by_c2(wire: respx.Router, open_desk: OpenDesk, answer: httpx.Response) -> None:
    """A lower price, or what only C2 would tell: C2 is asked, and B once more with what it says is due."""
    b = wire.put(ORDER).mock(side_effect=[answer, httpx.Response(201, json=made())])
    wire.put(QUOTE).respond(json=quote(25))
    assert await (await open_desk()).book(WISH) == BOOKED
    assert b.call_count == 2
    assert sent(wire) == [ORDERED, WANTED, {**ORDERED, "totalPaymentDue": {**DUE, "price": 25}}]


async def test_a_price_that_has_gone_up_is_not_paid_unasked(wire: respx.Router, open_desk: OpenDesk) -> None:
    """The resident was shown less: CHANGED, and B is not sent again."""
    wire.put(ORDER).mock(return_value=error("TotalPaymentDueMismatchError", 400))
    wire.put(QUOTE).respond(json=quote(9999))
    assert (await refusal((await open_desk()).book(WISH)))[0] is Refusal.CHANGED
    assert asked(wire) == [f"PUT {ORDER}", f"PUT {QUOTE}"]


async def test_c2_says_why(wire: respx.Router, open_desk: OpenDesk) -> None:
    """What stands in B's way is C2's refusal; B is not tried again."""
    wire.put(ORDER).mock(return_value=faulty("UnableToProcessOrderItemError"))
    wire.put(QUOTE).mock(return_value=faulty(None, "OpportunityIsFullError", "OpportunityIsFullError"))
    assert await refusal((await open_desk()).book(WISH)) == (Refusal.FULL, "OpportunityIsFullError")
    assert asked(wire) == [f"PUT {ORDER}", f"PUT {QUOTE}"]


async def test_b_and_c2_that_contradict_each_other(wire: respx.Router, open_desk: OpenDesk) -> None:
    """B is sent twice and not for ever."""
    wire.put(ORDER).mock(return_value=error("TotalPaymentDueMismatchError", 400))
    wire.put(QUOTE).respond(json=quote())
    assert (await refusal((await open_desk()).book(WISH)))[0] is Refusal.SOURCE_REFUSED
    assert asked(wire) == [f"PUT {ORDER}", f"PUT {QUOTE}", f"PUT {ORDER}"]


async def test_a_price_that_the_feed_does_not_tell(wire: respx.Router, open_desk: OpenDesk) -> None:
    """C2 tells it: it is asked before B."""
    wire.put(QUOTE).respond(json=quote(60))
    wire.put(ORDER).respond(201, json=made())
    desk = await open_desk(offers=[{"@id": "https://x.example/o1"}])
    assert await desk.book(WISH) == BOOKED
    assert sent(wire) == [WANTED, {**ORDERED, "totalPaymentDue": {**DUE, "price": 60}}]


@pytest.mark.parametrize(
    ("answer", "reason", "detail"),
    [
        (faulty(kind), reason, kind)
        for kind, reason in {
            "IncompleteAttendeeDetailsError": Refusal.NOT_POSSIBLE,
            "IncompleteIntakeFormError": Refusal.NOT_POSSIBLE,
            "InvalidIntakeFormError": Refusal.NOT_POSSIBLE,
            "InvalidOpportunityOrOfferIdError": Refusal.NOT_OFFERED,
            "OpportunityCapacityIsReservedByLeaseError": Refusal.FULL,
            "OpportunityHasInsufficientCapacityError": Refusal.FULL,
            "OpportunityIntractableError": Refusal.SOURCE_REFUSED,
            "OpportunityIsFullError": Refusal.FULL,
            "OpportunityIsInConflictError": Refusal.NOT_POSSIBLE,
            "OpportunityOfferPairNotBookableError": Refusal.NOT_OFFERED,
            "UnacceptableOfferError": Refusal.NOT_OFFERED,
            "UnknownOfferError": Refusal.NOT_OFFERED,
            "UnknownOpportunityError": Refusal.NOT_OFFERED,
        }.items()
    ]
    + [
        (error(kind, status), reason, kind)
        for kind, status, reason in (
            ("GoneError", 410, Refusal.SOURCE_REFUSED),
            ("IncompleteBrokerDetailsError", 400, Refusal.SOURCE_REFUSED),
            ("IncompleteCustomerDetailsError", 400, Refusal.SOURCE_REFUSED),
            ("IncompletePaymentDetailsError", 400, Refusal.NOT_POSSIBLE),
            ("InvalidPaymentDetailsError", 400, Refusal.NOT_POSSIBLE),
            ("MissingPaymentDetailsError", 400, Refusal.NOT_POSSIBLE),
            ("OpenBookingError", 400, Refusal.SOURCE_REFUSED),
            ("SellerMismatchError", 500, Refusal.SOURCE_REFUSED),
            ("SellerNotFoundError", 500, Refusal.SOURCE_REFUSED),
            ("UnexpectedOrderTypeError", 500, Refusal.NOT_POSSIBLE),
        )
    ]
    + [
        (
            faulty("OpportunityIntractableError", None, "https://openactive.io/OpportunityIsFullError"),
            Refusal.FULL,
            "OpportunityIntractableError, OpportunityIsFullError",
        )
    ],
)
async def test_what_is_refused(
    wire: respx.Router, open_desk: OpenDesk, answer: httpx.Response, reason: Refusal, detail: str
) -> None:
    """By the errors' types, of the whole and of the items, after one call each; their words go nowhere."""
    wire.put(ORDER).mock(return_value=answer)
    wire.put(QUOTE).mock(return_value=answer)
    desk = await open_desk()
    assert await refusal(desk.book(WISH)) == (reason, detail)
    assert await refusal(desk.hold(WISH)) == (reason, detail)
    assert asked(wire) == [f"PUT {ORDER}", f"PUT {QUOTE}"]


@pytest.mark.parametrize(
    ("answer", "code", "in_doubt"),
    [
        (error("InvalidAPITokenError", 401), Code.SOURCE_REJECTED, False),
        (error("UnauthenticatedError", 403), Code.SOURCE_REJECTED, False),
        (error("TooManyRequestsError", 429), Code.SOURCE_BUSY, False),
        (error("OrderCreationFailedError", 500), Code.SOURCE_UNAVAILABLE, True),
        (error("InternalApplicationError", 500), Code.SOURCE_UNAVAILABLE, True),
        (error("TemporarilyUnableToCreateOrderError", 503), Code.SOURCE_UNAVAILABLE, True),
        (httpx.Response(404, html="<html>not here</html>"), Code.SOURCE_REJECTED, False),
        (httpx.Response(400, json={"@type": "张三 13800000000 Error"}), Code.SOURCE_REJECTED, False),
        (httpx.Response(409, json={"orderedItem": "?"}), Code.SOURCE_REJECTED, False),
        (httpx.Response(201, json=made(orderedItem=[])), Code.SOURCE_MALFORMED, True),
        (httpx.Response(200, text="<html>"), Code.SOURCE_MALFORMED, True),
    ],
)
async def test_what_is_no_word_on_the_order(
    wire: respx.Router, open_desk: OpenDesk, answer: httpx.Response, code: Code, in_doubt: bool
) -> None:
    """Our credential, a limit, a proxy, a failure: the source's error, in doubt where it may be booked."""
    wire.put(ORDER).mock(return_value=answer)
    assert await failure((await open_desk()).book(WISH)) == (code, in_doubt)
    assert asked(wire) == [f"PUT {ORDER}"]


async def test_an_order_that_is_there_and_is_not(wire: respx.Router, open_desk: OpenDesk) -> None:
    """The UUID is taken, and its order was deleted: the source's own reason, in one call more."""
    wire.put(ORDER).mock(return_value=error("OrderAlreadyExistsError", 500))
    wire.get(ORDER).mock(return_value=error("UnknownOrderError", 404))
    no = (Refusal.SOURCE_REFUSED, "OrderAlreadyExistsError")
    assert await refusal((await open_desk()).book(WISH)) == no
    assert asked(wire) == [f"PUT {ORDER}", f"GET {ORDER}"]


async def test_an_order_that_c2_knows(wire: respx.Router, open_desk: OpenDesk) -> None:
    """It was made meanwhile: it is found, and B is not sent again."""
    wire.put(ORDER).mock(return_value=error("TotalPaymentDueMismatchError", 400))
    wire.put(QUOTE).mock(return_value=error("OrderAlreadyExistsError", 500))
    wire.get(ORDER).respond(json=made())
    assert await (await open_desk()).book(WISH) == BOOKED
    assert asked(wire) == [f"PUT {ORDER}", f"PUT {QUOTE}", f"GET {ORDER}"]


async def test_an_order_that_its_seller_must_approve(wire: respx.Router, open_desk: OpenDesk) -> None:
    """It would be a proposal first: not possible, and no order is sent."""
    wire.put(QUOTE).respond(json=quote(orderRequiresApproval=True))
    no = (Refusal.NOT_POSSIBLE, "orderRequiresApproval")
    assert await refusal((await open_desk()).hold(WISH)) == no
    desk = await open_desk(offers=[{"@id": "https://x.example/o1"}])
    assert await refusal(desk.book(WISH)) == no
    assert asked(wire) == [f"PUT {QUOTE}"] * 2


@pytest.mark.parametrize(
    "change",
    [
        {"@id": None},
        {"offers": [{"price": 12.3}]},
        {"superEvent": {"name": "瑜伽", "offers": [OFFER]}},
        {"organizer": {"name": "主办方"}},
    ],
)
async def test_what_has_no_name(wire: respx.Router, open_desk: OpenDesk, change: dict[str, Any]) -> None:
    """A session, offer or seller without `@id` cannot stand in an order: no order is sent."""
    wire.get(ORDER).mock(return_value=error("UnknownOrderError", 404))
    no = (Refusal.NOT_POSSIBLE, "its opportunity, offer or seller has no @id")
    assert await refusal((await open_desk(**change)).book(WISH)) == no
    assert asked(wire) == [f"GET {ORDER}"]


async def test_a_seller_who_is_only_named(wire: respx.Router, open_desk: OpenDesk) -> None:
    """An organiser may be an `@id` alone; a free session costs nothing, whatever its offer says."""
    wire.put(ORDER).respond(201, json=made(**{"@id": None, "orderNumber": 17}))
    desk = await open_desk(organizer="https://x.example/other", isAccessibleForFree=True)
    booked = await desk.book(WISH)
    assert (booked.id, booked.number) == (REFERENCE, "17")
    (order,) = sent(wire)
    assert (order["seller"], order["totalPaymentDue"]["price"]) == ("https://x.example/other", 0)


@pytest.mark.parametrize(
    ("statuses", "standing"),
    [
        (("OrderItemConfirmed", "AttendeeAttended"), Standing.CONFIRMED),
        (("SellerCancelled", "OrderItemConfirmed"), Standing.CONFIRMED),
        (("SellerCancelled", "CustomerCancelled"), Standing.CANCELLED),
    ],
)
async def test_how_an_order_stands(
    wire: respx.Router, open_desk: OpenDesk, statuses: tuple[str, ...], standing: Standing
) -> None:
    """Cancelled once all its items are, by whichever side."""
    wire.get(ORDER).respond(json=made(*statuses))
    found = await (await open_desk()).find(WISH)
    assert found == msgspec.structs.replace(BOOKED, standing=standing)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(404, html="<html>not here</html>"), Code.SOURCE_REJECTED),
        (error("UnknownOrIncorrectEndpointError", 404), Code.SOURCE_REJECTED),
        (error("InvalidAPITokenError", 401), Code.SOURCE_REJECTED),
        (httpx.Response(200, json=made(orderedItem=[])), Code.SOURCE_MALFORMED),
    ],
)
async def test_none_is_the_systems_word(
    wire: respx.Router, open_desk: OpenDesk, answer: httpx.Response, code: Code
) -> None:
    """What is not UnknownOrderError does not say that there is no such order."""
    wire.get(ORDER).mock(return_value=answer)
    assert await failure((await open_desk()).find(WISH)) == (code, False)


async def test_what_stands_is_cancelled(wire: respx.Router, open_desk: OpenDesk) -> None:
    """The items that the seller has not cancelled, by their own ids, and nothing else."""
    wire.get(ORDER).respond(json=made("OrderItemConfirmed", "SellerCancelled", "OrderItemConfirmed"))
    wire.patch(ORDER).respond(204)
    cancelled = await (await open_desk()).cancel(WISH, BOOKED)
    assert cancelled == msgspec.structs.replace(BOOKED, standing=Standing.CANCELLED)
    status = "https://openactive.io/CustomerCancelled"
    assert sent(wire) == [
        {
            "@context": "https://openactive.io/",
            "@type": "Order",
            "orderedItem": [
                {"@type": "OrderItem", "@id": item, "orderItemStatus": status} for item in ("#0", "#2")
            ],
        }
    ]


async def test_items_without_ids_cannot_be_cancelled(wire: respx.Router, open_desk: OpenDesk) -> None:
    """The answer breaks the standard, and nothing is changed."""
    wire.get(ORDER).respond(json=made(orderedItem=[{"orderItemStatus": "OrderItemConfirmed"}]))
    assert await failure((await open_desk()).cancel(WISH, BOOKED)) == (Code.SOURCE_MALFORMED, False)
    assert asked(wire) == [f"GET {ORDER}"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (error("CancellationNotPermittedError", 400), Refusal.TOO_LATE),
        (error("PatchNotAllowedOnPropertyError", 400), Refusal.SOURCE_REFUSED),
        (error("OrderItemIdInvalidError", 500), Refusal.SOURCE_REFUSED),
        (error("UnknownOrderError", 404), Refusal.NOT_OFFERED),
    ],
)
async def test_a_cancellation_that_is_refused(
    wire: respx.Router, open_desk: OpenDesk, answer: httpx.Response, reason: Refusal
) -> None:
    """By the error's type; a failure is in doubt."""
    wire.get(ORDER).respond(json=made())
    patch = wire.patch(ORDER).mock(return_value=answer)
    desk = await open_desk()
    assert (await refusal(desk.cancel(WISH, BOOKED)))[0] is reason
    patch.mock(return_value=httpx.Response(503))
    assert await failure(desk.cancel(WISH, BOOKED)) == (Code.SOURCE_UNAVAILABLE, True)
    assert asked(wire) == [f"GET {ORDER}", f"PATCH {ORDER}"] * 2
