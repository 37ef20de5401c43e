"""Sharing: identical public queries in flight are executed once, and nobody's leaving harms the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
import orjson
import pytest
import strawberry
from graphql import GraphQLError
from structlog.testing import capture_logs

from gateway.execution.engine import Engine
from gateway.execution.operation import Operation, Outcome
from gateway.execution.sharing import Sharing, share_key
from schema.core.viewer import Viewer

ASK = Operation(document="{ slow }")
DONE = Outcome(executed=True, data={"slow": 1})
viewer: ContextVar[str] = ContextVar("viewer", default="nobody")


class Runs:
    """An `Execute` that a test opens, and that notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Operation] = []
        self.viewers: list[str] = []
        self.gate = asyncio.Event()
        self.cancelled = 0
        self.failure: BaseException | None = None

    async def execute(self, operation: Operation) -> Outcome:
        self.asked.append(operation)
        self.viewers.append(viewer.get())
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.failure is not None:
            raise self.failure
        return Outcome(executed=True, data={"slow": len(self.asked)})


class Clock:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Shared:
    """Sharing over these runs."""

    def __init__(self, runs: Runs, clock: Clock | None = None) -> None:
        self._runs = runs
        self.sharing = Sharing(join_within_s=1.0, clock=clock or Clock())

    async def __call__(self, operation: Operation) -> Outcome:
        return await self.sharing.run(operation, partial(self._runs.execute, operation))


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def ask(shared: Shared, operation: Operation = ASK) -> asyncio.Task[Outcome]:
    return asyncio.create_task(shared(operation))


async def test_identical_queries_in_flight_are_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred get one outcome, whose bytes are written once; the next one is a run of its own."""
    runs = Runs()
    shared = Shared(runs)
    tasks = [ask(shared) for _ in range(100)]
    await turns()
    runs.gate.set()
    outcomes = await asyncio.gather(*tasks)
    assert outcomes == [Outcome(executed=True, data={"slow": 1})] * 100
    dumped: list[Any] = []
    dumps = orjson.dumps

    def noting(value: Any) -> bytes:
        dumped.append(value)
        return dumps(value)

    monkeypatch.setattr("gateway.execution.written.orjson.dumps", noting)
    assert {id(outcome.written.body) for outcome in outcomes} == {id(outcomes[0].written.body)}
    assert dumped == [{"slow": 1}]
    assert len(runs.asked) == 1
    assert (await shared(ASK)).data == {"slow": 2}
    assert shared.sharing._runs == {}


@pytest.mark.parametrize(
    "other",
    [
        {"document": "{  slow }"},
        {"name": "A"},
        {"variables": {"n": 2, "m": [1, {"a": 1, "b": 2}]}},
        {"variables": {"n": 1.0, "m": [1, {"a": 1, "b": 2}]}},
        {"variables": {"n": True, "m": [1, {"a": 1, "b": 2}]}},
        {"variables": {"n": "1", "m": [1, {"a": 1, "b": 2}]}},
        {"variables": {"n": 1, "m": [{"a": 1, "b": 2}, 1]}},
        {"variables": {"n": 1}},
    ],
)
async def test_what_differs_is_run_apart(other: dict[str, Any]) -> None:
    """Document, operation name, a variable's value or type: each makes another question."""
    one = Operation(document="{ slow }", variables={"n": 1, "m": [1, {"a": 1, "b": 2}]})
    runs = Runs()
    shared = Shared(runs)
    tasks = [ask(shared, one), ask(shared, msgspec.structs.replace(one, **other))]
    await turns()
    runs.gate.set()
    await asyncio.gather(*tasks)
    assert len(runs.asked) == 2


async def test_the_order_of_variables_and_the_method_make_no_difference() -> None:
    """They are JSON objects, inside too; and GET differs from POST in what is refused only."""
    runs = Runs()
    shared = Shared(runs)
    tasks = [
        ask(shared, Operation(document="{ slow }", variables={"n": 1, "m": {"a": 1, "b": 2}})),
        ask(shared, Operation(document="{ slow }", variables={"m": {"b": 2, "a": 1}, "n": 1})),
        ask(
            shared, Operation(document="{ slow }", variables={"n": 1, "m": {"a": 1, "b": 2}}, read_only=True)
        ),
    ]
    await turns()
    runs.gate.set()
    await asyncio.gather(*tasks)
    assert len(runs.asked) == 1


