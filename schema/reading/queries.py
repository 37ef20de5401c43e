"""Fields of Query: libraries, and the titles that they have."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import local_ref, relation
from schema.core.geo import NearInput
from schema.core.listed import After, First
from schema.reading.find import MAX_SEARCH, find_biblios, find_libraries
from schema.reading.lookups import BiblioField
from schema.reading.records import BiblioRecord, LibraryRecord
from schema.reading.types import Biblio, Library


@strawberry.type
class ReadingQuery:
    """Fields of Query."""

    @relation(
        "图书馆，给出 `near` 时由近及远；来源全部失败时为空",
        "Libraries, the nearest first where `near` is given; null where no source could answer",
        Connection[Library] | None,
    )
    @staticmethod
    async def libraries(
        info: Info,
        near: Annotated[
            NearInput | None,
            strawberry.argument(
                description=text(
                    "此范围内，尚无位置的不列出；空为全部",
                    "Inside this circle, those without a position left out; null: all",
                )
            ),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[LibraryRecord]:
        """One call a library system, and none while its list is fresh."""
        return await find_libraries(info, near.resolve() if near is not None else None, first, after)

    @relation(
        "在各馆目录中检索，按编目号排序；来源全部失败时为空",
        "Titles in the catalogues, by record number; null where no source could answer",
        Connection[Biblio] | None,
    )
    @staticmethod
    async def biblios(
        info: Info,
        search: Annotated[
            str,
            strawberry.argument(
                description=text(
                    f"检索词，以空格分开的各词须同时出现，最多 {MAX_SEARCH} 个字符；ISBN 可带连字符",
                    "Words to look for, all of them, with blanks between, at most"
                    f" {MAX_SEARCH} characters; an ISBN may have hyphens",
                )
            ),
        ],
        field: Annotated[
            BiblioField,
            strawberry.argument(description=text("检索范围", "What part of the description is searched")),
        ] = BiblioField.ANY,
        libraries: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(
                description=text(
                    "只检索这些图书馆所属馆系统的目录（同一馆系统各馆共用目录）；空为全部",
                    "Only the catalogues of the library systems that these libraries belong to (all branches"
                    " of a system share one); null: all",
                )
            ),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[BiblioRecord]:
        """One call a catalogue and page."""
        sources = None if libraries is None else {local_ref(id_, LibraryRecord).source for id_ in libraries}
        return await find_biblios(info, search, field, sources, first, after)
