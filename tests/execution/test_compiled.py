"""Compiled operations: what graphql-core's executor does, case by case, and the same from generated code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import msgspec
import pytest
import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig

from gateway.execution.compiled.waits import waits_for_keys_only
from schema.core.errors import Code, SourceError
from schema.core.lookup import Lookup
from schema.core.record import Ref
from schema.core.scalars import SCALARS
from tests.execution.comparison import Answer, Both
from tests.execution.zoo import Info, ZooContext

CAT: Lookup[Ref, Any] = Lookup("cat")


@strawberry.enum
class Colour(Enum):
    """Its values differ from its names."""

    RED = 1
    BLUE = strawberry.enum_value(2, name="AZURE")


class CatRecord(msgspec.Struct, frozen=True):
    """A record; any attribute may be anything."""

    name: Any = "Tom"
    lives: Any = 9
    mate: Any = None
    kittens: Any = ()
    grid: Any = ((1, 2), ())
    colour: Any = Colour.BLUE
    weight: Any = 4.5
    tame: Any = True
    price: Any = Decimal("1.50")
    pet: Any = None
    fails: Any = None


@strawberry.interface
class Pet:
    """Something that is kept."""

    name: str


@strawberry.type
class Cat(Pet):
    """A pet that is a record."""

    lives: int | None
    mate: Cat | None
    kittens: list[Cat] | None
    grid: list[list[int | None]] | None
    colour: Colour | None
    weight: float | None
    tame: bool | None
    price: Decimal | None
    pet: Pet | None

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """A record's class decides."""
        return isinstance(value, CatRecord)

    @strawberry.field
    @staticmethod
    def sound(root: strawberry.Parent[CatRecord]) -> str | None:
        """A synchronous resolver."""
        return raised(root, "meow")

    @strawberry.field
    @staticmethod
    def must_sound(root: strawberry.Parent[CatRecord]) -> str:
        """One that must give something."""
        return raised(root, "MEOW")

    @strawberry.field
    @staticmethod
    async def dream(root: strawberry.Parent[CatRecord], info: Info) -> str | None:
        """An asynchronous resolver that waits for nothing."""
        info.context.awaited += 1
        return raised(root, "mice")

    @strawberry.field
    @staticmethod
    async def must_dream(root: strawberry.Parent[CatRecord], info: Info) -> str:
        """One that must give something, and waits."""
        info.context.awaited += 1
        await asyncio.sleep(0)
        return raised(root, "mice")

    @strawberry.field
    @staticmethod
    async def friend(root: strawberry.Parent[CatRecord], info: Info) -> Cat | None:
        """A relation."""
        info.context.awaited += 1
        found: Cat | None = await info.context.load(CAT, Ref("s", str(root.lives)))
        return found

    @strawberry.field
    @staticmethod
    async def must_friend(root: strawberry.Parent[CatRecord], info: Info) -> Cat:
        """A relation that must be there."""
        info.context.awaited += 1
        found: Cat = await info.context.load(CAT, Ref("s", str(root.lives)))
        return found

    @strawberry.field
    @staticmethod
    def tagged(root: strawberry.Parent[CatRecord], tags: list[str] = ["a"]) -> str:  # noqa: B006  # Strawberry copies it
        """A resolver that changes the list that it gets."""
        tags.append("b")
        return f"{root.name} {tags}"

    @strawberry.field
    @staticmethod
    def where(root: strawberry.Parent[CatRecord], info: Info) -> str:
        """The path that a resolver is told, with the types on the way."""
        steps: list[str] = []
        at: Any = info.path
        while at is not None:
            steps.append(f"{at.typename}.{at.key}")
            at = at.prev
        return " ".join(reversed(steps))


@strawberry.type
class Dog(Pet):
    """A pet of Strawberry's own making."""

    @strawberry.field
    def sound(self) -> str:
        """A resolver with `self`."""
        return f"{self.name} barks"


def raised(root: CatRecord, value: str) -> str:
    """Raise or give what a cat has in `fails`, else the value."""
    if root.fails is None:
        return value
    if isinstance(root.fails, type):
        raise root.fails("hunter2")
    instead: str = root.fails[0]
    return instead


