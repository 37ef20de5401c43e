"""What of this scenario `search` finds."""

from __future__ import annotations

from schema.community.service_findable import service_findable
from schema.core.findable import Findable
from schema.core.scenario import Scenario
from schema.schools.lookups import SCHOOL_SERVICES
from schema.schools.records import SchoolServiceRecord

SCHOOLS_FINDABLE: tuple[Findable, ...] = (
    service_findable(
        SchoolServiceRecord,
        Scenario.SCHOOLS,
        ("学校", "教学资源", "school"),
        SCHOOL_SERVICES,
    ),
)
