"""The engine: what it executes, what it refuses, and what its errors say and keep to themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import strawberry
import structlog
from graphql import get_introspection_query
from strawberry.extensions import SchemaExtension

from gateway.execution.engine import Engine
from gateway.execution.operation import Operation, Outcome

SECRET = "440305199001011234"

REQUIRED_NAME = (
    "Variable '$p' has invalid value: Expected value of type 'Person' to include required field 'name'."
)

INTERNAL = {"message": "Something went wrong on our side.", "code": "INTERNAL"}


async def run(engine: Engine, document: str, /, **variables: Any) -> Outcome:
    """Execute a document with variables."""
    return await engine(Operation(document=document, variables=variables))


def told(outcome: Outcome) -> list[tuple[str, str]]:
    """The code and the message of every error."""
    return [(error["extensions"]["code"], error["message"]) for error in outcome.errors]


async def test_executes_a_query_with_variables(engine: Engine) -> None:
    """Resolvers get coerced arguments, and the outcome holds their data alone."""
    outcome = await run(engine, "query ($n: [Int!]!) { greet sum(numbers: $n) }", n=[1, 2])
    assert outcome == Outcome(executed=True, data={"greet": "Hello, world!", "sum": 3})


async def test_executes_a_mutation(engine: Engine) -> None:
    """A mutation runs where it is not read-only."""
    assert (await run(engine, "mutation { touch }")).data == {"touch": True}


@pytest.mark.parametrize("name", ["A", "B"])
async def test_chooses_the_operation_by_name(engine: Engine, name: str) -> None:
    """operationName picks one of several."""
    document = 'query A { greet(name: "A") } query B { greet(name: "B") }'
    outcome = await engine(Operation(document=document, name=name))
    assert outcome.data == {"greet": f"Hello, {name}!"}


@pytest.mark.parametrize(
    ("document", "name", "message"),
    [
        ("query A { greet } query B { greet }", None,
         "The document holds several operations; name one in operationName."),
        ("query A { greet }", "B", "The document holds no operation of the name given in operationName."),
        ("{ greet }", "", "The document holds no operation of the name given in operationName."),
        ("subscription { ticks }", None, "Subscriptions are not offered here."),
    ],
)  # fmt: skip
async def test_refuses_an_operation_it_cannot_resolve(
    engine: Engine, document: str, name: str | None, message: str
) -> None:
    """An unclear, unknown or subscription operation is not executed, and the sentence says why."""
    outcome = await engine(Operation(document=document, name=name))
    assert told(outcome) == [("OPERATION_RESOLUTION_FAILURE", message)]
    assert not outcome.executed


@pytest.mark.parametrize(
    "document", ["mutation { touch }", "mutation { nonsense }", "subscription { ticks }"]
)
async def test_a_read_only_operation_must_be_a_query(engine: Engine, document: str) -> None:
    """By GET nothing but a query runs, and the method is what is refused, valid or not."""
    outcome = await engine(Operation(document=document, read_only=True))
    assert told(outcome) == [("METHOD_NOT_ALLOWED", "Only queries are executed by GET; use POST.")]


async def test_a_syntax_error_says_where(engine: Engine) -> None:
    """A document that does not parse is a parse failure with its place."""
    outcome = await run(engine, "{ greet")
    assert outcome == Outcome(
        executed=False,
        errors=[
            {
                "message": "Syntax Error: Expected Name, found <EOF>.",
                "locations": [{"line": 1, "column": 8}],
                "extensions": {"code": "GRAPHQL_PARSE_FAILED"},
            }
        ],
    )


async def test_a_validation_error_says_where(engine: Engine) -> None:
    """A document that breaks the schema is a validation failure with its place."""
    outcome = await run(engine, "{ gret }")
    assert outcome.errors == [
        {
            "message": "Cannot query field 'gret' on type 'Query'. Did you mean 'greet'?",
            "locations": [{"line": 1, "column": 3}],
            "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
        }
    ]


async def test_reports_only_so_many_validation_errors(engine: Engine) -> None:
    """A document full of errors gets twenty of them and the news that there are more."""
    outcome = await run(engine, "{ " + " ".join(f"x{i}" for i in range(500)) + " }")
    assert len(outcome.errors) == 21
    assert (
        outcome.errors[-1]["message"]
        == "Too many validation errors, error limit reached. Validation aborted."
    )


@pytest.mark.parametrize("directive", ["@defer", '@stream(label: "x")'])
async def test_incremental_delivery_is_not_offered(engine: Engine, directive: str) -> None:
    """@defer and @stream are unknown directives."""
    outcome = await run(engine, f"{{ ... {directive} {{ greet }} }}")
    assert [code for code, _ in told(outcome)] == ["GRAPHQL_VALIDATION_FAILED"]
    assert "Unknown directive" in outcome.errors[0]["message"]


@pytest.mark.parametrize("descriptions", [True, False])
async def test_introspection_works(engine: Engine, descriptions: bool) -> None:
    """The standard introspection query is within every limit."""
    query = get_introspection_query(descriptions, True, True, True, True, True)
    outcome = await run(engine, query)
    assert outcome.errors == []
    assert outcome.data is not None
    assert outcome.data["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.parametrize(
    ("document", "variables", "message"),
    [
        ("query ($n: Int!) { sum(numbers: [$n]) }", {"n": SECRET},
         "Variable '$n' has invalid value: Expected a value of type 'Int!'."),
        ("query ($n: Int!) { sum(numbers: [$n]) }", {"n": int(SECRET)},
         "Variable '$n' has invalid value: Expected a value of type 'Int!'."),
        ("query ($n: [Int!]!) { sum(numbers: $n) }", {"n": [1, SECRET]},
         "Variable '$n' has invalid value at [1]: Expected a value of type 'Int!'."),
        ("query ($p: Person!) { person(person: $p) }", {"p": {"name": "x", "number": SECRET}},
         "Variable '$p' has invalid value at .number: Expected a value of type 'Int!'."),
        ("query ($p: Person!) { person(person: $p) }",
         {"p": {"name": "x", "number": 1, "friend": {"name": SECRET, "number": 1, "tags": [1, SECRET]}}},
         "Variable '$p' has invalid value at .friend.tags[1]: Expected a value of type 'Int!'."),
        ("query ($p: Person!) { person(person: $p) }", {"p": {"name": "x", "number": 1, "tags": SECRET}},
         "Variable '$p' has invalid value at .tags: Expected a value of type '[Int!]'."),
        ("query ($p: Person!) { person(person: $p) }", {"p": {"number": int(SECRET[:8])}},
         REQUIRED_NAME),
        ("query ($p: Person!) { person(person: $p) }", {"p": {"name": "x", "number": 1, SECRET: SECRET}},
         "Variable '$p' has invalid value: Expected value of type 'Person' not to include unknown field."),
        ("query ($p: Person!) { person(person: $p) }", {"p": SECRET},
         "Variable '$p' has invalid value: Expected value of type 'Person' to be an object."),
        ("query ($p: Person!) { person(person: $p) }", {},
         "Variable '$p' has invalid value: Expected a value of non-null type 'Person!' to be provided."),
        ("query ($p: Person!) { person(person: $p) }", {"p": None},
         "Variable '$p' has invalid value: Expected value of non-null type 'Person!' not to be null."),
        ("query ($e: Even!) { half(of: $e) }", {"e": int(SECRET) + 1},
         "Variable '$e' has invalid value: Expected a value of type 'Even!'."),
        ("query ($e: Even!) { half(of: $e) }", {"e": "explain"},
         "Variable '$e' has invalid value: Only even numbers are taken here."),
    ],
)  # fmt: skip
async def test_a_refused_variable_is_named_but_not_shown(
    engine: Engine, document: str, variables: dict[str, Any], message: str
) -> None:
    """What is wrong with a variable is said by its name, the place in it and the type, never by its value."""
    outcome = await run(engine, document, **variables)
    assert told(outcome) == [("BAD_USER_INPUT", message)]
    assert not outcome.executed
    assert outcome.errors[0]["locations"] == [{"line": 1, "column": 8}]


async def test_reports_only_so_many_refused_values(engine: Engine) -> None:
    """A list full of wrong values gets twenty errors and the news that there are more."""
    outcome = await run(engine, "query ($n: [Int!]!) { sum(numbers: $n) }", n=[SECRET] * 500)
    assert len(outcome.errors) == 21
    assert outcome.errors[-1]["message"] == (
        "Too many errors processing variables, error limit reached. Execution aborted."
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (f'{{ sum(numbers: ["{SECRET}"]) }}', "Expected a value of type 'Int!'."),
        (f"{{ sum(numbers: [{SECRET}]) }}", "Expected a value of type 'Int!'."),
        (f'{{ person(person: {{name: 1, number: "{SECRET}"}}) }}', "Expected a value of type 'String!'."),
        (f'{{ person(person: "{SECRET}") }}', "Expected value of type 'Person' to be an object."),
        (f'{{ person(person: {{name: "{SECRET}"}}) }}',
         "Expected value of type 'Person' to include required field 'number'."),
        (f'{{ person(person: {{name: "{SECRET}", number: 1, x: 1}}) }}',
         "Expected value of type 'Person' not to include unknown field."),
        ("{ person(person: null) }", "Expected value of non-null type 'Person!' not to be null."),
        (f"{{ half(of: {SECRET}1) }}", "Expected a value of type 'Even!'."),
        ('{ half(of: "explain") }', "Only even numbers are taken here."),
        (f'query ($n: Int = "{SECRET}") {{ sum(numbers: [$n]) }}', "Expected a value of type 'Int'."),
        (f'{{ greet @skip(if: "{SECRET}") }}', "Expected a value of type 'Boolean!'."),
    ],
)  # fmt: skip
async def test_a_refused_literal_is_not_shown(engine: Engine, document: str, message: str) -> None:
    """Validation says which type is expected and where, never what stands there."""
    outcome = await run(engine, document)
    assert ("GRAPHQL_VALIDATION_FAILED", message) in told(outcome)
    assert SECRET not in str(outcome)


@pytest.mark.parametrize(
    "document",
    [
        f'{{ greet }} "{SECRET}"',
        f'{{ greet(name "{SECRET}") }}',
        f"{{ greet(name {SECRET}) }}",
        f'{{ greet(name """{SECRET}""") }}',
        f"{{ greet(name {SECRET}.5) }}",
    ],
)
async def test_a_literal_is_not_shown_by_a_syntax_error(engine: Engine, document: str) -> None:
    """A syntax error at a literal names its kind and place only."""
    outcome = await run(engine, document)
    assert [code for code, _ in told(outcome)] == ["GRAPHQL_PARSE_FAILED"]
    assert SECRET not in str(outcome)


@pytest.mark.parametrize(
    ("document", "argument", "type_"),
    [
        ('query ($v: String = "x") { greet(name: $v) }', "name", "String!"),
        ("query ($v: Boolean = true) { greet @skip(if: $v) }", "if", "Boolean!"),
    ],
)
async def test_an_argument_refused_at_run_time_is_bad_input(
    engine: Engine, document: str, argument: str, type_: str
) -> None:
    """A null where a default let a nullable variable pass is the client's error, not ours."""
    outcome = await run(engine, document, v=None)
    message = (
        f"Argument '{argument}' has invalid value: "
        f"Expected variable '$v' provided to non-null type '{type_}' not to be null."
    )
    assert told(outcome) == [("BAD_USER_INPUT", message)]
    assert outcome.executed


