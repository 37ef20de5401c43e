"""One library's system: catalogue and desk, built when the first request comes."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mocks.koha.catalogue import ITEM_TYPES, Catalogue
from mocks.koha.desk import Desk
from mocks.koha.errors import not_found
from mocks.koha.records import checkout
from mocks.koha.site import Site
from mocks.koha.stacks import Stacks
from mocks.world.libraries import Item, Library

if TYPE_CHECKING:
    from mocks.world import World


class System:
    """What the REST, DAIA and PAIA interfaces of a library share."""

    def __init__(self, world: "World", site: Site) -> None:
        self.world = world
        self.site = site

    @cached_property
    def library(self) -> Library:
        return self.world.libraries[self.site.id]

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.library, self.site)

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.world, self.library, self.catalogue, self.site)

    @cached_property
    def stacks(self) -> Stacks:
        return Stacks(self.world, self.library, self.desk)

    @cached_property
    def branches(self) -> dict[str, dict[str, Any]]:
        return {row["library_id"]: row for row in self.catalogue.libraries}

    def biblio(self, key: int) -> dict[str, Any]:
        row = self.catalogue.biblios.get(key)
        if row is None:
            raise not_found("Bibliographic record")
        return row

    def item(self, key: int) -> Item:
        item = self.catalogue.items.get(key)
        if item is None:
            raise not_found("Item")
        return item

    def item_rows(self, items: Iterable[Item], embeds: Iterable[str] = ()) -> Iterator[dict[str, Any]]:
        for item in items:
            loan = self.desk.loan_of(item.id)
            holds = sum(hold.item == item.id for hold in self.desk.holds_on(item.biblio))
            row = self.catalogue.item(item, loan.due if loan else None, loan.renewals if loan else 0, holds)
            for embed in embeds:
                row |= self._embedded(item, embed)
            yield row

    def _embedded(self, item: Item, embed: str) -> dict[str, Any]:
        loan = self.desk.loan_of(item.id)
        match embed:
            case "biblio":
                return {"biblio": self.catalogue.biblios[item.biblio]}
            case "checkout":
                return {"checkout": checkout(loan, item.barcode) if loan else None}
            case "home_library":
                return {"home_library": self.branches[item.home]}
            case "holding_library":
                return {"holding_library": self.branches[item.holding]}
            case _:
                return {"_strings": self._strings(item)}

    def _strings(self, item: Item) -> dict[str, Any]:
        return {
            "home_library_id": {"str": self.branches[item.home]["name"], "type": "library"},
            "holding_library_id": {"str": self.branches[item.holding]["name"], "type": "library"},
            "item_type_id": {"str": ITEM_TYPES[item.kind][0], "type": "item_type"},
            "location": {"str": item.place, "type": "av", "category": "LOC"},
        }
