"""What directories tell of schools and teaching resources."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from schema.core.docs import doc, enum_type
from schema.core.service import ServiceRecord


class SchoolServiceType(StrEnum):
    """What a directory of schools lists."""

    MODEL_SCHOOL = "MODEL_SCHOOL"
    EXPERT_TEAM = "EXPERT_TEAM"
    TEACHING_RESOURCE = "TEACHING_RESOURCE"


enum_type(
    SchoolServiceType,
    "学校与教学资源类别",
    "Kind of school or teaching resource",
    MODEL_SCHOOL=("示范学校", "Model school"),
    EXPERT_TEAM=("专家团队", "Team of experts"),
    TEACHING_RESOURCE=("教学资源", "Teaching resource"),
)


class SchoolServiceRecord(ServiceRecord, frozen=True, kw_only=True):
    """学校与教学资源：示范校、专家团队与教学资源。
    Schools and what they share: model schools, expert teams and teaching resources.
    """

    kind: ClassVar[str] = "school-service"

    type: Annotated[
        SchoolServiceType | None,
        doc("类别；来源未分类时为空", "What kind; null where the source does not say"),
    ] = None
