"""What this scenario asks of its sources, which are local copies: only others keep what they answer."""

from __future__ import annotations

from schema.core.geo import Near
from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Ref
from schema.eldercare.records import EldercareServiceRecord, EldercareSlotRecord

_PLACES = Freshness(fresh=15)
"""The records tell places left, also those of the directory, and these change with every booking."""

ELDERCARE_BY_REF: Lookup[Ref, EldercareServiceRecord] = Lookup("eldercare.service_by_ref", _PLACES)
ELDERCARE_SERVICES: Search[Near | None, EldercareServiceRecord] = Search(
    "eldercare.services", _PLACES, primes=ELDERCARE_BY_REF
)
"""Those with a place in the circle, and perhaps others near it; None for all."""
ELDERCARE_SLOT_BY_REF: Lookup[Ref, EldercareSlotRecord] = Lookup("eldercare.slot_by_ref", _PLACES)
