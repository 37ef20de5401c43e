"""Directories of services: what an entry is, which stand at a moment, and which places are taken."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from mocks.world.addresses import full_address, short_name, street_of
from mocks.world.clock import CHINA
from mocks.world.geography import Community, position_in
from mocks.world.people import mobile, name
from mocks.world.spelling import latin

if TYPE_CHECKING:
    from mocks.world.world import World

_SPACE = UUID("6b0c3f52-6c52-4c8f-9d5e-3b1f4f0e7a11")
_EPOCH = datetime(2025, 1, 1, 3, 0, tzinfo=CHINA)


def uuid_of(name_: str) -> str:
    """An identifier that is the same in every world."""
    return str(uuid5(_SPACE, name_))


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the directory's taxonomy."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Hours:
    """One recurring time, written as in RFC 5545; `says` is a term such as a closure."""

    opens: str | None = None
    closes: str | None = None
    byday: str | None = None
    freq: str | None = "WEEKLY"
    interval: int | None = None
    bymonthday: str | None = None
    dtstart: str | None = None
    until: str | None = None
    description: str | None = None
    says: Term | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    option: str
    amount: float
    per: str
    valid_to: str | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Places of one kind; `interval` (ISO 8601) where they are for one span of time.

    `also` is another kind: what is taken of it is taken of this one, too.
    """

    id: str
    unit: str
    maximum: int
    taken: int
    description: str
    interval: str | None = None
    also: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a service is given."""

    id: str
    name: str
    address: str
    position: tuple[float, float] | None
    postcode: str
    transport: str | None
    accessible: str | None


@dataclass(frozen=True, slots=True)
class Provider:
    id: str
    name: str
    english: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One service of a directory."""

    id: str
    term: Term
    zh: str
    en: str | None
    description: str
    provider: Provider
    sites: tuple[Site, ...]
    phone: str
    hours: tuple[Hours, ...] = ()
    costs: tuple[Cost, ...] = ()
    fees: str | None = None
    minimum_age: float | None = None
    maximum_age: float | None = None
    eligibility: str | None = None
    areas: tuple[str, ...] = ()
    says: tuple[tuple[Term, str], ...] = ()
    documents: tuple[str, ...] = ()
    process: str | None = None
    alert: str | None = None
    status: str = "active"
    office: tuple[str, str] | None = None
    contact: str | None = None
    languages: tuple[tuple[str, str], ...] = (("普通话", "cmn"),)
    places: tuple[Places, ...] = ()
    by_day: Callable[["Entry", datetime], Iterable[Places]] | None = None
    created: datetime = _EPOCH
    every: timedelta = timedelta(days=30)
    until: datetime | None = None
    daily: bool = False
    """Whether the directory touches it each night, as one does that counts beds anew."""


class Draft:
    """What the builders of all directories need: a generator, and things drawn from it."""

    def __init__(self, rng: Random, key: str) -> None:
        self.rng = rng
        self.key = key

    def site(self, community: Community, label: str, known: bool = True) -> Site:
        street = street_of(community, self.rng)
        address = full_address(community, street, self.rng.randint(1, 288)).removeprefix("深圳市")
        accessible = "入口设无障碍坡道，一层有无障碍卫生间。" if self.rng.random() < 0.6 else None
        return Site(
            id=uuid_of(f"site/{self.key}"),
            name=label,
            address=address,
            position=position_in(community, self.rng) if known else None,
            postcode="518100",
            transport=f"公交M{self.rng.randint(200, 999)}路{short_name(community)}站",
            accessible=accessible,
        )

    def phone(self) -> str:
        """A number in a block that is given to no one."""
        return f"0755-0000{self.rng.randrange(10_000):04d}"

    def mobile(self) -> str:
        return mobile(self.rng)

    def person(self) -> str:
        return name(self.rng).full

    def edited(self) -> dict[str, Any]:
        """When it was entered, and how often it is edited: always at three in the morning, with others."""
        return {
            "created": _EPOCH + timedelta(days=self.rng.randrange(60)),
            "every": timedelta(days=self.rng.randint(20, 60)),
        }


def english(community: Community) -> str:
    return latin(short_name(community))


class Taken(Exception):  # noqa: N818  # an answer, not a fault
    """There are not so many places left."""


class Directory:
    """The services of one directory, and what was asked for in it."""

    def __init__(self, world: "World", build: Callable[["World"], tuple[Entry, ...]]) -> None:
        self._world = world
        self._build = build
        self._taken: dict[str, int] = {}
        self._touched: dict[str, datetime] = {}

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        return self._build(self._world)

    @cached_property
    def _by_id(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.entries}

    def standing(self) -> list[Entry]:
        """What is listed now; what has ended is silently gone."""
        now = self._world.clock.now()
        return [entry for entry in self.entries if entry.until is None or now < entry.until]

    def get(self, entry_id: str) -> Entry | None:
        entry = self._by_id.get(entry_id)
        return entry if entry is not None and entry in self.standing() else None

    def modified(self, entry: Entry) -> datetime:
        """The last edit, nightly count or request."""
        now = self._world.clock.now()
        edits = max(0, (now - entry.created) // entry.every)
        at = entry.created + edits * entry.every
        if entry.daily:
            at = max(at, datetime.combine(now.date(), time(0, 5), CHINA))
        return max(at, self._touched.get(entry.id, at))

    def places(self, entry: Entry) -> list[tuple[Places, int]]:
        """Each kind of place and how many of it are free."""
        dated = entry.by_day(entry, self._world.clock.now()) if entry.by_day else ()
        return [
            (one, max(0, one.maximum - one.taken - self._taken.get(one.id, 0) - self._taken.get(one.also, 0)))
            for one in (*entry.places, *dated)
        ]

    def take(self, entry: Entry, place_id: str, quantity: int) -> Places:
        """Take places; LookupError for an unknown kind, Taken where too few are left."""
        for place, left in self.places(entry):
            if place.id == place_id:
                if quantity > left:
                    raise Taken(f"{left} left")
                self._taken[place_id] = self._taken.get(place_id, 0) + quantity
                self._touched[entry.id] = self._world.clock.now()
                return place
        raise LookupError(place_id)

    def give_back(self, entry_id: str, place_id: str, quantity: int) -> None:
        self._taken[place_id] -= quantity
        self._touched[entry_id] = self._world.clock.now()
