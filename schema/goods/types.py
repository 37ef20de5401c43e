"""Thing, ThingCopy, ThingLoan and BoardPost: their records' fields, and what leads from one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

import strawberry

from schema.community.place import Place
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import Entity, entity, relation, value_type
from schema.core.errors import InvalidInput
from schema.core.scalars import in_china
from schema.core.slot import Slot
from schema.goods.find import copies_of, thing_of
from schema.goods.loans import LONGEST_DAYS, check_days, is_free, loan
from schema.goods.lookups import COPY_BY_REF, LOAN_BY_REF, POST_BY_REF, TAKEN, THING_BY_REF
from schema.goods.records import (
    BoardPostRecord,
    ThingCopyRecord,
    ThingLoanRecord,
    ThingRecord,
    ThingTaken,
    library_ref,
)
from schema.reading.lookups import LIBRARY_BY_REF
from schema.reading.records import LibraryRecord

FIRST_DAY = text("第一天，今天或以后", "The first day, today or later")
LAST_DAY = text(
    f"最后一天（含），连同第一天至多 {LONGEST_DAYS} 天",
    f"The last day, included; at most {LONGEST_DAYS} days in all",
)


@entity(ThingCopyRecord, COPY_BY_REF, "ThingCopy")
class ThingCopy(Place):
    """Where it is kept and when it is free."""

    @relation(
        "它是哪种物品",
        "What it is one of",
        type_=Annotated["Thing", strawberry.lazy("schema.goods.types")],
    )
    @staticmethod
    def thing(root: strawberry.Parent[ThingCopyRecord]) -> ThingRecord:
        """Brought along by the copy: no call."""
        return thing_of(root)

    @relation(
        "所在图书馆；来源未说明或该馆不对外时为空",
        "The library where it is kept; null where the source does not say or the branch is not public",
        type_=Annotated["Library", strawberry.lazy("schema.reading.types")] | None,  # noqa: F821  # a lazy name
    )
    @staticmethod
    async def library(root: strawberry.Parent[ThingCopyRecord], info: Info) -> LibraryRecord | None:
        """One call a library system for the branches of all copies of a level."""
        ref = library_ref(root)
        if ref is None:
            return None
        return await info.context.load(LIBRARY_BY_REF, ref)

    @relation(
        "此后已被预订的各段时间，由早到晚；馆方未能答复时为空",
        "When it is booked from now on, in order; null where the library failed",
        type_=list[value_type(ThingTaken)] | None,  # type: ignore[misc]  # a type derived at run time
    )
    @staticmethod
    async def taken(root: strawberry.Parent[ThingCopyRecord], info: Info) -> Sequence[ThingTaken]:
        """One call a library system for all copies of a level."""
        return await info.context.load(TAKEN, root.ref) or ()

    @relation(
        "可整天借用的日期，由早到晚；馆方未能答复时为空",
        "The days on which it is free all day, in order; null where the library failed",
        type_=list[date] | None,
    )
    @staticmethod
    async def free_days(
        root: strawberry.Parent[ThingCopyRecord],
        info: Info,
        days: Annotated[
            int,
            strawberry.argument(
                description=text(
                    f"从今天起看多少天，1 至 {LONGEST_DAYS}",
                    f"Among so many days from today, 1 to {LONGEST_DAYS}",
                )
            ),
        ] = 14,
    ) -> Sequence[date]:
        """From the same call as `taken`."""
        if not 1 <= days <= LONGEST_DAYS:
            raise InvalidInput(f"`days` is between 1 and {LONGEST_DAYS}.")
        taken = await info.context.load(TAKEN, root.ref) or ()
        today = in_china(info.context.now).date()
        calendar = (today + timedelta(days=number) for number in range(days))
        return [day for day in calendar if is_free(root, taken, day, day)]

    @relation(
        "在这些天借用它；馆方未能答复时为空",
        "It for these days, free or not; null where the library failed",
        type_=Annotated["ThingLoan", strawberry.lazy("schema.goods.types")] | None,
    )
    @staticmethod
    async def loan(
        root: strawberry.Parent[ThingCopyRecord],
        info: Info,
        first_day: Annotated[date, strawberry.argument(description=FIRST_DAY)],
        last_day: Annotated[date, strawberry.argument(description=LAST_DAY)],
    ) -> ThingLoanRecord:
        """From the same call as `taken`."""
        check_days(info.context.now, first_day, last_day)
        taken = await info.context.load(TAKEN, root.ref) or ()
        return loan(root, taken, first_day, last_day)


@entity(ThingRecord, THING_BY_REF, "Thing")
class Thing(Entity):
    """Its copies."""

    @relation(
        "各件物品；馆方未能答复时为空",
        "Those that the library has of it; null where the library failed",
        type_=list[ThingCopy] | None,
    )
    @staticmethod
    async def copies(root: strawberry.Parent[ThingRecord], info: Info) -> Sequence[ThingCopyRecord]:
        """Those that its list brought; else one call a library system for all things of a level."""
        if root.copies:
            return copies_of(root)
        found = await info.context.load(THING_BY_REF, root.ref)
        return () if found is None else copies_of(found)


@entity(ThingLoanRecord, LOAN_BY_REF, "ThingLoan")
class ThingLoan(Slot):
    """Which copy it is."""

    @relation("所借的那件物品", "The copy that it lends", type_=ThingCopy)
    @staticmethod
    def copy(root: strawberry.Parent[ThingLoanRecord]) -> ThingCopyRecord:
        """Brought along: no call."""
        return root.copy


@entity(BoardPostRecord, POST_BY_REF, "BoardPost")
class BoardPost(Place):
    """A post on the neighbours' board."""
