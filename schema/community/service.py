"""PublicService: the interface of the services of every directory, and how they are listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias, TypeVar

import strawberry

from schema.community.place import Place
from schema.core.connection import Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import interface, relation, value_type
from schema.core.errors import InvalidInput
from schema.core.geo import Near
from schema.core.hours import OpeningHours
from schema.core.listed import listed
from schema.core.lookup import Search
from schema.core.schedule import OpenDay, open_days, plain_week
from schema.core.service import ServiceFilter, ServiceRecord, ServiceStatus

S = TypeVar("S", bound=ServiceRecord)

MAX_DAYS = 31
Filter: TypeAlias = Annotated[
    ServiceFilter | None, strawberry.argument(description=text("筛选；空为不限", "Conditions; null for none"))
]
Days: TypeAlias = Annotated[
    int,
    strawberry.argument(
        description=text(f"从今天起多少天，1 至 {MAX_DAYS}", f"So many days from today on, 1 to {MAX_DAYS}")
    ),
]


@interface(ServiceRecord, "PublicService", "公共服务", "A service of a directory")
class PublicService(Place):
    """Its hours."""

    @relation(
        "每周固定的开放时间；按月、隔周或临时的安排见 openDays；工作日写作周一至周五",
        "What holds every week; what is by the month, by turns or for a time is in openDays. Working days are"
        " Monday to Friday here",
        list[value_type(OpeningHours)],  # type: ignore[misc]  # a type derived at run time
    )
    @staticmethod
    def opening_hours(root: strawberry.Parent[ServiceRecord], info: Info) -> Sequence[OpeningHours]:
        """As of the request's day."""
        return plain_week(root.schedules, info.context.now.date())

    @relation(
        "未来若干天的实际开放时段，已计入节假日、调休与闭馆；暂停服务或开放时间未知时为空",
        "Its hours on the coming days, holidays, make-up days and closures taken into account; null where"
        " it is closed for a time or its hours are unknown",
        list[value_type(OpenDay)] | None,  # type: ignore[misc]  # a type derived at run time
    )
    @staticmethod
    def open_days(
        root: strawberry.Parent[ServiceRecord], info: Info, days: Days = 7
    ) -> Sequence[OpenDay] | None:
        """From the request's day on."""
        if not 1 <= days <= MAX_DAYS:
            raise InvalidInput(f"`days` is between 1 and {MAX_DAYS}.")
        if root.status is not ServiceStatus.ACTIVE or root.open_at(info.context.now) is None:
            return None
        return open_days(root.schedules, info.context.now.date(), days)

    @relation("此刻是否开放；开放时间未知时为空", "Whether it is open now; null where its hours are unknown")
    @staticmethod
    def open_now(root: strawberry.Parent[ServiceRecord], info: Info) -> bool | None:
        """At the request's instant."""
        return root.open_at(info.context.now)


async def listed_services(
    info: Info,
    search: Search[Near | None, S],
    circle: Near | None,
    first: int,
    after: str | None,
    *,
    filter_: ServiceFilter | None = None,
    type_: object = None,
) -> Page[S]:
    """Give a page of services: the nearest first by the nearest of their places, or by source and id."""
    passes = (filter_ or ServiceFilter()).test(info.context.now)
    return await listed(
        info,
        search,
        None if circle is None else circle.covering(),
        circle=circle,
        first=first,
        after=after,
        keep=lambda service: passes(service) and type_ in (None, getattr(service, "type", None)),
        distance=lambda service: service.distance_from(circle),
    )
