"""Loans: one copy for some whole days, what their ids hold, and which days are free."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from schema.core.errors import InvalidInput
from schema.core.record import Ref
from schema.core.scalars import CHINA, in_china
from schema.goods.records import ThingCopyRecord, ThingLoanRecord, ThingTaken

HORIZON_DAYS = 180
LONGEST_DAYS = 31
_DAY = timedelta(days=1)


def check_days(now: datetime, first: date, last: date) -> None:
    """Say what is wrong with the days of a loan, if anything is."""
    today = in_china(now).date()
    if not today <= first <= last:
        raise InvalidInput("The first day is today or later, and not after the last.")
    if last > today + timedelta(days=HORIZON_DAYS) or last - first >= timedelta(days=LONGEST_DAYS):
        raise InvalidInput(f"A loan has at most {LONGEST_DAYS} days, in the next {HORIZON_DAYS}.")


def is_free(copy: ThingCopyRecord, taken: Sequence[ThingTaken], first: date, last: date) -> bool:
    """Say whether a copy can be had from the first day's beginning to the last one's end."""
    begin, end = _midnight(first), _midnight(last + _DAY)
    return (
        copy.lendable
        and (copy.out_until is None or copy.out_until < first)
        and not any(span.start < end and begin < span.end for span in taken)
    )


def loan_ref(copy: Ref, first: date, last: date) -> Ref:
    """Give a loan's locator: the copy's, and its days."""
    return Ref(copy.source, f"{first.isoformat()}/{last.isoformat()}/{copy.id}")


def loan_parts(ref: Ref) -> tuple[Ref, date, date] | None:
    """Give the copy and the days of a loan's locator, None where it is not one."""
    match ref.id.split("/", 2):
        case [first, last, copy] if copy:
            try:
                days = date.fromisoformat(first), date.fromisoformat(last)
            except ValueError:
                return None
            begins, ends = days
            return (Ref(ref.source, copy), begins, ends) if begins <= ends else None
    return None


def loan(copy: ThingCopyRecord, taken: Sequence[ThingTaken], first: date, last: date) -> ThingLoanRecord:
    """Give a copy for some days, none left where it is not free. It can be fetched all the first day."""
    return ThingLoanRecord(
        ref=loan_ref(copy.ref, first, last),
        as_of=copy.as_of,
        stale=copy.stale,
        title=copy.name,
        start=_midnight(first),
        end=_midnight(last + _DAY),
        places_left=int(is_free(copy, taken, first, last)),
        places_total=1,
        book_until=_midnight(first + _DAY),
        offered=copy.lendable,
        copy=copy,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)
