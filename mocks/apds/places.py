"""Places of one operator: a car park at layer 0, its charging and accessible bays below it at layer 1.

Without `expand` a place carries the basic attributes only. `modified_since` covers an expanded
occupancy too, as the standard says: a place is listed again when its count has been taken anew.
"""

from dataclasses import dataclass
from datetime import datetime

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
from mocks.apds.specs import specs_of
from mocks.asgi import json_response
from mocks.world import World
from mocks.world.addresses import POSTCODES
from mocks.world.occupancy import step_of
from mocks.world.parking import OPERATORS, Lot

_EXPANDABLE = frozenset(
    {
        "rightSpecifications", "occupancy", "areaLocation", "pointLocation", "contacts", "streetAddress",
        "operatingRestrictions", "characteristics", "paymentMethods", "openingTimes",
    }
)  # fmt: skip
_TYPES = ("campus", "identifiedArea", "place", "space", "subplaceElement")
_PERCENTAGE_ONLY = frozenset({"parking-roadside", "parking-park"})
_PURPOSES = {
    "ev": ("充电车位", "EV charging bays", "electricVehicleOnly"),
    "accessible": ("无障碍车位", "Accessible bays", "disabledPersonPermitOnly"),
}


@dataclass(frozen=True, slots=True)
class Element:
    """A car park as a whole, or its bays for one purpose."""

    lot: Lot
    version: int
    since: datetime
    purpose: str | None = None

    @property
    def id(self) -> str:
        return f"{self.lot.id}-{self.purpose}" if self.purpose else self.lot.id

    @property
    def class_name(self) -> str:
        return "IdentifiedArea" if self.purpose else "Place"

    @property
    def bays(self) -> int:
        if self.purpose is None:
            return self.lot.bays
        return self.lot.ev_bays if self.purpose == "ev" else self.lot.accessible_bays

    @property
    def names(self) -> tuple[str, str]:
        if self.purpose is None:
            return self.lot.zh, self.lot.en
        zh, en, _ = _PURPOSES[self.purpose]
        return f"{self.lot.zh}{zh}", f"{self.lot.en}, {en}"


def elements_of(lot: Lot, now: datetime) -> list[Element]:
    version, since = lot.versions(now)
    whole = Element(lot, version, since)
    parts = [Element(lot, version, since, purpose) for purpose in _PURPOSES]
    return [whole, *(part for part in parts if part.bays)]


class Places:
    """`GET /places` and `/places/{id}` of one operator."""

    def __init__(self, world: World, operator: str) -> None:
        self._world = world
        self._operator = operator

    async def find(self, request: Request) -> Response:
        now = self._world.clock.now()
        expand = expanded(request, _EXPANDABLE)
        found = [
            element
            for lot in self._matching(request)
            for element in elements_of(lot, now)
            if _wanted(request, element) and self._changed(request, element, now, expand)
        ]
        deleted = [
            (element.id, element.class_name, at)
            for lot, at in self._world.parking.closed(self._operator)
            for element in elements_of(lot, now)
        ]
        return listing(request, found, lambda element: self._render(element, now, expand), now, deleted)

    async def one(self, request: Request) -> Response:
        now = self._world.clock.now()
        expand, version = expanded(request, _EXPANDABLE), integer(request, "version", 1)
        for lot in self._world.parking.standing(self._operator):
            for element in elements_of(lot, now):
                if element.id == request.path_params["id"] and version in (None, element.version):
                    return json_response(self._render(element, now, expand))
        return status(404, "Place not found.")

    def _matching(self, request: Request) -> list[Lot]:
        area, operator = circle(request), request.query_params.get("operator")
        structures, grades = listed(request, "structure_type"), listed(request, "structure_grade")
        right_types = listed(request, "right_type")
        if operator not in (None, "", self._operator):
            return []
        return [
            lot
            for lot in self._world.parking.standing(self._operator)
            if (area is None or area.holds(lot.position))
            and (structures is None or lot.kind.structure in structures)
            and (grades is None or lot.kind.grade in grades)
            and (right_types is None or not right_types.isdisjoint(s.type for s in specs_of(lot)))
        ]

    def _changed(self, request: Request, element: Element, now: datetime, expand: frozenset[str]) -> bool:
        since = integer(request, "modified_since")
        if since is None or element.since.timestamp() >= since:
            return True
        return "occupancy" in expand and element.lot.counted and step_of(now).timestamp() >= since

    def _render(self, element: Element, now: datetime, expand: frozenset[str]) -> Json:
        zh, en = OPERATORS[self._operator]
        contact = {
            "contactType": "contactPoint",
            "id": self._operator,
            "version": 1,
            "type": "operator",
            "organisationName": text(zh, en),
        }
        base: Json = {
            "id": element.id,
            "version": element.version,
            "type": "identifiedArea" if element.purpose else "place",
            "name": text(*element.names),
            "layer": 1 if element.purpose else 0,
            "hierarchyElementRecord": {
                "creationTime": instant(element.since),
                "creator": reference(self._operator, 1, "ContactPoint"),
            },
            "responsibilityRoleAssignments": [{"type": "operator", "contactPoints": [contact]}],
        }
        if "occupancy" in expand:
            base["hierarchyElementReference"] = self._occupancy(element, now)
        if "rightSpecifications" in expand:
            base["rightSpecifications"] = [spec.reference(now) for spec in specs_of(element.lot)]
        return base | (_area(element, expand) if element.purpose else _place(element, now, expand))

    def _occupancy(self, element: Element, now: datetime) -> Json:
        lot, parking, at = element.lot, self._world.parking, step_of(now)
        supply = {
            "supplyViewType": "spaceView",
            "supplyQuantity": element.bays,
            "supplyValidityStart": instant(element.since),
        }
        answer: Json = {
            "elementId": reference(element.id, element.version, element.class_name),
            "supply": [supply],
        }
        if lot.counted:
            taken = (
                parking.occupied_among(lot, element.purpose, element.bays, now)
                if element.purpose
                else parking.occupied(lot, now)
            )
            demand = (
                {"percentage": round(taken / element.bays * 100, 1), "occupancyCalculation": "derived"}
                if self._operator in _PERCENTAGE_ONLY
                else {"count": taken, "occupancyCalculation": "counted"}
            )
            answer["demandTable"] = [
                {
                    "frequency": "PT3M",
                    "timestamp": instant(at),
                    "demandType": [{**demand, "recordDateTime": instant(at)}],
                }
            ]
        return answer