async def test_a_scalar_that_refuses_at_run_time_is_bad_input(engine: Engine) -> None:
    """A variable within a custom scalar's literal is checked while executing, still unseen and unlogged."""
    with structlog.testing.capture_logs() as logs:
        outcome = await run(engine, "query ($v: Int) { half(of: [$v]) }", v=440305199)
    assert told(outcome) == [
        ("BAD_USER_INPUT", "Argument 'of' has invalid value: Expected a value of another type.")
    ]
    assert logs == []


async def test_an_unexpected_exception_is_not_shown(engine: Engine) -> None:
    """The client gets one sentence and the place; data of other fields stay."""
    outcome = await run(engine, "{ b: broken greet }")
    assert outcome.executed
    assert outcome.data == {"b": None, "greet": "Hello, world!"}
    assert outcome.errors == [
        {
            "message": INTERNAL["message"],
            "locations": [{"line": 1, "column": 3}],
            "extensions": {"code": "INTERNAL"},
            "path": ["b"],
        }
    ]


@pytest.mark.parametrize(("field", "data"), [("brokenValue", {"brokenValue": None}), ("required", None)])
async def test_a_broken_result_is_not_shown(engine: Engine, field: str, data: object) -> None:
    """A result that breaks the schema is our fault, and the value is not in the message."""
    outcome = await run(engine, f"{{ {field} }}")
    assert told(outcome) == [(INTERNAL["code"], INTERNAL["message"])]
    assert (outcome.executed, outcome.data) == (True, data)
    assert "hunter2" not in str(outcome)


