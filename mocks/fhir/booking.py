"""Writes: an Appointment takes its slot, cancelling gives it back, and nobody overwrites unseen changes."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from mocks.fhir.datatypes import Resource
from mocks.fhir.outcome import FhirError
from mocks.fhir.profile import Profile
from mocks.fhir.store import TYPES, Store

if TYPE_CHECKING:
    from mocks.world import World

_RELEASING = frozenset(("cancelled", "noshow", "entered-in-error"))
_HOLDING = frozenset(("proposed", "pending", "booked", "arrived", "fulfilled", "checked-in", "waitlist"))
_APPOINTMENT = _RELEASING | _HOLDING
_SLOT = frozenset(("busy", "free", "busy-unavailable", "busy-tentative", "entered-in-error"))
_PARTICIPATION = frozenset(("accepted", "declined", "tentative", "needs-action"))
_FROM_SLOT = ("serviceCategory", "serviceType", "specialty", "appointmentType", "start", "end")


class Desk:
    """The appointment desk of one hospital. No await lies between looking at a slot and taking it."""

    def __init__(self, world: "World", profile: Profile, store: Store) -> None:
        self._world = world
        self._profile = profile
        self._store = store

    def create(self, body: Resource) -> Resource:
        """Book: the slot turns busy and the hospital adds the doctor and the place."""
        _check_appointment(body)
        slots = self._slots(body)
        for slot in slots:
            if slot["status"] != "free":
                raise FhirError(self._profile.taken, f"Slot/{slot['id']} is {slot['status']}", "conflict")
            if datetime.fromisoformat(slot["start"]) <= self._world.clock.now():
                raise FhirError(422, f"Slot/{slot['id']} has begun")
        self._check_references(body)
        for slot in slots:
            self._set_slot(slot, "busy")
        appointment = {name: slots[0][name] for name in _FROM_SLOT if name in slots[0]} | body
        appointment["end"] = body.get("end", slots[-1]["end"])
        if body["status"] in ("proposed", "pending"):
            appointment["status"] = "booked"
        appointment["created"] = self._world.clock.now().isoformat(timespec="seconds")
        appointment["participant"] = [*body["participant"], *self._hosts(body, slots[0])]
        stored = self._store.create(appointment)
        self._record("appointment.created", stored)
        return stored

    def update(self, kind: str, key: str, body: Resource, if_match: str | None) -> Resource:
        """Replace an Appointment or a Slot; FhirError 412 if another version than `if_match` is current."""
        current = self._store.find(kind, key)
        if current is None:
            raise FhirError(405, f"{kind}/{key} is not known, and clients do not choose ids here")
        if body.get("id") != key:
            raise FhirError(400, f"the body's id is {body.get('id')}, the URL's is {key}")
        if if_match is not None and if_match != etag(current):
            raise FhirError(412, f"{kind}/{key} is at version {etag(current)}, not {if_match}")
        return self._update_slot(current, body) if kind == "Slot" else self._update_appointment(current, body)

    def _update_slot(self, current: Resource, body: Resource) -> Resource:
        if body.get("status") not in _SLOT:
            raise FhirError(422, f"{body.get('status')} is no status of a Slot", "code-invalid")
        for fixed in ("schedule", "start", "end"):
            if body.get(fixed) != current[fixed]:
                raise FhirError(422, f"the {fixed} of a Slot does not change")
        stored = self._store.update(body)
        self._world.ledger.record(
            self._profile.id,
            "slot.updated",
            id=stored["id"],
            status=stored["status"],
            version=version(stored),
        )
        return stored

    def _update_appointment(self, current: Resource, body: Resource) -> Resource:
        _check_appointment(body)
        if body.get("slot") != current["slot"]:
            raise FhirError(422, "the slot of an Appointment does not change: cancel and book again")
        if current["status"] in _RELEASING and body["status"] not in _RELEASING:
            raise FhirError(422, f"an Appointment that is {current['status']} does not come back")
        self._check_references(body)
        if body["status"] in _RELEASING and current["status"] not in _RELEASING:
            begins = datetime.fromisoformat(self._slots(current)[0]["start"])
            if body["status"] == "cancelled" and begins <= self._world.clock.now():
                raise FhirError(422, f"Appointment/{current['id']} has begun")
            for slot in self._slots(body):
                if slot["status"] == "busy":
                    self._set_slot(slot, "free")
        stored = self._store.update(body)
        self._record("appointment.updated", stored)
        return stored

    def _slots(self, body: Resource) -> list[Resource]:
        slots: list[Resource] = []
        for wanted in body.get("slot", []):
            kind, _, key = str(wanted.get("reference", "")).rpartition("/")
            slot = self._store.find("Slot", key) if kind.endswith("Slot") else None
            if slot is None:
                raise FhirError(422, f"{wanted.get('reference')} is not a Slot of this hospital", "not-found")
            slots.append(slot)
        if not slots:
            raise FhirError(422, "an Appointment at this hospital needs a slot", "required")
        for name, slot in (("start", slots[0]), ("end", slots[-1])):
            if name in body and not _same_moment(body[name], slot[name]):
                raise FhirError(422, f"the Appointment's {name} is not its slot's")
        return slots

    def _check_references(self, body: Resource) -> None:
        for participant in body["participant"]:
            kind, _, key = str(participant.get("actor", {}).get("reference", "")).partition("/")
            if kind in TYPES and self._store.find(kind, key) is None:
                raise FhirError(422, f"{kind}/{key} is not known", "not-found")

    def _hosts(self, body: Resource, slot: Resource) -> list[dict[str, Any]]:
        schedule = self._store.read("Schedule", slot["schedule"]["reference"].partition("/")[2])
        present = {p.get("actor", {}).get("reference") for p in body["participant"]}
        return [
            {"actor": actor, "required": "required", "status": "accepted"}
            for actor in schedule["actor"]
            if actor["reference"] not in present
        ]

    def _set_slot(self, slot: Resource, status: str) -> None:
        self._store.update({name: slot[name] for name in slot if name != "comment"} | {"status": status})

    def _record(self, kind: str, stored: Resource) -> None:
        self._world.ledger.record(
            self._profile.id,
            kind,
            id=stored["id"],
            status=stored["status"],
            version=version(stored),
            slot=[slot["reference"].rpartition("/")[2] for slot in stored["slot"]],
            identifier=[found.get("value") for found in stored.get("identifier", [])],
            client=[
                one["actor"]["identifier"].get("value")
                for one in stored["participant"]
                if "identifier" in one.get("actor", {})
            ],
        )


def version(resource: Resource) -> str:
    found: str = resource["meta"]["versionId"]
    return found


def etag(resource: Resource) -> str:
    return f'W/"{version(resource)}"'


def _check_appointment(body: Resource) -> None:
    if body.get("status") not in _APPOINTMENT:
        raise FhirError(422, f"{body.get('status')} is no status of an Appointment", "code-invalid")
    participants = body.get("participant")
    if not isinstance(participants, list) or not participants:
        raise FhirError(422, "an Appointment needs a participant", "required")
    for participant in participants:
        if participant.get("status") not in _PARTICIPATION:
            raise FhirError(422, f"{participant.get('status')} is no status of a participant", "code-invalid")
        if "actor" not in participant and "type" not in participant:
            raise FhirError(422, "a participant needs an actor or a type (app-1)", "invariant")


def _same_moment(one: Any, other: str) -> bool:
    try:
        return datetime.fromisoformat(str(one)) == datetime.fromisoformat(other)
    except (ValueError, TypeError):
        raise FhirError(400, f"{one} is not an instant") from None
