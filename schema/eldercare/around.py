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
from schema.eldercare.lookups import ELDERCARE_SERVICES
from schema.eldercare.records import EldercareServiceRecord, EldercareType
from schema.eldercare.types import EldercareService

ELDERCARE_NEARBY: tuple[NearbyKind, ...] = (
    NearbyKind("ELDERCARE_SERVICE", "养老服务", "Care of the elderly", ELDERCARE_SERVICES),
)


@strawberry.type
class EldercareOfCommunity:
    """Fields of Community."""

    @relation(
        "附近的养老服务，由近及远",
        "Care of the elderly around it, the nearest first",
        Connection[EldercareService] | None,
    )
    @staticmethod
    async def eldercare_services(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        radius: Radius = 3000,
        type: Annotated[  # noqa: A002  # the field's name in the graph
            EldercareType | None,
            strawberry.argument(description=text("类别；空为全部", "What kind; null for all")),
        ] = None,
        filter: Filter = None,  # noqa: A002  # the field's name in the graph
        first: First = 20,
        after: After = None,
    ) -> Page[EldercareServiceRecord]:
        """Around the community's centre; read from the replica."""
        circle = near(root.position.lat, root.position.lng, radius)
        return await listed_services(
            info, ELDERCARE_SERVICES, circle, first, after, filter_=filter, type_=type
        )
