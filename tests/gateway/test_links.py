"""Links and ids: what a source is asked for stays below its address (respx, and a raw socket)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest
import respx

from connectors.kit import Code, SourceError
from gateway.sources import ApiKeyCredential, SourceConfig
from gateway.upstream.client import HttpUpstream, open_upstream
from gateway.upstream.transport import pooled_transport
from schema.core.scalars import CHINA
from tests.gateway.test_upstream import BASE, code_of, read, upstream

NOW = datetime(2026, 11, 24, tzinfo=CHINA)


@pytest.fixture
def wire() -> Any:
    with respx.mock(base_url="http://upstream.test", assert_all_called=False) as router:
        yield router


@pytest.mark.parametrize(
    "link",
    [
        "http://elsewhere.test/api/n",
        "https://upstream.test/api/n",
        "http://upstream.test:81/api/n",
        "http://upstream.test/other/n",
        "http://upstream.test/api/../other",
        "../other",
        "http://upstream.test/api/%2e%2e/other",
        "http://upstream.test/api/.%2E/other",
        "http://upstream.test/api/..\\other",
        "http://upstream.test/api/x%5c..%5c..%5cother",
        "http://upstream.test/api/x/..%3B/other",
        "http://u:p@upstream.test/api/n",
        "%2e%2e/other",
        "n/..%2F..%2Fother",
        "n/a%2F.%2Fb",
        "//upstream.test/other",
    ],
)
async def test_a_link_out_of_the_source_is_not_followed(wire: respx.Router, link: str) -> None:
    """A `next` link to another origin or path would carry the credential there: nothing is sent."""
    async with upstream() as source:
        with pytest.raises(SourceError) as caught:
            await read(source, link)
    assert caught.value.code is Code.SOURCE_MALFORMED
    assert not wire.calls


async def test_a_link_inside_the_source_keeps_its_query(wire: respx.Router) -> None:
    """A `next` link is followed as it was given."""
    route = wire.get("/api/n", params={"page": "abc=="}).respond(json=[2])
    async with upstream() as source:
        assert await read(source, f"{BASE}/n?page=abc%3D%3D") == [2]
    assert str(route.calls.last.request.url) == f"{BASE}/n?page=abc%3D%3D"


async def test_a_link_to_the_base_itself_is_inside(wire: respx.Router) -> None:
    """Some servers page at the base without its slash (`/fhir?page=2`)."""
    route = wire.get("/api", params={"page": "2"}).respond(json=[2])
    async with upstream() as source:
        assert await read(source, f"{BASE}?page=2") == [2]
    assert route.call_count == 1


@pytest.mark.parametrize(
    "link", ["http://[::1", "n\x00", "n\n", "http://upstream.test:port/api/n", "n" * 70_000]
)
async def test_a_link_that_is_no_address_is_the_sources_fault(wire: respx.Router, link: str) -> None:
    """What no parser reads is SOURCE_MALFORMED, and is not quoted."""
    async with upstream() as source:
        with pytest.raises(SourceError) as caught:
            await read(source, link)
    assert (caught.value.code, caught.value.detail) == (Code.SOURCE_MALFORMED, "a link that is no address")
    assert not wire.calls


async def test_a_key_in_the_query_is_sent_once(wire: respx.Router) -> None:
    """A `next` link that echoes the key, or another's, is asked for with ours alone."""
    route = wire.get("/api/n").respond(json=[1])
    async with upstream(ApiKeyCredential(query="api_key", secret_env="X"), "k") as source:
        await read(source, f"{BASE}/n?api_key=k&page=2")
        await read(source, f"{BASE}/n?page=3&api_key=old&api_key=older")
    assert [call.request.url.query for call in route.calls] == [b"api_key=k&page=2", b"page=3&api_key=k"]


@asynccontextmanager
async def raw_server(answer: bytes) -> AsyncIterator[tuple[str, list[str]]]:
    """A server of one answer, which keeps the first line of each request."""
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            seen.append(head.partition(b"\r\n")[0].decode())
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api", seen


@asynccontextmanager
async def pooled(url: str) -> AsyncIterator[HttpUpstream]:
    config = SourceConfig(id="s", name="S", connector="x", url=url)
    async with open_upstream(config, "", transport=pooled_transport(), now=lambda: NOW) as source:
        yield source


LINKS = [
    *("%2e%2e/admin", "{}/%2e%2e/admin", "{}/..", "{}/.%2E/admin", "{}/..\\admin", "{}/..%5cadmin"),
    *("n/..%2F..%2Fadmin", "n/%2e%2e%2f%2e%2e%2fadmin", "/../admin", "//evil/api", "\\evil\\api"),
]


async def test_nothing_leaves_the_source_on_the_real_transport() -> None:
    """pyreqwest resolves what httpx leaves alone: no such link reaches the server; an odd id does."""
    async with (
        raw_server(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\n[1]") as (
            url,
            seen,
        ),
        pooled(url) as source,
    ):
        for link in LINKS:
            assert await code_of(source, link.format(url)) is Code.SOURCE_MALFORMED, link
        assert seen == []
        assert await read(source, f"n/{quote('..a/b..%2e', safe='')}") == [1]
    assert seen == ["GET /api/n/..a%2Fb..%252e HTTP/1.1"]


async def test_a_header_that_is_no_text_is_the_sources_fault() -> None:
    """pyreqwest's ValueError for a byte beyond ASCII is SOURCE_MALFORMED after one call."""
    answer = b"HTTP/1.1 200 OK\r\nx-a: \xe9\r\ncontent-length: 3\r\n\r\n[1]"
    async with raw_server(answer) as (url, seen), pooled(url) as source:
        with pytest.raises(SourceError) as caught:
            await read(source)
    assert (caught.value.code, caught.value.detail) == (Code.SOURCE_MALFORMED, "ValueError")
    assert len(seen) == 1
