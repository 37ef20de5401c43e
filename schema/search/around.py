"""What the search adds to a community: each scenario at a glance, and nobody called for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated

import msgspec
import strawberry

from schema.community.gazetteer import CommunityRecord
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.errors import InvalidInput
from schema.core.findable import Hit, Sought
from schema.core.geo import near
from schema.core.listed import Radius
from schema.core.scenario import Scenario
from schema.search.records import HitRecord, shown
from schema.search.types import SearchHit

MAX_BEST = 10
_LOOKED_AT = 1_000
"""The nearest of all scenarios together; a scenario that has too few among them is asked for by itself."""


class ScenarioAroundRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What ScenarioAround shows."""

    scenario: Scenario
    count: int
    open_now: int
    bookable: int
    best: Sequence[HitRecord]


@strawberry.type(description=text("某场景在社区附近的概况", "A scenario around a community, at a glance"))
class ScenarioAround:
    """Counts, and the nearest few."""

    scenario: Scenario = strawberry.field(description=text("场景", "The scenario"))
    count: int = strawberry.field(description=text("附近共有多少", "How many there are around"))
    open_now: int = strawberry.field(
        description=text("其中此刻确知开放的", "How many of them are known to be open now")
    )
    bookable: int = strawberry.field(
        description=text("其中此刻可以预约的", "How many of them can be booked now")
    )
    best: list[SearchHit] = strawberry.field(
        description=text(
            "最近的几个；自成一体的（如医院）先于其组成部分（如科室）",
            "The nearest few; what stands for itself, as a hospital, comes before parts, as its departments",
        )
    )


@strawberry.type
class SearchOfCommunity:
    """Fields of Community."""

    @relation(
        "各场景一览：附近有多少、此刻开放多少、最近的几个；不调用任何来源；来源全部未能给出清单时为空",
        "Every scenario at a glance: how many there are around, how many are open now, and the nearest few."
        " No source is called. Null where no source's list could be had",
        list[ScenarioAround] | None,
    )
    @staticmethod
    async def scenarios(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        radius: Radius = 2000,
        each: Annotated[
            int,
            strawberry.argument(
                description=text(
                    f"每个场景列出几个，最多 {MAX_BEST}", f"How many of each, at most {MAX_BEST}"
                )
            ),
        ] = 3,
    ) -> Sequence[ScenarioAroundRecord]:
        """In the order of the enum; one that has nothing around is left out."""
        if not 0 <= each <= MAX_BEST:
            raise InvalidInput(f"`each` is between 0 and {MAX_BEST}.")
        sought = Sought(near=near(root.position.lat, root.position.lng, radius), first=_LOOKED_AT)
        hits = await info.context.find(sought)
        opened = await info.context.find(msgspec.structs.replace(sought, open_now=True, first=1))
        bookable = await info.context.find(msgspec.structs.replace(sought, bookable=True, first=1))
        info.context.report(info, hits.failures)
        found: defaultdict[Scenario, list[Hit]] = defaultdict(list)
        for hit in hits.items:
            found[hit.scenario].append(hit)
        around: list[ScenarioAroundRecord] = []
        for scenario in Scenario:
            count = hits.scenarios.get(scenario, 0)
            if not count:
                continue
            nearest: Sequence[Hit] = found[scenario]
            if len(nearest) < min(each, count):
                own = msgspec.structs.replace(sought, scenarios=frozenset({scenario}))
                nearest = (await info.context.find(own)).items
            best = sorted(nearest, key=lambda hit: hit.part_of is not None)[:each]
            around.append(
                ScenarioAroundRecord(
                    scenario=scenario,
                    count=count,
                    open_now=opened.scenarios.get(scenario, 0),
                    bookable=bookable.scenarios.get(scenario, 0),
                    best=[shown(hit) for hit in best],
                )
            )
        return around
