"""What an operation costs: the fields that its answer has if every list in it is full.

A page may be as long as its `first` allows, `nodes(ids)` as long as its ids, any other list counts for
`ASSUMED_ITEMS`; what a list holds counts once an item, and so on inwards. It is an upper estimate: a field
selected twice counts twice, and so does one that `@skip` leaves out or that only some types of object have.

A document is prepared once. What does not hang on variables is added up then; what does stays a sum of
products, and a fragment's is shared by all that spread it: pricing a request is one pass over sums, however
often fragments are spread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from schema.core.connection import MAX_PAGE
from schema.core.errors import Code, PublicError

ASSUMED_ITEMS = 10
"""How many a list holds that does not say: tariffs, opening hours, copies are seldom more."""

INTROSPECTED_ITEMS = 1
"""The same for introspection, whose selections are long but mostly null. Of types there are as many as there
are, and few of them have more than a handful of fields, or those an argument."""


class _Variable(NamedTuple):
    """A size that a variable gives; `absent` holds where neither the request nor the operation sets it."""

    name: str
    pages: bool
    absent: int


_Size: TypeAlias = int | _Variable


@dataclass(eq=False)
class _Sum:
    """`fixed` and, for each term, a size times another sum. Without terms it is a number."""

    fixed: int = 0
    terms: list[tuple[_Size, _Sum]] = field(default_factory=list)

    def add(self, other: _Sum, size: _Size = 1) -> None:
        """Add another sum so many times. It must be complete: a number is added as one."""
        if isinstance(size, int) and not other.terms:
            self.fixed += size * other.fixed
        elif size != 0:
            self.terms.append((size, other))

    def value(self, variables: Mapping[str, Any], known: dict[_Sum, int]) -> int:
        """Add up with these variables; `known` holds what has been."""
        if not self.terms:
            return self.fixed
        if (found := known.get(self)) is None:
            found = known[self] = self.fixed + sum(
                _size(size, variables) * other.value(variables, known) for size, other in self.terms
            )
        return found


@dataclass
class _Part:
    """A selection: what it amounts to, and what it selects of each edge of the page around it."""

    total: _Sum = field(default_factory=_Sum)
    edge: _Sum = field(default_factory=_Sum)

    def add(self, other: _Part) -> None:
        """Add what a fragment selects."""
        self.total.add(other.total)
        self.edge.add(other.edge)


@dataclass(frozen=True)
class Cost:
    """One operation's cost, but for its variables."""

    total: _Sum
    defaults: Mapping[str, Any]

    def of(self, variables: Mapping[str, Any]) -> int:
        """Give the cost with a request's variables, as the client sent them."""
        if not self.total.terms:
            return self.total.fixed
        return self.total.value({**self.defaults, **variables}, {})


def check_cost(cost: Cost, variables: Mapping[str, Any], bound: int) -> None:
    """Raise OPERATION_TOO_COMPLEX if an operation costs more than the bound."""
    found = cost.of(variables)
    if found > bound:
        raise PublicError(
            Code.OPERATION_TOO_COMPLEX,
            f"The operation costs {found}, more than {bound}: its answer could hold so many fields."
            " Ask for shorter pages or fewer fields.",
        )


def costs(schema: GraphQLSchema, document: DocumentNode) -> dict[str | None, Cost]:
    """Prepare the cost of each operation of a valid document, by name."""
    reader = _Reader(schema, document)
    return {
        node.name.value if node.name else None: reader.operation(node)
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    }


class _Reader:
    """Reads a document's selections into sums, each fragment once."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._definitions = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._fragments: dict[str, _Part] = {}

    def operation(self, node: OperationDefinitionNode) -> Cost:
        defaults = {
            variable.variable.name.value: _literal(variable.default_value)
            for variable in node.variable_definitions or ()
            if variable.default_value is not None
        }
        root = self._schema.get_root_type(node.operation)
        return Cost(self._part(node.selection_set, root).total, defaults)

    def _fragment(self, name: str) -> _Part:
        if name not in self._fragments:
            node = self._definitions[name]
            self._fragments[name] = self._part(node.selection_set, self._type(node.type_condition.name.value))
        return self._fragments[name]

    def _type(self, name: str) -> GraphQLCompositeType | None:
        found = self._schema.get_type(name)
        return found if is_composite_type(found) else None

    def _part(self, node: SelectionSetNode, parent: GraphQLCompositeType | None) -> _Part:
        part = _Part()
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                self._add_field(selection, parent, part)
            elif isinstance(selection, FragmentSpreadNode):
                part.add(self._fragment(selection.name.value))
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._type(condition.name.value) if condition else parent
                part.add(self._part(selection.selection_set, inner))
        return part

    def _add_field(self, node: FieldNode, parent: GraphQLCompositeType | None, part: _Part) -> None:
        part.total.fixed += 1
        definition = self._schema.get_field(parent, node.name.value) if parent else None
        if node.selection_set is None or definition is None:
            return
        named = get_named_type(definition.type)
        inner = self._part(node.selection_set, named if is_composite_type(named) else None)
        if node.name.value == "edges" and _is_connection(parent):
            part.edge.add(inner.total)
            return
        if _is_connection(named):
            inner.total.add(inner.edge, _argument(node, definition, "first", pages=True))
        part.total.add(inner.total, self._items(node, definition, parent))

    def _items(self, node: FieldNode, definition: GraphQLField, parent: GraphQLCompositeType | None) -> _Size:
        """How many objects a field gives."""
        declared = definition.type
        if not isinstance(
            declared.of_type if isinstance(declared, GraphQLNonNull) else declared, GraphQLList
        ):
            return 1
        if "ids" in definition.args:
            return _argument(node, definition, "ids", pages=False)
        if parent is None or not parent.name.startswith("__"):
            return ASSUMED_ITEMS
        return len(self._schema.type_map) if node.name.value == "types" else INTROSPECTED_ITEMS


def _is_connection(found: object) -> bool:
    return isinstance(found, GraphQLObjectType) and {"edges", "pageInfo"} <= found.fields.keys()


def _argument(node: FieldNode, definition: GraphQLField, name: str, *, pages: bool) -> _Size:
    """The size that an argument gives: a page's or a list's, by a literal, a variable or its default."""
    argument = definition.args.get(name)
    if argument is None:
        return ASSUMED_ITEMS
    absent = _count(coerce_default_value(argument), pages=pages) or ASSUMED_ITEMS
    given = next((a.value for a in node.arguments or () if a.name.value == name), None)
    if given is None:
        return absent
    if isinstance(given, VariableNode):
        return _Variable(given.name.value, pages, absent)
    return _count(_literal(given), pages=pages)


def _literal(node: ValueNode) -> object:
    """A literal as far as it says how many."""
    if isinstance(node, IntValueNode | FloatValueNode):
        # Not int: thousands of digits, which an ID may have, are an error to it.
        return float(node.value)
    if isinstance(node, ListValueNode):
        return list(node.values)
    return None if isinstance(node, NullValueNode) else node


def _size(size: _Size, variables: Mapping[str, Any]) -> int:
    if isinstance(size, int):
        return size
    return _count(variables[size.name], pages=size.pages) if size.name in variables else size.absent


def _count(value: object, *, pages: bool) -> int:
    """How long a list is by the value of an argument; one that its field will refuse makes it empty."""
    if pages:
        return int(value) if isinstance(value, int | float) and 1 <= value <= MAX_PAGE else 0
    if isinstance(value, list):
        return len(value)
    # A single value stands for a list of one.
    return 0 if value is None else 1