async def test_the_log_tells_a_fault_s_kind_and_place_but_none_of_its_words(engine: Engine) -> None:
    """Literals, variables, aliases, the document and what a source said are not in the log."""
    with structlog.testing.capture_logs() as logs:
        await run(engine, "query Leak($s: String) { alias: broken(secret: $s) }", s=SECRET)
        await run(engine, f'{{ broken(secret: "{SECRET}") }}')
        await run(engine, "{ brokenValue }")
    assert [(line["event"], line["field"], line["log_level"]) for line in logs] == [
        ("field failed", "broken", "error"),
        ("field failed", "broken", "error"),
        ("field failed", "brokenValue", "error"),
    ]
    for line in logs[:2]:
        assert line["fault"].startswith("RuntimeError > ")
        assert line["fault"].endswith(" in broken")
    for hidden in (SECRET, "hunter2", "alias", "Leak"):
        assert hidden not in str(logs)


@pytest.mark.parametrize(
    ("field", "message", "extensions"),
    [
        ("refused", "That cannot be served.", {"code": "BAD_USER_INPUT"}),
        ("source", "parking did not answer in time.", {"code": "SOURCE_TIMEOUT", "source": "parking"}),
    ],
)
async def test_a_public_error_is_shown_as_it_is(
    engine: Engine, field: str, message: str, extensions: dict[str, str]
) -> None:
    """A PublicError's sentence and extensions reach the client, and the log stays silent."""
    with structlog.testing.capture_logs() as logs:
        outcome = await run(engine, f"{{ {field} }}")
    assert outcome.errors[0]["message"] == message
    assert outcome.errors[0]["extensions"] == extensions
    assert logs == []


