"""Things that a library lends: items of their own types, and the days on which they are booked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec
import structlog

from connectors.kit import answers, chunked, gather_all
from connectors.koha.query import Condition, one_of
from connectors.koha.rest import IDS_PER_CALL, KohaRest, number_of
from connectors.koha.wire import BookingRow, ItemRow, rows_of
from schema.core.record import Position, Ref
from schema.core.scalars import in_china
from schema.goods.loans import loan, loan_parts
from schema.goods.lookups import COPIES, COPY_BY_REF, LOAN_BY_REF, TAKEN, THING_BY_REF, AllThings
from schema.goods.records import (
    GoodsCategory,
    ThingCopyRecord,
    ThingLoanRecord,
    ThingRecord,
    ThingTaken,
)

_log = structlog.get_logger("connectors.koha")
_PER_PAGE = 100
"""What Koha gives at most a page unless it is set up otherwise."""
_GIVEN_UP = frozenset({"cancelled", "completed"})

_items_of = rows_of(ItemRow)
_bookings_of = rows_of(BookingRow)


class KohaThings(KohaRest):
    """The lookups of 好物分享 that a library answers."""

    @answers(COPIES)
    async def copies(self, keys: Sequence[AllThings]) -> Mapping[AllThings, Sequence[ThingCopyRecord]]:
        """Every item of the types that are things, with what it is: `/items` with `biblio` embedded."""
        return dict.fromkeys(keys, tuple(await self._copies({})))

    @answers(COPY_BY_REF)
    async def copy_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, ThingCopyRecord]:
        """Items by their `item_id`, a hundred a call; those that are no things are not found."""
        return await self._copies_of(keys)

    @answers(THING_BY_REF)
    async def thing_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, ThingRecord]:
        """Things by their `biblio_id`, with their copies, a hundred a call."""
        copies: dict[Ref, list[ThingCopyRecord]] = {}
        for copy in await self._copies_by("biblio_id", [key.id for key in keys]):
            copies.setdefault(copy.thing.ref, []).append(copy)
        return {
            key: msgspec.structs.replace(copies[key][0].thing, copies=tuple(copies[key]))
            for key in keys
            if key in copies
        }

    @answers(TAKEN)
    async def taken(self, keys: Sequence[Ref]) -> Mapping[Ref, Sequence[ThingTaken]]:
        """Bookings of a hundred items a call; who booked is not looked at."""
        return await self._taken(keys)

    @answers(LOAN_BY_REF)
    async def loan_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, ThingLoanRecord]:
        """Some days of a copy: the copies and their bookings, side by side, for all of a level."""
        parts = {key: found for key in keys if (found := loan_parts(key)) is not None}
        refs = list(dict.fromkeys(copy for copy, _, _ in parts.values()))
        if not refs or not self.options.things:
            return {}
        copies, taken = await gather_all(self._copies_of(refs), self._taken(refs))
        return {
            key: loan(copies[copy], taken.get(copy, ()), first, last)
            for key, (copy, first, last) in parts.items()
            if copy in copies
        }

    async def _copies_of(self, refs: Sequence[Ref]) -> dict[Ref, ThingCopyRecord]:
        found = {copy.ref: copy for copy in await self._copies_by("item_id", [ref.id for ref in refs])}
        return {ref: found[ref] for ref in refs if ref in found}

    async def _taken(self, refs: Sequence[Ref]) -> dict[Ref, Sequence[ThingTaken]]:
        numbers = {ref: number for ref in refs if (number := number_of(ref.id)) is not None}
        parts = await gather_all(
            *(
                self.list_rows(
                    "bookings", one_of("item_id", chunk), "+booking_id", _bookings_of, per_page=_PER_PAGE
                )
                for chunk in chunked(numbers.values(), IDS_PER_CALL)
            )
        )
        spans: dict[int, list[ThingTaken]] = {number: [] for number in numbers.values()}
        for item, span in _spans([row for rows, _, _ in parts for row in rows], self.upstream.now()):
            if item in spans:
                spans[item].append(span)
        return {ref: tuple(sorted(spans[n], key=lambda s: (s.start, s.end))) for ref, n in numbers.items()}

    async def _copies_by(self, attribute: str, ids: Sequence[str]) -> list[ThingCopyRecord]:
        numbers = dict.fromkeys(number for id_ in ids if (number := number_of(id_)) is not None)
        parts = await gather_all(
            *(self._copies(one_of(attribute, chunk)) for chunk in chunked(numbers, IDS_PER_CALL))
        )
        return [copy for part in parts for copy in part]

    async def _copies(self, condition: Condition) -> list[ThingCopyRecord]:
        if not self.options.things:
            return []
        rows, _, _ = await self.list_rows(
            "items",
            {**one_of("item_type_id", self.options.things), **condition},
            "+item_id",
            _items_of,
            per_page=_PER_PAGE,
            embed="biblio",
        )
        return list(self._records([row for row in rows if row is not None]))

    def _records(self, rows: Sequence[ItemRow]) -> Iterator[ThingCopyRecord]:
        now, source = self.upstream.now(), self.upstream.source
        for row in rows:
            biblio = row.biblio
            name = (biblio.title or "").strip()
            if not name:
                # A thing without a name cannot be asked for.
                continue
            library = row.holding_library_id or row.home_library_id
            place = self.options.branches.get(library or "")
            yield ThingCopyRecord(
                ref=Ref(source, str(row.item_id)),
                as_of=now,
                name=name,
                name_en=_ascii(biblio.subtitle),
                position=None if place is None else Position(lat=place.lat, lng=place.lng),
                call_number=_text(row.callnumber),
                storage=_text(row.location),
                replacement_price=_money(row.replacement_price),
                lendable=not (
                    row.lost_status or row.damaged_status or row.withdrawn or row.not_for_loan_status
                )
                and row.bookable is not False,
                thing=ThingRecord(
                    ref=Ref(source, str(biblio.biblio_id)),
                    as_of=now,
                    name=name,
                    name_en=_ascii(biblio.subtitle),
                    maker=_text(biblio.publisher),
                    description=_text(biblio.abstract),
                    category=self._category(row.collection_code),
                ),
                library_id=library,
                out_until=_due(row.checked_out_date, now),
            )

    def _category(self, code: str | None) -> GoodsCategory:
        known = self.options.categories.get(code or "")
        if known is not None:
            return known
        try:
            return GoodsCategory((code or "").strip().upper())
        except ValueError:
            return GoodsCategory.OTHER


def _spans(rows: Sequence[BookingRow | None], now: datetime) -> Iterator[tuple[int, ThingTaken]]:
    """Give the spans that are not over; a booking that is for any copy holds no one of them."""
    for row in rows:
        if row is None or row.item_id is None or row.status in _GIVEN_UP:
            continue
        try:
            start, end = (in_china(datetime.fromisoformat(text)) for text in (row.start_date, row.end_date))
        except ValueError:
            _log.warning("unreadable entry left out", entry="BookingRow", reason="no RFC 3339 instant")
            continue
        if end > now:
            yield row.item_id, ThingTaken(start=start, end=end)


def _due(written: str | None, now: datetime) -> date | None:
    """Read `checked_out_date`: it holds the day due, whatever Koha's documentation says.

    What is out and overdue may come back any day, and is not to be had today.
    """
    if not written:
        return None
    try:
        due = date.fromisoformat(written[:10])
    except ValueError:
        return in_china(now).date()
    return max(due, in_china(now).date())


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None


def _ascii(value: str | None) -> str | None:
    found = _text(value)
    return found if found is not None and found.isascii() else None


def _money(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))
