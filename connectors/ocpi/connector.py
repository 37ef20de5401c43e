"""The connector for OCPI 2.2.1: a CPO's locations and tariffs, read into a replica."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
import structlog

from connectors.kit import (
    Code,
    DecodeError,
    Feed,
    Item,
    Removal,
    ReplicaConnector,
    Selection,
    SourceError,
    Table,
    answers,
)
from connectors.ocpi import mapping, wire
from connectors.ocpi.feed import ModuleFeed, Understood
from connectors.ocpi.tariffs import tariff
from schema.core.geo import Crs, Near
from schema.core.record import Position, Ref
from schema.parking.charging.joining import ChargingSites
from schema.parking.charging.lookups import (
    CHARGING_TARIFF_BY_REF,
    SITES,
    STATION_BY_REF,
    STATIONS_NEAR,
    AllSites,
)
from schema.parking.charging.records import (
    IN_NO_LOT,
    ChargingSite,
    ChargingStationRecord,
    ChargingTariffRecord,
)

_log = structlog.get_logger("connectors.ocpi")
_STATIONS = Table(name="station", keys=("lat", "lng"))
_SITES = Table(name="site")
_TARIFFS = Table(name="tariff")
_METRES_PER_DEGREE = 111_195
_site = msgspec.json.Decoder(mapping.Site).decode


class OcpiOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What sources.toml may say of a charge point operator."""

    page_size: int = 100
    """Objects in one page; a server that gives fewer says so."""
    pause_s: float = 30
    """How long to wait before asking what has changed."""
    tariffs: bool = True
    """Whether the operator has the module Tariffs."""
    tariffs_pause_s: float = 600
    """The same for tariffs."""
    reread_s: float = 3_600
    """How often all is read anew: a location may vanish without a word."""
    overlap_s: float = 120
    """How far before the newest change the next reading begins."""
    crs: Crs = Crs.WGS84
    """The coordinate system of its positions."""
    places: dict[str, str] = {}
    """By location id the car park that it stands in, as "source/place id"; "" for none."""

    def __post_init__(self) -> None:
        """Hold the car parks to their form."""
        for place in self.places.values():
            source, slash, local = place.partition("/")
            if place and not (source and slash and local):
                raise ValueError(f'places: {place!r} is neither "source/place id" nor ""')


