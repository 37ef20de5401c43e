"""The root: Query out of every scenario's fields, and the schema itself."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.booking.mutations import BookingMutation
from schema.booking.queries import BookingQuery
from schema.childcare.queries import ChildcareQuery
from schema.civic.mine import ReportsQuery
from schema.civic.mutations import CivicMutation
from schema.civic.queries import CivicQuery
from schema.classes.queries import ClassesQuery
from schema.community.queries import CommunityQuery
from schema.core.context import Info, SourceInfo
from schema.core.docs import text
from schema.core.entity import NODES, Source, relation
from schema.core.scalars import SCALARS
from schema.eldercare.queries import EldercareQuery
from schema.enterprise.queries import EnterpriseQuery
from schema.goods.queries import GoodsQuery
from schema.health.queries import HealthQuery
from schema.hostels.queries import HostelsQuery
from schema.parking.charging.queries import ChargingQuery
from schema.parking.queries import ParkingQuery
from schema.reading.queries import ReadingQuery
from schema.schools.queries import SchoolsQuery
from schema.search.queries import SearchQuery
from schema.sports.queries import SportsQuery
from schema.viewer.queries import ViewerQuery
from schema.volunteering.queries import VolunteeringQuery


@strawberry.type(description=text("龙岗社区图谱的查询入口", "Where every question to the graph begins"))
class Query(
    CommunityQuery,
    SearchQuery,
    BookingQuery,
    ParkingQuery,
    ChargingQuery,
    SportsQuery,
    ReadingQuery,
    HealthQuery,
    ChildcareQuery,
    EldercareQuery,
    HostelsQuery,
    ClassesQuery,
    SchoolsQuery,
    EnterpriseQuery,
    CivicQuery,
    ReportsQuery,
    VolunteeringQuery,
    GoodsQuery,
    ViewerQuery,
):
    """A new scenario adds its fields here."""

    @relation("全部来源系统", "Every configured source", type_=list[Source])
    @staticmethod
    def sources(info: Info) -> Sequence[SourceInfo]:
        """In the order of the configuration."""
        return list(info.context.sources.values())


@strawberry.type(
    description=text("居民办理事项的入口，均需登录", "What residents can have done; all of it needs a token")
)
class Mutation(BookingMutation, CivicMutation):
    """A new kind of command adds its fields here."""


def build_schema() -> strawberry.Schema:
    """Give the graph's schema; entities that only interfaces lead to are in it too."""
    types = [node.graphql for node in NODES.values()]
    return strawberry.Schema(Query, Mutation, types=types, config=StrawberryConfig(scalar_map=SCALARS))
