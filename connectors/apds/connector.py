"""The connector for APDS v4."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import quote

import msgspec

from connectors.apds.desk import RightDesk
from connectors.apds.listing import Lists
from connectors.apds.places import area, lot
from connectors.apds.rates import tariff
from connectors.apds.rights import OFFER_EXPAND, offer, offers
from connectors.apds.tariffs import RATES_EXPAND, Tariffs
from connectors.apds.wire import HierarchyElement, RateTable, decoder
from connectors.kit import Connector, Params, StatusError, Upstream, answers, fits_path, gather_all
from schema.core.geo import Crs, Near, to_gcj02
from schema.core.record import Position, Ref
from schema.parking.lookups import (
    AREA_BY_REF,
    LOT_BY_REF,
    LOTS_NEAR,
    RIGHT_BY_REF,
    RIGHTS,
    RIGHTS_OFFERED,
    TARIFF_BY_REF,
    TARIFFS_OF_LOTS,
    AllRights,
    TariffsKey,
)
from schema.parking.records import BayAreaRecord, ParkingLotRecord, RightRecord, TariffRecord
from schema.parking.rights import ParkingRightRecord, RightOfferRecord, slot_parts, slots_at

T = TypeVar("T")

_FEW = 3
"""Up to so many elements are read by id, side by side: small answers, in the time of one."""
_LOT_EXPAND = "rightSpecifications,occupancy,pointLocation,streetAddress,openingTimes,characteristics"
_AREA_EXPAND = "occupancy,operatingRestrictions"

_decode_element = decoder(HierarchyElement)
_decode_rate = decoder(RateTable)


class ApdsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What sources.toml may say of an APDS system."""

    crs: Crs = Crs.WGS84
    """The coordinate system of its positions; the standard's GeoJSON means WGS84."""


class _Kind(NamedTuple, Generic[T]):
    """Which hierarchy elements to read, with what, and what becomes of them."""

    type: str
    expand: str
    make: Callable[[HierarchyElement, datetime], T]


