"""Who asks, through the whole gateway: tokens over HTTP, `me`, and what no token ever reaches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gateway.app import create_app
from gateway.auth.bearer import Bearer
from gateway.auth.claims import Claims
from gateway.auth.development import ISSUER as ISSUER_HERE
from gateway.auth.development import DevelopmentIssuer
from gateway.auth.identity import Identity
from gateway.auth.pseudonyms import Pseudonyms
from gateway.endpoint import GraphQLEndpoint
from gateway.execution.engine import Engine
from gateway.settings import Settings
from gateway.sources import ConfigurationError, SourceConfig
from gateway.upstream.transport import Answer, HttpxTransport, pooled_transport
from mocks.environment import environment
from mocks.server import RunningMocks
from tests.auth.issuers import (
    ISSUER,
    NOW_S,
    SUB,
    Published,
    claims,
    compact,
    ed25519_key,
    jwks,
    token,
    verifier,
)
from tests.conftest import NOW, Graph
from tests.http.conftest import open_context, small_schema
from tests.http.test_fuzz import JSON_BODY, check, send

GRAPHQL = "application/graphql-response+json"
KEY, OTHER = ed25519_key("one"), ed25519_key("two")
URL = "https://sign-on.test/jwks"
CHALLENGE = 'Bearer error="invalid_token"'
ME = "{ me { role scopes linked } }"
BOTH = "{ me { role } subdistricts { code } serviceTypes(first: 1) { totalCount } }"
ACCOUNT = "B0012345"
PSEUDONYM_KEY = "k" * 32


class Recording:
    """The way to the sources; keeps all that goes out."""

    sent: list[str]

    def __init__(self) -> None:
        self._inner = pooled_transport()

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, **limits: Any
    ) -> Answer:
        """Note it and send it."""
        Recording.sent.append(f"{method} {url} {dict(headers)} {body!r}")
        return await self._inner.send(method, url, headers, body, **limits)

    async def close(self) -> None:
        """Close what is below."""
        await self._inner.close()


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A file with the key of these tests' sign-on."""
    path = tmp_path / "jwks.json"
    path.write_bytes(jwks(KEY))
    return path


@asynccontextmanager
async def gateway(sources: tuple[SourceConfig, ...], state: Path, **more: Any) -> AsyncIterator[Graph]:
    """A gateway over the event platform and the library that keeps no commands, by its keys or a judge."""
    settings = {name: more.pop(name) for name in list(more) if name in Settings.model_fields}
    Recording.sent = []
    app = create_app(
        Settings(warm_up_ms=0, search_refresh_s=0, state_dir=state, database_url="none", **settings),
        tuple(source for source in sources if source.connector in ("open311", "koha")),
        environment=environment(),
        now=lambda: NOW,
        **{"transport": Recording, **more},
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as http,
    ):
        yield Graph(http)


@pytest.fixture
async def signed(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], published: Path, tmp_path: Path
) -> AsyncIterator[Graph]:
    """A gateway that trusts the sign-on."""
    trusted = {"jwks": str(published), "jwt_issuer": ISSUER, "pseudonym_key": PSEUDONYM_KEY}
    async with gateway(sources, tmp_path, **trusted) as graph:
        yield graph


async def post(graph: Graph, query: str, *authorization: str, accept: str = GRAPHQL) -> httpx.Response:
    headers = [("accept", accept), *(("authorization", value) for value in authorization)]
    return await graph.http.post("/graphql", json={"query": query}, headers=headers)


async def get(graph: Graph, query: str, *authorization: str, **headers: str) -> httpx.Response:
    given = [*headers.items(), *(("authorization", value) for value in authorization)]
    return await graph.http.get("/graphql", params={"query": query}, headers=given)


def kept_in(directory: Path) -> list[str]:
    """What a gateway has left on disk."""
    return sorted(path.name for path in directory.iterdir())


def bearer(**more: Any) -> str:
    """The header of a good token."""
    return f"Bearer {token(KEY, **more)}"


# me


async def test_me_says_what_the_token_says(signed: Graph, mocks: RunningMocks) -> None:
    """Role, scopes and where accounts are linked, of sources that there are; never a number, and no call."""
    library = "library-district"
    header = bearer(role="librarian", scope="b a", accounts={library: ACCOUNT, "elsewhere": "7"})
    response = await post(signed, ME, header)
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["data"] == {"me": {"role": "librarian", "scopes": ["a", "b"], "linked": [library]}}
    assert ACCOUNT not in response.text
    assert (body["extensions"], mocks.calls()) == ({"sources": []}, [])


