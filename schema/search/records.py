"""What is found: every scenario's, and what the graph's types for it show."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from schema.childcare.findable import CHILDCARE_FINDABLE
from schema.civic.findable import CIVIC_FINDABLE
from schema.classes.findable import CLASSES_FINDABLE
from schema.community.gazetteer import Subdistrict
from schema.core.connection import PageInfoRecord, encode_cursor
from schema.core.findable import Findable, Hit, SearchMatch, Sought
from schema.core.record import Record
from schema.core.scenario import Scenario
from schema.eldercare.findable import ELDERCARE_FINDABLE
from schema.enterprise.findable import ENTERPRISE_FINDABLE
from schema.goods.findable import GOODS_FINDABLE
from schema.health.findable import HEALTH_FINDABLE
from schema.hostels.findable import HOSTELS_FINDABLE
from schema.parking.charging.findable import CHARGING_FINDABLE
from schema.parking.findable import PARKING_FINDABLE
from schema.reading.findable import READING_FINDABLE
from schema.schools.findable import SCHOOLS_FINDABLE
from schema.sports.findable import SPORTS_FINDABLE
from schema.volunteering.findable import VOLUNTEERING_FINDABLE

FINDABLES: tuple[Findable, ...] = (
    *PARKING_FINDABLE,
    *CHARGING_FINDABLE,
    *SPORTS_FINDABLE,
    *READING_FINDABLE,
    *HEALTH_FINDABLE,
    *CHILDCARE_FINDABLE,
    *ELDERCARE_FINDABLE,
    *HOSTELS_FINDABLE,
    *CLASSES_FINDABLE,
    *SCHOOLS_FINDABLE,
    *ENTERPRISE_FINDABLE,
    *VOLUNTEERING_FINDABLE,
    *GOODS_FINDABLE,
    *CIVIC_FINDABLE,
)
"""Every kind that `search` finds; what others are part of stands before them. A new scenario adds its own."""


class HitRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What SearchHit shows."""

    node: Record
    cursor: str
    scenario: Scenario
    name: str
    part_of: str | None
    distance: int | None
    score: float | None
    open_now: bool | None
    free: bool | None
    bookable: bool | None


_SHOWN = tuple(
    field.name for field in msgspec.structs.fields(HitRecord) if field.name not in ("node", "cursor")
)


def shown(hit: Hit) -> HitRecord:
    """Give what is shown of a hit."""
    facts = {name: getattr(hit, name) for name in _SHOWN}
    return HitRecord(node=hit.record, cursor=encode_cursor(hit.key), **facts)


class ScenarioCountRecord(msgspec.Struct, frozen=True):
    """What ScenarioCount shows."""

    scenario: Scenario
    count: int


class SubdistrictCountRecord(msgspec.Struct, frozen=True):
    """What SubdistrictCount shows."""

    subdistrict: Subdistrict
    count: int


class FacetsRecord(msgspec.Struct, frozen=True):
    """What SearchFacets shows."""

    scenarios: Sequence[ScenarioCountRecord]
    subdistricts: Sequence[SubdistrictCountRecord]


class FoundRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What SearchConnection shows."""

    edges: Sequence[HitRecord]
    page_info: PageInfoRecord
    total_count: int | None
    match: SearchMatch
    facets: FacetsRecord
    sought: Sought

    @property
    def asks_titles(self) -> bool:
        """Whether the libraries' catalogues are searched, too."""
        scenarios = self.sought.scenarios
        return bool(self.sought.text.strip()) and (scenarios is None or Scenario.READING in scenarios)
