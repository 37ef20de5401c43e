"""Where a resident's questions begin: communities, what is nearby, and any object by its id."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import strawberry

from schema.childcare.around import CHILDCARE_NEARBY
from schema.civic.around import CIVIC_NEARBY
from schema.classes.around import CLASSES_NEARBY
from schema.community.gazetteer import COMMUNITIES, SUBDISTRICTS, CommunityRecord, Subdistrict, communities_of
from schema.community.place import Place
from schema.community.types import Community
from schema.core.connection import Connection, Page, check_first, decode_cursor, page
from schema.core.context import Info
from schema.core.docs import enum_type, text
from schema.core.entity import NODES, Node, relation, value_type
from schema.core.errors import InvalidInput, SourceError
from schema.core.geo import Crs, near
from schema.core.ids import decode_id
from schema.core.listed import After, First, Radius
from schema.core.record import PlaceRecord
from schema.eldercare.around import ELDERCARE_NEARBY
from schema.enterprise.around import ENTERPRISE_NEARBY
from schema.goods.around import GOODS_NEARBY
from schema.health.around import HEALTH_NEARBY
from schema.hostels.around import HOSTELS_NEARBY
from schema.parking.around import PARKING_NEARBY
from schema.parking.charging.around import CHARGING_NEARBY
from schema.reading.around import READING_NEARBY
from schema.schools.around import SCHOOLS_NEARBY
from schema.sports.around import SPORTS_NEARBY
from schema.volunteering.around import VOLUNTEERING_NEARBY

_MAX_IDS = 100
_KINDS = {
    kind.name: kind
    for kind in (
        *PARKING_NEARBY,
        *CHARGING_NEARBY,
        *READING_NEARBY,
        *HEALTH_NEARBY,
        *CHILDCARE_NEARBY,
        *ELDERCARE_NEARBY,
        *HOSTELS_NEARBY,
        *SCHOOLS_NEARBY,
        *ENTERPRISE_NEARBY,
        *CIVIC_NEARBY,
        *VOLUNTEERING_NEARBY,
        *GOODS_NEARBY,
        *SPORTS_NEARBY,
        *CLASSES_NEARBY,
    )
}

PlaceKind = StrEnum("PlaceKind", {name: name for name in _KINDS})  # type: ignore[misc]  # made of the scenarios' kinds
enum_type(
    PlaceKind, "地点类别", "Kind of place", **{kind.name: (kind.zh, kind.en) for kind in _KINDS.values()}
)


@strawberry.type
class CommunityQuery:
    """The fields of Query that belong to no single scenario."""

    @relation("按 12 位行政区划代码读取社区", "A community by its 12-digit division code", Community | None)
    @staticmethod
    def community(
        code: Annotated[str, strawberry.argument(description=text("12 位代码", "The 12-digit code"))],
    ) -> CommunityRecord | None:
        """One of the 111 communities."""
        return COMMUNITIES.get(code)

    @relation("社区列表", "Communities", Connection[Community] | None)
    @staticmethod
    def communities(
        subdistrict: Annotated[
            str | None,
            strawberry.argument(
                description=text(
                    "街道的代码或名称，「街道」二字可省；空为全部",
                    "Code or name of a sub-district, also without 街道; null for all",
                )
            ),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[CommunityRecord]:
        """By code; every sub-district's are there, so a name twice (凤凰社区) is no trouble."""
        found = list(COMMUNITIES.values()) if subdistrict is None else communities_of(subdistrict)
        if not found:
            raise InvalidInput("There is no such sub-district in Longgang.")
        return page(
            found,
            key=lambda community: (community.code,),
            first=check_first(first),
            after=decode_cursor(after, tuple[str]),
            total=len(found),
        )

    @relation("全部街道", "Every sub-district", list[value_type(Subdistrict)])  # type: ignore[misc]  # a type derived at run time
    @staticmethod
    def subdistricts() -> Sequence[Subdistrict]:
        """In the order of their codes."""
        return list(SUBDISTRICTS.values())

    @relation(
        "附近的各类地点，由近及远；尚无位置的不列出；来源全部失败时为空",
        "Places that have a position, the nearest first; null where no source of any kind could answer",
        Connection[Place] | None,
    )
    @staticmethod
    async def nearby(
        info: Info,
        lat: Annotated[float, strawberry.argument(description=text("纬度（度）", "Latitude in degrees"))],
        lng: Annotated[float, strawberry.argument(description=text("经度（度）", "Longitude in degrees"))],
        radius: Radius = 1000,
        kinds: Annotated[
            list[PlaceKind] | None,
            strawberry.argument(description=text("类别；空为全部", "Kinds of place; null for all")),
        ] = None,
        crs: Annotated[
            Crs, strawberry.argument(description=text("所给坐标的坐标系", "Coordinate system of the point"))
        ] = Crs.WGS84,
        first: First = 20,
        after: After = None,
    ) -> Page[PlaceRecord]:
        """Every kind is asked for at once; a kind whose sources fail leaves the others whole."""
        circle = near(lat, lng, radius, crs)
        size, cursor = check_first(first), decode_cursor(after, tuple[int, str, str, str])
        names = dict.fromkeys(kind.value for kind in kinds) if kinds is not None else _KINDS
        asked = [_KINDS[name] for name in names]
        results = await asyncio.gather(
            *(info.context.search(kind.search, kind.key(circle, info.context.now)) for kind in asked),
            return_exceptions=True,
        )
        items: list[PlaceRecord] = []
        failures: list[SourceError] = []
        for kind, result in zip(asked, results, strict=True):
            if isinstance(result, SourceError):
                failures.append(result)
            elif isinstance(result, BaseException):
                raise result
            else:
                items.extend(i for i in result.items if kind.shows(i) and circle.holds(i.position))
                failures.extend(result.failures)
        if failures and all(isinstance(result, SourceError) for result in results):
            raise failures[0]
        info.context.report(info, failures)
        return page(
            items,
            key=lambda item: (
                circle.distance_to(item.position) or 0,
                item.kind,
                item.ref.source,
                item.ref.id,
            ),
            first=size,
            after=cursor,
            total=None if failures else len(items),
            distance=lambda item: circle.distance_to(item.position),
        )

    @relation("按全局 ID 读取任一对象", "Any object by its global id", Node | None)
    @staticmethod
    async def node(
        info: Info,
        id: Annotated[  # noqa: A002  # Relay's own name
            strawberry.ID, strawberry.argument(description=text("全局 ID", "Global id"))
        ],
    ) -> Any:
        """Null where the source has no such object any more."""
        kind, ref = decode_id(id)
        if kind not in NODES:
            raise InvalidInput("This is not an id of this graph.")
        return await NODES[kind].read(info.context, ref)

    @relation(
        "按全局 ID 批量读取，顺序与参数一致",
        "Objects by their global ids, in the order given",
        list[Node | None] | None,
    )
    @staticmethod
    async def nodes(
        info: Info,
        ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(description=text("全局 ID，最多 100 个", "Global ids, at most 100")),
        ],
    ) -> list[Any]:
        """A source that fails leaves its objects null, each with its error."""
        if len(ids) > _MAX_IDS:
            raise InvalidInput(f"At most {_MAX_IDS} ids at a time.")
        refs = [decode_id(value) for value in ids]
        if any(kind not in NODES for kind, _ in refs):
            raise InvalidInput("One of these is not an id of this graph.")
        return await asyncio.gather(
            *(NODES[kind].read(info.context, ref) for kind, ref in refs), return_exceptions=True
        )
