"""Bodies over HTTP: every malformed one, every content type, and those that are too large."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import orjson
import pytest

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
NO_DIGEST = "`extensions.persistedQuery` holds `version` 1 and the document's SHA-256 as `sha256Hash`."
NO_JSON = "The body is not valid JSON in UTF-8, or is nested too deeply."
NOT_JSON_TYPE = "Send the request with Content-Type: application/json."


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


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The body is empty; send a JSON object with the document in `query`."),
        (b" \n", "The body is empty; send a JSON object with the document in `query`."),
        (b"42", "The body must be a JSON object."),
        (b"null", "The body must be a JSON object."),
        (b"true", "The body must be a JSON object."),
        (b'"{ greet }"', "The body must be a JSON object."),
        (b"[]", "Batching is not offered; send one operation a request."),
        (b'[{"query":"{ greet }"}]', "Batching is not offered; send one operation a request."),
        (b"{}", "`query` is missing; it holds the GraphQL document."),
        (b'{"qeury":"{ greet }"}', "`query` is missing; it holds the GraphQL document."),
        (b'{"query":null}', "`query` is missing; it holds the GraphQL document."),
        (b'{"query":5}', "`query` must be a string."),
        (b'{"query":["{ greet }"]}', "`query` must be a string."),
        (b'{"query":{"a":1}}', "`query` must be a string."),
        (b'{"query":"{ greet }","variables":"x"}', "`variables` must be a JSON object."),
        (b'{"query":"{ greet }","variables":[]}', "`variables` must be a JSON object."),
        (b'{"query":"{ greet }","variables":0}', "`variables` must be a JSON object."),
        (b'{"query":"{ greet }","operationName":5}', "`operationName` must be a string."),
        (b'{"query":"{ greet }","operationName":false}', "`operationName` must be a string."),
        (b'{"query":"{ greet }","extensions":1}', "`extensions` must be a JSON object."),
        (b'{"query":"{ greet }","extensions":[]}', "`extensions` must be a JSON object."),
        (b'{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"0"}}}', NO_DIGEST),
        (b'{"query":"{ greet }","extensions":{"persistedQuery":{"version":1}}}', NO_DIGEST),
        (b'{"query":"{ greet }","extensions":{"persistedQuery":[]}}', NO_DIGEST),
        (b'{"query":"{ greet }","extensions":{"persistedQuery":{"version":2,"sha256Hash":"'
         + b"0" * 64 + b'"}}}', NO_DIGEST),
        (b'{"query":"{ greet }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"'
         + b"0" * 64 + b'"}}}', "`extensions.persistedQuery.sha256Hash` is not that of `query`."),
        (b'{"documentId":"sha256:0"}', "`query` is missing; it holds the GraphQL document."),
        (b'{"id":"0"}', "`query` is missing; it holds the GraphQL document."),
        (b"NONSENSE", NO_JSON),
        (b'{"query":', NO_JSON),
        (b'{"query":"{ greet }"} x', NO_JSON),
        (b'{"query":"\xff"}', NO_JSON),
        ('{"query":"{ greet }"}'.encode("utf-16"), NO_JSON),
        (b'\xef\xbb\xbf{"query":"{ greet }"}', NO_JSON),
        (b'{"query":"\\ud800"}', NO_JSON),
        (b'{"query":"{ greet }","variables":{"a":NaN}}', NO_JSON),
        (b'{"query":"{ greet }","variables":{"a":Infinity}}',
         NO_JSON),
        (b"{'query':'{ greet }'}", NO_JSON),
        (b"[" * 100_000, NO_JSON),
        (b"[" * 100_000 + b"]" * 100_000, NO_JSON),
        (b'{"a":' * 100_000, NO_JSON),
        (b'{"query":"{ greet }","variables":{"a":' + b"[" * 5000 + b"]" * 5000 + b"}}",
         NO_JSON),
    ],
    ids=lambda value: repr(value[:60]) if isinstance(value, bytes) else "",
)  # fmt: skip
async def test_a_malformed_body_is_400_with_a_sentence(
    client: httpx.AsyncClient, body: bytes, message: str
) -> None:
    """Whatever is no GraphQL request is refused with what is wrong, in either media type."""
    for media in (GRAPHQL, JSON):
        assert refusal(await post(client, body, {"accept": media})) == (400, "BAD_REQUEST", message)


@pytest.mark.parametrize(
    "body",
    [
        b'{"query":"{ nothing }","query":"{ greet }"}',
        b'{"query":"{ greet }","variables":null,"operationName":null,"extensions":null}',
        b'{"query":"{ greet }","surplus":1,"id":null}',
        b'{"query":"{ greet }","extensions":{"persistedQuery":null}}',
        b' {"query":"{ greet }"}\n',
    ],
)
async def test_an_unusual_body_that_is_well_formed_is_served(client: httpx.AsyncClient, body: bytes) -> None:
    """Of a key given twice the last counts, null is as good as absent, and unknown keys are ignored."""
    assert (await post(client, body)).json() == {"data": {"greet": "Hello, world!"}}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
        "application/json; x=y",
    ],
)
async def test_json_in_utf8_is_taken(client: httpx.AsyncClient, content_type: str) -> None:
    """The content type may be written in any way that means JSON in UTF-8."""
    response = await post(client, {"query": '{ greet(name: "🏊") }'}, {"content-type": content_type})
    assert response.json() == {"data": {"greet": "Hello, 🏊!"}}


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"content-type": "text/plain"}, NOT_JSON_TYPE),
        ({"content-type": "application/x-www-form-urlencoded"},
         NOT_JSON_TYPE),
        ({"content-type": "multipart/form-data; boundary=x"},
         NOT_JSON_TYPE),
        ({"content-type": "application/graphql"}, NOT_JSON_TYPE),
        ({"content-type": "application/jsonp"}, NOT_JSON_TYPE),
        ({"content-type": "text/plain; application/json"}, NOT_JSON_TYPE),
        ({"content-type": ""}, NOT_JSON_TYPE),
        ({"content-type": "application/json; charset=utf-16"}, "Send the request in UTF-8."),
        ({"content-encoding": "gzip"}, "Send the request without a Content-Encoding."),
    ],
)  # fmt: skip
async def test_another_content_type_is_415(
    client: httpx.AsyncClient, headers: dict[str, str], message: str
) -> None:
    """What a browser could send unasked, other charsets and packed bodies are refused."""
    response = await post(client, {"query": "{ greet }"}, headers)
    assert refusal(response) == (415, "UNSUPPORTED_MEDIA_TYPE", message)


async def test_a_missing_content_type_is_415(client: httpx.AsyncClient) -> None:
    """A body without a content type is refused."""
    response = await client.post("/graphql", content=b'{"query":"{ greet }"}')
    assert refusal(response)[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")


async def chunks(count: int, sent: list[int]) -> AsyncIterator[bytes]:
    """A body of so many chunks of 100 KB, noting each that is asked for."""
    for number in range(count):
        sent.append(number)
        yield b" " * 100_000


async def test_a_declared_body_over_the_limit_is_413_unread(client: httpx.AsyncClient) -> None:
    """Content-Length alone is enough to refuse."""
    sent: list[int] = []
    headers = {"content-type": JSON, "content-length": "2000000"}
    response = await client.post("/graphql", content=chunks(20, sent), headers=headers)
    assert refusal(response) == (413, "PAYLOAD_TOO_LARGE", "The body is larger than 1000000 bytes.")
    assert response.headers["connection"] == "close"
    assert sent == []


@pytest.mark.parametrize("digits", [20, 5000])
async def test_an_absurd_content_length_is_400(client: httpx.AsyncClient, digits: int) -> None:
    """More digits than a 64-bit number has are no length, however many they are."""
    headers = {"content-type": JSON, "content-length": "9" * digits}
    response = await client.post("/graphql", content=chunks(1, []), headers=headers)
    assert refusal(response) == (400, "BAD_REQUEST", "Content-Length is not the length of a body.")
    assert response.headers["connection"] == "close"


async def test_a_chunked_body_over_the_limit_is_413_without_reading_on(client: httpx.AsyncClient) -> None:
    """Without a declared length, reading stops as soon as the limit is passed."""
    sent: list[int] = []
    response = await client.post("/graphql", content=chunks(1000, sent), headers={"content-type": JSON})
    assert refusal(response)[:2] == (413, "PAYLOAD_TOO_LARGE")
    assert len(sent) == 11


async def test_a_body_of_exactly_the_limit_is_read(client: httpx.AsyncClient) -> None:
    """The limit itself is within it."""
    body = b'{"query":"{ greet }"}'
    assert (await post(client, body + b" " * (1_000_000 - len(body)))).status_code == 200
    assert (await post(client, body + b" " * (1_000_001 - len(body)))).status_code == 413


async def test_a_real_server_refuses_a_large_body_before_it_comes(server_url: str) -> None:
    """The headers alone get a 413, and the connection is closed, for the body can no longer be told apart."""
    host, port = server_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /graphql HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: application/json\r\nContent-Length: 2000000\r\n\r\n"
    )
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b'"extensions":{"code":"PAYLOAD_TOO_LARGE"}}]}')
