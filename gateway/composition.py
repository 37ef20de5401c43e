"""Composition: connectors found by name, bound to configured sources; what cannot work fails at start."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from connectors.kit import CaseDesk, Connector, Desk, ReplicaConnector
from gateway.context import GatewayContext
from gateway.desks import BookedAt, CaseDesks, Desks, ReportedAt
from gateway.loading.batch import Loaders
from gateway.loading.cache import Cache
from gateway.loading.route import Router
from gateway.replica.replicas import Replicas
from gateway.request import request_scope
from gateway.search.service import SearchService
from gateway.sources import ConfigurationError, SourceConfig
from gateway.upstream.client import open_upstream
from gateway.upstream.credentials import read_secret
from gateway.upstream.transport import MakeTransport
from schema.core.bookings import Bookings
from schema.core.context import SourceInfo
from schema.core.lookup import AnyLookup, Fetch, Search
from schema.core.reports import Reports
from schema.core.scenario import Scenario
from schema.core.slot import SlotRecord
from schema.core.viewer import Viewer
from schema.search.records import FINDABLES

FRESHEN_S = 1.0
"""How long a booking's answer waits for a copy to show it."""


@dataclass(frozen=True)
class Composition:
    """Sources bound to their connectors, behind the layers that the reads go through."""

    sources: Mapping[str, SourceInfo]
    router: Router
    cache: Cache
    search: SearchService
    replicas: Replicas
    desks: Desks
    case_desks: CaseDesks
    now: Callable[[], datetime]
    timeout_s: float
    bookings: Bookings | None = None
    """None where this gateway keeps no commands."""
    reports: Reports | None = None
    """Likewise."""

    def open_context(self, viewer: Viewer | None = None) -> OpenContext:
        """Open a request: its deadline, its loaders, its ledger, and who asks."""
        return OpenContext(self, viewer)

    async def freshen(self, source: str, desk: Desk | CaseDesk) -> None:
        """See to it that reads show what a command has changed at a source."""
        self.cache.drop(desk.shows, source)
        if self.router.is_local(source):
            await self.replicas.read_on(source, FRESHEN_S)

    async def warm_up(self, timeout_s: float) -> None:
        """Bring into the cache what is asked at start, and copies to their feeds' ends, in so many seconds.

        All of it side by side. A source that has not answered by then, or has failed, has been logged
        by the layers and is asked again when a resident wants it; a copy is filled on in any case.
        """
        with request_scope(timeout_s):
            await asyncio.gather(
                self.replicas.filled(timeout_s),
                *(
                    self.cache.fetch(search, source, search.at_start)
                    for search in self.router.lookups
                    if isinstance(search, Search) and search.at_start
                    for source in self.router.serving(search)
                    if self.cache.keeps(search, source)
                ),
            )


class OpenContext:
    """A request from its opening to its closing. A class: of generators, each around it costs 3 µs more."""

    __slots__ = ("_composition", "_context", "_scope", "_viewer")

    def __init__(self, composition: Composition, viewer: Viewer | None) -> None:
        self._composition = composition
        self._viewer = viewer
        self._scope = request_scope(composition.timeout_s)

    async def __aenter__(self) -> GatewayContext:
        """Give its context."""
        composition = self._composition
        loaders = Loaders(composition.cache.fetch, composition.router.serving)
        now, finder = composition.now(), composition.search.find
        self._context = GatewayContext(
            self._scope.__enter__(),
            loaders,
            composition.sources,
            now,
            finder,
            composition.bookings,
            self._viewer,
            composition.reports,
        )
        return self._context

    async def __aexit__(self, *_error: object) -> None:
        """End what it has under way."""
        self._context.close()
        self._scope.__exit__()


@dataclass(frozen=True)
class BoundSource:
    """A configured source that has been checked: its connector, options and secret are there."""

    config: SourceConfig
    connector: type[Connector]
    options: msgspec.Struct
    secret: str

    @property
    def lookups(self) -> Collection[AnyLookup]:
        """What it answers: all that its connector can, or what `serves` leaves of it."""
        serves = self.config.serves
        return [lookup for lookup in self.connector.lookups() if not serves or _scenario(lookup) in serves]

    @property
    def takes_reports(self) -> bool:
        """Whether residents' reports may go there."""
        return not self.config.serves or Scenario.CIVIC.value in self.config.serves

    @property
    def books(self) -> Collection[type[SlotRecord]]:
        """The kinds of slot that it takes bookings of, likewise."""
        serves = self.config.serves
        return [kind for kind in self.connector.books if not serves or kind.scenario.value in serves]


