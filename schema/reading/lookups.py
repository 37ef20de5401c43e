"""What this scenario asks of its sources."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from schema.core.docs import enum_type
from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Ref
from schema.reading.holds import BiblioHoldRecord
from schema.reading.records import BiblioRecord, HoldingsRecord, LibraryRecord

_BRANCHES = Freshness(fresh=3_600, stale=86_400)
_TITLES = Freshness(fresh=600, stale=86_400)
_COPIES = Freshness(fresh=30, stale=600)


class AllLibraries(msgspec.Struct, frozen=True):
    """A library system has few branches: one list serves every circle and every community."""


class BiblioField(StrEnum):
    """What part of a title's description is searched."""

    ANY = "any"
    TITLE = "title"
    AUTHOR = "author"
    ISBN = "isbn"


enum_type(
    BiblioField,
    "检索范围",
    "What part of a title's description is searched",
    ANY=("题名、责任者或 ISBN", "Title, author or ISBN"),
    TITLE=("题名（含副题名、分卷名、丛书名）", "Title, with subtitle, part and series"),
    AUTHOR=("责任者", "Author"),
    ISBN=("ISBN，10 位或 13 位", "ISBN, 10 or 13 digits"),
)


class BiblioSearch(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a search, the same for every catalogue.

    A title is found if each of `terms` stands in the field, in any case, as it is: no character of a
    term has a meaning of its own. With ANY one of `isbns` is enough; with ISBN only they count.
    """

    field: BiblioField
    terms: tuple[str, ...]
    isbns: tuple[str, ...]
    """Every form of the ISBN asked for, without hyphens, 13 digits first; empty if it is none."""
    after: tuple[int, str] | None
    """Only titles that come after this (number, source) in the order of numbers, then of sources."""
    limit: int
    """At most so many titles of each catalogue, the lowest numbers first."""


class CatalogueSlice(msgspec.Struct, frozen=True):
    """What one catalogue has for a search; a source gives exactly one."""

    biblios: tuple[BiblioRecord, ...]
    """In the order of their numbers."""
    remaining: int | None
    """How many there are after `BiblioSearch.after`, these included; None if the catalogue does not say."""
    more: bool
    """Whether there are more than these."""


LIBRARY_BY_REF: Lookup[Ref, LibraryRecord] = Lookup("reading.library", _BRANCHES)
LIBRARIES: Search[AllLibraries, LibraryRecord] = Search(
    "reading.libraries", _BRANCHES, primes=LIBRARY_BY_REF, at_start=(AllLibraries(),)
)
BIBLIO_BY_REF: Lookup[Ref, BiblioRecord] = Lookup("reading.biblio", _TITLES)
BIBLIOS: Search[BiblioSearch, CatalogueSlice] = Search("reading.biblios", _TITLES)
HOLDINGS: Lookup[Ref, HoldingsRecord] = Lookup("reading.holdings", _COPIES)
"""By the title's Ref; not found where the library's availability service does not know the title."""
HOLD_BY_REF: Lookup[Ref, BiblioHoldRecord] = Lookup("reading.hold", _COPIES)
