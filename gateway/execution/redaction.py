"""Error messages and log lines without the values that a client sent.

graphql-core shows the value it refuses. A resident's value may be an identity number, and messages end up
in clients' logs, so only sentences known to hold nothing but names of the schema and of the document's
variables are kept; whatever else is replaced by one that names the expected type.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Sequence
from functools import cached_property

from graphql import (
    DocumentNode,
    FloatValueNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    IntValueNode,
    Node,
    StringValueNode,
    Visitor,
    visit,
)

from schema.core.errors import PublicError

_TYPE = r"'[\w\[\]!]+'"
_SAFE = re.compile(
    rf"Expected a value of non-null type {_TYPE} to be provided"
    rf"|Expected value of non-null type {_TYPE} not to be None"
    rf"|Expected value of type {_TYPE} to be an object"
    rf"|Expected value of type {_TYPE} to include required field '\w+'"
    rf"|Expected value of type {_TYPE} not to include unknown field"
    rf"|Expected variable '\$\w+' provided to (?:non-null )?type {_TYPE}"
    r" (?:to provide a runtime value|not to be None)"
    rf"|Expected variable '\$\w+' provided to field '\w+' for OneOf Input Object type {_TYPE}"
    r" (?:to provide a runtime value|not to be None)"
    rf"|Within OneOf Input Object type {_TYPE}, exactly one field must be specified,"
    r" and the value for that field must be non-null"
)
_AT = re.compile(r"(?: at [\w.\[\]]+)?")
_VARIABLE = re.compile(rf"Variable '\$\w+' has invalid value(?P<at>{_AT.pattern}): ")
_ARGUMENT = re.compile(rf"Argument '\w+' has invalid value{_AT.pattern}: ")
_TOKEN = re.compile(r"\b(Int|Float|String|BlockString) '.*", re.DOTALL)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")

SHORTEST_SECRET = 3
"""Shorter values are left in the log: they tell nothing, and removing them would garble every line."""

MOST_SECRETS = 1000
"""With more values than this, looking for them in every message would itself be a load."""


def syntax_message(message: str) -> str:
    """A syntax error's message without the literal at which it struck."""
    return _TOKEN.sub(r"\1.", message)


def value_message(
    message: str,
    declared: GraphQLInputType | None,
    path: Sequence[str | int] = (),
    cause: Exception | None = None,
) -> str:
    """A sentence on why a value, at a path in one of the declared type, is refused.

    `message` is graphql-core's own. A PublicError raised by a scalar speaks for itself.
    """
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if isinstance(cause, PublicError):
        return cause.message
    if safe := _SAFE.match(message):
        return safe[0].replace("None", "null") + "."
    expected = _type_at(declared, path)
    return f"Expected a value of type '{expected}'." if expected else "Expected a value of another type."


def variable_message(error: GraphQLError, declared: GraphQLInputType | None) -> str:
    """Why a variable is refused: its name, where in it the fault lies, and the type expected there."""
    found = _VARIABLE.match(error.message)
    if found is None:
        # "Too many errors" and its like are about variables as such and hold no value.
        return error.message
    path = [name or int(index) for name, index in _STEP.findall(found["at"])]
    return found[0] + value_message(error.message[found.end() :], declared, path, error.original_error)


def argument_message(error: GraphQLError) -> str:
    """Why an argument or a directive's argument is refused at run time."""
    found = _ARGUMENT.match(error.message)
    prefix = found[0] if found else ""
    return prefix + value_message(error.message[len(prefix) :], None, (), error.original_error)


def _type_at(declared: GraphQLInputType | None, path: Sequence[str | int]) -> GraphQLInputType | None:
    """Follow a path into a type."""
    expected = declared
    for step in path:
        bare = expected.of_type if isinstance(expected, GraphQLNonNull) else expected
        if isinstance(step, int):
            expected = bare.of_type if isinstance(bare, GraphQLList) else None
            continue
        # A single value stands for a list of one, and then the path has no index.
        while isinstance(bare, GraphQLList | GraphQLNonNull):
            bare = bare.of_type
        entry = bare.fields.get(step) if isinstance(bare, GraphQLInputObjectType) else None
        expected = entry.type if entry else None
    return expected


class _Literals(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.values: set[str] = set()

    def enter(self, node: Node, *_args: object) -> None:
        if isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
            self.values.add(node.value)


class Sent:
    """The values that a client sent with one operation, to be kept out of the log.

    Without a parsed document its literals are unknown.
    """

    def __init__(self, document: DocumentNode | None, variables: dict[str, object]) -> None:
        self._document = document
        self._variables = variables

    @cached_property
    def values(self) -> list[str]:
        """Every literal of the document and every leaf of the variables, as text, the longest first."""
        literals = _Literals()
        if self._document:
            visit(self._document, literals)
        values = literals.values | set(_leaves(self._variables))
        forms = values | {repr(value)[1:-1] for value in values}
        return sorted((form for form in forms if len(form) >= SHORTEST_SECRET), key=len, reverse=True)

    def remove_from(self, text: str) -> str:
        """Give the text without these values, or nothing of it where they are unknown or too many."""
        if self._document is None or len(self.values) > MOST_SECRETS:
            return "(left out)"
        for value in self.values:
            text = text.replace(value, "…")
        return text

    def describe(self, error: BaseException) -> str:
        """An exception with its causes for the log: types, messages and places, but no value that was sent.

        `str` of a GraphQLError quotes the document and a logger's own rendering may show local variables,
        so the text is made here.
        """
        parts: list[str] = []
        current: BaseException | None = error
        seen: set[int] = set()
        while current is not None and id(current) not in seen:
            seen.add(id(current))
            frames = "".join(traceback.format_tb(current.__traceback__))
            name = f"{type(current).__module__}.{type(current).__qualname__}"
            parts.append(f"{frames}{name}: {self.remove_from(_text(current))}")
            current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        return "\ncaused by\n".join(parts)


def _leaves(root: object) -> Iterator[str]:
    stack = [root]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            yield str(value)


def _text(error: BaseException) -> str:
    if isinstance(error, GraphQLError):
        return error.message
    try:
        return str(error)
    except Exception:  # one that cannot be printed must not hide what is being told
        return "(no text)"
