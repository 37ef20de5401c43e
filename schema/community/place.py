"""Place: the interface of whatever stands somewhere in the district."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.community.gazetteer import CommunityRecord, community_at
from schema.core.entity import Entity, interface, relation
from schema.core.record import PlaceRecord


@interface(PlaceRecord, "Place", "有位置的服务点或事项", "Something that stands somewhere")
class Place(Entity):
    """Name, position and the community around it."""

    @relation(
        "所在社区；位置未知或在区外时为空",
        "The community that it is in; null where the position is unknown or outside the district",
        type_=Annotated["Community", strawberry.lazy("schema.community.types")] | None,  # noqa: F821  # a lazy name
    )
    @staticmethod
    def community(root: strawberry.Parent[PlaceRecord]) -> CommunityRecord | None:
        """The community whose centre is nearest."""
        return community_at(root.position)
