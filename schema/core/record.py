"""Records: what a connector returns and what the graph's types are derived from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

import msgspec

from schema.core.docs import doc


class Ref(msgspec.Struct, frozen=True, order=True, gc=False):
    """Where a record lives: a source's id and the source's own id for it. A locator, never a capability."""

    source: str
    id: str


class Value(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part of a record that has no identity of its own. Its docstring describes it in both languages.

    What is frozen and made of tuples and values cannot be part of a cycle: the collector need not see it.
    """


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An entity as one source tells it. `kind` is the first part of its global id and never changes.

    Not seen by the collector, as a Value is not.
    """

    kind: ClassVar[str]

    ref: Ref
    as_of: datetime
    stale: bool = False


class Position(Value, frozen=True, kw_only=True):
    """经纬度位置，默认 WGS-84。
    A position, in WGS-84 unless asked otherwise.
    """

    lat: Annotated[float, doc("纬度（度）", "Latitude in degrees")]
    lng: Annotated[float, doc("经度（度）", "Longitude in degrees")]


class PlaceRecord(Record, frozen=True, kw_only=True):
    """An entity that stands somewhere."""

    name: Annotated[str, doc("名称", "Name")]
    name_en: Annotated[str | None, doc("英文名称", "Name in English")] = None
    position: Annotated[
        Position | None, doc("位置；来源未提供时为空", "Position; null where the source has none")
    ] = None
