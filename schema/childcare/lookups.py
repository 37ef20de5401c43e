"""What this scenario asks of its sources."""

from __future__ import annotations

from schema.childcare.records import ChildcareCentreRecord, ChildcareSlotRecord
from schema.core.geo import Near
from schema.core.lookup import Lookup, Search
from schema.core.record import Ref
from schema.core.service import FROM_REPLICA

CHILDCARE_BY_REF: Lookup[Ref, ChildcareCentreRecord] = Lookup("childcare.centre_by_ref", FROM_REPLICA)
CHILDCARE_CENTRES: Search[Near | None, ChildcareCentreRecord] = Search(
    "childcare.centres", FROM_REPLICA, primes=CHILDCARE_BY_REF
)
"""Those with a place in the circle, and perhaps others near it; None for all."""
CHILDCARE_SLOT_BY_REF: Lookup[Ref, ChildcareSlotRecord] = Lookup("childcare.slot_by_ref", FROM_REPLICA)
