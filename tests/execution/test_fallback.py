"""What is not compiled, and the reason that the plan gives; and that both ways of the engine are one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import strawberry
from graphql import get_introspection_query
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig
from strawberry.types.field import StrawberryField

from gateway.execution.engine import Engine
from gateway.execution.operation import Operation
from schema.root import build_schema
from tests.execution.comparison import Both
from tests.execution.zoo import ZooContext, build_zoo


class Loud(FieldExtension):
    """Changes a result."""

    def resolve(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        """Shout."""
        return next_(source, info, **kwargs).upper()


class Nobody(BasePermission):
    """Lets nobody in."""

    message = "not you"

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        """Nobody."""
        return False


class OwnField(StrawberryField):
    """A field that makes its own result."""


@strawberry.type
class Late:
    """A type whose objects are told by waiting."""

    name: str

    @classmethod
    async def is_type_of(cls, _value: object, _info: object) -> bool:
        """In time."""
        return True


@strawberry.interface
class Kept:
    """An interface whose objects may be guarded."""

    @strawberry.field
    def name(self) -> str | None:
        """For all."""
        return "kept"


@strawberry.type
class Hidden(Kept):
    """One that is."""

    @strawberry.field(permission_classes=[Nobody])  # type: ignore[untyped-decorator]  # Strawberry's overloads
    def name(self) -> str | None:
        """For nobody."""
        return "hidden"


@strawberry.type
class Query:
    """Fields of every kind that is not compiled."""

    plain: str = "plain"
    own: str = OwnField(default="own")  # type: ignore[assignment]  # as strawberry.field() is one

    @strawberry.field(extensions=[Loud()])  # type: ignore[untyped-decorator]  # Strawberry's overloads
    def loud(self) -> str:
        """Shouted."""
        return "quiet"

    @strawberry.field(permission_classes=[Nobody])  # type: ignore[untyped-decorator]  # Strawberry's overloads
    def secret(self) -> str | None:
        """For nobody."""
        return "secret"

    @strawberry.field
    async def many(self) -> AsyncIterator[int]:
        """No coroutine."""
        yield 1

    @strawberry.field
    def kept(self) -> Kept | None:
        """An object of an interface."""
        return Hidden()

    @strawberry.field
    def late(self) -> Late:
        """Of a type that has to be awaited."""
        return Late(name="late")


@strawberry.type
class Other:
    """For a schema that leaves its mark on its fields."""

    plain: str = "plain"


@strawberry.type
class Mutation:
    """Something that writes."""

    @strawberry.mutation
    def touch(self) -> bool:
        """Do as if."""
        return True


class OwnInfo(strawberry.Info[Any, Any]):
    """An Info of one's own."""


BOTH = Both(strawberry.Schema(Query, Mutation, types=[Hidden]))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{ loud }", "Query.loud has field extensions or permissions"),
        ("{ secret }", "Query.secret has field extensions or permissions"),
        ("{ own }", "Query.own is not a plain Strawberry field"),
        ("{ late { name } }", "Late.is_type_of is asynchronous"),
        ("{ kept { name } }", "Hidden.name has field extensions or permissions"),
        (
            "query ($a: Boolean!) { kept @skip(if: $a) { ...F } } fragment F on Hidden { name }",
            "Hidden.name has field extensions or permissions",
        ),
        ("{ many }", "the resolver of Query.many is a generator"),
        ("mutation { touch }", "a mutation is executed by graphql-core"),
        ("{ __schema { queryType { name } } }", "__schema is introspection"),
        ('{ plain __type(name: "Query") { name } }', "__type is introspection"),
        (get_introspection_query(), "__schema is introspection"),
        ("{ plain __typename }", None),
        ("query ($a: Boolean!) { plain @skip(if: $a) }", None),
    ],
)
def test_a_plan_says_why_it_is_not_compiled(document: str, reason: str | None) -> None:
    """Decided when the operation is prepared, for the whole of it."""
    assert BOTH.plan(document).reason == reason


def test_a_schema_with_its_own_ways_is_not_compiled() -> None:
    """An Info class or a default resolver of one's own are part of every field."""
    own_info = strawberry.Schema(Query, config=StrawberryConfig(info_class=OwnInfo))
    assert Both(own_info).plan("{ plain }").reason == "the schema has an Info class of its own"
    own_default = strawberry.Schema(Other, config=StrawberryConfig(default_resolver=lambda o, n: n))
    assert Both(own_default).plan("{ plain }").reason == "Other.plain has a default resolver of its own"


@pytest.mark.parametrize(
    ("document", "data"),
    [
        ("{ loud }", {"loud": "QUIET"}),
        ("{ secret }", {"secret": None}),
        ("{ kept { name } }", {"kept": {"name": None}}),
        ("mutation { touch }", {"touch": True}),
        ("{ late { name } }", {"late": {"name": "late"}}),
    ],
)
async def test_what_is_not_compiled_is_executed_all_the_same(document: str, data: Any) -> None:
    """On graphql-core, extensions and permissions honoured."""

    @asynccontextmanager
    async def open_context(_viewer: object) -> AsyncIterator[ZooContext]:
        yield ZooContext()

    assert (await Engine(BOTH.schema, open_context)(Operation(document=document))).data == data


async def test_the_engine_gives_one_outcome_either_way() -> None:
    """Compiled or not: data, shaped errors and extensions."""

    @asynccontextmanager
    async def open_context(_viewer: object) -> AsyncIterator[ZooContext]:
        yield ZooContext(3)

    document = "query ($n: Int!) { lions(first: $n) { name roar tags diet } animals { name } numbers }"
    outcomes = [
        await Engine(build_zoo(), open_context, compiled=compiled)(
            Operation(document=document, variables={"n": 3})
        )
        for compiled in (True, False)
    ]
    assert outcomes[0] == outcomes[1]
    assert outcomes[0].errors


def test_every_field_of_our_own_schema_can_be_compiled() -> None:
    """No type of the graph keeps an operation from being compiled."""
    both = Both(build_schema())
    for name, type_ in both.schema._schema.type_map.items():
        for field in getattr(type_, "fields", {}).values():
            source = field.extensions.get("strawberry-definition")
            assert source is None or (type(source) is StrawberryField and not source.extensions), name
