"""A program: one operation, compiled for one assignment of the variables in its `@skip` and `@include`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    OperationDefinitionNode,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.executor import Executor
from graphql.execution.values import VariableValues
from graphql.type import TypeNameMetaFieldDef

from gateway.execution.compiled.drive import drive
from gateway.execution.compiled.execution import Execution
from gateway.execution.compiled.graph import LISTS, Graph, check_abstract
from gateway.execution.compiled.many import write_many
from gateway.execution.compiled.resolver import bind
from gateway.execution.compiled.shape import Fast, Field, Kind, Position, Refused, Run, Selection, Shape
from gateway.execution.compiled.source import write_fast, write_list, write_run


class Program:
    """Compiled selections. An abstract type's are compiled when an object of theirs is first met."""

    def __init__(
        self,
        graph: Graph,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDetails],
        variables: VariableValues,
    ) -> None:
        self._graph = graph
        self._operation = operation
        self._fragments = dict(fragments)
        self._variables = variables
        self._details: dict[Field, FieldDetailsList] = {}
        root = graph.schema.get_root_type(operation.operation)
        if root is None:
            raise Refused("the schema has no such operations")
        grouped = collect_fields(graph.schema, self._fragments, variables, root, operation).grouped_field_set
        self._root = self._selection(root, None, grouped)

    async def execute(
        self, context: Any, variables: VariableValues, build_executor: Callable[[], Executor[Any]]
    ) -> tuple[dict[str, Any] | None, list[Any]]:
        """Give data and errors."""
        execution = Execution(self._graph, context, variables, build_executor, self._select)
        data: dict[str, Any] | None = None
        try:
            data = self._root.run(None, None, execution)
        except Exception as error:
            execution.collect_root(error)
        if execution.jobs or execution.reads or execution.others:
            await drive(execution)
            if data is not None and execution.lost:
                data = execution.without_lost(data)
        return data, execution.errors

    def _select(self, shape: Shape, type_: GraphQLObjectType) -> Selection:
        """Give what is selected of objects of a type at a shape."""
        selection = shape.selections.get(type_)
        if selection is None:
            grouped = collect_subfields(
                self._graph.schema,
                self._fragments,
                self._variables,
                self._operation,
                type_,
                self._details[shape.field],
            ).grouped_field_set
            selection = shape.selections[type_] = self._selection(type_, shape, grouped)
        return selection

    def _selection(
        self, type_: GraphQLObjectType, shape: Shape | None, grouped: GroupedFieldSet
    ) -> Selection:
        selection = Selection(type_, shape)
        for key, details in grouped.items():
            field = self._field(selection, key, details)
            if field is not None:
                selection.fields.append(field)
        selection.fast = write_fast(self._graph, selection)
        if selection.fast is None:
            selection.run = write_run(self._graph, selection)
        else:
            selection.run = _fast_or_careful(selection, selection.fast)
        return selection

    def _field(self, selection: Selection, key: str, details: FieldDetailsList) -> Field | None:
        nodes = [detail.node for detail in details]
        name = nodes[0].name.value
        definition: GraphQLField | None
        if name == "__typename":
            definition = None
        else:
            definition = selection.type.fields.get(name)
            if definition is None:
                return None
        field = Field(selection, key, nodes, definition)
        self._details[field] = details
        bind(self._graph, field)
        field.shape = self._shape(field, None, (definition or TypeNameMetaFieldDef).type)
        return field

    def _shape(self, field: Field, outer: Shape | None, type_: Any) -> Shape:
        nonnull = is_non_null_type(type_)
        bare = type_.of_type if is_non_null_type(type_) else type_
        if is_list_type(bare):
            shape = Shape(field, outer, Kind.LIST, bare, nonnull=nonnull)
            shape.of = self._shape(field, shape, bare.of_type)
            shape.complete = _list_completer(self._graph, shape, shape.of)
        elif is_leaf_type(bare):
            shape = Shape(field, outer, Kind.LEAF, bare, nonnull=nonnull)
            shape.complete = _completer(shape)
        elif is_abstract_type(bare):
            check_abstract(self._graph, bare)
            shape = Shape(field, outer, Kind.ABSTRACT, bare, nonnull=nonnull)
            shape.complete = _abstract_completer(shape)
        elif is_object_type(bare):
            shape = Shape(field, outer, Kind.OBJECT, bare, nonnull=nonnull)
            selection = self._select(shape, bare)
            shape.complete = _object_completer(shape, self._graph.classes_of(bare), selection)
        else:
            raise Refused(f"{bare} is of an unknown kind")
        return shape


def _completer(shape: Shape) -> Run:
    def complete(value: Any, at: Position, execution: Execution) -> Any:
        return execution.complete(shape, value, at)

    return complete


def _object_completer(shape: Shape, classes: set[type], selection: Selection) -> Run:
    run, fast = selection.run, selection.fast

    def complete(value: Any, at: Position, execution: Execution) -> Any:
        if value.__class__ in classes:
            return run(value, at, execution)
        return execution.complete(shape, value, at)

    def complete_fast(value: Any, at: Position, execution: Execution) -> Any:
        if value.__class__ in classes:
            try:
                return fast(value)  # type: ignore[misc]  # only used where there is one
            except Exception:
                return execution.fields(selection, value, at)
        return execution.complete(shape, value, at)

    return complete if fast is None else complete_fast


def _abstract_completer(shape: Shape) -> Run:
    members = shape.members

    def complete(value: Any, at: Position, execution: Execution) -> Any:
        run = members.get(value.__class__)
        return execution.complete(shape, value, at) if run is None else run(value, at, execution)

    return complete


def _list_completer(graph: Graph, shape: Shape, of: Shape) -> Run:
    fast = write_list(graph, shape)
    if fast is None:
        complete_item = _item_runs(graph, of)
        many = write_many(graph, of)

        def complete(value: Any, at: Position, execution: Execution) -> Any:
            if value.__class__ not in LISTS or complete_item is None:
                return execution.complete(shape, value, at)
            if many is not None and (at_once := many(value, at, execution)) is not None:
                return at_once
            items: list[Any] = []
            append = items.append
            index = 0
            for item in value:
                run = complete_item(item.__class__)
                if run is None:
                    execution.item(of, item, items, (at, index))
                else:
                    below = (at, index)
                    try:
                        append(run(item, below, execution))
                    except Exception as error:
                        append(None)
                        execution.fail(of, error, below)
                index += 1  # noqa: SIM113  # enumerate() would make a tuple an item
            return items

        return complete

    def complete_fast(value: Any, at: Position, execution: Execution) -> Any:
        if value.__class__ in LISTS:
            try:
                return fast(value)
            except Exception:
                return execution.items(of, value, at)
        return execution.complete(shape, value, at)

    return complete_fast


def _item_runs(graph: Graph, of: Shape) -> Callable[[type], Run | None] | None:
    """Give what finds an item's completion by its class."""
    if of.kind is Kind.ABSTRACT:
        return of.members.get
    if of.kind is Kind.OBJECT:
        classes, run = graph.classes_of(of.type), of.selections[of.type].run
        return lambda cls: run if cls in classes else None
    return None


def _fast_or_careful(selection: Selection, fast: Fast) -> Run:
    def run(source: Any, at: Position, execution: Execution) -> Any:
        try:
            return fast(source)
        except Exception:
            return execution.fields(selection, source, at)

    return run
