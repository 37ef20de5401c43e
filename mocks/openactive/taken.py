"""Who has which places of a system besides strangers: orders, and leases while they last."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mocks.world.occasions import Occasion

LEASE_MS = 15 * 60_000


@dataclass(slots=True)
class Lease:
    """Places that an OrderQuote holds, each occasion as often as it is asked for, until an instant."""

    occasions: list[str]
    expires: int


@dataclass(slots=True)
class Order:
    """An order as it was made. `items` are its occasions; `cancelled` are positions in them."""

    uuid: str
    request: dict[str, Any]
    body: dict[str, Any]
    items: list[str]
    modified: int
    cancelled: set[int] = field(default_factory=set)
    deleted: bool = False


class Places:
    """Places taken by our clients; `changed` tells when they last took or gave back one of an occasion."""

    def __init__(self, unit: int) -> None:
        self._unit = unit
        self.orders: dict[str, Order] = {}
        self.leases: dict[str, Lease] = {}
        self.changed: dict[str, int] = {}
        self.revision = 0
        self._last = 0

    def tick(self, now: int) -> int:
        """A later `modified` than any before, a step of the feed's unit on, though the clock stand still."""
        self._last = max(self._last, now) + self._unit
        return self._last

    def touch(self, occasions: Iterable[str], at: int) -> None:
        for one in occasions:
            self.changed[one] = max(at, self.changed.get(one, 0))
        self.revision += 1

    def sweep(self, now: int) -> None:
        """Give back what leases held that are over."""
        for uuid, lease in list(self.leases.items()):
            if lease.expires <= now:
                del self.leases[uuid]
                self.touch(lease.occasions, lease.expires)

    def booked(self, occasion: str, but: str = "") -> int:
        """Places that orders have, but for one's own."""
        return sum(
            order.items.count(occasion) - sum(order.items[n] == occasion for n in order.cancelled)
            for uuid, order in self.orders.items()
            if uuid != but
        )

    def leased(self, occasion: str, but: str = "") -> int:
        """Places that leases hold, but for one's own."""
        return sum(lease.occasions.count(occasion) for uuid, lease in self.leases.items() if uuid != but)

    def left(self, occasion: Occasion, now: int, but: str = "") -> int:
        taken = occasion.taken_at(now) + self.booked(occasion.id, but) + self.leased(occasion.id, but)
        return max(0, occasion.places - taken)
