"""EnterpriseService."""

from __future__ import annotations

from schema.community.service import PublicService
from schema.core.entity import entity
from schema.enterprise.lookups import ENTERPRISE_SERVICE_BY_REF
from schema.enterprise.records import EnterpriseServiceRecord


@entity(EnterpriseServiceRecord, ENTERPRISE_SERVICE_BY_REF, "EnterpriseService")
class EnterpriseService(PublicService):
    """What its directory tells of it."""
