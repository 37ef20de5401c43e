"""What sports centres and class rooms offer: venues, courts, programmes and courses, without their times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from random import Random
from typing import TYPE_CHECKING

from mocks.world.addresses import POSTCODES, full_address, short_name, street_of
from mocks.world.concepts import ACTIVITIES, Activity
from mocks.world.geography import COMMUNITIES, Community, position_in
from mocks.world.people import name as person

if TYPE_CHECKING:
    from mocks.world.world import World


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs venues. `courts_apart`: it lets each court by itself, not so many of a kind at a time."""

    id: str
    zh: str
    en: str
    phone: str
    courts_apart: bool = False


@dataclass(frozen=True, slots=True)
class Venue:
    id: str
    name: str
    community: Community
    street: str
    address: str
    postcode: str
    position: tuple[float, float]
    phone: str
    opens: time
    closes: time
    amenities: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Facility:
    """Courts of one kind at one venue, let by the hour at so many yuan."""

    id: str
    venue: Venue
    activity: Activity
    courts: tuple[str, ...]
    price: int
    members_price: int


@dataclass(frozen=True, slots=True)
class Programme:
    """What takes place again and again, or a course of so many lessons. `ages` in years, both included."""

    id: str
    venue: Venue
    activity: Activity
    name: str
    note: str
    weekdays: tuple[int, ...]
    starts: time
    minutes: int
    places: int
    price: int
    ages: tuple[int | None, int | None]
    leader: str
    level: str
    women_only: bool = False
    lessons: int = 0


DAYUN = Operator("sports-dayun", "深圳大运中心场馆", "Universiade Centre Venues", "0755-28800101")
STREET = Operator(
    "sports-street", "龙岗街道文体中心", "Sub-District Sports Centres", "0755-28800102", courts_apart=True
)
FAMILY = Operator("classes-family", "龙岗亲子学堂", "Longgang Family Classes", "0755-28800103")

_AMENITIES = ("ChangingFacilities", "Showers", "Lockers", "Parking", "Toilets", "BabyChanging")
_COURTS = (
    ("badminton", 8, 40, 30),
    ("basketball", 3, 200, 160),
    ("table-tennis", 6, 20, 15),
    ("tennis", 4, 60, 48),
    ("football", 2, 300, 240),
)


