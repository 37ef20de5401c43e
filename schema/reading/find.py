"""Libraries around a point, and titles found in every catalogue at once."""

from __future__ import annotations

from collections.abc import Collection

from schema.core.connection import Page, check_first, decode_cursor, page
from schema.core.context import Found, Info
from schema.core.errors import InvalidInput
from schema.core.geo import Near
from schema.core.listed import listed
from schema.reading.isbn import isbn_forms
from schema.reading.lookups import (
    BIBLIOS,
    LIBRARIES,
    AllLibraries,
    BiblioField,
    BiblioSearch,
    CatalogueSlice,
)
from schema.reading.records import BiblioRecord, LibraryRecord

MAX_SEARCH = 100
_MAX_TERMS = 8


async def find_libraries(
    info: Info, circle: Near | None, first: int, after: str | None
) -> Page[LibraryRecord]:
    """Give a page of the libraries in a circle, the nearest first, or of all, by source and id."""
    return await listed(info, LIBRARIES, AllLibraries(), circle=circle, first=first, after=after)


async def find_biblios(
    info: Info,
    search: str,
    field: BiblioField,
    sources: Collection[str] | None,
    first: int,
    after: str | None,
) -> Page[BiblioRecord]:
    """Give a page of what the catalogues have for a search, by record number, then by source.

    One call a catalogue and page. A catalogue says how many titles follow the cursor; how many came
    before it is in the cursor itself, so the sum is the total.
    """
    size, cursor = check_first(first), decode_cursor(after, tuple[int, str, int])
    number, last, before = cursor if cursor is not None else (0, "", 0)
    terms, isbns = check_search(search, field)
    asked = BiblioSearch(
        field=field,
        terms=terms,
        isbns=isbns,
        after=(number, last) if cursor is not None else None,
        limit=size,
    )
    found = await info.context.search(BIBLIOS, asked, sources)
    info.context.report(info, found.failures)
    biblios = sorted(
        (biblio for part in found.items for biblio in part.biblios),
        key=lambda biblio: (biblio.number, biblio.ref.source),
    )
    places = {biblio.ref: before + place for place, biblio in enumerate(biblios, start=1)}
    return page(
        biblios,
        key=lambda biblio: (biblio.number, biblio.ref.source, places[biblio.ref]),
        first=size,
        after=cursor,
        total=_total(before, found),
        more=any(part.more for part in found.items),
    )


def check_search(search: str, field: BiblioField) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the terms of a search and the ISBN in it, or say what is wrong with it."""
    terms = tuple(dict.fromkeys(search.split()))
    if not terms:
        raise InvalidInput("`search` is empty.")
    if len(search) > MAX_SEARCH or len(terms) > _MAX_TERMS:
        raise InvalidInput(f"`search` has at most {MAX_SEARCH} characters and {_MAX_TERMS} words.")
    if not all(term.isprintable() for term in terms):
        raise InvalidInput("`search` has characters that cannot be printed.")
    isbns = isbn_forms(search) if field in (BiblioField.ANY, BiblioField.ISBN) else ()
    if field is BiblioField.ISBN:
        if not isbns:
            raise InvalidInput("`search` is not a valid ISBN of 10 or 13 digits.")
        return (), isbns
    return terms, isbns


def _total(before: int, found: Found[CatalogueSlice]) -> int | None:
    """How many there are in all; None where a catalogue failed or does not say."""
    counts = [part.remaining for part in found.items]
    known = [count for count in counts if count is not None]
    return None if found.failures or len(known) < len(counts) else before + sum(known)
