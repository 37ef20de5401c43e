"""The plan of one operation: compiled, or the reason why graphql-core must execute it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLNamedType,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_object_type,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues, get_variable_values

from gateway.execution.compiled.graph import Graph
from gateway.execution.compiled.program import Program
from gateway.execution.compiled.resolver import NO_VARIABLES, check_field
from gateway.execution.compiled.shape import Refused

MAX_PROGRAMS = 16
"""Programs of one operation: n variables in conditions have 2^n assignments, and nobody may fill memory."""


class Plan:
    """What was decided for an operation when it was prepared."""

    def __init__(self, graph: Graph, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self.reason: str | None = None
        """Why graphql-core must execute it; None: it is compiled."""
        self._graph = graph
        self._operation = operation
        self._fragments: dict[str, FragmentDetails] = {}
        self._programs: dict[tuple[Any, ...], Program] = {}
        self._conditions: tuple[str, ...] = ()
        try:
            self._prepare(document)
        except Refused as refusal:
            self.reason = str(refusal)

    def coerce(self, variables: Mapping[str, Any], max_errors: int) -> VariableValues | list[GraphQLError]:
        """Coerce a request's variables; gives errors if it may not be executed."""
        definitions = self._operation.variable_definitions
        if not definitions:
            return NO_VARIABLES
        return get_variable_values(self._graph.schema, definitions, dict(variables), max_errors)

    def program(self, variables: VariableValues) -> Program | None:
        """Give the program for a request's variables, None if graphql-core must execute it."""
        if self.reason is not None:
            return None
        coerced = variables.coerced
        values = tuple([coerced.get(name) for name in self._conditions])
        program = self._programs.get(values)
        if program is not None:
            return program
        # A null in a condition is an error, which graphql-core knows how to tell.
        if not all(isinstance(value, bool) for value in values) or len(self._programs) >= MAX_PROGRAMS:
            return None
        return self._compile(values, variables)

    def _prepare(self, document: DocumentNode) -> None:
        self._graph.check()
        if self._operation.operation is not OperationType.QUERY:
            raise Refused(f"a {self._operation.operation.value} is executed by graphql-core")
        found = _Found(self._graph)
        found.directives(self._operation)
        found.fields(self._operation.selection_set, self._graph.schema.query_type)
        for definition in document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                if definition.variable_definitions:
                    raise Refused("a fragment has variables")
                self._fragments[definition.name.value] = FragmentDetails(definition)
                found.directives(definition)
                found.conditional(definition.selection_set, definition.type_condition)
        if found.others:
            raise Refused(f"@{found.others[0]} is not a directive that can be compiled")
        self._conditions = tuple(dict.fromkeys(found.conditions))
        if not self._conditions:
            self._compile((), NO_VARIABLES)

    def _compile(self, values: tuple[Any, ...], variables: VariableValues) -> Program | None:
        try:
            program = Program(self._graph, self._operation, self._fragments, variables)
        except Refused as refusal:
            self.reason = str(refusal)
            if not self._conditions:
                raise
            return None
        self._programs[values] = program
        return program


class _Found:
    """What a walk over a valid operation and its fragments finds.

    Each field is checked for each type that an object may have there: abstract types are compiled later.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.conditions: list[str] = []
        """The variables in `@skip` and `@include`."""
        self.others: list[str] = []
        """Directives that are neither."""

    def fields(self, selected: SelectionSetNode, parent: GraphQLNamedType | None) -> None:
        """Walk over what is selected of a type."""
        for node in selected.selections:
            self.directives(node)
            if isinstance(node, InlineFragmentNode):
                if node.type_condition is None:
                    self.fields(node.selection_set, parent)
                else:
                    self.conditional(node.selection_set, node.type_condition)
            elif isinstance(node, FieldNode):
                name = node.name.value
                if is_abstract_type(parent):
                    for possible in self._graph.schema.get_possible_types(parent):
                        check_field(self._graph, possible, name)
                elif is_object_type(parent):
                    check_field(self._graph, parent, name)
                if node.selection_set is not None:
                    self.fields(node.selection_set, get_named_type(parent.fields[name].type))  # type: ignore[union-attr]  # valid: it has fields

    def conditional(self, selected: SelectionSetNode, condition: NamedTypeNode) -> None:
        """Walk over what is selected of the type that a fragment names."""
        self.fields(selected, self._graph.schema.get_type(condition.name.value))

    def directives(self, node: Any) -> None:
        """Note a node's directives."""
        for directive in node.directives or ():
            if directive.name.value not in {"skip", "include"}:
                self.others.append(directive.name.value)
                continue
            for argument in directive.arguments or ():
                if isinstance(argument.value, VariableNode):
                    self.conditions.append(argument.value.name.value)
