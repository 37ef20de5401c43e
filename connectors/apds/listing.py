"""Lists: every page of one, its items decoded one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Generic, TypeAlias, TypeVar

import msgspec
import structlog

from connectors.apds.wire import Listing, decoder
from connectors.kit import DecodeError, Params, StatusError, Upstream, gather_all
from schema.core.scalars import in_china

T = TypeVar("T")

_log = structlog.get_logger("connectors.apds")
_decode_listing = decoder(Listing)
_MAX_PAGES = 100
"""A list that claims more is taken for a fault, or its pages would be asked for without end."""


Make: TypeAlias = Callable[[bytes, datetime], T]
"""What an item's bytes become, given the instant at which its list was true; or DecodeError."""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page, or what all pages of a list hold together."""

    items: Sequence[T]
    pages: int
    """How many pages the list has, by its own total."""


def make_each(raws: Sequence[msgspec.Raw], at: datetime, make: Make[T], source: str, what: str) -> list[T]:
    """Decode items one by one; a bad one is passed over, as long as any is good.

    A resident is better served by all car parks but one than by none. Where every item is bad it is
    the source that breaks the standard: DecodeError.
    """
    items: list[T] = []
    failure: DecodeError | None = None
    for raw in raws:
        try:
            items.append(make(bytes(raw), at))
        except DecodeError as error:
            failure = error
    if failure is not None:
        if not items:
            raise failure
        _log.warning("items passed over", source=source, what=what, count=len(raws) - len(items))
    return items


class Lists:
    """Reads the lists of one source."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def page(self, path: str, params: Params, make: Make[T], number: int = 1) -> Page[T]:
        """Read one page; the first is asked for without a number, which is the standard's default."""

        def decode(body: bytes) -> Page[T]:
            listing = _decode_listing(body)
            at = _instant(listing.meta.reference_instant)
            items = make_each(listing.data, at, make, self._upstream.source, path)
            return Page(items, _pages(listing))

        numbered: Params = params if number == 1 else {**params, "page": number}
        return (await self._upstream.get(path, params=numbered, decode=decode)).data

    async def rest(self, path: str, params: Params, make: Make[T], first: Page[T]) -> list[T]:
        """Read the pages after the first, side by side, and give the items of all."""
        numbers = range(2, first.pages + 1)
        others = await gather_all(*(self._later(path, params, make, number) for number in numbers))
        return [item for page in (first, *others) for item in page.items]

    async def _later(self, path: str, params: Params, make: Make[T], number: int) -> Page[T]:
        """Read a further page; one that has gone, or that a short first page made us expect, is empty."""
        try:
            return await self.page(path, params, make, number)
        except StatusError as error:
            if error.status == 404:
                return Page((), number)
            raise

    async def whole(self, path: str, params: Params, make: Make[T]) -> list[T]:
        """Read every page of a list."""
        return await self.rest(path, params, make, await self.page(path, params, make))


def _instant(epoch: int) -> datetime:
    try:
        return in_china(datetime.fromtimestamp(epoch, UTC))
    except (ValueError, OverflowError, OSError) as error:
        raise DecodeError("no instant in Unix epoch seconds") from error


def _pages(listing: Listing) -> int:
    """Count a list's pages by what its first one holds, which may be less than its pageSize says."""
    size = min(listing.meta.page_size, len(listing.data)) or 1
    pages = -(-listing.meta.total // size) if listing.data else 1
    if pages > _MAX_PAGES:
        raise DecodeError(f"a list of {pages} pages")
    return max(1, pages)
