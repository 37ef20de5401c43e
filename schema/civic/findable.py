"""What of this scenario `search` finds: matters to report, and cases that are not closed."""

from __future__ import annotations

from schema.civic.find import DEFAULT_DAYS, first_day
from schema.civic.lookups import CASES_SINCE, SERVICE_TYPES, AllServices, case_window
from schema.civic.records import CaseRecord, ServiceTypeRecord
from schema.core.docs import wording
from schema.core.findable import Findable
from schema.core.scenario import Scenario

CIVIC_FINDABLE: tuple[Findable, ...] = (
    Findable(
        record=ServiceTypeRecord,
        scenario=Scenario.CIVIC,
        called=("上报", "事项", "report"),
        search=SERVICE_TYPES,
        key=lambda _: AllServices(),
        words=lambda matter: (matter.group, matter.description, *matter.keywords),
    ),
    Findable(
        record=CaseRecord,
        scenario=Scenario.CIVIC,
        called=("事件", "case"),
        search=CASES_SINCE,
        key=lambda now: case_window(first_day(now, DEFAULT_DAYS), now.date()),
        words=lambda case: (case.description, case.address, case.agency, wording(case.state)),
        shows=lambda case, _: case.open,
    ),
)
