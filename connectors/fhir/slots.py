"""Free slots of a day and slots by id, with the schedule, doctor and department that each belongs to.

FHIR leads from a Slot to its Schedule and from there to actors (R4 12.9, 12.10). Where a server
includes, all of it comes in the slots' own answer; where it does not, the records say only which
schedule it is, and the graph asks for what it needs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from connectors.fhir import wire, words
from connectors.fhir.base import ids_of, targets, valid
from connectors.fhir.directory import ROLES_BESIDE, Directory
from connectors.fhir.rest import PAGE, Beside
from connectors.kit import Params, answers, gather_all
from schema.core.record import Ref
from schema.core.scalars import CHINA, in_china
from schema.health.lookups import SCHEDULE_BY_REF, SLOT_BY_REF, SLOTS, SlotsKey
from schema.health.records import (
    AppointmentSlotRecord,
    AppointmentSlotStatus,
    ScheduleRecord,
    millis,
)

_FREE, _ERROR = "free", "entered-in-error"
_SPARE = 2
"""Times as many as needed are asked for: a page's last instant may be cut, and is then not counted."""
_LEAST = 20
_BESIDE: Params = {
    "_include": "Slot:schedule",
    "_include:iterate": "Schedule:actor",
    **{f"{name}:iterate": value for name, value in ROLES_BESIDE.items()},
}


class _Attending(msgspec.Struct, frozen=True):
    """Whose time a Schedule is, by id: of several, the first."""

    practitioners: tuple[str, ...]
    departments: tuple[str, ...]


