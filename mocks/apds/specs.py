"""Right specifications: what an operator grants at a car park, in which words, from which pools.

To park once and pay on leaving is everybody's. The rest is assigned (`POST /rights/assigned`) from pools that
run out: a month's pass, a pass for disabled drivers, a bay at one park-and-ride car park for one day, a bay
at one venue for one event.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache

from mocks.apds.query import Json, instant, reference
from mocks.world import CHINA, World
from mocks.world.parking import TARIFFS, Lot, Tariff

VISIT, MONTHLY, ACCESSIBLE, DAY, EVENT = "visit", "monthly", "accessible", "day", "event"
_PASSES = (MONTHLY, ACCESSIBLE)
_DAYS = 7
_RIDE, _VENUE, _OFFICE = "rate-metro", "rate-venue", "rate-city-office"
_RIDE_IN = "布吉街道"
"""Where the metro's bays can be reserved: by the stations that fill first."""
_ARENA_BAYS = 300
"""Venues with at least so many bays sell some of them ahead for an event."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a kind of right is called after its tariff's name, whom it is for, and what it costs."""

    zh: str
    en: str
    who_zh: str
    who_en: str
    rate_type: str
    period: str | None
    price: float | None = None
    per_pool: int = 0


KINDS = {
    VISIT: Wording("", "", "所有车辆", "All vehicles", "hourly", None),
    MONTHLY: Wording(
        "（月卡）", ", monthly pass", "居民月卡", "Residents with a monthly pass", "contract", "P1M"
    ),
    ACCESSIBLE: Wording(
        "（无障碍车位月卡）",
        ", pass for disabled drivers",
        "持残疾人证的驾驶人",
        "Drivers with a disability card",
        "contract",
        "P1M",
        0,
        12,
    ),
    DAY: Wording(
        "（全天预约）", ", bay for a day", "已预约的车辆", "With a reservation", "daily", None, 12, 20
    ),
    EVENT: Wording(
        "（活动预约）", ", bay for an event", "已预约的车辆", "With a reservation", "event", None, 30, 60
    ),
}


@dataclass(frozen=True, slots=True)
class Spec:
    """A right that an operator grants under one tariff, at all car parks of the tariff or at `lot` alone."""

    tariff: Tariff
    kind: str = VISIT
    lot: str | None = None

    @property
    def id(self) -> str:
        name = f"spec-{self.tariff.id.removeprefix('rate-')}-{self.kind}"
        return f"{name}-{self.lot}" if self.lot else name

    @property
    def type(self) -> str:
        return "permitParking" if self.kind in _PASSES else "oneTimeUseParking"

    @property
    def words(self) -> Wording:
        return KINDS[self.kind]

    @property
    def name(self) -> tuple[str, str]:
        return self.tariff.zh + self.words.zh, self.tariff.en + self.words.en

    @property
    def price(self) -> float | None:
        """Of a pass, a day or an event; None for a visit, which goes by the hour."""
        return self.tariff.monthly if self.kind == MONTHLY else self.words.price

    @property
    def rate_id(self) -> str:
        return self.tariff.id if self.kind == VISIT else f"{self.tariff.id}-{self.kind}"

    def reference(self, now: datetime) -> Json:
        return reference(self.id, in_force(now)[0], "RightSpecification")


@dataclass(frozen=True, slots=True)
class Pool:
    """How many rights there are, all told or for a span of time, and how many were sold at the counter."""

    id: str
    size: int
    sold: int = 0
    span: tuple[datetime, datetime] | None = None

    def holds(self, use: datetime | None) -> bool:
        """Whether a right for that time is out of this pool."""
        return self.span is None or (use is not None and self.span[0] <= use < self.span[1])


def in_force(now: datetime) -> tuple[int, datetime]:
    """Tariffs are revised at each new year: the version in force and since when."""
    return max(1, now.year - 2024), datetime(now.year, 1, 1, tzinfo=CHINA)


def specs_of(lot: Lot) -> tuple[Spec, ...]:
    """What is granted at a car park, visits first."""
    shared = _shared(lot.kind.tariff)
    tariff = shared[0].tariff
    if tariff.id == _RIDE and lot.community.subdistrict == _RIDE_IN:
        return (*shared, Spec(tariff, DAY, lot.id))
    if tariff.id == _VENUE and lot.bays >= _ARENA_BAYS:
        return (*shared, Spec(tariff, EVENT, lot.id))
    return shared


def specs_by(world: World, operator: str) -> tuple[Spec, ...]:
    """What an operator grants anywhere, what holds at many car parks first."""
    many = [spec for tariff in TARIFFS if tariff.operator == operator for spec in _shared(tariff.id)]
    # Temporary car parks have none of their own: what stands always is enough to look at.
    lots = (lot for lot in world.parking.permanent if lot.operator == operator)
    return (*many, *(spec for lot in lots for spec in specs_of(lot) if spec.lot))


@cache
def _shared(tariff_id: str) -> tuple[Spec, ...]:
    tariff = next(tariff for tariff in TARIFFS if tariff.id == tariff_id)
    specs = [Spec(tariff), *([Spec(tariff, MONTHLY)] if tariff.monthly else [])]
    return (*specs, *([Spec(tariff, ACCESSIBLE)] if tariff.id == _OFFICE else []))


def pools_of(world: World, spec: Spec) -> Iterator[Pool]:
    """The pools that rights are assigned from now; none for a visit."""
    now = world.clock.now()
    if spec.kind in _PASSES:
        yield Pool(f"{spec.id}-pool", spec.tariff.passes if spec.kind == MONTHLY else spec.words.per_pool)
    elif spec.kind == DAY:
        for number in range(_DAYS):
            day = now.date() + timedelta(days=number)
            yield _pool(world, spec, datetime.combine(day, time(6), CHINA), timedelta(hours=17, minutes=30))
    elif spec.kind == EVENT:
        span = event_of(now)
        yield _pool(world, spec, span[0], span[1] - span[0])


def event_of(now: datetime) -> tuple[datetime, datetime]:
    """When the next event is, from five to eleven on a Saturday evening; on Sunday it is the one after."""
    day = now.date() + timedelta(days=(5 - now.weekday()) % 7)
    return datetime.combine(day, time(17), CHINA), datetime.combine(day, time(23), CHINA)


def _pool(world: World, spec: Spec, start: datetime, length: timedelta) -> Pool:
    size = spec.words.per_pool
    name = f"{spec.id}-{start:%Y%m%d}"
    return Pool(name, size, world.rng(f"pool/{name}").randint(size // 4, size), (start, start + length))


def period(start: datetime, end: datetime) -> Json:
    """A Validity by its bounds."""
    return {
        "validityStatus": "definedByValidityTimeSpec",
        "validityTimeSpecification": {"overallStartTime": instant(start), "overallEndTime": instant(end)},
    }
