"""What directories tell of childcare."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from schema.core.docs import doc, enum_type
from schema.core.scenario import Scenario
from schema.core.service import ServiceRecord, ServiceSlotRecord
from schema.core.slot import SlotUnit


class ChildcareType(StrEnum):
    """What kind of place looks after the children."""

    NURSERY = "NURSERY"
    KINDERGARTEN = "KINDERGARTEN"
    COMMUNITY = "COMMUNITY"


enum_type(
    ChildcareType,
    "托育机构类别",
    "Kind of childcare",
    NURSERY=("托育园", "Nursery"),
    KINDERGARTEN=("幼儿园托班", "Toddlers' class of a kindergarten"),
    COMMUNITY=("社区普惠托育点", "Subsidised childcare of the community"),
)


class ChildcareCentreRecord(ServiceRecord, frozen=True, kw_only=True):
    """托育机构：招收月龄、托位、收费与开放时间。
    A place that looks after small children: ages, free places, fees and hours.
    """

    kind: ClassVar[str] = "childcare-centre"

    type: Annotated[
        ChildcareType | None, doc("类别；来源未分类时为空", "What kind; null where the source does not say")
    ] = None


class ChildcareSlotRecord(ServiceSlotRecord, frozen=True, kw_only=True):
    """托位，或一次入园参观的名额。
    A place in childcare, or on a visit to look at it.
    """

    kind: ClassVar[str] = "childcare-slot"
    scenario: ClassVar[Scenario] = Scenario.CHILDCARE
    unit: ClassVar[SlotUnit] = SlotUnit.PLACE