async def test_partial_errors_and_extensions_are_in_the_outcome(engine: Engine) -> None:
    """What the context collected is told beside the errors of execution, with data whole."""
    outcome = await run(engine, "{ partly refused }")
    assert outcome.data == {"partly": ["whole"], "refused": None}
    assert outcome.extensions == {"visits": 1}
    assert [(error["path"], error["extensions"]) for error in outcome.errors] == [
        (["refused"], {"code": "BAD_USER_INPUT"}),
        (["partly"], {"code": "SOURCE_UNAVAILABLE", "source": "library"}),
    ]


async def test_a_context_that_does_not_open_refuses_the_request(make_engine: Callable[..., Engine]) -> None:
    """A PublicError raised before execution is an error of the request."""
    outcome = await run(make_engine(refusing=True), "{ greet }")
    assert told(outcome) == [("SOURCE_BUSY", "Come back later.")]
    assert not outcome.executed


async def test_a_context_that_fails_is_our_fault(schema: strawberry.Schema) -> None:
    """Any other exception outside resolvers is INTERNAL and logged without what was sent."""

    def fail(_viewer: object) -> Any:
        raise RuntimeError(f"hunter2 {SECRET}")

    with structlog.testing.capture_logs() as logs:
        outcome = await run(Engine(schema, fail), "query ($n: String!) { greet(name: $n) }", n=SECRET)
    assert outcome == Outcome(
        executed=False, errors=[{"message": INTERNAL["message"], "extensions": {"code": "INTERNAL"}}]
    )
    assert [line["event"] for line in logs] == ["operation failed"]
    assert SECRET not in str(logs)
    assert "hunter2" not in str(logs)


def test_schema_extensions_are_refused_at_start() -> None:
    """A Strawberry extension would never run here, so that the engine does not start with one."""

    @strawberry.type
    class Query:
        """A root."""

        greet: str = "x"

    with pytest.raises(ValueError, match="no Strawberry extensions"):
        Engine(strawberry.Schema(Query, extensions=[SchemaExtension]), lambda _: None)  # type: ignore[arg-type, return-value]
