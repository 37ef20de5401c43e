"""What is known of a Strawberry schema before any operation: whether it compiles, which classes are sure."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import GeneratorType
from typing import Any

import msgspec
import strawberry
from graphql import GraphQLAbstractType, GraphQLNamedType, GraphQLObjectType, GraphQLSchema
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.execution.compiled.shape import Kind, Refused, Run, Shape

LISTS: frozenset[Any] = frozenset({list, tuple})


class Graph:
    """A schema, and the classes of values that have been seen to be what they should."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self.schema: GraphQLSchema = schema._schema  # noqa: SLF001  # Strawberry gives no other way to the executable schema
        self.converter = schema.schema_converter
        self.config = schema.config
        self.executor = schema.execution_context_class
        self._objects: dict[GraphQLObjectType, set[type]] = {}
        self._leaves: dict[GraphQLNamedType, set[type]] = {}

    def check(self) -> None:
        """Raise Refused if the schema changes the way in which every field is resolved."""
        if self.executor is not StrawberryGraphQLCoreExecutionContext:
            raise Refused("the schema has an execution context class of its own")
        if self.config.info_class is not strawberry.Info:
            raise Refused("the schema has an Info class of its own")
        if self.converter.exception_handlers:
            raise Refused("the schema turns exceptions into values")

    def classes_of(self, type_: GraphQLObjectType) -> set[type]:
        """The classes whose every instance is an object of the type; filled as they are met."""
        classes = self._objects.get(type_)
        if classes is None:
            check_hook(type_.is_type_of, f"{type_.name}.is_type_of")
            classes = self._objects[type_] = set()
        return classes

    def leaf_classes(self, type_: GraphQLNamedType) -> set[type]:
        """The classes whose instances may be handed to a scalar at once; filled as they are met."""
        return self._leaves.setdefault(type_, set())

    def learn(self, shape: Shape, type_: GraphQLObjectType, cls: type, run: Run) -> None:
        """Remember that the objects of a class are of a type, which its hooks have just said."""
        self.classes_of(type_).add(cls)
        if shape.kind is Kind.ABSTRACT:
            shape.members[cls] = run


def check_hook(hook: Callable[..., Any] | None, name: str) -> None:
    """Refuse a type's hook that has to be awaited."""
    if hook is not None and inspect.iscoroutinefunction(hook):
        raise Refused(f"{name} is asynchronous")


def check_abstract(graph: Graph, type_: GraphQLAbstractType) -> None:
    """Refuse an abstract type whose objects' types have to be awaited."""
    check_hook(type_.resolve_type, f"{type_.name}.resolve_type")
    for possible in graph.schema.get_possible_types(type_):
        graph.classes_of(possible)


def is_plain(cls: type) -> bool:
    """Tell whether instances of a class are values as such: no exception to raise, nothing to await."""
    return not issubclass(cls, BaseException | GeneratorType) and not any(
        hasattr(cls, name) for name in ("__await__", "__aiter__", "__getattr__")
    )


def is_sure(cls: type) -> bool:
    """Tell whether the class of an object decides its GraphQL type.

    True for records. An instance of another class may be told apart from its fellows, as by
    `strawberry.cast`; such are asked about one by one.
    """
    return issubclass(cls, msgspec.Struct) and not cls.__struct_config__.dict and is_plain(cls)
