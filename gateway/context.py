"""One request's context: what resolvers ask of the gateway (schema.core.context.Context)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any

from graphql import GraphQLError

from gateway.loading.batch import Loaders
from gateway.request import Request
from gateway.search.likeness import liken
from schema.core.bookings import Bookings
from schema.core.context import Found, Info, SourceInfo
from schema.core.errors import Code, PublicError, SourceError
from schema.core.findable import Hits, Sought
from schema.core.likeness import Likeness, Term
from schema.core.lookup import K, Lookup, Q, R, Search
from schema.core.reports import Reports
from schema.core.viewer import Viewer

INSTANT_FRESH_S = 60.0
"""For how long an answer may be used again that depends on the instant: "open now" is late by no more."""


class GatewayContext:
    """Made for each request; `close` ends whatever it still has under way."""

    def __init__(
        self,
        request: Request,
        loaders: Loaders,
        sources: Mapping[str, SourceInfo],
        now: datetime,
        finder: Callable[[Sought, datetime], Coroutine[Any, Any, Hits]],
        bookings: Bookings | None = None,
        viewer: Viewer | None = None,
        reports: Reports | None = None,
    ) -> None:
        self._now = now
        self.sources = sources
        self.partial_errors: list[GraphQLError] = []
        self._request = request
        self.loaders = loaders
        self._finder = finder
        self._bookings = bookings
        self.viewer = viewer
        self._reports = reports

    @property
    def now(self) -> datetime:
        """The request's instant, +08:00; whoever asks for it makes the answer depend on it."""
        self._request.use(INSTANT_FRESH_S)
        return self._now

    @property
    def bookings(self) -> Bookings:
        """Keeps residents' bookings; PublicError where this gateway keeps none."""
        if self._bookings is None:
            raise PublicError(Code.WRITES_UNAVAILABLE, "This gateway takes no bookings and reports.")
        return self._bookings

    @property
    def reports(self) -> Reports:
        """Keeps residents' reports; PublicError where this gateway keeps none."""
        if self._reports is None:
            raise PublicError(Code.WRITES_UNAVAILABLE, "This gateway takes no bookings and reports.")
        return self._reports

    def forget(self) -> None:
        """Have what this request has read read anew where it is asked for again."""
        self.loaders.forget()

    def close(self) -> None:
        """End what nobody waits for any more."""
        self.loaders.close()

    # The loaders' own coroutines are handed out: one more around each would cost every relation.

    def load(self, lookup: Lookup[K, R], key: K) -> Coroutine[Any, Any, R | None]:
        """Give one record, None if it was not found; SourceError if its source failed."""
        return self.loaders.load(lookup, key)

    def load_many(self, lookup: Lookup[K, R], keys: Sequence[K]) -> Coroutine[Any, Any, list[R | None]]:
        """Give a record a key, in order, from one batch; SourceError if any source of them failed."""
        return self.loaders.load_many(lookup, keys)

    def search(
        self, search: Search[Q, R], key: Q, sources: Collection[str] | None = None
    ) -> Coroutine[Any, Any, Found[R]]:
        """Ask every source that serves the search, or those named among them."""
        return self.loaders.search(search, key, sources)

    def find(self, sought: Sought) -> Coroutine[Any, Any, Hits]:
        """Give what of all that is findable answers to a search; asks no source."""
        return self._finder(sought, self.now)

    def liken(self, text: str, things: Sequence[Sequence[Term]]) -> Sequence[Likeness]:
        """Say for each of some things how much a text speaks of it."""
        return liken(text, things)

    def report(self, info: Info, failures: Sequence[SourceError]) -> None:
        """Add an error a failure to the response, at the path of the field being resolved."""
        path = info.path.as_list()
        self.partial_errors.extend(
            GraphQLError(failure.message, path=path, original_error=failure, extensions=failure.extensions)
            for failure in failures
        )

    def response_extensions(self) -> dict[str, object]:
        """What the response's `extensions` says: what each source did."""
        return {"sources": self._request.ledger.as_extension()}

    def fresh_s(self) -> float:
        """Seconds for which what was resolved may be used again: those of the least fresh answer."""
        return self._request.fresh_s()
