"""Errors of the Open Booking API: a type of the standard's list, its status, a sentence."""

from typing import Any

import orjson
from starlette.responses import Response

BOOKING = "application/vnd.openactive.booking+json; version=1"

_STATUS = {
    "CancellationNotPermittedError": 400,
    "GoneError": 410,
    "IncompleteBrokerDetailsError": 400,
    "IncompleteCustomerDetailsError": 400,
    "IncompleteOrderItemError": 409,
    "InvalidAPITokenError": 401,
    "MethodNotAllowedError": 405,
    "NotFoundError": 404,
    "OpenBookingError": 400,
    "OpportunityCapacityIsReservedByLeaseError": 409,
    "OpportunityHasInsufficientCapacityError": 409,
    "OpportunityIsFullError": 409,
    "OpportunityOfferPairNotBookableError": 409,
    "OrderAlreadyExistsError": 500,
    "OrderItemIdInvalidError": 500,
    "PatchNotAllowedOnPropertyError": 400,
    "SellerMismatchError": 500,
    "TotalPaymentDueMismatchError": 400,
    "UnexpectedOrderTypeError": 500,
    "UnknownOfferError": 409,
    "UnknownOpportunityError": 409,
    "UnknownOrderError": 404,
    "UnnecessaryPaymentDetailsError": 400,
}


class BookingError(Exception):
    """A whole request is refused."""

    def __init__(self, kind: str, description: str) -> None:
        super().__init__(description)
        self.body = {"@context": "https://openactive.io/", **error(kind, description)}
        self.status = _STATUS[kind]


def error(kind: str, description: str) -> dict[str, Any]:
    """An error as it stands in an order item."""
    return {"@type": kind, "statusCode": _STATUS[kind], "description": description}


def booking_response(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type=BOOKING)


def refusal(status: int, message: str) -> Response:
    """What the guard says."""
    body = {"@context": "https://openactive.io/", **error("InvalidAPITokenError", message)}
    return booking_response(body, status)
