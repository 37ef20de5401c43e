"""What of this scenario `search` finds."""

from __future__ import annotations

from schema.community.service_findable import service_findable
from schema.core.findable import Findable
from schema.core.scenario import Scenario
from schema.hostels.lookups import HOSTELS
from schema.hostels.records import YouthHostelRecord

HOSTELS_FINDABLE: tuple[Findable, ...] = (
    service_findable(
        YouthHostelRecord,
        Scenario.HOSTELS,
        ("青年驿站", "住宿", "youth hostel", "hostel"),
        HOSTELS,
    ),
)
