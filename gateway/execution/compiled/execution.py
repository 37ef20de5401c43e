"""One execution of a compiled operation: its values, the errors it collects, and the careful path.

The careful path completes a value step by step as graphql-core's executor does, at a known position. It is
taken where the fast path meets what it is not made for, and tells the errors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from functools import cached_property
from types import CoroutineType
from typing import Any, NamedTuple, TypeAlias

from graphql import GraphQLError, GraphQLObjectType, GraphQLResolveInfo, located_error
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import Executor, invalid_return_type_error
from graphql.execution.values import VariableValues
from graphql.pyutils import Undefined, inspect, is_iterable
from graphql.pyutils.is_awaitable import is_async_iterable
from strawberry.execution import optimized_is_awaitable as is_awaitable

from gateway.execution.compiled.graph import LISTS, Graph, is_plain, is_sure
from gateway.execution.compiled.info import ContextInfo, keys_of, path_of
from gateway.execution.compiled.shape import Field, Kind, Position, Selection, Shape

Job: TypeAlias = tuple[Coroutine[Any, Any, Any], Shape, Any, Any, Position]
"""A coroutine whose result is completed and put into the answer: with the result's shape, the dict or list
of the answer that holds it, its key there, and its position. No class: one is made for each relation."""


Place: TypeAlias = tuple[Any, dict[str, Any], Position]
"""A key, or a Given; the dict of the answer that wants what it leads to, and that dict's position."""


