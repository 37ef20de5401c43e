"""Wards and their beds: both are Locations, one part of the other (R4 8.7)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from connectors.fhir import wire, words
from connectors.fhir.base import FhirBase, ids_of, is_kind, targets
from connectors.kit import answers
from schema.core.record import Ref
from schema.core.scalars import in_china
from schema.health.lookups import BEDS_OF_WARD, WARD_BY_REF, WARDS
from schema.health.records import WardAreaRecord, WardBeds

_WARD, _BED = "wa", "bd"
_UNOCCUPIED, _OCCUPIED = "U", "O"
_STOREYS = 3
"""Beds stand in a ward, or in a room of a ward, or in a bay of such a room: no deeper."""


class Wards(FhirBase):
    """Ward areas and how many of their beds are free."""

    @answers(WARDS)
    async def wards(self, keys: Sequence[None]) -> Mapping[None, Sequence[WardAreaRecord]]:
        """Locations that are wards by their physicalType, which R4 can read but not search for."""
        wanted = {"type": self.options.wards} if self.options.wards else {}
        locations, _ = await self.rest.find(wire.Location, wanted)
        wards = [self._ward(ward) for ward in locations if is_kind(ward, _WARD) and _used(ward)]
        return dict.fromkeys(keys, wards)

    @answers(WARD_BY_REF)
    async def wards_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, WardAreaRecord]:
        """Wards by id, in one call."""
        locations, _ = await self.rest.by_id(wire.Location, ids_of(keys))
        wards = (ward for ward in locations.values() if is_kind(ward, _WARD) and _used(ward))
        return {self.ref(ward.id): self._ward(ward) for ward in wards}

    @answers(BEDS_OF_WARD)
    async def beds(self, keys: Sequence[Ref]) -> Mapping[Ref, WardBeds]:
        """All beds of all wards asked for in one search, page by page; one more for rooms in between."""
        beds: defaultdict[str, dict[str, wire.Location]] = defaultdict(dict)
        ward_of = {key: key for key in ids_of(keys)}
        parents = list(ward_of)
        for _ in range(_STOREYS):
            if not parents:
                break
            parts, _beside = await self.rest.find(wire.Location, {"partof": targets(wire.Location, parents)})
            parents = []
            for part in parts:
                ward = ward_of.get(self.rest.local_id(part.part_of, wire.Location) or "")
                if ward is None or not _used(part):
                    continue
                if is_kind(part, _BED):
                    beds[ward][part.id] = part
                elif part.id not in ward_of:
                    ward_of[part.id] = ward
                    parents.append(part.id)
        return {key: self._count(key, list(beds[key.id].values())) for key in keys if key.id in beds}

    def _count(self, ward: Ref, beds: Sequence[wire.Location]) -> WardBeds:
        states = Counter(map(_state, beds))
        free, occupied = states[_UNOCCUPIED], states[_OCCUPIED]
        changed = [bed.meta.last_updated for bed in beds if bed.meta is not None and bed.meta.last_updated]
        return WardBeds(
            ref=ward,
            as_of=self.as_of(*beds),
            changed_at=max(map(in_china, changed), default=None),
            total=len(beds),
            free=free,
            occupied=occupied,
            other=len(beds) - free - occupied,
        )

    def _ward(self, ward: wire.Location) -> WardAreaRecord:
        return WardAreaRecord(
            ref=self.ref(ward.id),
            as_of=self.as_of(ward),
            name=ward.name or ward.id,
            name_en=words.in_english(ward.name_element, ward.alias),
            unaccompanied=words.has_code(ward.type, self.options.unaccompanied),
            description=ward.description,
            phone=words.phone(ward.telecom),
            hospital=self.link(ward.managing_organization, wire.Organization),
        )


def _state(bed: wire.Location) -> str | None:
    """Give a bed's state; one that is out of use for a while takes no patient, though none lies in it."""
    state = bed.operational_status.code if bed.operational_status else None
    return None if state == _UNOCCUPIED and bed.status == "suspended" else state


def _used(location: wire.Location) -> bool:
    """Say whether a Location is in use; a suspended one still stands there."""
    return location.status != "inactive"
