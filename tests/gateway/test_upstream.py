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
from structlog.testing import capture_logs

from connectors.kit import Code, SourceError, StatusError, json_of
from gateway.request import request_scope
from gateway.sources import (
    ApiKeyCredential,
    BasicCredential,
    Credential,
    Limits,
    NoCredential,
    OAuth2Credential,
    SourceConfig,
)
from gateway.upstream.breaker import Breaker
from gateway.upstream.client import HttpUpstream, open_upstream
from gateway.upstream.retry import RetryBudget, pause_before
from schema.core.scalars import CHINA

BASE = "http://upstream.test/api"
NUMBERS = json_of(list[int])
OPEN = NoCredential()


@asynccontextmanager
async def upstream(
    credential: Credential = OPEN, secret: str = "", **limits: int
) -> AsyncIterator[HttpUpstream]:
    config = SourceConfig(
        id="s", name="S", connector="x", url=BASE, credential=credential, limits=Limits(**limits)
    )
    now = datetime(2026, 11, 24, tzinfo=CHINA)
    async with open_upstream(config, secret, transport=httpx.AsyncHTTPTransport(), now=lambda: now) as opened:
        yield opened


@pytest.fixture
def wire() -> Any:
    with respx.mock(base_url="http://upstream.test", assert_all_called=False) as router:
        yield router


async def test_a_passing_failure_is_repeated(wire: respx.Router) -> None:
    """A 503 is asked again and the ledger counts both calls."""
    route = wire.get("/api/n").mock(side_effect=[httpx.Response(503), httpx.Response(200, json=[1])])
    with request_scope(5) as request:
        async with upstream() as source:
            assert (await source.get("/n", decode=NUMBERS)).data == [1]
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
            await source.get("/n", decode=NUMBERS)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert "secret" not in caught.value.message
    assert route.call_count == 1


async def test_a_pause_longer_than_the_time_left_is_not_waited_for(wire: respx.Router) -> None:
    """Retry-After beyond the request's deadline ends the attempts at once."""
    route = wire.get("/api/n").respond(429, headers={"retry-after": "30"})
    with request_scope(2):
        async with upstream() as source:
            with pytest.raises(SourceError) as caught:
                await source.get("/n", decode=NUMBERS)
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
                await source.get("/n", decode=NUMBERS)
        assert source.down
        sent = route.call_count
        with pytest.raises(SourceError) as caught:
            await source.get("/n", decode=NUMBERS)
    assert caught.value.code is Code.SOURCE_UNAVAILABLE
    assert route.call_count == sent == 5


async def test_unknown_ids_that_answer_500_do_not_open_the_breaker(wire: respx.Router) -> None:
    """A 500 says something of one request only: anyone could ask for many unknown ids."""
    wire.get("/api/n").respond(500)
    async with upstream() as source:
        for _ in range(12):
            with pytest.raises(StatusError):
                await source.get("/n", decode=NUMBERS)
        assert not source.down


async def _hang(_: httpx.Request) -> httpx.Response:
    await asyncio.sleep(30)
    raise AssertionError("nobody waits that long")


async def test_a_slow_source_is_a_timeout(wire: respx.Router) -> None:
    """No answer within the source's own limit is SOURCE_TIMEOUT."""
    wire.get("/api/n").mock(side_effect=_hang)
    async with upstream(timeout_ms=50) as source:
        with pytest.raises(SourceError) as caught:
            await source.get("/n", decode=NUMBERS)
    assert caught.value.code is Code.SOURCE_TIMEOUT


async def test_the_requests_deadline_is_not_the_sources_fault(wire: respx.Router) -> None:
    """No answer within what is left of the request is DEADLINE_EXCEEDED and leaves the breaker alone."""
    wire.get("/api/n").mock(side_effect=_hang)
    async with upstream(timeout_ms=5000) as source:
        for _ in range(6):
            with request_scope(0.02), pytest.raises(SourceError) as caught:
                await source.get("/n", decode=NUMBERS)
            assert caught.value.code is Code.DEADLINE_EXCEEDED
        assert not source.down


async def test_nothing_is_sent_after_the_deadline(wire: respx.Router) -> None:
    """A request whose time is up calls nobody."""
    route = wire.get("/api/n").respond(json=[1])
    async with upstream() as source:
        with request_scope(-1), pytest.raises(SourceError) as caught:
            await source.get("/n", decode=NUMBERS)
    assert caught.value.code is Code.DEADLINE_EXCEEDED
    assert route.call_count == 0


