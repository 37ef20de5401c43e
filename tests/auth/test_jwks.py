"""JWKS: keys that are rotated, in a file and at an address, and what is trusted while they cannot be read."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from gateway.auth.identity import SignOnUnavailable
from gateway.auth.jwks import FetchedKeys, FileKeys
from gateway.request import request_scope
from gateway.sources import ConfigurationError
from gateway.upstream.document import fault_of_document
from gateway.upstream.transport import HttpxTransport
from tests.auth.issuers import ed25519_key, jwks
from tests.gateway.test_cancellation import until

A, B = ed25519_key("a"), ed25519_key("b")
URL = "https://sign-on.test/jwks"


class Clock:
    """Seconds that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


# A file


def put(path: Path, content: bytes) -> None:
    """Replace a file as whoever rotates keys should."""
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(path)


async def test_a_file_is_read_again_when_it_is_replaced(tmp_path: Path) -> None:
    """A new key counts at once, and one that is gone no more."""
    path = tmp_path / "jwks.json"
    put(path, jwks(A))
    keys = FileKeys(path)
    assert await keys.find("a", "Ed25519") is not None
    assert await keys.find("b", "Ed25519") is None
    put(path, jwks(B))
    assert await keys.find("b", "Ed25519") is not None
    assert await keys.find("a", "Ed25519") is None


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: put(path, b"{}")])
async def test_a_file_that_is_spoilt_changes_nothing(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """The keys that were in it go on; the log says so once, and once when it can be read again."""
    path = tmp_path / "jwks.json"
    put(path, jwks(A))
    keys = FileKeys(path)
    with capture_logs() as logs:
        spoil(path)
        for _ in range(3):
            assert await keys.find("a", "Ed25519") is not None
        put(path, jwks(B))
        for _ in range(2):
            assert await keys.find("b", "Ed25519") is not None
    assert [log["event"] for log in logs] == [
        "keys of the sign-on cannot be read",
        "keys of the sign-on can be read again",
    ]


def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    """The sentence names the setting and the file."""
    with pytest.raises(ConfigurationError, match=r"^GATEWAY_JWKS: .*none cannot be read: No such file"):
        FileKeys(tmp_path / "none")
    (tmp_path / "bad").write_bytes(b"{}")
    with pytest.raises(ConfigurationError, match=r"^GATEWAY_JWKS: .*bad holds no JWK Set\.$"):
        FileKeys(tmp_path / "bad")


# An address


@asynccontextmanager
async def fetched(clock: Clock) -> AsyncIterator[FetchedKeys]:
    """Keys at the address, running, within a request; httpx carries the question, so that respx sees it."""
    keys = FetchedKeys(URL, HttpxTransport, clock)
    async with keys.running():
        with request_scope(5):
            yield keys


@pytest.fixture
def address() -> Iterator[respx.Route]:
    """What is published at the address; at first A."""
    with respx.mock(assert_all_called=False) as router:
        yield router.get(URL).respond(200, content=jwks(A))


async def test_an_address_is_asked_once_for_many(address: respx.Route) -> None:
    """At start, and not again while keys are known and fresh; the question carries nothing of anybody."""
    clock = Clock()
    async with fetched(clock) as keys:
        found = await asyncio.gather(*(keys.find("a", "Ed25519") for _ in range(100)))
        assert None not in found
        clock.now += 299
        assert await keys.find("a", "Ed25519") is not None
    assert address.call_count == 1
    asked = address.calls[0].request
    assert {"authorization", "cookie"}.isdisjoint(asked.headers)


async def test_a_key_that_is_not_known_is_asked_for(address: respx.Route) -> None:
    """Once in ten seconds at most, whatever tokens name."""
    clock = Clock()
    async with fetched(clock) as keys:
        assert await keys.find("a", "Ed25519") is not None
        for _ in range(5):
            assert await keys.find("b", "Ed25519") is None
        assert address.call_count == 1
        address.respond(200, content=jwks(A, B))
        clock.now += 10
        found = await asyncio.gather(*(keys.find("b", "Ed25519") for _ in range(100)))
        assert None not in found
        assert address.call_count == 2
        for _ in range(5):
            assert await keys.find("c", "Ed25519") is None
        assert address.call_count == 2


async def test_a_key_that_was_withdrawn_is_trusted_for_five_minutes_at_most(address: respx.Route) -> None:
    """Old keys are asked for again while they go on; nobody waits for it."""
    clock = Clock()
    async with fetched(clock) as keys:
        assert await keys.find("a", "Ed25519") is not None
        address.respond(200, content=jwks(B))
        clock.now += 300
        assert await keys.find("a", "Ed25519") is not None
        await until(lambda: address.call_count == 2)
        assert await keys.find("b", "Ed25519") is not None
        assert await keys.find("a", "Ed25519") is None


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b'{"keys": []}'),
        httpx.Response(200, content=b" " * 1_000_001),
        httpx.Response(301, headers={"location": "https://evil.test/jwks"}),
        httpx.ConnectError("hunter2"),
        httpx.ReadError("hunter2"),
    ],
    ids=["503", "a page", "no key", "too long", "a redirect", "no connection", "broken off"],
)
async def test_the_last_keys_go_on_while_there_are_no_others(
    address: respx.Route, answer: httpx.Response | Exception
) -> None:
    """Known keys are trusted; of others nobody can tell. The log says so once, without the fault's words."""
    clock = Clock()
    with capture_logs() as logs:
        async with fetched(clock) as keys:
            assert await keys.find("a", "Ed25519") is not None
            address.mock(side_effect=[answer, answer, httpx.Response(200, content=jwks(B))])
            for call in (2, 3):
                clock.now += 300
                assert await keys.find("a", "Ed25519") is not None
                with pytest.raises(SignOnUnavailable):
                    await keys.find("b", "Ed25519")
                assert address.call_count == call
            clock.now += 10
            assert await keys.find("b", "Ed25519") is not None
            assert await keys.find("a", "Ed25519") is None
    assert [log["event"] for log in logs] == [
        "keys of the sign-on cannot be read",
        "keys of the sign-on can be read again",
    ]
    assert "hunter2" not in str(logs)