Either = Annotated[Cat | Dog, strawberry.union("Either")]


@strawberry.input
class Box:
    """An input object."""

    sides: list[int]
    label: str | None = strawberry.UNSET
    inner: Box | None = None


@strawberry.type
class Query:
    """What the cases ask; `value` is the test's."""

    @strawberry.field
    def cat(self, info: Info) -> Cat | None:
        """The value, where null is allowed."""
        value: Cat | None = info.context.value
        return value

    @strawberry.field
    def must_cat(self, info: Info) -> Cat:
        """The value, where it is not."""
        value: Cat = info.context.value
        return value

    @strawberry.field
    def cats(self, info: Info) -> list[Cat | None] | None:
        """A list of values."""
        value: list[Cat | None] | None = info.context.value
        return value

    @strawberry.field
    def must_cats(self, info: Info) -> list[Cat] | None:
        """A list of values, none of them null."""
        value: list[Cat] | None = info.context.value
        return value

    @strawberry.field
    def pets(self, info: Info) -> list[Pet | None]:
        """Objects of an interface."""
        value: list[Pet | None] = info.context.value
        return value

    @strawberry.field
    def either(self, info: Info) -> Either | None:
        """An object of a union."""
        value: Either | None = info.context.value
        return value

    @strawberry.field
    async def later(self, info: Info) -> list[Cat]:
        """A list that is awaited."""
        info.context.awaited += 1
        value: list[Cat] = info.context.value
        return value

    @strawberry.field
    def streamed(self, info: Info) -> list[int] | None:
        """An asynchronous iterator, which ends with an error where the value is one."""
        info.context.awaited += 1
        value = info.context.value

        async def stream() -> AsyncIterator[Any]:
            yield 1
            if isinstance(value, Exception):
                raise value
            yield value

        return stream()  # type: ignore[return-value]  # what is tested

    @strawberry.field
    async def hurried(self, info: Info) -> str:
        """It gives up before what it waits for is there."""
        info.context.awaited += 1
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            return "too late"
        return "in time"

    @strawberry.field
    def future(self, info: Info) -> int | None:
        """A future, out of a function that is not asynchronous."""
        info.context.awaited += 1
        future: Any = asyncio.get_running_loop().create_future()
        future.set_result(7)
        return future  # type: ignore[no-any-return]  # what is tested

    @strawberry.field
    def echo(self, box: Box | None = None, numbers: list[int] = [1], colour: Colour = Colour.RED) -> str:  # noqa: B006  # Strawberry copies it
        """What a resolver gets; it changes what it may change."""
        told = f"{box} {numbers} {colour}"
        numbers.append(1)
        if box is not None:
            box.sides.append(0)
        return told

    @strawberry.field
    def strict(self, times: int = 1) -> str | None:
        """An argument that must not be null."""
        return "x" * times

    @strawberry.field
    def renamed(self, some_thing: Annotated[int, strawberry.argument(name="other")] = 3) -> int:
        """An argument whose names differ."""
        return some_thing


SCHEMA = strawberry.Schema(Query, types=[Dog], config=StrawberryConfig(scalar_map=SCALARS))
BOTH = Both(SCHEMA)


def kind(value: object) -> str:
    """Name a case: the same in every process, as an address is not."""
    return value if isinstance(value, str) else type(value).__name__


async def check(document: str, value: Any = None, /, cats: Any = None, **variables: Any) -> Answer:
    """Run both executors over a value, compare them and give the compiled one's answer."""

    def make() -> ZooContext:
        context = ZooContext(records={Ref("s", key): cat for key, cat in (cats or {}).items()})
        context.value = value
        return context

    return await BOTH.check(document, make, variables)


def paths(answer: Answer) -> list[Any]:
    """The path of each error, in order."""
    return [error.path for error in answer[1]]


# Values

LEAVES = "{ cat { name lives weight tame colour price grid } }"


async def test_leaves_are_serialised_by_their_type() -> None:
    """A record's attributes, an enum by its name in the graph, a scalar by its own function."""
    data, errors = await check(LEAVES, CatRecord())
    assert errors == []
    assert data["cat"] == {
        "name": "Tom", "lives": 9, "weight": 4.5, "tame": True, "colour": "AZURE", "price": "1.50",
        "grid": [[1, 2], []],
    }  # fmt: skip


