"""A tariff in one sentence, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from schema.core.hours import WEEK, OpeningHours
from schema.parking.records import TariffLine, TariffRecord

_HOUR = 60
_DAY = 1_440


def summary_zh(tariff: TariffRecord) -> str:
    """Give the sentence in Chinese, empty where there is nothing to say."""
    parts = [_line_zh(line) for line in tariff.lines]
    if tariff.daily_cap is not None:
        parts.append(f"每日封顶{_money(tariff.daily_cap)}元")
    if tariff.applicable_hours:
        parts.append(f"适用时段{_spans(tariff.applicable_hours, '、')}")
    return "；".join(parts)


def summary_en(tariff: TariffRecord) -> str:
    """Give the sentence in English, empty where there is nothing to say."""
    parts = [_line_en(line) for line in tariff.lines]
    if tariff.daily_cap is not None:
        parts.append(f"at most CNY {_money(tariff.daily_cap)} a day")
    if tariff.applicable_hours:
        parts.append(f"applies {_spans(tariff.applicable_hours, ' and ')}")
    return "; ".join(parts)


def every_zh(line: TariffLine) -> str | None:
    """Say in Chinese in what time a step is charged once, None where it is not by time."""
    if line.per_months is not None:
        return "每月" if line.per_months == 1 else f"每{line.per_months}个月"
    return None if line.per_minutes is None else f"每{_minutes_zh(line.per_minutes)}"


def _line_zh(line: TariffLine) -> str:
    start, end = line.from_minutes or 0, line.to_minutes
    if line.per_months is not None and line.amount:
        months = {1: "月卡", 3: "季卡", 12: "年卡"}.get(line.per_months, f"{line.per_months}个月")
        return f"{months}{_money(line.amount)}元"
    if not line.amount:
        if start:
            return (
                f"{_minutes_zh(start)}后免费"
                if end is None
                else f"{_minutes_zh(start)}至{_minutes_zh(end)}免费"
            )
        return "免费" if end is None else f"{_minutes_zh(end)}内免费"
    after = f"{_minutes_zh(start)}后" if start else ""
    if line.per_minutes is not None:
        return f"{after}每{_minutes_zh(line.per_minutes)}{_money(line.amount)}元"
    if end is None:
        return f"{after or '每次'}{_money(line.amount)}元"
    return (
        f"{_minutes_zh(start)}至{_minutes_zh(end)}{_money(line.amount)}元"
        if start
        else f"{_minutes_zh(end)}内{_money(line.amount)}元"
    )


def _line_en(line: TariffLine) -> str:
    start, end = line.from_minutes or 0, line.to_minutes
    price = f"CNY {_money(line.amount)}"
    if line.per_months is not None and line.amount:
        return f"{price} a month" if line.per_months == 1 else f"{price} for {line.per_months} months"
    if not line.amount:
        if start:
            return (
                f"free after {_minutes_en(start)}"
                if end is None
                else f"free from {_minutes_en(start)} to {_minutes_en(end)}"
            )
        return "free" if end is None else f"free for {_minutes_en(end)}"
    if line.per_minutes is not None:
        every = f"{price} every {_minutes_en(line.per_minutes)}"
        return f"after {_minutes_en(start)} {every}" if start else every
    if end is None:
        return f"{price} after {_minutes_en(start)}" if start else f"{price} once"
    return (
        f"{price} from {_minutes_en(start)} to {_minutes_en(end)}"
        if start
        else f"{price} up to {_minutes_en(end)}"
    )


def _money(amount: Decimal) -> str:
    """`4` for 4.00 and `2.5` for 2.50."""
    return f"{amount:f}".rstrip("0").rstrip(".") if "." in f"{amount:f}" else f"{amount:f}"


def _minutes_zh(minutes: int) -> str:
    if minutes > _DAY and minutes % _DAY == 0:
        return f"{minutes // _DAY}天"
    hours, rest = divmod(minutes, _HOUR)
    return (f"{hours}小时" if hours else "") + (f"{rest}分钟" if rest or not hours else "")


def _minutes_en(minutes: int) -> str:
    if minutes > _DAY and minutes % _DAY == 0:
        return f"{minutes // _DAY} days"
    hours, rest = divmod(minutes, _HOUR)
    parts = [f"{hours} h"] if hours else []
    return " ".join([*parts, f"{rest} min"] if rest or not hours else parts)


def _spans(hours: Sequence[OpeningHours], separator: str) -> str:
    """Name the times of day; which days they hold on is left to `applicableHours` where not all."""
    whole = [span for span in hours if span.days == WEEK] or hours
    return separator.join(f"{span.opens:%H:%M}–{span.closes:%H:%M}" for span in whole)
