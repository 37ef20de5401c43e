"""Koha's REST API and DAIA, in the fewest calls that they allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from connectors.kit import (
    Code,
    Desk,
    Response,
    SourceError,
    StatusError,
    answers,
    chunked,
    gather_all,
)
from connectors.koha.availability import copy_record, instant
from connectors.koha.bookings import LoanDesk
from connectors.koha.counter import Counter
from connectors.koha.desk import HoldDesk
from connectors.koha.link import remaining_ids
from connectors.koha.mapping import biblio_record, library_record
from connectors.koha.query import Condition, one_of, search_condition
from connectors.koha.rest import IDS_PER_CALL, KohaOptions, number_of
from connectors.koha.things import KohaThings
from connectors.koha.wire import (
    BiblioRow,
    DaiaDocument,
    DaiaResponse,
    LibraryRow,
    daia_of,
    items_of,
    rows_of,
)
from schema.core.record import Position, Ref
from schema.goods.records import ThingLoanRecord
from schema.reading.holds import BiblioHoldRecord, hold_parts, holds_of
from schema.reading.lookups import (
    BIBLIO_BY_REF,
    BIBLIOS,
    HOLD_BY_REF,
    HOLDINGS,
    LIBRARIES,
    LIBRARY_BY_REF,
    AllLibraries,
    BiblioSearch,
    CatalogueSlice,
)
from schema.reading.records import BiblioRecord, HoldingsRecord, LibraryRecord

_BRANCHES_PER_CALL = 200

_biblios_of = rows_of(BiblioRow)
_libraries_of = rows_of(LibraryRow)


class KohaConnector(KohaThings):
    """One library system."""

    standard = "Koha REST API, DAIA 1.0"
    Options = KohaOptions
    books = (BiblioHoldRecord, ThingLoanRecord)

    def desk(self, kind: str) -> Desk:
        """Give the desk for holds of titles, or for loans of things."""
        return self._desks[kind]

    @cached_property
    def _desks(self) -> dict[str, Desk]:
        counter = Counter(self)
        return {
            BiblioHoldRecord.kind: HoldDesk(counter, self.holdings),
            ThingLoanRecord.kind: LoanDesk(counter, self._copies_of),
        }

    @answers(LIBRARIES)
    async def libraries(self, keys: Sequence[AllLibraries]) -> Mapping[AllLibraries, Sequence[LibraryRecord]]:
        """Give every branch that is open to the public, in one call where Koha pages so generously."""
        records = tuple(self._branches(await self._library_rows(None)))
        return dict.fromkeys(keys, records)

    @answers(LIBRARY_BY_REF)
    async def library_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, LibraryRecord]:
        """Give branches by their `library_id`, one call for all of a level."""
        parts = await gather_all(
            *(
                self._library_rows(one_of("library_id", [ref.id for ref in refs]))
                for refs in chunked(keys, IDS_PER_CALL)
            )
        )
        found = {record.ref: record for rows in parts for record in self._branches(rows)}
        return {ref: found[ref] for ref in keys if ref in found}

    @answers(BIBLIO_BY_REF)
    async def biblio_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, BiblioRecord]:
        """Give titles by their `biblio_id`, a hundred a call; what is no such number is asked of nobody."""
        return await self._titles(keys)

    @answers(BIBLIOS)
    async def biblios(self, keys: Sequence[BiblioSearch]) -> Mapping[BiblioSearch, Sequence[CatalogueSlice]]:
        """Search the catalogue: one call a search, more where Koha's own limit to a page is smaller."""
        slices = await gather_all(*(self._slice(key) for key in keys))
        return {key: (found,) for key, found in zip(keys, slices, strict=True)}

    @answers(HOLDINGS)
    async def holdings(self, keys: Sequence[Ref]) -> Mapping[Ref, HoldingsRecord]:
        """Give the copies of titles: one DAIA call for all, more where the server serves fewer at a time.

        DAIA gives items with every document; Koha itself embeds them on /biblios only from 25.11 on, and
        says nothing of services.
        """
        return await self._holdings(keys)

    @answers(HOLD_BY_REF)
    async def hold_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, BiblioHoldRecord]:
        """Give holds by title and service: the titles of Koha and their copies of DAIA, side by side."""
        wanted = {key: parts[0] for key in keys if (parts := hold_parts(key)) is not None}
        titles = list(dict.fromkeys(wanted.values()))
        biblios, holdings = await gather_all(self._titles(titles), self._holdings(titles))
        found = {
            hold.ref: hold
            for ref, biblio in biblios.items()
            if ref in holdings
            for hold in holds_of(biblio, holdings[ref])
        }
        return {key: found[key] for key in wanted if key in found}

    async def _titles(self, keys: Sequence[Ref]) -> dict[Ref, BiblioRecord]:
        numbers = {ref: number for ref in keys if (number := number_of(ref.id)) is not None}
        parts = await gather_all(
            *(
                self._biblio_rows(one_of("biblio_id", chunk), len(chunk))
                for chunk in chunked(numbers.values(), IDS_PER_CALL)
            )
        )
        now = self.upstream.now()
        found = {
            record.ref: record for rows, _, _ in parts for record in (self._biblio(row, now) for row in rows)
        }
        return {ref: found[ref] for ref in numbers if ref in found}

    async def _holdings(self, keys: Sequence[Ref]) -> dict[Ref, HoldingsRecord]:
        wanted = {
            self.options.document.replace("{biblio_id}", ref.id): ref
            for ref in keys
            if number_of(ref.id) is not None
        }
        parts = await gather_all(*(self._documents(ids) for ids in chunked(wanted, IDS_PER_CALL)))
        found: dict[Ref, HoldingsRecord] = {}
        for document, as_of in (pair for part in parts for pair in part):
            ref = wanted.get(document.requested) or wanted.get(document.id)
            if ref is None:
                continue
            copies = tuple(
                copy_record(item, self.upstream.source, as_of, self.options.departments)
                for item in items_of(document)
            )
            # A server may know several documents by one identifier.
            before = found[ref].copies if ref in found else ()
            found[ref] = HoldingsRecord(ref=ref, as_of=as_of, copies=before + copies)
        return found

    def _biblio(self, row: BiblioRow, now: datetime) -> BiblioRecord:
        return biblio_record(row, self.upstream.source, now, self.options.things)

    async def _slice(self, search: BiblioSearch) -> CatalogueSlice:
        condition = search_condition(search, self.upstream.source)
        rows, remaining, more = await self._biblio_rows(condition, search.limit)
        now = self.upstream.now()
        biblios = tuple(self._biblio(row, now) for row in rows)
        return CatalogueSlice(biblios, remaining, more)

    async def _biblio_rows(
        self, condition: Condition, wanted: int
    ) -> tuple[list[BiblioRow], int | None, bool]:
        """Give the first rows in the order of their numbers, how many there are and whether more follow."""
        rows, total, more = await self.list_rows(
            "biblios", condition, "+biblio_id", _biblios_of, per_page=wanted, wanted=wanted
        )
        return [row for row in rows if row is not None], total, more

    async def _library_rows(self, condition: Condition | None) -> list[LibraryRow]:
        rows, _, _ = await self.list_rows(
            "libraries", condition, "+library_id", _libraries_of, per_page=_BRANCHES_PER_CALL
        )
        return [row for row in rows if row is not None]

    def _branches(self, rows: Iterable[LibraryRow]) -> Iterator[LibraryRecord]:
        now = self.upstream.now()
        for row in rows:
            if row.public is not False:
                place = self.options.branches.get(row.library_id)
                position = Position(lat=place.lat, lng=place.lng) if place is not None else None
                yield library_record(row, self.upstream.source, now, position)

    async def _documents(self, ids: Sequence[str]) -> list[tuple[DaiaDocument, datetime]]:
        """Ask for documents until the server has processed every identifier."""
        found: list[tuple[DaiaDocument, datetime]] = []
        pending = [list(ids)]
        while pending:
            asked = pending.pop()
            try:
                response = await self._daia(asked)
            except StatusError as error:
                # 422: this server does not take so many identifiers, or not in so long a URL.
                if error.status != 422 or len(asked) == 1:
                    raise
                half = len(asked) // 2
                pending += [asked[half:], asked[:half]]
                continue
            as_of = instant(response.data.timestamp, self.upstream.now())
            found += ((document, as_of) for document in response.data.document)
            left = set(remaining_ids(response.headers)).intersection(asked)
            if len(left) == len(asked):
                raise SourceError(Code.SOURCE_MALFORMED, self.upstream.source, "DAIA served no identifier")
            if left:
                pending.append([key for key in asked if key in left])
        return found

    async def _daia(self, ids: Sequence[str]) -> Response[DaiaResponse]:
        return await self.read(self.options.daia, daia_of, {"format": "json", "id": "|".join(ids)})
