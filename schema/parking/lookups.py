"""What parking asks of its sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from schema.core.geo import Near
from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Ref
from schema.parking.records import BayAreaRecord, ParkingLotRecord, RightRecord, TariffRecord
from schema.parking.rights import ParkingRightRecord, RightOfferRecord

_LIVE = Freshness(fresh=30, stale=600)
_RARELY_CHANGED = Freshness(fresh=3_600, stale=86_400)


class AllRights(msgspec.Struct, frozen=True):
    """An operator grants few kinds of right: one list serves all of its car parks."""


@dataclass(frozen=True)
class TariffsKey:
    """Car parks of one operator with the same tariffs: those that grant the same rights.

    Keys are equal where `source` and `rights` are; the rest is for the question. `place` is one of
    the car parks; `tariffs` are the ids of their tariffs, None where the operator does not tell them
    for each of the rights. A car park that tells no rights is a group of its own (`TariffsKey.of`).
    """

    source: str
    rights: tuple[str, ...]
    place: str = field(compare=False)
    tariffs: frozenset[str] | None = field(compare=False)

    @classmethod
    def of(cls, lot: ParkingLotRecord, known: Mapping[str, Sequence[str]]) -> TariffsKey:
        """Give the group that a car park belongs to; `known` are the tariffs of its operator's rights."""
        tariffs = None
        if lot.rights and known.keys() >= set(lot.rights):
            tariffs = frozenset(id_ for right in lot.rights for id_ in known[right])
        return cls(lot.ref.source, lot.rights or (f"/{lot.ref.id}",), lot.ref.id, tariffs)


LOT_BY_REF: Lookup[Ref, ParkingLotRecord] = Lookup("parking.lot_by_ref", _LIVE)
LOTS_NEAR: Search[Near, ParkingLotRecord] = Search("parking.lots_near", _LIVE, primes=LOT_BY_REF)
AREA_BY_REF: Lookup[Ref, BayAreaRecord] = Lookup("parking.area_by_ref", _RARELY_CHANGED)
RIGHTS: Search[AllRights, RightRecord] = Search("parking.rights", _RARELY_CHANGED, at_start=(AllRights(),))
"""Rights of which the operator tells the tariffs, in no particular order; others are not among them."""
TARIFFS_OF_LOTS: Lookup[TariffsKey, Sequence[TariffRecord]] = Lookup(
    "parking.tariffs_of_lots", _RARELY_CHANGED
)
TARIFF_BY_REF: Lookup[Ref, TariffRecord] = Lookup("parking.tariff_by_ref", _RARELY_CHANGED)
RIGHTS_OFFERED: Search[AllRights, RightOfferRecord] = Search("parking.rights_offered", _LIVE)
"""What is granted to those who ask beforehand, with what is left of it."""
RIGHT_BY_REF: Lookup[Ref, ParkingRightRecord] = Lookup("parking.right_by_ref", _LIVE)
