"""What this scenario asks of its sources, which are local copies: only others keep what they answer."""

from __future__ import annotations

from schema.childcare.records import ChildcareCentreRecord, ChildcareSlotRecord
from schema.core.geo import Near
from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Ref

_PLACES = Freshness(fresh=15)
"""The records tell places left, also those of the directory, and these change with every booking."""

CHILDCARE_BY_REF: Lookup[Ref, ChildcareCentreRecord] = Lookup("childcare.centre_by_ref", _PLACES)
CHILDCARE_CENTRES: Search[Near | None, ChildcareCentreRecord] = Search(
    "childcare.centres", _PLACES, primes=CHILDCARE_BY_REF
)
"""Those with a place in the circle, and perhaps others near it; None for all."""
CHILDCARE_SLOT_BY_REF: Lookup[Ref, ChildcareSlotRecord] = Lookup("childcare.slot_by_ref", _PLACES)
