"""Arbitrary requests: none of them is ever our fault, and no error repeats what was sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Message

from gateway.endpoint import GraphQLEndpoint

SECRET = "440305199001011234"
JSON_BODY = {"content-type": b"application/json"}
BOTH = "application/graphql-response+json, application/json;q=0.9"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
tokens = st.sampled_from(
    [
        *("query", "mutation", "subscription", "fragment", "on", "f", "Query", "Node", "Person", "Int", "$v"),
        *(
            "greet",
            "name",
            "sum",
            "numbers",
            "node",
            "child",
            "person",
            "half",
            "of",
            "broken",
            "secret",
            "wait",
        ),
        *(
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            ":",
            "=",
            "!",
            "|",
            "&",
            "...",
            "@skip",
            "@include",
            "if",
            "#",
            ",",
            '"',
        ),
        *("true", "null", "1.5", SECRET, f'"{SECRET}"', f'"""{SECRET}"""', f"{SECRET}.5", "\\", "é", "\0"),
    ]
)
documents = st.lists(tokens, max_size=25).map(" ".join)
"""Token soup: nearly GraphQL."""

literals = st.sampled_from(
    [SECRET, f'"{SECRET}"', f"[{SECRET}]", f'{{name: "{SECRET}"}}', f"{SECRET}.5", "null"]
)
calls = st.sampled_from(
    [
        "{{ greet(name: {0}) }}",
        "{{ sum(numbers: {0}) }}",
        "{{ person(person: {0}) }}",
        "{{ person(person: {{name: {0}, number: {0}, friend: {0}}}) }}",
        "{{ half(of: {0}) }}",
        "{{ broken(secret: {0}) }}",
        "{{ greet @skip(if: {0}) }}",
        "query ($v: Int = {0}) {{ sum(numbers: [$v]) }}",
        "{{ greet {0} }}",
        "{{ greet(name: {0} }}",
    ]
)


async def send(
    endpoint: GraphQLEndpoint,
    method: str,
    body: bytes,
    headers: Mapping[str, bytes],
    query_string: bytes = b"",
) -> httpx.Response:
    """Send one request to the endpoint as a server would: no client could send all of these."""
    sent: list[Message] = []

    async def receive() -> Message:
        if sent or received:
            return await asyncio.Future()
        received.append(True)
        return {"type": "http.request", "body": body, "more_body": False}

    async def note(message: Message) -> None:
        sent.append(message)

    received: list[bool] = []
    scope = {
        "type": "http",
        "method": method,
        "path": "/graphql",
        "query_string": query_string,
        "headers": [(name.encode(), value) for name, value in headers.items()],
    }
    await endpoint(scope, receive, note)
    start, end = sent
    return httpx.Response(start["status"], headers=start["headers"], content=end["body"])


def check(response: httpx.Response) -> dict[str, Any]:
    """A response must be GraphQL's, and no fault of ours."""
    assert response.status_code < 500
    assert response.headers["content-type"].partition(";")[0] in BOTH
    body: dict[str, Any] = orjson.loads(response.content)
    assert body.keys() <= {"data", "errors", "extensions"}
    assert "data" in body or body["errors"]
    assert all(error["message"] and error["extensions"]["code"] for error in body.get("errors", ()))
    return body


@given(body=st.binary(max_size=200))
async def test_arbitrary_bytes_are_refused(shared_endpoint: GraphQLEndpoint, body: bytes) -> None:
    """Bytes that are no request get 400."""
    response = await send(shared_endpoint, "POST", body, JSON_BODY)
    assert check(response)["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert response.status_code == 400


@given(body=json_values)
async def test_arbitrary_json_is_no_fault_of_ours(shared_endpoint: GraphQLEndpoint, body: object) -> None:
    """Any JSON at all is answered with less than 500."""
    check(await send(shared_endpoint, "POST", encode(body), JSON_BODY))


@given(
    body=st.fixed_dictionaries(
        {"query": documents | json_values},
        optional={
            "operationName": json_values | st.sampled_from(["f", "Query"]),
            "variables": json_values | st.fixed_dictionaries({"v": json_values}),
            "extensions": json_values,
        },
    ),
    accept=st.sampled_from([BOTH, "application/json"]),
)
@settings(max_examples=300)
async def test_requests_of_the_right_form_are_no_fault_of_ours(
    shared_endpoint: GraphQLEndpoint, body: object, accept: str
) -> None:
    """The right keys with any values, documents of token soup among them, are answered with less than 500."""
    headers = {**JSON_BODY, "accept": accept.encode()}
    check(await send(shared_endpoint, "POST", encode(body), headers))


@given(query_string=st.binary(max_size=80) | documents.map(lambda text: b"query=" + text.encode()))
async def test_arbitrary_query_strings_are_no_fault_of_ours(
    shared_endpoint: GraphQLEndpoint, query_string: bytes
) -> None:
    """Whatever stands behind the question mark is answered with less than 500."""
    check(await send(shared_endpoint, "GET", b"", {}, query_string))


@given(
    headers=st.dictionaries(
        st.sampled_from(
            [
                "accept",
                "content-type",
                "origin",
                "referer",
                "sec-fetch-site",
                "content-encoding",
                "user-agent",
            ]
        ),
        st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=40)
        | st.sampled_from(["*/*;q=", ";;;", "a/b;q=0.5;q=x", "http://[", "null", "application/json;charset"]),
    ),
    method=st.sampled_from(["GET", "POST", "PUT", "OPTIONS"]),
)
async def test_arbitrary_headers_are_no_fault_of_ours(
    shared_endpoint: GraphQLEndpoint, headers: dict[str, str], method: str
) -> None:
    """Nonsense in any header that is read is answered with less than 500."""
    raw = {name: value.strip().encode("latin-1") for name, value in headers.items()}
    response = await send(shared_endpoint, method, b'{"query":"{greet}"}', raw)
    if not response.headers["content-type"].startswith("text/html"):
        check(response)


@given(
    call=calls, literal=literals, variables=st.sampled_from([{}, {"v": SECRET}, {"v": {"name": [SECRET]}}])
)
async def test_no_error_repeats_a_value(
    shared_endpoint: GraphQLEndpoint, call: str, literal: str, variables: dict[str, object]
) -> None:
    """Wherever a literal or a variable stands, well or wrongly, no error shows it."""
    body = encode({"query": call.format(literal), "variables": variables})
    answer = check(await send(shared_endpoint, "POST", body, JSON_BODY))
    assert SECRET not in str(answer.get("errors"))


def encode(body: object) -> bytes:
    """Write JSON as the standard library does: integers of any size, surrogates escaped."""
    return json.dumps(body).encode()
