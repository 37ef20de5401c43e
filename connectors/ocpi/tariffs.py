"""Tariffs made into prices with tax, each with when it applies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal

from connectors.kit import DecodeError
from connectors.ocpi import wire
from connectors.ocpi.mapping import clock, in_chinese, in_language
from schema.core.hours import MIDNIGHT, WEEK, OpeningHours, hours_on
from schema.core.record import Ref
from schema.core.scalars import in_china
from schema.core.slot import Price
from schema.parking.charging.records import ChargingPriceLine, ChargingTariffRecord
from schema.parking.charging.words import ChargingPriceUnit, ChargingTariffType

_UNITS = {
    "ENERGY": ChargingPriceUnit.KWH,
    "TIME": ChargingPriceUnit.HOUR_CHARGING,
    "PARKING_TIME": ChargingPriceUnit.HOUR_PARKED,
    "FLAT": ChargingPriceUnit.SESSION,
}
_TYPES = {
    "AD_HOC_PAYMENT": ChargingTariffType.AD_HOC,
    "REGULAR": ChargingTariffType.REGULAR,
    "PROFILE_CHEAP": ChargingTariffType.CHEAP,
    "PROFILE_FAST": ChargingTariffType.FAST,
    "PROFILE_GREEN": ChargingTariffType.GREEN,
}
_FRACTION = Decimal("0.0001")
"""The standard's own precision of prices (section 16.5)."""
_MINUTE_S = 60


def tariff(told: wire.Tariff, source: str, as_of: datetime, *, stale: bool) -> ChargingTariffRecord:
    """Make a tariff; DecodeError where a time or date in it is none."""
    texts = told.tariff_alt_text or ()
    return ChargingTariffRecord(
        ref=Ref(source, wire.same_id(told.id)),
        as_of=as_of,
        stale=stale,
        name=in_chinese(texts),
        name_en=in_language(texts, "en"),
        type=_TYPES.get((told.type or "").upper()),
        lines=tuple(_lines(told)),
        minimum=_bound(told.min_price, told.currency),
        maximum=_bound(told.max_price, told.currency),
        valid_from=_instant(told.start_date_time),
        valid_until=_instant(told.end_date_time),
    )


def _lines(told: wire.Tariff) -> Iterator[ChargingPriceLine]:
    for element in told.elements:
        limits = element.restrictions or wire.TariffRestrictions()
        for component in element.price_components:
            unit = _UNITS.get(component.type.upper())
            if unit is None:
                # A dimension that a later version may add; the others stay true.
                continue
            yield ChargingPriceLine(
                unit=unit,
                price=_with_tax(component.price, component.vat, told.currency),
                hours=_hours(limits),
                from_date=_date(limits.start_date),
                until_date=_date(limits.end_date),
                from_kwh=_number(limits.min_kwh),
                to_kwh=_number(limits.max_kwh),
                from_minutes=_minutes(limits.min_duration),
                to_minutes=_minutes(limits.max_duration),
                from_kw=_number(limits.min_power),
                to_kw=_number(limits.max_power),
                reservation=limits.reservation is not None,
                otherwise_limited=limits.min_current is not None or limits.max_current is not None,
            )


def _with_tax(amount: float, vat: float | None, currency: str) -> Price:
    whole = Decimal(str(amount)) * (100 + Decimal(str(vat or 0))) / 100
    return Price(amount=_rounded(whole), currency=currency)


def _bound(told: wire.Price | None, currency: str) -> Price | None:
    if told is None:
        return None
    amount = told.excl_vat if told.incl_vat is None else told.incl_vat
    return Price(amount=_rounded(Decimal(str(amount))), currency=currency)


def _rounded(amount: Decimal) -> Decimal:
    """Give two decimals at least, and as many as the standard knows."""
    whole = amount.quantize(_FRACTION).normalize()
    exponent = whole.as_tuple().exponent
    return whole if isinstance(exponent, int) and exponent < -2 else whole.quantize(Decimal("0.01"))


def _hours(limits: wire.TariffRestrictions) -> tuple[OpeningHours, ...]:
    if limits.start_time is None and limits.end_time is None and not limits.day_of_week:
        return ()
    named = {day.upper() for day in limits.day_of_week or ()}
    days = [day for day in WEEK if day.value in named or not named]
    if not days:
        raise DecodeError("days of the week that are none")
    return (hours_on(days, _time(limits.start_time), _time(limits.end_time)),)


def _time(text: str | None) -> time:
    try:
        return MIDNIGHT if text is None else clock(text)
    except ValueError:
        raise DecodeError("a time of day that is none") from None


def _date(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise DecodeError("a date that is none") from None


def _instant(at: datetime | None) -> datetime | None:
    return None if at is None else in_china(wire.instant(at))


def _number(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value)).normalize()


def _minutes(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds / _MINUTE_S)