async def test_calls_beyond_the_bulkhead_wait_and_then_give_up(wire: respx.Router) -> None:
    """With one place, the second call waits no longer than a call may take and is SOURCE_BUSY."""
    route = wire.get("/api/n").mock(side_effect=_hang)
    async with upstream(concurrency=1, timeout_ms=100) as source:
        results = await asyncio.gather(
            source.get("/n", decode=NUMBERS), source.get("/n", decode=NUMBERS), return_exceptions=True
        )
    codes = [result.code for result in results if isinstance(result, SourceError)]
    assert codes[0] is Code.SOURCE_TIMEOUT
    assert codes[1] in {Code.SOURCE_BUSY, Code.SOURCE_TIMEOUT}
    assert route.call_count <= 2


async def test_a_body_over_the_limit_is_a_fault(wire: respx.Router) -> None:
    """Reading stops at max_body_bytes."""
    wire.get("/api/n").respond(content=b"[" + b"1," * 1000 + b"1]")
    async with upstream(max_body_bytes=100) as source:
        with pytest.raises(SourceError) as caught:
            await source.get("/n", decode=NUMBERS)
    assert caught.value.code is Code.SOURCE_MALFORMED


@pytest.mark.parametrize("body", [b"", b"<html>", b'["x"]', b"[1", b"\xff\xfe"])
async def test_a_payload_that_breaks_the_standard_is_told_without_quoting_it(
    wire: respx.Router, body: bytes
) -> None:
    """Every kind of malformed body is SOURCE_MALFORMED; neither message nor detail holds any of it."""
    wire.get("/api/n").respond(content=body)
    async with upstream() as source:
        with pytest.raises(SourceError) as caught:
            await source.get("/n", decode=NUMBERS)
    assert caught.value.code is Code.SOURCE_MALFORMED
    assert caught.value.detail in {"DecodeError in GET /api/n", "ValidationError in GET /api/n"}
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "link",
    [
        "http://elsewhere.test/api/n",
        "https://upstream.test/api/n",
        "http://upstream.test:81/api/n",
        "http://upstream.test/other/n",
        "http://upstream.test/api/../other",
        "../other",
    ],
)
async def test_a_link_out_of_the_source_is_not_followed(wire: respx.Router, link: str) -> None:
    """A `next` link to another origin or path would carry the credential there: nothing is sent."""
    async with upstream() as source:
        with pytest.raises(SourceError) as caught:
            await source.get(link, decode=NUMBERS)
    assert caught.value.code is Code.SOURCE_MALFORMED
    assert not wire.calls


async def test_a_link_inside_the_source_keeps_its_query(wire: respx.Router) -> None:
    """A `next` link is followed as it was given."""
    route = wire.get("/api/n", params={"page": "abc=="}).respond(json=[2])
    async with upstream() as source:
        assert (await source.get(f"{BASE}/n?page=abc%3D%3D", decode=NUMBERS)).data == [2]
    assert str(route.calls.last.request.url) == f"{BASE}/n?page=abc%3D%3D"


async def test_a_link_to_the_base_itself_is_inside(wire: respx.Router) -> None:
    """Some servers page at the base without its slash (`/fhir?page=2`)."""
    route = wire.get("/api", params={"page": "2"}).respond(json=[2])
    async with upstream() as source:
        assert (await source.get(f"{BASE}?page=2", decode=NUMBERS)).data == [2]
    assert route.call_count == 1


async def test_redirects_are_not_followed(wire: respx.Router) -> None:
    """A redirect is the source's refusal: it could lead the credential away."""
    wire.get("/api/n").respond(302, headers={"location": "http://elsewhere.test/"})
    async with upstream() as source:
        with pytest.raises(StatusError) as caught:
            await source.get("/n", decode=NUMBERS)
    assert caught.value.code is Code.SOURCE_REJECTED


