"""GraphQL documents made ready for execution: parsed, measured, validated and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    ValueNode,
    VisitorAction,
    parse,
    validate,
)
from graphql.language import SKIP
from graphql.utilities import validate_input_literal
from graphql.validation import ASTValidationRule, ValuesOfCorrectTypeRule, specified_rules
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.execution.compiled.plan import Plan
from gateway.execution.cost import Cost, costs
from gateway.execution.errors import RequestError, request_error
from gateway.execution.public import public_operations
from gateway.execution.redaction import syntax_message, value_message
from gateway.execution.size import Limits, check_size
from gateway.execution.waiting import may_wait, waiting_fields
from schema.core.errors import Code, PublicError

MAX_ERRORS = 20
"""Validation errors that are reported; one request must not fill a megabyte with them."""

TOKENS_PER_DOCUMENT = 100
"""What an average document holds: the cache is bounded by tokens too, a large document taking megabytes."""

CHARACTERS_PER_TOKEN = 20
"""Bounds the length of a document by its tokens: a megabyte of blanks or of one string is no document."""

# What comparing fields of one name may take, in graphql-core's own unit. It invites to assign it; its 500,000
# are a second or two in which nobody else is answered, and a hundred times what our examples take.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 20_000


class ValuesOfSafeTypeRule(ValuesOfCorrectTypeRule):
    """graphql-core's rule on literals, with messages that do not show the literal."""

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        """Check one literal, nested ones included, and do not visit them again."""
        if input_type:

            def report(error: GraphQLError, path: Sequence[str | int]) -> None:
                message = value_message(error.message, input_type, path, error.original_error)
                self.report_error(GraphQLError(message, error.nodes))

            validate_input_literal(node, input_type, report)
        return SKIP


RULES: tuple[type[ASTValidationRule], ...] = (
    *(ValuesOfSafeTypeRule if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules),
    # Strawberry's own two: its resolvers count on them.
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)


@dataclass(frozen=True)
class Document:
    """A parsed document within the limits. With `errors` it is invalid and must not be executed."""

    ast: DocumentNode
    operations: Sequence[OperationDefinitionNode]
    errors: Sequence[dict[str, Any]] = ()
    waits: bool = True
    """Whether executing it may wait for something; otherwise it is over before anything else goes on."""
    costs: Mapping[str | None, Cost] = field(default_factory=dict)
    """Each operation's cost by its name; of a valid document only."""
    public: frozenset[str | None] = frozenset()
    """The names of the queries that everybody is answered alike; of a valid document only."""
    plans: dict[str | None, Plan] = field(default_factory=dict)
    """How each operation is executed, by its name; filled when it is first asked for."""

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """Find the operation to execute (GraphQL, GetOperation), None if that is not clear."""
        if name is None:
            return self.operations[0] if len(self.operations) == 1 else None
        return next((o for o in self.operations if o.name and o.name.value == name), None)


class Documents:
    """Prepares documents and keeps the valid ones, the least recently used giving way.

    Only valid documents are kept: nobody can flush the cache with rubbish.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, max_tokens: int, cached: int) -> None:
        self._schema = schema
        self._waiting = waiting_fields(schema)
        self._limits = limits
        self._max_tokens = max_tokens
        self._max_cached = cached
        self._max_weight = cached * TOKENS_PER_DOCUMENT
        # By the text itself: Python keeps the hash of a text that comes again, and the tree holds it anyway.
        self._cached: OrderedDict[str, tuple[Document, int]] = OrderedDict()
        self._weight = 0
        self._digests: dict[str, str] = {}
        """Digests that clients have sent, by text; of what is kept only."""
        self._texts: dict[str, str] = {}
        """The same the other way round."""

    def named(self, digest: str) -> str:
        """Give the text that was sent with this digest before; PublicError if it is not kept."""
        text = self._texts.get(digest)
        if text is None:
            # Clients look for these very words (Apollo's protocol of automatic persisted queries).
            raise PublicError(Code.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
        return text

    def name(self, text: str, digest: str) -> None:
        """Let a document that is kept be asked for by its digest."""
        if text in self._cached:
            self._digests[text] = digest
            self._texts[digest] = text

    def prepare(self, text: str) -> Document:
        """Give the document, from the cache or anew.

        Raises RequestError if it does not parse, PublicError if it is too large.
        """
        if found := self._cached.get(text):
            self._cached.move_to_end(text)
            return found[0]
        document = self._read(text)
        if not document.errors:
            self._keep(text, document, document.ast.token_count + len(text) // CHARACTERS_PER_TOKEN)
        return document

    def _keep(self, text: str, document: Document, weight: int) -> None:
        self._cached[text] = (document, weight)
        self._weight += weight
        while self._cached and (len(self._cached) > self._max_cached or self._weight > self._max_weight):
            text, (_, freed) = self._cached.popitem(last=False)
            self._weight -= freed
            if digest := self._digests.pop(text, None):
                del self._texts[digest]

    def _read(self, text: str) -> Document:
        try:
            ast = parse(
                text,
                max_tokens=self._max_tokens,
                max_source_length=self._max_tokens * CHARACTERS_PER_TOKEN,
            )
        except GraphQLSyntaxError as error:
            # The parser gives up on documents that are too long, too deep or have too many tokens.
            if error.message.endswith("Parsing aborted."):
                sentence = error.message.removeprefix("Syntax Error: ").removesuffix(" Parsing aborted.")
                raise PublicError(Code.OPERATION_TOO_COMPLEX, sentence) from None
            raise RequestError(
                request_error(Code.GRAPHQL_PARSE_FAILED, syntax_message(error.message), error.locations)
            ) from None
        check_size(ast, self._limits)
        operations = [node for node in ast.definitions if isinstance(node, OperationDefinitionNode)]
        if errors := self._validate(ast):
            return Document(ast, operations, errors)
        return Document(
            ast,
            operations,
            (),
            may_wait(ast, self._waiting),
            costs(self._schema, ast),
            public_operations(self._schema, ast),
        )

    def _validate(self, ast: DocumentNode) -> list[dict[str, Any]]:
        errors = validate(self._schema, ast, RULES, max_errors=MAX_ERRORS)
        for error in errors:
            # The budget set above: a document that repeats many fields many times exhausts it.
            if isinstance(error, ValidationAbortedError) and error.message == "Validation aborted.":
                return [
                    request_error(
                        Code.OPERATION_TOO_COMPLEX, "The document repeats too many fields to be validated."
                    )
                ]
        return [
            request_error(Code.GRAPHQL_VALIDATION_FAILED, error.message, error.locations) for error in errors
        ]
