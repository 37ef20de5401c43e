"""Open Booking API: quotes, leases, orders and cancellations, and what each does to the feed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from mocks.server import RunningMocks
from mocks.world import World
from tests.mocks.conftest import NOW

SLOT = "sports-dayun-v01-badminton-20261126-18"
UUIDS = [f"{n:08d}-aaaa-4aaa-8aaa-aaaaaaaaaaaa" for n in range(20)]
BROKER = {"@type": "Organization", "name": "龙岗社区图谱"}
CUSTOMER = {"@type": "Person", "email": "someone@example.test"}


class Desk:
    """A client of one booking system."""

    def __init__(self, http: httpx.AsyncClient, url: str, source: str) -> None:
        self._http = http
        self._url = f"{url}/{source}"
        self._root = f"https://{source}.example"

    def item(self, kind: str, key: str, offer: str = "standard", of: str | None = None) -> dict[str, Any]:
        """An order item; a session's offer is its series'."""
        uri = f"{self._root}/{kind}/{key}"
        return {
            "@type": "OrderItem",
            "position": 0,
            "orderedItem": uri,
            "acceptedOffer": f"{of or uri}#/offers/{offer}",
        }

    def ask(self, kind: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A request for what is wanted, by nobody yet."""
        return {
            "@context": "https://openactive.io/",
            "@type": kind,
            "brokerRole": "https://openactive.io/AgentBroker",
            "broker": BROKER,
            "seller": f"{self._root}/organizer",
            "orderedItem": [{**item, "position": n} for n, item in enumerate(items)],
            **more,
        }

    def order(self, price: float, *items: dict[str, Any]) -> dict[str, Any]:
        """A request for an order of a named customer."""
        due = {"@type": "PriceSpecification", "price": price, "priceCurrency": "CNY"}
        return self.ask("Order", *items, customer=CUSTOMER, totalPaymentDue=due)

    async def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request below the API's address."""
        return await self._http.request(method, f"{self._url}/openbooking/{path}", json=body)

    async def told(self, feed: str, key: str) -> dict[str, Any]:
        """An item as the feed has it now."""
        url = f"{self._url}/feeds/{feed}"
        while True:
            page = (await self._http.get(url)).json()
            for item in page["items"]:
                if item["id"] == key:
                    return dict(item)
            assert page["items"], f"{key} is not in the feed"
            url = page["next"]

    async def left(self, key: str = SLOT) -> int:
        """Courts that the feed says are left."""
        remaining: int = (await self.told("slots", key))["data"]["remainingUses"]
        return remaining


@pytest.fixture
async def desk(mocks: RunningMocks, http: httpx.AsyncClient) -> AsyncIterator[Desk]:
    """A client of `sports-dayun` with a token, in a world where nobody has booked."""
    mocks.reset()
    yield await signed_in(mocks, http, "sports-dayun")
    mocks.reset()


async def signed_in(mocks: RunningMocks, http: httpx.AsyncClient, source: str) -> Desk:
    """Fetch a token for a source."""
    answer = await http.post(
        f"{mocks.url}/{source}/openbooking/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(source, f"secret-of-{source}"),
    )
    http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return Desk(http, mocks.url, source)


def faults(answer: httpx.Response) -> list[str | None]:
    """The error of each item, in order."""
    return [item["error"][0]["@type"] if "error" in item else None for item in answer.json()["orderedItem"]]