class Ocpi(ReplicaConnector):
    """Answers the lookups of charging from one operator's copy."""

    standard = "OCPI 2.2.1"
    Options = OcpiOptions

    options: OcpiOptions

    def feeds(self) -> Sequence[Feed]:
        """Locations, and tariffs where there are any."""
        options = self.options
        locations = Feed(
            name="locations",
            tables=(_STATIONS, _SITES),
            read=self._module("locations", self._locations).read,
            pause_s=options.pause_s,
            reread_s=options.reread_s,
        )
        tariffs = Feed(
            name="tariffs",
            tables=(_TARIFFS,),
            read=self._module("tariffs", self._tariffs).read,
            pause_s=options.tariffs_pause_s,
            reread_s=options.reread_s,
        )
        return (locations, tariffs) if options.tariffs else (locations,)

    @answers(STATION_BY_REF)
    async def stations(self, keys: Sequence[Ref]) -> Mapping[Ref, ChargingStationRecord]:
        """By id."""
        found = await self.replica.get(_STATIONS.name, [key.id for key in keys])
        make = self._station_maker()
        return {key: make(found[key.id]) for key in keys if key.id in found}

    @answers(STATIONS_NEAR)
    async def stations_near(self, keys: Sequence[Near]) -> Mapping[Near, Sequence[ChargingStationRecord]]:
        """In the square around each circle; what lies in its corners is cut by whoever asks."""
        make = self._station_maker()
        return {
            key: [
                make(kept.data)
                for kept in await self.replica.select(
                    Selection(table=_STATIONS.name, between=_square(key), order_by="id")
                )
            ]
            for key in keys
        }

    @answers(SITES)
    async def sites(self, keys: Sequence[AllSites]) -> Mapping[AllSites, Sequence[ChargingSites]]:
        """All of them, as little of each as joins it to a car park."""
        kept = await self.replica.select(Selection(table=_SITES.name))
        lots, source = self._lots(), self.upstream.source
        sites = ChargingSites.of(
            ChargingSite(
                ref=Ref(source, one.id),
                name=site.name,
                position=None
                if site.lat is None or site.lng is None
                else Position(lat=site.lat, lng=site.lng),
                layout=site.layout,
                grade=site.grade,
                lot=lots.get(one.id),
            )
            for one in kept
            for site in (_site(one.data),)
        )
        return dict.fromkeys(keys, (sites,))

    @answers(CHARGING_TARIFF_BY_REF)
    async def charging_tariffs(self, keys: Sequence[Ref]) -> Mapping[Ref, ChargingTariffRecord]:
        """By id."""
        if not self.options.tariffs:
            return {}
        found = await self.replica.get(_TARIFFS.name, [key.id for key in keys])
        as_of, stale = self.replica.as_of(_TARIFFS.name), self.replica.stale(_TARIFFS.name)
        source = self.upstream.source
        return {
            key: tariff(wire.tariff(found[key.id]), source, as_of, stale=stale)
            for key in keys
            if key.id in found
        }

    def _station_maker(self) -> Callable[[bytes], ChargingStationRecord]:
        """Give what makes a station of what is kept of it."""
        options, source, lots = self.options, self.upstream.source, self._lots()
        as_of, stale = self.replica.as_of(_STATIONS.name), self.replica.stale(_STATIONS.name)

        def make(data: bytes) -> ChargingStationRecord:
            told = wire.location(data)
            return mapping.station(
                told,
                source,
                as_of,
                stale=stale,
                crs=options.crs,
                tariffs=options.tariffs,
                lot=lots.get(wire.same_id(told.id)),
            )

        return make

    def _lots(self) -> dict[str, Ref]:
        """Give the car parks that configuration names, by location."""
        lots = {}
        for location, place in self.options.places.items():
            source, _, local = place.partition("/")
            lots[wire.same_id(location)] = Ref(source, local) if place else IN_NO_LOT
        return lots

    def _module(self, path: str, understand: Callable[[Sequence[bytes]], Understood]) -> ModuleFeed:
        return ModuleFeed(
            self.upstream,
            path,
            understand,
            page_size=self.options.page_size,
            overlap_s=self.options.overlap_s,
        )

    def _locations(self, objects: Sequence[bytes]) -> Understood:
        changes: list[Item | Removal] = []
        newest: datetime | None = None
        left_out: dict[str, int] = {}

        def skipped(what: str) -> None:
            left_out[what] = left_out.get(what, 0) + 1

        for body in objects:
            try:
                told, changed = mapping.read(body, skipped)
            except DecodeError:
                skipped("location")
                continue
            newest = changed if newest is None else max(newest, changed)
            changes += self._changes(told, _version(changed))
        self._say(left_out, len(objects))
        return Understood(changes, newest)

    def _changes(self, told: wire.Location, version: int) -> list[Item | Removal]:
        id_ = wire.same_id(told.id)
        if not told.evses:
            return [Removal(table=table.name, id=id_, version=version) for table in (_STATIONS, _SITES)]
        site = mapping.site(told, self.options.crs)
        return [
            Item(
                table=_STATIONS.name,
                id=id_,
                version=version,
                data=msgspec.json.encode(told),
                keys={"lat": site.lat, "lng": site.lng},
            ),
            Item(table=_SITES.name, id=id_, version=version, data=msgspec.json.encode(site)),
        ]

    def _tariffs(self, objects: Sequence[bytes]) -> Understood:
        changes: list[Item | Removal] = []
        newest: datetime | None = None
        left_out = 0
        for body in objects:
            try:
                told = wire.tariff(body)
                changed = wire.instant(told.last_updated)
                tariff(told, self.upstream.source, changed, stale=False)
            except DecodeError:
                left_out += 1
                continue
            newest = changed if newest is None else max(newest, changed)
            data = msgspec.json.encode(told)
            id_ = wire.same_id(told.id)
            changes.append(Item(table=_TARIFFS.name, id=id_, version=_version(changed), data=data))
        self._say({"tariff": left_out} if left_out else {}, len(objects))
        return Understood(changes, newest)

    def _say(self, left_out: Mapping[str, int], objects: int) -> None:
        """Log what was passed over; a page without any good object breaks the standard as a whole."""
        if not left_out:
            return
        _log.warning(
            "objects left out", source=self.upstream.source, reason="they break the standard", **left_out
        )
        if sum(left_out.get(what, 0) for what in ("location", "tariff")) == objects:
            raise SourceError(Code.SOURCE_MALFORMED, self.upstream.source, "no object keeps to the standard")


def _version(changed: datetime) -> int:
    """Milliseconds since 1970."""
    return round(changed.timestamp() * 1_000)


def _square(circle: Near) -> dict[str, tuple[float | None, float | None]]:
    """Give the bounds of latitude and longitude that hold a circle."""
    north = circle.radius / _METRES_PER_DEGREE
    east = north / max(0.01, math.cos(math.radians(min(89.0, abs(circle.lat) + north))))
    return {
        "lat": (circle.lat - north, circle.lat + north + 1e-9),
        "lng": (circle.lng - east, circle.lng + east + 1e-9),
    }
