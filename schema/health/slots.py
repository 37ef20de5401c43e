"""Free slots of a day as a page: which sources to ask for what, and what has begun since they answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime, time, timedelta

import msgspec

from schema.core.connection import Page, check_first, decode_cursor, page
from schema.core.context import Info
from schema.core.errors import InvalidInput, SourceError
from schema.core.scalars import CHINA, in_china
from schema.health.lookups import SLOTS, SlotsKey
from schema.health.records import AppointmentSlotRecord, SlotOrder, millis, slot_order

HORIZON_DAYS = 60


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """Of whom slots are wanted: ids are within the sources; nothing given means everyone."""

    sources: Collection[str] | None = None
    departments: tuple[str, ...] = ()
    practitioner: str | None = None


NOBODY = Narrowing(sources=())
"""What is asked for contradicts itself, as a doctor of another hospital does: nothing is found."""


class SlotsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of which day; `ask` checks before anyone is asked."""

    day: date
    first: int
    after: SlotOrder | None

    @classmethod
    def ask(cls, info: Info, day: date, first: int, after: str | None) -> SlotsPage:
        """Check a client's arguments."""
        today = in_china(info.context.now).date()
        if not today <= day <= today + timedelta(days=HORIZON_DAYS):
            raise InvalidInput(f"`day` is between today and {HORIZON_DAYS} days from now.")
        cursor = decode_cursor(after, tuple[int, str, str])
        midnight = datetime.combine(day, time(), CHINA)
        if cursor is not None and not millis(midnight) <= cursor[0] <= millis(midnight + timedelta(days=1)):
            raise InvalidInput("The cursor is not one of this day's.")
        return cls(day=day, first=check_first(first), after=cursor)

    async def fill(self, info: Info, of: Narrowing) -> Page[AppointmentSlotRecord]:
        """Ask the sources; one that fails leaves the others' slots whole."""
        key = SlotsKey(
            day=self.day,
            count=self.first + 1,
            after=self.after,
            departments=of.departments,
            practitioner=of.practitioner,
        )
        now = info.context.now
        found = await info.context.search(SLOTS, key, of.sources)
        failures = list(found.failures)
        upcoming = {slot_order(slot): slot for slot in found.items if slot.start >= now}
        given = Counter(slot.ref.source for slot in found.items)
        begun = [slot for slot in found.items if slot.start < now]
        if short := {slot.ref.source for slot in begun if given[slot.ref.source] >= key.count}:
            # Answers from the cache have lost some since, and there may be others behind what they hold.
            key = msgspec.structs.replace(key, after=max(map(slot_order, begun)))
            try:
                further = await info.context.search(SLOTS, key, short)
            except SourceError as error:
                failures.append(error)
            else:
                failures.extend(further.failures)
                upcoming |= {slot_order(slot): slot for slot in further.items if slot.start >= now}
        info.context.report(info, failures)
        return page(list(upcoming.values()), key=slot_order, first=self.first, after=self.after)
