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
from schema.hostels.find import check_stay, find_nights
from schema.hostels.lookups import HOSTELS
from schema.hostels.records import HostelNightRecord, YouthHostelRecord
from schema.hostels.types import Arrival, HostelNight, Nights, YouthHostel


@strawberry.type
class HostelsQuery:
    """Fields of Query."""

    @relation(
        "青年驿站，给出位置时由近及远",
        "Youth hostels; the nearest first where a point is given",
        Connection[YouthHostel] | None,
    )
    @staticmethod
    async def youth_hostels(
        info: Info,
        near: Around = None,
        filter: Filter = None,  # noqa: A002  # the field's name in the graph
        first: First = 20,
        after: After = None,
    ) -> Page[YouthHostelRecord]:
        """Read from the replica: nobody is called."""
        circle = near.resolve() if near else None
        return await listed_services(info, HOSTELS, circle, first, after, filter_=filter)

    @relation(
        "青年驿站各晚的床位，按日期、由近及远",
        "Nights in youth hostels, by evening and the nearest first",
        Connection[HostelNight] | None,
    )
    @staticmethod
    async def hostel_nights(
        info: Info,
        arrival: Arrival = None,
        nights: Nights = 1,
        near: Around = None,
        graduated_in: Annotated[
            int | None,
            strawberry.argument(
                description=text(
                    "毕业年份，只要接收的驿站；空为不限",
                    "Only hostels that take someone who graduated in this year; null for all",
                )
            ),
        ] = None,
        whole_stay: Annotated[
            bool,
            strawberry.argument(
                description=text(
                    "只要整段入住期间每晚都有空床的驿站",
                    "Only hostels with a bed free in every night of the stay",
                )
            ),
        ] = False,
        first: First = 20,
        after: After = None,
    ) -> Page[HostelNightRecord]:
        """Read from the replica: nobody is called."""
        return await find_nights(
            info,
            check_stay(info, arrival, nights),
            nights,
            circle=near.resolve() if near else None,
            graduated_in=graduated_in,
            whole_stay=whole_stay,
            first=first,
            after=after,
        )
