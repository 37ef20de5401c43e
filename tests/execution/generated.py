"""Operations made by chance: hypothesis-graphql's, with variables, conditions and fragments put in."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse_type,
    parse_value,
    print_ast,
    value_from_ast_untyped,
    visit,
)
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

LONGEST = 8000
"""Characters of a document; longer ones only take longer."""

SCALARS = {
    "DateTime": st.just(nodes.String("2026-11-24T10:00:00+08:00")),
    "Date": st.just(nodes.String("2026-11-24")),
    "Time": st.just(nodes.String("08:30")),
    "Decimal": st.just(nodes.String("12.50")),
}


@st.composite
def operations(
    draw: st.DrawFn, schema: GraphQLSchema, known: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> Any:
    """A valid document of one operation, and its variables.

    `known` are literals for arguments of a name: most others would only be refused.
    """
    plain: Any = draw(queries(schema, custom_scalars=SCALARS, print_ast=lambda ast: ast, allow_x00=False))
    rng = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311  # chance that can be repeated
    info = TypeInfo(schema)
    changes = _Changes(rng, info, known)
    changed: DocumentNode = visit(plain, TypeInfoVisitor(info, changes))
    operation = changed.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    operation = OperationDefinitionNode(
        operation=operation.operation,
        variable_definitions=tuple(changes.definitions.values()),
        directives=(),
        selection_set=operation.selection_set,
    )
    document = print_ast(DocumentNode(definitions=(operation, *changes.fragments)))
    assume(len(document) < LONGEST)
    return document, changes.variables


class _Changes(Visitor):
    """Puts in what hypothesis-graphql leaves out, on the way back up."""

    def __init__(self, rng: Any, info: TypeInfo, known: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self._known = known
        self._rng = rng
        self._info = info
        self.definitions: dict[str, VariableDefinitionNode] = {}
        self.variables: dict[str, Any] = {}
        self.fragments: list[FragmentDefinitionNode] = []
        self._repetitions = 6
        """Few: each doubles what stands below it."""

    def leave_argument(self, node: ArgumentNode, *_: Any) -> Node | None:
        """Move a whole argument into a variable."""
        type_ = self._info.get_input_type()
        if node.name.value in self._known and self._rng.random() < 0.9:
            node = ArgumentNode(
                name=node.name, value=parse_value(self._rng.choice(self._known[node.name.value]))
            )
        if type_ is None or self._rng.random() > 0.3:
            return node
        name = f"a{len(self.definitions)}"
        self.definitions[name] = VariableDefinitionNode(
            variable=_variable(name), type=parse_type(str(type_)), directives=()
        )
        self.variables[name] = value_from_ast_untyped(node.value)
        return ArgumentNode(name=node.name, value=_variable(name))

    def leave_field(self, node: FieldNode, *_: Any) -> Node | None:
        """Put a field under a condition."""
        if self._rng.random() > 0.15:
            return None
        return FieldNode(
            name=node.name,
            alias=node.alias,
            arguments=node.arguments,
            directives=(self._condition(),),
            selection_set=node.selection_set,
        )

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> Node | None:
        """Repeat selections, inline or as a fragment of their own, before or behind."""
        selections = list(node.selections)
        parent = self._info.get_parent_type()
        if self._rng.random() < 0.2:
            selections.append(self._rng.choice(selections))
        if self._rng.random() < 0.25 and parent is not None and self._repetitions:
            self._repetitions -= 1
            inner = SelectionSetNode(selections=tuple(self._rng.sample(selections, len(selections))))
            directives = (self._condition(),) if self._rng.random() < 0.5 else ()
            on = NamedTypeNode(name=NameNode(value=parent.name))
            if self._rng.random() < 0.5:
                name = f"f{len(self.fragments)}"
                self.fragments.append(
                    FragmentDefinitionNode(
                        name=NameNode(value=name),
                        type_condition=on,
                        selection_set=inner,
                        directives=(),
                        variable_definitions=(),
                    )
                )
                fragment: Any = FragmentSpreadNode(
                    name=NameNode(value=name), directives=directives, arguments=()
                )
            else:
                condition = on if self._rng.random() < 0.5 else None
                fragment = InlineFragmentNode(
                    type_condition=condition, directives=directives, selection_set=inner
                )
            selections.insert(self._rng.randrange(len(selections) + 1), fragment)
        if self._rng.random() < 0.1:
            selections.append(
                FieldNode(name=NameNode(value="__typename"), arguments=(), directives=(), alias=None)
            )
        return SelectionSetNode(selections=tuple(selections))

    def _condition(self) -> DirectiveNode:
        value: Any
        if self._rng.random() < 0.3:
            value = BooleanValueNode(value=self._rng.random() < 0.7)
        else:
            name = f"c{self._rng.randrange(3)}"
            if name not in self.definitions:
                self.definitions[name] = VariableDefinitionNode(
                    variable=_variable(name), type=parse_type("Boolean!"), directives=()
                )
                self.variables[name] = self._rng.random() < 0.6
            value = _variable(name)
        return DirectiveNode(
            name=NameNode(value=self._rng.choice(("skip", "include"))),
            arguments=(ArgumentNode(name=NameNode(value="if"), value=value),),
        )


def _variable(name: str) -> VariableNode:
    return VariableNode(name=NameNode(value=name))
