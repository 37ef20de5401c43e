"""Public: which operations everybody who asks may be answered alike, as their fields are marked.

That decides on sharing a run, on caching by others, and on whether the viewer is there at all. It is told
once a document, of what is written in it: a field that `@skip` leaves out counts too.
"""

from __future__ import annotations

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_interface_type,
    is_object_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.core.entity import PERSONAL


def public_operations(schema: GraphQLSchema, document: DocumentNode) -> frozenset[str | None]:
    """Give the names of a valid document's queries that select nothing personal."""
    reader = _Reader(schema)
    for node in document.definitions:
        if isinstance(node, FragmentDefinitionNode):
            reader.fragment(node)
    return frozenset(
        node.name.value if node.name else None
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
        and node.operation is OperationType.QUERY
        and not reader.selects_personal(node.selection_set, schema.query_type)
    )


class _Reader:
    """Looks at each selection of a document once, a fragment's where it is defined."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._fragments: dict[str, tuple[bool, frozenset[str]]] = {}
        """Of each fragment: whether it selects anything personal itself, and which others it spreads."""

    def fragment(self, node: FragmentDefinitionNode) -> None:
        """Look at a fragment."""
        condition = self._schema.get_type(node.type_condition.name.value)
        self._fragments[node.name.value] = self._look(node.selection_set, condition)

    def selects_personal(self, selected: SelectionSetNode, parent: GraphQLNamedType | None) -> bool:
        """Tell whether a selection, with all that it spreads, has anything personal."""
        found, spreads = self._look(selected, parent)
        rest, seen = list(spreads), set(spreads)
        while rest and not found:
            found, spreads = self._fragments[rest.pop()]
            rest += spreads - seen
            seen |= spreads
        return found

    def _look(
        self, selected: SelectionSetNode, parent: GraphQLNamedType | None
    ) -> tuple[bool, frozenset[str]]:
        found = False
        spreads: set[str] = set()
        rest = [(selected, parent)]
        while rest:
            selections, type_ = rest.pop()
            for node in selections.selections:
                if isinstance(node, FragmentSpreadNode):
                    spreads.add(node.name.value)
                elif isinstance(node, InlineFragmentNode):
                    condition = node.type_condition
                    inner = type_ if condition is None else self._schema.get_type(condition.name.value)
                    rest.append((node.selection_set, inner))
                elif isinstance(node, FieldNode):
                    fields = self._fields(type_, node.name.value)
                    found = found or any(map(is_personal, fields))
                    if node.selection_set is not None:
                        rest.append((node.selection_set, get_named_type(fields[0].type) if fields else None))
        return found, frozenset(spreads)

    def _fields(self, parent: GraphQLNamedType | None, name: str) -> list[GraphQLField]:
        """Give what a name may mean: the type's own field, and that of each type that implements it."""
        types: list[GraphQLNamedType | None] = [parent]
        if is_interface_type(parent):
            types += self._schema.get_possible_types(parent)
        return [
            type_.fields[name]
            for type_ in types
            if (is_object_type(type_) or is_interface_type(type_)) and name in type_.fields
        ]


def is_personal(field: GraphQLField) -> bool:
    """Tell whether a field's answer depends on who asks."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return bool(definition is not None and definition.metadata.get(PERSONAL))
