"""What of this scenario `search` finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from schema.core.findable import Findable
from schema.core.hours import within
from schema.core.scenario import Scenario
from schema.health.lookups import DEPARTMENTS, HOSPITALS, WARDS
from schema.health.records import Closure, DepartmentRecord, HospitalRecord, WardAreaRecord


def _of_hospital(hospital: HospitalRecord) -> Iterator[str | None]:
    yield hospital.address
    for campus in hospital.campuses:
        yield from (campus.name, campus.name_en, campus.address)


def _covers(closure: Closure, now: datetime) -> bool:
    return (closure.start is None or closure.start <= now) and (closure.end is None or now < closure.end)


def _open_at(department: DepartmentRecord, now: datetime) -> bool | None:
    if any(_covers(closure, now) for closure in department.closures):
        return False
    return within(department.available_times, now) if department.available_times else None


HEALTH_FINDABLE: tuple[Findable, ...] = (
    Findable(
        record=HospitalRecord,
        scenario=Scenario.HEALTH,
        called=("医院", "看病", "hospital"),
        search=HOSPITALS,
        key=lambda _: None,
        words=_of_hospital,
        positions=lambda hospital: (hospital.position, *(campus.position for campus in hospital.campuses)),
    ),
    Findable(
        record=DepartmentRecord,
        scenario=Scenario.HEALTH,
        called=("科室", "门诊", "看病", "department", "clinic"),
        search=DEPARTMENTS,
        key=lambda _: None,
        words=lambda department: (department.specialty, department.description, *department.locations),
        part_of=lambda department: department.hospital,
        whole=HospitalRecord,
        open_at=_open_at,
        # Where one need not book nobody says whether one can; whether a slot is free is asked of hospitals.
        bookable_at=lambda department, _: department.appointment_required or None,
    ),
    Findable(
        record=WardAreaRecord,
        scenario=Scenario.HEALTH,
        called=("病区", "住院", "ward"),
        search=WARDS,
        key=lambda _: None,
        words=lambda ward: (ward.description, "无陪护病房 unaccompanied" if ward.unaccompanied else None),
        part_of=lambda ward: ward.hospital,
        whole=HospitalRecord,
    ),
)
