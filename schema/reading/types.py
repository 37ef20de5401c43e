"""Library, Biblio, Copy and BiblioHold: their records' fields, and what leads from one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
import strawberry

from schema.community.place import Place
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import Entity, entity, part, relation, value_type
from schema.core.record import Ref
from schema.core.slot import Slot
from schema.reading.holds import BiblioHoldRecord, holds_of
from schema.reading.lookups import BIBLIO_BY_REF, HOLD_BY_REF, HOLDINGS, LIBRARY_BY_REF
from schema.reading.records import (
    Availability,
    BiblioRecord,
    CopyRecord,
    CopyStatus,
    LibraryRecord,
    availability,
)


@entity(LibraryRecord, LIBRARY_BY_REF, "Library")
class Library(Place):
    """A branch of a library system."""


@part(CopyRecord, "Copy")
class Copy:
    """An item of a title."""

    @relation(
        "所在图书馆；来源未说明或该馆不对外时为空",
        "The library where it is; null where the source does not say or the branch is not public",
        type_=Library | None,
    )
    @staticmethod
    async def library(root: strawberry.Parent[CopyRecord], info: Info) -> LibraryRecord | None:
        """One call a library system for the branches of all copies of a level."""
        if root.library_id is None:
            return None
        return await info.context.load(LIBRARY_BY_REF, Ref(root.source, root.library_id))


@entity(BiblioRecord, BIBLIO_BY_REF, "Biblio")
class Biblio(Entity):
    """A title in one library system's catalogue."""

    @relation(
        "各册馆藏；空列表表示该馆没有可查的馆藏，为空（null）表示该馆的馆藏服务不知此书目或未能答复",
        "Its copies; an empty list: the library has none to show; null: its availability service does not"
        " know the title, or could not answer",
        type_=list[Copy] | None,
    )
    @staticmethod
    async def copies(
        root: strawberry.Parent[BiblioRecord],
        info: Info,
        available_only: Annotated[
            bool,
            strawberry.argument(
                description=text("只列目前可外借的", "Only those that can be borrowed now (AVAILABLE)")
            ),
        ] = False,
    ) -> Sequence[CopyRecord] | None:
        """One call a library system for the copies of all titles of a level."""
        holdings = await info.context.load(HOLDINGS, root.ref)
        if holdings is None:
            return None
        copies = [
            copy for copy in holdings.copies if not available_only or copy.status is CopyStatus.AVAILABLE
        ]
        return [msgspec.structs.replace(copy, stale=True) for copy in copies] if holdings.stale else copies

    @relation(
        "馆藏概况；该馆的馆藏服务不知此书目或未能答复时为空",
        "Its copies in numbers; null where the library's availability service does not know the title, or"
        " could not answer",
        type_=value_type(Availability) | None,
    )
    @staticmethod
    async def availability(root: strawberry.Parent[BiblioRecord], info: Info) -> Availability | None:
        """Made from the copies: asked for beside them it costs nothing."""
        holdings = await info.context.load(HOLDINGS, root.ref)
        return None if holdings is None else availability(holdings)

    @relation(
        "可以预约的：外借一项，须预约的馆内阅览一项；都不可预约时为空列表，该馆的馆藏服务不知此书目或未能答复时"
        "为空（null）",
        "What of it can be asked for: to borrow, and to use inside where that has to be asked for; an empty"
        " list: neither; null: its availability service does not know the title, or could not answer",
        type_=list[Annotated["BiblioHold", strawberry.lazy("schema.reading.types")]] | None,
    )
    @staticmethod
    async def slots(root: strawberry.Parent[BiblioRecord], info: Info) -> Sequence[BiblioHoldRecord] | None:
        """Made from the copies: asked for beside them it costs nothing."""
        holdings = await info.context.load(HOLDINGS, root.ref)
        return None if holdings is None else holds_of(root, holdings)


@entity(BiblioHoldRecord, HOLD_BY_REF, "BiblioHold")
class BiblioHold(Slot):
    """Of which title it is."""

    @relation("所预约的书目", "The title that it is for", Biblio)
    @staticmethod
    def biblio(root: strawberry.Parent[BiblioHoldRecord]) -> BiblioRecord:
        """Brought along: no call."""
        return msgspec.structs.replace(root.biblio, stale=True) if root.stale else root.biblio
