"""Documents and variables that are too large, too deep or made to explode; and the cache of documents."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import graphql
import pytest
import strawberry

from gateway.execution import documents
from gateway.execution.documents import Documents
from gateway.execution.engine import Engine
from gateway.execution.errors import RequestError
from gateway.execution.operation import Operation, Outcome
from gateway.execution.size import Limits


async def run(engine: Engine, document: str, /, **variables: Any) -> Outcome:
    """Execute a document with variables."""
    return await engine(Operation(document=document, variables=variables))


def told(outcome: Outcome) -> list[tuple[str, str]]:
    """The code and the message of every error."""
    return [(error["extensions"]["code"], error["message"]) for error in outcome.errors]


def nested(levels: int) -> str:
    """A document of so many levels of fields."""
    return "{ node " + "{ child " * (levels - 2) + "{ name }" + " }" * (levels - 1)


def bomb(levels: int, body: str) -> str:
    """Fragments that spread each other; `body` spreads the next one, `{next}`, more than once."""
    fragments = (
        f"fragment f{i} on Node {{ {body.replace('{next}', f'...f{i + 1}')} }}" for i in range(levels)
    )
    return "{ node { ...f0 } } " + " ".join(fragments) + f" fragment f{levels} on Node {{ name }}"


async def test_twenty_levels_are_served_and_no_more(engine: Engine) -> None:
    """The limit of depth is exact."""
    assert (await run(engine, nested(20))).errors == []
    assert told(await run(engine, nested(21))) == [
        ("OPERATION_TOO_COMPLEX", "The document selects more than 20 levels of fields.")
    ]


async def test_levels_are_counted_through_fragments(make_engine: Callable[..., Engine]) -> None:
    """A fragment's depth adds to the depth at which it is spread; an inline fragment adds none."""
    document = "{ node { ... { ...f } } } fragment f on Node { child { name } }"
    assert (await run(make_engine(max_depth=3), document)).errors == []
    assert told(await run(make_engine(max_depth=2), document)) == [
        ("OPERATION_TOO_COMPLEX", "The document selects more than 2 levels of fields.")
    ]


async def test_fields_are_counted_through_fragments(make_engine: Callable[..., Engine]) -> None:
    """A fragment's fields count as often as it is spread."""
    document = "{ node { ...f child { ...f } } } fragment f on Node { name child { name } }"
    assert (await run(make_engine(max_fields=8), document)).errors == []
    assert told(await run(make_engine(max_fields=7), document)) == [
        ("OPERATION_TOO_COMPLEX", "The document selects more than 7 fields once its fragments are spread.")
    ]