async def test_me_without_a_token_calls_nothing(signed: Graph, mocks: RunningMocks) -> None:
    """The field is refused, and what is public beside it has its data."""
    response = await post(signed, ME)
    assert response.status_code == 294
    assert response.json()["data"] == {"me": None}
    assert mocks.calls() == []
    assert response.json()["errors"] == [
        {
            "message": "Say who asks: send a token as `Authorization: Bearer …`.",
            "locations": [{"line": 1, "column": 3}],
            "path": ["me"],
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]
    assert "www-authenticate" not in response.headers
    beside = (await post(signed, BOTH)).json()
    assert (beside["data"]["me"], len(beside["data"]["subdistricts"])) == (None, 11)
    assert beside["data"]["serviceTypes"]["totalCount"] > 0


async def test_what_is_personal_is_kept_by_nobody(signed: Graph) -> None:
    """By GET and POST, with and without a token, whatever tag is asked with."""
    for response in (
        await get(signed, ME, bearer()),
        await get(signed, ME, bearer(), **{"if-none-match": "*"}),
        await get(signed, BOTH, bearer()),
        await get(signed, ME),
        await post(signed, ME, bearer()),
    ):
        assert response.status_code == 200
        assert response.headers["cache-control"] == "private, no-store"
        assert "etag" not in response.headers


async def test_what_is_public_is_kept_by_everybody(signed: Graph) -> None:
    """A token makes no difference to it: one answer, one tag."""
    query = "{ subdistricts { code } }"
    without, with_ = await get(signed, query), await get(signed, query, bearer())
    assert without.json() == with_.json()
    assert without.headers["etag"] == with_.headers["etag"]
    assert with_.headers["cache-control"].startswith("public, max-age=")


async def test_everybody_is_answered_as_themselves(signed: Graph, mocks: RunningMocks) -> None:
    """Forty at once, by four tokens and none: each sees its own role, and the source is asked once."""
    names = ["a", "b", "c", "d", None] * 8
    headers = {name: bearer(sub=name, role=name) for name in names if name is not None}
    query = "{ me { role } serviceTypes(first: 1) { totalCount } }"
    asked = (post(signed, query, *((headers[name],) if name else ())) for name in names)
    answers = [response.json()["data"] for response in await asyncio.gather(*asked)]
    assert [answer["me"] and answer["me"]["role"] for answer in answers] == names
    assert len({str(answer["serviceTypes"]) for answer in answers}) == 1
    assert len(mocks.calls(token=False)) == 1


# Refusals


BAD: dict[str, Callable[[], str]] = {
    "expired": lambda: bearer(exp=NOW_S - 60),
    "not yet": lambda: bearer(nbf=NOW_S + 60),
    "another issuer": lambda: bearer(iss="https://evil.test"),
    "another audience": lambda: bearer(aud="evil"),
    "no sub": lambda: bearer(sub=None),
    "unknown kid": lambda: f"Bearer {token(OTHER)}",
    "alg none": lambda: f"Bearer {compact({'alg': 'none'}, claims(), lambda _: b'')}",
    "tampered": lambda: bearer()[:-4] + "AAAA",
    "garbage": lambda: "Bearer \x01\x02",
    "huge": lambda: "Bearer " + "x" * 100_000,
    "another scheme": lambda: "Basic bGk6aHVudGVyMg==",
    "nothing": lambda: "",
}


@pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
@pytest.mark.parametrize("kind", BAD)
async def test_a_token_that_is_not_good_refuses_the_whole_request(
    signed: Graph, mocks: RunningMocks, kind: str, accept: str
) -> None:
    """401 in either media type, by GET and POST, for what is public too; nothing is quoted, nobody asked."""
    value = BAD[kind]()
    with capture_logs() as logs:
        for response in (
            await post(signed, BOTH, value, accept=accept),
            await get(signed, BOTH, value, accept=accept),
        ):
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == CHALLENGE
            assert response.headers["cache-control"] == "no-store"
            assert response.headers["content-type"] == f"{accept}; charset=utf-8"
            assert {"etag", "connection"}.isdisjoint(response.headers)
            (error,) = response.json()["errors"]
            assert error["extensions"] == {"code": "UNAUTHENTICATED"}
            assert response.json().keys() == {"errors"}
            assert SUB not in response.text
            assert not value or value.partition(" ")[2][:40] not in response.text
    assert (mocks.calls(), Recording.sent, logs) == ([], [], [])


async def test_two_headers_are_refused(signed: Graph) -> None:
    """Even of one token twice: whoever put the second there may be another."""
    response = await post(signed, ME, bearer(), bearer())
    assert (response.status_code, response.headers["www-authenticate"]) == (401, CHALLENGE)


async def test_who_asks_comes_before_what_is_asked(signed: Graph) -> None:
    """After method and forgery, before the body is looked at."""
    bad = {"authorization": "Basic x"}
    for content, status in ((b"{", 401), (b"x" * 2_000_000, 401)):
        response = await signed.http.post("/graphql", content=content, headers=bad)
        assert response.status_code == status
    assert (await signed.http.put("/graphql", headers=bad)).status_code == 405
    foreign = {**bad, "origin": "https://evil.test"}
    assert (await signed.http.get("/graphql?query={me{role}}", headers=foreign)).status_code == 403


async def test_a_browser_gets_the_page_whoever_it_is(signed: Graph) -> None:
    """It is the same for everybody."""
    response = await signed.http.get("/", headers={"accept": "text/html", "authorization": "Basic x"})
    assert response.status_code == 200


# What a token never reaches


async def test_nothing_of_a_token_leaves_the_gateway(signed: Graph, mocks: RunningMocks) -> None:
    """Neither it nor what it says: not to a source, a log, an answer, or the name of what is kept."""
    secret = token(KEY, accounts={"library-district": ACCOUNT})
    ask = "{ me { role } serviceTypes(first: 5) { totalCount } libraries(first: 5) { totalCount } }"
    with capture_logs() as logs:
        mocks.fault("events", error_rate=1, error_status=500)
        response = await post(signed, ask, f"Bearer {secret}")
    assert response.json()["data"]["me"] == {"role": "resident"}
    assert len(Recording.sent) > 0
    told = f"{Recording.sent} {logs} {response.text} {response.headers}"
    resident = Pseudonyms(PSEUDONYM_KEY.encode()).resident(ISSUER, SUB)
    for word in (secret, *secret.split("."), SUB, ACCOUNT, resident):
        assert word not in told


# Which sign-on


async def test_keys_come_from_an_address(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], tmp_path: Path
) -> None:
    """Asked once at start; a token of a key that is not known yet is 401, and asks no sooner again."""
    with respx.mock(assert_all_mocked=False) as router:
        route = router.get(URL).respond(200, content=jwks(KEY))
        more = {"jwks": URL, "jwt_issuer": ISSUER, "transport": HttpxTransport}
        async with gateway(sources, tmp_path, **more) as graph:
            assert (await post(graph, ME, bearer())).status_code == 200
            assert (await post(graph, ME, f"Bearer {token(OTHER)}")).status_code == 401
            assert (await post(graph, "{ subdistricts { code } }")).status_code == 200
        assert route.call_count == 1
        assert kept_in(tmp_path) == ["pseudonym.key"]


