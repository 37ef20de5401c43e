"""The routes that act: patrons, checkouts, holds and bookings."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.asgi import json_response
from mocks.koha import fields, records
from mocks.koha.api import body, day, embeds, moment, route
from mocks.koha.errors import KohaError, invalid, not_found, refused
from mocks.koha.listing import Listing
from mocks.koha.system import System
from mocks.world.patrons import Patron

_HOLD = {
    "patron_id": "integer",
    "biblio_id": "integer?",
    "item_group_id": "integer?",
    "hold_date": "string?",
    "item_id": "integer?",
    "pickup_library_id": "string",
    "expiration_date": "string?",
    "notes": "string?",
    "item_type": "string?",
    "non_priority": "boolean?",
}
_BOOKING = {
    "biblio_id": "integer",
    "item_id": "integer?",
    "patron_id": "integer",
    "pickup_library_id": "string",
    "start_date": "string",
    "end_date": "string",
}


class Counter:
    """The circulation desk over HTTP."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._cap = system.site.page_cap

    def routes(self) -> list[Route]:
        return [
            route("GET", "/patrons", self.patrons),
            route("GET", "/patrons/{id:int}", self.patron),
            route("GET", "/checkouts", self.checkouts),
            route("POST", "/checkouts", self.check_out),
            route("GET", "/checkouts/{id:int}", self.checkout),
            route("POST", "/checkouts/{id:int}/renewal", self.renew),
            route("GET", "/holds", self.holds),
            route("POST", "/holds", self.place_hold),
            route("DELETE", "/holds/{id:int}", self.cancel_hold),
            route("GET", "/bookings", self.bookings),
            route("POST", "/bookings", self.book),
            route("GET", "/bookings/{id:int}", self.booking),
            route("DELETE", "/bookings/{id:int}", self.cancel_booking),
        ]

    async def patrons(self, request: Request) -> Response:
        embeds(request, ())
        desk = self._system.desk
        rows = [records.patron(patron, desk) for patron in desk.patrons.values()]
        return Listing(request, fields.PATRON, self._cap, fields.PATRON_FILTERS).answer(rows, len(rows))

    async def patron(self, request: Request) -> Response:
        found = self._system.desk.patrons.get(request.path_params["id"])
        if found is None:
            raise not_found("Patron")
        return json_response(records.patron(found, self._system.desk))

    async def checkouts(self, request: Request) -> Response:
        """Current loans; of those that were returned nothing is kept (`checked_in=true` finds none)."""
        items = self._system.catalogue.items
        returned = request.query_params.get("checked_in", "false") not in ("false", "0")
        loans = () if returned else self._system.desk.loans.values()
        rows = [records.checkout(loan, items[loan.item].barcode) for loan in loans]
        listing = Listing(request, fields.CHECKOUT, self._cap, ("patron_id",), ("checked_in",))
        return listing.answer(rows, len(rows))

    async def check_out(self, _: Request) -> Response:
        """The client's account may not lend."""
        raise KohaError(
            403,
            {
                "error": "Authorization failure. Missing required permission(s).",
                "required_permissions": {"circulate": "circulate_remaining_permissions"},
            },
        )

    async def checkout(self, request: Request) -> Response:
        loan = self._system.desk.loans.get(request.path_params["id"])
        if loan is None:
            raise not_found("Checkout")
        return json_response(records.checkout(loan, self._system.item(loan.item).barcode))

    async def renew(self, request: Request) -> Response:
        loan = self._system.desk.renew(request.path_params["id"])
        return json_response(records.checkout(loan, self._system.item(loan.item).barcode), 201)

    async def holds(self, request: Request) -> Response:
        """Current holds or, with `old`, those that were cancelled; whoever fetched a book is not kept."""
        wanted = embeds(request, ("cancellation_requested",))
        desk = self._system.desk
        old = request.query_params.get("old", "false") not in ("false", "0")
        found = desk.old_holds if old else desk.holds
        rows = [records.hold(hold, desk) for hold in found.values()]
        if wanted:
            rows = [{**row, "cancellation_requested": found[row["hold_id"]].cancelling} for row in rows]
        listing = Listing(request, fields.HOLD, self._cap, fields.HOLD_FILTERS, ("old",))
        return listing.answer(rows, len(rows))

    async def place_hold(self, request: Request) -> Response:
        wish = await body(request, _HOLD, ("patron_id", "pickup_library_id"))
        catalogue, desk = self._system.catalogue, self._system.desk
        item_id, biblio_id = wish.get("item_id"), wish.get("biblio_id")
        if wish.get("hold_date"):
            raise refused(400, "Hold date in future not allowed")
        if item_id is not None:
            item = catalogue.items.get(item_id)
            if item is None and biblio_id is None:
                raise refused(404, "item_id not found.")
            if item is None or biblio_id not in (None, item.biblio):
                raise refused(400, f"Item {item_id} doesn't belong to biblio {biblio_id}")
            biblio_id = item.biblio
        elif biblio_id is None:
            raise refused(400, "At least one of biblio_id, item_id should be given")
        if biblio_id not in catalogue.biblios:
            raise KohaError(400, "Biblio not found.")  # a bare string
        hold = desk.place_hold(
            self._patron(wish["patron_id"], "patron_id not found"),
            biblio_id,
            self._pickup(wish["pickup_library_id"]),
            item_id,
            day(wish.get("expiration_date"), "/body/expiration_date"),
            wish.get("notes"),
        )
        return json_response(records.hold(hold, desk), 201)

    async def cancel_hold(self, request: Request) -> Response:
        return Response(status_code=self._system.desk.cancel_hold(request.path_params["id"]))

    async def bookings(self, request: Request) -> Response:
        now = self._system.desk.now
        rows = [records.booking(b) for b in self._system.desk.bookings.values() if b.end >= now]
        return Listing(request, fields.BOOKING, self._cap).answer(rows, len(rows))

    async def booking(self, request: Request) -> Response:
        found = self._system.desk.bookings.get(request.path_params["id"])
        if found is None:
            raise not_found("Booking")
        return json_response(records.booking(found))

    async def book(self, request: Request) -> Response:
        wish = await body(request, _BOOKING, tuple(_BOOKING))
        biblio_id, item_id = wish["biblio_id"], wish["item_id"]
        self._system.biblio(biblio_id)
        if item_id is not None and self._system.item(item_id).biblio != biblio_id:
            raise refused(400, f"Item {item_id} doesn't belong to biblio {biblio_id}")
        start = moment(wish["start_date"], "/body/start_date")
        end = moment(wish["end_date"], "/body/end_date")
        if end <= start:
            raise invalid(("/body/end_date", "end_date must be after start_date."))
        made = self._system.desk.book(
            self._patron(wish["patron_id"], "patron_id not found").id,
            biblio_id,
            item_id,
            self._pickup(wish["pickup_library_id"]),
            start,
            end,
        )
        place = f"{request.url.path}/{made.id}"
        return json_response(records.booking(made), 201, {"Location": place})

    async def cancel_booking(self, request: Request) -> Response:
        self._system.desk.cancel_booking(request.path_params["id"])
        return Response(status_code=204)

    def _patron(self, key: int, missing: str) -> Patron:
        found = self._system.desk.patrons.get(key)
        if found is None:
            raise refused(400, missing)
        return found

    def _pickup(self, branch: str) -> str:
        if branch not in self._system.branches:
            raise refused(400, "The supplied pickup location is not valid")
        return branch
