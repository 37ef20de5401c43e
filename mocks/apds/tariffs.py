"""Rate tables of one operator and the right specifications that tie them to its places.

What the schema requires is always there, `rateLineCollections` and their lines included; `expand` adds the
rest. The schema's `required` also names `validityStart` and `activeTimes`, which its properties lack: they
are served, or no answer could pass a validator.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property

from starlette.requests import Request
from starlette.responses import Response

from mocks.apds.query import (
    Circle,
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
from mocks.apds.specs import (
    ACCESSIBLE,
    DAY,
    EVENT,
    MONTHLY,
    VISIT,
    Pool,
    Spec,
    event_of,
    in_force,
    period,
    pools_of,
    specs_by,
    specs_of,
)
from mocks.asgi import json_response
from mocks.world import World
from mocks.world.parking import Lot, Tariff

_RATES_EXPANDABLE = frozenset({"rateLineCollections", "rateLineCollections.rateLines"})
_SPECS_EXPANDABLE = frozenset({"rateEligibility", "validity", "credentials", "rightPools"})


class Tariffs:
    """`/rates` and `/rights/specs` of one operator. `assigned` counts a pool's live rights."""

    def __init__(self, world: World, operator: str, assigned: Callable[[Spec, Pool], int]) -> None:
        self._world = world
        self._operator = operator
        self._assigned = assigned

    @cached_property
    def specs(self) -> tuple[Spec, ...]:
        return specs_by(self._world, self._operator)

    async def list_rates(self, request: Request) -> Response:
        expanded(request, _RATES_EXPANDABLE)
        now, wanted = self._world.clock.now(), listed(request, "right_spec")
        specs = [s for s in self._matching(request, now) if wanted is None or s.id in wanted]
        # Rights of several car parks may have one rate table.
        found = list({spec.rate_id: spec for spec in reversed(specs)}.values())[::-1]
        return listing(request, found, lambda spec: _rate(spec, now), now)

    async def one_rate(self, request: Request) -> Response:
        expanded(request, _RATES_EXPANDABLE)
        spec = next((s for s in self.specs if s.rate_id == request.path_params["id"]), None)
        now = self._world.clock.now()
        if spec is None or integer(request, "version", 1) not in (None, in_force(now)[0]):
            return status(404, "Rate table not found.")
        return json_response(_rate(spec, now))

    async def list_specs(self, request: Request) -> Response:
        expand, now = expanded(request, _SPECS_EXPANDABLE), self._world.clock.now()
        types = listed(request, "type")  # of place, as the standard has it
        found = [] if types and "place" not in types else self._matching(request, now)
        return listing(request, found, lambda spec: self._spec(spec, now, expand), now)

    async def one_spec(self, request: Request) -> Response:
        expand, now = expanded(request, _SPECS_EXPANDABLE), self._world.clock.now()
        spec = next((s for s in self.specs if s.id == request.path_params["id"]), None)
        if spec is None or integer(request, "version", 1) not in (None, in_force(now)[0]):
            return status(404, "RightSpecification not found.")
        return json_response(self._spec(spec, now, expand))

    def lots(self, spec: Spec) -> list[Lot]:
        """Where a right is valid."""
        standing = self._world.parking.standing(self._operator)
        return [lot for lot in standing if spec in specs_of(lot)]

    def pools(self, spec: Spec) -> list[tuple[Pool, int]]:
        """What a right is assigned from, and how many are left in each."""
        return [
            (pool, max(0, pool.size - pool.sold - self._assigned(spec, pool)))
            for pool in pools_of(self._world, spec)
        ]

    def near(self, spec: Spec, area: Circle | None, places: frozenset[str] | None) -> bool:
        return any(
            (places is None or lot.id in places) and (area is None or area.holds(lot.position))
            for lot in self.lots(spec)
        )

    def _matching(self, request: Request, now: datetime) -> list[Spec]:
        area, places = circle(request), listed(request, "place")
        since = integer(request, "modified_since")
        if request.query_params.get("issuer") not in (None, "", self._operator):
            return []
        if since is not None and in_force(now)[1].timestamp() < since:
            return []
        return [spec for spec in self.specs if self.near(spec, area, places)]

    def _spec(self, spec: Spec, now: datetime, expand: frozenset[str]) -> Json:
        version, _ = in_force(now)
        answer: Json = {
            "id": spec.id,
            "version": version,
            "description": text(*spec.name),
            "type": spec.type,
            "transferable": False,
            "issuer": reference(self._operator, 1, "ContactPoint"),
            "hierarchyElements": [
                reference(lot.id, lot.versions(now)[0], "Place") for lot in self.lots(spec)
            ],
            "validity": period(*event_of(now)) if spec.kind == EVENT else _validity(spec, now),
        }
        if "credentials" in expand:
            answer["credentials"] = ["licensePlate", "electronicID"]
        if "rateEligibility" in expand:
            answer["rateEligibility"] = [_eligibility(spec, version)]
        if "rightPools" in expand and (pools := self.pools(spec)):
            answer["rightPools"] = [self._pool(spec, pool, left, version) for pool, left in pools]
        return answer

    def _pool(self, spec: Spec, pool: Pool, left: int, version: int) -> Json:
        answer: Json = {
            "id": pool.id,
            "version": version,
            "assignedRightsIssuer": reference(self._operator, 1, "ContactPoint"),
            "distributedAssignedRights": pool.size,
            "availableAssignedRights": left,
        }
        # An event's right is valid for the event alone: its pool need not say so again.
        return answer | ({"validity": period(*pool.span)} if pool.span and spec.kind == DAY else {})


