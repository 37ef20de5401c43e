"""Hospitals, departments and practitioners out of Organization, Location, HealthcareService and the like."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from connectors.fhir import wire, words
from connectors.fhir.base import FhirBase, ids_of, is_kind, targets
from connectors.fhir.rest import Beside
from connectors.kit import Params, answers, gather_all
from schema.core.record import Position, Ref
from schema.health.lookups import (
    DEPARTMENT_BY_REF,
    DEPARTMENTS,
    HOSPITAL_BY_REF,
    HOSPITALS,
    PRACTITIONER_BY_REF,
    STAFF_OF_DEPARTMENT,
)
from schema.health.records import (
    Campus,
    DepartmentRecord,
    HospitalRecord,
    PractitionerRecord,
)

_SITE = "si"
ROLES_BESIDE = {"_revinclude": "PractitionerRole:practitioner"}


class Directory(FhirBase):
    """Who the hospitals are and who works in them."""

    @answers(HOSPITALS)
    async def hospitals(self, keys: Sequence[None]) -> Mapping[None, Sequence[HospitalRecord]]:
        """Organizations of the hospitals' type that are part of no other, with their campuses.

        Two calls, and for hospitals none of whose campuses has the type a third, page by page.
        """
        (organizations, _), sites = await gather_all(
            self.rest.find(wire.Organization, self._of_type()), self._sites_by_type({})
        )
        return dict.fromkeys(keys, await self._hospitals(organizations, sites))

    @answers(HOSPITAL_BY_REF)
    async def hospitals_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, HospitalRecord]:
        """Organizations by id, if they would be in the list, with their campuses: two calls."""
        ids = ids_of(keys)
        if not ids:
            return {}
        (organizations, _), sites = await gather_all(
            self.rest.by_id(wire.Organization, ids, of=self._of_type()),
            self._sites_by_type({"organization": targets(wire.Organization, ids)}),
        )
        hospitals = await self._hospitals(organizations.values(), sites)
        return {hospital.ref: hospital for hospital in hospitals}

    @answers(DEPARTMENTS)
    async def departments(self, keys: Sequence[None]) -> Mapping[None, Sequence[DepartmentRecord]]:
        """Every HealthcareService that is active and has a name."""
        services, _ = await self.rest.find(wire.HealthcareService, {})
        records = map(self.department, services)
        departments = [record for record in records if record is not None]
        return dict.fromkeys(keys, departments)

    @answers(DEPARTMENT_BY_REF)
    async def departments_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, DepartmentRecord]:
        """HealthcareServices by id, in one call."""
        services, _ = await self.rest.by_id(wire.HealthcareService, ids_of(keys))
        records = map(self.department, services.values())
        return {record.ref: record for record in records if record is not None}

    @answers(STAFF_OF_DEPARTMENT)
    async def staff(self, keys: Sequence[Ref]) -> Mapping[Ref, tuple[Ref, ...]]:
        """PractitionerRoles by service; roles that have ended count no more."""
        ids = ids_of(keys)
        if not ids:
            return {}
        roles, _ = await self.rest.find(
            wire.PractitionerRole, {"service": targets(wire.HealthcareService, ids)}, optional=True
        )
        staff: defaultdict[Ref | None, set[Ref]] = defaultdict(set)
        for role in roles:
            practitioner = self.link(role.practitioner, wire.Practitioner)
            if role.active and practitioner is not None:
                for service in role.healthcare_service:
                    staff[self.link(service, wire.HealthcareService)].add(practitioner)
        return {key: tuple(sorted(staff[key])) for key in keys}

    @answers(PRACTITIONER_BY_REF)
    async def practitioners(self, keys: Sequence[Ref]) -> Mapping[Ref, PractitionerRecord]:
        """Practitioners by id with their roles: one call, two where the server does not include."""
        found, beside = await self.rest.by_id(wire.Practitioner, ids_of(keys), ROLES_BESIDE)
        if found and not beside.all(wire.PractitionerRole):
            wanted = {"practitioner": targets(wire.Practitioner, found)}
            roles, _ = await self.rest.find(wire.PractitionerRole, wanted, optional=True)
            beside.add(roles)
        roles_of = self.roles_of(beside)
        records = (self.practitioner(doctor, roles_of[key]) for key, doctor in found.items())
        return {record.ref: record for record in records if record is not None}

    def roles_of(self, beside: Beside) -> Mapping[str | None, Sequence[wire.PractitionerRole]]:
        """Give the roles that came, by their practitioner's id; ended ones are left out."""
        roles: defaultdict[str | None, list[wire.PractitionerRole]] = defaultdict(list)
        for role in sorted(beside.all(wire.PractitionerRole), key=lambda role: role.id):
            if role.active:
                roles[self.rest.local_id(role.practitioner, wire.Practitioner)].append(role)
        return roles

    def practitioner(
        self, doctor: wire.Practitioner, roles: Sequence[wire.PractitionerRole]
    ) -> PractitionerRecord | None:
        """Name from the Practitioner; title, hospital and departments from the roles.

        None where nothing names them, or they have left.
        """
        name = words.person(doctor.name)
        if name is None or not doctor.active:
            return None
        hospitals = [self.link(role.organization, wire.Organization) for role in roles]
        departments = [
            self.link(service, wire.HealthcareService)
            for role in roles
            for service in role.healthcare_service
        ]
        titles = [code for role in roles for code in role.code]
        return PractitionerRecord(
            ref=self.ref(doctor.id),
            as_of=self.as_of(doctor, *roles),
            name=name,
            title=words.label(titles) or words.label(q.code for q in doctor.qualification),
            hospital=next((hospital for hospital in hospitals if hospital is not None), None),
            departments=tuple(dict.fromkeys(ref for ref in departments if ref is not None)),
        )

    def department(self, service: wire.HealthcareService) -> DepartmentRecord | None:
        """A HealthcareService; None where nothing names it, or it has closed."""
        specialty = words.label(service.specialty)
        name = service.name or specialty or words.label(service.type)
        if name is None or not service.active:
            return None
        return DepartmentRecord(
            ref=self.ref(service.id),
            as_of=self.as_of(service),
            name=name,
            name_en=words.in_english(service.name_element),
            specialty=specialty,
            description=service.comment or service.extra_details,
            phone=words.phone(service.telecom),
            appointment_required=service.appointment_required,
            available_times=tuple(words.hours(wire.readable(service.available_time, wire.AvailableTime))),
            closures=tuple(words.closures(wire.readable(service.not_available, wire.NotAvailable))),
            locations=tuple(place.display for place in service.location if place.display),
            hospital=self.link(service.provided_by, wire.Organization),
        )

    def _of_type(self) -> Params:
        return {"type": self.options.hospitals} if self.options.hospitals else {}

    async def _sites_by_type(self, of: Params) -> Mapping[str | None, Sequence[wire.Location]]:
        """Give those that their type says are campuses; none where no type does."""
        return await self._sites({**of, "type": self.options.campuses}) if self.options.campuses else {}

    async def _sites(self, of: Params) -> Mapping[str | None, Sequence[wire.Location]]:
        """Give campuses in use by their Organization's id; none where the server has no Locations.

        That nothing holds them is told from the answer: `partof:missing` is what HAPI refuses or
        misreads unless it was set up to index what is missing.
        """
        locations, _ = await self.rest.find(wire.Location, of, optional=True)
        sites: defaultdict[str | None, list[wire.Location]] = defaultdict(list)
        for site in locations:
            if is_kind(site, _SITE) and site.part_of is None and site.status in (None, "active"):
                sites[self.rest.local_id(site.managing_organization, wire.Organization)].append(site)
        return sites

    async def _hospitals(
        self,
        organizations: Iterable[wire.Organization],
        by_type: Mapping[str | None, Sequence[wire.Location]],
    ) -> list[HospitalRecord]:
        whole = [(o, o.name) for o in organizations if o.active and o.part_of is None and o.name]
        bare = [o.id for o, _ in whole if not by_type.get(o.id)]
        others = await self._sites({"organization": targets(wire.Organization, bare)}) if bare else {}
        return [self._hospital(o, name, by_type.get(o.id) or others.get(o.id) or ()) for o, name in whole]

    def _hospital(
        self, organization: wire.Organization, name: str, sites: Sequence[wire.Location]
    ) -> HospitalRecord:
        address = next((text for text in map(words.address, organization.address) if text), None)
        # FHIR marks no campus as the main one: it is the one that stands where the Organization does.
        own = sorted(sites, key=lambda site: (words.address(site.address) != address, site.id))
        campuses = tuple(self._campus(site) for site in own)
        main = campuses[0] if campuses else None
        return HospitalRecord(
            ref=self.ref(organization.id),
            as_of=self.as_of(organization, *own),
            name=name,
            name_en=words.in_english(organization.name_element, organization.alias),
            position=main.position if main else None,
            address=address or (main.address if main else None),
            phone=words.phone(organization.telecom) or (main.phone if main else None),
            campuses=campuses,
        )

    def _campus(self, site: wire.Location) -> Campus:
        place = site.position
        return Campus(
            name=site.name or site.id,
            name_en=words.in_english(site.name_element, site.alias),
            address=words.address(site.address),
            phone=words.phone(site.telecom),
            position=Position(lat=place.latitude, lng=place.longitude) if place else None,
        )
