"""Requests over HTTP: methods, media types, statuses, and queries by GET."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import orjson
import pytest

from gateway.endpoint import GraphQLEndpoint
from gateway.execution.operation import Operation, Outcome

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
NO_JSON = "The body is not valid JSON in UTF-8, or is nested too deeply."
BOTH = f"{GRAPHQL}, {JSON};q=0.9"


async def post(
    client: httpx.AsyncClient, body: bytes | Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """POST a body as JSON."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return await client.post("/graphql", content=content, headers={"content-type": JSON, **(headers or {})})


def refusal(response: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of a response that holds one error and no data."""
    assert set(response.json()) == {"errors"}
    [error] = response.json()["errors"]
    return response.status_code, error["extensions"]["code"], error["message"]


async def test_a_query_is_answered(client: httpx.AsyncClient) -> None:
    """The whole of a plain answer: status, headers and bytes."""
    response = await post(client, {"query": "{ greet }"}, {"accept": BOTH})
    assert response.status_code == 200
    assert response.content == b'{"data":{"greet":"Hello, world!"}}'
    assert dict(response.headers) == {
        "content-type": "application/graphql-response+json; charset=utf-8",
        "content-length": "34",
        "cache-control": "no-store",
        "vary": "accept, accept-encoding",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
    }


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("*/*;q=0.1", JSON),
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("APPLICATION/JSON", JSON),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON}", JSON),
        (f"{JSON};q=0.5, {GRAPHQL};q=0.6", GRAPHQL),
        (f"{GRAPHQL}, */*", GRAPHQL),
        (f"{GRAPHQL};q=0.5, */*", JSON),
        (f"{JSON};q=0, */*", GRAPHQL),
        (f"{GRAPHQL};q=0, application/*;q=0.3", JSON),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        (f'{GRAPHQL}; charset="UTF-8"', GRAPHQL),
        (f"{GRAPHQL}; charset=utf-16, {JSON}", JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        (f"nonsense, {GRAPHQL};q=many, {JSON};q=0.2", JSON),
        (f"text/event-stream, {GRAPHQL}", GRAPHQL),
    ],
)
async def test_accept_chooses_the_media_type(
    client: httpx.AsyncClient, accept: str | None, media: str
) -> None:
    """Weights, wildcards, charsets and a missing header choose as RFC 9110 has it."""
    if accept is None:
        del client.headers["accept"]
    response = await post(client, {"query": "{ greet }"}, {} if accept is None else {"accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, f"{media}; charset=utf-8")


@pytest.mark.parametrize(
    "accept",
    ["text/html", "image/*", f"{JSON};q=0", "*/*;q=0", f"{JSON};charset=latin1", "nonsense", "a/b/c"],
)
async def test_nothing_acceptable_is_406(client: httpx.AsyncClient, accept: str) -> None:
    """A client that takes neither media type is told so, in JSON."""
    response = await post(client, {"query": "{ greet }"}, {"accept": accept})
    assert refusal(response) == (
        406,
        "NOT_ACCEPTABLE",
        "The response can be application/graphql-response+json or application/json; accept either.",
    )
    assert response.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("body", "code", "graphql", "json"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED", 400, 200),
        ({"query": ""}, "GRAPHQL_PARSE_FAILED", 400, 200),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED", 400, 200),
        ({"query": "{ greet }", "operationName": "X"}, "OPERATION_RESOLUTION_FAILURE", 400, 200),
        ({"query": "query ($n: Int!) { sum(numbers: [$n]) }"}, "BAD_USER_INPUT", 400, 200),
        ({"query": "{ a: greet" + " b: greet" * 5000 + "}"}, "OPERATION_TOO_COMPLEX", 400, 200),
        ({"query": "{ refused }"}, "BAD_USER_INPUT", 294, 200),
        ({"query": "{ broken }"}, "INTERNAL", 294, 200),
        ({"query": "{ required }"}, "INTERNAL", 294, 200),
        ({"query": "{ partly }"}, "SOURCE_UNAVAILABLE", 294, 200),
        ({"query": 1}, "BAD_REQUEST", 400, 400),
    ],
)
async def test_the_status_depends_on_the_media_type(
    client: httpx.AsyncClient, body: dict[str, Any], code: str, graphql: int, json: int
) -> None:
    """JSON says 200 to every well-formed request; the GraphQL media type says what became of it."""
    for media, status in ((GRAPHQL, graphql), (JSON, json)):
        response = await post(client, body, {"accept": media})
        assert response.status_code == status
        assert response.headers["content-type"] == f"{media}; charset=utf-8"
        assert response.json()["errors"][0]["extensions"]["code"] == code
        assert ("data" in response.json()) == (graphql == 294)


async def test_partial_errors_and_extensions_are_in_the_body(client: httpx.AsyncClient) -> None:
    """Errors come first, then data, then extensions."""
    response = await post(client, {"query": "{ partly }"})
    assert response.content == (
        b'{"errors":[{"message":"library cannot be reached at the moment.",'
        b'"extensions":{"code":"SOURCE_UNAVAILABLE","source":"library"},"path":["partly"]}],'
        b'"data":{"partly":["whole"]},"extensions":{"visits":1}}'
    )


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
async def test_another_method_is_405(client: httpx.AsyncClient, method: str) -> None:
    """Only GET and POST are served, as Allow says; CORS is not offered."""
    response = await client.request(method, "/graphql", headers={"origin": "https://evil.example"})
    assert refusal(response) == (405, "METHOD_NOT_ALLOWED", "Send GraphQL requests by GET or POST.")
    assert response.headers["allow"] == "GET, POST"
    assert not [name for name in response.headers if name.startswith("access-control-")]


async def test_head_is_405_without_a_body(server_url: str) -> None:
    """HEAD is refused by a real server, headers only."""
    async with httpx.AsyncClient() as http:
        response = await http.head(f"{server_url}/graphql?query={{greet}}")
    assert (response.status_code, response.headers["allow"], response.content) == (405, "GET, POST", b"")


async def test_a_query_is_answered_by_get(client: httpx.AsyncClient) -> None:
    """All four parameters work in a query string; variables and extensions are JSON in it."""
    params = {
        "query": "query A { greet } query B($n: [Int!]!) { sum(numbers: $n) }",
        "operationName": "B",
        "variables": '{"n": [1, 2]}',
        "extensions": "{}",
        "utm_source": "x",
    }
    response = await client.get("/graphql", params=params)
    assert (response.status_code, response.json()) == (200, {"data": {"sum": 3}})


async def test_empty_parameters_are_absent_ones(client: httpx.AsyncClient) -> None:
    """An empty operationName, variables or extensions counts as none."""
    response = await client.get("/graphql?query={greet}&operationName=&variables=&extensions=")
    assert response.json() == {"data": {"greet": "Hello, world!"}}


@pytest.mark.parametrize(
    ("query_string", "message"),
    [
        ("", "`query` is missing; it holds the GraphQL document."),
        ("variables={}", "`query` is missing; it holds the GraphQL document."),
        ("query={greet}&variables=x", NO_JSON.replace("The body", "The parameter `variables`")),
        ("query={greet}&variables=[]", "`variables` must be a JSON object."),
        ("query={greet}&variables=%22x%22", "`variables` must be a JSON object."),
        ("query={greet}&extensions=1", "`extensions` must be a JSON object."),
        ("query={greet}&query={greet}", "The query string gives a parameter more than once."),
        ("query=%ff", "The query string is not form-encoded UTF-8."),
        ("query=%ed%a0%80", "The query string is not form-encoded UTF-8."),
        ("query={greet}" + "&a=1" * 100, "The query string is not form-encoded UTF-8."),
        ("query={greet}&variables=" + "[" * 5000,
         NO_JSON.replace("The body", "The parameter `variables`")),
        ("extensions={%22persistedQuery%22:{}}",
         "`extensions.persistedQuery` holds `version` 1 and the document's SHA-256 as `sha256Hash`."),
    ],
    ids=lambda value: value[:40],
)  # fmt: skip
async def test_a_malformed_query_string_is_400(
    client: httpx.AsyncClient, query_string: str, message: str
) -> None:
    """A GET that is no GraphQL request is refused with what is wrong."""
    assert refusal(await client.get(f"/graphql?{query_string}")) == (400, "BAD_REQUEST", message)


@pytest.mark.parametrize("media", [GRAPHQL, JSON])
@pytest.mark.parametrize("document", ["mutation{touch}", "mutation{nothing}", "subscription{ticks}"])
async def test_only_queries_run_by_get(client: httpx.AsyncClient, document: str, media: str) -> None:
    """A mutation by GET is 405 in either media type, and Allow names POST."""
    response = await client.get(f"/graphql?query={document}", headers={"accept": media})
    assert refusal(response) == (405, "METHOD_NOT_ALLOWED", "Only queries are executed by GET; use POST.")
    assert response.headers["allow"] == "POST"


async def test_a_browser_that_asks_for_no_operation_gets_the_page(client: httpx.AsyncClient) -> None:
    """GET with HTML preferred shows GraphiQL; with a query, or JSON as welcome as HTML, it does not."""
    html = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    page = await client.get("/graphql", headers=html)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (await client.get("/graphql?query={greet}", headers=html)).json() == {
        "data": {"greet": "Hello, world!"}
    }
    assert (
        await client.get("/graphql", headers={"accept": "application/json, text/html"})
    ).status_code == 400


async def test_half_a_character_from_a_source_spoils_no_answer(client: httpx.AsyncClient) -> None:
    """A lone surrogate in one field is replaced, and the rest of the answer stands."""
    response = await post(client, {"query": "{ surrogate greet }"})
    assert response.json() == {"data": {"surrogate": "a?b", "greet": "Hello, world!"}}


@pytest.mark.parametrize(
    "outcome",
    [RuntimeError("hunter2"), Outcome(executed=True, data={"x": object()})],
    ids=["raises", "gives what is no JSON"],
)
@pytest.mark.parametrize("media", [GRAPHQL, JSON])
async def test_a_bug_in_execution_is_500_and_tells_nothing(outcome: Outcome | Exception, media: str) -> None:
    """An exception out of `execute`, or an outcome that is no JSON, gives one sentence and no trace."""

    async def execute(_operation: Operation, /) -> Outcome:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    transport = httpx.ASGITransport(GraphQLEndpoint(execute))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        response = await post(client, {"query": "{ greet }"}, {"accept": media})
    assert refusal(response) == (500, "INTERNAL", "Something went wrong on our side.")
    assert response.headers["content-type"] == f"{media}; charset=utf-8"
