"""What directories tell of care of the elderly."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from schema.core.docs import doc, enum_type
from schema.core.scenario import Scenario
from schema.core.service import ServiceRecord, ServiceSlotRecord
from schema.core.slot import SlotUnit


class EldercareType(StrEnum):
    """How the elderly are cared for."""

    CANTEEN = "CANTEEN"
    DAY_CARE = "DAY_CARE"
    RESIDENTIAL = "RESIDENTIAL"
    HOME_VISIT = "HOME_VISIT"


enum_type(
    EldercareType,
    "养老服务类别",
    "Kind of care of the elderly",
    CANTEEN=("长者食堂", "Canteen for the elderly"),
    DAY_CARE=("日间照料", "Day care"),
    RESIDENTIAL=("养老机构", "Home for the elderly"),
    HOME_VISIT=("居家上门服务", "Care at home"),
)


class EldercareServiceRecord(ServiceRecord, frozen=True, kw_only=True):
    """养老服务：长者食堂、日间照料、养老机构与居家上门。
    Care of the elderly: canteens, day care, homes and visits at home.
    """

    kind: ClassVar[str] = "eldercare-service"

    type: Annotated[
        EldercareType | None, doc("类别；来源未分类时为空", "What kind; null where the source does not say")
    ] = None


class EldercareSlotRecord(ServiceSlotRecord, frozen=True, kw_only=True):
    """养老床位或照料名额，或一次参观、上门评估的名额。
    A bed or a place in care, or on a visit to look at it or to be assessed.
    """

    kind: ClassVar[str] = "eldercare-slot"
    scenario: ClassVar[Scenario] = Scenario.ELDERCARE
    unit: ClassVar[SlotUnit] = SlotUnit.PLACE