class Apds(Connector):
    """Answers the lookups of parking from one operator's system."""

    standard = "APDS v4"
    Options = ApdsOptions
    books = (ParkingRightRecord,)

    options: ApdsOptions

    def __init__(self, upstream: Upstream, options: Any) -> None:
        super().__init__(upstream, options)
        self._lists = Lists(upstream)
        self._tariffs = Tariffs(self._lists, upstream.source)
        self._pages: dict[str, int] = {}
        """How many pages the list of each type had when it was last read."""
        self._lots = _Kind("place", _LOT_EXPAND, self._lot)
        self._areas = _Kind("identifiedArea", _AREA_EXPAND, self._area)

    def desk(self, kind: str) -> RightDesk:
        """Give the desk for rights, the one kind that it books."""
        return RightDesk(self.upstream)

    @answers(LOTS_NEAR)
    async def lots_near(self, keys: Sequence[Near]) -> Mapping[Near, Sequence[ParkingLotRecord]]:
        """GET /places by area, with all that a car park shows: one call a page."""
        found = await gather_all(*(self._near(key) for key in keys))
        return dict(zip(keys, found, strict=True))

    @answers(LOT_BY_REF)
    async def lots(self, keys: Sequence[Ref]) -> Mapping[Ref, ParkingLotRecord]:
        """GET /places/{id} for few, /places for many."""
        return await self._by_id(keys, self._lots)

    @answers(AREA_BY_REF)
    async def areas(self, keys: Sequence[Ref]) -> Mapping[Ref, BayAreaRecord]:
        """GET /places/{id} for few, /places for many."""
        return await self._by_id(keys, self._areas)

    @answers(RIGHTS)
    async def rights(self, keys: Sequence[AllRights]) -> Mapping[AllRights, Sequence[RightRecord]]:
        """GET /rights/specs, one call a page."""
        return dict.fromkeys(keys, await self._tariffs.rights())

    @answers(RIGHTS_OFFERED)
    async def rights_offered(
        self, keys: Sequence[AllRights]
    ) -> Mapping[AllRights, Sequence[RightOfferRecord]]:
        """GET /rights/specs with pools, one call a page."""
        return dict.fromkeys(keys, await offers(self._lists, self.upstream.source))

    @answers(RIGHT_BY_REF)
    async def rights_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, ParkingRightRecord]:
        """GET /places/{id} and /rights/specs/{id} side by side, then the rates that the right names."""
        wanted = {key: parts for key in keys if (parts := slot_parts(key)) is not None}
        lots, rights = await gather_all(
            self._by_id(list({lot for lot, _ in wanted.values()}), self._lots),
            self._offers({right for _, right in wanted.values()}),
        )
        tables = {term.tariff for one in rights.values() for term in one.terms if term.tariff is not None}
        tariffs = await self._rates([Ref(self.upstream.source, id_) for id_ in sorted(tables)])
        now = self.upstream.now()
        found = {
            slot.ref: slot
            for lot, right in set(wanted.values())
            if lot in lots and right in rights
            for slot in slots_at(lots[lot], [rights[right]], tariffs.values(), now)
        }
        return {key: found[key] for key in wanted if key in found}

    @answers(TARIFFS_OF_LOTS)
    async def tariffs_of_lots(
        self, keys: Sequence[TariffsKey]
    ) -> Mapping[TariffsKey, Sequence[TariffRecord]]:
        """GET /rates, one call for all groups of known rights and one for each other."""
        return await self._tariffs.of(keys, self.upstream.now())

    @answers(TARIFF_BY_REF)
    async def tariffs(self, keys: Sequence[Ref]) -> Mapping[Ref, TariffRecord]:
        """GET /rates/{id}, one call a key: the standard has no batch of rate tables by id."""
        return await self._rates(keys)

    async def _rates(self, keys: Sequence[Ref]) -> dict[Ref, TariffRecord]:
        now = self.upstream.now()

        def decode(body: bytes) -> TariffRecord | None:
            return tariff(_decode_rate(body), self.upstream.source, now, now)

        found = await gather_all(
            *(self._one("rates", key.id, {"expand": RATES_EXPAND}, decode) for key in keys)
        )
        return {key: one for key, one in zip(keys, found, strict=True) if one is not None}

    async def _offers(self, keys: Collection[Ref]) -> dict[Ref, RightOfferRecord]:
        now = self.upstream.now()

        def decode(body: bytes) -> RightOfferRecord | None:
            return offer(body, self.upstream.source, now)

        found = await gather_all(
            *(self._one("rights/specs", key.id, {"expand": OFFER_EXPAND}, decode) for key in keys)
        )
        return {one.ref: one for one in found if one is not None}

    async def _near(self, circle: Near) -> Sequence[ParkingLotRecord]:
        centre = Position(lat=circle.lat, lng=circle.lng)
        if self.options.crs is Crs.GCJ02:
            centre = to_gcj02(centre)
        params: Params = {
            "latitude": centre.lat,
            "longitude": centre.lng,
            "radius": circle.radius,
            **_asking_for(self._lots),
        }
        found = await self._lists.whole("places", params, self._maker(self._lots))
        return list(_by_ref(found).values())

    async def _by_id(self, keys: Sequence[Ref], kind: _Kind[T]) -> dict[Ref, T]:
        """Read elements in as few calls as there is a way to.

        The standard's /places has no filter by id: beyond a few, a list of fewer pages than keys is
        read instead. After its first page, whichever is less: its other pages or what is still missing.
        """
        if len(keys) <= max(_FEW, self._pages.get(kind.type, 0)):
            return await self._singly(keys, kind)
        params, make = _asking_for(kind), self._maker(kind)
        first = await self._lists.page("places", params, make)
        self._pages[kind.type] = first.pages
        found = _by_ref(first.items)
        missing = [key for key in keys if key not in found]
        if len(missing) < first.pages:
            found |= await self._singly(missing, kind)
        else:
            found = _by_ref(await self._lists.rest("places", params, make, first))
        return {key: found[key] for key in keys if key in found}

    async def _singly(self, keys: Sequence[Ref], kind: _Kind[T]) -> dict[Ref, T]:
        make, now = self._maker(kind), self.upstream.now()

        def decode(body: bytes) -> tuple[Ref, T] | None:
            return make(body, now)

        params = {"expand": kind.expand}
        return _by_ref(await gather_all(*(self._one("places", key.id, params, decode) for key in keys)))

    async def _one(
        self, path: str, id_: str, params: Params, decode: Callable[[bytes], T | None]
    ) -> T | None:
        """Read one resource, None where there is none."""
        if not fits_path(id_):
            return None
        try:
            return (
                await self.upstream.get(f"{path}/{quote(id_, safe='')}", params=params, decode=decode)
            ).data
        except StatusError as error:
            if error.status in (404, 410):
                return None
            raise

    def _maker(self, kind: _Kind[T]) -> Callable[[bytes, datetime], tuple[Ref, T] | None]:
        """Decode an element; one of another type, which a system may send unasked, is nothing of ours."""

        def make(body: bytes, at: datetime) -> tuple[Ref, T] | None:
            element = _decode_element(body)
            if element.type != kind.type:
                return None
            return Ref(self.upstream.source, element.id), kind.make(element, at)

        return make

    def _lot(self, element: HierarchyElement, at: datetime) -> ParkingLotRecord:
        return lot(element, self.upstream.source, self.upstream.now(), at, self.options.crs)

    def _area(self, element: HierarchyElement, _: datetime) -> BayAreaRecord:
        return area(element, self.upstream.now())


def _asking_for(kind: _Kind[Any]) -> dict[str, str]:
    return {"type": kind.type, "expand": kind.expand}


def _by_ref(found: Iterable[tuple[Ref, T] | None]) -> dict[Ref, T]:
    """Each element once, though a list that changes between its pages may show it twice."""
    return dict(pair for pair in found if pair is not None)
