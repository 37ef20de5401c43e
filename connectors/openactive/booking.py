"""The messages of Open Booking API 1.0, as far as they are written and read, and what its errors mean.

Sections are those of its editors' draft 1.0CR3.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from connectors.kit import Booked, DecodeError, Order, Refusal, Standing, StatusError, json_of
from connectors.openactive.options import OpenActiveOptions
from connectors.openactive.wanted import Wanted
from connectors.openactive.wire import Many, Thing, listed

_CONTEXT = "https://openactive.io/"
_MEDIA_TYPE = "application/vnd.openactive.booking+json; version=1"
ACCEPT = {"accept": _MEDIA_TYPE}
HEADERS = {**ACCEPT, "content-type": _MEDIA_TYPE}

ALREADY_THERE = "OrderAlreadyExistsError"
"""The UUID is an order's that was written otherwise: the same one, as our UUIDs are nobody else's."""
UNKNOWN = "UnknownOrderError"
ASK_AGAIN = frozenset({"TotalPaymentDueMismatchError", "UnableToProcessOrderItemError"})
"""Errors of B that C2 explains: the price is another, or what stands in the way is told by C2 alone."""
NOT_BOOKABLE = "OpportunityOfferPairNotBookableError"
SAID_NO = frozenset(
    {
        "OrderItemIdInvalidError",
        "OrderItemNotWithinOrderError",
        "SellerMismatchError",
        "SellerNotFoundError",
        "UnexpectedOrderTypeError",
    }
)
"""Errors which the standard gives the status 500 although they say no: nothing is in doubt after them."""
REASONS = {
    "CancellationNotPermittedError": Refusal.TOO_LATE,
    "IncompleteAttendeeDetailsError": Refusal.NOT_POSSIBLE,
    "IncompleteIntakeFormError": Refusal.NOT_POSSIBLE,
    "IncompletePaymentDetailsError": Refusal.NOT_POSSIBLE,
    "InvalidIntakeFormError": Refusal.NOT_POSSIBLE,
    "InvalidOpportunityOrOfferIdError": Refusal.NOT_OFFERED,
    "InvalidPaymentDetailsError": Refusal.NOT_POSSIBLE,
    "MissingPaymentDetailsError": Refusal.NOT_POSSIBLE,
    "OpportunityCapacityIsReservedByLeaseError": Refusal.FULL,
    "OpportunityHasInsufficientCapacityError": Refusal.FULL,
    "OpportunityIsFullError": Refusal.FULL,
    "OpportunityIsInConflictError": Refusal.NOT_POSSIBLE,
    NOT_BOOKABLE: Refusal.NOT_OFFERED,
    "UnacceptableOfferError": Refusal.NOT_OFFERED,
    "UnexpectedOrderTypeError": Refusal.NOT_POSSIBLE,
    UNKNOWN: Refusal.NOT_OFFERED,
    "UnknownOfferError": Refusal.NOT_OFFERED,
    "UnknownOpportunityError": Refusal.NOT_OFFERED,
}
"""What an error of the standard's list comes to; any other is the source's own reason.

Details of attendees, forms and payment are not possible, for we have none to give; an order that cannot be
one (UnexpectedOrderTypeError) needs its seller's approval, item for item in conflict cannot be had together.
"""

_CANCELLED = ("CustomerCancelled", "SellerCancelled")
_NAME = re.compile(r"[A-Za-z]{1,64}Error")
_NOT_THE_ORDER = (401, 403, 429)


class Due(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A PriceSpecification: what is to be paid in all."""

    price: float
    price_currency: str | None = None


class Lease(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Until when places are kept."""

    lease_expires: datetime


class Quote(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An OrderQuote without errors (5.4.6, C2)."""

    total_payment_due: Due
    lease: Lease | None = None
    order_requires_approval: bool = False


class Item(Thing, frozen=True, kw_only=True, rename="camel"):
    """An OrderItem of an order that was made."""

    order_item_status: str | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the customer or the seller has cancelled it."""
        return (self.order_item_status or "").rpartition("/")[2] in _CANCELLED


class Made(Thing, frozen=True, kw_only=True, rename="camel"):
    """An Order that was made."""

    order_number: str | int | None = None
    ordered_item: Annotated[list[Item], msgspec.Meta(min_length=1)]


class _Fault(msgspec.Struct, frozen=True, kw_only=True):
    type_: str | None = msgspec.field(name="@type", default=None)


class _FaultyItem(msgspec.Struct, frozen=True, kw_only=True):
    error: Many[_Fault] = None


class _Faulty(_Fault, frozen=True, kw_only=True, rename="camel"):
    ordered_item: list[_FaultyItem] = []


decode_quote = json_of(Quote, strict=False)
decode_made = json_of(Made, strict=False)
_decode_faulty = json_of(_Faulty)


def quote_of(order: Order, wanted: Wanted, options: OpenActiveOptions) -> dict[str, Any]:
    """Write what C2 asks for: an item for each of the party, for a customer known by a relay's address."""
    return {
        "@context": _CONTEXT,
        "@type": "OrderQuote",
        "brokerRole": f"{_CONTEXT}AgentBroker",
        "broker": {"@type": "Organization", "name": options.broker},
        "seller": wanted.seller,
        "customer": {"@type": "Person", "email": f"{order.resident}@{options.customers}"},
        "orderedItem": [
            {
                "@type": "OrderItem",
                "position": position,
                "acceptedOffer": wanted.offer,
                "orderedItem": wanted.opportunity,
            }
            for position in range(order.party)
        ],
    }


def order_of(order: Order, wanted: Wanted, options: OpenActiveOptions, due: Due) -> dict[str, Any]:
    """Write what B asks for: the same, and what it will cost."""
    total = {"@type": "PriceSpecification", "price": due.price}
    if due.price_currency is not None:
        total["priceCurrency"] = due.price_currency
    return {**quote_of(order, wanted, options), "@type": "Order", "totalPaymentDue": total}


def cancellation_of(items: list[str]) -> dict[str, Any]:
    """Write the change that cancels items, by their `@id` (8.3.2)."""
    return {
        "@context": _CONTEXT,
        "@type": "Order",
        "orderedItem": [
            {"@type": "OrderItem", "@id": item, "orderItemStatus": f"{_CONTEXT}CustomerCancelled"}
            for item in items
        ],
    }


def due_for(wanted: Wanted, party: int) -> Due | None:
    """Say what a party pays by the copy; None where that tells no price."""
    if wanted.price is None:
        return None
    total: Decimal = wanted.price.amount * party
    return Due(price=float(total), price_currency=wanted.price.currency)


def booked(made: Made, reference: str) -> Booked:
    """Give an order as a booking: cancelled where all of its items are, by whomever."""
    cancelled = all(item.cancelled for item in made.ordered_item)
    return Booked(
        standing=Standing.CANCELLED if cancelled else Standing.CONFIRMED,
        id=made.uri or reference,
        number=None if made.order_number is None else str(made.order_number),
    )


def errors_of(error: StatusError) -> tuple[str, ...]:
    """Give the standard's errors in an answer, of the whole or of its items, each once.

    Empty where it is not the booking system's word on the order: a proxy's page, our credential, a limit.
    """
    if error.status in _NOT_THE_ORDER:
        return ()
    try:
        faulty = _decode_faulty(error.body)
    except DecodeError:
        return ()
    faults = [faulty, *(fault for item in faulty.ordered_item for fault in listed(item.error))]
    names = ((fault.type_ or "").rpartition("/")[2] for fault in faults)
    return tuple(dict.fromkeys(name for name in names if _NAME.fullmatch(name)))
