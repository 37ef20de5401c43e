"""Assigned rights and sessions of one operator: passes, bays reserved for a day or an event, and their use.

A right is assigned by `POST /rights/assigned` with an id of the client's own. A taken id is a conflict,
even with the same content; so is a pass or a reservation when its pool is empty, or where there is no pool
for the time that its `plannedUses` begin with. A pass lapses thirty days after its first planned use, or
after its issuance. A right that lets one in once is in conflict with being deleted once the time that it was
planned for is over. No number plate appears anywhere: credentials are opaque customer ids.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import orjson
from starlette.requests import Request
from starlette.responses import Response

from mocks.apds.query import (
    Json,
    circle,
    expanded,
    instant,
    integer,
    listed,
    listing,
    reference,
    status,
    text,
)
from mocks.apds.specs import MONTHLY, VISIT, Pool, Spec
from mocks.apds.tariffs import Tariffs
from mocks.asgi import json_response
from mocks.world import World
from mocks.world.parking import OPERATORS

_ASSIGNED_EXPANDABLE = frozenset({"plannedUses", "assignedRightIssuer"})
_SESSIONS_EXPANDABLE = frozenset(
    {"credentials", "vehicleAncillaryIdentification", "segments", "segments.space", "segments.assignedRight"}
)
_SEEDED = 24
_PASS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Right:
    """An assigned right as its issuer gave it, with what the lists filter by."""

    spec: Spec
    content: Json
    modified: datetime

    @property
    def credentials(self) -> set[str]:
        given = self.content["rightHolder"].get("credentials", ())
        return {credential["identifier"]["id"] for credential in given}

    @property
    def starts(self) -> datetime | None:
        """When it is first used, if that is planned."""
        return min((start for start, _ in self.uses), default=None)

    @property
    def uses(self) -> list[tuple[datetime, datetime | None]]:
        return [
            (datetime.fromisoformat(use["startTime"]), _time(use.get("endTime")))
            for use in self.content.get("plannedUses", ())
        ]

    def over(self, now: datetime) -> bool:
        """Whether it let one in once, and the time for that is over."""
        if self.spec.type == "permitParking" or not self.uses:
            return False
        return max(end or start for start, end in self.uses) <= now


class Rights:
    """`/rights/assigned` and `/sessions`."""

    def __init__(self, world: World, operator: str) -> None:
        self._world = world
        self._operator = operator
        self._deleted: list[tuple[str, str, datetime]] = []
        self.tariffs = Tariffs(world, operator, self.assigned)

    def assigned(self, spec: Spec, pool: Pool) -> int:
        return sum(right.spec == spec and pool.holds(right.starts) for right in self._rights.values())

    async def find(self, request: Request) -> Response:
        expand, now = expanded(request, _ASSIGNED_EXPANDABLE), self._world.clock.now()
        since = integer(request, "modified_since")
        found = [
            right
            for right in self._rights.values()
            if self._matches(request, right.spec, right.credentials)
            and _within(request, right.uses)
            and (since is None or right.modified.timestamp() >= since)
        ]
        return listing(request, found, lambda right: _shown(right, expand), now, self._deleted)

    async def one(self, request: Request) -> Response:
        expand = expanded(request, _ASSIGNED_EXPANDABLE)
        right = self._rights.get(request.path_params["id"])
        if right is None or integer(request, "version", 1) not in (None, right.content["version"]):
            return status(404, "Assigned right not found.")
        return json_response(_shown(right, expand))

    async def create(self, request: Request) -> Response:
        try:
            content = orjson.loads(await request.body())
            _check(content)
        except ValueError as error:
            return status(
                400, f"Assigned right can not be created due to missing required attributes: {error}."
            )
        wanted = content["rightSpecification"]["id"]
        spec = next((s for s in self.tariffs.specs if s.id == wanted), None)
        if spec is None:
            return status(
                400, "Assigned right refers to a right specification that does not exist.", [wanted]
            )
        if content["id"] in self._rights:
            return status(409, "Assigned right can not be created due to conflicting data.", [content["id"]])
        now = self._world.clock.now()
        content = {
            "issueMethod": "electronic",
            "issuanceTime": instant(now),
            "assignedRightIssuer": reference(self._operator, 1, "ContactPoint"),
            **content,
        }
        right = Right(spec, content, now)
        if spec.type == "permitParking":
            content.setdefault("expiry", instant((right.starts or now) + _PASS))
        left = sum(left for pool, left in self.tariffs.pools(spec) if pool.holds(right.starts))
        if spec.kind != VISIT and not left:
            return status(409, "No assigned rights are available any more.", [spec.id])
        self._rights[content["id"]] = right
        self._world.ledger.record(self._operator, "assignedRight.created", content=content)
        return status(201, "Assigned right created successfully.")

    async def delete(self, request: Request) -> Response:
        identity = request.path_params["id"]
        right = self._rights.get(identity)
        if right is None:
            return status(404, "Assigned right can not be deleted as it has not been found.", [identity])
        if right.over(self._world.clock.now()):
            return status(409, "Assigned right can not be deleted due to conflicting data.", [identity])
        del self._rights[identity]
        self._deleted.append((identity, "AssignedRight", self._world.clock.now()))
        self._world.ledger.record(self._operator, "assignedRight.deleted", id=identity)
        return status(200, "Assigned right deleted successfully.")

    async def sessions(self, request: Request) -> Response:
        expanded(request, _SESSIONS_EXPANDABLE)
        now, since = self._world.clock.now(), integer(request, "modified_since")
        found = [
            (content, modified)
            for spec, content, start, end in self._sessions(now)
            if self._matches(request, spec, {content["identifiedCredentials"][0]["identifier"]["id"]})
            and _within(request, [(start, end)])
            and ((modified := end or start).timestamp() >= (since or 0))
        ]
        return listing(request, found, lambda session: session[0], now)

    @cached_property
    def _rights(self) -> dict[str, Right]:
        """Passes issued in the weeks before the simulator was first asked."""
        rng = self._world.rng(f"rights/{self._operator}")
        midnight = self._world.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        monthly = [spec for spec in self.tariffs.specs if spec.kind == MONTHLY]
        visits = [spec for spec in self.tariffs.specs if spec.kind == VISIT]
        rights: dict[str, Right] = {}
        for number in range(1, _SEEDED + 1):
            spec = rng.choice(monthly or visits)
            issued = midnight - timedelta(minutes=rng.randrange(1_440, 28 * 1_440))
            content: Json = {
                "id": f"{self._operator}-right-{number:04d}",
                "version": 1,
                "rightSpecification": spec.reference(midnight),
                "rightHolder": {"credentials": [self._credential(f"{rng.getrandbits(64):016x}")]},
                "issueMethod": "electronic",
                "issuanceTime": instant(issued),
                "assignedRightIssuer": reference(self._operator, 1, "ContactPoint"),
                "plannedUses": [{"startTime": instant(issued), "endTime": instant(issued + _PASS)}],
            }
            if spec.kind == MONTHLY:
                content["expiry"] = instant(issued + _PASS)
            rights[content["id"]] = Right(spec, content, issued)
        return rights

    def _credential(self, identity: str) -> Json:
        return {
            "type": "electronicID",
            "credentialAssignedType": "customer",
            "identifier": {"id": identity, "className": "CustomerCredential"},
            "issuer": text(*OPERATORS[self._operator]),
        }

    def _sessions(self, now: datetime) -> Iterable[tuple[Spec, Json, datetime, datetime | None]]:
        """Today's sessions so far: each seeded right is used once a day."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        rng = self._world.rng(f"sessions/{self._operator}/{midnight:%Y%m%d}")
        for number, right in enumerate([r for r in self._rights.values() if r.modified < midnight], 1):
            start = midnight + timedelta(minutes=rng.randrange(5 * 60, 20 * 60))
            end = start + timedelta(minutes=rng.randrange(30, 10 * 60))
            lot = rng.choice(self.tariffs.lots(right.spec))
            if start > now:
                continue
            ended = end if end <= now else None
            times = {"actualStart": instant(start), **({"actualEnd": instant(end)} if ended else {})}
            identity = f"{self._operator}-session-{midnight:%Y%m%d}-{number:02d}"
            segment = {
                "id": f"{identity}-1",
                "version": 1,
                **times,
                "assignedRight": reference(right.content["id"], right.content["version"], "AssignedRight"),
                "validationType": ["electronicID"],
            }
            content = {
                "id": identity,
                "version": 2 if ended else 1,
                **times,
                "initiator": reference(self._operator, 1, "ContactPoint"),
                "hierarchyElement": reference(lot.id, lot.versions(now)[0], "Place"),
                "identifiedCredentials": right.content["rightHolder"]["credentials"],
                "segments": [segment],
            }
            yield right.spec, content, start, ended

    def _matches(self, request: Request, spec: Spec, credentials: set[str]) -> bool:
        specs, wanted = listed(request, "right_spec"), listed(request, "credential_id")
        types, right_types = listed(request, "credential_type"), listed(request, "right_type")
        return (
            (specs is None or spec.id in specs)
            and (right_types is None or spec.type in right_types)
            and (types is None or "electronicID" in types)
            and (wanted is None or not wanted.isdisjoint(credentials))
            and self.tariffs.near(spec, circle(request), listed(request, "place"))
        )


