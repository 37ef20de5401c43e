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
from schema.schools.lookups import SCHOOL_SERVICES
from schema.schools.records import SchoolServiceRecord, SchoolServiceType
from schema.schools.types import SchoolService

SCHOOLS_NEARBY: tuple[NearbyKind, ...] = (
    NearbyKind("SCHOOL_SERVICE", "学校与教学资源", "School or teaching resource", SCHOOL_SERVICES),
)


@strawberry.type
class SchoolsOfCommunity:
    """Fields of Community."""

    @relation(
        "附近的示范校与教学资源，由近及远",
        "Model schools and teaching resources around it, the nearest first",
        Connection[SchoolService] | None,
    )
    @staticmethod
    async def school_services(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        radius: Radius = 3000,
        type: Annotated[  # noqa: A002  # the field's name in the graph
            SchoolServiceType | None,
            strawberry.argument(description=text("类别；空为全部", "What kind; null for all")),
        ] = None,
        filter: Filter = None,  # noqa: A002  # the field's name in the graph
        first: First = 20,
        after: After = None,
    ) -> Page[SchoolServiceRecord]:
        """Around the community's centre; read from the replica."""
        circle = near(root.position.lat, root.position.lng, radius)
        return await listed_services(info, SCHOOL_SERVICES, circle, first, after, filter_=filter, type_=type)
