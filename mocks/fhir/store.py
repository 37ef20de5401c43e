"""What one hospital's server holds: every resource by type and id, with versions, kept up to the clock."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from mocks.fhir.datatypes import Resource, instant
from mocks.fhir.directory import Directory, bed_state
from mocks.fhir.outcome import FhirError
from mocks.fhir.slots import slot
from mocks.world.consultations import HORIZON_DAYS, consultations
from mocks.world.wards import next_state

if TYPE_CHECKING:
    from mocks.world import World

TYPES = (
    "Organization",
    "Location",
    "HealthcareService",
    "Practitioner",
    "PractitionerRole",
    "Schedule",
    "Slot",
    "Appointment",
)
# references that never change once written, and are therefore worth an index
_INDEXED = {"Slot": ("schedule",), "Location": ("partOf",), "Schedule": ("actor",)}
_QUARTER = timedelta(minutes=15)
_BEDS_A_QUARTER = 3


class Store:
    """Built whole from the world; then the clock and the writes change it."""

    def __init__(self, world: "World", hospital: str, utc: bool) -> None:
        self._world = world
        self._hospital = world.hospitals[hospital]
        self._utc = utc
        self._types: dict[str, dict[str, Resource]] = {kind: {} for kind in TYPES}
        self._index: dict[tuple[str, str], dict[str, list[str]]] = {
            (kind, path): {} for kind, paths in _INDEXED.items() for path in paths
        }
        self._days: set[date] = set()
        self._created = 0
        now = world.clock.now()
        self._quarter = _quarter(now)
        self._directory = Directory(self._hospital, now, utc)
        for resource in self._directory.resources():
            self._add(resource)
        self._gone = set(self._directory.gone())
        self._beds = [key for key in self._types["Location"] if key.startswith("bed-")]
        self._open_days(now)

    def all(self, kind: str) -> Mapping[str, Resource]:
        return self._types[kind]

    def referring(self, kind: str, path: str, references: Iterable[str]) -> list[str] | None:
        """The ids of resources whose `path` is one of `references`; None if that is not indexed."""
        index = self._index.get((kind, path))
        if index is None:
            return None
        return list(dict.fromkeys(key for wanted in references for key in index.get(wanted, ())))

    def find(self, kind: str, key: str) -> Resource | None:
        return self._types.get(kind, {}).get(key)

    def read(self, kind: str, key: str) -> Resource:
        """The resource; FhirError 404 if there never was one, 410 if it was deleted."""
        found = self.find(kind, key)
        if found is not None:
            return found
        if (kind, key) in self._gone:
            raise FhirError(410, f"{kind}/{key} was deleted")
        raise FhirError(404, f"{kind}/{key} is not known")

    def create(self, resource: Resource) -> Resource:
        """The resource as stored, with an id and a first version of its own."""
        self._created += 1
        kind = resource["resourceType"]
        return self._add(resource | {"id": f"{kind.lower()}-{self._created:06d}", "meta": self._meta(1)})

    def update(self, resource: Resource, at: datetime | None = None) -> Resource:
        """The resource as stored in the place of its former version."""
        kept = self._types[resource["resourceType"]]
        version = int(kept[resource["id"]]["meta"]["versionId"]) + 1
        kept[resource["id"]] = resource | {"meta": self._meta(version, at)}
        return kept[resource["id"]]

    def keep_up(self) -> None:
        """Let the clock have its effect: new days open for booking, and beds change hands."""
        now = self._world.clock.now()
        if now.date() not in self._days or now.date() + timedelta(days=HORIZON_DAYS - 1) not in self._days:
            self._open_days(now)
            self._move_horizons(now)
        quarter = _quarter(now)
        if quarter > self._quarter:
            first = max(self._quarter + 1, quarter - 96)
            for passed in range(first, quarter + 1):
                self._change_beds(passed)
            self._quarter = quarter

    def _add(self, resource: Resource) -> Resource:
        kind = resource["resourceType"]
        self._types[kind][resource["id"]] = resource
        for path in _INDEXED.get(kind, ()):
            targets = resource.get(path, [])
            for target in targets if isinstance(targets, list) else [targets]:
                self._index[kind, path].setdefault(target["reference"], []).append(resource["id"])
        return resource

    def _meta(self, version: int, at: datetime | None = None) -> dict[str, str]:
        changed = at or self._world.clock.now()
        return {"versionId": str(version), "lastUpdated": instant(changed, self._utc)}

    def _open_days(self, now: datetime) -> None:
        for ahead in range(HORIZON_DAYS):
            day = now.date() + timedelta(days=ahead)
            if day not in self._days:
                self._days.add(day)
                for consultation in consultations(self._world, self._hospital, day):
                    self._add(slot(consultation, self._utc))

    def _move_horizons(self, now: datetime) -> None:
        for doctor in self._hospital.doctors:
            for role in doctor.roles:
                if not doctor.gone:
                    self.update(self._directory.schedule(doctor, role, now))

    def _change_beds(self, quarter: int) -> None:
        rng = self._world.rng(f"{self._hospital.id}/beds/{quarter}")
        at = datetime.fromtimestamp(quarter * _QUARTER.total_seconds(), self._world.clock.now().tzinfo)
        for key in rng.sample(self._beds, _BEDS_A_QUARTER):
            bed = self._types["Location"][key]
            state = next_state(bed["operationalStatus"]["code"])
            self.update(bed | {"operationalStatus": bed_state(state)}, at)


def _quarter(now: datetime) -> int:
    return int(now.timestamp() // _QUARTER.total_seconds())
