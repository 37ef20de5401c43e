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
from schema.eldercare.lookups import ELDERCARE_SERVICES
from schema.eldercare.records import EldercareServiceRecord, EldercareType
from schema.eldercare.types import EldercareService


@strawberry.type
class EldercareQuery:
    """Fields of Query."""

    @relation(
        "养老服务，给出位置时由近及远",
        "Care of the elderly; the nearest first where a point is given",
        Connection[EldercareService] | None,
    )
    @staticmethod
    async def eldercare_services(
        info: Info,
        near: Around = None,
        type: Annotated[  # noqa: A002  # the field's name in the graph
            EldercareType | None,
            strawberry.argument(description=text("类别；空为全部", "What kind; null for all")),
        ] = None,
        filter: Filter = None,  # noqa: A002  # the field's name in the graph
        first: First = 20,
        after: After = None,
    ) -> Page[EldercareServiceRecord]:
        """Read from the replica: nobody is called."""
        circle = near.resolve() if near else None
        return await listed_services(
            info, ELDERCARE_SERVICES, circle, first, after, filter_=filter, type_=type
        )