async def test_nobody_books_without_a_token(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """401 with an error of the standard, in its media type."""
    answer = await http.put(f"{mocks.url}/sports-dayun/openbooking/orders/{UUIDS[0]}", json={})
    assert (answer.status_code, answer.json()["@type"]) == (401, "InvalidAPITokenError")
    assert answer.headers["content-type"] == "application/vnd.openactive.booking+json; version=1"


async def test_from_quote_to_cancellation(mocks: RunningMocks, desk: Desk) -> None:
    """C1 holds nothing, C2 leases, B takes, PATCH gives back; every change is in the feed as a later one."""
    wanted = desk.item("slots", SLOT)
    seen = [await desk.told("slots", SLOT)]

    async def changed() -> int:
        seen.append(await desk.told("slots", SLOT))
        return int(seen[-1]["data"]["remainingUses"])

    free = seen[0]["data"]["remainingUses"]
    c1 = await desk.send("PUT", f"order-quote-templates/{UUIDS[0]}", desk.ask("OrderQuote", wanted))
    assert (c1.status_code, c1.json()["totalPaymentDue"]["price"]) == (200, 40)
    assert "lease" not in c1.json()
    assert await desk.left() == free

    quote = desk.ask("OrderQuote", wanted, customer=CUSTOMER)
    c2 = await desk.send("PUT", f"order-quotes/{UUIDS[0]}", quote)
    assert c2.status_code == 200
    assert c2.json()["lease"] == {"@type": "Lease", "leaseExpires": "2026-11-24T10:15:00+08:00"}
    assert await changed() == free - 1

    b = await desk.send("PUT", f"orders/{UUIDS[0]}", desk.order(40, wanted))
    assert b.status_code == 201
    assert [item["orderItemStatus"] for item in b.json()["orderedItem"]] == [
        "https://openactive.io/OrderItemConfirmed"
    ]
    assert await changed() == free - 1

    item = b.json()["orderedItem"][0]["@id"]
    cancel = {"orderedItem": [{"@id": item, "orderItemStatus": "https://openactive.io/CustomerCancelled"}]}
    for _ in range(2):
        patch = await desk.send("PATCH", f"orders/{UUIDS[0]}", {"@type": "Order", **cancel})
        assert patch.status_code == 204
    assert await changed() == free
    status = (await desk.send("GET", f"orders/{UUIDS[0]}")).json()
    assert status["orderedItem"][0]["orderItemStatus"] == "https://openactive.io/CustomerCancelled"
    assert status["totalPaymentDue"]["price"] == 0
    modified = [one["modified"] for one in seen]
    assert modified == sorted(set(modified))
    assert [(entry["kind"], entry["items"]) for entry in mocks.ledger("sports-dayun")] == [
        ("order.created", [SLOT]),
        ("order.cancelled", [SLOT]),
    ]


async def test_a_lease_expires(mocks: RunningMocks, desk: Desk) -> None:
    """After a quarter of an hour the court is free again, and the feed says so."""
    free = await desk.left()
    quote = desk.ask("OrderQuote", desk.item("slots", SLOT), customer=CUSTOMER)
    await desk.send("PUT", f"order-quotes/{UUIDS[0]}", quote)
    mocks.world.clock.move_to(NOW + timedelta(minutes=14, seconds=59))
    assert await desk.left() == free - 1
    mocks.world.clock.move_to(NOW + timedelta(minutes=15))
    told = await desk.told("slots", SLOT)
    assert told["data"]["remainingUses"] == free
    assert told["modified"] == round((NOW + timedelta(minutes=15)).timestamp() * 1000)


async def test_a_quote_is_given_back(desk: Desk) -> None:
    """DELETE ends the lease, and may be repeated."""
    free = await desk.left()
    quote = desk.ask("OrderQuote", desk.item("slots", SLOT), customer=CUSTOMER)
    await desk.send("PUT", f"order-quotes/{UUIDS[0]}", quote)
    for _ in range(2):
        assert (await desk.send("DELETE", f"order-quotes/{UUIDS[0]}")).status_code == 204
    assert await desk.left() == free


async def test_the_same_order_again_is_the_same_order(mocks: RunningMocks, desk: Desk) -> None:
    """The UUID is the client's: the same content takes no second place, another content is an error."""
    free = await desk.left()
    asked = desk.order(40, desk.item("slots", SLOT))
    first = await desk.send("PUT", f"orders/{UUIDS[0]}", asked)
    again = await desk.send("PUT", f"orders/{UUIDS[0]}", asked)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await desk.send(
        "PUT", f"orders/{UUIDS[0]}", desk.order(80, desk.item("slots", SLOT), desk.item("slots", SLOT))
    )
    assert (other.status_code, other.json()["@type"]) == (500, "OrderAlreadyExistsError")
    assert await desk.left() == free - 1
    assert len(mocks.ledger("sports-dayun")) == 1


async def test_a_quote_for_what_is_ordered_holds_nothing_more(mocks: RunningMocks, desk: Desk) -> None:
    """C2 with an order's UUID: the price of the same items, even of the last; of others it is an error."""
    free = await desk.left()
    wanted = [desk.item("slots", SLOT)] * free
    await desk.send("PUT", f"orders/{UUIDS[0]}", desk.order(40 * free, *wanted))
    same = desk.ask("OrderQuote", *wanted, customer=CUSTOMER)
    again = await desk.send("PUT", f"order-quotes/{UUIDS[0]}", same)
    assert (again.status_code, again.json()["totalPaymentDue"]["price"]) == (200, 40 * free)
    assert "lease" not in again.json()
    others = desk.ask("OrderQuote", desk.item("slots", SLOT, "member"), customer=CUSTOMER)
    other = await desk.send("PUT", f"order-quotes/{UUIDS[0]}", others)
    assert (other.status_code, other.json()["@type"]) == (500, "OrderAlreadyExistsError")
    assert len(mocks.ledger("sports-dayun")) == 1


async def test_the_last_places(mocks: RunningMocks, desk: Desk) -> None:
    """Full, held by others and too few are three errors, each 409 on its item; nothing is taken then."""
    free = await desk.left()
    wanted = desk.item("slots", SLOT)
    too_many = await desk.send(
        "PUT", f"orders/{UUIDS[0]}", desk.order(40 * (free + 1), *[wanted] * (free + 1))
    )
    assert too_many.status_code == 409
    assert faults(too_many) == [None] * free + ["OpportunityHasInsufficientCapacityError"]
    assert "@id" not in too_many.json()
    assert await desk.left() == free

    quote = desk.ask("OrderQuote", *[wanted] * free, customer=CUSTOMER)
    assert (await desk.send("PUT", f"order-quotes/{UUIDS[1]}", quote)).status_code == 200
    held = await desk.send("PUT", f"orders/{UUIDS[2]}", desk.order(40, wanted))
    assert faults(held) == ["OpportunityCapacityIsReservedByLeaseError"]
    mine = await desk.send("PUT", f"orders/{UUIDS[1]}", desk.order(40 * free, *[wanted] * free))
    assert mine.status_code == 201
    full = await desk.send("PUT", f"orders/{UUIDS[2]}", desk.order(40, wanted))
    assert (full.status_code, faults(full)) == (409, ["OpportunityIsFullError"])
    assert full.json()["orderedItem"][0]["error"][0]["statusCode"] == 409
    assert len(mocks.ledger("sports-dayun")) == 1


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"customer": {"@type": "Person"}}, 400, "IncompleteCustomerDetailsError"),
        ({"brokerRole": None}, 400, "IncompleteBrokerDetailsError"),
        ({"broker": {}}, 400, "IncompleteBrokerDetailsError"),
        ({"seller": "https://elsewhere.example/organizer"}, 500, "SellerMismatchError"),
        ({"totalPaymentDue": {"price": 30}}, 400, "TotalPaymentDueMismatchError"),
        ({"payment": {"@type": "Payment", "identifier": "1"}}, 400, "UnnecessaryPaymentDetailsError"),
        ({"@type": "OrderQuote"}, 500, "UnexpectedOrderTypeError"),
        ({"orderedItem": []}, 400, "OpenBookingError"),
    ],
)
async def test_orders_that_are_refused_as_a_whole(
    mocks: RunningMocks, desk: Desk, change: dict[str, Any], status: int, kind: str
) -> None:
    """Each with its error of the standard; nothing is committed."""
    answer = await desk.send("PUT", f"orders/{UUIDS[0]}", desk.order(40, desk.item("slots", SLOT)) | change)
    assert (answer.status_code, answer.json()["@type"]) == (status, kind)
    assert mocks.ledger("sports-dayun") == []


