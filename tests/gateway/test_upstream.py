"""The layers below a connector, at the wire (respx)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
import pytest
import respx
from pyreqwest.exceptions import PyreqwestError
from structlog.testing import capture_logs

from connectors.kit import Code, SourceError, StatusError, json_of
from gateway.request import request_scope
from gateway.sources import Credential, Limits, NoCredential, OAuth2Credential, SourceConfig
from gateway.upstream.breaker import Breaker
from gateway.upstream.client import HttpUpstream, open_upstream
from gateway.upstream.retry import RetryBudget, pause_before
from gateway.upstream.transport import HttpxTransport
from schema.core.scalars import CHINA

BASE = "http://upstream.test/api"
NUMBERS = json_of(list[int])
OPEN = NoCredential()
OAUTH = OAuth2Credential(token_url="http://upstream.test/token", client_id="c", secret_env="X")


@asynccontextmanager
async def upstream(
    credential: Credential = OPEN, secret: str = "", **limits: int
) -> AsyncIterator[HttpUpstream]:
    config = SourceConfig(
        id="s", name="S", connector="x", url=BASE, credential=credential, limits=Limits(**limits)
    )
    now = datetime(2026, 11, 24, tzinfo=CHINA)
    async with open_upstream(config, secret, transport=HttpxTransport(), now=lambda: now) as opened:
        yield opened


async def read(source: HttpUpstream, path: str = "/n", seconds: float = 5) -> list[int]:
    """One read of a request that has so many seconds."""
    with request_scope(seconds):
        return (await source.get(path, decode=NUMBERS)).data


async def code_of(source: HttpUpstream, path: str = "/n", seconds: float = 5) -> Code | None:
    """What a read fails with."""
    try:
        await read(source, path, seconds)
    except SourceError as error:
        return error.code
    return None


class Hang:
    """A server that takes calls and answers none; respx counts only those that were answered."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, _: httpx.Request) -> httpx.Response:
        self.calls += 1
        await asyncio.sleep(30)
        raise AssertionError("nobody waits that long")


@pytest.fixture
def wire() -> Any:
    with respx.mock(base_url="http://upstream.test", assert_all_called=False) as router:
        yield router


async def test_a_passing_failure_is_repeated(wire: respx.Router) -> None:
    """A 503 is asked again and the ledger counts both calls."""
    route = wire.get("/api/n").mock(side_effect=[httpx.Response(503), httpx.Response(200, json=[1])])
    with request_scope(5) as request:
        async with upstream() as source:
            assert await read(source) == [1]
    assert route.call_count == 2
    assert request.ledger["s"].calls == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, Code.SOURCE_REJECTED), (400, Code.SOURCE_REJECTED), (500, Code.SOURCE_UNAVAILABLE)],
)
async def test_a_lasting_refusal_is_not_repeated(wire: respx.Router, status: int, code: Code) -> None:
    """A status that says "not so" is given to the connector after one call."""
    route = wire.get("/api/n").respond(status, text="secret words of the system")
    async with upstream() as source:
        with pytest.raises(StatusError) as caught:
            await read(source)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert "secret" not in caught.value.message
    assert route.call_count == 1


async def test_a_pause_longer_than_the_time_left_is_not_waited_for(wire: respx.Router) -> None:
    """Retry-After beyond the request's deadline ends the attempts at once."""
    route = wire.get("/api/n").respond(429, headers={"retry-after": "30"})
    with request_scope(2):
        async with upstream() as source:
            with pytest.raises(SourceError) as caught:
                await read(source)
    assert caught.value.code is Code.SOURCE_BUSY
    assert route.call_count == 1


