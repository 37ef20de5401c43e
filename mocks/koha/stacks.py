"""Closed stacks: copies that are brought to the reading room for whoever asks for them."""

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

from mocks.koha.desk import Desk, loanable
from mocks.koha.errors import forbidden
from mocks.world.libraries import Item, Library
from mocks.world.patrons import Patron

if TYPE_CHECKING:
    from mocks.world import World


@dataclass(frozen=True, slots=True)
class Order:
    """A reader's wish for a copy from the stacks."""

    id: int
    item: int
    biblio: int
    patron: int
    placed: datetime


class Stacks:
    """Who has ordered which copy: the first has it, the others wait."""

    def __init__(self, world: "World", library: Library, desk: Desk) -> None:
        self._world = world
        self._library = library
        self._desk = desk
        self._numbers = count(1)
        self.orders: dict[int, Order] = {}

    def copy(self, biblio: int, item: int | None) -> Item | None:
        """The copy in the stacks that a title, or one of its copies, means; None where there is none."""
        for copy in self._library.biblios[biblio - 1].items:
            kept = copy.kind == "LOCAL" and not loanable(copy)
            if kept and not (copy.lost or copy.damaged or copy.withdrawn) and item in (None, copy.id):
                return copy
        return None

    def orders_of(self, item: int) -> list[Order]:
        """First come first."""
        return [order for order in self.orders.values() if order.item == item]

    def request(self, patron: Patron, copy: Item) -> Order:
        """Order a copy; KohaError says which rule forbids it."""
        mine = any(order.patron == patron.id for order in self.orders_of(copy.id))
        if reason := self._desk.bars(patron) or ("itemAlreadyOnHold" if mine else None):
            raise forbidden(reason)
        order = Order(next(self._numbers), copy.id, copy.biblio, patron.id, self._desk.now)
        self.orders[order.id] = order
        self._record("stack.requested", order)
        return order

    def cancel(self, patron: Patron, biblio: int, item: int | None) -> bool:
        """Whether there was such an order, which is gone now."""
        for order in self.orders.values():
            if (order.patron, order.biblio) == (patron.id, biblio) and item in (None, order.item):
                del self.orders[order.id]
                self._record("stack.cancelled", order)
                return True
        return False

    def _record(self, kind: str, order: Order) -> None:
        self._world.ledger.record(
            self._library.id, kind, order_id=order.id, item_id=order.item, patron_id=order.patron
        )
