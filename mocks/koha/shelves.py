"""The routes that look: biblios, items, branches and item types."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.asgi import json_response
from mocks.koha import fields, marc
from mocks.koha.api import embeds, route
from mocks.koha.catalogue import public_library
from mocks.koha.errors import not_found
from mocks.koha.listing import Listing
from mocks.koha.system import System
from mocks.world.libraries import Item

_JSON = "application/json"
_LIBRARY_FILTERS = frozenset(("library_id", "name", "city", "postal_code"))
_OLD_EMBEDS = frozenset(("+strings", "biblio"))
_NEW_EMBEDS = _OLD_EMBEDS | {"checkout", "home_library", "holding_library"}


class Shelves:
    """The catalogue over HTTP."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._cap = system.site.page_cap
        self._item_embeds = _NEW_EMBEDS if system.site.embeds else _OLD_EMBEDS

    def routes(self) -> list[Route]:
        return [
            route("GET", "/biblios", self.biblios),
            route("GET", "/biblios/{id:int}", self.biblio),
            route("GET", "/biblios/{id:int}/items", self.items_of_biblio),
            route("GET", "/items", self.items),
            route("GET", "/items/{id:int}", self.item),
            route("GET", "/libraries", self.libraries),
            route("GET", "/libraries/{id}", self.library),
            route("GET", "/item_types", self.item_types),
            route("GET", "/public/biblios/{id:int}", self.public_biblio),
            route("GET", "/public/biblios/{id:int}/items", self.public_items_of_biblio),
            route("GET", "/public/libraries", self.public_libraries),
            route("GET", "/public/libraries/{id}", self.public_library),
        ]

    async def biblios(self, request: Request) -> Response:
        """Items come along only where the release knows how (`x-koha-embed: items`)."""
        wanted = embeds(request, ("items",) if self._system.site.embeds else ())
        known = self._system.catalogue.biblios
        listing = Listing(request, fields.BIBLIO, self._cap)
        ids = listing.demanded("biblio_id")
        rows = known.values() if ids is None else [known[key] for key in _integers(ids) if key in known]
        if _JSON not in request.headers.get("accept", ""):
            return _as_marc(request, list(rows), json_too=True)
        return listing.answer(rows, len(known), self._with_items if wanted else None)

    async def biblio(self, request: Request) -> Response:
        wanted = embeds(request, ("items",) if self._system.site.embeds else ())
        row = self._system.biblio(request.path_params["id"])
        if _JSON not in request.headers.get("accept", ""):
            return _as_marc(request, row, json_too=True)
        return json_response(self._with_items(row) if wanted else row)

    async def items_of_biblio(self, request: Request) -> Response:
        wanted = embeds(request, self._item_embeds)
        key = self._system.biblio(request.path_params["id"])["biblio_id"]
        listing = Listing(request, fields.ITEM, self._cap)
        copies = self._system.catalogue.copies[key]
        return listing.answer(self._system.item_rows(copies, wanted), len(copies))

    async def items(self, request: Request) -> Response:
        wanted = embeds(request, self._item_embeds)
        listing = Listing(request, fields.ITEM, self._cap, ("external_id",))
        rows = self._system.item_rows(self._candidates(listing), wanted)
        return listing.answer(rows, len(self._system.catalogue.items))

    async def item(self, request: Request) -> Response:
        wanted = embeds(request, self._item_embeds)
        item = self._system.item(request.path_params["id"])
        return json_response(next(self._system.item_rows([item], wanted)))

    async def libraries(self, request: Request) -> Response:
        rows = self._system.catalogue.libraries
        return Listing(request, rows[0], self._cap, _LIBRARY_FILTERS).answer(rows, len(rows))

    async def library(self, request: Request) -> Response:
        return json_response(self._branch(request))

    async def item_types(self, request: Request) -> Response:
        rows = list(self._system.catalogue.item_types())
        return Listing(request, rows[0], self._cap).answer(rows, len(rows))

    async def public_biblio(self, request: Request) -> Response:
        """The public may have MARC, never JSON."""
        return _as_marc(request, self._system.biblio(request.path_params["id"]), json_too=False)

    async def public_items_of_biblio(self, request: Request) -> Response:
        key = self._system.biblio(request.path_params["id"])["biblio_id"]
        copies = [c for c in self._system.catalogue.copies[key] if not c.withdrawn]
        rows = [
            {name: value for name, value in row.items() if name in fields.PUBLIC_ITEM}
            for row in self._system.item_rows(copies)
        ]
        return Listing(request, fields.PUBLIC_ITEM, self._cap).answer(rows, len(rows))

    async def public_libraries(self, request: Request) -> Response:
        rows = [public_library(row) for row in self._system.catalogue.libraries]
        return Listing(request, rows[0], self._cap, _LIBRARY_FILTERS).answer(rows, len(rows))

    async def public_library(self, request: Request) -> Response:
        return json_response(public_library(self._branch(request)))

    def _branch(self, request: Request) -> dict[str, Any]:
        found = self._system.branches.get(request.path_params["id"])
        if found is None:
            raise not_found("Library")
        return found

    def _with_items(self, row: Any) -> dict[str, Any]:
        copies = self._system.catalogue.copies[row["biblio_id"]]
        return {**row, "items": list(self._system.item_rows(copies))}

    def _candidates(self, listing: Listing) -> Iterable[Item]:
        """The items that can match, found without writing out every one."""
        catalogue = self._system.catalogue
        if (ids := listing.demanded("item_id")) is not None:
            return [catalogue.items[key] for key in _integers(ids) if key in catalogue.items]
        if (biblios := listing.demanded("biblio_id")) is not None:
            return [item for key in _integers(biblios) for item in catalogue.copies.get(key, ())]
        if (barcodes := listing.demanded("external_id")) is not None:
            found = [catalogue.barcodes.get(str(barcode)) for barcode in barcodes]
            return [catalogue.items[key] for key in found if key is not None]
        if (kinds := listing.demanded("item_type_id")) is not None:
            return [item for item in catalogue.items.values() if item.kind in kinds]
        return catalogue.items.values()


def _integers(values: Iterable[Any]) -> list[int]:
    return list(dict.fromkeys(int(value) for value in values if str(value).isdecimal()))


def _as_marc(request: Request, rows: Any, json_too: bool) -> Response:
    accept = request.headers.get("accept", "")
    if marc.MARC_IN_JSON in accept:
        found = [marc.in_json(row) for row in rows] if isinstance(rows, list) else marc.in_json(rows)
        response = json_response(found)
        response.headers["content-type"] = marc.MARC_IN_JSON
        return response
    if marc.MARCXML in accept and not isinstance(rows, list):
        return Response(marc.in_xml(rows), media_type=marc.MARCXML)
    kinds = [_JSON, marc.MARCXML, marc.MARC_IN_JSON]
    return json_response(kinds if json_too else kinds[1:], 406)
