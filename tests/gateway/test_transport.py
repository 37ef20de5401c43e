"""Transports: pyreqwest's and httpx's keep one contract, over a server of exact bytes; respx sees httpx's."""

from __future__ import annotations

import asyncio
import gzip
import resource
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import httpx
import pytest
import respx

from connectors.kit import Code, SourceError, StatusError, json_of
from gateway.request import request_scope
from gateway.sources import ApiKeyCredential, Credential, Limits, NoCredential, SourceConfig
from gateway.upstream.client import HttpUpstream, open_upstream
from gateway.upstream.transport import BodyTooLongError, HttpxTransport, MakeTransport, pooled_transport
from tests.conftest import NOW
from tests.gateway.test_cancellation import until

OPEN = NoCredential()
HEAD = b"HTTP/1.1 200 OK\r\n"
ONE = b"content-length: 3\r\n\r\n[1]"
OK = HEAD + ONE
NUMBERS = json_of(list[int])
Play: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(params=[pooled_transport, HttpxTransport], ids=["pyreqwest", "httpx"])
def make(request: pytest.FixtureRequest) -> MakeTransport:
    """Each transport in turn."""
    transport: MakeTransport = request.param
    return transport


class Server:
    """A server that answers with exact bytes, by path, and keeps what it was asked and when it was left."""

    def __init__(self, answers: Mapping[str, bytes | Play]) -> None:
        self.answers = answers
        self.heads: list[list[str]] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.left: list[float] = []
        self.url = ""
        self.close: Callable[[], None] = lambda: None

    @property
    def asked(self) -> list[str]:
        """The target of every request, in order."""
        return [head[0].split()[1] for head in self.heads]

    def headers(self, call: int) -> dict[str, str]:
        """What one request had, by name in lower case; one that came twice fails the test."""
        pairs = [line.partition(": ") for line in self.heads[call][1:]]
        names = [name.lower() for name, _, _ in pairs]
        assert len(names) == len(set(names))
        return {name.lower(): value for name, _, value in pairs}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until it ends."""
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
                self.heads.append(head)
                length = self.headers(-1).get("content-length", "0")
                self.bodies.append(await reader.readexactly(int(length)))
                answer = self.answers[self.asked[-1].partition("?")[0]]
                if callable(answer):
                    await answer(reader, writer)
                else:
                    writer.write(answer)
                    await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self.left.append(time.monotonic())
            writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Server]:
        """Listen on a free port."""
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.close = server.close
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield self


@asynccontextmanager
async def connected(
    make: MakeTransport,
    answers: Mapping[str, bytes | Play],
    credential: Credential = OPEN,
    secret: str = "",
    **limits: int,
) -> AsyncIterator[tuple[HttpUpstream, Server]]:
    async with Server(answers).running() as server:
        config = SourceConfig(
            id="s", name="S", connector="x", url=server.url, credential=credential, limits=Limits(**limits)
        )
        async with open_upstream(config, secret, transport=make(), now=lambda: NOW) as source:
            yield source, server


async def read(source: HttpUpstream, path: str = "/n", **more: Any) -> list[int]:
    with request_scope(10):
        return (await source.get(path, decode=NUMBERS, **more)).data


async def failure(source: HttpUpstream, path: str = "/n") -> SourceError:
    """What a read fails with; it has no cause and names no address."""
    with pytest.raises(SourceError) as caught:
        await read(source, path)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    assert "127.0.0.1" not in f"{error} {error.detail}"
    return error


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.readexactly(1)


async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Begin a body and go no further."""
    writer.write(HEAD + b"content-length: 300\r\n\r\n[1")
    await hang(reader, writer)


async def leave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    raise OSError


async def cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """End in the middle of a body."""
    writer.write(HEAD + b"content-length: 300\r\n\r\n[1")
    await writer.drain()
    raise OSError


