"""Scalars of the graph: instants carry the offset of the district, +08:00."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

from strawberry.types.scalar import ScalarDefinition

from schema.core.docs import text
from schema.core.errors import InvalidInput

CHINA = timezone(timedelta(hours=8), "+08:00")


def in_china(value: datetime) -> datetime:
    """Bring an aware instant to +08:00; a naive one is taken to be there already.

    So is one at the end of the calendar, beyond which +08:00 would lie: systems write "for ever" as
    9999-12-31T23:59:59Z.
    """
    if value.tzinfo is None:
        return value.replace(tzinfo=CHINA)
    try:
        return value.astimezone(CHINA)
    except OverflowError:
        return value.replace(tzinfo=CHINA)


def _instant(value: datetime) -> str:
    return in_china(value).isoformat(timespec="seconds")


def _finite(written: str) -> Decimal:
    value = Decimal(written)
    if not value.is_finite():
        raise ValueError("Decimal also reads NaN and Infinity")
    return value


def _parser(parse: Callable[[str], Any], example: str) -> Callable[[object], Any]:
    """Wrap a parser of strings so that whatever does not fit gets one clear sentence."""

    def parse_value(value: object) -> Any:
        if isinstance(value, str):
            try:
                return parse(value)
            except (ValueError, ArithmeticError):
                pass
        raise InvalidInput(f"Expected a string such as {example}.")

    return parse_value


def _scalar(
    name: str,
    origin: type,
    zh: str,
    en: str,
    serialize: Callable[[Any], str],
    parse: Callable[[str], Any],
    example: str,
) -> ScalarDefinition:
    return ScalarDefinition(
        name=name,
        description=text(zh, en),
        specified_by_url=None,
        serialize=serialize,
        parse_value=_parser(parse, example),
        parse_literal=None,
        origin=origin,
    )


SCALARS: dict[object, ScalarDefinition] = {
    datetime: _scalar(
        "DateTime",
        datetime,
        "时刻，ISO 8601，时区 +08:00",
        "An instant, ISO 8601, with offset +08:00",
        _instant,
        lambda value: in_china(datetime.fromisoformat(value)),
        "2026-11-24T10:00:00+08:00",
    ),
    date: _scalar(
        "Date",
        date,
        "日期，ISO 8601",
        "A calendar date, ISO 8601",
        date.isoformat,
        date.fromisoformat,
        "2026-11-24",
    ),
    time: _scalar(
        "Time",
        time,
        "一天中的时间，HH:MM",
        "A time of day, HH:MM",
        lambda value: value.isoformat(timespec="minutes"),
        time.fromisoformat,
        "08:30",
    ),
    Decimal: _scalar(
        "Decimal",
        Decimal,
        "十进制数，以字符串给出",
        "A decimal number, as a string",
        str,
        _finite,
        "12.50",
    ),
}
