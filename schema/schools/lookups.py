"""What this scenario asks of its sources, which are local copies: only others keep what they answer."""

from __future__ import annotations

from schema.core.geo import Near
from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Ref
from schema.schools.records import SchoolServiceRecord

_RARELY_CHANGED = Freshness(fresh=60)

SCHOOL_SERVICE_BY_REF: Lookup[Ref, SchoolServiceRecord] = Lookup("schools.service_by_ref", _RARELY_CHANGED)
SCHOOL_SERVICES: Search[Near | None, SchoolServiceRecord] = Search(
    "schools.services", _RARELY_CHANGED, primes=SCHOOL_SERVICE_BY_REF
)
"""Those with a place in the circle, and perhaps others near it; None for all."""
