"""Fields of Query."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import local_ref, relation
from schema.core.geo import NearInput
from schema.core.listed import After, First
from schema.core.record import Ref
from schema.health.find import find_departments, find_hospitals, find_slots, find_wards
from schema.health.records import AppointmentSlotRecord, DepartmentRecord, HospitalRecord, WardAreaRecord
from schema.health.slots import SlotsPage
from schema.health.types import DAY, SEARCH, UNACCOMPANIED, AppointmentSlot, Department, Hospital, WardArea

_HOSPITAL = text("医院的全局 ID；空为全部", "Global id of a hospital; null for all")
_DEPARTMENT = text("科室的全局 ID；空为全部", "Global id of a department; null for all")
_PRACTITIONER = text("医生的全局 ID；空为全部", "Global id of a practitioner; null for all")


@strawberry.type
class HealthQuery:
    """Fields of Query."""

    @relation(
        "医院，给出位置时由近及远",
        "Hospitals; the nearest first where a point is given",
        Connection[Hospital] | None,
    )
    @staticmethod
    async def hospitals(
        info: Info,
        near: Annotated[
            NearInput | None,
            strawberry.argument(description=text("范围；空为全部", "A circle; null for all")),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[HospitalRecord]:
        """A hospital is as near as its nearest campus."""
        return await find_hospitals(info, near.resolve() if near else None, first, after)

    @relation("科室", "Departments", Connection[Department] | None)
    @staticmethod
    async def departments(
        info: Info,
        hospital: Annotated[strawberry.ID | None, strawberry.argument(description=_HOSPITAL)] = None,
        search: Annotated[str | None, strawberry.argument(description=SEARCH)] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[DepartmentRecord]:
        """By hospital and id."""
        return await find_departments(info, _ref(hospital), search, first, after)

    @relation(
        "某日可预约的号源，由早到晚；已开始的不列出",
        "Free slots of a day, the earliest first; those that have begun are left out",
        Connection[AppointmentSlot] | None,
    )
    @staticmethod
    async def slots(
        info: Info,
        day: Annotated[date, strawberry.argument(description=DAY)],
        hospital: Annotated[strawberry.ID | None, strawberry.argument(description=_HOSPITAL)] = None,
        department: Annotated[strawberry.ID | None, strawberry.argument(description=_DEPARTMENT)] = None,
        practitioner: Annotated[strawberry.ID | None, strawberry.argument(description=_PRACTITIONER)] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[AppointmentSlotRecord]:
        """How many there are in all is not counted."""
        wanted = SlotsPage.ask(info, day, first, after)
        return await find_slots(info, wanted, hospital, department, practitioner)

    @relation("住院病区", "Ward areas", Connection[WardArea] | None)
    @staticmethod
    async def ward_areas(
        info: Info,
        unaccompanied: Annotated[bool | None, strawberry.argument(description=UNACCOMPANIED)] = None,
        hospital: Annotated[strawberry.ID | None, strawberry.argument(description=_HOSPITAL)] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[WardAreaRecord]:
        """By hospital and id."""
        return await find_wards(info, _ref(hospital), unaccompanied, first, after)


def _ref(hospital: str | None) -> Ref | None:
    return None if hospital is None else local_ref(hospital, HospitalRecord)
