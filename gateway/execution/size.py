"""How deep and how large a document is: one pass, linear even where fragments are spread exponentially.

Each definition is walked once, without recursion, and its fragments' totals are added from a memo. A
fragment that spreads itself adds nothing here, since validation refuses it. Limits are checked before
validation, so that validation and execution only meet documents they can finish.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
)

from schema.core.errors import Code, PublicError

MAX_NESTING = 100
"""Selection sets within each other, fragments included; graphql-core recurses through them."""

MAX_VALUE_DEPTH = 50
"""Lists and objects within each other in a literal or a variable; coercion recurses through them."""


MAX_REPEATS = 100
"""Fields of one response name in one selection set; validation compares each with each."""


@dataclass(frozen=True)
class Limits:
    """What a document may amount to once its fragments are spread."""

    depth: int
    fields: int


@dataclass
class _Size:
    """What one definition amounts to; `spreads` are its fragments with the depth and nesting around them."""

    depth: int = 0
    nesting: int = 0
    fields: int = 0
    spreads: list[tuple[str, int, int]] = field(default_factory=list)

    def add(self, other: _Size, depth: int, nesting: int) -> None:
        self.depth = max(self.depth, depth + other.depth)
        self.nesting = max(self.nesting, nesting + other.nesting)
        self.fields += other.fields


def check_size(document: DocumentNode, limits: Limits) -> None:
    """Raise OPERATION_TOO_COMPLEX if any definition of the document exceeds a limit."""
    roots: list[_Size] = []
    fragments: dict[str, _Size] = {}
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            continue
        _check_directives(definition.directives)
        for variable in definition.variable_definitions or ():
            _check_directives(variable.directives)
            if variable.default_value is not None:
                _check_literal(variable.default_value)
        size = _measure(definition.selection_set)
        if isinstance(definition, FragmentDefinitionNode) and definition.name.value not in fragments:
            fragments[definition.name.value] = size
        else:
            # An operation, or a fragment whose name is taken: validation walks that too before it refuses it.
            roots.append(size)

    done: set[str] = set()
    for name in fragments:
        _settle(name, fragments, done)
    for root in roots:
        for spread, depth, nesting in root.spreads:
            if spread in fragments:
                root.add(fragments[spread], depth, nesting)

    for size in (*roots, *fragments.values()):
        if size.depth > limits.depth:
            raise PublicError(
                Code.OPERATION_TOO_COMPLEX, f"The document selects more than {limits.depth} levels of fields."
            )
        if size.fields > limits.fields:
            raise PublicError(
                Code.OPERATION_TOO_COMPLEX,
                f"The document selects more than {limits.fields} fields once its fragments are spread.",
            )
        if size.nesting > MAX_NESTING:
            raise PublicError(
                Code.OPERATION_TOO_COMPLEX,
                f"The document nests fragments and fields more than {MAX_NESTING} levels deep.",
            )


def _settle(root: str, fragments: dict[str, _Size], done: set[str]) -> None:
    """Add up a fragment and all that it spreads, the innermost first."""
    if root in done:
        return
    path: list[tuple[str, Iterator[tuple[str, int, int]]]] = [(root, iter(fragments[root].spreads))]
    on_path = {root}
    while path:
        name, spreads = path[-1]
        for spread, _, _ in spreads:
            if spread in fragments and spread not in done and spread not in on_path:
                path.append((spread, iter(fragments[spread].spreads)))
                on_path.add(spread)
                break
        else:
            path.pop()
            on_path.remove(name)
            done.add(name)
            for spread, depth, nesting in fragments[name].spreads:
                if spread in done and spread != name:
                    fragments[name].add(fragments[spread], depth, nesting)


def _measure(root: SelectionSetNode) -> _Size:
    """Measure one definition without what it spreads."""
    size = _Size()
    stack = [(root, 1, 1)]
    while stack:
        selection_set, depth, nesting = stack.pop()
        size.nesting = max(size.nesting, nesting)
        _check_repeats(selection_set)
        for selection in selection_set.selections:
            _check_directives(selection.directives)
            if isinstance(selection, FragmentSpreadNode):
                size.spreads.append((selection.name.value, depth - 1, nesting))
                continue
            inner = _count(selection, size, depth)
            nested: SelectionSetNode | None = getattr(selection, "selection_set", None)
            if nested is not None:
                stack.append((nested, inner, nesting + 1))
    return size


def _check_repeats(selection_set: SelectionSetNode) -> None:
    if len(selection_set.selections) <= MAX_REPEATS:
        return
    fields = (node for node in selection_set.selections if isinstance(node, FieldNode))
    names = Counter((node.alias or node.name).value for node in fields)
    if names and max(names.values()) > MAX_REPEATS:
        raise PublicError(
            Code.OPERATION_TOO_COMPLEX, f"The document repeats a field more than {MAX_REPEATS} times."
        )


def _count(selection: SelectionNode, size: _Size, depth: int) -> int:
    """Count a field, if it is one, and give the depth of what it selects."""
    if not isinstance(selection, FieldNode):
        return depth
    size.fields += 1
    size.depth = max(size.depth, depth)
    for argument in selection.arguments or ():
        _check_literal(argument.value)
    return depth + 1


def _check_directives(directives: tuple[DirectiveNode, ...] | None) -> None:
    for directive in directives or ():
        for argument in directive.arguments or ():
            _check_literal(argument.value)


def _check_literal(root: ValueNode) -> None:
    stack = [(root, 1)]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, ListValueNode):
            stack.extend((item, depth + 1) for item in value.values)
        elif isinstance(value, ObjectValueNode):
            stack.extend((entry.value, depth + 1) for entry in value.fields)
        else:
            continue
        if depth > MAX_VALUE_DEPTH:
            raise PublicError(
                Code.OPERATION_TOO_COMPLEX,
                f"The document holds a value nested more than {MAX_VALUE_DEPTH} levels deep.",
            )


def check_variables(variables: dict[str, object]) -> None:
    """Raise OPERATION_TOO_COMPLEX if a variable's value nests too deeply."""
    stack: list[tuple[object, int]] = [(value, 1) for value in variables.values()]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, dict):
            items: Iterator[object] = iter(value.values())
        elif isinstance(value, list):
            items = iter(value)
        else:
            continue
        if depth > MAX_VALUE_DEPTH:
            raise PublicError(
                Code.OPERATION_TOO_COMPLEX,
                f"A variable's value is nested more than {MAX_VALUE_DEPTH} levels deep.",
            )
        stack.extend((item, depth + 1) for item in items)
