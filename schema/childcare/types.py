"""ChildcareCentre and ChildcareSlot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import strawberry

from schema.childcare.lookups import CHILDCARE_BY_REF, CHILDCARE_SLOT_BY_REF
from schema.childcare.records import ChildcareCentreRecord, ChildcareSlotRecord
from schema.community.service import PublicService
from schema.core.context import Info
from schema.core.entity import entity, relation
from schema.core.service import ServiceRecord, slots_of
from schema.core.slot import Slot


@entity(ChildcareCentreRecord, CHILDCARE_BY_REF, "ChildcareCentre")
class ChildcareCentre(PublicService):
    """What can be booked in it."""

    @relation(
        "可预约的名额：不限日期的在前，其后由早到晚；已开始的不列出",
        "What can be booked: places without a date first, then the earliest; what has begun is left out",
        list[Annotated["ChildcareSlot", strawberry.lazy("schema.childcare.types")]],  # a lazy name
    )
    @staticmethod
    def slots(root: strawberry.Parent[ChildcareCentreRecord], info: Info) -> Sequence[ChildcareSlotRecord]:
        """Every capacity that its directory tells."""
        ahead = [one for one in root.dated if one.start is None or one.start > info.context.now]
        return slots_of(root, ChildcareSlotRecord, (*root.capacities, *ahead))


@entity(ChildcareSlotRecord, CHILDCARE_SLOT_BY_REF, "ChildcareSlot")
class ChildcareSlot(Slot):
    """Where it is."""

    @relation("所属机构", "The service that it is in", ChildcareCentre)
    @staticmethod
    def service(root: strawberry.Parent[ChildcareSlotRecord]) -> ServiceRecord:
        """It came with the slot."""
        return root.brought_service
