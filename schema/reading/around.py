"""What this scenario adds to a community and to `nearby`."""

from __future__ import annotations

import strawberry

from schema.community.gazetteer import CommunityRecord
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.entity import relation
from schema.core.geo import near
from schema.core.listed import After, First, Radius
from schema.core.nearby import NearbyKind
from schema.reading.find import find_libraries
from schema.reading.lookups import LIBRARIES, AllLibraries
from schema.reading.records import LibraryRecord
from schema.reading.types import Library

READING_NEARBY: tuple[NearbyKind, ...] = (
    NearbyKind("LIBRARY", "图书馆", "Library", LIBRARIES, key=lambda _circle, _now: AllLibraries()),
)


@strawberry.type
class ReadingOfCommunity:
    """Fields of Community."""

    @relation(
        "社区中心附近的图书馆，由近及远；来源全部失败时为空",
        "Libraries around the community's centre, the nearest first; null where no source could answer",
        Connection[Library] | None,
    )
    @staticmethod
    async def libraries(
        root: strawberry.Parent[CommunityRecord],
        info: Info,
        radius: Radius = 3000,
        first: First = 20,
        after: After = None,
    ) -> Page[LibraryRecord]:
        """From the same list whichever the community: one call a library system for all of them."""
        circle = near(root.position.lat, root.position.lng, radius)
        return await find_libraries(info, circle, first, after)
