"""Listed: places of a search as a page, the nearest first, with the arguments that such fields share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias, TypeVar

import strawberry

from schema.core.connection import AFTER, FIRST, Page, check_first, decode_cursor, page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.geo import Near, NearInput
from schema.core.lookup import Q, Search
from schema.core.record import PlaceRecord

P = TypeVar("P", bound=PlaceRecord)

First: TypeAlias = Annotated[int, strawberry.argument(description=FIRST)]
After: TypeAlias = Annotated[str | None, strawberry.argument(description=AFTER)]
Around: TypeAlias = Annotated[
    NearInput | None,
    strawberry.argument(
        description=text(
            "范围；空为全部，按来源排列，无位置的也列出",
            "A circle; null for all, by source, those without a position among them",
        )
    ),
]
Radius: TypeAlias = Annotated[
    int, strawberry.argument(description=text("半径（米），最大 50000", "Metres, at most 50000"))
]


async def listed(
    info: Info,
    search: Search[Q, P],
    key: Q,
    *,
    circle: Near | None,
    first: int,
    after: str | None,
    keep: Callable[[P], bool] = lambda _: True,
    distance: Callable[[P], int | None] | None = None,
) -> Page[P]:
    """Give a page of what a search finds: in a circle, the nearest first; without one, by source and id.

    `distance` is for what stands at several places; by default it is that of the record's position.
    """
    size, cursor = check_first(first), decode_cursor(after, tuple[int, str, str])

    def metres(place: P) -> int | None:
        if circle is None:
            return None
        return circle.distance_to(place.position) if distance is None else distance(place)

    found = await info.context.search(search, key)
    info.context.report(info, found.failures)
    places = [
        place
        for place in found.items
        if keep(place) and (circle is None or ((d := metres(place)) is not None and d <= circle.radius))
    ]
    return page(
        places,
        key=lambda place: (metres(place) or 0, place.ref.source, place.ref.id),
        first=size,
        after=cursor,
        total=found.count(places),
        distance=metres,
    )