def bomb() -> bytes:
    """200 MB of zeros in 200 KB, made without ever holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(b"0" * 1_000_000) for _ in range(200)) + packer.flush()


async def test_what_is_sent(make: MakeTransport) -> None:
    """Target, headers and body of a GET and of a form are the same to the letter, over one connection."""
    async with connected(make, {"/n": OK, "/_search": OK}) as (source, server):
        assert await read(source, params={"q": "龙岭 a&b", "id": [1, 2], "open": True, "r": 0.5}) == [1]
        with request_scope(10):
            headers = {"Accept": "application/fhir+json", "x-koha-embed": "items"}
            form = {"_id": "a,b", "name": "é"}
            found = await source.post("_search", decode=NUMBERS, form=form, headers=headers)
    assert (found.data, server.connections) == ([1], 1)
    assert server.asked == ["/n?q=%E9%BE%99%E5%B2%AD+a%26b&id=1&id=2&open=true&r=0.5", "/_search"]
    assert server.bodies == [b"", b"_id=a%2Cb&name=%C3%A9"]
    always = {
        "host": server.url.removeprefix("http://"),
        "user-agent": "longgang-community-graph",
        "accept-encoding": "gzip",
    }
    got, posted = ({**server.headers(call), "connection": ""} for call in (0, 1))
    assert got == {**always, "connection": "", "accept": "application/json"}
    assert posted == {
        **always,
        "connection": "",
        "accept": "application/fhir+json",
        "x-koha-embed": "items",
        "content-type": "application/x-www-form-urlencoded",
        "content-length": "21",
    }


async def test_a_redirect_is_a_refusal(make: MakeTransport) -> None:
    """It is not followed, though it leads to the same server."""
    moved = b"HTTP/1.1 302 Found\r\nlocation: /m\r\ncontent-length: 0\r\n\r\n"
    async with connected(make, {"/n": moved, "/m": OK}) as (source, server):
        error = await failure(source)
    assert isinstance(error, StatusError)
    assert (error.status, error.headers["location"], server.asked) == (302, "/m", ["/n"])


async def test_no_cookie_is_kept(make: MakeTransport) -> None:
    """The second of two reads tells nothing of the first."""
    answer = HEAD + b"set-cookie: SESSION=resident-a; path=/\r\n" + ONE
    async with connected(make, {"/n": answer}) as (source, server):
        assert [await read(source) for _ in range(2)] == [[1], [1]]
    assert ["cookie" in server.headers(call) for call in range(2)] == [False, False]


async def test_gzip_is_unpacked(make: MakeTransport) -> None:
    """It is what is asked for."""
    packed = gzip.compress(b"[1, 2]")
    answer = HEAD + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed) + packed
    async with connected(make, {"/n": answer}) as (source, _):
        assert await read(source) == [1, 2]


async def test_a_bomb_is_left_at_the_limit(make: MakeTransport) -> None:
    """Of 200 MB in 200 KB a megabyte and one chunk more is unpacked; its connection is not used again."""
    packed = bomb()
    answer = HEAD + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed) + packed
    async with connected(make, {"/n": answer, "/m": OK}, max_body_bytes=1_000_000) as (source, server):
        assert await read(source, "/m") == [1]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        error = await failure(source)
        grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert await read(source, "/m") == [1]
    assert (error.code, error.detail) == (Code.SOURCE_MALFORMED, "a body over 1000000 bytes")
    assert grown_kb < 150_000
    assert (server.asked, server.connections) == (["/m", "/n", "/m"], 2)


@pytest.mark.parametrize("framing", ["length", "chunks"])
async def test_a_body_may_have_its_limit_and_no_more(make: MakeTransport, framing: str) -> None:
    """Whether or not its length is told beforehand; the answer is no sign that the source is down."""

    def answer(body: bytes) -> bytes:
        if framing == "length":
            return HEAD + b"content-length: %d\r\n\r\n" % len(body) + body
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
        return HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"

    answers: dict[str, bytes | Play] = {"/n": answer(b"[1,2,3,4]"), "/m": answer(b"[1,2,3,45]")}
    async with connected(make, answers, max_body_bytes=9) as (source, server):
        assert await read(source) == [1, 2, 3, 4]
        for _ in range(6):
            error = await failure(source, "/m")
            assert (error.code, error.detail) == (Code.SOURCE_MALFORMED, "a body over 9 bytes")
    assert server.asked == ["/n"] + ["/m"] * 6


@pytest.mark.parametrize("limit", [299_999, 69_999])
async def test_a_body_over_the_limit_is_left_where_it_is(make: MakeTransport, limit: int) -> None:
    """The transport tells of its status as soon as it knows, and does not wait for the rest.

    pyreqwest tells of an answer when 64 KB of it have come: the first fifth of what is announced here.
    """

    async def part(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"content-length: 300000\r\n\r\n" + b"1" * 70_000)
        await hang(reader, writer)

    async with Server({"/n": part}).running() as server:
        transport = make()
        try:
            with pytest.raises(BodyTooLongError) as caught:
                await transport.send("GET", f"{server.url}/n", {}, b"", timeout_s=5, max_body_bytes=limit)
        finally:
            await transport.close()
    assert caught.value.status == 200


async def test_a_header_sent_twice_is_one_value(make: MakeTransport) -> None:
    """Two `Link` are joined by a comma, found in any case, and names are told in lower case."""
    answer = HEAD + b"Link: <a>; rel=next\r\nX-Total-Count: 7\r\nlink: <b>; rel=last\r\n" + ONE
    async with connected(make, {"/n": answer}) as (source, _):
        with request_scope(10):
            headers = (await source.get("/n", decode=bytes)).headers
    assert headers["LINK"] == headers["link"] == "<a>; rel=next, <b>; rel=last"
    assert (headers.get("X-total-count"), headers.get("x-none"), "Link" in headers) == ("7", None, True)
    assert sorted(headers.items()) == [
        ("content-length", "3"),
        ("link", "<a>; rel=next, <b>; rel=last"),
        ("x-total-count", "7"),
    ]


@pytest.mark.parametrize(
    ("line", "code", "calls"),
    [
        ("200 OK", Code.SOURCE_MALFORMED, 1),
        ("404 Not Found", Code.SOURCE_REJECTED, 1),
        ("429 Too Many Requests", Code.SOURCE_BUSY, 3),
    ],
)
async def test_a_header_that_is_no_text(make: MakeTransport, line: str, code: Code, calls: int) -> None:
    """It spoils an answer, and hides no refusal."""
    answer = f"HTTP/1.1 {line}\r\nx-a: \xe9\r\n".encode("latin-1") + ONE
    async with connected(make, {"/n": answer}) as (source, server):
        error = await failure(source)
    assert error.code is code
    assert code is not Code.SOURCE_MALFORMED or error.detail == "ValueError"
    assert len(server.asked) == calls


async def test_a_header_beyond_ascii_is_not_sent(make: MakeTransport) -> None:
    """No header can carry it: the source is not called, and no error quotes it."""
    async with connected(make, {"/n": OK}) as (source, server):
        with pytest.raises(SourceError) as caught:
            await read(source, headers={"x-name": "张"})
    assert (caught.value.code, caught.value.detail) == (Code.SOURCE_MALFORMED, "ValueError")
    assert caught.value.__cause__ is None
    assert server.asked == []


@pytest.mark.parametrize("play", [hang, stall])
async def test_an_answer_that_does_not_end_is_a_timeout(make: MakeTransport, play: Play) -> None:
    """Before its head or in its body; the connection is closed with it, and the read not repeated."""
    async with connected(make, {"/n": play}, timeout_ms=200) as (source, server):
        began = time.monotonic()
        error = await failure(source)
        assert 0.15 < time.monotonic() - began < 1
        await asyncio.sleep(0.1)
        assert len(server.left) == 1
    assert (error.code, error.detail) == (Code.SOURCE_TIMEOUT, "no answer in 0.20 s")
    assert server.asked == ["/n"]


@pytest.mark.parametrize(
    "play",
    [
        leave,
        cut,
        HEAD + b"content-encoding: gzip\r\n" + ONE,
        HEAD + b"transfer-encoding: chunked\r\n\r\nx\r\n[1]\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    ],
    ids=["reset", "cut", "no gzip", "no chunks", "no http"],
)
async def test_what_is_no_whole_answer_is_asked_for_again(make: MakeTransport, play: bytes | Play) -> None:
    """A connection that ends, or bytes that are no HTTP: three calls, and the detail is a type's name."""
    async with connected(make, {"/n": play}) as (source, server):
        error = await failure(source)
    assert error.code is Code.SOURCE_UNAVAILABLE
    assert error.detail.isidentifier()
    assert server.asked == ["/n"] * 3