@pytest.mark.parametrize(
    ("key", "offer", "kind"),
    [
        ("sports-dayun-v01-badminton-20261124-09", "standard", "OpportunityOfferPairNotBookableError"),
        ("sports-dayun-v01-badminton-20261201-18", "standard", "OpportunityOfferPairNotBookableError"),
        (SLOT, "member", "OpportunityOfferPairNotBookableError"),
        (SLOT, "unheard-of", "UnknownOfferError"),
        ("unheard-of", "standard", "UnknownOpportunityError"),
    ],
)
async def test_items_that_cannot_be_had(
    mocks: RunningMocks, desk: Desk, key: str, offer: str, kind: str
) -> None:
    """What has begun, is not open yet or is sold at the counter only, and what does not exist."""
    answer = await desk.send(
        "PUT", f"order-quote-templates/{UUIDS[0]}", desk.ask("OrderQuote", desk.item("slots", key, offer))
    )
    assert (answer.status_code, faults(answer)) == (409, [kind])
    assert mocks.ledger("sports-dayun") == []


async def test_cancelling_too_late_and_amiss(mocks: RunningMocks, desk: Desk) -> None:
    """Four hours before it begins at the latest; only cancelling is a change that a client may make."""
    b = await desk.send("PUT", f"orders/{UUIDS[0]}", desk.order(40, desk.item("slots", SLOT)))
    item = b.json()["orderedItem"][0]["@id"]

    async def patch(uuid: str = UUIDS[0], **change: Any) -> tuple[int, str | None]:
        wanted = {"@id": item, "orderItemStatus": "https://openactive.io/CustomerCancelled", **change}
        answer = await desk.send("PATCH", f"orders/{uuid}", {"@type": "Order", "orderedItem": [wanted]})
        return answer.status_code, answer.json()["@type"] if answer.content else None

    attended = "https://openactive.io/AttendeeAttended"
    assert await patch(orderItemStatus=attended) == (400, "PatchNotAllowedOnPropertyError")
    assert await patch(**{"@id": "https://elsewhere.example/1"}) == (500, "OrderItemIdInvalidError")
    assert await patch(UUIDS[1]) == (404, "UnknownOrderError")
    mocks.world.clock.move_to(NOW + timedelta(days=2, hours=4, seconds=1))
    assert await patch() == (400, "CancellationNotPermittedError")
    mocks.world.clock.move_to(NOW + timedelta(days=2, hours=4))
    assert await patch() == (204, None)
    assert [entry["kind"] for entry in mocks.ledger("sports-dayun")] == ["order.created", "order.cancelled"]


