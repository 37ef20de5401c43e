"""The car parks of Longgang: four operators, their tariffs, and which car parks exist at a moment."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

from mocks.world.addresses import english_street, short_name, street_of
from mocks.world.clock import CHINA
from mocks.world.geography import COMMUNITIES, Community, position_in
from mocks.world.occupancy import occupied
from mocks.world.spelling import latin

if TYPE_CHECKING:
    from mocks.world.world import World

_EPOCH = datetime(2025, 1, 1, 3, 0, tzinfo=CHINA)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of car park: how it is named, how large it is, how its day runs, and whose tariff it has."""

    zh: str
    en: str
    operator: str
    rhythm: str
    bays: tuple[int, int]
    tariff: str
    opens: tuple[str, str] | None = None
    structure: str = "offStreetSurface"
    grade: str = "groundLevel"


@dataclass(frozen=True, slots=True)
class Tariff:
    """Shenzhen's manner: free minutes, a first hour, then by the half hour up to a daily cap (CNY).

    Residents' `passes` at the `monthly` price; `charged` are the hours outside which parking is free.
    """

    id: str
    operator: str
    zh: str
    en: str
    free_minutes: int
    first_hour: float
    half_hour: float
    daily_cap: float
    monthly: float | None = None
    passes: int = 0
    charged: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """One car park. `position` is None where the operator does not know it; `until` where it is temporary."""

    id: str
    operator: str
    kind: Kind
    community: Community
    zh: str
    en: str
    street: str
    number: int
    position: tuple[float, float] | None
    bays: int
    ev_bays: int
    accessible_bays: int
    counted: bool
    created: datetime
    every: timedelta
    until: datetime | None = None

    def versions(self, now: datetime) -> tuple[int, datetime]:
        """The version in force and since when: an operator edits each record every few weeks."""
        edits = max(0, (now - self.created) // self.every)
        return 1 + edits, self.created + edits * self.every


OPERATORS = {
    "parking-city": ("龙岗城投停车", "Longgang City Investment Parking"),
    "parking-roadside": ("路侧停车管理中心", "Roadside Parking Management Centre"),
    "parking-metro": ("轨道接驳停车", "Metro Park and Ride"),
    "parking-park": ("公园与场馆停车", "Parks and Venues Parking"),
}

TARIFFS: tuple[Tariff, ...] = (
    Tariff("rate-city-home", "parking-city", "社区停车收费", "Neighbourhood parking",
           15, 4, 1, 20, monthly=300, passes=2000),
    Tariff("rate-city-shop", "parking-city", "商业停车收费", "Shopping parking", 30, 10, 2.5, 50),
    Tariff("rate-city-office", "parking-city", "园区停车收费", "Business park parking",
           15, 8, 2, 40, monthly=480, passes=30),
    Tariff("rate-roadside-core", "parking-roadside", "路侧一类区域收费", "On-street, zone 1",
           15, 6, 3, 60, charged=("07:30", "21:00")),
    Tariff("rate-roadside-outer", "parking-roadside", "路侧二类区域收费", "On-street, zone 2",
           15, 4, 1.5, 30, charged=("07:30", "21:00")),
    Tariff("rate-metro", "parking-metro", "P+R换乘收费", "Park and ride",
           30, 3, 0.5, 15, monthly=260, passes=800),
    Tariff("rate-park", "parking-park", "公园停车收费", "Park visitors", 30, 5, 1, 25),
    Tariff("rate-venue", "parking-park", "场馆停车收费", "Venue visitors", 30, 6, 2, 35),
)  # fmt: skip

_DECK, _BELOW = ("offStreetStructure", "aboveGround"), ("offStreetStructure", "underground")
_HOME = Kind(
    "社区公共停车场", "Community Public Car Park", "parking-city", "residential", (60, 300), "rate-city-home"
)
_CITY_MORE = (
    Kind("商业广场停车场", "Plaza Car Park", "parking-city", "shop", (200, 900),
         "rate-city-shop", ("08:00", "23:00"), *_BELOW),
    Kind("创新产业园停车场", "Innovation Park Car Park", "parking-city", "office", (150, 700),
         "rate-city-office", None, *_BELOW),
    Kind("老围立体停车库", "Old Village Parking Deck", "parking-city", "residential", (120, 420),
         "rate-city-home", None, *_DECK),
)  # fmt: skip
_TEMPORARY = Kind(
    "临时停车场",
    "Temporary Car Park",
    "parking-city",
    "shop",
    (40, 160),
    "rate-city-home",
    ("07:00", "22:30"),
)
_STREET_CORE = Kind(
    "路侧泊位",
    "On-Street Bays",
    "parking-roadside",
    "street",
    (20, 80),
    "rate-roadside-core",
    None,
    "onStreet",
)
_STREET_OUTER = replace(_STREET_CORE, tariff="rate-roadside-outer")
_METRO = Kind(
    "地铁站P+R停车场", "Metro Station P+R Car Park", "parking-metro", "metro", (120, 650),
    "rate-metro", ("06:00", "23:30"), *_DECK,
)  # fmt: skip
_PARKS = (
    Kind("社区公园停车场", "Community Park Car Park", "parking-park", "park", (40, 180),
         "rate-park", ("06:00", "22:00")),
    Kind("文体中心停车场", "Culture and Sports Centre Car Park", "parking-park", "park", (80, 400),
         "rate-venue", ("07:00", "22:30"), *_BELOW),
    Kind("体育公园停车场", "Sports Park Car Park", "parking-park", "park", (100, 360),
         "rate-park", ("06:00", "22:30")),
    Kind("绿道驿站停车场", "Greenway Station Car Park", "parking-park", "park", (20, 70), "rate-park"),
)  # fmt: skip
_CORE = frozenset({"布吉街道", "坂田街道", "龙城街道", "南湾街道", "吉华街道"})
_STATIONS = {
    "布吉街道": ("布吉", "大芬", "木棉湾", "长龙"),
    "南湾街道": ("丹竹头", "上李朗"),
    "坂田街道": ("五和", "坂田", "杨美", "岗头"),
    "吉华街道": ("甘坑", "水径"),
    "平湖街道": ("平湖", "禾花", "上木古"),
    "横岗街道": ("六约北", "塘坑", "横岗"),
    "园山街道": ("荷坳",),
    "龙城街道": ("爱联", "吉祥", "回龙埔", "尚景", "盛平"),
    "龙岗街道": ("南联",),
    "宝龙街道": ("龙东", "宝龙"),
}
_LIFE, _PERIOD = timedelta(days=75), timedelta(days=30)


class Parking:
    """All car parks by operator. What stands now depends on the clock: temporary ones come and go."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._opened: list[Lot] = []

    @cached_property
    def permanent(self) -> tuple[Lot, ...]:
        lots = [lot for community in COMMUNITIES for lot in self._in(community)]
        gap = next(index for index, lot in enumerate(lots) if lot.operator == "parking-roadside")
        lots[gap] = replace(lots[gap], position=None)
        return tuple(lots)

    @cached_property
    def _permanent_of(self) -> dict[str, list[Lot]]:
        return {name: [lot for lot in self.permanent if lot.operator == name] for name in OPERATORS}

    def standing(self, operator: str) -> list[Lot]:
        """The operator's car parks as of now, in the order of their ids."""
        now = self._world.clock.now()
        lots = list(self._permanent_of[operator])
        if operator == _TEMPORARY.operator:
            lots += [lot for lot in self._temporary() if lot.created <= now < _end(lot)]
        return sorted(lots, key=lambda lot: lot.id)

    def closed(self, operator: str) -> list[tuple[Lot, datetime]]:
        """The car parks that stand no more, and when they closed."""
        now = self._world.clock.now()
        lots = self._temporary() if operator == _TEMPORARY.operator else ()
        return [(lot, end) for lot in lots if (end := _end(lot)) <= now]

    def occupied(self, lot: Lot, at: datetime) -> int:
        return occupied(self._world.seed, lot.id, lot.kind.rhythm, lot.bays, at)

    def occupied_among(self, lot: Lot, purpose: str, bays: int, at: datetime) -> int:
        """Bays taken among those of one purpose, such as charging."""
        return occupied(self._world.seed, f"{lot.id}/{purpose}", lot.kind.rhythm, bays, at)

    def _in(self, community: Community) -> Iterator[Lot]:
        rng = self._world.rng(f"parking/{community.code}")
        kinds = [_HOME, _STREET_CORE if community.subdistrict in _CORE else _STREET_OUTER]
        if short_name(community) in _STATIONS.get(community.subdistrict, ()):
            kinds.append(_METRO)
        if rng.random() < 0.45:
            kinds.append(rng.choice(_PARKS))
        if rng.random() < 0.2:
            kinds.append(rng.choice(_CITY_MORE))
        for number, kind in enumerate(kinds, 1):
            yield self._lot(f"{community.code}-{number:02d}", kind, community, rng)

    def _temporary(self) -> tuple[Lot, ...]:
        """One opens every thirty days and closes after seventy-five."""
        past = (self._world.clock.now() - _EPOCH) // _PERIOD
        while len(self._opened) <= past:
            self._opened.append(self._temporary_lot(len(self._opened)))
        return tuple(self._opened[: max(0, past + 1)])

    def _temporary_lot(self, number: int) -> Lot:
        rng = self._world.rng(f"parking/temporary/{number}")
        opens = _EPOCH + number * _PERIOD
        community = rng.choice(COMMUNITIES)
        return self._lot(f"temporary-{number:04d}", _TEMPORARY, community, rng, opens, opens + _LIFE)

    def _lot(
        self, lot_id: str, kind: Kind, community: Community, rng: Random,
        created: datetime | None = None, until: datetime | None = None,
    ) -> Lot:  # fmt: skip
        street = street_of(community, rng)
        on_street = kind.structure == "onStreet"
        zh, en = (
            (street, english_street(community, street))
            if on_street
            else (short_name(community), latin(short_name(community)))
        )
        bays = rng.randint(*kind.bays)
        return Lot(
            id=lot_id,
            operator=kind.operator,
            kind=kind,
            community=community,
            zh=zh + kind.zh,
            en=f"{en} {kind.en}",
            street=street,
            number=rng.randint(1, 288),
            position=position_in(community, rng),
            bays=bays,
            ev_bays=rng.choice((0, 0, 2, 4)) if on_street else max(2, round(bays * rng.uniform(0.06, 0.2))),
            accessible_bays=rng.choice((0, 1)) if on_street else max(1, round(bays * 0.02)),
            counted=kind.operator != "parking-park" or rng.random() >= 0.12,
            created=created or _EPOCH + timedelta(minutes=rng.randrange(60 * 24 * 60)),
            every=timedelta(minutes=rng.randint(25 * 1440, 70 * 1440)),
            until=until,
        )


def _end(lot: Lot) -> datetime:
    return lot.until or datetime.max.replace(tzinfo=CHINA)
