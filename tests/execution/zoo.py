"""A zoo: a schema of every feature that execution knows, over values of every kind, faults too."""

from __future__ import annotations

import asyncio
import random
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig

from gateway.loading.batch import Loaders
from schema.core.errors import Code, InvalidInput, SourceError
from schema.core.lookup import Lookup
from schema.core.record import Ref
from schema.core.scalars import SCALARS

LION_BY_REF: Lookup[Ref, Any] = Lookup("zoo.lion")
KEEPER_BY_REF: Lookup[Ref, Any] = Lookup("zoo.keeper")


class ZooContext:
    """One request in the zoo: its loaders, and what a test wants to know of it."""

    def __init__(self, seed: int = 0, records: Mapping[Ref, Any] | None = None) -> None:
        self.seed = seed
        self.records = records
        self.fetched: list[tuple[str, list[Any]]] = []
        self.awaited = 0
        self.value: Any = None
        """What the fields of a test's own schema give."""
        self.partial_errors: list[GraphQLError] = []
        self.loaders = Loaders(self._fetch, lambda _: [])

    @property
    def load(self) -> Callable[..., Any]:
        """One record."""
        return self.loaders.load

    @property
    def load_many(self) -> Callable[..., Any]:
        """Several."""
        return self.loaders.load_many

    def response_extensions(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def fresh_s(self) -> float:
        """Not at all."""
        return 0.0

    async def _fetch(self, lookup: Any, source: str, keys: Sequence[Any]) -> dict[Any, Any]:
        self.fetched.append((lookup.name, list(keys)))
        if self.seed % 3 == 0:
            await asyncio.sleep(0)
        found: dict[Any, Any] = {}
        for key in keys:
            if self.records is not None:
                if key in self.records:
                    found[key] = self.records[key]
                continue
            chance = number(self.seed, lookup.name, key.id) % 8
            if chance == 0:
                found[key] = SourceError(Code.SOURCE_TIMEOUT, source)
            elif chance > 1:
                found[key] = lion(self.seed, int(key.id), 1)
        return found


Info: TypeAlias = strawberry.Info[ZooContext, None]


def number(*of: object) -> int:
    """A number that is the same for the same things in every process."""
    return zlib.crc32(repr(of).encode())


@strawberry.enum
class Diet(Enum):
    """What it eats."""

    MEAT = "meat"
    GRASS = "grass"
    BOTH = 3


@strawberry.input
class Size:
    """An input object within another."""

    height: float = 1.0
    width: float | None = None


@strawberry.input
class Filter:
    """An input object."""

    name: str
    diets: list[Diet] | None = None
    size: Size | None = None
    limit: int | None = strawberry.UNSET
    day: date | None = None


class LionRecord(msgspec.Struct, frozen=True):
    """A lion; its attributes may be anything, as a faulty source's."""

    number: int
    id: Any
    name: Any
    age: Any
    weight: Any
    fierce: Any
    diet: Any
    born: Any
    price: Any
    tags: Any
    grid: Any
    mate: Any
    cubs: Any
    friends: Any
    sure_name: Any
    sure_age: Any
    sure_mate: Any


class KeeperRecord(msgspec.Struct, frozen=True):
    """A keeper: an object without an interface."""

    name: Any
    lions: Any
    first: Any


@strawberry.interface
class Animal:
    """An animal."""

    id: strawberry.ID
    name: str | None

    @strawberry.field
    def described(self, prefix: str = "an animal", times: int | None = None) -> str | None:
        """A resolver of the interface, with `self`."""
        return f"{prefix} {number(getattr(self, 'number', 0)) % 10} {times}"


@strawberry.type
class Parrot(Animal):
    """An animal that is an object of Strawberry's own."""

    words: list[str | None]
    number: strawberry.Private[int] = 1


@strawberry.type
class Keeper:
    """Who looks after lions; there is no hook to ask about its objects."""

    name: str | None
    lions: list[Annotated[Lion, strawberry.lazy("tests.execution.zoo")] | None] | None
    first: Annotated[Lion, strawberry.lazy("tests.execution.zoo")] | None


async def maybe_later(info: Info, kind: int) -> None:
    """Wait, or not, as an asynchronous resolver may."""
    info.context.awaited += 1
    if kind % 3 == 1:
        await asyncio.sleep(0)
    elif kind % 3 == 2:
        await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0))


