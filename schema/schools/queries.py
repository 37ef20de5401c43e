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
from schema.schools.lookups import SCHOOL_SERVICES
from schema.schools.records import SchoolServiceRecord, SchoolServiceType
from schema.schools.types import SchoolService


@strawberry.type
class SchoolsQuery:
    """Fields of Query."""

    @relation(
        "示范校、专家团队与教学资源，给出位置时由近及远",
        "Model schools, expert teams and teaching resources; the nearest first where a point is given",
        Connection[SchoolService] | None,
    )
    @staticmethod
    async def school_services(
        info: Info,
        near: Around = None,
        type: Annotated[  # noqa: A002  # the field's name in the graph
            SchoolServiceType | None,
            strawberry.argument(description=text("类别；空为全部", "What kind; null for all")),
        ] = None,
        filter: Filter = None,  # noqa: A002  # the field's name in the graph
        first: First = 20,
        after: After = None,
    ) -> Page[SchoolServiceRecord]:
        """Read from the replica: nobody is called."""
        circle = near.resolve() if near else None
        return await listed_services(info, SCHOOL_SERVICES, circle, first, after, filter_=filter, type_=type)