@pytest.mark.parametrize(
    "body",
    [
        "{next} {next}",
        "a: child { {next} } b: child { {next} }",
        "child { {next} {next} }",
        "... { {next} } ... on Node { {next} }",
    ],
)
async def test_a_kilobyte_of_nested_fragments_is_refused_at_once(engine: Engine, body: str) -> None:
    """Fragments that double at each of dozens of levels cost no more than their text."""
    document = bomb(1000 // (len(body) + 20), body)
    assert len(document) < 1300
    start = time.perf_counter()
    outcome = await run(engine, document)
    assert time.perf_counter() - start < 1.0
    assert [code for code, _ in told(outcome)] == ["OPERATION_TOO_COMPLEX"]


async def test_fragments_in_a_circle_are_for_validation(engine: Engine) -> None:
    """A cycle ends the measuring and is reported as what it is."""
    document = "{ node { ...a } } fragment a on Node { ...b } fragment b on Node { name ...a ...b }"
    outcome = await run(engine, document)
    assert {code for code, _ in told(outcome)} == {"GRAPHQL_VALIDATION_FAILED"}
    assert "Cannot spread fragment 'a' within itself via 'b'." in {message for _, message in told(outcome)}


async def test_a_long_chain_of_fragments_is_refused(engine: Engine) -> None:
    """Hundreds of fragments within each other exhaust nobody's stack."""
    document = bomb(600, "{next}")
    assert told(await run(engine, document)) == [
        ("OPERATION_TOO_COMPLEX", "The document nests fragments and fields more than 100 levels deep.")
    ]


async def test_a_hundred_levels_of_fragments_are_served(engine: Engine) -> None:
    """What is within the limit of nesting validates and executes."""
    assert (await run(engine, bomb(97, "{next}"))).data == {"node": {"name": "node"}}


async def test_unused_fragments_are_measured_too(engine: Engine) -> None:
    """Validation walks every fragment, used or not, and every one of a name."""
    deep = nested(25).removeprefix("{ node ")[:-2]
    for fragments in (
        f"fragment a on Node {deep}",
        f"fragment a on Node {{ name }} fragment a on Node {deep}",
    ):
        outcome = await run(engine, f"{{ greet }} {fragments}")
        assert [code for code, _ in told(outcome)] == ["OPERATION_TOO_COMPLEX"]


async def test_too_many_tokens_are_refused(make_engine: Callable[..., Engine]) -> None:
    """The limit of tokens is exact, and comments count."""
    engine = make_engine(max_tokens=8)
    assert (await run(engine, "{ a: greet b: greet }")).errors == []
    for document in ("{ a: greet b: greet greet }", "{ a: greet b: greet } # x"):
        assert told(await run(engine, document)) == [
            ("OPERATION_TOO_COMPLEX", "Document contains more than 8 tokens.")
        ]


async def test_a_document_too_long_for_its_tokens_is_refused(engine: Engine) -> None:
    """A megabyte of blanks or of one string is refused unread."""
    for document in ("{ greet" + " " * 100_000 + "}", '{ greet(name: "' + "x" * 100_000 + '") }'):
        assert told(await run(engine, document)) == [
            ("OPERATION_TOO_COMPLEX", "Source contains more than 100000 code points.")
        ]


@pytest.mark.parametrize(
    "document",
    [
        "{ node " * 2000,
        "{ sum(numbers: " + "[" * 3000 + ") }",
        "{ sum(numbers: " + "{a:" * 1500 + ") }",
        "query ($a: " + "[" * 3000 + ") { greet }",
        "{ ... " * 2000,
    ],
)
async def test_depth_beyond_the_parser_is_refused(engine: Engine, document: str) -> None:
    """Thousands of levels of anything are refused while parsing."""
    outcome = await run(engine, document)
    assert told(outcome) == [("OPERATION_TOO_COMPLEX", "Document is nested too deeply.")]


@pytest.mark.parametrize(
    "template",
    [
        "{ sum(numbers: VALUE) }",
        "{ greet @skip(if: VALUE) }",
        "query ($n: Int = VALUE) { greet }",
        "query @skip(if: VALUE) { greet }",
        "{ ...f @skip(if: VALUE) } fragment f on Query { greet }",
    ],
)
async def test_values_nest_fifty_levels_at_most(engine: Engine, template: str) -> None:
    """A literal within the limit goes to validation, one beyond it nowhere."""
    within = template.replace("VALUE", "[" * 50 + "]" * 50)
    beyond = template.replace("VALUE", "[" * 26 + "{a:" * 25 + "1" + "}" * 25 + "]" * 26)
    assert "OPERATION_TOO_COMPLEX" not in {code for code, _ in told(await run(engine, within))}
    assert told(await run(engine, beyond)) == [
        ("OPERATION_TOO_COMPLEX", "The document holds a value nested more than 50 levels deep.")
    ]


async def test_variables_nest_fifty_levels_at_most(engine: Engine) -> None:
    """A variable beyond the limit is refused, whether the operation declares it or not."""
    value: Any = 1
    for level in range(60):
        value = [value] if level % 2 else {"friend": value}
    assert told(await run(engine, "{ greet }", unused=value)) == [
        ("OPERATION_TOO_COMPLEX", "A variable's value is nested more than 50 levels deep.")
    ]


async def test_a_recursive_input_within_the_limit_is_served(engine: Engine) -> None:
    """Fifty levels of an input object are coerced without exhausting the stack."""
    person: dict[str, Any] = {"name": "in", "number": 1}
    for _ in range(49):
        person = {"name": "out", "number": 1, "friend": person}
    outcome = await run(engine, "query ($p: Person!) { person(person: $p) }", p=person)
    assert outcome == Outcome(executed=True, data={"person": "out"})


async def test_a_field_is_repeated_a_hundred_times_at_most(engine: Engine) -> None:
    """The limit of one response name in one set is exact; other names and other sets do not count."""
    within = "{ node { " + "name " * 100 + "child { " + "name " * 100 + "} a: name } }"
    assert (await run(engine, within)).errors == []
    for beyond in ("name " * 101, "name: name " * 101):
        assert told(await run(engine, f"{{ node {{ {beyond} }} }}")) == [
            ("OPERATION_TOO_COMPLEX", "The document repeats a field more than 100 times.")
        ]


@pytest.mark.parametrize(
    "document",
    [
        "{ " + "... on Query { node { name } } " * 500 + "}",
        "{ " + ("node { child { child { name } } } " * 99) + ("... { node { name } } " * 99) + "}",
    ],
)
async def test_what_exhausts_validation_s_budget_is_refused_soon(engine: Engine, document: str) -> None:
    """Repeating within inline fragments is too complex, and found out in a fraction of a second."""
    start = time.process_time()
    outcome = await run(engine, document)
    assert time.process_time() - start < 2
    assert told(outcome) == [
        ("OPERATION_TOO_COMPLEX", "The document repeats too many fields to be validated.")
    ]


async def test_many_aliases_of_one_fragment_are_within_the_budget(engine: Engine) -> None:
    """A hundred and fifty aliases that spread one fragment validate."""
    aliases = " ".join(f"a{i}: node {{ child {{ ...f }} }}" for i in range(150))
    outcome = await run(
        engine, f"{{ {aliases} }} fragment f on Node {{ name a: name child {{ name b: name }} }}"
    )
    assert outcome.errors == []


@pytest.fixture
def validations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The documents that were validated, in order."""
    seen: list[str] = []

    def spy(schema: Any, ast: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(ast.loc.source.body)
        return graphql.validate(schema, ast, *args, **kwargs)

    monkeypatch.setattr(documents, "validate", spy)
    return seen


def prepare(schema: strawberry.Schema, cached: int) -> Callable[[str], Any]:
    """A cache of so many documents."""
    kept = Documents(schema._schema, Limits(depth=20, fields=5000), max_tokens=5000, cached=cached)
    return kept.prepare


def test_a_document_is_prepared_once(schema: strawberry.Schema, validations: list[str]) -> None:
    """A valid document comes from the cache the second time."""
    get = prepare(schema, 10)
    assert get("{ greet }") is get("{ greet }")
    assert validations == ["{ greet }"]


def test_the_least_recently_used_document_gives_way(
    schema: strawberry.Schema, validations: list[str]
) -> None:
    """Of three documents in a cache of two, the one not asked for again is dropped."""
    get = prepare(schema, 2)
    for text in (
        "{ a: greet }",
        "{ b: greet }",
        "{ a: greet }",
        "{ c: greet }",
        "{ a: greet }",
        "{ b: greet }",
    ):
        get(text)
    assert validations == ["{ a: greet }", "{ b: greet }", "{ c: greet }", "{ b: greet }"]


def test_rubbish_does_not_flush_the_cache(schema: strawberry.Schema, validations: list[str]) -> None:
    """Documents that are invalid or do not parse leave the valid ones in place."""
    get = prepare(schema, 2)
    get("{ greet }")
    for number in range(10):
        assert get(f"{{ nothing{number} }}").errors
        with pytest.raises(RequestError):
            get(f"{{ a{number}")
    get("{ greet }")
    assert validations.count("{ greet }") == 1


def test_large_documents_count_for_more(schema: strawberry.Schema, validations: list[str]) -> None:
    """The cache is bounded by tokens too: one large document takes the place of many."""
    get = prepare(schema, 10)
    large = "{ " + " ".join(f"a{number}: greet" for number in range(300)) + " }"
    for text in ("{ greet }", large, "{ greet }"):
        get(text)
    assert validations == ["{ greet }", large, "{ greet }"]


def test_half_a_character_in_a_document_is_no_crash(schema: strawberry.Schema) -> None:
    """A lone surrogate, which HTTP cannot carry, is a syntax error like another."""
    with pytest.raises(RequestError) as refused:
        prepare(schema, 10)('{ greet(name: "\ud800") }')
    assert refused.value.errors[0]["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
