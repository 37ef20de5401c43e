"""What an operation is made of once it is prepared: selections of fields, and the shapes of their values."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import FieldNode, GraphQLField, GraphQLObjectType

if TYPE_CHECKING:
    from gateway.execution.compiled.execution import Execution
    from gateway.execution.compiled.resolver import Resolver

Position: TypeAlias = "tuple[Any, str | int] | None"
"""Where a value stands in the answer: the position of what holds it, and its key there. None: the root."""

Run: TypeAlias = "Callable[[Any, Position, Execution], Any]"
"""Completes a value at a position: gives what the answer holds, or raises what takes its place."""

Fast: TypeAlias = Callable[[Any], Any]
"""Completes a value without knowing where it stands; raises anything at all that it is not made for.

What it reads are attributes only, so that all may be read again, by a `Run`, which tells the errors."""


class Refused(Exception):  # noqa: N818  # it says what happened; "Error" would add nothing
    """An operation that graphql-core must execute; the message says why."""


class Bail(Exception):  # noqa: N818  # no error: it leads from the fast path to the careful one
    """A value that the fast path is not made for."""


class Kind(Enum):
    """What a shape's values are, None aside."""

    LEAF = "leaf"
    LIST = "list"
    OBJECT = "object"
    ABSTRACT = "abstract"


class Shape:
    """The type of a value at one place of the operation, and how such a value is completed."""

    __slots__ = (
        "complete",
        "expression",
        "field",
        "kind",
        "members",
        "nonnull",
        "of",
        "outer",
        "selections",
        "type",
    )

    def __init__(self, field: Field, outer: Shape | None, kind: Kind, type_: Any, *, nonnull: bool) -> None:
        self.field = field
        self.outer = outer
        """The list whose items have this shape, None for the field's own value."""
        self.kind = kind
        self.type = type_
        """The schema's type, without its NonNull."""
        self.nonnull = nonnull
        self.of: Shape | None = None
        """The shape of a list's items."""
        self.selections: dict[GraphQLObjectType, Selection] = {}
        """What is selected, by the object's type; an abstract type's are compiled when first met."""
        self.members: dict[type, Run] = {}
        """What completes an abstract type's objects, by their class; filled as they are met."""
        self.complete: Run
        self.expression: Callable[[str], str] | None = None
        """Source that completes the value of a name on the fast path; None where there is no such path."""

    @property
    def around(self) -> Shape | None:
        """The shape of the list or object that holds the value; None for a root field's."""
        return self.outer or self.field.selection.shape


class Field:
    """One field of a selection, all nodes of its response name merged."""

    __slots__ = ("attribute", "definition", "key", "name", "nodes", "resolver", "selection", "shape")

    def __init__(
        self, selection: Selection, key: str, nodes: list[FieldNode], definition: GraphQLField | None
    ) -> None:
        self.selection = selection
        self.key = key
        self.nodes = nodes
        self.name = nodes[0].name.value
        self.definition = definition
        """None for `__typename`."""
        self.attribute: str | None = None
        """Where the value is read from, if no resolver makes it."""
        self.resolver: Resolver | None = None
        self.shape: Shape


class Selection:
    """What is asked of objects of one type at one place of the operation."""

    __slots__ = ("fast", "fields", "run", "shape", "type")

    def __init__(self, type_: GraphQLObjectType, shape: Shape | None) -> None:
        self.type = type_
        self.shape = shape
        """The objects' own shape; None for the root."""
        self.fields: list[Field] = []
        self.run: Run
        self.fast: Fast | None = None
        """Where no resolver is called and every type is known beforehand."""
