"""Opening hours: spans of local time on days of the week, and whether one of them holds an instant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, time
from enum import StrEnum
from typing import Annotated

from schema.core.docs import doc, enum_type
from schema.core.record import Value
from schema.core.scalars import in_china


class Weekday(StrEnum):
    """The days of the week, in the order of `datetime.weekday()`."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


enum_type(
    Weekday,
    "星期",
    "Day of the week",
    MONDAY=("星期一", "Monday"),
    TUESDAY=("星期二", "Tuesday"),
    WEDNESDAY=("星期三", "Wednesday"),
    THURSDAY=("星期四", "Thursday"),
    FRIDAY=("星期五", "Friday"),
    SATURDAY=("星期六", "Saturday"),
    SUNDAY=("星期日", "Sunday"),
)

WEEK = tuple(Weekday)
"""Every day, Monday first."""
MIDNIGHT = time(0, 0)


class OpeningHours(Value, frozen=True, kw_only=True):
    """一周中若干天共同的一段时间（当地时间）。
    One span of local time, the same on several days of the week.
    """

    days: Annotated[tuple[Weekday, ...], doc("适用的星期", "The days that it holds on")]
    opens: Annotated[time, doc("开始时间", "When it begins")]
    closes: Annotated[
        time,
        doc(
            "结束时间；不晚于开始时间时为次日",
            "When it ends; on the next day where not later than the beginning",
        ),
    ]


def hours_on(days: Collection[Weekday], opens: time, closes: time) -> OpeningHours:
    """Give a span on these days, in the order of the week."""
    return OpeningHours(days=tuple(day for day in WEEK if day in days), opens=opens, closes=closes)


def within(hours: Sequence[OpeningHours], at: datetime) -> bool:
    """Say whether one of the spans holds an instant; a span that ends past midnight holds it there too."""
    local = in_china(at)
    today, yesterday = WEEK[local.weekday()], WEEK[local.weekday() - 1]
    clock = local.time()
    for span in hours:
        if span.opens < span.closes:
            if today in span.days and span.opens <= clock < span.closes:
                return True
        elif (today in span.days and clock >= span.opens) or (yesterday in span.days and clock < span.closes):
            return True
    return False