class Slots(Directory):
    """When patients can be seen."""

    @answers(SLOTS)
    async def slots(self, keys: Sequence[SlotsKey]) -> Mapping[SlotsKey, Sequence[AppointmentSlotRecord]]:
        """Keys of one day share one search, of as many pages as the most patient of them needs.

        Whose schedules narrowed keys mean is asked once for all days.
        """
        schedules = await self._schedules_of(keys)
        by_day: defaultdict[date, list[SlotsKey]] = defaultdict(list)
        for key in keys:
            by_day[key.day].append(key)
        parts = await gather_all(*(self._day(day, group, schedules) for day, group in by_day.items()))
        return {key: found for part in parts for key, found in part.items()}

    @answers(SLOT_BY_REF)
    async def slots_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, AppointmentSlotRecord]:
        """Slots by id, free or not, in one call; one that was entered in error is not there."""
        slots, beside = await self.rest.by_id(wire.Slot, ids_of(keys), _BESIDE)
        records = self._records((slot for slot in slots.values() if slot.status != _ERROR), beside)
        return {record.ref: record for record in records}

    @answers(SCHEDULE_BY_REF)
    async def schedules(self, keys: Sequence[Ref]) -> Mapping[Ref, ScheduleRecord]:
        """Schedules by id: one call, and one more where their actors are PractitionerRoles."""
        schedules, beside = await self.rest.by_id(wire.Schedule, ids_of(keys))
        wanted = [
            key for schedule in schedules.values() for key in self._ids(schedule, wire.PractitionerRole)
        ]
        if wanted:
            roles, _ = await self.rest.by_id(wire.PractitionerRole, wanted)
            beside.add(roles.values())
        records = [self._schedule(schedule, beside) for schedule in schedules.values()]
        return {record.ref: record for record in records}

    async def _day(
        self, day: date, keys: Sequence[SlotsKey], schedules: Mapping[SlotsKey, frozenset[str]]
    ) -> Mapping[SlotsKey, Sequence[AppointmentSlotRecord]]:
        midnight = datetime.combine(day, time(), CHINA)
        opens, closes = max(midnight, self.upstream.now()), midnight + timedelta(days=1)
        earliest = min(key.after[0] if key.after else 0 for key in keys)
        since = max(opens, datetime.fromtimestamp(earliest // 1000, CHINA))
        params: dict[str, str | int | Sequence[str]] = {
            "status": _FREE,
            "start": [f"ge{_instant(since)}", f"lt{_instant(closes)}"],
            "_sort": "start",
            "_count": min(PAGE, max(_LEAST, _SPARE * sum(key.count for key in keys))),
        }
        if all(key in schedules for key in keys):
            union = frozenset[str]().union(*(schedules[key] for key in keys))
            if not union:
                return {key: [] for key in keys}
            params["schedule"] = targets(wire.Schedule, sorted(union))

        def wanted(slot: wire.Slot, key: SlotsKey) -> bool:
            """Checked here too: a server may take no notice of a parameter and send what it likes."""
            start = in_china(slot.start)
            return (
                slot.status == _FREE
                and opens <= start < closes
                and (key.after is None or (millis(start), self.upstream.source, slot.id) > key.after)
                and (
                    key not in schedules or self.rest.local_id(slot.schedule, wire.Schedule) in schedules[key]
                )
            )

        found: dict[str, wire.Slot] = {}
        beside = Beside()
        latest: datetime | None = None
        in_order = True
        async with aclosing(self.rest.pages(wire.Slot, params, _BESIDE, beside)) as pages:
            async for page in pages:
                for slot in page.matches:
                    found[slot.id] = slot
                    start = in_china(slot.start)
                    in_order = in_order and (latest is None or latest <= start)
                    latest = start if latest is None else max(latest, start)
                if page.more and in_order and latest is not None:
                    # The next page may begin with slots of the same instant, which come first by their id.
                    sure = [slot for slot in found.values() if in_china(slot.start) < latest]
                    if all(sum(wanted(slot, key) for slot in sure) >= key.count for key in keys):
                        found = {slot.id: slot for slot in sure}
                        break
        ordered = sorted(found.values(), key=lambda slot: (millis(in_china(slot.start)), slot.id))
        cut = {key: [slot for slot in ordered if wanted(slot, key)][: key.count] for key in keys}
        return {key: self._records(slots, beside) for key, slots in cut.items()}

    async def _schedules_of(self, keys: Sequence[SlotsKey]) -> Mapping[SlotsKey, frozenset[str]]:
        """Give the ids of the schedules that each narrowed key means; a key for everything is absent.

        A schedule's actors are a Practitioner and a HealthcareService, or a PractitionerRole, which knows
        both: roles are read first, then the schedules of all such actors at once. Chained parameters
        (`schedule.actor=`) would spare these calls, but few servers know them, and some of those that do
        not say nothing and find nothing.
        """
        narrowed = [key for key in keys if key.departments or key.practitioner is not None]
        doctors = valid(key.practitioner for key in narrowed if key.practitioner is not None)
        # A doctor's schedules are few: the departments of a key that names both are told from them.
        departments = valid(d for key in narrowed if key.practitioner is None for d in key.departments)
        sought = [
            (name, targets(kind, ids))
            for name, kind, ids in (
                ("service", wire.HealthcareService, departments),
                ("practitioner", wire.Practitioner, doctors),
            )
            if ids
        ]
        if not sought:
            return dict.fromkeys(narrowed, frozenset())
        beside = Beside()
        for roles, _ in await gather_all(
            *(self.rest.find(wire.PractitionerRole, {name: ids}, optional=True) for name, ids in sought)
        ):
            beside.add(roles)
        by_role = targets(wire.PractitionerRole, (role.id for role in beside.all(wire.PractitionerRole)))
        actors = [*(ids for _, ids in sought), *filter(None, [by_role])]
        schedules, _ = await self.rest.find(wire.Schedule, {"actor": ",".join(actors)})
        attending = {schedule.id: self._whose(schedule, beside) for schedule in schedules}
        return {key: _chosen(key, attending) for key in narrowed}

    def _whose(self, schedule: wire.Schedule, beside: Beside) -> _Attending:
        roles = [
            role
            for key in self._ids(schedule, wire.PractitionerRole)
            if (role := beside.get(wire.PractitionerRole, key)) is not None
        ]
        by_role = [self.rest.local_id(role.practitioner, wire.Practitioner) for role in roles]
        in_role = [
            self.rest.local_id(service, wire.HealthcareService)
            for role in roles
            for service in role.healthcare_service
        ]
        return _Attending(
            (*self._ids(schedule, wire.Practitioner), *filter(None, by_role)),
            (*self._ids(schedule, wire.HealthcareService), *filter(None, in_role)),
        )

    def _ids(self, schedule: wire.Schedule, kind: type[wire.Resource]) -> list[str]:
        """Give the ids of a schedule's actors of one type."""
        ids = (self.rest.local_id(actor, kind) for actor in schedule.actor)
        return [key for key in ids if key is not None]

    def _schedule(self, schedule: wire.Schedule, beside: Beside) -> ScheduleRecord:
        whose = self._whose(schedule, beside)
        return ScheduleRecord(
            ref=self.ref(schedule.id),
            as_of=self.as_of(schedule),
            practitioner=next(map(self.ref, whose.practitioners), None),
            department=next(map(self.ref, whose.departments), None),
        )

    def _records(self, slots: Iterable[wire.Slot], beside: Beside) -> list[AppointmentSlotRecord]:
        """Slots with what came beside them; records that many slots share are made once."""
        complete = {
            schedule.id: schedule
            for schedule in beside.all(wire.Schedule)
            if all(
                beside.get(wire.PractitionerRole, key) for key in self._ids(schedule, wire.PractitionerRole)
            )
        }
        schedules = {key: self._schedule(schedule, beside) for key, schedule in complete.items()}
        roles_of = self.roles_of(beside)
        doctors = {
            doctor_record.ref: doctor_record
            for doctor in beside.all(wire.Practitioner)
            # No role beside a doctor may mean that the server does not give them so: then it is asked.
            if roles_of[doctor.id]
            and (doctor_record := self.practitioner(doctor, roles_of[doctor.id])) is not None
        }
        departments = {
            record.ref: record
            for service in beside.all(wire.HealthcareService)
            if (record := self.department(service)) is not None
        }
        records: list[AppointmentSlotRecord] = []
        for slot in slots:
            key = self.rest.local_id(slot.schedule, wire.Schedule)
            schedule = schedules.get(key or "")
            records.append(
                AppointmentSlotRecord(
                    ref=self.ref(slot.id),
                    as_of=self.as_of(slot),
                    start=in_china(slot.start),
                    end=in_china(slot.end),
                    title=words.label(slot.service_type) or words.label(slot.specialty),
                    # FHIR's slot is one patient's, but for one that its hospital overbooks.
                    places_left=int(slot.status == "free"),
                    places_total=1,
                    status=AppointmentSlotStatus(slot.status),
                    service_type=words.label(slot.service_type),
                    specialty=words.label(slot.specialty),
                    schedule=self.ref(key) if key else None,
                    brought_schedule=schedule,
                    brought_practitioner=doctors.get(schedule.practitioner)
                    if schedule and schedule.practitioner
                    else None,
                    brought_department=departments.get(schedule.department)
                    if schedule and schedule.department
                    else None,
                )
            )
        return records


def _chosen(key: SlotsKey, attending: Mapping[str, _Attending]) -> frozenset[str]:
    """Give the schedules of any of the departments and, besides, of the practitioner."""
    return frozenset(
        schedule
        for schedule, whose in attending.items()
        if (not key.departments or not set(key.departments).isdisjoint(whose.departments))
        and (key.practitioner is None or key.practitioner in whose.practitioners)
    )


def _instant(moment: datetime) -> str:
    """Write an instant to the second, in UTC: a plus sign is lost on servers that decode it as a blank."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