async def test_basic_and_api_keys(wire: respx.Router) -> None:
    """Each kind of fixed credential is where the system wants it."""
    route = wire.get("/api/n").respond(json=[])
    async with upstream(BasicCredential(user="u", secret_env="X"), "p") as source:
        await source.get("/n", decode=NUMBERS)
    assert route.calls.last.request.headers["authorization"] == "Basic dTpw"
    async with upstream(ApiKeyCredential(header="X-Key", secret_env="X"), "k") as source:
        await source.get("/n", decode=NUMBERS)
    assert route.calls.last.request.headers["x-key"] == "k"
    async with upstream(ApiKeyCredential(query="api_key", secret_env="X"), "k") as source:
        await source.get("/n", decode=NUMBERS, params={"a": [1, 2], "b": True})
    assert route.calls.last.request.url.query == b"a=1&a=2&b=true&api_key=k"


OAUTH = OAuth2Credential(token_url="http://upstream.test/token", client_id="c", secret_env="X")


async def test_one_token_serves_all_calls_that_wait_for_it(wire: respx.Router) -> None:
    """Ten calls side by side fetch one token, and the ledger does not count that call."""
    token = wire.post("/token").respond(json={"access_token": "t", "expires_in": 300})
    route = wire.get("/api/n").respond(json=[])
    with request_scope(5) as request:
        async with upstream(OAUTH, "secret") as source:
            await asyncio.gather(*(source.get("/n", decode=NUMBERS) for _ in range(10)))
    assert token.call_count == 1
    assert token.calls.last.request.headers["authorization"] == "Basic YzpzZWNyZXQ="
    assert {call.request.headers["authorization"] for call in route.calls} == {"Bearer t"}
    assert request.ledger["s"].calls == 10


async def test_a_refused_token_is_replaced_once(wire: respx.Router) -> None:
    """After a 401 a fresh token is tried; a second 401 is the source's refusal."""
    tokens = iter(["old", "new", "newer"])
    token = wire.post("/token").mock(
        side_effect=lambda _: httpx.Response(200, json={"access_token": next(tokens), "expires_in": 300})
    )
    route = wire.get("/api/n").mock(side_effect=[httpx.Response(401), httpx.Response(200, json=[1])])
    async with upstream(OAUTH, "secret") as source:
        assert (await source.get("/n", decode=NUMBERS)).data == [1]
        assert route.calls.last.request.headers["authorization"] == "Bearer new"
        assert token.call_count == 2
        wire.get("/api/m").respond(401)
        with pytest.raises(StatusError) as caught:
            await source.get("/m", decode=NUMBERS)
    assert caught.value.code is Code.SOURCE_REJECTED
    assert token.call_count == 3


async def test_a_token_about_to_expire_is_renewed_before_use(wire: respx.Router) -> None:
    """A token that lives for no time at all is never used twice."""
    token = wire.post("/token").respond(json={"access_token": "t", "expires_in": 0})
    wire.get("/api/n").respond(json=[])
    async with upstream(OAUTH, "secret") as source:
        await source.get("/n", decode=NUMBERS)
        await source.get("/n", decode=NUMBERS)
    assert token.call_count == 2


async def test_a_token_is_waited_for_as_long_as_the_request_has_time(wire: respx.Router) -> None:
    """No longer, whoever fetches it; a request with more time gets it all the same."""

    async def slow(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.3)
        return httpx.Response(200, json={"access_token": "t", "expires_in": 300})

    wire.post("/token").mock(side_effect=slow)
    wire.get("/api/n").respond(json=[1])

    async def ask(seconds: float) -> Any:
        with request_scope(seconds):
            return (await source.get("/n", decode=NUMBERS)).data

    async with upstream(OAUTH, "secret") as source:
        found = await asyncio.gather(*(ask(seconds) for seconds in (0.05, 0.1, 5)), return_exceptions=True)
    assert [getattr(one, "code", one) for one in found] == [Code.DEADLINE_EXCEEDED] * 2 + [[1]]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(401, json={"error": "invalid_client"}), Code.SOURCE_REJECTED),
        (httpx.Response(503), Code.SOURCE_UNAVAILABLE),
        (httpx.Response(200, json={"token": "?"}), Code.SOURCE_MALFORMED),
    ],
)
async def test_no_token_no_call(wire: respx.Router, answer: httpx.Response, code: Code) -> None:
    """Where the token endpoint fails, the source fails with the fitting code and is not called."""
    wire.post("/token").mock(return_value=answer)
    route = wire.get("/api/n").respond(json=[])
    async with upstream(OAUTH, "secret") as source:
        with pytest.raises(SourceError) as caught:
            await source.get("/n", decode=NUMBERS)
    assert caught.value.code is code
    assert route.call_count == 0
