"""What this scenario asks of its sources, which are local copies: nothing of it is worth a cache."""

from __future__ import annotations

from schema.childcare.records import ChildcareCentreRecord, ChildcareSlotRecord
from schema.core.geo import Near
from schema.core.lookup import Lookup, Search
from schema.core.record import Ref

CHILDCARE_BY_REF: Lookup[Ref, ChildcareCentreRecord] = Lookup("childcare.centre_by_ref")
CHILDCARE_CENTRES: Search[Near | None, ChildcareCentreRecord] = Search(
    "childcare.centres", primes=CHILDCARE_BY_REF
)
"""Those with a place in the circle, and perhaps others near it; None for all."""
CHILDCARE_SLOT_BY_REF: Lookup[Ref, ChildcareSlotRecord] = Lookup("childcare.slot_by_ref")