async def test_without_any_keys_nobody_can_tell(address: respx.Route) -> None:
    """The start does not wait for them, and each token is told to come later."""
    address.respond(503)
    clock = Clock()
    with capture_logs() as logs:
        async with fetched(clock) as keys:
            for _ in range(3):
                with pytest.raises(SignOnUnavailable):
                    await keys.find("a", "Ed25519")
            assert address.call_count == 1
    assert [log["older_ones_trusted"] for log in logs] == [False]


async def test_a_question_without_an_answer_costs_a_request_its_own_time_only() -> None:
    """Whoever waits gives up with the request; the question goes on, and ends with the gateway."""
    asked: list[str] = []
    ended: list[str] = []

    async def hang(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")
        raise AssertionError

    with respx.mock:
        respx.get(URL).mock(side_effect=hang)
        keys = FetchedKeys(URL, HttpxTransport, Clock())
        async with keys.running():
            for _ in range(2):
                with request_scope(0.05), pytest.raises(SignOnUnavailable):
                    await keys.find("a", "Ed25519")
            assert (asked, ended) == ([URL], [])
        assert ended == ["cancelled"]


async def test_who_leaves_does_not_end_the_question_for_others(address: respx.Route) -> None:
    """It belongs to none of those who wait."""
    gate, asked = asyncio.Event(), asyncio.Event()

    async def answer(_request: httpx.Request) -> httpx.Response:
        asked.set()
        await gate.wait()
        return httpx.Response(200, content=jwks(A))

    address.mock(side_effect=answer)
    async with fetched(Clock()) as keys:
        first, second = (asyncio.create_task(keys.find("a", "Ed25519")) for _ in range(2))
        await asked.wait()
        first.cancel()
        await asyncio.sleep(0)
        gate.set()
        assert await second is not None
    assert address.call_count == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://sign-on.test/jwks",
        "http://10.0.0.7/jwks",
        "http://localhost.evil.test/jwks",
        "https://user:pass@sign-on.test/jwks",
        "https://sign-on.test/jwks#x",
        "ftp://sign-on.test/jwks",
        "https://",
        "https://sign-on.test:port/",
    ],
)
def test_an_address_that_cannot_be_trusted_is_named_and_not_quoted(url: str) -> None:
    """Keys come by https, but from this very host; an address may hold a password."""
    fault = fault_of_document(url)
    assert fault is not None
    assert "sign-on" not in fault


@pytest.mark.parametrize(
    "url",
    [
        "https://sign-on.test/keys?p=b2c",
        "http://localhost:8080/jwks",
        "http://127.0.0.1/x",
        "http://[::1]:1/x",
    ],
)
def test_an_address_may_be_local_or_have_parameters(url: str) -> None:
    """Some sign-ons name their policy there."""
    assert fault_of_document(url) is None


def test_keys_of_a_file_are_told_apart_by_inode(tmp_path: Path) -> None:
    """A replaced file of the same length and time is another one."""
    path = tmp_path / "jwks.json"
    put(path, jwks(A))
    keys = FileKeys(path)
    before = path.stat()
    put(path, jwks(B))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    keys._renew()
    assert keys._keys.find("b", "Ed25519") is not None
