"""What this scenario asks of its sources."""

from __future__ import annotations

from schema.core.geo import Near
from schema.core.lookup import Lookup, Search
from schema.core.record import Ref
from schema.core.service import FROM_REPLICA
from schema.enterprise.records import EnterpriseServiceRecord

ENTERPRISE_SERVICE_BY_REF: Lookup[Ref, EnterpriseServiceRecord] = Lookup(
    "enterprise.service_by_ref", FROM_REPLICA
)
ENTERPRISE_SERVICES: Search[Near | None, EnterpriseServiceRecord] = Search(
    "enterprise.services", FROM_REPLICA, primes=ENTERPRISE_SERVICE_BY_REF
)
"""Those with a place in the circle, and perhaps others near it; None for all."""
