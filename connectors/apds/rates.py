"""Rate tables (the standard's package `rate`) as tariffs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from connectors.apds.hours import hours_of, in_force
from connectors.apds.texts import names
from connectors.apds.wire import RateLine, RateLineCollection, RateTable
from connectors.kit import DecodeError
from schema.core.record import Ref
from schema.core.scalars import in_china
from schema.parking.records import TariffBasis, TariffLine, TariffRecord

_CURRENCY = "CNY"
_CENT = Decimal("0.01")
_MOST = Decimal(1_000_000)
_BASES = {
    "hourly": TariffBasis.HOURLY,
    "daily": TariffBasis.DAILY,
    "event": TariffBasis.EVENT,
    "contract": TariffBasis.CONTRACT,
}
_DURATION = re.compile(
    r"P(?:(?P<Y>\d+)Y)?(?:(?P<M>\d+)M)?(?:(?P<W>\d+)W)?(?:(?P<D>\d+)D)?"
    r"(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:\d+S)?)?"
)


def tariff(table: RateTable, source: str, now: datetime, as_of: datetime) -> TariffRecord | None:
    """Make a tariff of a rate table; None where it is not in force or meant for a closed circle only."""
    periods = table.validity.validity_time_specification.valid_periods if table.validity else ()
    hours = hours_of(periods, now)
    if table.availability == "private" or (table.validity and not in_force(table.validity, now)):
        return None
    if periods and not hours:
        # Out of season, or for public holidays only: nothing that a resident pays today.
        return None
    name, english = names(table.rate_table_name)
    collections = _collections(table.rate_line_collections, now)
    lines = tuple(
        _line(line)
        for collection in collections
        for line in sorted(collection.rate_lines, key=lambda line: line.sequence)
    )
    return TariffRecord(
        ref=Ref(source, table.id),
        as_of=as_of,
        name=name,
        name_en=english,
        basis=_BASES.get(table.rate_type or ""),
        free_minutes=_free_minutes(lines),
        lines=lines,
        daily_cap=_daily_cap(collections),
        monthly=next((line.amount for line in lines if line.per_months == 1), None),
        applicable_hours=hours,
    )


def in_order(tariffs: Sequence[TariffRecord]) -> tuple[TariffRecord, ...]:
    """Visits before contracts, then by id."""
    return tuple(sorted(tariffs, key=lambda one: (one.basis is TariffBasis.CONTRACT, one.ref.id)))


def _collections(collections: Sequence[RateLineCollection], now: datetime) -> list[RateLineCollection]:
    """Keep what is valid now and in our currency, in order: a foreign price would read as yuan."""
    return sorted(
        (
            one
            for one in collections
            if one.applicable_currency == _CURRENCY
            and (one.valid_start is None or in_china(one.valid_start) <= now)
            and (one.valid_end is None or now < in_china(one.valid_end))
        ),
        key=lambda one: one.collection_sequence,
    )


def _line(line: RateLine) -> TariffLine:
    minutes, months = _increment(line)
    timeless = line.rate_line_type == "flatRate"
    return TariffLine(
        from_minutes=None if timeless else _minutes(line.duration_start) or 0,
        to_minutes=None if timeless else _minutes(line.duration_end),
        amount=_money(line.value),
        per_minutes=minutes,
        per_months=months,
    )


def _increment(line: RateLine) -> tuple[int | None, int | None]:
    """Give the minutes or the months in which a step is charged once; neither for a flat tier."""
    if line.increment_period is None or line.rate_line_type == "flatRateTier":
        return None, None
    match = _DURATION.fullmatch(line.increment_period)
    if match is None:
        return None, None
    years, months, weeks, days, hours, minutes = (int(match[part] or 0) for part in "YMWDhm")
    if years or months:
        return None, years * 12 + months
    return (((weeks * 7 + days) * 24 + hours) * 60 + minutes) or None, None


def _free_minutes(lines: Sequence[TariffLine]) -> int | None:
    """Give the end of the steps at the start that cost nothing; None where there is no such end."""
    timed = [line for line in lines if line.from_minutes is not None]
    free = 0
    for line in timed:
        if line.amount or line.from_minutes != free:
            return free
        if line.to_minutes is None:
            return None
        free = line.to_minutes
    return free if timed else None


def _daily_cap(collections: Sequence[RateLineCollection]) -> Decimal | None:
    caps = (one.max_value_collection for one in collections)
    return next((_money(cap.currency_value) for cap in caps if cap and cap.currency_type == _CURRENCY), None)


def _minutes(value: str | None) -> int | None:
    """Read `hh:mm` or `dd:hh:mm`; None for anything else."""
    parts = (value or "").split(":")
    if len(parts) not in (2, 3) or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    days, hours, minutes = (int(part) for part in ["0", *parts][-3:])
    return (days * 24 + hours) * 60 + minutes


def _money(value: Decimal) -> Decimal:
    """To the cent: the wire's floats are not always."""
    if not value.is_finite() or abs(value) > _MOST:
        raise DecodeError("no amount of money")
    return value.quantize(_CENT, ROUND_HALF_UP)
