"""Signing up for missions: a companion of our own to an API that has no writing, in the same shape.

`POST /v0/mission/{id}/application` with `{clientReference, volunteerNumber, waitingList?}`: 201 with the
application, 200 with the same one when the same request comes again. `volunteerNumber` is the unified
volunteer number, which stands in for an identity card's. Refused with `{ok: false, code}`:

    400 INVALID_BODY         a field is missing, of another type, or too long
    404 NOT_FOUND            no such mission, or it is deleted or refused
    409 REFERENCE_CONFLICT   the reference was used for something else
    409 ALREADY_APPLIED      this volunteer has an application for this mission
    409 MISSION_CLOSED       it is over, or has begun and does not go on after the day
    409 MISSION_FULL         no place is left, and `waitingList` was not asked for

`GET /v0/application/{clientReference}` reads it back; `DELETE` cancels, and gives its place to the first
who waits. An application is CONFIRMED, WAITING (with its `position`) or CANCELLED.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from mocks.world.missions import Mission

if TYPE_CHECKING:
    from mocks.world import World

_LONGEST = 64


class RefusedError(Exception):
    """A request that the platform does not carry out."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class _Application:
    number: int
    reference: str
    mission: str
    volunteer: str
    waits: bool
    status: str
    made: datetime


class Applications:
    """Every application of a platform. Rules are checked and writes made with no await between."""

    def __init__(self, world: "World", identity: str) -> None:
        self._world = world
        self._id = identity
        self._by_reference: dict[str, _Application] = {}
        self._numbers = count(1)

    def places_left(self, mission: Mission) -> int | None:
        """What the mission needed at first, less those who are confirmed; None: it does not count."""
        return None if mission.places is None else mission.places - len(self._of(mission.id, "CONFIRMED"))

    def apply(self, mission: Mission, wish: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        """Sign up, or say which rule forbids it; False: it was made before."""
        reference, volunteer = _text(wish, "clientReference"), _text(wish, "volunteerNumber")
        waiting = wish.get("waitingList", False)
        if not isinstance(waiting, bool):
            raise RefusedError(400, "INVALID_BODY")
        if mission.deleted is not None or mission.refused:
            raise RefusedError(404, "NOT_FOUND")
        before = self._by_reference.get(reference)
        if before is not None:
            if (before.mission, before.volunteer, before.waits) != (mission.id, volunteer, waiting):
                raise RefusedError(409, "REFERENCE_CONFLICT")
            return self._shown(before), False
        if any(a.volunteer == volunteer for a in self._of(mission.id, "CONFIRMED", "WAITING")):
            raise RefusedError(409, "ALREADY_APPLIED")
        now = self._world.clock.now()
        if not _open(mission, now):
            raise RefusedError(409, "MISSION_CLOSED")
        full = self.places_left(mission) == 0
        if full and not waiting:
            raise RefusedError(409, "MISSION_FULL")
        status = "WAITING" if full else "CONFIRMED"
        made = _Application(next(self._numbers), reference, mission.id, volunteer, waiting, status, now)
        self._by_reference[reference] = made
        self._record("application.made", made)
        return self._shown(made), True

    def get(self, reference: str) -> dict[str, Any]:
        return self._shown(self._found(reference))

    def cancel(self, reference: str, missions: Mapping[str, Mission]) -> dict[str, Any]:
        """Cancel once; again changes nothing. Too late once a mission has begun that does not go on."""
        found = self._found(reference)
        if found.status == "CANCELLED":
            return self._shown(found)
        if not _open(missions[found.mission], self._world.clock.now()):
            raise RefusedError(409, "MISSION_CLOSED")
        self._put(found, "CANCELLED", "application.cancelled")
        queue = self._of(found.mission, "WAITING")
        if found.status == "CONFIRMED" and queue:
            self._put(queue[0], "CONFIRMED", "application.promoted")
        return self.get(reference)

    def _found(self, reference: str) -> _Application:
        if reference not in self._by_reference:
            raise RefusedError(404, "NOT_FOUND")
        return self._by_reference[reference]

    def _of(self, mission: str, *states: str) -> list[_Application]:
        """Those for a mission in such states, first come first."""
        return [a for a in self._by_reference.values() if a.mission == mission and a.status in states]

    def _put(self, application: _Application, status: str, kind: str) -> None:
        self._by_reference[application.reference] = replace(application, status=status)
        self._record(kind, application)

    def _record(self, kind: str, application: _Application) -> None:
        self._world.ledger.record(
            self._id,
            kind,
            client_reference=application.reference,
            mission_id=application.mission,
            client=application.volunteer,
        )

    def _shown(self, application: _Application) -> dict[str, Any]:
        queue = self._of(application.mission, "WAITING")
        return {
            "id": f"{self._id}-{application.number}",
            "clientReference": application.reference,
            "missionId": application.mission,
            "status": application.status,
            "position": 1 + queue.index(application) if application in queue else None,
            "createdAt": application.made.isoformat(timespec="seconds"),
        }


def _open(mission: Mission, now: datetime) -> bool:
    """One that goes on after its first day can be joined until it ends."""
    if mission.end is None:
        return True
    return now < (mission.end if mission.kind.months else mission.start)


def _text(wish: Mapping[str, Any], name: str) -> str:
    value = wish.get(name)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= _LONGEST:
        raise RefusedError(400, "INVALID_BODY")
    return value.strip()
