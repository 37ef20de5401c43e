"""What of this scenario `search` finds."""

from __future__ import annotations

from schema.community.service_findable import service_findable
from schema.core.findable import Findable
from schema.core.scenario import Scenario
from schema.enterprise.lookups import ENTERPRISE_SERVICES
from schema.enterprise.records import EnterpriseServiceRecord

ENTERPRISE_FINDABLE: tuple[Findable, ...] = (
    service_findable(
        EnterpriseServiceRecord,
        Scenario.ENTERPRISE,
        ("企业服务", "services for enterprises"),
        ENTERPRISE_SERVICES,
    ),
)
