"""What a resolver may ask of the gateway, and nothing more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

import msgspec
import strawberry

from schema.core.errors import SourceError, Unauthenticated
from schema.core.lookup import K, Lookup, Q, R, Search
from schema.core.viewer import Viewer

if TYPE_CHECKING:
    from schema.core.bookings import Bookings
    from schema.core.findable import Hits, Sought
    from schema.core.likeness import Likeness, Term
    from schema.core.reports import Reports

T_co = TypeVar("T_co", covariant=True)


class SourceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One configured source, as far as residents may know it."""

    id: str
    name: str
    name_en: str | None = None
    standard: str


class Found(msgspec.Struct, Generic[T_co], frozen=True):
    """What the sources gave to one search: records in each source's order, and who could not answer."""

    items: Sequence[T_co]
    failures: Sequence[SourceError] = ()

    def count(self, kept: Sequence[object]) -> int | None:
        """How many there are in all: those kept, or None where a source that failed may have more."""
        return None if self.failures else len(kept)


class Context(Protocol):
    """One request's view of the gateway."""

    @property
    def now(self) -> datetime:
        """The request's instant, +08:00; the same for every field of the answer."""
        ...

    @property
    def viewer(self) -> Viewer | None:
        """Who asks; None where nobody has said so, and in a query that selects nothing personal."""
        ...

    @property
    def bookings(self) -> Bookings:
        """Keeps residents' bookings; PublicError where this gateway keeps none."""
        ...

    @property
    def reports(self) -> Reports:
        """Keeps residents' reports; PublicError where this gateway keeps none."""
        ...

    @property
    def sources(self) -> Mapping[str, SourceInfo]:
        """Every configured source by id."""
        ...

    def forget(self) -> None:
        """Have what this request has read read anew where it is asked for again: it has changed something."""
        ...

    async def load(self, lookup: Lookup[K, R], key: K) -> R | None:
        """Give one record, None if it was not found; SourceError if its source failed."""
        ...

    async def load_many(self, lookup: Lookup[K, R], keys: Sequence[K]) -> list[R | None]:
        """Give a record a key, in order, from one batch; SourceError if any source of them failed."""
        ...

    async def search(self, search: Search[Q, R], key: Q, sources: Collection[str] | None = None) -> Found[R]:
        """Ask every source that serves the search, or those named among them.

        Gives what was found beside who failed; SourceError if all of them failed.
        """
        ...

    async def find(self, sought: Sought) -> Hits:
        """Give what of all that is findable answers to a search; asks no source."""
        ...

    def liken(self, text: str, things: Sequence[Sequence[Term]]) -> Sequence[Likeness]:
        """Say for each of some things, told by their terms, how much a text speaks of it; asks no source."""
        ...

    def report(self, info: Info, failures: Sequence[SourceError]) -> None:
        """Add to the response an error a failure, at the path of the field being resolved.

        For a list that is whole but for what a failed source would have given.
        """
        ...


Info: TypeAlias = strawberry.Info[Context, None]


def viewer_of(info: Info) -> Viewer:
    """Give who asks; Unauthenticated where nobody has said so. For mutations and fields marked `personal`."""
    viewer = info.context.viewer
    if viewer is None:
        raise Unauthenticated
    return viewer
