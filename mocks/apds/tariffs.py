"""Rate tables of one operator and the right specifications that tie them to its places.

What the schema requires is always there, `rateLineCollections` and their lines included; `expand` adds the
rest. The schema's `required` also names `validityStart` and `activeTimes`, which its properties lack: they
are served, or no answer could pass a validator.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

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
from mocks.asgi import json_response
from mocks.world import CHINA, World
from mocks.world.parking import TARIFFS, Lot, Tariff

_RATES_EXPANDABLE = frozenset({"rateLineCollections", "rateLineCollections.rateLines"})
_SPECS_EXPANDABLE = frozenset({"rateEligibility", "validity", "credentials", "rightPools"})


def in_force(now: datetime) -> tuple[int, datetime]:
    """Tariffs are revised at each new year: the version in force and since when."""
    return max(1, now.year - 2024), datetime(now.year, 1, 1, tzinfo=CHINA)


@dataclass(frozen=True, slots=True)
class Spec:
    """A right that an operator grants under one tariff: to park once, or a resident's monthly pass."""

    tariff: Tariff
    monthly: bool

    @property
    def id(self) -> str:
        return f"spec-{self.tariff.id.removeprefix('rate-')}-{'monthly' if self.monthly else 'visit'}"

    @property
    def type(self) -> str:
        return "permitParking" if self.monthly else "oneTimeUseParking"

    @property
    def rate_id(self) -> str:
        return f"{self.tariff.id}-monthly" if self.monthly else self.tariff.id

    def reference(self, now: datetime) -> Json:
        return reference(self.id, in_force(now)[0], "RightSpecification")


@cache
def specs_of(tariff_id: str) -> tuple[Spec, ...]:
    tariff = next(tariff for tariff in TARIFFS if tariff.id == tariff_id)
    return (Spec(tariff, False), *((Spec(tariff, True),) if tariff.monthly else ()))


def specs_by(operator: str) -> tuple[Spec, ...]:
    return tuple(spec for t in TARIFFS if t.operator == operator for spec in specs_of(t.id))


class Tariffs:
    """`/rates` and `/rights/specs` of one operator. `assigned` counts the live rights of a specification."""

    def __init__(self, world: World, operator: str, assigned: Callable[[str], int]) -> None:
        self._world = world
        self._operator = operator
        self._assigned = assigned
        self.specs = specs_by(operator)

    async def list_rates(self, request: Request) -> Response:
        expanded(request, _RATES_EXPANDABLE)
        now, wanted = self._world.clock.now(), listed(request, "right_spec")
        found = [s for s in self._matching(request, now) if wanted is None or s.id in wanted]
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
        return [lot for lot in standing if lot.kind.tariff == spec.tariff.id]

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
        tariff = spec.tariff
        answer: Json = {
            "id": spec.id,
            "version": version,
            "description": text(tariff.zh, tariff.en),
            "type": spec.type,
            "transferable": False,
            "issuer": reference(self._operator, 1, "ContactPoint"),
            "hierarchyElements": [
                reference(lot.id, lot.versions(now)[0], "Place") for lot in self.lots(spec)
            ],
            "validity": _validity(tariff, now, hours=not spec.monthly),
        }
        if "credentials" in expand:
            answer["credentials"] = ["licensePlate", "electronicID"]
        if "rateEligibility" in expand:
            answer["rateEligibility"] = [_eligibility(spec, version)]
        if "rightPools" in expand and spec.monthly:
            answer["rightPools"] = [
                {
                    "id": f"{spec.id}-pool",
                    "version": version,
                    "assignedRightsIssuer": reference(self._operator, 1, "ContactPoint"),
                    "distributedAssignedRights": tariff.passes,
                    "availableAssignedRights": max(0, tariff.passes - self._assigned(spec.id)),
                }
            ]
        return answer


def _eligibility(spec: Spec, version: int) -> Json:
    names = ("居民月卡", "Residents with a monthly pass") if spec.monthly else ("所有车辆", "All vehicles")
    return {
        "id": f"{spec.id}-eligibility",
        "version": version,
        "priority": 1,
        "combinable": False,
        "eligibility": {
            "id": f"{spec.id}-who",
            "version": version,
            "eligibilityName": text(*names),
            "qualifications": [{"freeToPark": False, "withMembership": spec.monthly}],
        },
        "rateTable": reference(spec.rate_id, version, "RateTable"),
    }


def _validity(tariff: Tariff, now: datetime, *, hours: bool = True) -> Json:
    period: Json = {"overallStartTime": instant(in_force(now)[1])}
    if hours and tariff.charged:
        start, end = tariff.charged
        daily = {"startTimeOfPeriod": start, "endTimeOfPeriod": end}
        period["validPeriods"] = [{"recurringTimePeriodOfDay": [daily]}]
    return {"validityStatus": "definedByValidityTimeSpec", "validityTimeSpecification": period}


def _rate(spec: Spec, now: datetime) -> Json:
    version, since = in_force(now)
    tariff = spec.tariff
    validity = _validity(tariff, now, hours=not spec.monthly)
    collection: Json = {
        "id": f"{spec.rate_id}-lines",
        "version": version,
        "collectionSequence": 1,
        "applicableCurrency": "CNY",
        "resetTime": "00:00",
        "validStart": instant(since),
        "relativeTimes": False,
        "taxIncluded": True,
        "rateLines": _monthly_lines(spec, version) if spec.monthly else _lines(spec, version),
    }
    if not spec.monthly:
        collection["maxValueCollection"] = {"currencyType": "CNY", "currencyValue": tariff.daily_cap}
    return {
        "id": spec.rate_id,
        "version": version,
        "rateTableName": text(
            f"{tariff.zh}（月卡）" if spec.monthly else tariff.zh,
            f"{tariff.en}, monthly pass" if spec.monthly else tariff.en,
        ),
        "availability": "public",
        "rateResponsibleParty": reference(tariff.operator, 1, "ContactPoint"),
        "rateType": "contract" if spec.monthly else "hourly",
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


def _monthly_lines(spec: Spec, version: int) -> list[Json]:
    return [
        {
            "id": f"{spec.rate_id}-line-1",
            "version": version,
            "sequence": 1,
            "rateLineType": "flatRate",
            "incrementPeriod": "P1M",
            "value": spec.tariff.monthly,
        }
    ]
