"""The engine: executes operations over a Strawberry schema, compiled or on graphql-core's executor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, Protocol, TypeGuard, cast

import msgspec
import strawberry
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLInputType,
    OperationDefinitionNode,
    OperationType,
    is_input_type,
    type_from_ast,
)
from graphql.execution.executor import Executor
from strawberry.execution import optimized_is_awaitable

from gateway.execution.compiled.graph import Graph
from gateway.execution.compiled.plan import Plan
from gateway.execution.cost import check_cost
from gateway.execution.documents import Document, Documents
from gateway.execution.errors import RequestError, field_error, internal_error, public_error, request_error
from gateway.execution.operation import Operation, Outcome
from gateway.execution.redaction import variable_message
from gateway.execution.sharing import Sharing
from gateway.execution.size import Limits, check_variables
from schema.core.errors import Code, PublicError
from schema.core.viewer import Viewer

MAX_VARIABLE_ERRORS = 20

is_awaitable = cast("Callable[[Any], TypeGuard[Awaitable[Any]]]", optimized_is_awaitable)


class ResponseContext(Protocol):
    """What the engine asks of the context value that it hands to resolvers."""

    @property
    def partial_errors(self) -> Sequence[GraphQLError]:
        """Errors that took nothing away from any field, to be told beside those of execution."""
        ...

    def response_extensions(self) -> dict[str, Any]:
        """Give the response's `extensions`, once all fields are resolved."""
        ...

    def fresh_s(self) -> float:
        """Give the seconds for which what was resolved may be used again, 0 if not at all."""
        ...


class _VariablesRefusedError(Exception):
    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__("the variables are refused")
        self.errors = errors


