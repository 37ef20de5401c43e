"""Error messages without the values that a client sent.

graphql-core shows the value it refuses. A resident's value may be an identity number, and messages end up
in clients' logs, so only sentences known to hold nothing but names of the schema and of the document's
variables are kept; whatever else is replaced by one that names the expected type.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphql import GraphQLError, GraphQLInputObjectType, GraphQLInputType, GraphQLList, GraphQLNonNull

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
