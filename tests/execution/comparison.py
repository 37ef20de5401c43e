"""Runs one operation compiled and on graphql-core's executor, and compares what they give."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import strawberry
from graphql import ExecutionResult, GraphQLError, OperationDefinitionNode, parse, validate

from gateway.execution.compiled.graph import Graph
from gateway.execution.compiled.plan import Plan
from gateway.execution.documents import RULES
from gateway.execution.engine import is_awaitable

Answer = tuple[Any, list[GraphQLError]]


class Both:
    """A schema under both executors."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self.schema = schema
        self.graph = Graph(schema)
        self._executor = schema.execution_context_class
        self._parse = lru_cache(8)(parse)
        self.plan = lru_cache(8)(self._plan)

    def _plan(self, document: str, name: str | None = None) -> Plan:
        """The plan of an operation, which must be valid."""
        ast = self._parse(document)
        errors = validate(self.schema._schema, ast, RULES)
        assert errors == []
        operations = [node for node in ast.definitions if isinstance(node, OperationDefinitionNode)]
        chosen = [o for o in operations if name is None or (o.name and o.name.value == name)]
        return Plan(self.graph, ast, chosen[0])

    async def compiled(self, document: str, context: Any, variables: dict[str, Any]) -> Answer:
        """What the compiled operation gives."""
        plan = self.plan(document)
        assert plan.reason is None
        coerced = plan.coerce(variables, 20)
        assert not isinstance(coerced, list)
        program = plan.program(coerced)
        assert program is not None, plan.reason
        return await program.execute(context, coerced, lambda: self._build(document, context, variables))

    async def original(self, document: str, context: Any, variables: dict[str, Any]) -> Answer:
        """What graphql-core gives."""
        result = self._build(document, context, variables).execute_operation()
        if is_awaitable(result):
            result = await result
        assert isinstance(result, ExecutionResult)
        return result.data, list(result.errors or ())

    def _build(self, document: str, context: Any, variables: dict[str, Any]) -> Any:
        executor = self._executor.build(
            self.schema._schema,
            self._parse(document),
            context_value=context,
            raw_variable_values=variables,
            is_awaitable=is_awaitable,
        )
        assert not isinstance(executor, list), executor
        return executor

    async def check(
        self, document: str, make_context: Callable[[], Any], variables: dict[str, Any] | None = None
    ) -> Answer:
        """Run both and compare: exactly where nothing was awaited, else but for what timing decides."""
        original_context, context = make_context(), make_context()
        data, errors = await self.original(document, original_context, variables or {})
        own_data, own_errors = await self.compiled(document, context, variables or {})
        assert own_data == data
        assert in_order(own_data) == in_order(data)
        if getattr(original_context, "awaited", 0):
            same_but_for_timing(data, [told(e) for e in own_errors], [told(e) for e in errors])
        else:
            assert [told(error) for error in own_errors] == [told(error) for error in errors]
        return own_data, own_errors


Told = tuple[tuple[Any, ...], str, tuple[Any, ...], str, dict[str, Any]]


def told(error: GraphQLError) -> Told:
    """All that a client or the log is told of an error."""
    return (
        tuple(error.path or ()),
        error.message,
        tuple(error.locations or ()),
        type(error.original_error).__name__,
        dict(error.extensions or {}),
    )


def in_order(data: Any) -> Any:
    """Data with the order of keys made part of it, and True told from 1."""
    if isinstance(data, dict):
        return [(key, in_order(value)) for key, value in data.items()]
    if isinstance(data, list):
        return [in_order(item) for item in data]
    return (type(data).__name__, repr(data))


def same_but_for_timing(data: Any, own: list[Told], original: list[Told]) -> None:
    """Compare errors of an answer that was awaited.

    Their order is that of the event loop's turns. Where an error nulls what holds it, it depends on the turns
    too which other errors below are told before that: at least one of them must be, by both.
    """
    own_told, original_told = _split(data, own), _split(data, original)
    assert sorted(own_told[0], key=repr) == sorted(original_told[0], key=repr)
    assert own_told[1] == original_told[1]


def _split(data: Any, errors: list[Told]) -> tuple[list[Told], set[tuple[Any, ...]]]:
    """Errors at their own null, and the nulls that others led to."""
    at_place: list[Told] = []
    above: set[tuple[Any, ...]] = set()
    for error in errors:
        place = _null_on(data, error[0])
        if place == error[0]:
            at_place.append(error)
        else:
            above.add(place)
    return at_place, above


def _null_on(data: Any, path: tuple[Any, ...]) -> tuple[Any, ...]:
    value = data
    for index, key in enumerate(path):
        if value is None:
            return path[:index]
        value = value[key]
    assert value is None
    return path
