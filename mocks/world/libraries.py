"""The public libraries: branches, what stands on their shelves, who reads it, who waits for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

from mocks.world.books import Edition, editions
from mocks.world.geography import COMMUNITIES, Community, position_in
from mocks.world.patrons import Patron, patrons
from mocks.world.things import THINGS, Thing

if TYPE_CHECKING:
    from mocks.world.world import World

_PATRONS = 240
_FLOORS = {
    "BOOK": "二楼文学社科区",
    "CHILD": "一楼少儿区",
    "REF": "三楼参考阅览室",
    "LOCAL": "三楼地方文献室",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is fixed about a library: each branch is (id, name, sub-district, community, address)."""

    id: str
    name: str
    english: str
    prefix: str
    branches: tuple[tuple[str, str, str, str, str], ...]
    titles: int
    local_share: float
    things: int


PLANS: tuple[Plan, ...] = (
    Plan(
        "library-district", "龙岗区图书馆", "Longgang District Library", "0440307",
        (
            ("LGZX", "龙岗区图书馆总馆", "龙城街道", "吉祥社区", "龙翔大道7018号"),
            ("LGPH", "龙岗区图书馆平湖分馆", "平湖街道", "平湖社区", "平湖大街168号"),
            ("LGHG", "龙岗区图书馆横岗分馆", "横岗街道", "华侨新村社区", "茂盛路56号"),
            ("LGPD", "龙岗区图书馆坪地分馆", "坪地街道", "中心社区", "湖田路11号"),
            ("LGBL", "龙岗区图书馆宝龙分馆", "宝龙街道", "宝龙社区", "宝荷路28号"),
            ("LGNW", "龙岗区图书馆南湾分馆", "南湾街道", "南岭村社区", "布澜路33号"),
        ),
        titles=3600, local_share=1.0, things=8,
    ),
    Plan(
        "library-buji", "布吉街道图书馆", "Buji Subdistrict Library", "0440314",
        (
            ("BJZX", "布吉街道图书馆", "布吉街道", "布吉圩社区", "吉华路201号"),
            ("BJMM", "木棉湾社区图书馆", "布吉街道", "木棉湾社区", "木棉路9号"),
            ("BJLL", "龙岭社区图书馆", "布吉街道", "龙岭社区", "龙岭路66号"),
        ),
        titles=2600, local_share=0.2, things=14,
    ),
    Plan(
        "library-bantian", "坂田街道图书馆", "Bantian Subdistrict Library", "0440308",
        (
            ("BTZX", "坂田街道图书馆", "坂田街道", "坂田社区", "坂雪岗大道163号"),
            ("BTWH", "五和社区图书馆", "坂田街道", "五和社区", "五和大道118号"),
            ("BTYM", "杨美社区图书馆", "坂田街道", "杨美社区", "永香西路2号"),
        ),
        titles=2900, local_share=0.2, things=20,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Branch:
    """`lat` and `lng` are known to the world, never to the library's system: Koha has no place for them."""

    id: str
    name: str
    community: Community
    address: str
    phone: str
    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class Item:
    """One copy. `due` and `borrower` say that it is out; `not_for_loan` that it never goes out."""

    id: int
    biblio: int
    barcode: str
    home: str
    holding: str
    callnumber: str
    kind: str
    place: str
    acquired: date
    price: float
    due: date | None
    borrower: int | None
    not_for_loan: int
    lost: int
    withdrawn: int
    damaged: int
    checkouts: int
    renewals: int


@dataclass(frozen=True, slots=True)
class Biblio:
    """One title as a library has catalogued it: an edition of a book, or a thing."""

    id: int
    edition: Edition | None
    thing: Thing | None
    kind: str
    created: date
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Queued:
    """A reader who waits for a title; `item` is set once a copy waits for the reader."""

    biblio: int
    patron: int
    placed: date
    branch: str
    item: int | None


@dataclass(frozen=True, slots=True)
class Library:
    plan: Plan
    branches: tuple[Branch, ...]
    biblios: tuple[Biblio, ...]
    patrons: tuple[Patron, ...]
    queue: tuple[Queued, ...]

    @property
    def id(self) -> str:
        return self.plan.id


class Libraries(Mapping[str, Library]):
    """The libraries by id; each is made up when first asked for."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._plans = {plan.id: plan for plan in PLANS}
        self._made: dict[str, Library] = {}

    @cached_property
    def editions(self) -> tuple[Edition, ...]:
        """What any library may hold; the same ISBN stands in several."""
        return editions(self._world.rng("books"), self._world.clock.now().date())

    def __getitem__(self, library: str) -> Library:
        if library not in self._made:
            plan = self._plans[library]
            self._made[library] = _Builder(plan, self._world, self.editions).library()
        return self._made[library]

    def __iter__(self) -> Iterator[str]:
        return iter(self._plans)

    def __len__(self) -> int:
        return len(self._plans)


class _Builder:
    """Makes up one library from its plan."""

    def __init__(self, plan: Plan, world: "World", known: tuple[Edition, ...]) -> None:
        self._plan = plan
        self._world = world
        self._known = known
        self._today = world.clock.now().date()
        self._items = 0

    def _rng(self, part: str) -> Random:
        return self._world.rng(f"{self._plan.id}/{part}")

    def library(self) -> Library:
        branches = tuple(self._branches())
        readers = patrons(
            self._rng("patrons"), self._today, self._plan.prefix, [b.id for b in branches], _PATRONS
        )
        biblios = tuple(self._biblios([b.id for b in branches]))
        queue = tuple(self._queue(biblios, [b.id for b in branches]))
        return Library(self._plan, branches, biblios, readers, queue)

    def _branches(self) -> Iterator[Branch]:
        rng = self._rng("branches")
        for number, (key, name, subdistrict, community_name, address) in enumerate(self._plan.branches, 1):
            community = next(
                c for c in COMMUNITIES if (c.subdistrict, c.name) == (subdistrict, community_name)
            )
            phone = f"0755-2880{self._plan.prefix[-2:]}{number:02d}"
            yield Branch(key, name, community, address, phone, *position_in(community, rng))

    def _biblios(self, branches: list[str]) -> Iterator[Biblio]:
        rng = self._rng("biblios")
        held = [e for e in self._known if not e.local or rng.random() < self._plan.local_share]
        wanted = self._plan.titles - self._plan.things
        chosen = sorted(rng.sample(range(len(held)), wanted))
        for number, index in enumerate(chosen, 1):
            edition = held[index]
            kind = "BOOK"
            if edition.local:
                kind = "LOCAL"
            elif edition.reference:
                kind = "REF"
            elif edition.children:
                kind = "CHILD"
            first = max(date(edition.year, 6, 1), date(2012, 1, 1))
            created = first + timedelta(days=rng.randrange(max(1, (self._today - first).days)))
            call = f"{edition.classification}/{rng.randrange(1, 9000)}"
            count = rng.choices((1, 2, 3, 4, 5), (30, 30, 20, 12, 8))[0]
            items = tuple(
                self._item(rng, number, branches, kind, call, copy, created, edition.price)
                for copy in range(1, count + 1)
            )
            yield Biblio(number, edition, None, kind, created, items)
        for number, thing in enumerate(THINGS[: self._plan.things], wanted + 1):
            created = self._today - timedelta(days=rng.randrange(40, 700))
            call = f"HW/{number - wanted:03d}"
            items = tuple(
                self._item(rng, number, branches, "THING", call, copy, created, 199.0) for copy in (1, 2)
            )
            yield Biblio(number, None, thing, "THING", created, items)

    def _item(
        self, rng: Random, biblio: int, branches: list[str], kind: str, call: str, copy: int, acquired: date,
        price: float,
    ) -> Item:  # fmt: skip
        self._items += 1
        home = branches[0] if rng.random() < 0.5 else rng.choice(branches)
        lot = rng.random()
        fixed = kind in ("REF", "LOCAL") and copy == 1
        out = not fixed and kind != "THING" and lot < 0.24
        moved = 0.24 <= lot < 0.26
        return Item(
            self._items,
            biblio,
            f"{self._plan.prefix}{self._items:07d}",
            home,
            rng.choice(branches) if moved else home,
            call,
            kind,
            _FLOORS.get(kind, "一楼服务台"),
            acquired,
            price,
            self._today + timedelta(days=rng.randrange(-9, 30)) if out else None,
            rng.randrange(1, _PATRONS + 1) if out else None,
            1 if fixed else 0,
            1 if 0.26 <= lot < 0.27 else 0,
            1 if 0.27 <= lot < 0.28 else 0,
            1 if 0.28 <= lot < 0.29 else 0,
            rng.randrange(0, 60),
            rng.randrange(0, 12),
        )

    def _queue(self, biblios: tuple[Biblio, ...], branches: list[str]) -> Iterator[Queued]:
        rng = self._rng("queue")
        for biblio in biblios:
            loanable = [i for i in biblio.items if not (i.not_for_loan or i.lost or i.withdrawn)]
            if not loanable or biblio.kind == "THING":
                continue
            shelved = [item for item in loanable if item.due is None]
            if not shelved and rng.random() < 0.45:
                for patron in rng.sample(range(1, _PATRONS + 1), rng.randrange(1, 5)):
                    placed = self._today - timedelta(days=rng.randrange(1, 25))
                    yield Queued(biblio.id, patron, placed, rng.choice(branches), None)
            elif shelved and rng.random() < 0.015:
                placed = self._today - timedelta(days=rng.randrange(1, 6))
                patron = rng.randrange(1, _PATRONS + 1)
                yield Queued(biblio.id, patron, placed, shelved[0].holding, shelved[0].id)
