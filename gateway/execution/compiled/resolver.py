"""How a field's resolver is called: exactly as Strawberry would, without Strawberry in between."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    Node,
    VariableNode,
    Visitor,
    get_named_type,
    is_abstract_type,
    is_object_type,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.unset import UnsetType

from gateway.execution.compiled.graph import Graph, check_abstract
from gateway.execution.compiled.keyed import keyed_read
from gateway.execution.compiled.shape import Field, Refused
from gateway.execution.compiled.waits import waits_for_keys_only

if TYPE_CHECKING:
    from gateway.execution.compiled.execution import Execution
    from gateway.execution.compiled.info import FieldInfo

_IMMUTABLE = (str, int, float, bool, type(None), datetime, date, time, Decimal, UUID, Enum, UnsetType)
_GENERATORS = (inspect.isasyncgenfunction, inspect.isgeneratorfunction)
_RESOLVERS = "GraphQLCoreConverter.from_resolver."


class Arguments:
    """A field's arguments: made once where they hold no variable, else once a request.

    What a resolver could change, such as a list or an input object, is made anew for each call.
    """

    def __init__(
        self, graph: Graph, definition: GraphQLField, node: FieldNode, field: StrawberryField
    ) -> None:
        self._graph = graph
        self._definition = definition
        self._node = node
        self._field = field
        self._constant: dict[str, Any] | None = None
        self.fixed: dict[str, Any] | None = None
        """The resolver's own arguments, where they are the same in each request."""
        if not _holds_variables(node):
            try:
                raw = get_argument_values(definition, node)
            except Exception:  # each request is told, at its fields
                return
            if _is_immutable(raw):
                self._constant = raw
                if _is_flat(raw):
                    self.fixed = self._convert(raw, None)

    def coerce(self, execution: Execution) -> dict[str, Any]:
        """Give graphql-core's arguments; raises its errors."""
        if self._constant is not None:
            return self._constant
        known: dict[str, Any] | None = execution.coerced.get(self)
        if known is None:
            known = get_argument_values(self._definition, self._node, execution.variables)
            if _is_immutable(known):
                execution.coerced[self] = known
        return known

    def convert(self, raw: dict[str, Any], execution: Execution, info: FieldInfo) -> dict[str, Any]:
        """Give the resolver's arguments; raises Strawberry's errors."""
        known: dict[str, Any] | None = execution.converted.get(self)
        if known is None:
            known = self._convert(raw, info)
            if execution.coerced.get(self) is raw and _is_flat(raw):
                execution.converted[self] = known
        return known

    def _convert(self, raw: dict[str, Any], info: FieldInfo | None) -> dict[str, Any]:
        converter = self._graph.converter
        return convert_arguments(
            raw, self._field.arguments, converter.scalar_registry, converter.config, info
        )


class Resolver:
    """A resolver function, and what it wants to be told."""

    def __init__(
        self, graph: Graph, field: StrawberryField, definition: GraphQLField, node: FieldNode
    ) -> None:
        base = field.base_resolver
        if base is None:
            raise TypeError("a field without a resolver is read as an attribute")
        self.field = field
        self.call: Callable[..., Any] = base.wrapped_func  # type: ignore[assignment]  # bound by now
        self.is_async = inspect.iscoroutinefunction(self.call)
        self.is_direct = self.is_async and waits_for_keys_only(self.call)
        """Whether it can be stepped by the driver."""
        self.read = keyed_read(self.call) if self.is_direct else None
        """What it comes to, where that is one keyed read."""
        self.takes_self = base.self_parameter is not None
        self.parents = tuple(
            dict.fromkeys(p.name for p in (base.parent_parameter, base.root_parameter) if p is not None)
        )
        self.info = base.info_parameter.name if base.info_parameter is not None else None
        self.arguments = Arguments(graph, definition, node, field) if definition.args else None


def check_field(graph: Graph, type_: GraphQLObjectType, field_name: str) -> StrawberryField | None:
    """Give Strawberry's own field, None for one that the type lacks.

    Raises Refused if its value is not a matter of reading an attribute or of a plain call.
    """
    if field_name == "__typename":
        return None
    if field_name.startswith("__"):
        raise Refused(f"{field_name} is introspection")
    definition = type_.fields.get(field_name)
    if definition is None:
        return None
    name = f"{type_.name}.{field_name}"
    source = definition.extensions.get("strawberry-definition")
    if type(source) is not StrawberryField:
        raise Refused(f"{name} is not a plain Strawberry field")
    if source.extensions or source.permission_classes:
        raise Refused(f"{name} has field extensions or permissions")
    resolve = definition.resolve
    if resolve is None or not getattr(resolve, "__qualname__", "").startswith(_RESOLVERS):
        raise Refused(f"{name} is resolved by other than Strawberry's own function")
    resolver = source.base_resolver
    if resolver is None:
        # Read off the field: a schema leaves its own default on the fields it shares with others.
        if source.default_resolver is not getattr:
            raise Refused(f"{name} has a default resolver of its own")
    elif inspect.isasyncgenfunction(resolver.wrapped_func) or inspect.isgeneratorfunction(
        resolver.wrapped_func
    ):
        raise Refused(f"the resolver of {name} is a generator")
    given = get_named_type(definition.type)
    if is_abstract_type(given):
        check_abstract(graph, given)
    elif is_object_type(given):
        graph.classes_of(given)
    return source


def bind(graph: Graph, field: Field) -> None:
    """Say where a field's value comes from; raises Refused as `check_field` does."""
    source = check_field(graph, field.selection.type, field.name)
    if source is None or field.definition is None:
        return
    if source.base_resolver is None:
        field.attribute = source.python_name
    else:
        field.resolver = Resolver(graph, source, field.definition, field.nodes[0])


class _Variables(Visitor):
    found = False

    def enter(self, node: Node, *_args: object) -> None:
        if isinstance(node, VariableNode):
            self.found = True


def _holds_variables(node: FieldNode) -> bool:
    visitor = _Variables()
    for argument in node.arguments or ():
        visit(argument, visitor)
    return visitor.found


def _is_immutable(value: object) -> bool:
    """Tell whether a coerced value holds nothing that could be changed, its own lists and dicts aside."""
    if isinstance(value, Mapping):
        return all(_is_immutable(item) for item in value.values())
    if isinstance(value, list):
        return all(_is_immutable(item) for item in value)
    return isinstance(value, _IMMUTABLE)


def _is_flat(raw: Mapping[str, object]) -> bool:
    return not any(isinstance(value, Mapping | list) for value in raw.values())


NO_VARIABLES = VariableValues({}, {})
