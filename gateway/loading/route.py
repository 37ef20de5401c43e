"""Route: keys go to the source that they name, side by side; a failing source leaves the others whole."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeAlias

import structlog

from gateway.request import current_request
from schema.core.errors import Code, SourceError
from schema.core.lookup import AnyLookup, Fetch

_log = structlog.get_logger("gateway.loading")

Address: TypeAlias = tuple[str, Hashable]
"""A source's id and a key for it."""
Answers: TypeAlias = dict[Address, Any]
"""What was found by address: a record, a sequence of them, or the SourceError; absent: not found."""


class Router:
    """Every source's fetches, by lookup."""

    def __init__(self, fetches: Mapping[str, Mapping[AnyLookup, Fetch[Any, Any]]]) -> None:
        self._fetches = fetches

    @property
    def lookups(self) -> list[AnyLookup]:
        """Every lookup that any source answers, once."""
        return list(dict.fromkeys(lookup for fetches in self._fetches.values() for lookup in fetches))

    def serving(self, lookup: AnyLookup) -> list[str]:
        """The ids of the sources that answer a lookup, in the order of the configuration."""
        return [source for source, fetches in self._fetches.items() if lookup in fetches]

    async def fetch(self, lookup: AnyLookup, addresses: Sequence[Address]) -> Answers:
        """Ask each source once for its keys."""
        by_source: dict[str, list[Hashable]] = {}
        for source, key in addresses:
            # An id can name a source that is gone, or one that does not serve this: not found.
            if lookup in self._fetches.get(source, ()):
                by_source.setdefault(source, []).append(key)
        parts = await asyncio.gather(*(self._ask(lookup, *group) for group in by_source.items()))
        return {address: answer for part in parts for address, answer in part.items()}

    async def _ask(self, lookup: AnyLookup, source: str, keys: list[Hashable]) -> Answers:
        entry = current_request().ledger[source]
        try:
            found = await self._fetches[source][lookup](keys)
        except SourceError as error:
            _log.warning(
                "source failed", source=source, lookup=lookup.name, code=error.code, detail=error.detail
            )
            failure = error
        except Exception as error:
            # A connector's own fault is one source's failure, not the whole answer's.
            _log.exception("connector fault", source=source, lookup=lookup.name)
            failure = SourceError(Code.SOURCE_MALFORMED, source, f"connector: {type(error).__name__}")
        else:
            entry.answered += len(keys)
            return {(source, key): found[key] for key in keys if key in found}
        entry.note_failure(failure.code, len(keys))
        return {(source, key): failure for key in keys}
