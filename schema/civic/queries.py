"""Fields of Query: what can be reported, what has been, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated

import strawberry

from schema.civic.find import check_since, find_cases
from schema.civic.lookups import CASE_BY_REF, SERVICE_TYPES, AllServices
from schema.civic.records import CaseRecord, CaseState, ServiceTypeRecord
from schema.civic.types import Case, ServiceType
from schema.community.gazetteer import COMMUNITIES
from schema.core.connection import Connection, Page, check_first, decode_cursor, page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import local_ref, relation
from schema.core.errors import InvalidInput
from schema.core.geo import NearInput
from schema.core.listed import After, First


@strawberry.type
class CivicQuery:
    """Fields of Query."""

    @relation(
        "可上报的事项类别，按代码排序；来源全部失败时为空",
        "Kinds of matter that can be reported, by code; null where no source could answer",
        Connection[ServiceType] | None,
    )
    @staticmethod
    async def service_types(
        info: Info,
        search: Annotated[
            str | None,
            strawberry.argument(
                description=text("名称、说明或关键词中的文字", "Text in name, description or keywords")
            ),
        ] = None,
        group: Annotated[
            str | None, strawberry.argument(description=text("大类名称", "Name of a class (大类)"))
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[ServiceTypeRecord]:
        """The platforms' lists are short and have no filter: what is asked for is cut from them here."""
        size, cursor = check_first(first), decode_cursor(after, tuple[str, str])
        found = await info.context.search(SERVICE_TYPES, AllServices())
        info.context.report(info, found.failures)
        wanted = (search or "").strip().casefold()
        types = [
            item
            for item in found.items
            if group in (None, item.group)
            and any(
                wanted in (part or "").casefold() for part in (item.name, item.description, *item.keywords)
            )
        ]
        return page(
            types,
            key=lambda item: (item.code, item.ref.source),
            first=size,
            after=cursor,
            total=found.count(types),
        )

    @relation(
        "事件列表，由新到旧；`near` 与 `community` 至多给一个；来源全部失败时为空",
        "Cases, newest first; at most one of `near` and `community`; null where no source could answer",
        Connection[Case] | None,
    )
    @staticmethod
    async def cases(
        info: Info,
        near: Annotated[
            NearInput | None,
            strawberry.argument(
                description=text(
                    "此范围内，尚无位置的不列出", "Inside this circle; those without a position are left out"
                )
            ),
        ] = None,
        community: Annotated[
            str | None,
            strawberry.argument(
                description=text(
                    "所在社区的 12 位代码", "The 12-digit code of the community that they are in"
                )
            ),
        ] = None,
        states: Annotated[
            list[CaseState] | None,
            strawberry.argument(description=text("状态；空为全部", "States; null for all")),
        ] = None,
        open: Annotated[  # noqa: A002  # the field's name in the graph
            bool | None,
            strawberry.argument(
                description=text(
                    "真为未结案，假为已结案；空为全部", "True: not closed; false: closed; null: all"
                )
            ),
        ] = None,
        service_code: Annotated[
            str | None, strawberry.argument(description=text("事项代码（11 位）", "Matter code, 11 digits"))
        ] = None,
        since: Annotated[
            date | None,
            strawberry.argument(
                description=text(
                    "自此日起上报；空为 30 天前，最早 180 天前",
                    "Reported on this day or later; null: 30 days ago; at most 180 days ago",
                )
            ),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[CaseRecord]:
        """Everything but the first day is filtered here: see `CaseWindow`."""
        if near is not None and community is not None:
            raise InvalidInput("Give either `near` or `community`, not both.")
        if community is not None and community not in COMMUNITIES:
            raise InvalidInput("There is no community with this code in Longgang.")
        circle = near.resolve() if near is not None else None
        keep: list[Callable[[CaseRecord], bool]] = []
        if open is not None:
            keep.append(lambda case: case.open is open)
        if states is not None:
            keep.append(lambda case: case.state in states)
        if service_code is not None:
            keep.append(lambda case: case.service_code == service_code)
        if circle is not None:
            keep.append(lambda case: circle.holds(case.position))
        return await find_cases(
            info,
            check_since(info.context.now, since),
            keep,
            first,
            after,
            community=COMMUNITIES[community] if community is not None else None,
            distance=lambda case: circle.distance_to(case.position) if circle is not None else None,
        )

    @relation("按全局 ID 读取事件", "A case by its global id", Case | None)
    @staticmethod
    async def case(
        info: Info,
        id: Annotated[  # noqa: A002  # Relay's own name
            strawberry.ID, strawberry.argument(description=text("全局 ID", "Global id"))
        ],
    ) -> CaseRecord | None:
        """Null where the platform has no such case."""
        return await info.context.load(CASE_BY_REF, local_ref(id, CaseRecord))
