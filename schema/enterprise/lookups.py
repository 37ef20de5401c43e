"""What this scenario asks of its sources, which are local copies: nothing of it is worth a cache."""

from __future__ import annotations

from schema.core.geo import Near
from schema.core.lookup import Lookup, Search
from schema.core.record import Ref
from schema.enterprise.records import EnterpriseServiceRecord

ENTERPRISE_SERVICE_BY_REF: Lookup[Ref, EnterpriseServiceRecord] = Lookup("enterprise.service_by_ref")
ENTERPRISE_SERVICES: Search[Near | None, EnterpriseServiceRecord] = Search(
    "enterprise.services", primes=ENTERPRISE_SERVICE_BY_REF
)
"""Those with a place in the circle, and perhaps others near it; None for all."""
