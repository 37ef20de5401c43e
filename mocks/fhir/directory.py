"""A hospital's directory as FHIR resources: who it is, where it is, who works there, what it offers."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from mocks.fhir.datatypes import (
    HL7,
    LICENCE,
    SNOMED,
    SUBJECT,
    TITLE,
    WARD_CARE,
    Resource,
    coding,
    concept,
    english,
    instant,
    phone,
    reference,
)
from mocks.world.consultations import HORIZON_DAYS
from mocks.world.hospitals import Building, Campus, Department, Doctor, Hospital, Role
from mocks.world.specialties import Specialty
from mocks.world.wards import Bed, Ward

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CATEGORIES = {
    "10": "Dental Health",
    "17": "General Practice",
    "27": "Specialist Medical",
    "28": "Specialist Obstetrics & Gynecology",
    "29": "Specialist Paediatric",
    "31": "Specialist Surgical",
}
_BED_STATES = {
    "O": "Occupied",
    "U": "Unoccupied",
    "K": "Contaminated",
    "I": "Isolated",
    "H": "Housekeeping",
    "C": "Closed",
}


def specialty_concepts(specialty: Specialty) -> list[dict[str, Any]]:
    """One concept, coded nationally and, where the list knows it, in SNOMED CT."""
    codings = [coding(SUBJECT, specialty.code, specialty.name)]
    if specialty.snomed:
        codings.append(coding(SNOMED, specialty.snomed, specialty.english))
    return [concept(*codings, text=specialty.name)]


def category_concepts(specialty: Specialty) -> list[dict[str, Any]]:
    return [concept(coding(f"{HL7}service-category", specialty.category, _CATEGORIES[specialty.category]))]


def bed_state(state: str) -> dict[str, Any]:
    """`operationalStatus` is a Coding, not a CodeableConcept."""
    return coding(f"{HL7}v2-0116", state, _BED_STATES[state])


class Directory:
    """Writes the slow-moving resources of one hospital, all last changed a good while before `now`."""

    def __init__(self, hospital: Hospital, now: datetime, utc: bool) -> None:
        self._hospital = hospital
        self._utc = utc
        self._now = now
        self._written = (now - timedelta(days=40)).replace(hour=2, minute=0, second=0, microsecond=0)

    def resources(self) -> Iterator[Resource]:
        yield self._organization()
        yield from map(self._campus, self._hospital.campuses)
        yield from map(self._building, self._hospital.buildings)
        for ward in self._hospital.wards:
            yield self._ward(ward)
            for bed in ward.beds:
                yield self._bed(bed, ward)
        yield from map(self._service, self._hospital.departments)
        for doctor in self._hospital.doctors:
            if not doctor.gone:
                yield self._practitioner(doctor)
            for role in doctor.roles:
                yield self._role(doctor, role)
                if not doctor.gone:
                    yield self.schedule(doctor, role, self._now)

    def gone(self) -> Iterator[tuple[str, str]]:
        """What a client gets 410 for: the register drops doctors who have left."""
        for doctor in self._hospital.doctors:
            if doctor.gone:
                yield "Practitioner", doctor.id

    def _resource(self, kind: str, key: str, changed: datetime | None = None) -> Resource:
        if changed is None:
            self._written += timedelta(minutes=7)
            changed = self._written
        meta = {"versionId": "1", "lastUpdated": instant(changed, self._utc)}
        return {"resourceType": kind, "id": key, "meta": meta}

    def _organization(self) -> Resource:
        plan = self._hospital.plan
        return self._resource("Organization", plan.id) | {
            "identifier": [{"system": "urn:cn:medical-institution", "value": f"44030700{plan.phone[-3:]}"}],
            "active": True,
            "type": [
                concept(coding(f"{HL7}organization-type", "prov", "Healthcare Provider"), text=plan.level)
            ],
            "name": plan.name,
            "alias": [plan.english],
            "telecom": phone(plan.phone),
            "address": [_address(self._hospital.campuses[0])],
        }

    def _location(self, key: str, physical: str, display: str, within: str | None) -> Resource:
        found = self._resource("Location", key) | {
            "status": "active",
            "mode": "instance",
            "physicalType": concept(coding(f"{HL7}location-physical-type", physical, display)),
            "managingOrganization": reference("Organization", self._hospital.id, self._hospital.plan.name),
        }
        return found | ({"partOf": reference("Location", within)} if within else {})

    def _campus(self, campus: Campus) -> Resource:
        return self._location(campus.id, "si", "Site", None) | {
            "name": campus.name,
            "alias": [campus.english],
            "type": [concept(coding(f"{HL7}v3-RoleCode", "HOSP", "Hospital"))],
            "telecom": phone(self._hospital.plan.phone),
            "address": _address(campus),
            "position": {"longitude": campus.lng, "latitude": campus.lat},
        }

    def _building(self, building: Building) -> Resource:
        found = self._location(building.id, "bu", "Building", building.campus.id)
        found["name"] = f"{building.campus.name}{building.name}"
        if building.lat is not None and building.lng is not None:
            found["position"] = {"longitude": building.lng, "latitude": building.lat}
        return found

    def _ward(self, ward: Ward) -> Resource:
        care = (
            coding(WARD_CARE, "unaccompanied", "无陪护病区")
            if ward.unaccompanied
            else coding(WARD_CARE, "accompanied", "普通病区")
        )
        found = self._location(ward.id, "wa", "Ward", ward.campus) | {
            "name": ward.name,
            "alias": [ward.english],
            "type": [concept(coding(f"{HL7}v3-RoleCode", "HU", "Hospital unit")), concept(care)],
            "telecom": phone(f"{self._hospital.plan.phone} 转 {9000 + int(ward.id[-2:])}"),
        }
        if ward.unaccompanied:
            found["description"] = (
                f"住院楼{ward.floor}楼，护理员24小时在岗，1名护理员照护{ward.carers}名患者，{ward.fee}元/天"
            )
        return found

    def _bed(self, bed: Bed, ward: Ward) -> Resource:
        found = self._location(bed.id, "bd", "Bed", ward.id)
        found["meta"] = {"versionId": "1", "lastUpdated": instant(bed.changed, self._utc)}
        return found | {"name": bed.label, "operationalStatus": bed_state(bed.state)}

    def _service(self, department: Department) -> Resource:
        specialty = department.specialty
        days = _DAYS if specialty.weekend else _DAYS[:5]
        places = [
            reference("Location", ward.id, ward.name)
            for ward in self._hospital.wards
            if ward.specialty == specialty
        ]
        if department.building is not None:
            places.insert(0, reference("Location", department.building.id, department.building.name))
        found = self._resource("HealthcareService", department.id) | {
            "active": True,
            "providedBy": reference("Organization", self._hospital.id, self._hospital.plan.name),
            "category": category_concepts(specialty),
            "specialty": specialty_concepts(specialty),
            "name": f"{specialty.name}门诊",
            "_name": english(f"{specialty.english} Clinic"),
            "comment": f"{department.floor}楼{specialty.name}诊区",
            "extraDetails": f"{specialty.english}, floor {department.floor}",
            "telecom": phone(department.phone),
            "appointmentRequired": department.appointment_required,
            "availableTime": [
                {"daysOfWeek": list(days), "availableStartTime": opens, "availableEndTime": closes}
                for opens, closes in (("08:00:00", "12:00:00"), ("14:00:00", "17:30:00"))
            ],
            "notAvailable": [
                {
                    "description": "元旦停诊",
                    "during": {"start": f"{self._now.year + 1}-01-01", "end": f"{self._now.year + 1}-01-01"},
                }
            ],
            "availabilityExceptions": "法定节假日以医院公告为准",
        }
        return found | ({"location": places} if places else {})

    def _practitioner(self, doctor: Doctor) -> Resource:
        name = {"use": "official", "family": doctor.name.family, "given": [doctor.name.given]}
        if not doctor.formal:
            name["text"] = doctor.name.full
        return self._resource("Practitioner", doctor.id) | {
            "identifier": [{"system": LICENCE, "value": doctor.licence}],
            "active": True,
            "name": [name],
            "gender": doctor.name.gender,
        }

    def _role(self, doctor: Doctor, role: Role) -> Resource:
        department = role.department
        found = self._resource("PractitionerRole", f"role-{role.id}") | {
            "active": not doctor.gone,
            "practitioner": reference("Practitioner", doctor.id, doctor.name.full),
            "organization": reference("Organization", self._hospital.id, self._hospital.plan.name),
            "code": [concept(coding(TITLE, doctor.title, doctor.title), text=doctor.title)],
            "specialty": specialty_concepts(department.specialty),
            "healthcareService": [
                reference("HealthcareService", department.id, f"{department.specialty.name}门诊")
            ],
        }
        if department.building is not None:
            found["location"] = [reference("Location", department.building.id, department.building.name)]
        return found

    def schedule(self, doctor: Doctor, role: Role, now: datetime) -> Resource:
        """A doctor's schedule in one department, open for the next fortnight."""
        department = role.department
        actors = [
            reference("Practitioner", doctor.id, doctor.name.full),
            reference("HealthcareService", department.id, f"{department.specialty.name}门诊"),
        ]
        if department.building is not None:
            actors.append(reference("Location", department.building.id, department.building.name))
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return self._resource("Schedule", f"schedule-{role.id}", midnight) | {
            "active": True,
            "serviceCategory": category_concepts(department.specialty),
            "specialty": specialty_concepts(department.specialty),
            "actor": actors,
            "planningHorizon": {
                "start": instant(midnight, self._utc),
                "end": instant(midnight + timedelta(days=HORIZON_DAYS), self._utc),
            },
            "comment": f"{doctor.title}，挂号费{role.fee}元",
        }


def _address(campus: Campus) -> dict[str, Any]:
    return {
        "use": "work",
        "type": "physical",
        "text": f"深圳市龙岗区{campus.community.subdistrict}{campus.community.name}{campus.street}",
        "line": [f"{campus.community.name}{campus.street}"],
        "city": "深圳市",
        "district": "龙岗区",
        "state": "广东省",
        "postalCode": "518100",
        "country": "CN",
    }
