"""Compression: which coding a response takes, when it is worth it, and that each packing is done once."""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import httpx
import pytest
from backports import zstd

from gateway.endpoint import GraphQLEndpoint
from gateway.execution.operation import Execute, Operation, Outcome
from gateway.execution.written import LONG
from gateway.http import coding
from gateway.http.coding import CODINGS, Coding, negotiate_coding

UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: zlib.decompress(body, 31),
    "br": brotli.decompress,
    "zstd": zstd.decompress,
}
BODY = b'{"data":{"text":"%b"}}'


def answering(size: int, fresh_s: float = 0.0) -> Execute:
    """Answer anything with a body of exactly so many bytes, the same outcome each time."""
    outcome = Outcome(
        executed=True, data={"text": "龙" + "x" * (size - len(BODY % b"") - 3)}, fresh_s=fresh_s
    )
    assert len(outcome.written.body) == size

    async def execute(_operation: Operation, /) -> Outcome:
        return outcome

    return execute


async def ask(
    execute: Execute, accept_encoding: str | None, *, method: str = "POST", **headers: str
) -> tuple[httpx.Response, bytes]:
    """Ask once; gives the response and its body as it was sent."""
    transport = httpx.ASGITransport(GraphQLEndpoint(execute))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        del client.headers["accept-encoding"]
        if accept_encoding is not None:
            headers["accept-encoding"] = accept_encoding
        url = "/graphql" if method == "POST" else "/graphql?query={text}"
        json: Any = {"query": "{ text }"} if method == "POST" else None
        async with client.stream(method, url, json=json, headers=headers) as response:
            return response, b"".join([chunk async for chunk in response.aiter_raw()])


@pytest.mark.parametrize(
    ("accept_encoding", "chosen", "plain"),
    [
        (None, None, True),
        ("", None, True),
        (" , ", None, True),
        ("identity", None, True),
        ("gzip", "gzip", True),
        ("GZip", "gzip", True),
        ("x-gzip", "gzip", True),
        ("br", "br", True),
        ("zstd", "zstd", True),
        ("deflate", None, True),
        ("gzip, deflate, br, zstd", "zstd", True),
        ("gzip, deflate, br", "br", True),
        ("gzip;q=1.0, br;q=0.9, zstd;q=0.8", "gzip", True),
        ("gzip;q=0.5, br;q=0.5", "br", True),
        ("gzip;q=0, br;q=0, zstd;q=0", None, True),
        ("*", "zstd", True),
        ("*, gzip", "gzip", True),
        ("*;q=0.5, gzip;q=0.4", "zstd", True),
        ("zstd;q=0, *", "br", True),
        ("*;q=0", None, False),
        ("*;q=0, gzip", "gzip", False),
        ("*;q=0, identity", None, True),
        ("identity;q=0", None, False),
        ("identity;q=0, br", "br", False),
        ("identity;q=0, *", "zstd", False),
        ("identity;q=1, gzip;q=0.5", None, True),
        ("identity;q=0.5, gzip;q=0.5", "gzip", True),
        ("identity;q=0.1, gzip", "gzip", True),
        ("gzip;q=2, br;q=x, zstd;q=-1", None, True),
        ("gzip ; q=0.3 , br;q=0.2", "gzip", True),
    ],
)
def test_accept_encoding_chooses(accept_encoding: str | None, chosen: str | None, plain: bool) -> None:
    """Weights, names before wildcards, our order where the client has none; a plain body unless refused."""
    accepted = negotiate_coding(None if accept_encoding is None else accept_encoding.encode())
    assert (accepted.best and accepted.best.name.decode(), accepted.plain) == (chosen, plain)


@pytest.mark.parametrize("size", [1024, LONG, 3 * LONG])
@pytest.mark.parametrize("name", ["gzip", "br", "zstd"])
async def test_a_packed_body_is_the_plain_one(name: str, size: int) -> None:
    """Each coding gives back the same bytes, be they packed here or in a thread; headers tell of it."""
    execute = answering(size)
    plain, whole = await ask(execute, None)
    assert "content-encoding" not in plain.headers
    response, body = await ask(execute, name)
    assert UNPACK[name](body) == whole
    assert len(body) < len(whole) / 10
    assert response.status_code == 200
    assert dict(response.headers) == {
        "content-type": "application/json; charset=utf-8",
        "content-encoding": name,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "vary": "accept, accept-encoding",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
    }


async def test_a_short_body_goes_as_it_is() -> None:
    """From 1,024 bytes packing is worth it; where a plain body is refused, before too."""
    for size, accept_encoding, sent in (
        (1023, "gzip, br, zstd", None),
        (1024, "gzip, br, zstd", "zstd"),
        (100, "gzip, identity;q=0", "gzip"),
        (5000, None, None),
        (5000, "identity", None),
    ):
        response, body = await ask(answering(size), accept_encoding)
        assert response.headers.get("content-encoding") == sent
        assert (len(body) == size) == (sent is None)


async def test_nothing_acceptable_is_406_and_nothing_is_executed() -> None:
    """A client that takes neither a plain body nor any of our codings is told so, in a plain body."""

    async def execute(_operation: Operation, /) -> Outcome:
        raise AssertionError("executed")

    for accept_encoding in ("identity;q=0", "*;q=0", "deflate, identity;q=0"):
        response, body = await ask(execute, accept_encoding)
        assert response.status_code == 406
        assert body == (
            b'{"errors":[{"message":"The response can come as it is, or packed by zstd, br or gzip; accept'
            b' any of these.","extensions":{"code":"NOT_ACCEPTABLE"}}]}'
        )


async def test_a_refusal_is_packed_where_a_plain_body_is_refused() -> None:
    """What HTTP refuses takes the form that the client takes."""
    response, body = await ask(answering(100), "gzip, identity;q=0", **{"content-type": "text/plain"})
    assert (response.status_code, response.headers["content-encoding"]) == (415, "gzip")
    assert b"UNSUPPORTED_MEDIA_TYPE" in UNPACK["gzip"](body)


async def test_head_has_no_body_to_pack() -> None:
    """HEAD is 405 as ever, its headers those of a plain refusal."""
    response, body = await ask(answering(5000), "gzip, br, zstd", method="HEAD")
    assert (response.status_code, body, "content-encoding" in response.headers) == (405, b"", False)


@pytest.mark.parametrize(("size", "here"), [(LONG - 1, True), (LONG, False)])
async def test_a_body_is_packed_once_and_a_long_one_in_a_thread(
    monkeypatch: pytest.MonkeyPatch, size: int, here: bool
) -> None:
    """However many are given one outcome, each coding's work is done once; a long one's off the loop."""
    packed: list[tuple[str, bool]] = []

    def noting(kept: Coding) -> Coding:
        def pack(body: bytes) -> bytes:
            packed.append((kept.name.decode(), threading.current_thread() is threading.main_thread()))
            return kept.pack(body)

        return Coding(kept.name, pack)

    monkeypatch.setattr(coding, "CODINGS", tuple(map(noting, CODINGS)))
    negotiate_coding.cache_clear()
    execute = answering(size)
    try:
        answers = await asyncio.gather(*(ask(execute, name) for name in ("gzip", "br") * 10))
    finally:
        negotiate_coding.cache_clear()
    assert len({body for _, body in answers}) == 2
    assert sorted(packed) == [("br", here), ("gzip", here)]