class Execution:
    """The state of one request; made by a Program, filled by generated code."""

    def __init__(
        self,
        graph: Graph,
        context: Any,
        variables: VariableValues,
        build_executor: Callable[[], Executor[Any]],
        select: Callable[[Shape, GraphQLObjectType], Selection],
    ) -> None:
        self.graph = graph
        self.context = context
        self.variables = variables
        self.info = ContextInfo(context)
        """For resolvers that ask for nothing but the context."""
        self.coerced: dict[Any, dict[str, Any]] = {}
        self.converted: dict[Any, dict[str, Any]] = {}
        self.jobs: list[Job] = []
        """What is to be started once all that needs no waiting is done, and waits for keys alone."""
        self.reads: defaultdict[Shape, list[Place]] = defaultdict(list)
        """Keyed reads of relations that are nothing more, by the shape of what they give."""
        self.others: list[Job] = []
        """What waits for anything else: each is a task."""
        self.errors: list[GraphQLError] = []
        self.nulled: set[Position] = set()
        """Positions of errors: whatever lies below is not told any more."""
        self.lost: list[Position] = []
        """Positions to null after the fact: something below them was awaited and failed."""
        self._build_executor = build_executor
        self._select = select

    # Errors

    def fail(self, shape: Shape, error: Exception, at: Position) -> None:
        """Put null in a value's place and collect its error; raises it on where null is not allowed."""
        located = located_error(error, shape.field.nodes, keys_of(at))
        if shape.nonnull:
            raise located
        self.collect(located, at)

    def fail_late(self, shape: Shape, error: Exception, at: Position) -> None:
        """The same for a value that was awaited: those who hold it have been completed before."""
        located = located_error(error, shape.field.nodes, keys_of(at))
        place: Shape | None = shape
        while place is not None and place.nonnull:
            place = place.around
            at = at[0] if at is not None else None
        if place is None:
            at = None
        if not self.is_lost(at):
            self.collect(located, at)
            self.lost.append(at)

    def collect(self, error: GraphQLError, at: Position) -> None:
        """Keep an error unless it lies below a null that has been told already."""
        if not self.is_lost(at):
            self.nulled.add(at)
            self.errors.append(error)

    def collect_root(self, error: Exception) -> None:
        """Keep the error that took away all data."""
        self.collect(error if isinstance(error, GraphQLError) else located_error(error), None)

    def without_lost(self, data: dict[str, Any]) -> dict[str, Any] | None:
        """Null what was lost after it had been completed; None if that is everything."""
        for at in self.lost:
            if at is None:
                return None
            *way, last = keys_of(at)
            holder: Any = data
            for key in way:
                holder = holder[key] if holder is not None else None
            if holder is not None:
                holder[last] = None
        return data

    def is_lost(self, at: Position) -> bool:
        """Tell whether a position or one around it has been nulled."""
        nulled = self.nulled
        if not nulled:
            return False
        while at is not None:
            if at in nulled:
                return True
            at = at[0]
        return None in nulled

    # Values

    def odd(self, shape: Shape, value: Any, holder: Any, key: str | int, at: Position) -> Any:
        """Complete a value that may have to be awaited first, and is null until then."""
        if is_awaitable(value):
            # A coroutine as it is: closing one around it would not close one that has not begun.
            coroutine = value if isinstance(value, CoroutineType) else _awaited(value)
            self.others.append((coroutine, shape, holder, key, at))
            return None
        if shape.kind is Kind.LIST and is_async_iterable(value):
            self.others.append((drained(value), shape, holder, key, at))
            return None
        return shape.complete(value, at, self)

    def item(self, shape: Shape, value: Any, items: list[Any], at: Position) -> None:
        """Complete one item of a list at its end."""
        items.append(None)
        index = len(items) - 1
        try:
            items[index] = self.odd(shape, value, items, index, at)
        except Exception as error:
            self.fail(shape, error, at)

    def items(self, shape: Shape, values: Any, at: Position) -> list[Any]:
        """Complete the items of a list one by one; `shape` is theirs."""
        completed: list[Any] = []
        for index, value in enumerate(values):
            self.item(shape, value, completed, (at, index))
        return completed

    def fields(self, selection: Selection, source: Any, at: Position) -> dict[str, Any]:
        """Complete the fields of an object one by one; there are no resolvers among them."""
        completed: dict[str, Any] = {}
        self.read(selection.fields, source, at, completed)
        return completed

    def read(self, fields: Sequence[Field], source: Any, at: Position, completed: dict[str, Any]) -> None:
        """Complete fields that are attributes, one by one."""
        for field in fields:
            key = field.key
            if field.attribute is None:
                completed[key] = field.selection.type.name
                continue
            completed[key] = None
            below = (at, key)
            try:
                value = getattr(source, field.attribute)
                completed[key] = self.odd(field.shape, value, completed, key, below)
            except Exception as error:
                self.fail(field.shape, error, below)

    def complete(self, shape: Shape, value: Any, at: Position) -> Any:
        """Complete a value as graphql-core's `complete_value` does."""
        if isinstance(value, Exception):
            raise value
        if value is None or value is Undefined:
            if shape.nonnull:
                field = shape.field
                raise TypeError(
                    f"Cannot return null for non-nullable field {field.selection.type.name}.{field.name}."
                )
            return None
        if shape.kind is Kind.LEAF:
            coerced = complete_leaf(shape.type, value)
            if is_plain(value.__class__) and value.__class__ not in LISTS:
                self.graph.leaf_classes(shape.type).add(value.__class__)
            return coerced
        if shape.kind is Kind.LIST:
            return self._list(shape, value, at)
        if shape.kind is Kind.ABSTRACT:
            return self._abstract(shape, value, at)
        return self._object(shape, shape.type, value, at)

    def _list(self, shape: Shape, value: Any, at: Position) -> list[Any]:
        field = shape.field
        if isinstance(value, Drained):
            completed = self.items(_of(shape), value.items, at)
            if value.error is not None:
                raise located_error(value.error, field.nodes, keys_of(at))
            return completed
        if not is_iterable(value):
            raise GraphQLError(
                "Expected Iterable, but did not find one for field"
                f" '{field.selection.type.name}.{field.name}'."
            )
        return self.items(_of(shape), value, at)

    def _abstract(self, shape: Shape, value: Any, at: Position) -> Any:
        info = self.resolve_info(shape.field, at)
        resolve = shape.type.resolve_type or self.executor.type_resolver
        name = resolve(value, info, shape.type)
        if is_awaitable(name):
            raise _never_async(name, f"{shape.type.name}.resolve_type")
        details = [FieldDetails(node, None) for node in shape.field.nodes]
        type_ = self.executor.ensure_valid_runtime_type(
            name,
            shape.type,
            details,
            info,
            value,
        )
        return self._object(shape, type_, value, at)

    def _object(self, shape: Shape, type_: GraphQLObjectType, value: Any, at: Position) -> Any:
        hook = type_.is_type_of
        if hook is not None:
            answer = hook(value, self.resolve_info(shape.field, at))
            if is_awaitable(answer):
                raise _never_async(answer, f"{type_.name}.is_type_of")
            if not answer:
                details = [FieldDetails(node, None) for node in shape.field.nodes]
                raise invalid_return_type_error(type_, value, details)
        selection = self._select(shape, type_)
        cls = value.__class__
        # Where there is no hook to ask, any class will do.
        if is_sure(cls) or (hook is None and shape.kind is Kind.OBJECT and is_plain(cls)):
            self.graph.learn(shape, type_, cls, selection.run)
        return selection.run(value, at, self)

    # What graphql-core tells

    @cached_property
    def executor(self) -> Executor[Any]:
        """Graphql-core's own executor of the operation, for what only it can tell."""
        return self._build_executor()

    def resolve_info(self, field: Field, at: Position) -> GraphQLResolveInfo[Any]:
        """Make graphql-core's info of a field; `at` may lie inside the field's lists."""
        while at is not None and not isinstance(at[1], str):
            at = at[0]
        if field.definition is None:
            raise TypeError("nobody is told of __typename")
        return self.executor.build_resolve_info(
            field.definition, field.nodes, field.selection.type, path_of(field, at)
        )


class Drained(NamedTuple):
    """What an asynchronous iterator gave, and how it ended."""

    items: list[Any]
    error: Exception | None


async def drained(iterable: Any) -> Drained:
    """Wait for all that an asynchronous iterator gives."""
    items: list[Any] = []
    try:
        async for item in iterable:
            items.append(item)  # noqa: PERF401  # what came before an error is kept
    except Exception as error:
        return Drained(items, error)
    return Drained(items, None)


async def _awaited(value: Any) -> Any:
    return await value


def _never_async(awaitable: Any, name: str) -> Exception:
    close = getattr(awaitable, "close", None)
    if close is not None:
        close()
    return TypeError(f"{name} gave an awaitable; declare it with `async def`.")


def complete_leaf(type_: Any, value: Any) -> Any:
    """Serialise a value; raises what the type says, or that it gave none."""
    coerced = type_.coerce_output_value(value)
    if coerced is None or coerced is Undefined:
        raise TypeError(
            f"Expected `{inspect(type_)}.coerce_output_value({inspect(value)})` to return non-nullable value,"
            f" returned: {inspect(coerced)}"
        )
    return coerced


def _of(shape: Shape) -> Shape:
    if shape.of is None:
        raise TypeError("only lists have items")
    return shape.of