class Leisure:
    """Every operator's venues with what they offer; ids and all else are the same for the same seed."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.venues = {
            DAYUN.id: self._venues(DAYUN, 5, ("体育公园", "体育馆", "全民健身中心")),
            STREET.id: self._venues(STREET, 9, ("文体中心",)),
            FAMILY.id: self._venues(FAMILY, 8, ("亲子学堂",)),
        }
        self.facilities = {one.id: tuple(self._facilities(one)) for one in (DAYUN, STREET)}
        self.programmes = {
            DAYUN.id: tuple(self._programmes(DAYUN, _SPORTS)),
            STREET.id: tuple(self._programmes(STREET, _SPORTS)),
            FAMILY.id: tuple(self._programmes(FAMILY, _FAMILY)),
        }
        self.courses = tuple(self._courses())

    def _venues(self, operator: Operator, count: int, kinds: Sequence[str]) -> tuple[Venue, ...]:
        rng = self._world.rng(f"{operator.id}/venues")
        chosen = _spread(rng, count, operator)
        return tuple(
            self._venue(operator, number, community, kinds[number % len(kinds)], rng)
            for number, community in enumerate(chosen, 1)
        )

    def _venue(self, operator: Operator, number: int, community: Community, kind: str, rng: Random) -> Venue:
        street = street_of(community, rng)
        number_on_street = rng.randrange(1, 300)
        early = operator is not FAMILY
        return Venue(
            f"{operator.id}-v{number:02d}",
            f"{short_name(community)}{kind}",
            community,
            f"{street}{number_on_street}号",
            full_address(community, street, number_on_street),
            POSTCODES[community.subdistrict],
            position_in(community, rng),
            f"0755-2881{rng.randrange(10_000):04d}",
            time(7) if early else time(9),
            time(22) if early else time(21),
            tuple((amenity, rng.random() < 0.7) for amenity in _AMENITIES),
        )

    def _facilities(self, operator: Operator) -> list[Facility]:
        found: list[Facility] = []
        for venue in self.venues[operator.id]:
            rng = self._world.rng(f"{venue.id}/facilities")
            kinds = _COURTS if not operator.courts_apart else _COURTS[:3]
            some = [kinds[0], *rng.sample(kinds[1:], 1 if operator.courts_apart else 3)]
            for key, courts, price, members in some:
                activity = ACTIVITIES[key]
                count = courts if not operator.courts_apart else max(1, courts // 4)
                found.append(
                    Facility(
                        f"{venue.id}-{key}",
                        venue,
                        activity,
                        tuple(f"{number}号{activity.court}" for number in range(1, count + 1)),
                        price,
                        members,
                    )
                )
        return found

    def _programmes(
        self, operator: Operator, kinds: Sequence[tuple[str, str, int, int, tuple[int | None, int | None]]]
    ) -> list[Programme]:
        found: list[Programme] = []
        for venue in self.venues[operator.id]:
            rng = self._world.rng(f"{venue.id}/programmes")
            for key, title, minutes, price, ages in rng.sample(kinds, 3):
                weekdays = tuple(sorted(rng.sample(range(7), rng.choice((1, 2)))))
                number = len(found) + 1
                found.append(
                    Programme(
                        f"{operator.id}-p{number:03d}",
                        venue,
                        ACTIVITIES[key],
                        title,
                        f"{venue.name}开设的{title}，由专业老师带领。",
                        weekdays,
                        time(rng.choice((9, 10, 15, 19)), rng.choice((0, 30))),
                        minutes,
                        rng.choice((12, 16, 20, 24)),
                        price,
                        ages,
                        person(rng).full,
                        rng.choice(("入门", "初级", "中级")),
                        women_only=key == "yoga" and rng.random() < 0.5,
                    )
                )
        return found

    def _courses(self) -> list[Programme]:
        found: list[Programme] = []
        for venue in self.venues[FAMILY.id]:
            rng = self._world.rng(f"{venue.id}/courses")
            for key, title, minutes, price, ages in rng.sample(_FAMILY, 2):
                number = len(found) + 1
                found.append(
                    Programme(
                        f"{FAMILY.id}-c{number:03d}",
                        venue,
                        ACTIVITIES[key],
                        f"{title}系统课",
                        f"连续上课的{title}课程，家长与孩子一同参加。",
                        (rng.choice((2, 4, 5, 6)),),
                        time(rng.choice((10, 16, 18)), 0),
                        minutes,
                        rng.choice((10, 12, 15)),
                        price * 7,
                        ages,
                        person(rng, "female").full,
                        rng.choice(("入门", "初级")),
                        lessons=rng.choice((6, 8, 10)),
                    )
                )
        return found


_SPORTS: tuple[tuple[str, str, int, int, tuple[int | None, int | None]], ...] = (
    ("tai-chi", "太极拳晨练", 60, 0, (None, None)),
    ("qigong", "八段锦公益课", 45, 0, (50, None)),
    ("yoga", "流瑜伽", 75, 35, (16, None)),
    ("aerobics", "健美操团课", 60, 25, (16, 60)),
    ("dance", "广场舞教学", 90, 10, (18, None)),
    ("badminton", "羽毛球训练营", 90, 50, (8, 17)),
    ("basketball", "青少年篮球训练", 90, 60, (7, 16)),
    ("table-tennis", "乒乓球提高班", 60, 30, (6, None)),
)
_FAMILY: tuple[tuple[str, str, int, int, tuple[int | None, int | None]], ...] = (
    ("baby-yoga", "亲子瑜伽", 45, 40, (1, 3)),
    ("dance", "亲子律动", 45, 30, (2, 5)),
    ("ballet", "亲子芭蕾", 60, 60, (4, 8)),
    ("aerobics", "亲子体适能", 60, 0, (3, 6)),
    ("football", "亲子足球", 60, 45, (4, 10)),
    ("basketball", "亲子篮球", 60, 45, (6, 12)),
    ("table-tennis", "亲子乒乓球", 60, 20, (6, 14)),
    ("tai-chi", "亲子太极", 60, 0, (5, None)),
)


def _spread(rng: Random, count: int, operator: Operator) -> list[Community]:
    """Communities over the whole district, the pilot first where the operator serves it."""
    pilot = [one for one in COMMUNITIES if one.code == "440307014003"] if operator is not DAYUN else []
    others = [one for one in COMMUNITIES if one not in pilot]
    first = pilot or [one for one in others if one.subdistrict == "布吉街道"][:1]
    rest = [one for one in others if one not in first]
    step = len(rest) / (count - 1)
    return first + [rest[int(index * step + rng.random() * step)] for index in range(count - 1)]
