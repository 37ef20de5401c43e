"""Errors as a response shows them: the one place where an exception becomes `message` and `code`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

import structlog
from graphql import GraphQLError, SourceLocation, ValueNode
from strawberry.exceptions import StrawberryInputCoercionError

from gateway.execution.redaction import argument_message
from gateway.logs import fault_of
from schema.core.errors import Code, PublicError

INTERNAL_MESSAGE = "Something went wrong on our side."

_log = structlog.get_logger("gateway.execution")


class RequestError(Exception):
    """A request that is not executed, with the errors to answer."""

    def __init__(self, *errors: dict[str, Any]) -> None:
        super().__init__("the request is not executed")
        self.errors = list(errors)


def request_error(
    code: Code, message: str, locations: Sequence[SourceLocation] | None = None
) -> dict[str, Any]:
    """Shape an error of the request as a whole."""
    shaped: dict[str, Any] = {"message": message}
    if locations:
        shaped["locations"] = [{"line": at.line, "column": at.column} for at in locations]
    shaped["extensions"] = {"code": code.value}
    return shaped


def public_error(error: PublicError, locations: Sequence[SourceLocation] | None = None) -> dict[str, Any]:
    """Shape an error that is meant for the client, with all that it tells."""
    shaped = request_error(error.code, error.message, locations)
    shaped["extensions"] = dict(error.extensions)
    return shaped


def internal_error(error: BaseException) -> dict[str, Any]:
    """Log a fault of ours that struck outside any field, and shape what the client is told of it."""
    _log.error("operation failed", fault=fault_of(error))
    return request_error(Code.INTERNAL, INTERNAL_MESSAGE)


def field_error(error: GraphQLError) -> dict[str, Any]:
    """Shape an error that execution collected. What is not meant for the client goes to the log instead."""
    cause = _cause(error)
    shaped: dict[str, Any]
    if isinstance(cause, PublicError):
        shaped = public_error(cause, error.locations)
    elif isinstance(cause, StrawberryInputCoercionError):
        shaped = request_error(Code.BAD_USER_INPUT, "A value that must not be null is null.", error.locations)
    elif _is_argument_error(cause):
        shaped = request_error(Code.BAD_USER_INPUT, argument_message(cause), error.locations)
    else:
        # The field's own name: the path holds aliases, which are text of the document.
        _log.error("field failed", field=_field_name(error), fault=fault_of(cause))
        shaped = request_error(Code.INTERNAL, INTERNAL_MESSAGE, error.locations)
    if error.path:
        shaped["path"] = list(error.path)
    return shaped


def _cause(error: GraphQLError) -> Exception:
    """Unwrap what graphql-core located, however often, down to an error on an argument or one not its own."""
    cause: Exception = error
    while (
        isinstance(cause, GraphQLError) and cause.original_error is not None and not _is_argument_error(cause)
    ):
        cause = cause.original_error
    return cause


def _is_argument_error(cause: Exception) -> TypeGuard[GraphQLError]:
    """Tell graphql-core's errors on arguments from its errors on results: only the former point at values."""
    return isinstance(cause, GraphQLError) and any(isinstance(node, ValueNode) for node in cause.nodes or ())


def _field_name(error: GraphQLError) -> str | None:
    name = getattr(error.nodes[0], "name", None) if error.nodes else None
    return getattr(name, "value", None)
