"""Relay connections: pages over lists that grow, with cursors that stay true while they do.

A cursor holds the sort key of its record, not its place in a list, so that records which come or go
before it shift nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

import msgspec
import strawberry

from schema.core.docs import text
from schema.core.errors import InvalidInput

T = TypeVar("T")
R = TypeVar("R")
Key = TypeVar("Key", bound=tuple[int | str, ...])

MAX_PAGE = 1000
SortKey: TypeAlias = tuple[int | str, ...]

FIRST = text(f"最多返回条数（1 至 {MAX_PAGE}）", f"How many at most, 1 to {MAX_PAGE}")
AFTER = text("从此游标之后开始", "Start after this cursor")


@strawberry.type(description=text("分页信息", "Where a page stands in its list"))
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = strawberry.field(description=text("后面是否还有", "Whether more follow"))
    has_previous_page: bool = strawberry.field(description=text("前面是否还有", "Whether any come before"))
    start_cursor: str | None = strawberry.field(description=text("本页第一条的游标", "Cursor of the first"))
    end_cursor: str | None = strawberry.field(description=text("本页最后一条的游标", "Cursor of the last"))


@strawberry.type(description=text("列表中的一条", "One record of a list"))
class Edge(Generic[T]):
    """Relay's Edge, with the distance where a list is near a point."""

    node: T = strawberry.field(description=text("对象", "The object"))
    cursor: str = strawberry.field(description=text("游标", "Its cursor"))
    distance: int | None = strawberry.field(
        description=text("距所给点的直线距离（米）；未给点时为空", "Metres from the point asked for, if any")
    )


@strawberry.type(description=text("分页列表", "A page of a list"))
class Connection(Generic[T]):
    """Relay's Connection."""

    edges: list[Edge[T]] = strawberry.field(description=text("本页各条", "The records of this page"))
    page_info: PageInfo = strawberry.field(description=text("分页信息", "Where this page stands"))
    total_count: int | None = strawberry.field(
        description=text(
            "总条数；来源未给出时为空", "How many there are in all; null where sources do not say"
        )
    )


class PageInfoRecord(msgspec.Struct, frozen=True):
    """What PageInfo shows."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class EdgeRecord(msgspec.Struct, Generic[R], frozen=True):
    """What Edge shows."""

    node: R
    cursor: str
    distance: int | None = None


class Page(msgspec.Struct, Generic[R], frozen=True):
    """What Connection shows."""

    edges: Sequence[EdgeRecord[R]]
    page_info: PageInfoRecord
    total_count: int | None


def page(
    items: Sequence[R],
    *,
    key: Callable[[R], SortKey],
    first: int,
    after: SortKey | None = None,
    total: int | None = None,
    more: bool = False,
    distance: Callable[[R], int | None] = lambda _: None,
) -> Page[R]:
    """Sort records by their key and cut the page that follows a cursor.

    `key` must be unique a record. `total` and `more` are for lists of which `items` is only a part:
    how many there are in all (None: unknown) and whether more follow than `items` holds.
    """
    keyed = sorted(((key(item), item) for item in items), key=lambda pair: pair[0])
    rest = keyed if after is None else [pair for pair in keyed if pair[0] > after]
    cut = rest[:first]
    edges = [EdgeRecord(item, encode_cursor(sort_key), distance(item)) for sort_key, item in cut]
    return Page(
        edges,
        PageInfoRecord(
            has_next_page=more or len(rest) > len(cut),
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        total,
    )


def check_first(first: int) -> int:
    """Hold the size of a page to what is allowed."""
    if not 1 <= first <= MAX_PAGE:
        raise InvalidInput(f"`first` is between 1 and {MAX_PAGE}.")
    return first


def encode_cursor(key: SortKey) -> str:
    """Give the opaque form of a sort key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode("ascii")


def decode_cursor(cursor: str | None, shape: type[Key]) -> Key | None:
    """Give the sort key of a cursor; `shape` is the key's own type, such as tuple[int, str]."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=shape)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("The cursor is not one of this list's.") from error
