"""EldercareService and EldercareSlot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import strawberry

from schema.community.service import PublicService
from schema.core.context import Info
from schema.core.entity import entity, relation
from schema.core.service import ServiceRecord, slots_of
from schema.core.slot import Slot
from schema.eldercare.lookups import ELDERCARE_BY_REF, ELDERCARE_SLOT_BY_REF
from schema.eldercare.records import EldercareServiceRecord, EldercareSlotRecord


@entity(EldercareServiceRecord, ELDERCARE_BY_REF, "EldercareService")
class EldercareService(PublicService):
    """What can be booked in it."""

    @relation(
        "可预约的名额：不限日期的在前，其后由早到晚；已开始的不列出",
        "What can be booked: places without a date first, then the earliest; what has begun is left out",
        list[Annotated["EldercareSlot", strawberry.lazy("schema.eldercare.types")]],  # a lazy name
    )
    @staticmethod
    def slots(root: strawberry.Parent[EldercareServiceRecord], info: Info) -> Sequence[EldercareSlotRecord]:
        """Every capacity that its directory tells."""
        ahead = [one for one in root.dated if one.start is None or one.start > info.context.now]
        return slots_of(root, EldercareSlotRecord, (*root.capacities, *ahead))


@entity(EldercareSlotRecord, ELDERCARE_SLOT_BY_REF, "EldercareSlot")
class EldercareSlot(Slot):
    """Where it is."""

    @relation("所属机构", "The service that it is in", EldercareService)
    @staticmethod
    def service(root: strawberry.Parent[EldercareSlotRecord]) -> ServiceRecord:
        """It came with the slot."""
        return root.brought_service
