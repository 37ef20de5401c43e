"""What this scenario asks of its sources, which are local copies: nothing of it is worth a cache."""

from __future__ import annotations

from schema.core.geo import Near
from schema.core.lookup import Lookup, Search
from schema.core.record import Ref
from schema.eldercare.records import EldercareServiceRecord, EldercareSlotRecord

ELDERCARE_BY_REF: Lookup[Ref, EldercareServiceRecord] = Lookup("eldercare.service_by_ref")
ELDERCARE_SERVICES: Search[Near | None, EldercareServiceRecord] = Search(
    "eldercare.services", primes=ELDERCARE_BY_REF
)
"""Those with a place in the circle, and perhaps others near it; None for all."""
ELDERCARE_SLOT_BY_REF: Lookup[Ref, EldercareSlotRecord] = Lookup("eldercare.slot_by_ref")
