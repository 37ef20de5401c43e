"""Payloads of Koha's REST API (swagger definitions of 25.11) and of DAIA 1.0, as far as they are read.

Koha's attributes may be null where their type here says so; a row without its id is unreadable. DAIA
lets a client take empty arrays and strings for absent ones, and has no nulls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
import structlog

from connectors.kit import DecodeError, json_of

T = TypeVar("T", bound=msgspec.Struct)

_log = structlog.get_logger("connectors.koha")
_raw_list = json_of(list[msgspec.Raw])


class BiblioRow(msgspec.Struct):
    """A biblio with its biblioitem, as GET /biblios gives it."""

    biblio_id: int
    title: str | None = None
    subtitle: str | None = None
    part_number: str | None = None
    part_name: str | None = None
    author: str | None = None
    isbn: str | None = None
    publisher: str | None = None
    publication_place: str | None = None
    publication_year: str | int | None = None
    copyright_date: str | int | None = None
    series_title: str | None = None
    edition_statement: str | None = None
    pages: str | None = None
    cn_class: str | None = None
    abstract: str | None = None
    item_type: str | None = None


class LibraryRow(msgspec.Struct):
    """A branch, as GET /libraries gives it. Older releases do not say whether it is public."""

    library_id: str
    name: str
    address1: str | None = None
    address2: str | None = None
    address3: str | None = None
    city: str | None = None
    phone: str | None = None
    email: str | None = None
    url: str | None = None
    public: bool | None = None


class ItemRow(msgspec.Struct):
    """An item with its biblio embedded, as GET /items gives it."""

    item_id: int
    biblio: BiblioRow
    bookable: bool | None = None
    home_library_id: str | None = None
    holding_library_id: str | None = None
    replacement_price: float | None = None
    not_for_loan_status: int | None = None
    damaged_status: int | None = None
    lost_status: int | None = None
    withdrawn: int | None = None
    callnumber: str | None = None
    location: str | None = None
    collection_code: str | None = None
    checked_out_date: str | None = None


class BookingRow(msgspec.Struct):
    """A booking, as GET /bookings gives it; `status` came with a later release. Of whom is not read."""

    start_date: str
    end_date: str
    item_id: int | None = None
    status: str | None = None


class ErrorBody(msgspec.Struct):
    """Koha's usual error; other shapes (a bare string, an array, `errors`) say no code."""

    error_code: str | None = None


class DaiaEntity(msgspec.Struct):
    """A department, storage or limitation: at least one of its fields is given."""

    id: str = ""
    href: str = ""
    content: str = ""


class DaiaAvailable(msgspec.Struct):
    """A service that can be had."""

    service: str
    href: str = ""
    delay: str = ""
    limitation: list[DaiaEntity] = []


class DaiaUnavailable(msgspec.Struct):
    """A service that cannot be had now."""

    service: str
    href: str = ""
    expected: str = ""
    queue: int | None = None
    limitation: list[DaiaEntity] = []


class DaiaItem(msgspec.Struct):
    """A copy; everything about it is optional."""

    label: str = ""
    department: DaiaEntity | None = None
    storage: DaiaEntity | None = None
    available: list[DaiaAvailable] = []
    unavailable: list[DaiaUnavailable] = []


class DaiaDocument(msgspec.Struct):
    """A document with its copies; they are decoded one by one."""

    id: str
    requested: str = ""
    item: list[msgspec.Raw] = []


class DaiaResponse(msgspec.Struct):
    """What DAIA says of the identifiers that it processed."""

    document: list[DaiaDocument] = []
    timestamp: str = ""


daia_of = json_of(DaiaResponse)


def rows_of(type_: type[T]) -> Callable[[bytes], list[T | None]]:
    """Give a decoder of a list: a row that breaks the standard is None and in the log.

    One broken record must not hide a library's others. A list of nothing but broken rows is a broken
    answer (DecodeError).
    """
    row_of = json_of(type_)

    def decode(body: bytes) -> list[T | None]:
        rows = [_or_none(row_of, raw, type_.__name__) for raw in _raw_list(body)]
        if rows and not any(row is not None for row in rows):
            raise DecodeError("no row of the list can be read")
        return rows

    return decode


def items_of(document: DaiaDocument) -> list[DaiaItem]:
    """Give a document's copies; one that breaks the standard is left out and in the log."""
    decoded = (_or_none(_item_of, raw, "DaiaItem") for raw in document.item)
    return [item for item in decoded if item is not None]


_item_of = json_of(DaiaItem)


def _or_none(decode: Callable[[bytes], T], raw: msgspec.Raw, what: str) -> T | None:
    try:
        return decode(bytes(raw))
    except DecodeError as error:
        # msgspec's words name the place and the types, never a value.
        _log.warning("unreadable entry left out", entry=what, reason=str(error))
        return None
