"""What this scenario adds to a community and to `nearby`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.childcare.lookups import CHILDCARE_CENTRES
from schema.childcare.records import ChildcareCentreRecord, ChildcareType
from schema.childcare.types import ChildcareCentre
from schema.community.gazetteer import CommunityRecord
from schema.community.service import Filter, listed_services
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.geo import near
from schema.core.listed import After, First, Radius
from schema.core.nearby import NearbyKind

CHILDCARE_NEARBY: tuple[NearbyKind, ...] = (
    NearbyKind("CHILDCARE_CENTRE", "托育机构", "Childcare", CHILDCARE_CENTRES),
)


@strawberry.type
class ChildcareOfCommunity:
    """Fields of Community."""

    @relation(
        "附近的托育机构，由近及远",
        "Childcare around it, the nearest first",
        Connection[ChildcareCentre] | None,
    )
    @staticmethod
    async def childcare_centres(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        radius: Radius = 3000,
        type: Annotated[  # noqa: A002  # the field's name in the graph
            ChildcareType | None,
            strawberry.argument(description=text("类别；空为全部", "What kind; null for all")),
        ] = None,
        filter: Filter = None,  # noqa: A002  # the field's name in the graph
        first: First = 20,
        after: After = None,
    ) -> Page[ChildcareCentreRecord]:
        """Around the community's centre; read from the replica."""
        circle = near(root.position.lat, root.position.lng, radius)
        return await listed_services(
            info, CHILDCARE_CENTRES, circle, first, after, filter_=filter, type_=type
        )