async def written(source: HttpUpstream) -> SourceError:
    """Write once, in vain."""
    with request_scope(5), pytest.raises(SourceError) as caught:
        await source.send("POST", "n", decode=NUMBERS, json=[1])
    return caught.value


@pytest.mark.parametrize("play", [leave, cut, hang], ids=["reset", "cut", "hang"])
async def test_a_write_that_arrived_and_has_no_whole_answer_is_in_doubt(
    make: MakeTransport, play: Play
) -> None:
    """On a new connection or on one that was kept: sent once, and it may have been carried out."""
    async with connected(make, {"/n": play, "/kept": OK}, timeout_ms=300) as (source, server):
        fresh = await written(source)
        with request_scope(5):
            await source.get("kept", decode=NUMBERS)
        kept = await written(source)
    assert (fresh.in_doubt, kept.in_doubt) == (True, True)
    assert server.asked == ["/n", "/kept", "/n"]


async def test_a_write_that_reached_nobody_is_not_in_doubt(make: MakeTransport) -> None:
    """The connection was refused, so that nothing was sent."""
    async with connected(make, {}) as (source, server):
        server.close()
        error = await written(source)
    assert (error.code, error.in_doubt) == (Code.SOURCE_UNAVAILABLE, False)


async def test_nobody_listening_is_an_outage(make: MakeTransport) -> None:
    """And the key in the query is in no error."""
    key = ApiKeyCredential(query="key", secret_env="X")
    async with connected(make, {}, key, "hunter2") as (source, server):
        server.close()
        error = await failure(source)
    assert (error.code, error.detail) == (Code.SOURCE_UNAVAILABLE, "ConnectError")


