"""What charging asks of its sources."""

from __future__ import annotations

import msgspec

from schema.core.geo import Near
from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Ref
from schema.parking.charging.joining import ChargingSites
from schema.parking.charging.records import ChargingStationRecord, ChargingTariffRecord

_LIVE = Freshness(fresh=30, stale=600)
_RARELY_CHANGED = Freshness(fresh=3_600, stale=86_400)


class AllSites(msgspec.Struct, frozen=True):
    """Every site of an operator, of each no more than joins it to a car park."""


STATION_BY_REF: Lookup[Ref, ChargingStationRecord] = Lookup("parking.station_by_ref", _LIVE)
STATIONS_NEAR: Search[Near, ChargingStationRecord] = Search(
    "parking.stations_near", _LIVE, primes=STATION_BY_REF
)
SITES: Search[AllSites, ChargingSites] = Search("parking.charging_sites", _RARELY_CHANGED)
"""One record a source: its sites, to be found by where they are."""
CHARGING_TARIFF_BY_REF: Lookup[Ref, ChargingTariffRecord] = Lookup(
    "parking.charging_tariff_by_ref", _RARELY_CHANGED
)
