"""What of this scenario `search` finds."""

from __future__ import annotations

from schema.childcare.lookups import CHILDCARE_CENTRES
from schema.childcare.records import ChildcareCentreRecord
from schema.community.service_findable import service_findable
from schema.core.findable import Findable
from schema.core.scenario import Scenario

CHILDCARE_FINDABLE: tuple[Findable, ...] = (
    service_findable(
        ChildcareCentreRecord,
        Scenario.CHILDCARE,
        ("托育", "托班", "托儿所", "幼儿园", "childcare", "nursery"),
        CHILDCARE_CENTRES,
    ),
)