@pytest.mark.parametrize(
    "field", ["name", "lives", "weight", "tame", "colour", "price", "grid", "kittens", "mate"]
)
@pytest.mark.parametrize(
    "value",
    [
        None, 0, 1, -1, 2**31 - 1, 2**31, -(2**31) - 1, 1.0, 1.5, float("inf"), float("nan"), True, "",
        "1", "x", b"x", [], [1], [None], [[None]], [[2**31]], (), {}, {1}, object, Colour.RED, Colour, 2,
        Decimal(2), Decimal("2.5"), Decimal("NaN"), ValueError("hunter2"), [ValueError("item")],
        [[1], ValueError("row")],
        CatRecord(), [CatRecord(), None], [CatRecord(name=None)], GraphQLError("told"), KeyboardInterrupt,
    ],
    ids=kind,
)  # fmt: skip
async def test_any_value_at_any_leaf(field: str, value: Any) -> None:
    """Right or wrong, coerced or refused: as graphql-core has it, on the fast path and on the careful one."""
    inner = "{ name }" if field in {"kittens", "mate"} else ""
    cat = CatRecord(**{field: value})
    await check(f"{{ cat {{ lives {field} {inner} tame }} }}", cat)
    await check(f"{{ cats {{ sound {field} {inner} tame }} }}", [CatRecord(), cat, CatRecord()])
    await check(f"{{ mustCat {{ mate {{ {field} {inner} }} }} }}", CatRecord(mate=cat))


@pytest.mark.parametrize(
    "value",
    [None, 5, "cat", [], object(), ValueError("x"), {"name": "Tom"}, Dog(name="Rex"), CatRecord()],
    ids=kind,
)
@pytest.mark.parametrize("field", ["cat", "mustCat", "cats", "mustCats", "pets", "either", "later"])
async def test_any_value_at_any_object(field: str, value: Any) -> None:
    """What is no object of the type, no list or no exception's place is an error there."""
    inner = "{ __typename ... on Cat { name } }" if field == "either" else "{ __typename name }"
    await check(f"{{ {field} {inner} }}", value)
    if field in {"cats", "mustCats", "pets", "later"}:
        await check(f"{{ {field} {inner} }}", [value, CatRecord(), value])
        await check(f"{{ {field} {inner} }}", iter(()))


# Null and its way up


async def test_a_null_goes_up_to_what_may_be_null() -> None:
    """An item that must not be null takes its list; an error is told once, with the path of its cause."""
    answer = await check("{ mustCats { lives name } }", [CatRecord(), CatRecord(name=None)])
    assert answer[0] == {"mustCats": None}
    assert paths(answer) == [["mustCats", 1, "name"]]
    assert answer[1][0].message == "Cannot return null for non-nullable field Cat.name."


async def test_a_null_at_the_root_takes_all_data() -> None:
    """There is nothing above to be null."""
    answer = await check("{ mustCat { name } }", CatRecord(name=None))
    assert answer[0] is None
    assert paths(answer) == [["mustCat", "name"]]


async def test_errors_are_in_the_order_of_fields() -> None:
    """Depth first; what stood before a null that went up is told too."""
    cat = CatRecord(lives="x", fails=RuntimeError, name=None)
    answer = await check("{ cats { lives sound name } b: cats { tame sound } }", [cat, cat])
    assert answer[0] == {"cats": [None, None], "b": [{"tame": True, "sound": None}] * 2}
    assert paths(answer) == [
        ["cats", 0, "lives"], ["cats", 0, "sound"], ["cats", 0, "name"],
        ["cats", 1, "lives"], ["cats", 1, "sound"], ["cats", 1, "name"],
        ["b", 0, "sound"], ["b", 1, "sound"],
    ]  # fmt: skip


async def test_what_was_awaited_goes_up_too() -> None:
    """An awaited null takes what holds it, completed or not, and what else was awaited there."""
    cat = CatRecord(fails=(None,))
    answer = await check(
        "{ cats { name mustDream friend { name } } }", [CatRecord(), cat], cats={"9": CatRecord()}
    )
    assert answer[0] == {"cats": [{"name": "Tom", "mustDream": "mice", "friend": {"name": "Tom"}}, None]}
    assert paths(answer) == [["cats", 1, "mustDream"]]
    assert (await check("{ later { mustDream } }", [CatRecord(), cat]))[0] is None