async def test_sessions_and_courses_are_booked_by_the_place(
    mocks: RunningMocks, desk: Desk, http: httpx.AsyncClient
) -> None:
    """A session by its series' offer, a course by its own; a place each is gone from the feeds."""
    del desk
    family = await signed_in(mocks, http, "classes-family")
    for kind, feed, price_of in (
        ("sessions", "scheduled-sessions", "series"),
        ("courses", "course-instances", None),
    ):
        key, price, of = _open(mocks.world, kind)
        before = await family.told(feed, key)
        series = f"https://classes-family.example/series/{of}" if price_of else None
        b = await family.send("PUT", f"orders/{UUIDS[9]}"[:-1] + ("1" if kind == "sessions" else "2"),
                              family.order(price, family.item(kind, key, of=series)))  # fmt: skip
        assert b.status_code == 201, b.text
        after = await family.told(feed, key)
        left = "remainingAttendeeCapacity"
        assert after["data"][left] == before["data"][left] - 1
        assert after["modified"] > before["modified"]
    feed = (await family.send("GET", "orders-rpde")).json()
    assert [item["kind"] for item in feed["items"]] == ["Order", "Order"]
    assert not any("customer" in item["data"] for item in feed["items"])
    assert (await http.get(feed["next"])).json() == {"next": feed["next"], "items": []}


def _open(world: World, kind: str) -> tuple[str, int, str]:
    """A session or course of `classes-family` that can be booked: its id, its price and its series' id."""
    from mocks.world.leisure import Programme
    from mocks.world.occasions import Occasions, millis

    occasions = Occasions(world, "classes-family")
    found = occasions.sessions(NOW) if kind == "sessions" else occasions.courses(NOW)
    for one in found:
        soon = timedelta(hours=2) < one.start - NOW < timedelta(days=7)
        if soon and one.called_off is None and one.taken_at(millis(NOW)) < one.places:
            assert isinstance(one.of, Programme)
            return one.id, one.of.price, one.of.id
    raise AssertionError(f"there are no {kind} to book")
