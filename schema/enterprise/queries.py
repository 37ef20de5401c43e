"""Fields of Query."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.community.service import Filter, listed_services
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.listed import After, Around, First
from schema.enterprise.lookups import ENTERPRISE_SERVICES
from schema.enterprise.records import EnterpriseServiceRecord, EnterpriseServiceType
from schema.enterprise.types import EnterpriseService


@strawberry.type
class EnterpriseQuery:
    """Fields of Query."""

    @relation(
        "惠企政策、产业园区与服务专员，给出位置时由近及远",
        "Policies, industrial parks and offices for enterprises; the nearest first where a point is given",
        Connection[EnterpriseService] | None,
    )
    @staticmethod
    async def enterprise_services(
        info: Info,
        near: Around = None,
        type: Annotated[  # noqa: A002  # the field's name in the graph
            EnterpriseServiceType | None,
            strawberry.argument(description=text("类别；空为全部", "What kind; null for all")),
        ] = None,
        filter: Filter = None,  # noqa: A002  # the field's name in the graph
        first: First = 20,
        after: After = None,
    ) -> Page[EnterpriseServiceRecord]:
        """Read from the replica: nobody is called."""
        circle = near.resolve() if near else None
        return await listed_services(
            info, ENTERPRISE_SERVICES, circle, first, after, filter_=filter, type_=type
        )