def bind(configs: Sequence[SourceConfig], environment: Mapping[str, str]) -> tuple[BoundSource, ...]:
    """Check each source against its connector and the environment; ConfigurationError names what fails."""
    bound = []
    for config in configs:
        connector = find_connector(config)
        check_serves(config, connector)
        options = _options(config, connector)
        bound.append(BoundSource(config, connector, options, read_secret(config, environment)))
    return tuple(bound)


@asynccontextmanager
async def compose(
    sources: Sequence[BoundSource],
    *,
    transport: MakeTransport,
    now: Callable[[], datetime],
    timeout_s: float,
    cached_answers: int,
    state_dir: Path = Path("var"),
    search_documents: int = 100_000,
    search_refresh_s: float = 0,
) -> AsyncIterator[Composition]:
    """Open a client for every source and put the layers together; closes the clients at the end.

    Copies of sources that give feeds lie under `state_dir`, and are filled until then. What is findable is
    listed every `search_refresh_s` seconds; for 0 once, when somebody first searches.
    """
    async with AsyncExitStack() as stack:
        replicas = Replicas(state_dir, now)
        stack.callback(replicas.close)
        fetches: dict[str, Mapping[AnyLookup, Fetch[Any, Any]]] = {}
        desks: dict[tuple[str, str], BookedAt] = {}
        case_desks: dict[str, ReportedAt] = {}
        for source in sources:
            upstream = await stack.enter_async_context(
                open_upstream(source.config, source.secret, transport=transport(), now=now)
            )
            if issubclass(source.connector, ReplicaConnector):
                copy = replicas.of(source.config.id)
                replica = source.connector(upstream, source.options, copy)
                await stack.enter_async_context(replicas.filling(source.config, replica.feeds()))
                reader: Connector = replica
            else:
                reader = source.connector(upstream, source.options)
            answers = reader.fetches()
            fetches[source.config.id] = {lookup: answers[lookup] for lookup in source.lookups}
            for kind in source.books:
                desks[source.config.id, kind.kind] = BookedAt(reader.desk(kind.kind), source.config)
            case_desk = reader.case_desk() if source.takes_reports else None
            if case_desk is not None:
                case_desks[source.config.id] = ReportedAt(case_desk, source.config)
        router = Router(fetches, replicas.copies)
        infos = {
            source.config.id: SourceInfo(
                id=source.config.id,
                name=source.config.name,
                name_en=source.config.name_en,
                standard=source.connector.standard,
            )
            for source in sources
        }
        cache = Cache(router, max_records=cached_answers)
        search = SearchService(
            FINDABLES,
            cache.fetch,
            router.serving,
            replicas.whole,
            now=now,
            timeout_s=timeout_s,
            max_documents=search_documents,
        )
        await stack.enter_async_context(search.renewing(search_refresh_s))
        yield Composition(infos, router, cache, search, replicas, desks, case_desks, now, timeout_s)


def find_connector(config: SourceConfig) -> type[Connector]:
    """Give the connector class that a folder under connectors/ exports as CONNECTOR."""
    name = f"connectors.{config.connector}"
    if not config.connector.isidentifier() or importlib.util.find_spec(name) is None:
        raise ConfigurationError(
            f"Source {config.id!r} wants the connector {config.connector!r}, and there is no folder"
            f" connectors/{config.connector}."
        )
    connector = getattr(importlib.import_module(name), "CONNECTOR", None)
    if not (isinstance(connector, type) and issubclass(connector, Connector)):
        raise ConfigurationError(f"Source {config.id!r}: {name} exports no CONNECTOR.")
    return connector


def _options(config: SourceConfig, connector: type[Connector]) -> msgspec.Struct:
    try:
        return msgspec.convert(config.options, connector.Options)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"Source {config.id!r}: options: {error}.") from error


def check_serves(config: SourceConfig, connector: type[Connector]) -> None:
    """Hold `serves` to the scenarios that the connector's lookups belong to."""
    known = {_scenario(lookup) for lookup in connector.lookups()}
    if unknown := set(config.serves) - known:
        raise ConfigurationError(
            f"Source {config.id!r} serves {', '.join(sorted(unknown))}, which the connector"
            f" {config.connector!r} cannot; it can serve {', '.join(sorted(known))}."
        )


def _scenario(lookup: AnyLookup) -> str:
    """A lookup's name begins with its scenario's."""
    return lookup.name.partition(".")[0]
