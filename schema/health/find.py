"""Hospitals, departments and wards, cut from the few that there are by place, words and hospital."""

from __future__ import annotations

from schema.core.connection import Page, check_first, decode_cursor, page
from schema.core.context import Info
from schema.core.entity import local_ref
from schema.core.geo import Near
from schema.core.listed import listed
from schema.core.record import Ref
from schema.health.lookups import DEPARTMENTS, HOSPITALS, WARDS
from schema.health.records import (
    AppointmentSlotRecord,
    DepartmentRecord,
    HospitalRecord,
    PractitionerRecord,
    WardAreaRecord,
)
from schema.health.slots import NOBODY, Narrowing, SlotsPage


def distance(hospital: HospitalRecord, circle: Near | None) -> int | None:
    """Give the metres to a hospital's nearest campus, None where there is no circle or no position."""
    if circle is None:
        return None
    positions = [hospital.position, *(campus.position for campus in hospital.campuses)]
    return min((d for d in map(circle.distance_to, positions) if d is not None), default=None)


async def find_hospitals(
    info: Info, circle: Near | None, first: int, after: str | None
) -> Page[HospitalRecord]:
    """Give a page of hospitals: the nearest first, or by source where nothing says near what."""
    return await listed(
        info,
        HOSPITALS,
        None,
        circle=circle,
        first=first,
        after=after,
        distance=lambda hospital: distance(hospital, circle),
    )


async def find_departments(
    info: Info, hospital: Ref | None, search: str | None, first: int, after: str | None
) -> Page[DepartmentRecord]:
    """Give a page of departments by hospital and id."""
    size, cursor = check_first(first), decode_cursor(after, tuple[str, str])
    found = await info.context.search(DEPARTMENTS, None, _source_of(hospital))
    info.context.report(info, found.failures)
    words = (search or "").casefold().split()
    departments = [
        department
        for department in found.items
        if hospital in (None, department.hospital) and _speaks_of(department, words)
    ]
    return page(
        departments,
        key=lambda department: (department.ref.source, department.ref.id),
        first=size,
        after=cursor,
        total=found.count(departments),
    )


async def find_wards(
    info: Info, hospital: Ref | None, unaccompanied: bool | None, first: int, after: str | None
) -> Page[WardAreaRecord]:
    """Give a page of ward areas by hospital and id."""
    size, cursor = check_first(first), decode_cursor(after, tuple[str, str])
    found = await info.context.search(WARDS, None, _source_of(hospital))
    info.context.report(info, found.failures)
    wards = [
        ward
        for ward in found.items
        if hospital in (None, ward.hospital) and unaccompanied in (None, ward.unaccompanied)
    ]
    return page(
        wards,
        key=lambda ward: (ward.ref.source, ward.ref.id),
        first=size,
        after=cursor,
        total=found.count(wards),
    )


async def find_slots(
    info: Info, wanted: SlotsPage, hospital: str | None, department: str | None, practitioner: str | None
) -> Page[AppointmentSlotRecord]:
    """Give a page of free slots of all, or of those whom global ids name."""
    refs = [
        local_ref(value, record) if value is not None else None
        for value, record in (
            (hospital, HospitalRecord),
            (department, DepartmentRecord),
            (practitioner, PractitionerRecord),
        )
    ]
    return await wanted.fill(info, await _narrow(info, *refs))


async def _narrow(
    info: Info, hospital: Ref | None, department: Ref | None, practitioner: Ref | None
) -> Narrowing:
    sources = {ref.source for ref in (hospital, department, practitioner) if ref is not None}
    if not sources:
        return Narrowing()
    if len(sources) > 1:
        return NOBODY
    departments: tuple[str, ...] = () if department is None else (department.id,)
    if hospital is not None:
        found = await info.context.search(HOSPITALS, None, sources)
        known = {each.ref for each in found.items}
        if hospital not in known:
            return NOBODY
        if len(known) > 1:
            # A server that several hospitals share: a slot belongs to one of them by its department.
            its = await info.context.search(DEPARTMENTS, None, sources)
            ids = [each.ref.id for each in its.items if each.hospital == hospital]
            departments = tuple(key for key in ids if not departments or key in departments)
            if not departments:
                return NOBODY
    return Narrowing(
        sources=sources,
        departments=departments,
        practitioner=practitioner.id if practitioner is not None else None,
    )


def _source_of(hospital: Ref | None) -> list[str] | None:
    return None if hospital is None else [hospital.source]


def _speaks_of(department: DepartmentRecord, words: list[str]) -> bool:
    """Say whether every word stands somewhere in what is said of a department."""
    said = (department.name, department.name_en, department.specialty, department.description)
    whole = "\n".join(part for part in said if part).casefold()
    return all(word in whole for word in words)