@pytest.mark.parametrize(
    "play",
    [leave, cut, b"", b"HTTP/1.1 2", b"SSH-2.0-OpenSSH_9.6\r\n\r\n"],
    ids=["reset", "cut", "closed", "half a head", "no http"],
)
@pytest.mark.parametrize("kept", [False, True], ids=["a new connection", "a kept one"])
async def test_a_write_that_went_out_is_in_doubt(make: MakeTransport, play: bytes | Play, kept: bool) -> None:
    """However its connection ends then; it was sent once, and is not sent again."""

    async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if callable(play):
            await play(reader, writer)
        else:
            writer.write(play)
            await writer.drain()
        raise OSError

    async with connected(make, {"/n": OK, "/orders": end}) as (source, server):
        with request_scope(10):
            if kept:
                await source.get("/n", decode=NUMBERS)
            with pytest.raises(SourceError) as caught:
                await source.send("POST", "orders", json={"seat": 1}, decode=NUMBERS)
    assert (caught.value.code, caught.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, True)
    assert server.asked == ["/n"] * kept + ["/orders"]
    assert server.connections == 1


async def test_a_write_that_nobody_took_is_not_in_doubt(make: MakeTransport) -> None:
    """Nobody was listening: nothing was sent."""
    async with connected(make, {}) as (source, server):
        server.close()
        with request_scope(10), pytest.raises(SourceError) as caught:
            await source.send("POST", "orders", json={"seat": 1}, decode=NUMBERS)
    assert (caught.value.code, caught.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, False)


async def test_the_environment_names_no_proxy(make: MakeTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that is set for other programs is not asked."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with connected(make, {"/n": OK}) as (source, server):
        assert await read(source) == [1]
    assert server.asked == ["/n"]


@pytest.mark.parametrize("play", [hang, stall])
async def test_whoever_is_cancelled_returns_at_once(make: MakeTransport, play: Play) -> None:
    """Its place is free for the next; the connection ends at the latest with the source's own limit."""
    answers: dict[str, bytes | Play] = {"/n": play, "/m": OK}
    async with connected(make, answers, timeout_ms=600, concurrency=1) as (source, server):
        began = time.monotonic()
        reading = asyncio.create_task(read(source))
        await until(lambda: bool(server.asked))
        await asyncio.sleep(0.05)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert time.monotonic() - began < 0.4
        assert await read(source, "/m") == [1]
        assert time.monotonic() - began < 0.5
        await until(lambda: bool(server.left))
        assert time.monotonic() - began < 1.5
    assert server.asked == ["/n", "/m"]


async def test_no_cancellation_is_lost(make: MakeTransport) -> None:
    """At whatever instant it comes while a call is under way, the call ends by it and not with an answer."""
    body = b"content-length: 60001\r\n\r\n[" + b" " * 59_999 + b"]"
    lost = stopped = 0
    async with connected(make, {"/n": HEAD + body}) as (source, _):
        for number in range(400):
            reading = asyncio.create_task(read(source))
            for _ in range(number % 40):
                await asyncio.sleep(0)
            under_way = not reading.done()
            reading.cancel()
            try:
                await reading
            except asyncio.CancelledError:
                stopped += 1
            else:
                lost += under_way
    assert lost == 0
    assert stopped > 40


async def test_respx_sees_what_httpx_would_send() -> None:
    """Tests of connectors put answers in its place; they are unpacked and limited like any other."""
    config = SourceConfig(
        id="s", name="S", connector="x", url="http://system.test/api", limits=Limits(max_body_bytes=9)
    )
    packed = {"content-encoding": "gzip"}
    with respx.mock(base_url="http://system.test") as router:
        route = router.get("/api/n", params={"a": "1"})
        route.side_effect = [
            httpx.Response(200, content=gzip.compress(b"[1,2,3,4]"), headers=packed),
            httpx.Response(200, content=gzip.compress(b"[1,2,3,45]"), headers=packed),
        ]
        async with open_upstream(config, "", transport=HttpxTransport(), now=lambda: NOW) as source:
            assert await read(source, "/n", params={"a": 1}) == [1, 2, 3, 4]
            with pytest.raises(SourceError) as caught:
                await read(source, "/n", params={"a": 1})
    assert (caught.value.code, route.call_count) == (Code.SOURCE_MALFORMED, 2)
