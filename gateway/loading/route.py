"""Route: keys go to the source that they name; whatever goes wrong there is that source's failure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import structlog

from gateway.logs import fault_of
from gateway.replica.local import NOT_WHOLE, LocalReplica
from gateway.request import current_request
from schema.core.errors import Code, SourceError
from schema.core.lookup import AnyLookup, Fetch

_log = structlog.get_logger("gateway.loading")
_SAID_ELSEWHERE = ("breaker open", NOT_WHOLE)
"""Details with which gateway.upstream.client refuses a call to a source that is down, and gateway.replica a
read of a copy whose feed has not come to its end."""

Answers: TypeAlias = dict[Hashable, Any]
"""What one source gave by key: a record, a sequence of them, or the SourceError; absent: not found."""


class Router:
    """Every source's fetches, by lookup; `copies` are of sources whose connector reads a local copy."""

    def __init__(
        self,
        fetches: Mapping[str, Mapping[AnyLookup, Fetch[Any, Any]]],
        copies: Mapping[str, LocalReplica] = MappingProxyType({}),
    ) -> None:
        self._fetches = fetches
        self._copies = copies

    def is_local(self, source: str) -> bool:
        """Whether a source's lookups read a copy and call nobody."""
        return source in self._copies

    @property
    def lookups(self) -> list[AnyLookup]:
        """Every lookup that any source answers, once."""
        return list(dict.fromkeys(lookup for fetches in self._fetches.values() for lookup in fetches))

    def serving(self, lookup: AnyLookup) -> list[str]:
        """The ids of the sources that answer a lookup, in the order of the configuration."""
        return [source for source, fetches in self._fetches.items() if lookup in fetches]

    def answers(self, lookup: AnyLookup, source: str) -> bool:
        """Whether there is such a source, and it answers a lookup."""
        return lookup in self._fetches.get(source, ())

    async def fetch(self, lookup: AnyLookup, source: str, keys: Sequence[Hashable]) -> Answers:
        """Ask a source once for its keys; never raises but for cancellation."""
        ask = self._fetches.get(source, {}).get(lookup)
        if ask is None:
            # An id can name a source that is gone, or one that does not serve this: not found.
            return {}
        entry = current_request().ledger[source]
        try:
            found = await ask(keys)
            answers: Answers = {key: found[key] for key in keys if key in found}
        except SourceError as error:
            down = error.code is Code.SOURCE_UNAVAILABLE and error.detail in _SAID_ELSEWHERE
            # That a source is down is said once, by its breaker or feed, and not again by every request.
            log = _log.debug if down else _log.warning
            log("source failed", source=source, lookup=lookup.name, code=error.code, detail=error.detail)
            failure = error
        except Exception as error:
            # A connector's own fault is one source's failure, not the whole answer's.
            _log.error("connector fault", source=source, lookup=lookup.name, fault=fault_of(error))
            failure = SourceError(Code.SOURCE_MALFORMED, source, f"connector: {type(error).__name__}")
        else:
            copy = self._copies.get(source)
            if copy is None:
                entry.answered += len(keys)
            elif copy.any_stale:
                entry.stale += len(keys)
            else:
                entry.cached += len(keys)
            return answers
        entry.note_failure(failure.code, len(keys))
        return dict.fromkeys(keys, failure)
