"""What directories tell of services for enterprises."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from schema.core.docs import doc, enum_type
from schema.core.service import ServiceRecord


class EnterpriseServiceType(StrEnum):
    """What a directory for enterprises lists."""

    POLICY = "POLICY"
    PARK = "PARK"
    CONTACT = "CONTACT"


enum_type(
    EnterpriseServiceType,
    "企业服务类别",
    "Kind of service for enterprises",
    POLICY=("惠企政策", "Policy in favour of enterprises"),
    PARK=("产业园区", "Industrial park"),
    CONTACT=("服务专员", "Office to turn to"),
)


class EnterpriseServiceRecord(ServiceRecord, frozen=True, kw_only=True):
    """龙i企：惠企政策、产业园区与服务专员。
    For enterprises: policies, industrial parks and whom to turn to.
    """

    kind: ClassVar[str] = "enterprise-service"

    type: Annotated[
        EnterpriseServiceType | None,
        doc("类别；来源未分类时为空", "What kind; null where the source does not say"),
    ] = None
