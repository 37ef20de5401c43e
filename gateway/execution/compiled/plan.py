"""The plan of one operation: compiled, or the reason why graphql-core must execute it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    is_abstract_type,
    is_object_type,
    visit,
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
        found = _Directives()
        visit(self._operation, found)
        for definition in document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                if definition.variable_definitions:
                    raise Refused("a fragment has variables")
                self._fragments[definition.name.value] = FragmentDetails(definition)
                visit(definition, found)
        if found.others:
            raise Refused(f"@{found.others[0]} is not a directive that can be compiled")
        info = TypeInfo(self._graph.schema)
        visit(self._operation, TypeInfoVisitor(info, _Fields(self._graph, info)))
        for fragment in self._fragments.values():
            visit(fragment.definition, TypeInfoVisitor(info, _Fields(self._graph, info)))
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


class _Fields(Visitor):
    """Checks each field of each type that an object may have there: abstract types are compiled later."""

    def __init__(self, graph: Graph, info: TypeInfo) -> None:
        super().__init__()
        self._graph = graph
        self._info = info

    def enter_field(self, node: FieldNode, *_args: object) -> None:
        parent = self._info.get_parent_type()
        if is_abstract_type(parent):
            for possible in self._graph.schema.get_possible_types(parent):
                check_field(self._graph, possible, node.name.value)
        elif is_object_type(parent):
            check_field(self._graph, parent, node.name.value)


class _Directives(Visitor):
    """Collects the variables in conditions, and directives that are none."""

    def __init__(self) -> None:
        super().__init__()
        self.conditions: list[str] = []
        self.others: list[str] = []

    def enter(self, node: Node, *_args: object) -> None:
        if not isinstance(node, DirectiveNode):
            return
        if node.name.value not in {"skip", "include"}:
            self.others.append(node.name.value)
            return
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.conditions.append(argument.value.name.value)
