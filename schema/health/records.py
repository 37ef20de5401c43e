"""What hospitals tell: themselves, their departments, doctors, appointment slots and wards."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from schema.core.docs import doc, enum_type
from schema.core.hours import OpeningHours
from schema.core.record import PlaceRecord, Position, Record, Ref, Value
from schema.core.scenario import Scenario
from schema.core.slot import SlotRecord, SlotUnit


class AppointmentSlotStatus(StrEnum):
    """FHIR's slotstatus, less what was entered in error: that is as if it were not there."""

    FREE = "free"
    BUSY = "busy"
    BUSY_UNAVAILABLE = "busy-unavailable"
    BUSY_TENTATIVE = "busy-tentative"


enum_type(
    AppointmentSlotStatus,
    "号源状态",
    "State of an appointment slot",
    FREE=("可预约", "Free to be booked"),
    BUSY=("已约满", "Booked"),
    BUSY_UNAVAILABLE=("停诊", "Not offered, such as a clinic that was called off"),
    BUSY_TENTATIVE=("锁定中，尚未确认", "Held by someone, not yet confirmed"),
)


class Campus(Value, frozen=True, kw_only=True):
    """医院院区。
    One of a hospital's campuses.
    """

    name: Annotated[str, doc("名称", "Name")]
    name_en: Annotated[str | None, doc("英文名称", "Name in English")] = None
    address: Annotated[str | None, doc("地址", "Address")] = None
    phone: Annotated[str | None, doc("电话", "Telephone")] = None
    position: Annotated[
        Position | None, doc("位置；来源未提供时为空", "Position; null where the source has none")
    ] = None


class HospitalRecord(PlaceRecord, frozen=True, kw_only=True):
    """医院；名称、电话取自机构，位置取自主院区。
    A hospital. Its position is that of its main campus.
    """

    kind: ClassVar[str] = "hospital"

    address: Annotated[str | None, doc("地址", "Address")] = None
    phone: Annotated[str | None, doc("电话", "Telephone")] = None
    campuses: Annotated[
        tuple[Campus, ...], doc("全部院区，主院区在前", "Every campus, the main one first")
    ] = ()


class Closure(Value, frozen=True, kw_only=True):
    """停诊安排。
    A time at which a department is closed.
    """

    description: Annotated[str, doc("说明，如元旦停诊", "What for, such as New Year's Day")]
    start: Annotated[
        datetime | None,
        doc("开始时刻；来源未说明时为空", "When it begins; null where the source does not say"),
    ] = None
    end: Annotated[
        datetime | None,
        doc(
            "结束时刻，此刻起恢复；来源未说明时为空",
            "When it is over, and the department open again; null where the source does not say",
        ),
    ] = None


class DepartmentRecord(Record, frozen=True, kw_only=True):
    """医院科室（门诊）。
    A department of a hospital, as outpatients know it.
    """

    kind: ClassVar[str] = "department"

    name: Annotated[str, doc("名称", "Name")]
    name_en: Annotated[str | None, doc("英文名称", "Name in English")] = None
    specialty: Annotated[str | None, doc("专科", "Clinical specialty")] = None
    description: Annotated[str | None, doc("说明，如所在楼层", "More about it, such as the floor")] = None
    phone: Annotated[str | None, doc("电话", "Telephone")] = None
    appointment_required: Annotated[
        bool | None,
        doc("是否必须预约；来源未说明时为空", "Whether one must book; null where the source does not say"),
    ] = None
    available_times: Annotated[
        tuple[OpeningHours, ...], doc("每周开诊时段", "When it is open, each week")
    ] = ()
    closures: Annotated[
        tuple[Closure, ...],
        doc("停诊安排，每周开诊时段中的例外", "When it is closed, though it would be open by the week"),
    ] = ()
    locations: Annotated[
        tuple[str, ...],
        doc(
            "所在地点，如楼栋、病区；来源未写名称的不列",
            "Where it is, such as buildings and wards, as far as named",
        ),
    ] = ()
    hospital: Ref | None = None


