"""Fields of Query."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.childcare.lookups import CHILDCARE_CENTRES
from schema.childcare.records import ChildcareCentreRecord, ChildcareType
from schema.childcare.types import ChildcareCentre
from schema.community.service import Filter, listed_services
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.listed import After, Around, First


@strawberry.type
class ChildcareQuery:
    """Fields of Query."""

    @relation(
        "托育机构，给出位置时由近及远",
        "Childcare; the nearest first where a point is given",
        Connection[ChildcareCentre] | None,
    )
    @staticmethod
    async def childcare_centres(
        info: Info,
        near: Around = None,
        type: Annotated[  # noqa: A002  # the field's name in the graph
            ChildcareType | None,
            strawberry.argument(description=text("类别；空为全部", "What kind; null for all")),
        ] = None,
        filter: Filter = None,  # noqa: A002  # the field's name in the graph
        first: First = 20,
        after: After = None,
    ) -> Page[ChildcareCentreRecord]:
        """Read from the replica: nobody is called."""
        circle = near.resolve() if near else None
        return await listed_services(
            info, CHILDCARE_CENTRES, circle, first, after, filter_=filter, type_=type
        )
