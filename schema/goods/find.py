"""Things and posts, cut from short lists: by place, category, words, and the days on which they are free."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from schema.community.gazetteer import CommunityRecord, community_at
from schema.core.connection import Page, SortKey, check_first, decode_cursor, page
from schema.core.context import Info
from schema.core.errors import SourceError
from schema.core.geo import Near
from schema.core.record import Ref
from schema.goods.loans import check_days, loan
from schema.goods.lookups import COPIES, POSTS, TAKEN, AllPosts, AllThings
from schema.goods.records import (
    BoardKind,
    BoardPostRecord,
    BoardStatus,
    GoodsCategory,
    ThingCopyRecord,
    ThingLoanRecord,
    ThingRecord,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def find_things(
    info: Info,
    circle: Near | None,
    categories: Collection[GoodsCategory] | None,
    search: str | None,
    first: int,
    after: str | None,
) -> Page[ThingRecord]:
    """Give a page of things with a copy in a circle, the nearest first, or of all by name.

    One call a library system, copies included: a thing brings those that its list has.
    """
    size, cursor = check_first(first), decode_cursor(after, tuple[int, str, str, str])
    found = await info.context.search(COPIES, AllThings())
    info.context.report(info, found.failures)
    kept = [copy for copy in found.items if _fits(copy, circle, categories, search)]
    wanted = {copy.thing.ref for copy in kept}
    copies: dict[Ref, list[ThingCopyRecord]] = {}
    for copy in found.items:
        if copy.thing.ref in wanted:
            copies.setdefault(copy.thing.ref, []).append(copy)
    things = [
        msgspec.structs.replace(
            thing_of(its[0]), copies=tuple(sorted(its, key=lambda copy: (len(copy.ref.id), copy.ref.id)))
        )
        for its in copies.values()
    ]

    def distance(thing: ThingRecord) -> int | None:
        if circle is None:
            return None
        return min(d for copy in thing.copies if (d := circle.distance_to(copy.position)) is not None)

    return page(
        things,
        key=lambda thing: (distance(thing) or 0, thing.name, thing.ref.source, thing.ref.id),
        first=size,
        after=cursor,
        total=found.count(things),
        distance=distance,
    )


async def find_loans(
    info: Info,
    days: tuple[date, date],
    circle: Near | None,
    categories: Collection[GoodsCategory] | None,
    thing: Ref | None,
    first: int,
    after: str | None,
) -> Page[ThingLoanRecord]:
    """Give a page of the copies that are free throughout some days, the nearest first, or by name.

    Two calls a library system: its things, and the bookings of those that fit.
    """
    size, cursor = check_first(first), decode_cursor(after, tuple[int, str, str, str])
    check_days(info.context.now, *days)
    found = await info.context.search(COPIES, AllThings(), None if thing is None else [thing.source])
    failures = list(found.failures)
    loans: list[ThingLoanRecord] = []
    kept: dict[str, list[ThingCopyRecord]] = {}
    for copy in found.items:
        if thing in (None, copy.thing.ref) and copy.lendable and _fits(copy, circle, categories, None):
            kept.setdefault(copy.ref.source, []).append(copy)
    answers = await asyncio.gather(*(_loans(info, copies, days) for copies in kept.values()))
    for answer in answers:
        if isinstance(answer, SourceError):
            failures.append(answer)
        else:
            loans += answer
    if answers and all(isinstance(answer, SourceError) for answer in answers):
        raise failures[0]
    info.context.report(info, failures)
    free = [each for each in loans if each.places_left]

    def distance(each: ThingLoanRecord) -> int | None:
        return None if circle is None else circle.distance_to(each.copy.position)

    return page(
        free,
        key=lambda each: (distance(each) or 0, each.copy.name, each.ref.source, each.ref.id),
        first=size,
        after=cursor,
        total=None if failures else len(free),
        distance=distance,
    )


async def find_posts(
    info: Info,
    circle: Near | None,
    wanted: PostFilter,
    first: int,
    after: str | None,
) -> Page[BoardPostRecord]:
    """Give a page of the board: the nearest first in a circle, else the newest first."""
    size, cursor = check_first(first), decode_cursor(after, tuple[int, int, str, str])
    found = await info.context.search(POSTS, AllPosts())
    info.context.report(info, found.failures)
    posts = [
        post
        for post in found.items
        if (circle is None or circle.holds(post.position)) and wanted.keeps(post, info.context.now)
    ]

    def distance(post: BoardPostRecord) -> int | None:
        return None if circle is None else circle.distance_to(post.position)

    def key(post: BoardPostRecord) -> SortKey:
        return (distance(post) or 0, -_millis(post.posted_at), post.ref.source, post.ref.id)

    return page(posts, key=key, first=size, after=cursor, total=found.count(posts), distance=distance)


class PostFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of posts; None asks nothing."""

    kind: BoardKind | None = None
    categories: Collection[GoodsCategory] | None = None
    status: BoardStatus | None = None
    search: str | None = None
    community: CommunityRecord | None = None

    def keeps(self, post: BoardPostRecord, now: datetime) -> bool:
        """Say whether a post holds still and is what was asked for."""
        return (
            (post.expires_at is None or now < post.expires_at)
            and self.kind in (None, post.post_kind)
            and (self.categories is None or post.category in self.categories)
            and self.status in (None, post.status)
            and _speaks_of(self.search, post.name, post.description)
            and (self.community is None or community_at(post.position) is self.community)
        )


def thing_of(copy: ThingCopyRecord) -> ThingRecord:
    """Give what a copy brought of its thing, as stale as the copy is."""
    return msgspec.structs.replace(copy.thing, stale=True) if copy.stale else copy.thing


def copies_of(thing: ThingRecord) -> Sequence[ThingCopyRecord]:
    """Give the copies that a thing brought, as stale as the thing is."""
    if not thing.stale:
        return thing.copies
    return [msgspec.structs.replace(copy, stale=True) for copy in thing.copies]


async def _loans(
    info: Info, copies: Sequence[ThingCopyRecord], days: tuple[date, date]
) -> Sequence[ThingLoanRecord] | SourceError:
    """One library system's copies for some days, or why it could not say which are free."""
    try:
        taken = await info.context.load_many(TAKEN, [copy.ref for copy in copies])
    except SourceError as error:
        return error
    return [loan(copy, spans or (), *days) for copy, spans in zip(copies, taken, strict=True)]


def _fits(
    copy: ThingCopyRecord,
    circle: Near | None,
    categories: Collection[GoodsCategory] | None,
    search: str | None,
) -> bool:
    thing = copy.thing
    return (
        (circle is None or circle.holds(copy.position))
        and (categories is None or thing.category in categories)
        and _speaks_of(search, thing.name, thing.name_en, thing.maker, thing.description)
    )


def _speaks_of(search: str | None, *said: str | None) -> bool:
    """Say whether every word stands somewhere in what is said of a thing."""
    whole = "\n".join(part for part in said if part).casefold()
    return all(word in whole for word in (search or "").casefold().split())


def _millis(at: datetime | None) -> int:
    return 0 if at is None else (at - _EPOCH) // timedelta(milliseconds=1)
