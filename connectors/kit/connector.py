"""Connector: code that speaks one published standard and answers lookups over an Upstream."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar, overload

import msgspec

from connectors.kit.case_desk import CaseDesk
from connectors.kit.desk import Desk
from connectors.kit.upstream import Upstream
from schema.core.lookup import AnyLookup, Fetch, K, Lookup, Q, R, Search
from schema.core.slot import SlotRecord

C = TypeVar("C", bound="Connector")
_MARK = "__answers__"


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A connector that needs nothing of its own in sources.toml."""


class Connector:
    """Base of every connector; one instance a source.

    `options` is what sources.toml has under the source's `options`, decoded into `Options`.
    """

    standard: ClassVar[str]
    """The standard's name and version, as residents may read it."""
    Options: ClassVar[type[msgspec.Struct]] = NoOptions
    books: ClassVar[tuple[type[SlotRecord], ...]] = ()
    """The kinds of slot that it takes bookings of; `desk` gives the desk of each."""

    def __init__(self, upstream: Upstream, options: Any) -> None:
        self.upstream = upstream
        self.options = options

    @classmethod
    def lookups(cls) -> Mapping[AnyLookup, str]:
        """Every lookup that this connector answers, with the name of the method that does."""
        marked = ((getattr(getattr(cls, name), _MARK, None), name) for name in dir(cls))
        return {lookup: name for lookup, name in marked if lookup is not None}

    def desk(self, kind: str) -> Desk:
        """Give the desk for one of the kinds in `books`, by the kind's own word (`SlotRecord.kind`)."""
        raise NotImplementedError

    def case_desk(self) -> CaseDesk | None:
        """Give the desk for residents' reports; None where its system takes none."""
        return None

    def fetches(self) -> Mapping[AnyLookup, Fetch[Any, Any]]:
        """Every lookup that this connector answers, with the bound method that does."""
        return {lookup: getattr(self, name) for lookup, name in self.lookups().items()}


@overload
def answers(
    lookup: Lookup[K, R],
) -> Callable[
    [Callable[[C, Sequence[K]], Awaitable[Mapping[K, R]]]],
    Callable[[C, Sequence[K]], Awaitable[Mapping[K, R]]],
]: ...
@overload
def answers(
    lookup: Search[Q, R],
) -> Callable[
    [Callable[[C, Sequence[Q]], Awaitable[Mapping[Q, Sequence[R]]]]],
    Callable[[C, Sequence[Q]], Awaitable[Mapping[Q, Sequence[R]]]],
]: ...
def answers(lookup: Any) -> Any:
    """Mark the method that answers a lookup; mypy holds its keys and records to the lookup's."""

    def decorate(method: Any) -> Any:
        setattr(method, _MARK, lookup)
        return method

    return decorate
