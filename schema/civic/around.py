"""What this scenario adds to a community and to `nearby`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import strawberry

from schema.civic.find import DEFAULT_DAYS, find_cases, first_day
from schema.civic.lookups import CASES_SINCE, case_window
from schema.civic.records import CaseRecord
from schema.civic.types import Case
from schema.community.gazetteer import CommunityRecord
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.listed import After, First
from schema.core.nearby import NearbyKind

CIVIC_NEARBY: tuple[NearbyKind, ...] = (
    NearbyKind(
        "CASE",
        f"近 {DEFAULT_DAYS} 天上报、尚未结案的事件",
        f"Cases of the last {DEFAULT_DAYS} days that are not closed",
        CASES_SINCE,
        key=lambda _, now: case_window(first_day(now, DEFAULT_DAYS), now.date()),
        shows=lambda case: case.open,
    ),
)


@strawberry.type
class CivicOfCommunity:
    """Fields of Community."""

    @relation(
        "本社区的事件，由新到旧；来源全部失败时为空",
        "Cases in this community, newest first; null where no source could answer",
        Connection[Case] | None,
    )
    @staticmethod
    async def cases(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        days: Annotated[
            int, strawberry.argument(description=text("近多少天，0 至 180", "Of so many last days, 0 to 180"))
        ] = DEFAULT_DAYS,
        open: Annotated[  # noqa: A002  # the field's name in the graph
            bool | None,
            strawberry.argument(
                description=text(
                    "真为未结案，假为已结案；空为全部", "True: not closed; false: closed; null: all"
                )
            ),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[CaseRecord]:
        """Those nearer to this community's centre than to any other's."""
        keep: list[Callable[[CaseRecord], bool]] = []
        if open is not None:
            keep.append(lambda case: case.open is open)
        since = first_day(info.context.now, days)
        return await find_cases(info, since, keep, first, after, community=root)
