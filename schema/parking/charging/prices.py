"""What charging costs at an instant, and a tariff in one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from schema.core.hours import within
from schema.core.scalars import in_china
from schema.core.slot import Price
from schema.parking.charging.records import ChargingPriceLine, ChargingTariffRecord
from schema.parking.charging.words import ChargingPriceUnit


def in_force(tariff: ChargingTariffRecord, at: datetime) -> bool:
    """Whether a tariff holds at an instant."""
    return (tariff.valid_from is None or tariff.valid_from <= at) and (
        tariff.valid_until is None or at < tariff.valid_until
    )


def energy_price(tariff: ChargingTariffRecord, at: datetime) -> Price | None:
    """Give the price of the first kilowatt-hour of a session that begins at an instant.

    None where the tariff is not in force, has no price by energy, or ties it to what is not known before.
    """
    if not in_force(tariff, at):
        return None
    return next(
        (
            line.price
            for line in tariff.lines
            if line.unit is ChargingPriceUnit.KWH and _holds_at_start(line, at)
        ),
        None,
    )


def cheapest(prices: Iterable[Price | None]) -> Price | None:
    """Give the lowest of several prices; None where there is none, or they are in several currencies."""
    known = [price for price in prices if price is not None]
    if len({price.currency for price in known}) != 1:
        return None
    return min(known, key=lambda price: price.amount)


def _holds_at_start(line: ChargingPriceLine, at: datetime) -> bool:
    day = in_china(at).date()
    return (
        not line.reservation
        and not line.otherwise_limited
        and not line.from_kwh
        and not line.from_minutes
        and line.from_kw is None
        and line.to_kw is None
        and (line.from_date is None or line.from_date <= day)
        and (line.until_date is None or day < line.until_date)
        and (not line.hours or within(line.hours, at))
    )


_UNITS_ZH = {
    ChargingPriceUnit.KWH: "每千瓦时",
    ChargingPriceUnit.HOUR_CHARGING: "充电每小时",
    ChargingPriceUnit.HOUR_PARKED: "占位每小时",
    ChargingPriceUnit.SESSION: "每次",
}
_UNITS_EN = {
    ChargingPriceUnit.KWH: "a kWh",
    ChargingPriceUnit.HOUR_CHARGING: "an hour of charging",
    ChargingPriceUnit.HOUR_PARKED: "an hour parked without charging",
    ChargingPriceUnit.SESSION: "a session",
}


def summary_zh(tariff: ChargingTariffRecord) -> str:
    """Give the sentence in Chinese."""
    return "；".join(
        f"{_spans(line, '、') or ('其余时间' if after_others else '')}{_UNITS_ZH[line.unit]}"
        f"{_amount(line.price)}{_currency(line.price, '元')}"
        + ("（有附加条件）" if _conditional(line) else "")
        for line, after_others in _told(tariff)
    )


def summary_en(tariff: ChargingTariffRecord) -> str:
    """Give the sentence in English."""
    return "; ".join(
        f"{line.price.currency} {_amount(line.price)} {_UNITS_EN[line.unit]}"
        + (f" {_spans(line, ' and ')}" if line.hours else " at other times" if after_others else "")
        + (" under conditions" if _conditional(line) else "")
        for line, after_others in _told(tariff)
    )


def _told(tariff: ChargingTariffRecord) -> list[tuple[ChargingPriceLine, bool]]:
    """Give the prices to tell, equal ones together, and whether other ones for the unit come before it."""
    told: list[ChargingPriceLine] = []
    for line in tariff.lines:
        before = told[-1] if told else None
        if line.reservation:
            continue
        if before is not None and before.hours and line.hours and line == replace(before, hours=line.hours):
            told[-1] = replace(before, hours=before.hours + line.hours)
        else:
            told.append(line)
    return [
        (line, any(other.hours and other.unit is line.unit for other in told[:index]))
        for index, line in enumerate(told)
    ]


def _conditional(line: ChargingPriceLine) -> bool:
    limits = (line.from_date, line.until_date, line.from_kwh, line.to_kwh, line.from_minutes)
    more = (line.to_minutes, line.from_kw, line.to_kw)
    return line.otherwise_limited or any(limit is not None for limit in (*limits, *more))


def _spans(line: ChargingPriceLine, separator: str) -> str:
    """Name the times of day; the days of the week are left to `hours`."""
    return separator.join(f"{span.opens:%H:%M}–{span.closes:%H:%M}" for span in line.hours)


def _amount(price: Price) -> str:
    """`1.2` for 1.20 and `4` for 4.00."""
    text = f"{price.amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _currency(price: Price, yuan: str) -> str:
    return yuan if price.currency == "CNY" else price.currency
