"""PAIA core: what one reader has borrowed and ordered, and the reader's wishes."""

from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.asgi import json_response
from mocks.koha.daia import branch_uri, document_uri, item_uri
from mocks.koha.desk import MAX_DEBT, MAX_RENEWALS, Hold, Loan
from mocks.koha.errors import KohaError
from mocks.koha.stacks import Order
from mocks.koha.system import System
from mocks.world.libraries import Item
from mocks.world.patrons import Patron

Document = dict[str, Any]

_SCOPES = "read_patron read_fees read_items write_items"
_RESERVED, _ORDERED, _HELD, _PROVIDED, _REJECTED = 1, 2, 3, 4, 5
_REASONS = {
    "expired": "读者证已过期",
    "debt_limit": "欠费超过上限",
    "hold_limit": "预约数已达上限",
    "itemAlreadyOnHold": "已预约该书",
    "tooManyReserves": "预约数已达上限",
    "alreadypossession": "您已借阅该书",
    "noReservesAllowed": "该书不可预约",
    "too_many": "续借次数已达上限",
    "on_reserve": "该书已被其他读者预约",
    "overdue": "该书已逾期",
}


class PaiaError(Exception):
    """A request that fails as a whole; a document's failure is part of a good answer instead."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


class Paia:
    """The accounts of one library's readers, by card number."""

    def __init__(self, system: System) -> None:
        self._system = system

    def routes(self) -> list[Route]:
        return [
            self._route("GET", "", "read_patron", self._patron_info),
            self._route("GET", "/items", "read_items", self._items),
            self._route("GET", "/fees", "read_fees", self._fees),
            self._route("POST", "/request", "write_items", self._each(self._request)),
            self._route("POST", "/renew", "write_items", self._each(self._renew)),
            self._route("POST", "/cancel", "write_items", self._each(self._cancel)),
        ]

    def _route(
        self, method: str, path: str, scope: str, answer: Callable[[Patron, bytes], dict[str, Any]]
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                patron = self._find_patron(request.path_params["patron"])
                found, status = answer(patron, await request.body()), 200
            except PaiaError as error:
                found, status = failure(error.status, error.error, error.description), error.status
            headers = {"X-OAuth-Scopes": _SCOPES, "X-Accepted-OAuth-Scopes": scope}
            return json_response(found, status, headers)

        return Route(f"/paia/core/{{patron}}{path}", endpoint, methods=[method])

    def _find_patron(self, card: str) -> Patron:
        for patron in self._system.desk.patrons.values():
            if patron.card == card:
                return patron
        raise PaiaError(404, "not_found", f"no reader has the card {card}")

    def _patron_info(self, patron: Patron, _: bytes) -> dict[str, Any]:
        expired, owing = patron.expires < self._today, patron.debt >= MAX_DEBT
        status = {(False, False): 0, (True, False): 2, (False, True): 3, (True, True): 4}[expired, owing]
        found = {"name": patron.name.full, "expires": patron.expires.isoformat(), "status": status}
        return found | ({"email": patron.email} if patron.email else {})

    def _items(self, patron: Patron, _: bytes) -> dict[str, Any]:
        desk = self._system.desk
        loans = [self._loan(loan) for loan in desk.loans.values() if loan.patron == patron.id]
        holds = [self._hold(hold) for hold in desk.holds.values() if hold.patron == patron.id]
        orders = self._system.stacks.orders.values()
        return {"doc": loans + holds + [self._order(o) for o in orders if o.patron == patron.id]}

    def _fees(self, patron: Patron, _: bytes) -> dict[str, Any]:
        if not patron.debt:
            return {"amount": "0.00 CNY", "fee": []}
        amount = f"{patron.debt:.2f} CNY"
        fee = {"amount": amount, "date": self._today.isoformat(), "about": "逾期费", "feetype": "逾期费"}
        return {"amount": amount, "fee": [fee]}

    def _each(self, act: Callable[[Patron, Document], Document]) -> Callable[[Patron, bytes], dict[str, Any]]:
        """Carry out a wish for every document; one that fails leaves the others whole."""

        def answer(patron: Patron, raw: bytes) -> dict[str, Any]:
            found: list[Document] = []
            for wish in _wishes(raw):
                named: Document = {name: wish[name] for name in ("item", "edition") if name in wish}
                try:
                    found.append(act(patron, wish))
                except KohaError as error:
                    reason = str(error.body["error"]).removesuffix(")").replace("(", " ").split()[-1]
                    found.append({"status": _REJECTED, **named, "error": _REASONS.get(reason, reason)})
                except LookupError as error:
                    found.append({"status": _REJECTED, **named, "error": str(error.args[0])})
            return {"doc": found}

        return answer

    def _request(self, patron: Patron, wish: Document) -> Document:
        biblio, item = self._meant(wish)
        requested = wish.get("item") or wish["edition"]
        copy = self._system.stacks.copy(biblio, item) if self._system.site.stacks else None
        if copy is not None:
            return self._order(self._system.stacks.request(patron, copy)) | {"requested": requested}
        branch = wish.get("storageid", "").removeprefix(branch_uri("")) or patron.branch
        if branch not in self._system.branches:
            raise LookupError("取书地点不存在")
        hold = self._system.desk.place_hold(patron, biblio, branch, item)
        return self._hold(hold) | {"requested": requested}

    def _renew(self, patron: Patron, wish: Document) -> Document:
        biblio, item = self._meant(wish)
        desk = self._system.desk
        for loan in desk.loans.values():
            if loan.patron == patron.id and (
                loan.item == item or (item is None and self._system.item(loan.item).biblio == biblio)
            ):
                return self._loan(desk.renew(loan.id))
        raise LookupError("您没有借阅该书")

    def _cancel(self, patron: Patron, wish: Document) -> Document:
        biblio, item = self._meant(wish)
        desk = self._system.desk
        if self._system.stacks.cancel(patron, biblio, item):
            return {"status": 0, "edition": document_uri(self._system, biblio)}
        for hold in desk.holds_on(biblio):
            if hold.patron == patron.id:
                desk.cancel_hold(hold.id)
                return {"status": 0, "edition": document_uri(self._system, biblio)}
        raise LookupError("您没有预约该书")

    def _meant(self, wish: Document) -> tuple[int, int | None]:
        """The biblio and, if one copy is named, the item."""
        kind, number = _number(wish.get("item") or wish["edition"], self._system.site.prefix)
        catalogue = self._system.catalogue
        if kind == "epn" and number in catalogue.items:
            return catalogue.items[number].biblio, number
        if kind == "ppn" and number in catalogue.biblios:
            return number, None
        raise LookupError("本馆没有该文献")

    def _loan(self, loan: Loan) -> Document:
        item = self._system.item(loan.item)
        queue = len(self._system.desk.queue(item.biblio))
        return self._document(item.biblio, item, _HELD) | {
            "queue": queue,
            "renewals": loan.renewals,
            "duedate": loan.due.date().isoformat(),
            "canrenew": loan.renewals < MAX_RENEWALS and not queue and loan.due > self._system.desk.now,
            "cancancel": False,
        }

    def _hold(self, hold: Hold) -> Document:
        item = None if hold.item is None else self._system.item(hold.item)
        found = self._document(hold.biblio, item, _PROVIDED if hold.waiting else _RESERVED) | {
            "queue": self._system.desk.priority(hold),
            "cancancel": not hold.cancelling,
            "canrenew": False,
            "storage": self._system.branches[hold.branch]["name"],
            "storageid": branch_uri(hold.branch),
            "starttime": (hold.waiting or hold.placed).isoformat(),
        }
        return found | ({"duedate": hold.expires.isoformat()} if hold.expires else {})

    def _order(self, order: Order) -> Document:
        item = self._system.item(order.item)
        ahead = self._system.stacks.orders_of(order.item).index(order)
        return self._document(order.biblio, item, _RESERVED if ahead else _ORDERED) | {
            "queue": ahead,
            "cancancel": True,
            "canrenew": False,
            "storage": f"{self._system.branches[item.home]['name']}{item.place}",
            "starttime": order.placed.isoformat(timespec="seconds"),
        }

    def _document(self, biblio: int, item: Item | None, status: int) -> Document:
        row = self._system.catalogue.biblios[biblio]
        found: Document = {
            "status": status,
            "edition": document_uri(self._system, biblio),
            "about": " / ".join(part for part in (row["title"], row["author"]) if part),
        }
        if item is not None:
            found |= {"item": item_uri(self._system, item.id), "label": item.callnumber}
        return found

    @property
    def _today(self) -> date:
        return self._system.desk.now.date()


def failure(status: int, error: str, description: str) -> dict[str, Any]:
    return {"error": error, "code": status, "error_description": description}


def refusal(_: int, message: str) -> Response:
    """PAIA knows one answer to a missing, wrong or expired token."""
    return json_response(failure(401, "invalid_grant", message), 401, {"WWW-Authenticate": "Bearer"})


async def unknown_path(_: Request, error: Exception) -> Response:
    status = 405 if isinstance(error, HTTPException) and error.status_code == 405 else 404
    code = "invalid_request" if status == 405 else "not_found"
    return json_response(failure(status, code, "no method of PAIA core"), status)


def _wishes(raw: bytes) -> list[Document]:
    try:
        wish = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise PaiaError(400, "invalid_request", "the body is not JSON") from None
    documents = wish.get("doc") if isinstance(wish, dict) else None
    if not isinstance(documents, list) or not documents:
        raise PaiaError(422, "invalid_request", "doc must name at least one document")
    for document in documents:
        if not isinstance(document, dict) or not {"item", "edition"} & document.keys():
            raise PaiaError(422, "invalid_request", "a doc needs an item or an edition")
    return documents


def _number(uri: Any, prefix: str) -> tuple[str, int]:
    kind, _, number = str(uri).removeprefix(f"{prefix}:").partition(":")
    return (kind, int(number)) if number.isdecimal() else ("", 0)
