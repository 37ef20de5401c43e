"""Credentials at the wire: fixed ones, tokens and their endpoint, secrets that cannot work."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import Code, StatusError
from gateway.request import request_scope
from gateway.sources import (
    ApiKeyCredential,
    BasicCredential,
    ConfigurationError,
    Credential,
    SourceConfig,
)
from gateway.upstream.credentials import read_secret
from tests.gateway.test_upstream import BASE, NUMBERS, OAUTH, Hang, code_of, read, upstream


@pytest.fixture
def wire() -> Any:
    with respx.mock(base_url="http://upstream.test", assert_all_called=False) as router:
        yield router


TOKEN = ApiKeyCredential(header="Authorization", scheme="Token", encoding="base64", secret_env="X")
PLAIN_TOKEN = ApiKeyCredential(header="Authorization", scheme="Token", secret_env="X")


async def test_basic_and_api_keys(wire: respx.Router) -> None:
    """Each kind of fixed credential is where the system wants it."""
    route = wire.get("/api/n").respond(json=[])
    async with upstream(BasicCredential(user="u", secret_env="X"), "p") as source:
        await read(source)
    assert route.calls.last.request.headers["authorization"] == "Basic dTpw"
    async with upstream(ApiKeyCredential(header="X-Key", secret_env="X"), "k") as source:
        await read(source)
    assert route.calls.last.request.headers["x-key"] == "k"
    async with upstream(TOKEN, "密码") as source:
        await read(source)
    assert route.calls.last.request.headers["authorization"] == "Token 5a+G56CB"
    async with upstream(ApiKeyCredential(query="api_key", secret_env="X"), "k") as source:
        with request_scope(5):
            await source.get("/n", decode=NUMBERS, params={"a": [1, 2], "b": True})
    assert route.calls.last.request.url.query == b"a=1&a=2&b=true&api_key=k"


async def test_one_token_serves_all_calls_that_wait_for_it(wire: respx.Router) -> None:
    """Ten calls side by side fetch one token, and the ledger does not count that call."""
    token = wire.post("/token").respond(json={"access_token": "t", "expires_in": 300})
    route = wire.get("/api/n").respond(json=[])
    with request_scope(5) as request:
        async with upstream(OAUTH, "secret") as source:
            await asyncio.gather(*(read(source) for _ in range(10)))
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
        assert await read(source) == [1]
        assert route.calls.last.request.headers["authorization"] == "Bearer new"
        assert token.call_count == 2
        wire.get("/api/m").respond(401)
        with pytest.raises(StatusError) as caught:
            await read(source, "/m")
    assert caught.value.code is Code.SOURCE_REJECTED
    assert token.call_count == 3


async def test_a_token_about_to_expire_is_renewed_before_use(wire: respx.Router) -> None:
    """A token that lives for no time at all is never used twice."""
    token = wire.post("/token").respond(json={"access_token": "t", "expires_in": 0})
    wire.get("/api/n").respond(json=[])
    async with upstream(OAUTH, "secret") as source:
        await read(source)
        await read(source)
    assert token.call_count == 2


async def test_a_token_is_waited_for_as_long_as_the_request_has_time(wire: respx.Router) -> None:
    """No longer, whoever fetches it; a request with more time gets it all the same."""

    async def slow(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.3)
        return httpx.Response(200, json={"access_token": "t", "expires_in": 300})

    wire.post("/token").mock(side_effect=slow)
    wire.get("/api/n").respond(json=[1])

    async with upstream(OAUTH, "secret") as source:
        found = await asyncio.gather(*(code_of(source, seconds=seconds) for seconds in (0.05, 0.1, 5)))
    assert found == [Code.DEADLINE_EXCEEDED, Code.DEADLINE_EXCEEDED, None]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(401, json={"error": "invalid_client"}), Code.SOURCE_REJECTED),
        (httpx.Response(503), Code.SOURCE_UNAVAILABLE),
        (httpx.Response(429), Code.SOURCE_UNAVAILABLE),
        (httpx.Response(200, json={"token": "?"}), Code.SOURCE_MALFORMED),
        (httpx.Response(200, json={"access_token": ""}), Code.SOURCE_MALFORMED),
        (httpx.Response(200, json={"access_token": "a\nb"}), Code.SOURCE_MALFORMED),
        (httpx.Response(200, json={"access_token": "é"}), Code.SOURCE_MALFORMED),
        (httpx.Response(200, json={"access_token": "t", "pad": "x" * 1000}), Code.SOURCE_MALFORMED),
    ],
)
async def test_no_token_no_call(wire: respx.Router, answer: httpx.Response, code: Code) -> None:
    """Where the token endpoint fails, the source fails with the fitting code and is not called."""
    wire.post("/token").mock(return_value=answer)
    route = wire.get("/api/n").respond(json=[])
    async with upstream(OAUTH, "secret", max_body_bytes=1000) as source:
        assert await code_of(source) is code
    assert route.call_count == 0


async def test_a_token_endpoint_that_fails_opens_the_breaker(wire: respx.Router) -> None:
    """Its 503s count like the system's own: after five nobody is asked."""
    token = wire.post("/token").respond(503)
    async with upstream(OAUTH, "secret") as source:
        for _ in range(10):
            assert await code_of(source) is Code.SOURCE_UNAVAILABLE
    assert token.call_count == 5