async def test_nothing_is_told_of_what_is_lost() -> None:
    """An object that is null already is not waited for, and what fails in it is no error of the answer."""
    cat = CatRecord(name=None, fails=RuntimeError)
    answer = await check("{ cats { dream mustDream friend { name } name } b: cat { name } }", [cat, None])
    assert answer[0] is not None
    assert answer[0]["cats"] == [None, None]
    assert [path for path in paths(answer) if path[0] == "cats"] == [["cats", 0, "name"]]


async def test_errors_without_waiting_come_before_awaited_ones() -> None:
    """An asynchronous resolver begins when all else is done."""
    cat = CatRecord(fails=RuntimeError)
    answer = await check("{ cat { dream sound } }", cat)
    assert paths(answer) == [["cat", "sound"], ["cat", "dream"]]


# Selections


async def test_fields_of_one_name_are_merged() -> None:
    """Their selections add up, keys stand where they first were, errors name every place."""
    document = """{ cat { mate { name } ...F name mate { tame } x: name }
      ... { cat { lives } } } fragment F on Cat { mate { lives sound } ... on Pet { name } }"""
    answer = await check(document, CatRecord(mate=CatRecord(fails=RuntimeError)))
    assert answer[0] == {
        "cat": {
            "mate": {"name": "Tom", "lives": 9, "sound": None, "tame": True},
            "name": "Tom", "x": "Tom", "lives": 9,
        }
    }  # fmt: skip
    assert list(answer[0]["cat"]) == ["mate", "name", "x", "lives"]


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("include", [True, False])
async def test_conditions_decide_by_the_request(skip: bool, include: bool) -> None:
    """Each assignment of the variables is a program of its own; skip wins over include."""
    document = """query ($s: Boolean!, $i: Boolean = true) { cat { name @skip(if: $s) @include(if: $i)
      ... @include(if: $i) { lives } ...F @skip(if: $s) tame @include(if: true) weight @skip(if: true) } }
      fragment F on Cat { mate { name } }"""
    data, _ = await check(document, CatRecord(), s=skip, i=include)
    expected = {"name": not skip and include, "lives": include, "mate": not skip, "tame": True}
    assert list(data["cat"]) == [name for name, there in expected.items() if there]


async def test_a_condition_that_is_null_is_left_to_graphql_core() -> None:
    """A null where a default let a nullable variable pass is an error that graphql-core tells."""
    plan = BOTH.plan("query ($i: Boolean = true) { cat { name @include(if: $i) } }")
    coerced = plan.coerce({"i": None}, 5)
    assert not isinstance(coerced, list)
    assert plan.reason is None
    assert plan.program(coerced) is None


def test_programs_of_one_operation_are_bounded() -> None:
    """Whoever plays with many conditions gets graphql-core's executor in the end."""
    names = [f"c{n}" for n in range(5)]
    fields = " ".join(f"{n}: cat {{ name }} {n}{n}: cats @include(if: ${n}) {{ name }}" for n in names)
    plan = BOTH.plan(f"query ({' '.join(f'${n}: Boolean!' for n in names)}) {{ {fields} }}")
    made = []
    for number in range(32):
        coerced = plan.coerce({name: bool(number >> n & 1) for n, name in enumerate(names)}, 5)
        assert not isinstance(coerced, list)
        made.append(plan.program(coerced) is not None)
    assert made == [True] * 16 + [False] * 16


async def test_abstract_types_are_told_by_their_objects() -> None:
    """By a record's class, or by what Strawberry's own hook says of an object."""
    document = "{ pets { __typename name ... on Dog { sound } ... on Cat { lives where } } }"
    data, errors = await check(document, [CatRecord(), Dog(name="Rex"), None, CatRecord(name="Tim")])
    assert errors == []
    assert data["pets"] == [
        {"__typename": "Cat", "name": "Tom", "lives": 9, "where": "Query.pets None.0 Cat.where"},
        {"__typename": "Dog", "name": "Rex", "sound": "Rex barks"},
        None,
        {"__typename": "Cat", "name": "Tim", "lives": 9, "where": "Query.pets None.3 Cat.where"},
    ]