def test_everything_that_an_operation_holds_is_in_the_key() -> None:
    """A field that Operation gains keeps requests apart, unless it is said here that it need not."""
    differs = {"document": "{ b }", "name": "B", "variables": {"b": 1}}
    # The digest has been put in the document's place by then.
    assert {*differs, "read_only", "digest", "viewer"} == set(Operation.__struct_fields__)
    key = share_key(ASK)
    for name, value in differs.items():
        assert share_key(msgspec.structs.replace(ASK, **{name: value})) != key
    assert share_key(msgspec.structs.replace(ASK, read_only=True)) == key
    assert share_key(msgspec.structs.replace(ASK, viewer=Viewer(resident="a", role="resident"))) is None


@pytest.mark.parametrize("value", ["\ud800", object(), 2**70, {1, object()}])
async def test_what_cannot_be_compared_is_run_alone(value: object) -> None:
    """Variables that no JSON holds, from a caller in process."""
    runs = Runs()
    runs.gate.set()
    shared = Shared(runs)
    operation = Operation(document="{ slow }", variables={"n": value})
    await asyncio.gather(shared(operation), shared(operation))
    assert len(runs.asked) == 2


async def test_nothing_of_the_leaders_request_is_in_the_run() -> None:
    """A run belongs to nobody: context variables of whoever came first are not set in it."""
    runs = Runs()
    runs.gate.set()
    viewer.set("leader")
    await Shared(runs)(ASK)
    assert runs.viewers == ["nobody"]


@pytest.mark.parametrize("leaving", [[0], [1], [0, 1], [0, 2], [1, 2]])
async def test_those_who_leave_do_not_harm_those_who_stay(leaving: list[int]) -> None:
    """The leader, a follower, both: who stays gets the whole answer of the one run."""
    runs = Runs()
    shared = Shared(runs)
    tasks = [ask(shared) for _ in range(3)]
    await turns()
    for index in leaving:
        tasks[index].cancel()
    await turns()
    runs.gate.set()
    for index, task in enumerate(tasks):
        if index in leaving:
            with pytest.raises(asyncio.CancelledError):
                await task
        else:
            assert await task == DONE
    assert (len(runs.asked), runs.cancelled) == (1, 0)


async def test_the_last_to_leave_ends_the_run() -> None:
    """It is cancelled, and whoever comes at that very moment begins another."""
    runs = Runs()
    shared = Shared(runs)
    tasks = [ask(shared) for _ in range(3)]
    await turns()
    for task in tasks:
        task.cancel()
    late = ask(shared)
    await turns()
    assert (len(runs.asked), runs.cancelled) == (2, 1)
    runs.gate.set()
    assert (await late).data == {"slow": 2}
    assert shared.sharing._runs == {}


async def test_a_run_is_joined_only_while_it_is_young() -> None:
    """For `join_within_s`; whoever comes later would get less of its own time, and begins another."""
    runs, clock = Runs(), Clock()
    shared = Shared(runs, clock)
    first = ask(shared)
    await turns()
    clock.now += 1.0
    second = ask(shared)
    await turns()
    clock.now += 0.1
    third, fourth = ask(shared), ask(shared)
    await turns()
    assert len(runs.asked) == 2
    first.cancel()
    second.cancel()
    await turns()
    assert runs.cancelled == 1
    runs.gate.set()
    assert (await third).data == (await fourth).data == {"slow": 2}
    assert shared.sharing._runs == {}


async def test_a_failure_of_the_run_reaches_each() -> None:
    """Whatever it raises, everybody gets it."""
    runs = Runs()
    runs.failure = RuntimeError("hunter2")
    shared = Shared(runs)
    tasks = [ask(shared) for _ in range(3)]
    await turns()
    runs.gate.set()
    assert await asyncio.gather(*tasks, return_exceptions=True) == [runs.failure] * 3


async def test_a_run_that_is_cancelled_by_nobody_who_waits_is_a_bug() -> None:
    """Those who wait are not cancelled with it: they hear of a fault."""
    runs = Runs()
    runs.failure = asyncio.CancelledError()
    shared = Shared(runs)
    tasks = [ask(shared) for _ in range(2)]
    await turns()
    runs.gate.set()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(outcome, RuntimeError)


