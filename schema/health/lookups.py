"""What health asks of its sources."""

from __future__ import annotations

from datetime import date

import msgspec

from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Ref
from schema.health.records import (
    AppointmentSlotRecord,
    DepartmentRecord,
    HospitalRecord,
    PractitionerRecord,
    ScheduleRecord,
    SlotOrder,
    WardAreaRecord,
    WardBeds,
)

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
_BUILDINGS = Freshness(fresh=_HOUR, stale=_DAY)
_STAFF = Freshness(fresh=10 * _MINUTE, stale=_DAY)
_SLOTS = Freshness(fresh=15, stale=2 * _MINUTE)

HOSPITAL_BY_REF: Lookup[Ref, HospitalRecord] = Lookup("health.hospital_by_ref", _BUILDINGS)
HOSPITALS: Search[None, HospitalRecord] = Search(
    "health.hospitals", _BUILDINGS, primes=HOSPITAL_BY_REF, at_start=(None,)
)
"""All of them: they are few and never move, so that no circle is worth a question of its own."""

DEPARTMENT_BY_REF: Lookup[Ref, DepartmentRecord] = Lookup("health.department_by_ref", _STAFF)
DEPARTMENTS: Search[None, DepartmentRecord] = Search("health.departments", _STAFF, primes=DEPARTMENT_BY_REF)
"""All of a source's; words are looked for in what came."""
STAFF_OF_DEPARTMENT: Lookup[Ref, tuple[Ref, ...]] = Lookup("health.staff_of_department", _STAFF)
"""Practitioners of a department, in the order of their ids."""

PRACTITIONER_BY_REF: Lookup[Ref, PractitionerRecord] = Lookup("health.practitioner_by_ref", _STAFF)
SCHEDULE_BY_REF: Lookup[Ref, ScheduleRecord] = Lookup("health.schedule_by_ref", _STAFF)


class SlotsKey(msgspec.Struct, frozen=True, kw_only=True):
    """Free slots of one day in Longgang that have not begun: the first `count` after a place in their order.

    `departments` and `practitioner` are ids within the source asked; several departments mean any
    of them, and a practitioner besides them means both.
    """

    day: date
    count: int
    after: SlotOrder | None = None
    departments: tuple[str, ...] = ()
    practitioner: str | None = None


SLOT_BY_REF: Lookup[Ref, AppointmentSlotRecord] = Lookup("health.slot_by_ref", _SLOTS)
SLOTS: Search[SlotsKey, AppointmentSlotRecord] = Search("health.slots", _SLOTS, primes=SLOT_BY_REF)
"""In the slots' order. A source gives as many as asked for wherever it has them, so that the first
`count` of all sources' together are right, and a shorter answer says that there are no more."""

WARD_BY_REF: Lookup[Ref, WardAreaRecord] = Lookup("health.ward_by_ref", _BUILDINGS)
WARDS: Search[None, WardAreaRecord] = Search("health.wards", _BUILDINGS, primes=WARD_BY_REF)
BEDS_OF_WARD: Lookup[Ref, WardBeds] = Lookup(
    "health.beds_of_ward", Freshness(fresh=_MINUTE, stale=10 * _MINUTE)
)
"""Absent where a source records no beds for a ward."""