async def test_a_sign_on_that_is_down_costs_those_with_a_token_only(
    sources: tuple[SourceConfig, ...], tmp_path: Path
) -> None:
    """They are told to come again, with the token that they have."""
    with respx.mock(assert_all_mocked=False) as router, capture_logs() as logs:
        router.get(URL).respond(503)
        more = {"jwks": URL, "jwt_issuer": ISSUER, "transport": HttpxTransport}
        async with gateway(sources, tmp_path, **more) as graph:
            response = await post(graph, ME, bearer())
            assert (response.status_code, response.headers["retry-after"]) == (503, "10")
            assert "www-authenticate" not in response.headers
            assert response.json()["errors"][0]["extensions"] == {"code": "SIGN_ON_UNAVAILABLE"}
            assert (await post(graph, "{ subdistricts { code } }")).status_code == 200
    assert [log["event"] for log in logs] == ["keys of the sign-on cannot be read"]


async def test_without_a_sign_on_this_hosts_own_issuer_is_trusted(
    sources: tuple[SourceConfig, ...], tmp_path: Path
) -> None:
    """And no other; the start says so once."""
    with capture_logs() as logs:
        async with gateway(sources, tmp_path) as graph:
            issuer = DevelopmentIssuer.open(Settings(state_dir=tmp_path))
            own = issuer.sign({"sub": "li", "role": "resident"}, issued=NOW_S, seconds=60)
            stranger = DevelopmentIssuer.open(Settings(state_dir=tmp_path / "other"))
            for text, status in ((own, 200), (stranger.sign({"sub": "li"}, issued=NOW_S, seconds=60), 401)):
                assert (await post(graph, ME, f"Bearer {text}")).status_code == status
            assert (await post(graph, ME, bearer(iss=ISSUER_HERE))).status_code == 401
    assert [log["event"] for log in logs] == ["tokens of the development issuer are trusted"]


