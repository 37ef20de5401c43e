"""Locations of one operator with their EVSEs and connectors, as OCPI 2.2.1 has them (module Locations)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from mocks.world import World
from mocks.world.addresses import POSTCODES
from mocks.world.charging import OPERATORS, Point, Site

Json = dict[str, Any]

_EDITED = timedelta(days=45)
_PARKING = {
    ("onStreet", "groundLevel"): "ON_STREET",
    ("offStreetSurface", "groundLevel"): "PARKING_LOT",
    ("offStreetStructure", "aboveGround"): "PARKING_GARAGE",
    ("offStreetStructure", "underground"): "UNDERGROUND_GARAGE",
}
_FACILITIES = {"shop": ["MALL", "RESTAURANT"], "metro": ["METRO_STATION"], "park": ["RECREATION_AREA"]}
_FLOORS = {"-1": "B1", "2": "2F"}


def instant(at: datetime) -> str:
    """An instant as OCPI writes it: in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Locations:
    """Every location as of now, the oldest first, as the standard advises for pages that hold still."""

    def __init__(self, world: World, operator: str) -> None:
        self._world = world
        self._operator = operator
        self._party = OPERATORS[operator][2]
        self._made: tuple[int, list[tuple[datetime, Json]]] = (0, [])

    def all(self) -> list[tuple[datetime, Json]]:
        """Each with the instant of its last change; made once a second, for all pages asked in it."""
        second = int(self._world.clock.now().timestamp())
        if self._made[0] != second:
            self._made = (second, self._all())
        return self._made[1]

    def _all(self) -> list[tuple[datetime, Json]]:
        sites = sorted(self._world.charging.sites(self._operator), key=lambda site: (site.created, site.id))
        return [self._location(site) for site in sites]

    def _location(self, site: Site) -> tuple[datetime, Json]:
        zh, en, _ = OPERATORS[self._operator]
        points = [self._evse(site, point) for point in site.points]
        now = self._world.clock.now()
        edited = site.created + (now - site.created) // _EDITED * _EDITED
        changed = max([edited, *(at for at, _ in points)])
        lat, lng = site.position
        answer: Json = {
            "country_code": "CN",
            "party_id": self._party,
            "id": site.id,
            "publish": site.public,
            "name": site.name,
            "address": site.address.removeprefix("深圳市"),
            "city": "深圳市",
            "postal_code": POSTCODES[site.community.subdistrict],
            "state": "广东省",
            "country": "CHN",
            "coordinates": {"latitude": f"{lat:.6f}", "longitude": f"{lng:.6f}"},
            "evses": [evse for _, evse in points],
            "operator": {"name": zh, "website": f"https://{self._operator}.example/"},
            "time_zone": "Asia/Shanghai",
            "opening_times": _hours(site),
            "charging_when_closed": site.opens is not None,
            "images": [_image(self._operator, site.id, "ENTRANCE"), _image(self._operator, "", "OPERATOR")],
            "last_updated": instant(changed),
        }
        if not site.public:
            answer["publish_allowed_to"] = [{"issuer": zh, "group_id": f"{self._party}-STAFF"}]
        if site.lot is not None:
            kind = site.lot.kind
            answer["parking_type"] = _PARKING[kind.structure, kind.grade]
            answer["facilities"] = ["PARKING_LOT", *_FACILITIES.get(kind.rhythm, ())]
            answer["directions"] = [
                {"language": "en", "text": f"In {site.lot.en}, follow the signs of {en}."},
                {"language": "zh", "text": f"进入{site.lot.zh}后按{zh}指引牌行驶。"},
            ]
        if site.green:
            answer["energy_mix"] = {
                "is_green_energy": True,
                "energy_sources": [
                    {"source": "SOLAR", "percentage": 70},
                    {"source": "WIND", "percentage": 30.0},
                ],
                "supplier_name": "龙岗绿电",
                "energy_product_name": "光储充",
            }
        if self._operator == "charging-swift" and site.id.endswith("7"):
            # The standard wants neither.
            del answer["name"]
            answer.pop("parking_type", None)
        return changed, answer

    def _evse(self, site: Site, point: Point) -> tuple[datetime, Json]:
        status, since = self._world.charging.status(site, point)
        plug = point.plug
        connector: Json = {
            "id": "1",
            "standard": plug.standard,
            "format": "CABLE" if plug.cable else "SOCKET",
            "power_type": plug.power_type,
            "max_voltage": plug.volts,
            "max_amperage": plug.amperes,
            "tariff_ids": [f"{self._party}-{plug.tariff.upper()}"],
            "last_updated": instant(site.created),
        }
        if self._operator == "charging-grid":
            connector["max_electric_power"] = plug.watts
        answer: Json = {
            "uid": point.uid,
            "evse_id": point.evse_id,
            "status": status,
            "capabilities": ["REMOTE_START_STOP_CAPABLE", "RFID_READER"],
            "connectors": [connector],
            "physical_reference": point.label,
            "last_updated": instant(since),
        }
        if point.floor:
            answer["floor_level"] = _FLOORS[point.floor]
        restrictions = (["EV_ONLY"] if site.lot else []) + (["DISABLED"] if point.accessible else [])
        if restrictions:
            answer["parking_restrictions"] = restrictions
        return since, answer


def _hours(site: Site) -> Json:
    if site.opens is None:
        return {"twentyfourseven": True}
    begin, end = site.opens
    return {
        "twentyfourseven": False,
        "regular_hours": [{"weekday": day, "period_begin": begin, "period_end": end} for day in range(1, 8)],
    }


def _image(operator: str, name: str, category: str) -> Json:
    base = f"https://{operator}.example/images/{name or 'logo'}"
    return {"url": f"{base}.jpg", "thumbnail": f"{base}-small.jpg", "category": category, "type": "jpeg"}
