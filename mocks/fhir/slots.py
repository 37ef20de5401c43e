"""A hospital's consultation times as FHIR Slots."""

from functools import cache
from typing import Any

from mocks.fhir.datatypes import HL7, VISIT, Resource, coding, concept, instant, reference
from mocks.fhir.directory import category_concepts, specialty_concepts
from mocks.world.consultations import Consultation
from mocks.world.specialties import Specialty

_EXPERT_FEE = 35
_COMMENTS = {"busy-unavailable": "停诊", "busy-tentative": "号源锁定待支付"}


def slot(consultation: Consultation, utc: bool) -> Resource:
    """The Slot of one time; what all slots of a specialty share is shared, and never changed in place."""
    role = consultation.role
    found = {
        "resourceType": "Slot",
        "id": consultation.id,
        "meta": {"versionId": "1", "lastUpdated": instant(consultation.changed, utc)},
        **_shared(role.department.specialty, role.fee >= _EXPERT_FEE),
        "schedule": reference("Schedule", f"schedule-{role.id}"),
        "status": consultation.status,
        "start": instant(consultation.start, utc),
        "end": instant(consultation.end, utc),
        "overbooked": False,
    }
    if comment := _COMMENTS.get(consultation.status):
        found["comment"] = comment
    return found


@cache
def _shared(specialty: Specialty, expert: bool) -> dict[str, Any]:
    visit = coding(VISIT, "expert", "专家门诊") if expert else coding(VISIT, "general", "普通门诊")
    return {
        "serviceCategory": category_concepts(specialty),
        "serviceType": [concept(visit)],
        "specialty": specialty_concepts(specialty),
        "appointmentType": concept(coding(f"{HL7}v2-0276", "ROUTINE", "Routine appointment")),
    }
