"""The gazetteer: Longgang's 11 sub-districts and 111 communities, and which of them holds a point.

Codes and names are the public division codes of China. The centres are approximations made for this
project (see docs/architecture.md): a point belongs to the community whose centre is nearest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Annotated, ClassVar

import msgspec

from schema.core.docs import doc
from schema.core.geo import Near, distance_m
from schema.core.record import Position, Ref, Value

_FARTHEST_M = 5_000
_SOURCE = "divisions"


class Subdistrict(Value, frozen=True, kw_only=True):
    """街道。
    A sub-district.
    """

    code: Annotated[str, doc("行政区划代码（9 位）", "Division code, 9 digits")]
    name: Annotated[str, doc("名称", "Name")]


class CommunityRecord(msgspec.Struct, frozen=True):
    """社区：居民虚拟社区的入口，汇集附近的各项服务。
    A community: the resident's front door to what every service offers nearby.
    """

    kind: ClassVar[str] = "community"

    code: Annotated[str, doc("行政区划代码（12 位）", "Division code, 12 digits")]
    name: Annotated[str, doc("名称", "Name")]
    subdistrict: Annotated[Subdistrict, doc("所属街道", "The sub-district that it is part of")]
    position: Annotated[Position, doc("中心位置（近似）", "Its centre, approximately")]

    @property
    def ref(self) -> Ref:
        """Its place in global ids."""
        return Ref(_SOURCE, self.code)


class _Row(msgspec.Struct):
    code: str
    name: str
    subdistrictCode: str  # noqa: N815  # as the file has it
    subdistrict: str
    lat: float
    lng: float


def _read() -> dict[str, CommunityRecord]:
    raw = resources.files("schema.community").joinpath("communities.json").read_bytes()
    rows = msgspec.json.decode(raw, type=list[_Row])
    subdistricts = {
        row.subdistrictCode: Subdistrict(code=row.subdistrictCode, name=row.subdistrict) for row in rows
    }
    return {
        row.code: CommunityRecord(
            row.code, row.name, subdistricts[row.subdistrictCode], Position(lat=row.lat, lng=row.lng)
        )
        for row in sorted(rows, key=lambda row: row.code)
    }


COMMUNITIES = _read()
"""Every community by code, in the order of codes."""
SUBDISTRICTS = {community.subdistrict.code: community.subdistrict for community in COMMUNITIES.values()}
"""Every sub-district by code, in the order of codes."""


def _around_all() -> Near:
    lats, lngs = zip(*((c.position.lat, c.position.lng) for c in COMMUNITIES.values()), strict=True)
    lat, lng = (min(lats) + max(lats)) / 2, (min(lngs) + max(lngs)) / 2
    farthest = max(distance_m(lat, lng, *point) for point in zip(lats, lngs, strict=True))
    return Near(lat, lng, math.ceil(farthest) + _FARTHEST_M).covering()


DISTRICT = _around_all()
"""The circle that holds every point of the district, to ask sources for all that they have in it."""


def community_of(ref: Ref) -> CommunityRecord | None:
    """Give the community that a global id names, None if it names none."""
    return COMMUNITIES.get(ref.id) if ref.source == _SOURCE else None


def communities_of(subdistrict: str) -> Sequence[CommunityRecord]:
    """Give a sub-district's communities by its code or name, also without 街道; none if none has it."""
    wanted = {subdistrict, f"{subdistrict}街道"}
    return [
        c for c in COMMUNITIES.values() if not wanted.isdisjoint((c.subdistrict.code, c.subdistrict.name))
    ]


def _on_sphere(position: Position) -> tuple[float, float, float]:
    lat, lng = math.radians(position.lat), math.radians(position.lng)
    return math.cos(lat) * math.cos(lng), math.cos(lat) * math.sin(lng), math.sin(lat)


# The nearest centre is the one with the largest scalar product: a fifth of the work of 111 distances.
_CENTRES = [(*_on_sphere(community.position), community) for community in COMMUNITIES.values()]


@lru_cache(maxsize=65_536)
def community_at(position: Position | None) -> CommunityRecord | None:
    """Give the community that holds a point, None outside the district."""
    if position is None:
        return None
    x, y, z = _on_sphere(position)
    nearest = max(_CENTRES, key=lambda centre: x * centre[0] + y * centre[1] + z * centre[2])[3]
    distance = distance_m(position.lat, position.lng, nearest.position.lat, nearest.position.lng)
    return nearest if distance <= _FARTHEST_M else None