class Engine:
    """Implements `Execute`: prepares a document once, then runs it, each time in a context of its own."""

    def __init__(
        self,
        schema: strawberry.Schema,
        open_context: Callable[[Viewer | None], AbstractAsyncContextManager[ResponseContext]],
        *,
        compiled: bool = True,
        sharing: Sharing | None = None,
        max_tokens: int = 5000,
        max_depth: int = 20,
        max_fields: int = 5000,
        max_cost: int = 50_000,
        cached_documents: int = 1000,
    ) -> None:
        # Strawberry's extensions and operation directives run in its own `execute`, which is not used here;
        # passing over them in silence could pass over a permission.
        if schema.extensions or schema.directives:
            raise ValueError("The engine runs no Strawberry extensions and no custom operation directives.")
        if schema.config.enable_experimental_incremental_execution:
            raise ValueError("The engine does not offer @defer and @stream.")
        self._schema = schema._schema  # noqa: SLF001 - Strawberry gives no other way to the executable schema
        self._executor = schema.execution_context_class
        self._graph = Graph(schema) if compiled else None
        self._open_context = open_context
        self._max_cost = max_cost
        self._sharing = sharing
        self._documents = Documents(
            self._schema,
            Limits(depth=max_depth, fields=max_fields),
            max_tokens=max_tokens,
            cached=cached_documents,
        )

    async def __call__(self, operation: Operation, /) -> Outcome:
        """Give the operation's response; never raises but for cancellation."""
        try:
            if operation.digest is not None:
                operation = self._named(operation, operation.digest)
            document = self._documents.prepare(operation.document)
            chosen = _choose(document, operation)
            check_variables(operation.variables)
            name = chosen.name.value if chosen.name else None
            check_cost(document.costs[name], operation.variables, self._max_cost)
            if name in document.public:
                if operation.viewer is not None:
                    # What is for everybody cannot depend on one then, and is shared with the others.
                    operation = msgspec.structs.replace(operation, viewer=None)
                if self._sharing is not None and document.waits:
                    return await self._sharing.run(
                        operation, partial(self._answer, document, chosen, operation)
                    )
        except Exception as error:
            return _refused(error)
        return await self._answer(document, chosen, operation)

    def _named(self, operation: Operation, digest: str) -> Operation:
        """Put the document in its digest's place, or remember it by the digest that was sent beside it."""
        text = operation.document
        if text:
            self._documents.prepare(text)
            self._documents.name(text, digest)
        else:
            text = self._documents.named(digest)
        # From here on it is the same whether it was sent by its text or by its digest.
        return msgspec.structs.replace(operation, document=text, digest=None)

    async def _answer(
        self, document: Document, chosen: OperationDefinitionNode, operation: Operation
    ) -> Outcome:
        try:
            return await self._execute(document, chosen, operation)
        except Exception as error:
            return _refused(error)

    async def _execute(
        self, document: Document, chosen: OperationDefinitionNode, operation: Operation
    ) -> Outcome:
        name = chosen.name.value if chosen.name else None
        personal = name not in document.public
        async with self._open_context(operation.viewer) as context:
            try:
                data, collected = await self._run(document, chosen, operation, context)
            except _VariablesRefusedError as refused:
                return Outcome(
                    executed=False,
                    errors=[self._variable_error(error, chosen) for error in refused.errors],
                    personal=personal,
                )
            errors = [*collected, *context.partial_errors]
            return Outcome(
                executed=True,
                data=data,
                errors=[field_error(error) for error in errors],
                extensions=context.response_extensions(),
                fresh_s=0.0 if errors or personal else context.fresh_s(),
                personal=personal,
            )

    async def _run(
        self,
        document: Document,
        chosen: OperationDefinitionNode,
        operation: Operation,
        context: ResponseContext,
    ) -> tuple[dict[str, Any] | None, Sequence[GraphQLError]]:
        """Give data and errors: of the compiled program if there is one, else of graphql-core."""

        def build() -> Executor[Any]:
            executor = self._executor.build(
                self._schema,
                document.ast,
                context_value=context,
                raw_variable_values=operation.variables,
                operation_name=operation.name,
                max_coercion_errors=MAX_VARIABLE_ERRORS,
                is_awaitable=is_awaitable,
            )
            if isinstance(executor, list):
                raise _VariablesRefusedError(executor)
            return executor

        if self._graph is not None:
            plan = self.plan(document, chosen)
            variables = plan.coerce(operation.variables, MAX_VARIABLE_ERRORS)
            if isinstance(variables, list):
                raise _VariablesRefusedError(variables)
            program = plan.program(variables)
            if program is not None:
                return await program.execute(context, variables, build)
        executor = build()
        result = executor.execute_operation()
        if executor.is_awaitable(result):
            result = await result
        if not isinstance(result, ExecutionResult):
            raise TypeError("the executor gave more than one result")
        return result.data, result.errors or ()

    def plan(self, document: Document, chosen: OperationDefinitionNode) -> Plan:
        """Give the plan of a document's operation, made once."""
        if self._graph is None:
            raise TypeError("this engine compiles nothing")
        name = chosen.name.value if chosen.name else None
        plan = document.plans.get(name)
        if plan is None:
            plan = document.plans[name] = Plan(self._graph, document.ast, chosen)
        return plan

    def _variable_error(self, error: GraphQLError, chosen: OperationDefinitionNode) -> dict[str, Any]:
        declared: GraphQLInputType | None = None
        for definition in chosen.variable_definitions or ():
            if error.nodes and definition is error.nodes[0]:
                found = type_from_ast(self._schema, definition.type)
                declared = found if is_input_type(found) else None
        return request_error(Code.BAD_USER_INPUT, variable_message(error, declared), error.locations)


def _refused(error: Exception) -> Outcome:
    """Give a response for what cannot be executed."""
    if isinstance(error, RequestError):
        return Outcome(executed=False, errors=error.errors)
    if isinstance(error, PublicError):
        # A limit, or the context refused to open for the request as a whole.
        return Outcome(executed=False, errors=[public_error(error)])
    # Whatever it is, the client gets a response.
    return Outcome(executed=False, errors=[internal_error(error)])


def _choose(document: Document, operation: Operation) -> OperationDefinitionNode:
    """Give the operation to execute; RequestError if it may not be, or if the document is invalid."""
    chosen = document.operation(operation.name)
    if chosen and operation.read_only and chosen.operation is not OperationType.QUERY:
        # Before validation: the method is wrong whatever else may be (GraphQL over HTTP, section GET).
        raise PublicError(Code.METHOD_NOT_ALLOWED, "Only queries are executed by GET; use POST.")
    if document.errors:
        raise RequestError(*document.errors)
    if chosen is None:
        if not document.operations:
            sentence = "The document holds no operation."
        elif operation.name is None:
            sentence = "The document holds several operations; name one in operationName."
        else:
            sentence = "The document holds no operation of the name given in operationName."
        raise PublicError(Code.OPERATION_RESOLUTION_FAILURE, sentence)
    if chosen.operation is OperationType.SUBSCRIPTION:
        raise PublicError(Code.OPERATION_RESOLUTION_FAILURE, "Subscriptions are not offered here.")
    return chosen
