"""Desk: where a source takes bookings of one kind of slot."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from connectors.kit.upstream import StatusError
from schema.core.booking import Booked, Order
from schema.core.lookup import AnyLookup

_NOT_OF_THE_WISH = frozenset({401, 403, 407, 408, 425, 429})
"""Statuses that speak of our credential or of the moment, and not of what was asked."""


def says_no(error: StatusError) -> bool:
    """Whether a system has read a wish and will not fulfil it: `Refused`, whatever its reason is."""
    return 400 <= error.status < 500 and error.status not in _NOT_OF_THE_WISH


class Desk:
    """Base of every desk. Each call is made by one attempt to carry a command out, within its own deadline.

    SourceError means that the system has not answered: `in_doubt` says whether it may have done what was
    asked all the same. Refused means that it said no. Any other exception counts as in doubt.
    """

    repeatable: ClassVar[bool]
    """Whether the system itself sees to it that one reference is booked once, however often it is sent.

    Where it is not, an order that the system does not know is sent again only after so long a silence that
    the first cannot be under way any more.
    """
    shows: ClassVar[tuple[AnyLookup, ...]] = ()
    """The lookups whose answers tell how many places are left: what is cached of them is dropped when a
    booking changes. None for a source with a local copy, whose feed is asked at once instead."""

    async def hold(self, order: Order) -> datetime | None:
        """Keep the slot for the order until the instant given; None where the standard knows no such lease.

        May be called again for the same order.
        """
        return None

    async def book(self, order: Order) -> Booked:
        """Book. The order's reference goes with it, so that `find` finds it."""
        raise NotImplementedError

    async def find(self, order: Order) -> Booked | None:
        """Say what has become of an order by its reference; None where the system knows nothing of it."""
        raise NotImplementedError

    async def cancel(self, order: Order, booked: Booked) -> Booked:
        """Cancel, and give the booking as it stands then. Of one that is cancelled already: the same."""
        raise NotImplementedError
