"""Hospital, Department, Practitioner, AppointmentSlot and WardArea."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import msgspec
import strawberry

from schema.community.place import Place
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import Entity, entity, relation, value_type
from schema.core.listed import After, First
from schema.core.record import Ref
from schema.core.slot import Slot
from schema.health.find import find_departments, find_wards
from schema.health.lookups import (
    BEDS_OF_WARD,
    DEPARTMENT_BY_REF,
    HOSPITAL_BY_REF,
    PRACTITIONER_BY_REF,
    SCHEDULE_BY_REF,
    SLOT_BY_REF,
    STAFF_OF_DEPARTMENT,
    WARD_BY_REF,
)
from schema.health.records import (
    AppointmentSlotRecord,
    DepartmentRecord,
    HospitalRecord,
    PractitionerRecord,
    ScheduleRecord,
    WardAreaRecord,
    WardBeds,
)
from schema.health.slots import Narrowing, SlotsPage

DAY = text("日期，今天起 60 天内", "The day, at most 60 days from today")
SEARCH = text(
    "在名称、专科与说明中查找的词；多个词须同时出现",
    "Words to look for in name, specialty and description; all of them",
)
UNACCOMPANIED = text(
    "只看无陪护（真）或普通（假）病区；空为全部", "Only with (true) or without this care; null for all"
)


async def _hospital(info: Info, ref: Ref | None) -> HospitalRecord | None:
    if ref is None:
        return None
    return await info.context.load(HOSPITAL_BY_REF, ref)


@entity(HospitalRecord, HOSPITAL_BY_REF, "Hospital")
class Hospital(Place):
    """Its departments and wards."""

    @relation(
        "科室",
        "Its departments",
        Connection[Annotated["Department", strawberry.lazy("schema.health.types")]] | None,
    )
    @staticmethod
    async def departments(
        root: strawberry.Parent[HospitalRecord],
        info: Info,
        search: Annotated[str | None, strawberry.argument(description=SEARCH)] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[DepartmentRecord]:
        """By id."""
        return await find_departments(info, root.ref, search, first, after)

    @relation(
        "病区",
        "Its ward areas",
        Connection[Annotated["WardArea", strawberry.lazy("schema.health.types")]] | None,
    )
    @staticmethod
    async def ward_areas(
        root: strawberry.Parent[HospitalRecord],
        info: Info,
        unaccompanied: Annotated[bool | None, strawberry.argument(description=UNACCOMPANIED)] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[WardAreaRecord]:
        """By id."""
        return await find_wards(info, root.ref, unaccompanied, first, after)


@entity(DepartmentRecord, DEPARTMENT_BY_REF, "Department")
class Department(Entity):
    """Its hospital, who works there, and when they can be seen."""

    @relation("所属医院", "Its hospital", Hospital | None)
    @staticmethod
    async def hospital(root: strawberry.Parent[DepartmentRecord], info: Info) -> HospitalRecord | None:
        """Null where the source does not say."""
        return await _hospital(info, root.hospital)

    @relation(
        "出诊医生",
        "Its doctors",
        list[Annotated["Practitioner", strawberry.lazy("schema.health.types")]] | None,
    )
    @staticmethod
    async def practitioners(
        root: strawberry.Parent[DepartmentRecord], info: Info
    ) -> Sequence[PractitionerRecord]:
        """By id; those who have left are not among them."""
        staff = await info.context.load(STAFF_OF_DEPARTMENT, root.ref)
        found = await info.context.load_many(PRACTITIONER_BY_REF, staff or ())
        return [practitioner for practitioner in found if practitioner is not None]

    @relation(
        "某日可预约的号源，由早到晚",
        "Its free slots of a day, the earliest first",
        Connection[Annotated["AppointmentSlot", strawberry.lazy("schema.health.types")]] | None,
    )
    @staticmethod
    async def slots(
        root: strawberry.Parent[DepartmentRecord],
        info: Info,
        day: Annotated[date, strawberry.argument(description=DAY)],
        first: First = 20,
        after: After = None,
    ) -> Page[AppointmentSlotRecord]:
        """Those that have not begun."""
        of = Narrowing(sources=(root.ref.source,), departments=(root.ref.id,))
        return await SlotsPage.ask(info, day, first, after).fill(info, of)


@entity(PractitionerRecord, PRACTITIONER_BY_REF, "Practitioner")
class Practitioner(Entity):
    """Where someone works."""

    @relation("所在医院", "The hospital", Hospital | None)
    @staticmethod
    async def hospital(root: strawberry.Parent[PractitionerRecord], info: Info) -> HospitalRecord | None:
        """Null where the source does not say."""
        return await _hospital(info, root.hospital)

    @relation("出诊科室", "The departments", list[Department] | None)
    @staticmethod
    async def departments(
        root: strawberry.Parent[PractitionerRecord], info: Info
    ) -> Sequence[DepartmentRecord]:
        """Each once, whatever the number of roles."""
        found = await info.context.load_many(DEPARTMENT_BY_REF, root.departments)
        return [department for department in found if department is not None]


async def _schedule(root: AppointmentSlotRecord, info: Info) -> ScheduleRecord | None:
    if root.brought_schedule is not None or root.schedule is None:
        return root.brought_schedule
    return await info.context.load(SCHEDULE_BY_REF, root.schedule)


async def _department(root: AppointmentSlotRecord, info: Info) -> DepartmentRecord | None:
    if root.brought_department is not None:
        return msgspec.structs.replace(root.brought_department, stale=root.stale)
    schedule = await _schedule(root, info)
    if schedule is None or schedule.department is None:
        return None
    return await info.context.load(DEPARTMENT_BY_REF, schedule.department)


async def _practitioner(root: AppointmentSlotRecord, info: Info) -> PractitionerRecord | None:
    if root.brought_practitioner is not None:
        return msgspec.structs.replace(root.brought_practitioner, stale=root.stale)
    schedule = await _schedule(root, info)
    if schedule is None or schedule.practitioner is None:
        return None
    return await info.context.load(PRACTITIONER_BY_REF, schedule.practitioner)


@entity(AppointmentSlotRecord, SLOT_BY_REF, "AppointmentSlot")
class AppointmentSlot(Slot):
    """With whom, in which department, at which hospital."""

    @relation("科室", "The department", Department | None)
    @staticmethod
    async def department(
        root: strawberry.Parent[AppointmentSlotRecord], info: Info
    ) -> DepartmentRecord | None:
        """Null where the source does not say."""
        return await _department(root, info)

    @relation("医生", "The doctor", Practitioner | None)
    @staticmethod
    async def practitioner(
        root: strawberry.Parent[AppointmentSlotRecord], info: Info
    ) -> PractitionerRecord | None:
        """Null where the slot is the department's alone, or the doctor has left."""
        return await _practitioner(root, info)

    @relation("医院", "The hospital", Hospital | None)
    @staticmethod
    async def hospital(root: strawberry.Parent[AppointmentSlotRecord], info: Info) -> HospitalRecord | None:
        """The department's, or where there is none, the doctor's."""
        whose = await _department(root, info) or await _practitioner(root, info)
        return None if whose is None else await _hospital(info, whose.hospital)


@entity(WardAreaRecord, WARD_BY_REF, "WardArea")
class WardArea(Entity):
    """Its hospital and its beds."""

    @relation("所属医院", "Its hospital", Hospital | None)
    @staticmethod
    async def hospital(root: strawberry.Parent[WardAreaRecord], info: Info) -> HospitalRecord | None:
        """Null where the source does not say."""
        return await _hospital(info, root.hospital)

    @relation(
        "床位；来源未登记床位时为空",
        "Its beds; null where the source records none",
        value_type(WardBeds) | None,
    )
    @staticmethod
    async def beds(root: strawberry.Parent[WardAreaRecord], info: Info) -> WardBeds | None:
        """At most a minute old."""
        return await info.context.load(BEDS_OF_WARD, root.ref)