def _eligibility(spec: Spec, version: int) -> Json:
    words = spec.words
    qualification: Json = {"freeToPark": spec.price == 0, "withMembership": spec.kind == MONTHLY}
    if spec.kind in (DAY, EVENT):
        qualification["withReservation"] = True
    if spec.kind == ACCESSIBLE:
        qualification["userQualifications"] = [{"userGroup": {"entryDefinedValue": "disabledPersons"}}]
    return {
        "id": f"{spec.id}-eligibility",
        "version": version,
        "priority": 1,
        "combinable": False,
        "eligibility": {
            "id": f"{spec.id}-who",
            "version": version,
            "eligibilityName": text(words.who_zh, words.who_en),
            "qualifications": [qualification],
        },
        "rateTable": reference(spec.rate_id, version, "RateTable"),
    }


def _validity(spec: Spec, now: datetime) -> Json:
    overall: Json = {"overallStartTime": instant(in_force(now)[1])}
    if spec.kind == VISIT and spec.tariff.charged:
        start, end = spec.tariff.charged
        daily = {"startTimeOfPeriod": start, "endTimeOfPeriod": end}
        overall["validPeriods"] = [{"recurringTimePeriodOfDay": [daily]}]
    return {"validityStatus": "definedByValidityTimeSpec", "validityTimeSpecification": overall}


def _rate(spec: Spec, now: datetime) -> Json:
    version, since = in_force(now)
    tariff: Tariff = spec.tariff
    validity = _validity(spec, now)
    collection: Json = {
        "id": f"{spec.rate_id}-lines",
        "version": version,
        "collectionSequence": 1,
        "applicableCurrency": "CNY",
        "resetTime": "00:00",
        "validStart": instant(since),
        "relativeTimes": False,
        "taxIncluded": True,
        "rateLines": _lines(spec, version) if spec.kind == VISIT else [_flat(spec, version)],
    }
    if spec.kind == VISIT:
        collection["maxValueCollection"] = {"currencyType": "CNY", "currencyValue": tariff.daily_cap}
    return {
        "id": spec.rate_id,
        "version": version,
        "rateTableName": text(*spec.name),
        "availability": "public",
        "rateResponsibleParty": reference(tariff.operator, 1, "ContactPoint"),
        "rateType": spec.words.rate_type,
        "validity": validity,
        "validityStart": instant(since),
        "activeTimes": validity["validityTimeSpecification"],
        "rateLineCollections": [collection],
    }


def _lines(spec: Spec, version: int) -> list[Json]:
    tariff = spec.tariff
    free = f"00:{tariff.free_minutes:02d}"
    lines: list[Json] = [
        {"rateLineType": "flatRateTier", "durationStart": "00:00", "durationEnd": free, "value": 0},
        {
            "rateLineType": "flatRateTier",
            "durationStart": free,
            "durationEnd": "01:00",
            "value": tariff.first_hour,
        },
        {
            "rateLineType": "incrementingRate",
            "durationStart": "01:00",
            "durationEnd": "24:00",
            "incrementPeriod": "PT30M",
            "value": tariff.half_hour,
        },
    ]
    return [
        {"id": f"{spec.rate_id}-line-{number}", "version": version, "sequence": number, **line}
        for number, line in enumerate(lines, 1)
    ]


def _flat(spec: Spec, version: int) -> Json:
    """One price: for each of the period's months, or once for the day or the event."""
    period_of = {"incrementPeriod": spec.words.period} if spec.words.period else {}
    return {
        "id": f"{spec.rate_id}-line-1",
        "version": version,
        "sequence": 1,
        "rateLineType": "flatRate",
        **period_of,
        "value": spec.price,
    }