def _wanted(request: Request, element: Element) -> bool:
    types, layer = listed(request, "type", _TYPES), integer(request, "layer")
    name = request.query_params.get("name", "").casefold()
    return (
        (types is None or ("identifiedArea" if element.purpose else "place") in types)
        and (layer is None or not element.purpose or layer >= 1)
        and (not name or any(name in own.casefold() for own in element.names))
    )


def _place(element: Element, now: datetime, expand: frozenset[str]) -> Json:
    lot = element.lot
    children = [part for part in elements_of(lot, now) if part.purpose]
    answer: Json = {
        "timeZone": "Asia/Shanghai",
        "childIds": [reference(part.id, part.version, part.class_name) for part in children],
    }
    if "pointLocation" in expand and lot.position:
        answer["indicativePlacePointLocation"] = [_point(lot)]
    if "streetAddress" in expand:
        answer["placeStreetAddress"] = _address(lot)
    if "openingTimes" in expand:
        answer["times"] = _times(lot)
    if "characteristics" in expand:
        answer["characteristics"] = _characteristics(lot)
    if "contacts" in expand:
        answer["contacts"] = [
            {
                "contactType": "contactPoint",
                "id": f"{lot.operator}-service",
                "version": 1,
                "type": "customerService",
                "organisationName": text(*OPERATORS[lot.operator]),
                "shareWithPublic": True,
            }
        ]
    if "paymentMethods" in expand:
        mode = "payAfterExit" if lot.kind.structure == "onStreet" else "payAndExit"
        answer["paymentMethods"] = [{"paymentMeans": ["mobileAccount", "tollTag"], "paymentMode": [mode]}]
    if "operatingRestrictions" in expand and lot.kind.structure == "onStreet":
        answer["operatingRestrictions"] = [{"operatingRestriction": "parkingTimeLimit"}]
    return answer


def _area(element: Element, expand: frozenset[str]) -> Json:
    answer: Json = {"parentId": reference(element.lot.id, element.version, "Place")}
    if "pointLocation" in expand and element.lot.position:
        answer["indicativeIdentifiedAreaPointLocation"] = [_point(element.lot)]
    if "streetAddress" in expand:
        answer["streetAddress"] = [_address(element.lot)]
    if "openingTimes" in expand:
        answer["times"] = _times(element.lot)
    if "operatingRestrictions" in expand and element.purpose:
        answer["operatingRestrictions"] = [{"operatingRestriction": _PURPOSES[element.purpose][2]}]
    return answer


def _point(lot: Lot) -> Json:
    lat, lng = lot.position or (0.0, 0.0)
    return {"type": "Point", "coordinates": [lng, lat]}


def _address(lot: Lot) -> Json:
    lines = (("districtTerritory", "龙岗区"), ("region", lot.community.subdistrict),
             ("street", f"{lot.street}{lot.number}号"))  # fmt: skip
    return {
        "countryCode": "cn",
        "city": text("深圳市", "Shenzhen"),
        "postCode": POSTCODES[lot.community.subdistrict],
        "addressLines": [
            {"order": order, "text": [{"language": "zh", "string": line}], "type": kind}
            for order, (kind, line) in enumerate(lines)
        ],
    }


def _times(lot: Lot) -> Json:
    times: Json = {
        "available24hours": lot.kind.opens is None,
        "openAllYear": True,
        "openingTimesNotSpecified": False,
        "openingTimesUnknown": False,
    }
    if lot.kind.opens:
        opens, closes = lot.kind.opens
        daily = {"startTimeOfPeriod": opens, "endTimeOfPeriod": closes}
        times["operatingTime"] = {"type": "periods", "periods": [{"recurringTimePeriodOfDay": [daily]}]}
    return times


def _characteristics(lot: Lot) -> Json:
    on_street = lot.kind.structure == "onStreet"
    covered = {"underground": "covered", "aboveGround": "topLevelNotCovered"}.get(
        lot.kind.grade, "notCovered"
    )
    return {
        "openToPublic": True,
        "accessControlled": not on_street,
        "coveredType": covered,
        "disabledAccess": lot.accessible_bays > 0,
        "disabledAccessTypes": ["disabledMarkedThere"] if lot.accessible_bays else ["none"],
        "operatingModes": ["payByPlate", "app"],
        "spacesNonDedicated": lot.bays - lot.ev_bays - lot.accessible_bays,
        "spacesTotal": lot.bays,
        "staffed": "temporary" if on_street else "staffed",
        "structureGrade": lot.kind.grade,
        "structureType": lot.kind.structure,
        "evChargingPoints": lot.ev_bays,
    }
