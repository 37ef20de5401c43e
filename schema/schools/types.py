"""SchoolService."""

from __future__ import annotations

from schema.community.service import PublicService
from schema.core.entity import entity
from schema.schools.lookups import SCHOOL_SERVICE_BY_REF
from schema.schools.records import SchoolServiceRecord


@entity(SchoolServiceRecord, SCHOOL_SERVICE_BY_REF, "SchoolService")
class SchoolService(PublicService):
    """What its directory tells of it."""
