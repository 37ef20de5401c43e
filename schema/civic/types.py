"""Case and ServiceType: their records' fields, and what leads from one to the other."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from schema.civic.lookups import (
    CASE_BY_REF,
    CASE_TIMELINE,
    SERVICE_ATTRIBUTES,
    SERVICE_TYPE_BY_REF,
    TimelineKey,
)
from schema.civic.records import (
    CaseRecord,
    CaseUpdate,
    ServiceAttribute,
    ServiceTypeRecord,
    service_type_ref,
)
from schema.community.place import Place
from schema.core.context import Info
from schema.core.entity import Entity, entity, relation, value_type


@entity(ServiceTypeRecord, SERVICE_TYPE_BY_REF, "ServiceType")
class ServiceType(Entity):
    """What can be asked of a kind of matter beyond its own fields."""

    @relation(
        "上报时要填写的项目；平台未能给出时为空",
        "What to answer when reporting one; null where the platform failed",
        type_=list[value_type(ServiceAttribute)] | None,  # type: ignore[misc]  # a type derived at run time
    )
    @staticmethod
    async def attributes(
        root: strawberry.Parent[ServiceTypeRecord], info: Info
    ) -> Sequence[ServiceAttribute]:
        """One call a service type: the standard has no batch of definitions."""
        if not root.has_attributes:
            return ()
        return await info.context.load(SERVICE_ATTRIBUTES, root.ref) or ()


@entity(CaseRecord, CASE_BY_REF, "Case")
class Case(Place):
    """What leads on from a case."""

    @relation(
        "事项类别；平台未给出或已停用时为空",
        "What it is about; null where the platform does not say or no longer lists it",
        type_=ServiceType | None,
    )
    @staticmethod
    async def service_type(root: strawberry.Parent[CaseRecord], info: Info) -> ServiceTypeRecord | None:
        """One call for every case of a level."""
        ref = service_type_ref(root)
        if ref is None:
            return None
        return await info.context.load(SERVICE_TYPE_BY_REF, ref)

    @relation(
        "上报之后的办理过程，由早到晚；平台未能给出时为空",
        "Its steps after the report, the oldest first; null where the platform failed",
        type_=list[value_type(CaseUpdate)] | None,  # type: ignore[misc]  # a type derived at run time
    )
    @staticmethod
    async def timeline(root: strawberry.Parent[CaseRecord], info: Info) -> Sequence[CaseUpdate]:
        """One call for every case of a level."""
        return await info.context.load(CASE_TIMELINE, TimelineKey(root.ref, root.requested_at)) or ()