async def test_another_judge_of_tokens_takes_the_place_of_ours(
    sources: tuple[SourceConfig, ...], tmp_path: Path
) -> None:
    """The province's sign-on need not be OpenID Connect; a fault in it is ours, and not the resident's."""

    async def opaque(text: str) -> Identity:
        if text != "li":
            raise RuntimeError(f"hunter2 {text}")
        return Identity(issuer="province", subject=text, expires=NOW_S + 60, role="resident")

    with capture_logs() as logs:
        async with gateway(sources, tmp_path, verify=opaque) as graph:
            assert (await post(graph, ME, "Bearer li")).json()["data"]["me"]["role"] == "resident"
            response = await post(graph, ME, "Bearer wu")
    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"] == {"code": "INTERNAL"}
    assert [log["event"] for log in logs] == ["operation failed"]
    assert "hunter2" not in f"{logs}{response.text}"
    assert kept_in(tmp_path) == ["pseudonym.key"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"jwks": "none.json"}, "GATEWAY_JWKS is set, and GATEWAY_JWT_ISSUER does not say whose keys"),
        ({"jwt_issuer": ISSUER}, "GATEWAY_JWT_ISSUER is set, and GATEWAY_JWKS does not say where its keys"),
        ({"jwks": "none.json", "jwt_issuer": ISSUER}, "GATEWAY_JWKS: none.json cannot be read: No such file"),
        ({"jwks": "http://x.test/", "jwt_issuer": ISSUER}, "GATEWAY_JWKS is not https: anybody on the way"),
        ({"jwks": "https://u:hunter2@x/", "jwt_issuer": ISSUER}, "GATEWAY_JWKS is no https address"),
    ],
)  # fmt: skip
async def test_settings_that_contradict_each_other_stop_the_start(
    sources: tuple[SourceConfig, ...], tmp_path: Path, settings: dict[str, str], sentence: str
) -> None:
    """Above all an issuer without its keys: this host's own must not be trusted in its place."""
    with pytest.raises(ConfigurationError) as caught:
        async with gateway(sources, tmp_path, **settings):
            pass
    assert str(caught.value).startswith(sentence)
    assert "hunter2" not in str(caught.value)


# Whatever is sent


@pytest.fixture(scope="module")
def judging() -> GraphQLEndpoint:
    """An endpoint behind the real verifier."""
    judge = Bearer(verifier(Published(jwks(KEY))), Pseudonyms(b"k" * 32), lambda: NOW)
    return GraphQLEndpoint(Engine(small_schema(), open_context), who=judge)


GOOD = token(KEY).encode()
noise = st.binary(max_size=60).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b""))
spoilt = st.tuples(st.integers(0, len(GOOD)), st.integers(0, len(GOOD)), noise).map(
    lambda cut: GOOD[: cut[0]] + cut[2] + GOOD[cut[1] :]
)
segments = st.lists(noise | st.sampled_from(GOOD.split(b".")), max_size=5).map(b".".join)


@given(value=noise | st.one_of(noise, spoilt, segments).map(b"Bearer ".__add__))
async def test_arbitrary_headers_are_no_fault_of_ours(judging: GraphQLEndpoint, value: bytes) -> None:
    """Whatever bytes stand there: 401, but for the one token that is good."""
    response = await send(judging, "POST", b'{"query": "{ greet }"}', {**JSON_BODY, "authorization": value})
    body = check(response)
    if value == b"Bearer " + GOOD:
        assert body == {"data": {"greet": "Hello, world!"}}
    else:
        assert (response.status_code, response.headers["www-authenticate"]) == (401, CHALLENGE)


words = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
values = st.recursive(
    words, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
said = st.dictionaries(st.sampled_from([*Claims.__struct_fields__, "x"]), values)
headed = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "cty", "crit", "b64", "jwk", "x5c", "x"]), values
)


@given(more=said, header=headed)
async def test_arbitrary_claims_are_no_fault_of_ours(
    judging: GraphQLEndpoint, more: dict[str, Any], header: dict[str, Any]
) -> None:
    """Whatever the issuer itself signs, however absurd."""
    for text in (
        compact({"alg": "Ed25519", "kid": "one"}, {**claims(), **more}, KEY.sign),
        compact({"alg": "Ed25519", "kid": "one", **header}, claims(), KEY.sign),
    ):
        headers = {**JSON_BODY, "authorization": f"Bearer {text}".encode()}
        check(await send(judging, "POST", b'{"query": "{ greet }"}', headers))
