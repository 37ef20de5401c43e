"""A small schema behind the real engine and endpoint: in process, and on a real server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx
import pytest
import strawberry
import uvicorn
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from gateway.endpoint import GraphQLEndpoint
from gateway.execution.engine import Engine
from gateway.graphiql import Example, graphiql_page, graphiql_routes
from schema.core.errors import Code, InvalidInput, PublicError, SourceError
from schema.core.viewer import Viewer

EXAMPLES = (
    Example("打个招呼", 'query Greet($name: String! = "龙岗") {\n  greet(name: $name)\n}'),
    Example("两个数的和", "query Sum {\n  sum(numbers: [1, 2])\n}"),
)


@dataclass
class SmallContext:
    """What resolvers and the engine get."""

    partial_errors: list[GraphQLError] = field(default_factory=list)
    visits: int = 0
    good_for: float = 0.0

    def fresh_s(self) -> float:
        """As long as a resolver said."""
        return self.good_for

    def response_extensions(self) -> dict[str, Any]:
        """Say something only if a resolver did something."""
        return {"visits": self.visits} if self.visits else {}


Info: TypeAlias = strawberry.Info[SmallContext, None]


class Even:
    """An even number, as a scalar."""


def _even(value: object) -> int:
    if isinstance(value, list):
        # A literal that holds a variable: null while validating, its value while executing.
        return _even(value[0] or 0)
    if isinstance(value, int) and value % 2 == 0:
        return value
    if value == "explain":
        raise InvalidInput("Only even numbers are taken here.")
    raise ValueError(f"odd: {value}")


EVEN = ScalarDefinition(
    name="Even",
    description=None,
    specified_by_url=None,
    serialize=int,
    parse_value=_even,
    parse_literal=None,
    origin=Even,
)


@strawberry.input
class Person:
    """An input object."""

    name: str
    number: int
    tags: list[int] | None = None
    friend: Person | None = None


@strawberry.type
class Node:
    """Something that nests."""

    @strawberry.field
    def name(self) -> str:
        """A leaf."""
        return "node"

    @strawberry.field
    def child(self) -> Node:
        """One level further."""
        return Node()


class Gate:
    """Lets a test see a resolver start, and be cancelled."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.cancelled = asyncio.Event()


gates: dict[str, Gate] = {}


@strawberry.type
class Query:
    """Everything a test asks."""

    @strawberry.field
    def greet(self, name: str = "world") -> str:
        """Greet."""
        return f"Hello, {name}!"

    @strawberry.field
    async def sum(self, numbers: list[int]) -> int:
        """Add up, asynchronously."""
        await asyncio.sleep(0)
        return sum(numbers)

    @strawberry.field
    def node(self) -> Node:
        """Start of a nest."""
        return Node()

    @strawberry.field
    def person(self, person: Person) -> str:
        """Read an input object."""
        return person.name

    @strawberry.field
    def half(self, of: Even) -> int:
        """Take a custom scalar."""
        return int(of) // 2  # type: ignore[call-overload, no-any-return]

    @strawberry.field
    def broken(self, secret: str | None = None) -> str | None:
        """Fail with an exception that tells too much."""
        raise RuntimeError(f"password hunter2, and {secret}")

    @strawberry.field
    def broken_value(self) -> int | None:
        """Give what is no integer."""
        return "hunter2"  # type: ignore[return-value]

    @strawberry.field
    def required(self) -> str:
        """Fail where null is not allowed."""
        raise RuntimeError("hunter2")

    @strawberry.field
    def refused(self) -> str | None:
        """Refuse an argument."""
        raise InvalidInput("That cannot be served.")

    @strawberry.field
    def source(self) -> str | None:
        """Fail as a source fails."""
        raise SourceError(Code.SOURCE_TIMEOUT, "parking", "hunter2")

    @strawberry.field
    def partly(self, info: Info) -> list[str]:
        """Give a list that a failed source left incomplete, and count the visit."""
        info.context.visits += 1
        error = SourceError(Code.SOURCE_UNAVAILABLE, "library")
        info.context.partial_errors.append(
            GraphQLError(error.message, path=info.path.as_list(), original_error=error)
        )
        return ["whole"]

    @strawberry.field
    def surrogate(self) -> str:
        """Give half a character."""
        return "a\ud800b"

    @strawberry.field
    async def wait(self, gate: str) -> str:
        """Wait until cancelled."""
        gates[gate].started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            gates[gate].cancelled.set()
            raise
        return "waited"


@strawberry.type
class Mutation:
    """Something that writes."""

    @strawberry.mutation
    def touch(self) -> bool:
        """Do as if."""
        return True


@strawberry.type
class Subscription:
    """Something that goes on."""

    @strawberry.subscription
    async def ticks(self) -> AsyncIterator[int]:
        """Tick once."""
        yield 1


def small_schema() -> strawberry.Schema:
    """The schema of these tests."""
    return strawberry.Schema(Query, Mutation, Subscription, config=StrawberryConfig(scalar_map={Even: EVEN}))


@asynccontextmanager
async def open_context(_viewer: Viewer | None) -> AsyncIterator[SmallContext]:
    """A context of its own for every execution."""
    yield SmallContext()


class ClosedContext(AbstractAsyncContextManager[SmallContext]):
    """A context that refuses to open."""

    def __init__(self, _viewer: Viewer | None) -> None:
        """Whoever asks."""

    async def __aenter__(self) -> SmallContext:
        raise PublicError(Code.SOURCE_BUSY, "Come back later.")

    async def __aexit__(self, *_error: object) -> None:
        """Nothing was opened."""


@pytest.fixture(scope="session")
def schema() -> strawberry.Schema:
    """The small schema."""
    return small_schema()


@pytest.fixture
def engine(schema: strawberry.Schema) -> Engine:
    """An engine with an empty cache."""
    return Engine(schema, open_context)


@pytest.fixture(scope="session")
def shared_endpoint(schema: strawberry.Schema) -> GraphQLEndpoint:
    """One endpoint for all examples of a property."""
    return GraphQLEndpoint(Engine(schema, open_context), page=graphiql_page(EXAMPLES))


@pytest.fixture
def make_engine(schema: strawberry.Schema) -> Callable[..., Engine]:
    """Make an engine with other limits, or `refusing=True` for one whose context does not open."""

    def make(*, refusing: bool = False, **limits: Any) -> Engine:
        return Engine(schema, ClosedContext if refusing else open_context, **limits)

    return make


def small_app(engine: Engine) -> Starlette:
    """The endpoint at /graphql and the page at /."""
    endpoint = GraphQLEndpoint(engine, page=graphiql_page(EXAMPLES))
    return Starlette(routes=[Route("/graphql", endpoint), *graphiql_routes(EXAMPLES)])


@pytest.fixture
async def client(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application in process, which is no browser."""
    transport = httpx.ASGITransport(small_app(engine))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


@pytest.fixture
def gate() -> Iterator[tuple[str, Gate]]:
    """A gate of the test's own, with its name."""
    gates["test"] = Gate()
    yield "test", gates["test"]
    del gates["test"]


@contextmanager
def running(app: Starlette) -> Iterator[str]:
    """Serve an application on a free port, in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="session")
def server_url(schema: strawberry.Schema) -> Iterator[str]:
    """A real server of the small schema."""
    with running(small_app(Engine(schema, open_context))) as url:
        yield url