@strawberry.type
class Lion(Animal):
    """An animal that is a record."""

    age: int | None
    weight: float | None
    fierce: bool | None
    diet: Diet | None
    born: datetime | None
    price: Decimal | None
    tags: list[str | None] | None
    grid: list[list[int]] | None
    mate: Lion | None
    cubs: list[Lion] | None
    friends: list[Animal | None] | None
    sure_name: str
    sure_age: int
    sure_mate: Lion

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """A record's class decides."""
        return isinstance(value, LionRecord)

    @strawberry.field
    @staticmethod
    def roar(root: strawberry.Parent[LionRecord], loud: bool = False) -> str:
        """A synchronous resolver, not null."""
        return perhaps(root, "roar", "ROAR" if loud else "roar")

    @strawberry.field
    @staticmethod
    async def thought(root: strawberry.Parent[LionRecord], info: Info, about: Diet = Diet.MEAT) -> str | None:
        """An asynchronous resolver."""
        await maybe_later(info, root.number)
        return perhaps(root, "thought", f"{root.number} thinks of {about.name}")

    @strawberry.field
    @staticmethod
    async def sure_thought(root: strawberry.Parent[LionRecord], info: Info) -> str:
        """An asynchronous resolver, not null."""
        await maybe_later(info, root.number)
        return perhaps(root, "sureThought", "a thought")

    @strawberry.field
    @staticmethod
    async def partner(root: strawberry.Parent[LionRecord], info: Info) -> Lion | None:
        """A relation."""
        info.context.awaited += 1
        found: Lion | None = await info.context.load(LION_BY_REF, Ref("zoo", str(root.number % 5)))
        return found

    @strawberry.field
    @staticmethod
    async def sure_partner(root: strawberry.Parent[LionRecord], info: Info) -> Lion:
        """A relation that must be there."""
        info.context.awaited += 1
        found: Lion = await info.context.load(LION_BY_REF, Ref("zoo", str(root.number % 7)))
        return found

    @strawberry.field
    @staticmethod
    async def pride(root: strawberry.Parent[LionRecord], info: Info, first: int = 3) -> list[Lion]:
        """A relation to many."""
        info.context.awaited += 1
        found = await info.context.load_many(
            LION_BY_REF, [Ref("zoo", str((root.number + n) % 9)) for n in range(max(0, min(first, 4)))]
        )
        return [one for one in found if one is not None]

    @strawberry.field
    @staticmethod
    def later(root: strawberry.Parent[LionRecord], info: Info) -> str | None:
        """A synchronous resolver that gives something to await."""
        info.context.awaited += 1

        async def wait() -> str | None:
            await asyncio.sleep(0)
            return perhaps(root, "later", "later")

        return wait()  # type: ignore[return-value]  # what is tested

    @strawberry.field
    @staticmethod
    def stream(root: strawberry.Parent[LionRecord], info: Info) -> list[int | None] | None:
        """A synchronous resolver that gives an asynchronous iterator."""
        info.context.awaited += 1

        async def count() -> AsyncIterator[Any]:
            yield 1
            yield perhaps(root, "stream", 2)

        return count()  # type: ignore[return-value]  # what is tested

    @strawberry.field
    @staticmethod
    def some_later(root: strawberry.Parent[LionRecord], info: Info) -> list[int | None] | None:
        """A list with items to await."""
        info.context.awaited += 1

        async def wait() -> Any:
            await asyncio.sleep(0)
            return perhaps(root, "some", 2)

        return [1, wait(), 3]  # type: ignore[list-item]  # what is tested

    @strawberry.field
    @staticmethod
    def path(root: strawberry.Parent[LionRecord], info: Info) -> str:
        """What a resolver is told of its field."""
        steps: list[str] = []
        at: Any = info.path
        while at is not None:
            steps.append(f"{at.typename}.{at.key}")
            at = at.prev
        return f"{info.field_name} {info.python_name} {steps} {sorted(info.variable_values)}"


@strawberry.type
class Tree:
    """Neither a record nor an animal."""

    height: int
    owner: Keeper | None = None


Thing = Annotated[Lion | Tree | Parrot, strawberry.union("Thing")]


T = TypeVar("T")


def perhaps(root: Any, field: str, value: T) -> T:
    """Give a value, or by chance what should not be there; raises by chance."""
    worse: Any
    match number(getattr(root, "number", 0), field) % 12:
        case 0:
            raise RuntimeError(f"{field} failed")
        case 1:
            worse = None
        case 2:
            worse = InvalidInput(f"{field} is an error")
        case 3:
            worse = [value]
        case 4:
            raise GraphQLError(f"{field} failed with an error of GraphQL's")
        case _:
            worse = value
    return worse  # type: ignore[no-any-return]  # what is tested


