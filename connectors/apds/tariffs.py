"""Which rate tables hold where: the standard's way from place to right specification to rate table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.apds.listing import Lists
from connectors.apds.places import right_of
from connectors.apds.rates import in_order, tariff
from connectors.apds.wire import RateTable, RightSpecification, decoder
from connectors.kit import StatusError, chunked, gather_all
from schema.parking.lookups import TariffsKey
from schema.parking.records import RightRecord, TariffRecord

RATES_EXPAND = "rateLineCollections,rateLineCollections.rateLines"
_PLACES = 100
"""Ids in one URL."""
NO_SUCH_LIST = (404, 405, 501)

_decode_rate = decoder(RateTable)
_decode_specification = decoder(RightSpecification)


class Tariffs:
    """Tariffs of one source's car parks.

    A rate table names neither its places nor its rights, so one `/rates` for several car parks does
    not say which table is whose. The places name their rights and `/rights/specs` the rate tables of
    each (`rateEligibility`). Hence, for car parks grouped by their rights:

    - groups of which every right's tables are known: one `/rates` for one place of each;
    - a group with a right whose tables are not (an operator may omit `rateEligibility`, or have no
      such list): `/rates` for one of its places, which gives its tables and no others.
    """

    def __init__(self, lists: Lists, source: str) -> None:
        self._lists = lists
        self._source = source

    async def rights(self) -> Sequence[RightRecord]:
        """Give the rights with rate tables; none where the operator has no list of rights."""

        def make(body: bytes, _: datetime) -> RightRecord:
            one = _decode_specification(body)
            tables = (e.rate_table.id for e in one.rate_eligibility if e.rate_table is not None)
            return RightRecord(right=right_of(one.id, one.version), tariffs=tuple(dict.fromkeys(tables)))

        try:
            found = await self._lists.whole("rights/specs", {"expand": "rateEligibility"}, make)
        except StatusError as error:
            if error.status in NO_SUCH_LIST:
                return ()
            raise
        # A list that changes between its pages may show a right twice.
        return tuple({one.right: one for one in found if one.tariffs}.values())

    async def of(
        self, keys: Sequence[TariffsKey], now: datetime
    ) -> Mapping[TariffsKey, Sequence[TariffRecord]]:
        """Give every group its tariffs, none where the operator tells none."""
        open_ = [key for key in keys if key.tariffs is None]
        of_known, *of_open = await gather_all(
            self._rates([key.place for key in keys if key.tariffs is not None], now),
            *(self._rates([key.place], now) for key in open_),
        )
        answers: dict[TariffsKey, Sequence[TariffRecord]] = {
            key: in_order([of_known[id_] for id_ in key.tariffs if id_ in of_known])
            for key in keys
            if key.tariffs is not None
        }
        for key, rates in zip(open_, of_open, strict=True):
            answers[key] = in_order(list(rates.values()))
        return answers

    async def _rates(self, places: Sequence[str], now: datetime) -> dict[str, TariffRecord]:
        """Give the tariffs in force at any of these places, by id."""

        def make(body: bytes, at: datetime) -> TariffRecord | None:
            return tariff(_decode_rate(body), self._source, now, at)

        parts = await gather_all(
            *(
                self._lists.whole("rates", {"place": ",".join(chunk), "expand": RATES_EXPAND}, make)
                for chunk in chunked(places, _PLACES)
            )
        )
        return {one.ref.id: one for part in parts for one in part if one is not None}
