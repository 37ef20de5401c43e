"""The charging sites of Longgang: two operators over the car parks, and what each point does at a moment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING
from zlib import crc32

from mocks.world.addresses import full_address, short_name, street_of
from mocks.world.clock import CHINA
from mocks.world.geography import COMMUNITIES, Community, position_in
from mocks.world.occupancy import occupied
from mocks.world.parking import Lot

if TYPE_CHECKING:
    from mocks.world.world import World

_EPOCH = datetime(2025, 3, 1, 6, 0, tzinfo=CHINA)
_METRES_PER_DEGREE = 111_195
_MOST_POINTS = 10
_STEPS_BACK = 40
_AILING = (("OUTOFORDER", 0.02), ("UNKNOWN", 0.015), ("RESERVED", 0.015), ("BLOCKED", 0.03))

OPERATORS = {
    "charging-grid": ("龙电充电", "Longgang Grid Charging", "LGD"),
    "charging-swift": ("鹏城快充", "Pengcheng Swift Charging", "PCK"),
}
"""By simulator: names and the party id of OCPI."""


@dataclass(frozen=True, slots=True)
class Plug:
    """A kind of point: its connector, its power in watts, its voltage, its current, its tariff."""

    standard: str
    cable: bool
    power_type: str
    volts: int
    amperes: int
    watts: int
    tariff: str


_AC = Plug("GBT_AC", True, "AC_1_PHASE", 220, 32, 7_000, "ac")
_SOCKET = Plug("GBT_AC", False, "AC_1_PHASE", 220, 32, 7_000, "ac")
_FAST = Plug("GBT_DC", True, "DC", 750, 160, 120_000, "dc")
_TWIN = Plug("GBT_DC", True, "DC", 500, 120, 60_000, "dc")
_SUPER = Plug("GBT_DC", True, "DC", 1_000, 600, 480_000, "super")


@dataclass(frozen=True, slots=True)
class Point:
    """One EVSE. `removed` is when it is taken away, `planned` says that it does not work yet."""

    uid: str
    evse_id: str
    label: str
    floor: str | None
    plug: Plug
    accessible: bool
    removed: datetime | None
    planned: bool
    dwell_s: int
    """How long it stays as it is, at least."""
    phase_s: int
    """So that points do not all change at once."""


@dataclass(frozen=True, slots=True)
class Site:
    """One charging site. `lot` is the car park that it stands in, None for one along a street."""

    id: str
    operator: str
    name: str
    lot: Lot | None
    community: Community
    address: str
    position: tuple[float, float]
    points: tuple[Point, ...]
    created: datetime
    rhythm: str
    opens: tuple[str, str] | None
    public: bool
    green: bool
    closes: datetime | None = None
    """When the whole site is given up."""


class Charging:
    """All charging sites by operator; points change as the clock goes."""

    def __init__(self, world: "World") -> None:
        self._world = world

    @cached_property
    def _all(self) -> dict[str, list[Site]]:
        found: dict[str, list[Site]] = {operator: [] for operator in OPERATORS}
        for site in (*self._in_car_parks(), *self._along_streets()):
            found[site.operator].append(site)
        return found

    def sites(self, operator: str) -> list[Site]:
        """The operator's sites that there are as of now, those given up included, by id."""
        now = self._world.clock.now()
        return [site for site in self._all[operator] if site.created <= now]

    def status(self, site: Site, point: Point) -> tuple[str, datetime]:
        """What a point does now, in the words of OCPI, and since when."""
        now = self._world.clock.now()
        gone = min((at for at in (point.removed, site.closes) if at is not None), default=None)
        if gone is not None and gone <= now:
            return "REMOVED", gone
        if point.planned:
            return "PLANNED", site.created
        step = (int(now.timestamp()) - point.phase_s) // point.dwell_s
        status = self._at_step(site, point, step)
        first = step
        while first > step - _STEPS_BACK and self._at_step(site, point, first - 1) == status:
            first -= 1
        return status, max(_instant(point, first), site.created)

    def _at_step(self, site: Site, point: Point, step: int) -> str:
        chance = crc32(f"{self._world.seed}/{point.uid}/{step}".encode()) / 0xFFFFFFFF
        for status, share in _AILING:
            if chance < share:
                return status
            chance -= share
        at = _instant(point, step)
        busy = occupied(self._world.seed, f"{site.id}/charging", site.rhythm, 1_000, at) / 1_000
        return "CHARGING" if chance < 0.15 + 0.6 * busy else "AVAILABLE"

    def _in_car_parks(self) -> Iterator[Site]:
        number = 0
        for lot in self._world.parking.permanent:
            rng = self._world.rng(f"charging/{lot.id}")
            street = lot.kind.structure == "onStreet"
            if not lot.ev_bays or lot.position is None or rng.random() > (0.15 if street else 0.6):
                continue
            number += 1
            yield self._site(number, lot, lot.community, rng)

    def _along_streets(self) -> Iterator[Site]:
        rng = self._world.rng("charging/streets")
        for number, community in enumerate(rng.sample(COMMUNITIES, 8), 901):
            yield self._site(number, None, community, rng)

    def _site(self, number: int, lot: Lot | None, community: Community, rng: Random) -> Site:
        operator = rng.choices(tuple(OPERATORS), (3, 2))[0]
        brand, _, party = OPERATORS[operator]
        named = lot is not None and rng.random() < 0.7
        name = (
            f"{lot.zh}充电站"
            if lot is not None and named
            else f"{brand}{short_name(community)}{'充电站' if lot else '超充站'}"
        )
        north, east = _off(rng, 55 if named else 12)
        lat, lng = (lot.position if lot is not None else None) or position_in(community, rng)
        created = _EPOCH + timedelta(minutes=rng.randrange(1, 680 * 24 * 60))
        street = f"{lot.street}" if lot else street_of(community, rng)
        identity = f"{party}-{number:04d}"
        return Site(
            id=identity,
            operator=operator,
            name=name,
            lot=lot,
            community=community,
            address=full_address(community, street, lot.number if lot else rng.randint(1, 288)),
            position=(round(lat + north, 6), round(lng + east, 6)),
            points=tuple(_points(identity, party, lot, created, rng)),
            created=created,
            rhythm=lot.kind.rhythm if lot else "street",
            opens=lot.kind.opens if lot else None,
            public=number % 29 != 0,
            green=rng.random() < 0.3,
            closes=_EPOCH + timedelta(days=620 + number % 20) if number % 37 == 0 else None,
        )


