"""PAIA core: requests for what is used inside the library, such as a copy from the stacks (PAIA 1.3)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from connectors.kit import (
    Booked,
    Order,
    Refusal,
    Refused,
    Standing,
    StatusError,
    fits_path,
    gather_all,
    json_of,
)
from connectors.koha.counter import TICK
from connectors.koha.refusals import refusal
from connectors.koha.rest import KohaRest
from connectors.koha.shelf import Shelf
from schema.core.record import Ref
from schema.core.scalars import CHINA, in_china
from schema.reading.records import CopyUse

_RESERVED, _ORDERED, _HELD, _PROVIDED = 1, 2, 3, 4
_WISHED = frozenset({_RESERVED, _ORDERED, _PROVIDED})
_ACTIVE = 0


class PaiaDocument(msgspec.Struct):
    """A document in a reader's account; `error` is for people to read, in words of the library's own."""

    status: int = 0
    item: str | None = None
    edition: str | None = None
    requested: str | None = None
    storage: str | None = None
    starttime: str | None = None
    endtime: str | None = None
    duedate: str | None = None
    cancancel: bool | None = None
    error: str | None = None


class PaiaDocuments(msgspec.Struct):
    """What /items, /request and /cancel answer."""

    doc: list[PaiaDocument] = []


class PaiaPatron(msgspec.Struct):
    """A reader's account; of `name`, `email` and the rest nothing is read."""

    status: int = _ACTIVE


_documents_of = json_of(PaiaDocuments)
_patron_of = json_of(PaiaPatron)


class Requests:
    """Requests over PAIA, where the library opens it to this source's credential (option `paia`).

    PAIA knows no reference of a client's, and says in words only why a document is refused. A request is
    told by reader and title, and where the account says since when (`starttime`), by when it was made. A
    library that hands out PAIA's tokens for a reader's own password only cannot be asked: the gateway has
    no resident's password.
    """

    def __init__(self, rest: KohaRest, shelf: Shelf) -> None:
        self._rest = rest
        self._shelf = shelf

    async def book(self, order: Order, title: Ref, card: str) -> Booked:
        """Request the title: its copies first, then one POST. A failed document is a part of a 200."""
        core = self._core(card)
        left = await self._shelf.places(title, CopyUse.PRESENTATION)
        if not left and not order.waitlist:
            # The same order, carried out before, may have taken the last copy.
            if (ours := await self._ours(order, title, core, certain=True)) is not None:
                return _booked(ours)
            raise Refused(Refusal.FULL, "no copy is left")
        made = await self._send(f"{core}/request", {"edition": self._document(title)})
        if made.status in _WISHED and made.error is None:
            return _booked(made)
        account, documents = await gather_all(self._account(core), self._items(core))
        mine = [doc for doc in documents if self._means(doc, title)]
        if (ours := next((d for d in mine if _since(d, order, certain=True)), None)) is not None:
            return _booked(ours)
        if mine:
            raise Refused(Refusal.DUPLICATE, f"in the account, status {mine[0].status}")
        if account.status != _ACTIVE:
            raise Refused(Refusal.NOT_ELIGIBLE, f"account status {account.status}")
        raise Refused(Refusal.SOURCE_REFUSED, "the document is refused")

    async def find(self, order: Order, title: Ref, card: str) -> Booked | None:
        """Look for the title in the reader's account: /items."""
        try:
            ours = await self._ours(order, title, self._core(card), certain=False)
        except (Refused, StatusError) as error:
            if isinstance(error, StatusError) and error.status != 404:
                raise
            return None
        return None if ours is None else _booked(ours)

    async def cancel(self, title: Ref, card: str, booked: Booked) -> Booked:
        """Withdraw it. Where that fails, the account says why: it is gone already, or it is too late."""
        core = self._core(card)
        document = self._document(title)
        named = {"edition": booked.id} if booked.id == document else {"item": booked.id}
        gone = await self._send(f"{core}/cancel", named)
        if gone.error is not None:
            for doc in await self._items(core):
                if booked.id in (doc.item, doc.edition) and doc.status in (*_WISHED, _HELD):
                    late = doc.status == _HELD or doc.cancancel is False
                    reason = Refusal.TOO_LATE if late else Refusal.SOURCE_REFUSED
                    raise Refused(reason, f"in the account, status {doc.status}")
        return msgspec.structs.replace(booked, standing=Standing.CANCELLED, expires=None)

    def _core(self, card: str) -> str:
        if self._rest.options.paia is None:
            raise Refused(Refusal.NOT_POSSIBLE, "no PAIA for this credential")
        if not fits_path(card):
            raise Refused(Refusal.ACCOUNT_NEEDED, "no such card")
        return f"{self._rest.options.paia}/{quote(card, safe='')}"

    def _document(self, title: Ref) -> str:
        return self._rest.options.document.replace("{biblio_id}", title.id)

    def _means(self, doc: PaiaDocument, title: Ref) -> bool:
        return doc.status in (*_WISHED, _HELD) and self._document(title) in (doc.edition, doc.requested)

    async def _send(self, path: str, named: dict[str, str]) -> PaiaDocument:
        wish: Any = {"doc": [named]}
        try:
            answer = await self._rest.upstream.send("POST", path, decode=_documents_of, json=wish)
        except StatusError as error:
            if error.status == 404:
                raise Refused(Refusal.ACCOUNT_NEEDED, "no such card") from None
            if error.status == 403:
                raise
            raise refusal(error) from None
        # An answer that does not name the document says nothing of it: the account will.
        return answer.data.doc[0] if answer.data.doc else PaiaDocument(error="not named")

    async def _account(self, core: str) -> PaiaPatron:
        return (await self._rest.upstream.get(core, decode=_patron_of)).data

    async def _items(self, core: str) -> list[PaiaDocument]:
        return (await self._rest.upstream.get(f"{core}/items", decode=_documents_of)).data.doc

    async def _ours(self, order: Order, title: Ref, core: str, *, certain: bool) -> PaiaDocument | None:
        found = [
            doc
            for doc in await self._items(core)
            if self._means(doc, title) and _since(doc, order, certain=certain)
        ]
        # A hold of the same title for lending stands in the account, too: only what is brought is ordered.
        return min(found, key=lambda doc: doc.status != _ORDERED, default=None)


def _since(doc: PaiaDocument, order: Order, *, certain: bool) -> bool:
    """Whether a document's state began after the order was made; `certain` wants the account to say so."""
    try:
        began = _instant(doc.starttime or "")
    except ValueError:
        return not certain
    if "T" in (doc.starttime or ""):
        return began >= order.made - TICK
    return not certain and began.date() >= in_china(order.made).date()


def _booked(doc: PaiaDocument) -> Booked:
    """Tell a request. `queue` counts who waits for the document, not how many are ahead: no position."""
    until = doc.endtime or doc.duedate
    return Booked(
        standing=Standing.WAITLISTED if doc.status == _RESERVED else Standing.CONFIRMED,
        id=doc.item or doc.edition or doc.requested or "",
        expires=_until(until) if until and doc.status == _PROVIDED else None,
        where=doc.storage,
    )


def _until(written: str) -> datetime | None:
    """Read a `datetime` or a day, all of which it is kept."""
    try:
        return _instant(written) if "T" in written else _instant(written) + timedelta(days=1)
    except ValueError:
        return None


def _instant(written: str) -> datetime:
    if "T" in written:
        return in_china(datetime.fromisoformat(written))
    return datetime.combine(date.fromisoformat(written[:10]), time(), CHINA)
