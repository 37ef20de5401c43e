"""What this scenario asks of its sources."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from schema.civic.records import CaseRecord, CaseUpdate, ServiceAttribute, ServiceTypeRecord
from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Ref

MAX_DAYS = 180
_SPANS = (30, 90, MAX_DAYS)

_CASES = Freshness(fresh=30, stale=600)
_MATTERS = Freshness(fresh=600, stale=86_400)


class CaseWindow(msgspec.Struct, frozen=True):
    """Every case reported since the first minute of a day, +08:00.

    Event platforms search by time alone: whatever is asked of the last days is cut from one such
    window, so that ten communities looked at in a row share one answer.
    """

    since: date


def case_window(since: date, today: date) -> CaseWindow:
    """Give the window that holds a day: the last 30, 90 or 180 days, so that few windows serve all."""
    days = (today - since).days
    return CaseWindow(today - timedelta(days=next(span for span in _SPANS if days <= span)))


class TimelineKey(msgspec.Struct, frozen=True):
    """A case and when it was reported: no step of it is earlier."""

    ref: Ref
    since: datetime

    @property
    def source(self) -> str:
        """The case's source."""
        return self.ref.source


class AllServices(msgspec.Struct, frozen=True):
    """The list of services has no filter."""


CASE_BY_REF: Lookup[Ref, CaseRecord] = Lookup("civic.case", _CASES)
CASES_SINCE: Search[CaseWindow, CaseRecord] = Search("civic.cases_since", _CASES)
"""Complete and in no particular order."""
CASE_TIMELINE: Lookup[TimelineKey, tuple[CaseUpdate, ...]] = Lookup("civic.case_timeline", _CASES)
"""The steps after the report, oldest first."""
SERVICE_TYPE_BY_REF: Lookup[Ref, ServiceTypeRecord] = Lookup("civic.service_type", _MATTERS)
SERVICE_TYPES: Search[AllServices, ServiceTypeRecord] = Search(
    "civic.service_types", _MATTERS, primes=SERVICE_TYPE_BY_REF, at_start=(AllServices(),)
)
SERVICE_ATTRIBUTES: Lookup[Ref, tuple[ServiceAttribute, ...]] = Lookup("civic.service_attributes", _MATTERS)
"""By the service type's Ref, in the order in which they are shown."""
