"""From Koha's rows to records."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime

from connectors.koha.wire import BiblioRow, LibraryRow
from schema.core.record import Position, Ref
from schema.reading.isbn import isbn_forms
from schema.reading.records import BiblioRecord, LibraryRecord

_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_LEVELS = (("省", "自治区"), ("市",), ("社区", "街道", "镇", "村"), ("区", "县"))
"""How the parts of an address in China end. 社区 ends with 区, so it is looked for first."""
_ORDER = (0, 1, 3, 2)
"""Where each of these levels stands in an address, the largest first; what is none of them stands last."""


def biblio_record(row: BiblioRow, source: str, now: datetime, things: Collection[str] = ()) -> BiblioRecord:
    """Turn a biblio into a record. Its `timestamp` says when it was last edited, not when it was true.

    `things`: the item types of what is booked by the day.
    """
    return BiblioRecord(
        ref=Ref(source, str(row.biblio_id)),
        as_of=now,
        number=row.biblio_id,
        booked=row.item_type in things,
        title=_text(row.title),
        subtitle=_text(row.subtitle),
        part_number=_text(row.part_number),
        part_name=_text(row.part_name),
        author=_text(row.author),
        isbns=_isbns(row.isbn),
        publisher=_text(row.publisher),
        publication_place=_text(row.publication_place),
        year=_year(row.publication_year) or _year(row.copyright_date),
        series=_text(row.series_title),
        edition=_text(row.edition_statement),
        pages=_text(row.pages),
        classification=_text(row.cn_class),
        abstract=_text(row.abstract),
        item_type=_text(row.item_type),
    )


def library_record(row: LibraryRow, source: str, now: datetime, position: Position | None) -> LibraryRecord:
    """Turn a branch into a record; its position is not Koha's to tell."""
    return LibraryRecord(
        ref=Ref(source, row.library_id),
        as_of=now,
        name=row.name,
        position=position,
        address=_address(row),
        phone=_text(row.phone),
        email=_text(row.email),
        website=_text(row.url),
    )


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None


def _year(value: str | int | None) -> int | None:
    """The year in what a cataloguer wrote: 2007, "c2007", "[2007]"."""
    found = _YEAR.search(str(value)) if value is not None else None
    return int(found.group()) if found else None


def _isbns(value: str | None) -> tuple[str, ...]:
    """Koha keeps all ISBNs of a title in one attribute, with bars between them."""
    written = [part.strip() for part in (value or "").split("|") if part.strip()]
    return tuple(dict.fromkeys((isbn_forms(part) or (part,))[0] for part in written))


def _address(row: LibraryRow) -> str | None:
    """Put the lines together: in Chinese the largest part comes first and nothing stands between."""
    lines = [line for line in map(_text, (row.address1, row.address2, row.address3, row.city)) if line]
    if any(_CJK.search(line) for line in lines):
        return "".join(sorted(lines, key=_level))
    return ", ".join(lines) or None


def _level(part: str) -> int:
    return next(
        (place for place, ends in zip(_ORDER, _LEVELS, strict=True) if part.endswith(ends)), len(_ORDER)
    )