async def test_a_cast_object_is_what_it_is_cast_to() -> None:
    """Two objects of one class may be of two types: only a record's class is taken for all."""

    class Thing:
        name = "thing"

    class Box(Thing):
        pass

    things = [strawberry.cast(Dog, Thing()), Box(), strawberry.cast(Dog, Box())]
    answer = await check("{ pets { __typename name } }", things)
    assert answer[0]["pets"][0] == {"__typename": "Dog", "name": "thing"}
    assert answer[0]["pets"][1] is None


# Arguments


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("{ a: echo b: echo c: echo(numbers: 5, colour: AZURE) }", {}),
        ('{ echo(box: {sides: [1, 2], inner: {sides: 3, label: null}}) b: echo(box: {sides: []}) }', {}),
        ("query ($b: Box, $n: [Int!]! = [4]) { a: echo(box: $b, numbers: $n) b: echo(box: $b, numbers: $n) }",
         {"b": {"sides": 1, "label": "x"}}),
        ("query ($n: Int!, $l: String) { echo(box: {sides: [$n, 2], label: $l}) renamed(other: $n) }",
         {"n": 5}),
        ("query ($c: Colour! = AZURE) { a: echo(colour: $c) b: renamed }", {}),
        ("query ($c: Colour = AZURE) { echo(colour: $c) strict(times: 2) }", {"c": None}),
        ("query ($t: Int = 2) { a: strict(times: $t) b: strict(times: $t) }", {"t": None}),
        ("query ($t: Int = 2) { strict(times: $t) }", {}),
        ("query ($t: Int) { strict(times: $t) }", {}),
    ],
)  # fmt: skip
async def test_arguments_are_what_strawberry_makes_of_them(document: str, variables: dict[str, Any]) -> None:
    """Defaults, omissions, input objects, names; what a resolver changes is its own."""
    await check(document, **variables)


async def test_each_call_has_arguments_of_its_own() -> None:
    """A list that one resolver changes is not the next one's."""
    document = 'query ($t: [String!]!) { cats { tagged a: tagged(tags: $t) b: tagged(tags: ["x"]) } }'
    answer = await check(document, [CatRecord(), CatRecord()], t=["y"])
    expected = {"tagged": "Tom ['a', 'b']", "a": "Tom ['y', 'b']", "b": "Tom ['x', 'b']"}
    assert answer[0]["cats"] == [expected, expected]


# Waiting


@pytest.mark.parametrize("value", [2, None, "x", ValueError("the stream broke")], ids=kind)
async def test_an_asynchronous_iterator_is_a_list(value: Any) -> None:
    """An error on its way is the list's."""
    await check("{ streamed future }", value)


async def test_items_may_be_awaited() -> None:
    """Each by itself, its error at its own place."""

    async def item(value: Any) -> Any:
        await asyncio.sleep(0)
        if value is None:
            raise RuntimeError("hunter2")
        return value

    class Fresh(list[Any]):
        """Coroutines made anew for each executor."""

        def __iter__(self) -> Any:
            return iter([item(CatRecord()), CatRecord(name="Tim"), item(None), item(7)])

    answer = await check("{ cats { name } later { name } }", Fresh())
    assert answer[0] is None
    answer = await check("{ cats { name dream } }", Fresh())
    assert [cat and cat["name"] for cat in answer[0]["cats"]] == ["Tom", "Tim", None, None]