# What the engine shares

viewers: list[str] = []


@strawberry.type
class Query:
    """Two ways to answer."""

    @strawberry.field
    def instant(self) -> int:
        """Wait for nothing."""
        viewers.append(viewer.get())
        return 1

    @strawberry.field
    async def slow(self) -> int:
        """Wait."""
        viewers.append(viewer.get())
        await asyncio.sleep(0)
        return 1

    @strawberry.field
    def broken(self) -> int | None:
        """Fail."""
        raise RuntimeError("hunter2")


@strawberry.type
class Mutation:
    """Something that writes."""

    @strawberry.mutation
    async def slow(self) -> int:
        """Write."""
        viewers.append(viewer.get())
        await asyncio.sleep(0)
        return 1


@dataclass
class Fresh:
    """A context whose answers are good for a minute."""

    partial_errors: list[GraphQLError] = field(default_factory=list)

    def response_extensions(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def fresh_s(self) -> float:
        """A minute."""
        return 60.0


@asynccontextmanager
async def open_context(_viewer: Viewer | None) -> AsyncIterator[Fresh]:
    yield Fresh()


class ClosedContext(AbstractAsyncContextManager[Fresh]):
    """A context that fails to open, after a while."""

    def __init__(self, _viewer: Viewer | None) -> None:
        """Whoever asks."""

    async def __aenter__(self) -> Fresh:
        await asyncio.sleep(0)
        raise RuntimeError("hunter2")

    async def __aexit__(self, *_error: object) -> None:
        """Nothing was opened."""


SCHEMA = strawberry.Schema(Query, Mutation)


@pytest.mark.parametrize(
    ("document", "name", "runs", "fresh_s"),
    [
        ("{ slow }", None, ["nobody"], 60.0),
        ("query A { instant } query B { ...f } fragment f on Query { ... { slow } }", "B", ["nobody"], 60.0),
        ("{ instant }", None, ["somebody"] * 3, 60.0),
        ("{ instant __schema { queryType { name } } }", None, ["somebody"] * 3, 60.0),
        ("{ slow broken }", None, ["nobody"], 0.0),
        ("mutation { slow }", None, ["somebody"] * 3, 0.0),
        ("query A { slow } mutation B { slow }", "B", ["somebody"] * 3, 0.0),
        ("query A { slow } query B { slow }", None, [], 0.0),
        ("{ slow", None, [], 0.0),
        ("{ nothing }", None, [], 0.0),
    ],
)
async def test_queries_that_take_time_are_shared_and_whole_ones_kept(
    document: str, name: str | None, runs: list[str], fresh_s: float
) -> None:
    """Nothing that writes or is refused is shared, nor what waits for nothing; errors are not kept."""
    viewers.clear()
    viewer.set("somebody")
    engine = Engine(SCHEMA, open_context, sharing=Sharing(join_within_s=1.0))
    with capture_logs():
        outcomes = await asyncio.gather(*(engine(Operation(document=document, name=name)) for _ in range(3)))
    assert viewers == runs
    assert [outcome.fresh_s for outcome in outcomes] == [fresh_s] * 3
    assert (len({id(outcome) for outcome in outcomes}) == 1) == (runs == ["nobody"])


async def test_without_sharing_each_runs_alone() -> None:
    """In its own task and context."""
    viewers.clear()
    viewer.set("somebody")
    engine = Engine(SCHEMA, open_context)
    await asyncio.gather(*(engine(ASK) for _ in range(3)))
    assert viewers == ["somebody"] * 3


async def test_a_bug_in_the_run_is_told_to_each_and_logged_once() -> None:
    """Everybody gets INTERNAL, and nobody an exception."""
    engine = Engine(SCHEMA, ClosedContext, sharing=Sharing(join_within_s=1.0))
    with capture_logs() as logs:
        outcomes = await asyncio.gather(*(engine(ASK) for _ in range(3)))
    told = {"message": "Something went wrong on our side.", "extensions": {"code": "INTERNAL"}}
    assert outcomes == [Outcome(executed=False, errors=[told])] * 3
    assert [log["event"] for log in logs] == ["operation failed"]
