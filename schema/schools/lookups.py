"""What this scenario asks of its sources, which are local copies: nothing of it is worth a cache."""

from __future__ import annotations

from schema.core.geo import Near
from schema.core.lookup import Lookup, Search
from schema.core.record import Ref
from schema.schools.records import SchoolServiceRecord

SCHOOL_SERVICE_BY_REF: Lookup[Ref, SchoolServiceRecord] = Lookup("schools.service_by_ref")
SCHOOL_SERVICES: Search[Near | None, SchoolServiceRecord] = Search(
    "schools.services", primes=SCHOOL_SERVICE_BY_REF
)
"""Those with a place in the circle, and perhaps others near it; None for all."""