def test_retry_after_is_read_as_seconds_and_as_date() -> None:
    """Both forms of RFC 9110, section 10.2.3; anything else falls back on jitter."""
    assert pause_before(1, "7") == 7.0
    assert pause_before(1, "Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert 0 <= pause_before(1, "soon") <= 0.1
    assert 0 <= pause_before(1, None) <= 0.1


def test_repeats_are_held_to_a_fifth_of_first_attempts() -> None:
    """Once the reserve is spent, five first attempts earn one repeat."""
    budget = RetryBudget(share=0.2, reserve=2)
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    for _ in range(5):
        budget.earn()
    assert [budget.spend() for _ in range(2)] == [True, False]


def test_the_breaker_opens_tries_once_a_pause_and_closes() -> None:
    """Five failures open it; one call a pause goes out; a success closes it; two log lines in all."""
    clock = [0.0]
    with capture_logs() as logs:
        breaker = Breaker("s", threshold=5, pause_s=5, clock=lambda: clock[0])
        for _ in range(4):
            breaker.failed("x")
        assert breaker.allow()
        for _ in range(3):
            breaker.failed("x")
        assert not breaker.allow()
        clock[0] = 5.0
        assert [breaker.allow(), breaker.allow()] == [True, False]
        breaker.failed("x")
        clock[0] = 10.0
        assert breaker.allow()
        breaker.succeeded()
        assert breaker.allow()
        assert not breaker.open
    assert [log["event"] for log in logs] == ["source down", "source back"]


async def test_a_source_that_is_down_is_left_alone(wire: respx.Router) -> None:
    """With the breaker open a read fails at once and nothing is sent."""
    route = wire.get("/api/n").mock(side_effect=httpx.ConnectError("refused"))
    async with upstream() as source:
        for _ in range(3):
            with pytest.raises(SourceError):
                await read(source)
        assert route.call_count == 5
        assert await code_of(source) is Code.SOURCE_UNAVAILABLE
    assert route.call_count == 5


async def test_unknown_ids_that_answer_500_do_not_open_the_breaker(wire: respx.Router) -> None:
    """A 500 says something of one request only: anyone could ask for many unknown ids."""
    route = wire.get("/api/n").respond(500)
    async with upstream() as source:
        for _ in range(12):
            with pytest.raises(StatusError):
                await read(source)
    assert route.call_count == 12


async def test_a_slow_source_is_a_timeout(wire: respx.Router) -> None:
    """No answer within the source's own limit is SOURCE_TIMEOUT."""
    wire.get("/api/n").mock(side_effect=Hang())
    async with upstream(timeout_ms=50) as source:
        with pytest.raises(SourceError) as caught:
            await read(source)
    assert caught.value.code is Code.SOURCE_TIMEOUT


async def test_the_requests_deadline_is_not_the_sources_fault(wire: respx.Router) -> None:
    """No answer within what is left of the request is DEADLINE_EXCEEDED and leaves the breaker alone."""
    route = Hang()
    wire.get("/api/n").mock(side_effect=route)
    async with upstream(timeout_ms=5000) as source:
        for _ in range(6):
            assert await code_of(source, seconds=0.02) is Code.DEADLINE_EXCEEDED
    assert route.calls == 6


async def test_nothing_is_sent_after_the_deadline(wire: respx.Router) -> None:
    """A request whose time is up calls nobody."""
    route = wire.get("/api/n").respond(json=[1])
    async with upstream() as source:
        with request_scope(-1), pytest.raises(SourceError) as caught:
            await read(source)
    assert caught.value.code is Code.DEADLINE_EXCEEDED
    assert route.call_count == 0


async def test_calls_beyond_the_bulkhead_wait_and_then_give_up(wire: respx.Router) -> None:
    """With one place, the second attempt waits no longer than a call may take, and sends nothing."""

    async def token(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.1)
        return httpx.Response(200, json={"access_token": "t"})

    # The first attempt holds its place for longer than one call may take: for a token and a call.
    wire.post("/token").mock(side_effect=token)
    route = Hang()
    wire.get("/api/n").mock(side_effect=route)
    async with upstream(OAUTH, "secret", concurrency=1, timeout_ms=200) as source:
        codes = await asyncio.gather(code_of(source), code_of(source))
    assert list(codes) == [Code.SOURCE_TIMEOUT, Code.SOURCE_BUSY]
    assert route.calls == 1


async def test_whoever_waits_for_a_place_asks_the_breaker_when_it_has_one(wire: respx.Router) -> None:
    """Three wait while the call before them times out, the fifth failure in a row: none of them is sent."""
    route = Hang()
    wire.get("/api/n").mock(side_effect=route)

    async def later(source: HttpUpstream) -> Code | None:
        await asyncio.sleep(0.1)
        return await code_of(source)

    async with upstream(concurrency=1, timeout_ms=200) as source:
        for _ in range(4):
            source._breaker.failed("before")
        codes = await asyncio.gather(code_of(source), *(later(source) for _ in range(3)))
    assert codes == [Code.SOURCE_TIMEOUT] + [Code.SOURCE_UNAVAILABLE] * 3
    assert route.calls == 1


async def test_a_trial_is_not_lost_in_the_queue(wire: respx.Router) -> None:
    """After the pause a read that finds no place uses no trial up; who is refused is told at once."""
    answer = asyncio.Event()

    async def slow(_: httpx.Request) -> httpx.Response:
        await answer.wait()
        return httpx.Response(200, json=[2])

    wire.get("/api/slow").mock(side_effect=slow)
    route = wire.get("/api/n").mock(side_effect=[*[httpx.Response(503)] * 5, httpx.Response(200, json=[1])])
    clock = [0.0]
    async with upstream(concurrency=2, timeout_ms=5000) as source:
        source._breaker._clock = lambda: clock[0]
        holders = [asyncio.create_task(read(source, "/slow"))]
        await asyncio.sleep(0)
        assert [await code_of(source) for _ in range(2)] == [Code.SOURCE_UNAVAILABLE] * 2
        assert route.call_count == 5
        await source._places.acquire()  # the last place is taken too
        assert await code_of(source) is Code.SOURCE_UNAVAILABLE
        clock[0] = 5.0
        assert await code_of(source, seconds=0.05) is Code.SOURCE_BUSY
        source._places.release()
        assert await read(source) == [1]
        assert route.call_count == 6
        answer.set()
        assert await holders[0] == [2]


async def test_a_source_that_is_back_is_found_by_one_trial(wire: respx.Router) -> None:
    """While the pause lasts nothing is sent; then one read goes out, and with it all others again."""
    route = wire.get("/api/n").mock(side_effect=httpx.ConnectError("refused"))
    clock = [0.0]
    async with upstream() as source:
        source._breaker._clock = lambda: clock[0]
        assert [await code_of(source) for _ in range(3)] == [Code.SOURCE_UNAVAILABLE] * 3
        assert route.call_count == 5
        clock[0] = 5.0
        assert [await code_of(source) for _ in range(2)] == [Code.SOURCE_UNAVAILABLE] * 2
        assert route.call_count == 6  # the trial failed and was not repeated
        route.mock(side_effect=None, return_value=httpx.Response(200, json=[1]))
        clock[0] = 10.0
        assert [await read(source) for _ in range(2)] == [[1], [1]]
    assert route.call_count == 8


async def test_repeats_end_with_the_budget(wire: respx.Router, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty reads of a 503, between thirty that succeed: ten repeats in reserve, a fifth of 59 earned."""
    monkeypatch.setattr("gateway.upstream.client.pause_before", lambda *_: 0.0)
    bad = wire.get("/api/bad").respond(503)
    wire.get("/api/n").respond(json=[1])
    async with upstream() as source:
        for _ in range(30):
            with pytest.raises(StatusError):
                await read(source, "/bad")
            assert await read(source) == [1]
    assert bad.call_count == 30 + 10 + 11


async def test_no_cookie_is_kept(wire: respx.Router) -> None:
    """A session that a system begins for one resident is not continued by the next one's read."""
    route = wire.get("/api/n").respond(json=[1], headers={"set-cookie": "SESSION=resident-a; path=/"})
    async with upstream() as source:
        for _ in range(2):
            await read(source)
    assert [call.request.headers.get("cookie") for call in route.calls] == [None, None]


@pytest.mark.parametrize(
    "retry_after", ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "9" * 400, "\u0663", "-1", ""]
)
async def test_no_retry_after_breaks_a_read(wire: respx.Router, retry_after: str) -> None:
    """Whatever a source writes there, the read ends as the status says."""
    wire.get("/api/n").respond(429, headers=[(b"retry-after", retry_after.encode())])
    async with upstream() as source:
        assert await code_of(source) is Code.SOURCE_BUSY


@pytest.mark.parametrize(
    ("fault", "code", "calls"),
    [
        (ValueError("secret words"), Code.SOURCE_MALFORMED, 5),
        (PyreqwestError("secret words"), Code.SOURCE_UNAVAILABLE, 5),
        (httpx.InvalidURL("secret words"), Code.SOURCE_UNAVAILABLE, 5),
    ],
)
async def test_a_fault_of_the_transport_is_the_sources(
    wire: respx.Router, fault: Exception, code: Code, calls: int
) -> None:
    """Of whatever type it is, the breaker counts it and its words go nowhere."""
    route = wire.get("/api/n").mock(side_effect=fault)
    async with upstream() as source:
        with pytest.raises(SourceError) as caught:
            await read(source)
        assert (caught.value.code, caught.value.detail) == (code, type(fault).__name__)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__
        for _ in range(6):
            await code_of(source)
        assert await code_of(source) is Code.SOURCE_UNAVAILABLE
    assert route.call_count == calls


async def test_a_body_over_the_limit_is_a_fault(wire: respx.Router) -> None:
    """Reading stops at max_body_bytes."""
    wire.get("/api/n").respond(content=b"[" + b"1," * 1000 + b"1]")
    async with upstream(max_body_bytes=100) as source:
        with pytest.raises(SourceError) as caught:
            await read(source)
    assert caught.value.code is Code.SOURCE_MALFORMED


@pytest.mark.parametrize("body", [b"", b"<html>", b'["x"]', b"[1", b"\xff\xfe"])
async def test_a_payload_that_breaks_the_standard_is_told_without_quoting_it(
    wire: respx.Router, body: bytes
) -> None:
    """Every kind of malformed body is SOURCE_MALFORMED; neither message nor detail holds any of it."""
    wire.get("/api/n").respond(content=body)
    async with upstream() as source:
        with pytest.raises(SourceError) as caught:
            await read(source)
    assert caught.value.code is Code.SOURCE_MALFORMED
    assert caught.value.detail in {"DecodeError in GET /api/n", "ValidationError in GET /api/n"}
    assert caught.value.__cause__ is None


async def test_redirects_are_not_followed(wire: respx.Router) -> None:
    """A redirect is the source's refusal: it could lead the credential away."""
    wire.get("/api/n").respond(302, headers={"location": "http://elsewhere.test/"})
    async with upstream() as source:
        with pytest.raises(StatusError) as caught:
            await read(source)
    assert caught.value.code is Code.SOURCE_REJECTED