async def test_a_token_endpoint_that_hangs_is_waited_for_once_by_all(wire: respx.Router) -> None:
    """Eight who wait share one timeout, which the breaker hears of once; the fifth in a row opens it."""
    token = Hang()
    wire.post("/token").mock(side_effect=token)
    route = wire.get("/api/n").respond(json=[])
    async with upstream(OAUTH, "secret", timeout_ms=100) as source:
        codes = await asyncio.gather(*(code_of(source) for _ in range(8)))
        assert codes == [Code.SOURCE_TIMEOUT] * 8
        assert token.calls == 1
        assert [await code_of(source) for _ in range(4)] == [Code.SOURCE_TIMEOUT] * 4
        assert await code_of(source) is Code.SOURCE_UNAVAILABLE
    assert (token.calls, route.call_count) == (5, 0)


async def test_a_fetch_ends_with_the_last_who_waits_for_it(wire: respx.Router) -> None:
    """Deadlines are no sign that the endpoint is down; the next read asks it anew."""
    token = Hang()
    endpoint = wire.post("/token").mock(side_effect=token)
    wire.get("/api/n").respond(json=[1])
    async with upstream(OAUTH, "secret") as source:
        for _ in range(6):
            codes = await asyncio.gather(*(code_of(source, seconds=seconds) for seconds in (0.02, 0.04)))
            assert set(codes) == {Code.DEADLINE_EXCEEDED}
        assert token.calls == 6
        endpoint.mock(side_effect=None, return_value=httpx.Response(200, json={"access_token": "t"}))
        assert await read(source) == [1]
    assert [task for task in asyncio.all_tasks() if "_fetched" in repr(task)] == []


async def test_a_token_alone_does_not_close_the_breaker(wire: respx.Router) -> None:
    """Where tokens are given and the system is down, five reads open it."""
    wire.post("/token").respond(json={"access_token": "t", "expires_in": 0})
    route = wire.get("/api/n").respond(503)
    async with upstream(OAUTH, "secret") as source:
        for _ in range(10):
            await code_of(source)
    assert route.call_count == 5


async def test_a_trial_that_meets_an_old_token_still_finds_the_source_back(wire: respx.Router) -> None:
    """A restarted system answers the one trial with 401 and the fresh token with data."""
    tokens = iter("ab")
    wire.post("/token").mock(
        side_effect=lambda _: httpx.Response(200, json={"access_token": next(tokens), "expires_in": 300})
    )
    route = wire.get("/api/n").respond(json=[1])
    clock = [0.0]
    async with upstream(OAUTH, "secret") as source:
        source._breaker._clock = lambda: clock[0]
        assert await read(source) == [1]
        route.mock(side_effect=httpx.ConnectError("refused"))
        for _ in range(3):
            assert await code_of(source) is Code.SOURCE_UNAVAILABLE
        route.mock(
            side_effect=[httpx.Response(401), httpx.Response(200, json=[2]), httpx.Response(200, json=[3])]
        )
        clock[0] = 5.0
        assert [await read(source), await read(source)] == [[2], [3]]
    assert route.call_count == 1 + 5 + 3


async def test_a_lasting_401_costs_one_call_a_read(
    wire: respx.Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a fresh token did not help is remembered for five seconds; then one more is tried."""
    clock = [1000.0]
    monkeypatch.setattr("gateway.upstream.credentials.time", SimpleNamespace(monotonic=lambda: clock[0]))
    token = wire.post("/token").respond(json={"access_token": "t", "expires_in": 300})
    route = wire.get("/api/n").respond(401)
    async with upstream(OAUTH, "secret") as source:
        for _ in range(4):
            assert await code_of(source) is Code.SOURCE_REJECTED
        assert (route.call_count, token.call_count) == (5, 2)
        clock[0] += 5
        assert await code_of(source) is Code.SOURCE_REJECTED
    assert (route.call_count, token.call_count) == (7, 3)


BASIC = BasicCredential(user="u", secret_env="X")
HEADER = ApiKeyCredential(header="X-Key", secret_env="X")
QUERY = ApiKeyCredential(query="key", secret_env="X")


@pytest.mark.parametrize(
    ("credential", "secret", "sentence"),
    [
        (BASIC, "abc\n", "holds a line break or another character that no secret has"),
        (HEADER, "ab\x00c", "holds a line break or another character that no secret has"),
        (QUERY, "abc\x7f", "holds a line break or another character that no secret has"),
        (OAUTH, "abc\udce9", "holds a line break or another character that no secret has"),
        (HEADER, "k\u00e9y", "holds characters beyond ASCII, which no header can carry"),
        (PLAIN_TOKEN, "k\u00e9y", "holds characters beyond ASCII, which no header can carry"),
        (TOKEN, "abc\n", "holds a line break or another character that no secret has"),
    ],
)
def test_a_secret_that_cannot_be_sent_stops_the_start(
    credential: Credential, secret: str, sentence: str
) -> None:
    """The sentence names the variable and holds nothing of the secret."""
    config = SourceConfig(id="s", name="S", connector="x", url=BASE, credential=credential)
    with pytest.raises(ConfigurationError) as caught:
        read_secret(config, {"X": secret})
    assert str(caught.value) == f"Source 's': X {sentence}."


@pytest.mark.parametrize("credential", [BASIC, QUERY, OAUTH, TOKEN])
def test_a_secret_beyond_ascii_may_be_encoded(credential: Credential) -> None:
    """Only a header takes it as it is."""
    config = SourceConfig(id="s", name="S", connector="x", url=BASE, credential=credential)
    assert read_secret(config, {"X": "密码"}) == "密码"