def _shown(right: Right, expand: frozenset[str]) -> Json:
    hidden = _ASSIGNED_EXPANDABLE - expand
    return {name: value for name, value in right.content.items() if name not in hidden}


def _check(content: object) -> None:
    """ValueError names what the schema requires and the body lacks."""
    if not isinstance(content, dict):
        raise ValueError("a JSON object")  # noqa: TRY004 — the client's fault, not a type's
    if not (isinstance(content.get("id"), str) and content["id"]):
        raise ValueError("id")
    if not (isinstance(content.get("version"), int) and content["version"] >= 1):
        raise ValueError("version")
    if not (isinstance(content.get("rightSpecification"), dict) and content["rightSpecification"].get("id")):
        raise ValueError("rightSpecification")
    holder = content.get("rightHolder")
    if not isinstance(holder, dict):
        raise ValueError("rightHolder")  # noqa: TRY004 — as above
    for credential in holder.get("credentials", ()):
        if not (credential.get("type") and credential.get("identifier", {}).get("id")):
            raise ValueError("rightHolder.credentials.identifier")
    for use in content.get("plannedUses", ()):
        if _time(use.get("startTime")) is None:
            raise ValueError("plannedUses.startTime")


def _time(given: str | None) -> datetime | None:
    if given is None:
        return None
    at = datetime.fromisoformat(given)
    if at.tzinfo is None:
        raise ValueError(f"{given} lacks a zone")
    return at


def _within(request: Request, uses: Iterable[tuple[datetime, datetime | None]]) -> bool:
    bounds = {n: integer(request, n) for n in ("start_after", "start_before", "end_after", "end_before")}
    if all(bound is None for bound in bounds.values()):
        return True

    def holds(at: datetime | None, which: str) -> bool:
        after, before = bounds[f"{which}_after"], bounds[f"{which}_before"]
        if after is None and before is None:
            return True
        return at is not None and (after or 0) < at.timestamp() < (before or float("inf"))

    return any(holds(start, "start") and holds(end, "end") for start, end in uses)
