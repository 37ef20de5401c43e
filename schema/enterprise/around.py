"""What this scenario adds to a community and to `nearby`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.community.gazetteer import CommunityRecord
from schema.community.service import Filter, listed_services
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.geo import near
from schema.core.listed import After, First, Radius
from schema.core.nearby import NearbyKind
from schema.enterprise.lookups import ENTERPRISE_SERVICES
from schema.enterprise.records import EnterpriseServiceRecord, EnterpriseServiceType
from schema.enterprise.types import EnterpriseService

ENTERPRISE_NEARBY: tuple[NearbyKind, ...] = (
    NearbyKind("ENTERPRISE_SERVICE", "企业服务", "Service for enterprises", ENTERPRISE_SERVICES),
)


@strawberry.type
class EnterpriseOfCommunity:
    """Fields of Community."""

    @relation(
        "附近的产业园区与企业服务，由近及远",
        "Industrial parks and offices for enterprises around it, the nearest first",
        Connection[EnterpriseService] | None,
    )
    @staticmethod
    async def enterprise_services(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        radius: Radius = 5000,
        type: Annotated[  # noqa: A002  # the field's name in the graph
            EnterpriseServiceType | None,
            strawberry.argument(description=text("类别；空为全部", "What kind; null for all")),
        ] = None,
        filter: Filter = None,  # noqa: A002  # the field's name in the graph
        first: First = 20,
        after: After = None,
    ) -> Page[EnterpriseServiceRecord]:
        """Around the community's centre; read from the replica."""
        circle = near(root.position.lat, root.position.lng, radius)
        return await listed_services(
            info, ENTERPRISE_SERVICES, circle, first, after, filter_=filter, type_=type
        )
