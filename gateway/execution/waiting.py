"""Waiting: which operations may wait for something, as far as their fields' resolvers tell."""

from __future__ import annotations

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    is_interface_type,
    is_object_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter


def waiting_fields(schema: GraphQLSchema) -> frozenset[str]:
    """Give the names of fields that any type resolves asynchronously, or in a way that we cannot tell."""
    names = set()
    for name, type_ in schema.type_map.items():
        if name.startswith("__") or not (is_object_type(type_) or is_interface_type(type_)):
            continue
        for field_name, field in type_.fields.items():
            definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
            if definition is None or definition.is_async or definition.extensions:
                names.add(field_name)
    return frozenset(names)


def may_wait(document: DocumentNode, waiting: frozenset[str]) -> bool:
    """Tell whether any selection of a document has one of these fields."""
    rest = [
        node.selection_set
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while rest:
        for selection in rest.pop().selections:
            if isinstance(selection, FieldNode) and selection.name.value in waiting:
                return True
            inner: SelectionSetNode | None = getattr(selection, "selection_set", None)
            if inner is not None:
                rest.append(inner)
    return False
