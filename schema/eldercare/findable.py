"""What of this scenario `search` finds."""

from __future__ import annotations

from schema.community.service_findable import service_findable
from schema.core.findable import Findable
from schema.core.scenario import Scenario
from schema.eldercare.lookups import ELDERCARE_SERVICES
from schema.eldercare.records import EldercareServiceRecord

ELDERCARE_FINDABLE: tuple[Findable, ...] = (
    service_findable(
        EldercareServiceRecord,
        Scenario.ELDERCARE,
        ("养老", "长者服务", "长者饭堂", "care of the elderly", "eldercare"),
        ELDERCARE_SERVICES,
    ),
)