def _instant(point: Point, step: int) -> datetime:
    return datetime.fromtimestamp(step * point.dwell_s + point.phase_s, CHINA)


def _off(rng: Random, metres: int) -> tuple[float, float]:
    """A way off by at most so many metres, in degrees."""
    return tuple(rng.uniform(-0.7, 0.7) * metres / _METRES_PER_DEGREE for _ in range(2))  # type: ignore[return-value]  # two of them


def _points(identity: str, party: str, lot: Lot | None, created: datetime, rng: Random) -> Iterator[Point]:
    count = min(lot.ev_bays, _MOST_POINTS) if lot else rng.randint(4, 8)
    residential = lot is not None and lot.kind.rhythm == "residential"
    for number in range(1, count + 1):
        plugs = (
            (_SUPER, _FAST)
            if lot is None
            else (_AC, _AC, _SOCKET, _TWIN)
            if residential
            else (_AC, _TWIN, _FAST)
        )
        removed = created + timedelta(days=rng.randint(40, 700)) if rng.random() < 0.03 else None
        yield Point(
            uid=f"{identity}-{number:02d}",
            evse_id=f"CN*{party}*E{identity[-4:]}*{number}",
            label=f"{'ABCD'[(number - 1) // 4]}{(number - 1) % 4 + 1:02d}",
            floor=None if lot is None else {"underground": "-1", "aboveGround": "2"}.get(lot.kind.grade),
            plug=rng.choice(plugs),
            accessible=number == 1 and rng.random() < 0.2,
            removed=removed,
            planned=removed is None and rng.random() < 0.02,
            dwell_s=(dwell := rng.choice((30, 45, 60, 90)) * 60),
            phase_s=rng.randrange(dwell),
        )