@strawberry.type
class Query:
    """The gate."""

    @strawberry.field
    def lion(self, info: Info, number: int = 1) -> Lion | None:
        """One lion."""
        found: Lion | None = lion(info.context.seed, number, 2)
        return found

    @strawberry.field
    def lions(self, info: Info, first: int = 2) -> list[Lion]:
        """Lions, none of them null."""
        return [lion(info.context.seed, n, 2) for n in range(max(0, min(first, 4)))]

    @strawberry.field
    async def prides(self, info: Info) -> list[list[Lion | None] | None]:
        """Lists of lists, awaited."""
        await maybe_later(info, info.context.seed)
        return [[lion(info.context.seed, n, 1), None] for n in range(2)]

    @strawberry.field
    def animals(self, info: Info) -> list[Animal | None]:
        """Objects of an interface."""
        return [animal(info.context.seed, n) for n in range(4)]

    @strawberry.field
    def things(self, info: Info) -> list[Thing | None] | None:
        """Objects of a union."""
        seed = info.context.seed
        return [
            Tree(height=4, owner=Keeper(name="An", lions=[lion(seed, 3, 1)], first=None)),
            animal(seed, 9),
            "a stone" if seed % 5 == 0 else None,
        ]

    @strawberry.field
    def keeper(self, info: Info) -> Keeper:
        """An object that may be of any class."""
        seed = info.context.seed
        return KeeperRecord("Bo", [lion(seed, 5, 1), None], lion(seed, 6, 1))  # type: ignore[return-value]

    @strawberry.field
    def echo(
        self,
        filter: Filter | None = None,  # noqa: A002  # the argument's name in the graph
        numbers: list[int | None] | None = None,
        diet: Annotated[Diet | None, strawberry.argument(name="eats")] = None,
        day: date | None = strawberry.UNSET,
        text: str = "none",
    ) -> str:
        """What the resolver got."""
        return f"{filter} {numbers} {diet} {day!r} {text}"

    @strawberry.field
    async def echo_later(self, info: Info, filter: Filter, ids: list[strawberry.ID]) -> str:  # noqa: A002
        """The same, awaited."""
        await maybe_later(info, info.context.seed)
        return f"{filter} {ids}"

    @strawberry.field
    def numbers(self, info: Info) -> list[int]:
        """A list that is no list, by chance."""
        odd: list[Any] = [[1, 2], (1, 2), {1}, "12", {"a": 1}, range(2), iter([1, 2]), 5, [1, None], [1, "x"]]
        value: list[int] = odd[info.context.seed % len(odd)]
        return value


def animal(seed: int, n: int, depth: int = 1) -> Any:
    """An animal, a fault by chance."""
    match number(seed, "animal", n) % 6:
        case 0:
            return Parrot(id=strawberry.ID("p"), name="Polly", words=["a", None])
        case 1:
            return Parrot(id=None, name=5, words="words")  # type: ignore[arg-type]  # what is tested
        case 2:
            return 17
        case 3:
            return ValueError("no animal")
        case _:
            return lion(seed, n, depth)


_FAULTS: tuple[Any, ...] = (
    None, 7, 1.5, float("nan"), 2**40, True, "12", "x", ["x"], {}, Diet.MEAT, datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001  # a source's
    Decimal("1.5"), ValueError("a value that is an error"), object, b"x", (), [None], [ValueError("an item")],
    [[1, None]], [[1], None], [["x"]],
)  # fmt: skip


@lru_cache(1000)
def lion(seed: int, n: int, depth: int) -> Any:
    """A lion with so many levels of relatives; of odd seeds, some attributes are faults."""
    rng = random.Random(number(seed, n, depth))  # noqa: S311  # chance that can be repeated
    relative = lion(seed, n + 10, depth - 1) if depth else None
    good: dict[str, Any] = {
        "id": f"lion-{n}",
        "name": f"Leo {n}",
        "age": n,
        "weight": n + 0.5,
        "fierce": n % 2 == 0,
        "diet": Diet.MEAT,
        "born": datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001  # a source's
        "price": Decimal("12.50"),
        "tags": ["a", None],
        "grid": [[1, 2], [3]],
        "mate": relative,
        "cubs": [relative, relative] if relative else (),
        "friends": [relative, animal(seed, n, depth - 1) if depth else None, None],
        "sure_name": "Leo",
        "sure_age": n,
        "sure_mate": relative,
    }
    if seed % 2:
        for name in good:
            if rng.random() < 0.12:
                good[name] = rng.choice(_FAULTS)
    return LionRecord(number=n, **good)


def build_zoo() -> strawberry.Schema:
    """The schema."""
    return strawberry.Schema(Query, types=[Parrot], config=StrawberryConfig(scalar_map=SCALARS))