async def test_the_keys_of_a_level_leave_as_one_batch() -> None:
    """Each key once, whatever the branches; a failing key is its own field's error."""
    cats = {str(n): CatRecord(lives=n + 1) for n in range(5)} | {"7": SourceError(Code.SOURCE_TIMEOUT, "s")}
    context = ZooContext(records={Ref("s", key): cat for key, cat in cats.items()})
    context.value = [CatRecord(lives=n) for n in (0, 1, 7, 1, 9)]
    document = "{ cats { friend { name friend { lives } } } b: cats { mustFriend { lives } } }"
    data, errors = await BOTH.compiled(document, context, {})
    assert [keys for _, keys in context.fetched] == [
        [Ref("s", "0"), Ref("s", "1"), Ref("s", "7"), Ref("s", "9")],
        [Ref("s", "2")],
    ]
    assert [cat["friend"] and cat["friend"]["friend"]["lives"] for cat in data["cats"]] == [
        2,
        3,
        None,
        3,
        None,
    ]
    assert [cat and cat["mustFriend"]["lives"] for cat in data["b"]] == [1, 2, None, 2, None]
    assert sorted(map(repr, ((e.path, e.message) for e in errors))) == sorted(map(repr, [
        (["cats", 2, "friend"], "s did not answer in time."),
        (["b", 2, "mustFriend"], "s did not answer in time."),
        (["b", 4, "mustFriend"], "Cannot return null for non-nullable field Cat.mustFriend."),
    ]))  # fmt: skip


async def test_a_thousand_relations_need_no_task_and_no_future(monkeypatch: pytest.MonkeyPatch) -> None:
    """One batch, fetched by whoever executes; graphql-core makes thousands."""
    loop = asyncio.get_running_loop()
    made: list[str] = []

    def counted(factory: Any, name: str) -> Any:
        def make(*args: Any, **kwargs: Any) -> Any:
            made.append(name)
            return factory(*args, **kwargs)

        return make

    context = ZooContext(seed=1, records={Ref("s", str(n)): CatRecord(lives=n) for n in range(1000)})
    context.value = [CatRecord(lives=n) for n in range(1000)]
    monkeypatch.setattr(loop, "create_task", counted(loop.create_task, "task"), raising=False)
    monkeypatch.setattr(loop, "create_future", counted(loop.create_future, "future"), raising=False)
    data, errors = await BOTH.compiled("{ cats { friend { lives } } }", context, {})
    monkeypatch.undo()
    assert errors == []
    assert [cat["friend"]["lives"] for cat in data["cats"]] == list(range(1000))
    assert made == []
    assert len(context.fetched) == 1


async def test_what_is_cancelled_leaves_nothing_behind() -> None:
    """A request that is ended takes along what it waits for; whoever else waits is left alone."""
    started, ended = asyncio.Event(), asyncio.Event()

    async def wait() -> Any:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    class Waiting(list[Any]):
        def __iter__(self) -> Any:
            return iter([wait(), CatRecord()])

    context = ZooContext()
    context.value = Waiting()
    before = asyncio.all_tasks()
    task = asyncio.create_task(_run(BOTH.compiled("{ cats { name dream } }", context, {})))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(ended.wait(), 1)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    assert context.loaders.wake is None


async def _run(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


async def test_a_long_list_is_completed_without_depth() -> None:
    """A hundred thousand objects in one answer."""
    context = ZooContext()
    context.value = [CatRecord(lives=n) for n in range(100_000)]
    data, errors = await BOTH.compiled("{ cats { lives name } }", context, {})
    assert errors == []
    assert data["cats"][99_999] == {"lives": 99_999, "name": "Tom"}


async def test_a_resolver_with_a_deadline_ends_in_time_and_alone() -> None:
    """What awaits anything but keys is a task of its own: its timeout is its own too."""
    answer = await check("{ hurried cat { dream } }", CatRecord())
    assert answer[0] == {"hurried": "too late", "cat": {"dream": "mice"}}


def test_a_resolvers_source_tells_what_it_waits_for() -> None:
    """The context's reads, alone or in functions of the same kind, need no task."""

    async def helped(info: Info) -> None:
        await _helper(info)

    async def slept(info: Info) -> None:
        await asyncio.sleep(0)

    async def streamed(info: Info) -> None:
        async for _ in info.context.value:
            pass

    async def called(info: Info) -> None:
        await info.context.value.get()

    simple: list[Any] = [_helper, helped]
    assert [waits_for_keys_only(function) for function in simple] == [True, True]
    assert [waits_for_keys_only(function) for function in (slept, streamed, called)] == [False] * 3


async def _helper(info: Info) -> None:
    await info.context.load(CAT, Ref("s", "1"))
    await asyncio.gather(info.context.load_many(CAT, ()))
