"""Open Booking API 1.0, the simple flow: quote (C1), quote with a lease (C2), order (B), cancellation.

No await lies between looking at places and taking them, so that two orders never share one. Prices are paid
at the venue (`openBookingPrepayment` Unavailable): an order must carry no payment.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from mocks.openactive.errors import BookingError, booking_response, error
from mocks.openactive.models import Json, Models
from mocks.openactive.taken import LEASE_MS, Lease, Order, Places
from mocks.world import World
from mocks.world.leisure import Facility, Operator
from mocks.world.occasions import Occasion, millis

_CONTEXT = "https://openactive.io/"
_UNAVAILABLE = "https://openactive.io/Unavailable"
_CONFIRMED = "https://openactive.io/OrderItemConfirmed"
_CANCELLED = "https://openactive.io/CustomerCancelled"
_ADVANCE = {"slots": timedelta(days=7), "sessions": timedelta(days=7), "courses": timedelta(days=30)}
_UNTIL = {"slots": timedelta(0), "sessions": timedelta(minutes=30), "courses": timedelta(0)}
_CANCEL = {"slots": timedelta(hours=4), "sessions": timedelta(hours=4), "courses": timedelta(days=1)}


class Desk:
    """The booking desk of one operator; `find` gives what can be booked by the end of its `@id`."""

    def __init__(
        self,
        world: World,
        operator: Operator,
        models: Models,
        places: Places,
        find: Callable[[str], Occasion | None],
    ) -> None:
        self._world = world
        self._operator = operator
        self._models = models
        self._places = places
        self._find = find

    async def c1(self, request: Request) -> Response:
        """Availability and price, nothing held."""
        return await self._quote(request, named=False)

    async def c2(self, request: Request) -> Response:
        """The same for a named customer; the places are held until the lease expires."""
        return await self._quote(request, named=True)

    async def drop_quote(self, request: Request) -> Response:
        """Give back what a quote holds; again and again."""
        lease = self._places.leases.pop(_uuid(request), None)
        if lease is not None:
            self._places.touch(lease.occasions, self._places.tick(self._now_ms()))
        return Response(status_code=204)

    async def b(self, request: Request) -> Response:
        """Order. The same UUID with the same content is the same order; with another it is an error."""
        uuid = _uuid(request)
        asked = await _body(request, "Order")
        known = self._places.orders.get(uuid)
        if known is not None:
            if asked != known.request:
                raise BookingError("OrderAlreadyExistsError", "The UUID is another order's.")
            return booking_response(known.body, 201)
        self._check(asked, named=True)
        if "payment" in asked:
            raise BookingError("UnnecessaryPaymentDetailsError", "It is paid at the venue.")
        items, occasions = self._items(asked, uuid)
        total = self._total(items)
        if asked.get("totalPaymentDue", {}).get("price") != total["price"]:
            raise BookingError("TotalPaymentDueMismatchError", f"The total is {total['price']}.")
        order: Json = {
            **self._frame(asked, "Order", f"orders/{uuid}"),
            "identifier": uuid,
            "orderNumber": f"LG{len(self._places.orders) + 1:06d}",
            "customer": asked["customer"],
            "orderedItem": items,
            "totalPaymentDue": total,
        }
        if _failed(items):
            for left_out in ("@id", "identifier", "orderNumber"):
                del order[left_out]
            return booking_response(order, 409)
        for number, item in enumerate(items):
            item["@id"] = f"{order['@id']}#/orderedItem/{number}"
            item["orderItemStatus"] = _CONFIRMED
        self._places.leases.pop(uuid, None)
        at = self._places.tick(self._now_ms())
        names = [one.id for one in occasions]
        self._places.orders[uuid] = Order(uuid, asked, order, names, at)
        self._places.touch(names, at)
        self._world.ledger.record(
            self._operator.id,
            "order.created",
            uuid=uuid,
            items=names,
            total=total["price"],
            client=asked["customer"]["email"],
        )
        return booking_response(order, 201)

    async def status(self, request: Request) -> Response:
        """Order Status: the order as it is now."""
        return booking_response(_without_positions(self._order(request).body))

    async def cancel(self, request: Request) -> Response:
        """Cancel items, all of them or none; what is cancelled already stays so."""
        order = self._order(request)
        asked = await _body(request, "Order")
        if set(asked) - {"@context", "@type", "orderedItem"}:
            raise BookingError("PatchNotAllowedOnPropertyError", "Only orderedItem can be changed.")
        known = {item["@id"]: number for number, item in enumerate(order.body["orderedItem"])}
        wanted = set()
        for item in asked.get("orderedItem", []):
            if item.get("orderItemStatus") != _CANCELLED:
                raise BookingError("PatchNotAllowedOnPropertyError", "Only CustomerCancelled can be set.")
            if item.get("@id") not in known:
                raise BookingError("OrderItemIdInvalidError", "The order has no such item.")
            wanted.add(known[item["@id"]])
        fresh = wanted - order.cancelled
        now = self._world.clock.now()
        for number in fresh:
            occasion = self._find(order.items[number])
            if occasion is None or now > occasion.start - _CANCEL[self._kind(occasion)]:
                raise BookingError("CancellationNotPermittedError", "It is too late to cancel.")
        if fresh:
            at = self._places.tick(self._now_ms())
            order.cancelled |= fresh
            order.modified = at
            self._places.touch([order.items[number] for number in fresh], at)
            for number in fresh:
                order.body["orderedItem"][number]["orderItemStatus"] = _CANCELLED
            kept = [i for n, i in enumerate(order.body["orderedItem"]) if n not in order.cancelled]
            order.body["totalPaymentDue"] = self._total(kept)
            self._world.ledger.record(
                self._operator.id,
                "order.cancelled",
                uuid=order.uuid,
                items=[order.items[number] for number in sorted(fresh)],
            )
        return Response(status_code=204)

    async def orders_feed(self, request: Request) -> Response:
        """Orders of this client as RPDE, without who ordered them."""
        asked = request.query_params
        after = (int(asked.get("afterTimestamp", "0")), asked.get("afterId", ""))
        orders = sorted(self._places.orders.values(), key=lambda order: (order.modified, order.uuid))
        found = [order for order in orders if (order.modified, order.uuid) > after]
        url = str(request.url)
        if found:
            last = found[-1]
            url = f"{request.url.replace(query='')}?afterTimestamp={last.modified}&afterId={last.uuid}"
        items = [
            {
                "state": "updated",
                "kind": "Order",
                "id": order.uuid,
                "modified": order.modified,
                "data": _for_the_feed(order.body),
            }
            for order in found
        ]
        return booking_response({"next": url, "items": items})

    async def _quote(self, request: Request, *, named: bool) -> Response:
        uuid = _uuid(request)
        asked = await _body(request, "OrderQuote")
        self._check(asked, named=named)
        known = self._places.orders.get(uuid)
        if known is not None and asked.get("orderedItem") != known.request["orderedItem"]:
            raise BookingError("OrderAlreadyExistsError", "The UUID is another order's.")
        items, occasions = self._items(asked, uuid)
        path = "order-quotes" if named else "order-quote-templates"
        quote: Json = {
            **self._frame(asked, "OrderQuote", f"{path}/{uuid}"),
            "orderRequiresApproval": False,
            "orderedItem": items,
            "totalPaymentDue": self._total(items),
        }
        if named:
            quote["customer"] = asked["customer"]
        if _failed(items):
            return booking_response(quote, 409)
        if named and known is None:
            now = self._now_ms()
            lease = Lease([one.id for one in occasions], now + LEASE_MS)
            before = self._places.leases.get(uuid)
            changed = (before.occasions if before else []) + lease.occasions
            self._places.leases[uuid] = lease
            self._places.touch(changed, self._places.tick(now))
            expires = datetime.fromtimestamp(lease.expires / 1000, self._world.clock.now().tzinfo)
            quote["lease"] = {"@type": "Lease", "leaseExpires": expires.isoformat(timespec="seconds")}
        return booking_response(quote)

    def _order(self, request: Request) -> Order:
        order = self._places.orders.get(_uuid(request))
        if order is None:
            raise BookingError("UnknownOrderError", "There is no such order.")
        return order

    def _check(self, asked: Json, *, named: bool) -> None:
        self._places.sweep(self._now_ms())
        if asked.get("brokerRole") not in {f"{_CONTEXT}{role}Broker" for role in ("Agent", "No", "Reseller")}:
            raise BookingError("IncompleteBrokerDetailsError", "brokerRole is needed.")
        if asked["brokerRole"] == f"{_CONTEXT}AgentBroker" and not asked.get("broker", {}).get("name"):
            raise BookingError("IncompleteBrokerDetailsError", "The broker's name is needed.")
        seller = asked.get("seller")
        if seller != self._models.seller()["@id"]:
            raise BookingError("SellerMismatchError", "The seller is another.")
        if named and not asked.get("customer", {}).get("email"):
            raise BookingError("IncompleteCustomerDetailsError", "The customer's email is needed.")

    def _items(self, asked: Json, uuid: str) -> tuple[list[Json], list[Occasion]]:
        """The items as answered, each with its error, and what they take where they have none."""
        wanted: Counter[str] = Counter()
        items: list[Json] = []
        occasions: list[Occasion] = []
        for position, item in enumerate(asked.get("orderedItem", [])):
            answer: Json = {"@type": "OrderItem", "position": item.get("position", position)}
            items.append(answer)
            uri, offer_uri = item.get("orderedItem"), item.get("acceptedOffer")
            if not isinstance(uri, str) or not isinstance(offer_uri, str):
                answer["error"] = [
                    error("IncompleteOrderItemError", "orderedItem and acceptedOffer are needed.")
                ]
                continue
            answer |= {"orderedItem": uri, "acceptedOffer": offer_uri}
            occasion = self._find(uri.rpartition("/")[2])
            if occasion is None or self._models.of(occasion) != uri:
                answer["error"] = [error("UnknownOpportunityError", "There is no such opportunity.")]
                continue
            offer = self._offer(occasion, offer_uri)
            if offer is None:
                answer["error"] = [error("UnknownOfferError", "There is no such offer.")]
                continue
            answer |= {"orderedItem": self._described(occasion, uuid), "acceptedOffer": offer}
            wanted[occasion.id] += 1
            if fault := self._fault(occasion, offer, wanted[occasion.id], uuid):
                answer["error"] = [fault]
            occasions.append(occasion)
        if not items:
            raise BookingError("OpenBookingError", "There is nothing ordered.")
        return items, occasions

    def _fault(self, occasion: Occasion, offer: Json, count: int, uuid: str) -> Json | None:
        now = self._world.clock.now()
        kind = self._kind(occasion)
        opens, closes = occasion.start - _ADVANCE[kind], occasion.start - _UNTIL[kind]
        called_off = occasion.called_off is not None and occasion.called_off <= millis(now)
        if not opens <= now < closes or called_off or offer.get("openBookingInAdvance") == _UNAVAILABLE:
            return error("OpportunityOfferPairNotBookableError", "It cannot be booked now.")
        left = self._places.left(occasion, millis(now), but=uuid)
        if count <= left:
            return None
        if left == 0 and self._places.leased(occasion.id, but=uuid):
            return error("OpportunityCapacityIsReservedByLeaseError", "Others hold the last places.")
        if left == 0:
            return error("OpportunityIsFullError", "There are no places left.")
        return error("OpportunityHasInsufficientCapacityError", f"There are {left} places left.")

    def _offer(self, occasion: Occasion, uri: str) -> Json | None:
        base = self._models.of(occasion)
        if self._kind(occasion) == "sessions":
            base = self._models.uri("series", occasion.of.id)
        return next((one for one in self._models.offers(occasion.of, base) if one["@id"] == uri), None)

    def _described(self, occasion: Occasion, uuid: str) -> Json:
        """An opportunity as a quote or an order tells it: whole, without its offers."""
        left = self._places.left(occasion, self._now_ms(), but=uuid)
        if isinstance(occasion.of, Facility):
            found = self._models.slot(occasion, left)
            whole = self._models.facility(occasion.of)
            hidden = ("@context", "offers", "provider", "individualFacilityUse")
            found["facilityUse"] = {name: value for name, value in whole.items() if name not in hidden}
        elif occasion.of.lessons:
            found = self._models.course(occasion, left)
            found["eventSchedule"] = [self._models.schedule(occasion.of)]
        else:
            found = self._models.session(occasion, left, cancelled=False, with_series=True)
            for name in ("offers", "organizer"):
                del found["superEvent"][name]
        return {n: v for n, v in found.items() if n not in ("@context", "offers", "organizer", "subEvent")}

    def _kind(self, occasion: Occasion) -> str:
        if isinstance(occasion.of, Facility):
            return "slots"
        return "courses" if occasion.of.lessons else "sessions"

    def _frame(self, asked: Json, kind: str, path: str) -> Json:
        found: Json = {
            "@context": _CONTEXT,
            "@type": kind,
            "@id": f"{self._models.root}/openbooking/{path}",
            "brokerRole": asked["brokerRole"],
            "seller": self._models.seller(),
            "bookingService": {"@type": "BookingService", "name": "龙岗场馆预订", "url": self._models.root},
        }
        return found | ({"broker": asked["broker"]} if "broker" in asked else {})

    def _total(self, items: list[Json]) -> Json:
        prices = [i["acceptedOffer"]["price"] for i in items if isinstance(i.get("acceptedOffer"), dict)]
        return {
            "@type": "PriceSpecification",
            "price": sum(prices),
            "priceCurrency": "CNY",
            "openBookingPrepayment": _UNAVAILABLE,
        }

    def _now_ms(self) -> int:
        return millis(self._world.clock.now())


def _without_positions(order: Json) -> Json:
    items = [{name: v for name, v in item.items() if name != "position"} for item in order["orderedItem"]]
    return {**order, "orderedItem": items}


def _for_the_feed(order: Json) -> Json:
    """What the orders feed tells: not who ordered through whom, and opportunities by their `@id` alone."""
    hidden = ("customer", "seller", "broker", "brokerRole", "bookingService", "orderNumber")
    found = {name: value for name, value in _without_positions(order).items() if name not in hidden}
    items = [{**item, "orderedItem": item["orderedItem"]["@id"]} for item in found["orderedItem"]]
    return {**found, "orderedItem": items}


def _failed(items: list[Json]) -> bool:
    return any("error" in item for item in items)


def _uuid(request: Request) -> str:
    try:
        return str(UUID(request.path_params["uuid"]))
    except ValueError:
        raise BookingError("NotFoundError", "That is no UUID.") from None


async def _body(request: Request, kind: str) -> dict[str, Any]:
    try:
        found = orjson.loads(await request.body())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BookingError("OpenBookingError", "The body is no JSON object.")
    if found.get("@type") != kind:
        raise BookingError("UnexpectedOrderTypeError", f"A {kind} is needed.")
    return found