class PractitionerRecord(Record, frozen=True, kw_only=True):
    """医生。
    A doctor, or whoever else sees patients.
    """

    kind: ClassVar[str] = "practitioner"

    name: Annotated[str, doc("姓名", "Name")]
    title: Annotated[str | None, doc("职称", "Professional title")] = None
    hospital: Ref | None = None
    departments: tuple[Ref, ...] = ()


class ScheduleRecord(Record, frozen=True, kw_only=True):
    """Whose time a slot is part of: internal, for it is how FHIR leads from a slot to its doctor."""

    kind: ClassVar[str] = "schedule"

    practitioner: Ref | None = None
    department: Ref | None = None


class AppointmentSlotRecord(SlotRecord, frozen=True, kw_only=True):
    """可预约的就诊时段（号源）。
    A time at which a doctor or a department can be seen.
    """

    kind: ClassVar[str] = "appointment-slot"
    scenario: ClassVar[Scenario] = Scenario.HEALTH
    unit: ClassVar[SlotUnit] = SlotUnit.TIME
    attended: ClassVar[bool] = True

    start: Annotated[datetime, doc("开始时刻", "When it begins")]
    end: Annotated[datetime, doc("结束时刻", "When it ends")]
    status: Annotated[AppointmentSlotStatus, doc("状态", "Whether it can still be booked")]
    service_type: Annotated[
        str | None, doc("服务类型，如专家门诊", "Kind of visit, such as an expert's clinic")
    ] = None
    specialty: Annotated[str | None, doc("专科", "Clinical specialty")] = None
    schedule: Ref | None = None
    brought_schedule: ScheduleRecord | None = None
    """What came in the same answer as the slot and need not be fetched: None says nothing."""
    brought_practitioner: PractitionerRecord | None = None
    brought_department: DepartmentRecord | None = None


class WardAreaRecord(Record, frozen=True, kw_only=True):
    """住院病区。
    A ward area of a hospital.
    """

    kind: ClassVar[str] = "ward-area"

    name: Annotated[str, doc("名称", "Name")]
    name_en: Annotated[str | None, doc("英文名称", "Name in English")] = None
    unaccompanied: Annotated[
        bool,
        doc("是否为无陪护病区", "Whether patients are cared for here without a family member at the bedside"),
    ]
    description: Annotated[
        str | None, doc("说明，如护理方式与费用", "More about it, such as care and fees")
    ] = None
    phone: Annotated[str | None, doc("电话", "Telephone")] = None
    hospital: Ref | None = None


class WardBeds(Record, frozen=True, kw_only=True):
    """病区床位情况。
    The beds of a ward area.
    """

    kind: ClassVar[str] = "ward-beds"

    total: Annotated[int, doc("床位总数", "How many beds there are")]
    free: Annotated[int, doc("空床数", "Beds that are unoccupied")]
    occupied: Annotated[int, doc("占用床数", "Beds with a patient")]
    other: Annotated[
        int,
        doc(
            "其他状态（清洁、隔离、停用等）的床数", "Beds being cleaned, isolated, closed or of unknown state"
        ),
    ]
    changed_at: Annotated[
        datetime | None,
        doc(
            "床位状态最近一次变化的时刻；来源未说明时为空",
            "When the state of one of these beds last changed; null where the source does not say",
        ),
    ] = None
    as_of: Annotated[datetime, doc("数据所反映的时刻", "The instant at which the data were true")]
    stale: Annotated[
        bool,
        doc(
            "来源暂不可用、给出的是此前的数据时为真",
            "True where the source failed and earlier figures are given",
        ),
    ] = False


SlotOrder = tuple[int, str, str]
"""Place of a slot among all: its start in milliseconds since 1970, its source and its id there."""


def slot_order(slot: AppointmentSlotRecord) -> SlotOrder:
    """The one order of slots, unique a slot; cursors hold it."""
    return (millis(slot.start), slot.ref.source, slot.ref.id)


def millis(instant: datetime) -> int:
    """Milliseconds since 1970."""
    return round(instant.timestamp() * 1000)
